/*
 * See registry.h. A port is a struct of functions; one that is missing is found at
 * start and not by the first call of a night.
 */
#include "engine/registry.h"

#include <stddef.h>
#include <string.h>

extern const struct digest_ops digest_sodium;
extern const struct drop_ops drop_local, drop_sftp;
extern const struct exchange_ops exchange_files;
extern const struct recognise_ops recognise_sphinx;
extern const struct scenario_ops scenario_voicexml;
extern const struct sign_ops sign_minisign;
extern const struct signin_ops signin_sodium;
extern const struct speech_ops speech_openjtalk;
extern const struct store_ops store_bdb;
extern const struct text_ops text_gateways;
extern const struct voice_ops voice_sofia;

static const struct ports built = {
    .digest = &digest_sodium,
    .drop_local = &drop_local,
    .drop_sftp = &drop_sftp,
    .exchange = &exchange_files,
    .recognise = &recognise_sphinx,
    .scenario = &scenario_voicexml,
    .sign = &sign_minisign,
    .signin = &signin_sodium,
    .speech = &speech_openjtalk,
    .store = &store_bdb,
    .text = &text_gateways,
    .voice = &voice_sofia,
};

const struct ports *registry(void)
{
	return &built;
}

struct member {
	const char *name;
	size_t offset;
};
#define M(port, function)                                                                          \
	{                                                                                          \
#function, offsetof(struct port##_ops, function)                                   \
	}

static const struct member store_members[] = {
    M(store, open),   M(store, close),      M(store, begin), M(store, snapshot),
    M(store, commit), M(store, abort),      M(store, get),   M(store, put),
    M(store, del),    M(store, put_sorted), M(store, scan),  M(store, checkpoint),
    M(store, backup), M(store, stat),       {NULL, 0}};
static const struct member drop_members[] = {
    M(drop, start), M(drop, post), M(drop, stop), M(drop, perform), {NULL, 0}};
static const struct member exchange_members[] = {M(exchange, layouts_load),
						 M(exchange, layouts_free),
						 M(exchange, layout_find),
						 M(exchange, layout_kind),
						 M(exchange, layout_id),
						 M(exchange, layout_pattern),
						 M(exchange, layout_at),
						 M(exchange, campaign_load),
						 M(exchange, campaign_load_bytes),
						 M(exchange, holidays_load),
						 M(exchange, check),
						 M(exchange, check_order),
						 M(exchange, order_print),
						 M(exchange, order_free),
						 M(exchange, reader_open),
						 M(exchange, reader_open_order),
						 M(exchange, reader_next),
						 M(exchange, reader_close),
						 M(exchange, writer_open),
						 M(exchange, writer_row),
						 M(exchange, writer_close),
						 M(exchange, file_name),
						 M(exchange, writer_replaced),
						 M(exchange, layout_path),
						 M(exchange, layout_incoming),
						 M(exchange, layout_describe),
						 M(exchange, layout_holds),
						 M(exchange, layout_carries),
						 M(exchange, layout_completion),
						 M(exchange, layouts_person_width),
						 {NULL, 0}};
static const struct member scenario_members[] = {M(scenario, load),
						 M(scenario, load_bytes),
						 M(scenario, words_load),
						 M(scenario, words_free),
						 {NULL, 0}};
static const struct member speech_members[] = {
    M(speech, start), M(speech, post), M(speech, stop), M(speech, say), {NULL, 0}};
static const struct member recognise_members[] = {
    M(recognise, start), M(recognise, post), M(recognise, stop), {NULL, 0}};
static const struct member voice_members[] = {
    M(voice, start), M(voice, post), M(voice, stop), M(voice, bound_port), {NULL, 0}};
static const struct member text_members[] = {
    M(text, start), M(text, post), M(text, stop), M(text, bound_port), {NULL, 0}};
static const struct member digest_members[] = {
    M(digest, init),        M(digest, sha256_begin), M(digest, sha256_add), M(digest, sha256_end),
    M(digest, hmac_sha256), M(digest, equal),        M(digest, random),     {NULL, 0}};

static const struct member sign_members[] = {
    M(sign, generate),  M(sign, secret_read), M(sign, secret_free),
    M(sign, public_of), M(sign, public_read), M(sign, id),
    M(sign, sign),      M(sign, verify),      {NULL, 0}};

static const struct member signin_members[] = {
    M(signin, hash), M(signin, verify), M(signin, secret), M(signin, code), {NULL, 0}};

static void check_port(const char *port, const void *ops, const struct member *members,
		       struct problems *problems)
{
	typedef void (*any_fn)(void);
	if (!ops) {
		problems_error(problems, port, 0, "this build has no adapter for it");
		return;
	}
	for (; members->name; members++) {
		any_fn fn;
		memcpy(&fn, (const char *)ops + members->offset, sizeof fn);
		if (!fn)
			problems_error(problems, port, 0, "the adapter lacks %s()", members->name);
	}
}

int registry_check(const struct ports *p, struct problems *problems)
{
	size_t before = problems->errors;
	check_port("store", p->store, store_members, problems);
	check_port("drop (sftp)", p->drop_sftp, drop_members, problems);
	check_port("drop (local)", p->drop_local, drop_members, problems);
	check_port("exchange", p->exchange, exchange_members, problems);
	check_port("scenario", p->scenario, scenario_members, problems);
	check_port("speech", p->speech, speech_members, problems);
	check_port("recognise", p->recognise, recognise_members, problems);
	check_port("voice", p->voice, voice_members, problems);
	check_port("text", p->text, text_members, problems);
	check_port("digest", p->digest, digest_members, problems);
	check_port("sign", p->sign, sign_members, problems);
	check_port("signin", p->signin, signin_members, problems);
	return problems->errors == before ? 0 : E_INVALID;
}
