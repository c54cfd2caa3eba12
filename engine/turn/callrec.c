/* See callrec.h. The rules for changing a record's bytes are record.c's. */
#include "engine/turn/callrec.h"

#include <string.h>

/* ---- states ---- */

#define TO(s) (1u << (s))
static const unsigned moves[CALLBACK_STATES] = {
    [CALLBACK_NEW] = TO(CALLBACK_RINGING) | TO(CALLBACK_MISSED),
    [CALLBACK_RINGING] = TO(CALLBACK_ANSWERING) | TO(CALLBACK_MISSED),
    [CALLBACK_ANSWERING] =
	TO(CALLBACK_ANSWERED) | TO(CALLBACK_ENDED) | TO(CALLBACK_MISSED) | TO(CALLBACK_UNKNOWN),
    [CALLBACK_ANSWERED] = TO(CALLBACK_ENDED) | TO(CALLBACK_UNKNOWN),
};

bool callback_may(enum callback_state from, enum callback_state to)
{
	return (unsigned)from < CALLBACK_STATES && (unsigned)to < CALLBACK_STATES &&
	       (moves[from] & TO(to));
}

int callback_set(enum callback_state *state, enum callback_state to)
{
	if (!callback_may(*state, to))
		return E_STATE;
	*state = to;
	return 0;
}

const char *callback_state_word(enum callback_state s)
{
	static const char *const words[CALLBACK_STATES] = {
	    [CALLBACK_NEW] = "?",
	    [CALLBACK_RINGING] = "ringing",
	    [CALLBACK_ANSWERING] = "answering",
	    [CALLBACK_ANSWERED] = "answered",
	    [CALLBACK_ENDED] = "ended",
	    [CALLBACK_MISSED] = "missed",
	    [CALLBACK_UNKNOWN] = "unknown",
	};
	return (unsigned)s < CALLBACK_STATES ? words[s] : "?";
}

/* ---- keys ---- */

size_t key_caller_number(char *k, const char *digits)
{
	size_t n = strnlen(digits, MAX_NUMBER - 1);
	memcpy(k, digits, n);
	k[n] = '\x1f';
	return n + 1;
}

size_t key_caller(char *k, const char *digits, uint32_t run, uint32_t target)
{
	size_t n = key_caller_number(k, digits);
	n += key_u32(k + n, UINT32_MAX - run);
	return n + key_u32(k + n, target);
}

int key_caller_read(struct bytes key, uint32_t *ret_run, uint32_t *ret_target)
{
	if (key.n < 9)
		return E_CORRUPT;
	const char *tail = (const char *)key.p + key.n - 8;
	*ret_run = UINT32_MAX - read_u32(tail);
	*ret_target = read_u32(tail + 4);
	return 0;
}

size_t key_note(char *k, const struct callback_rec *r)
{
	size_t n = strnlen(r->department, MAX_ID - 1);
	memcpy(k, r->department, n);
	k[n++] = '\x1f';
	k[n++] = (char)r->kind;
	size_t d = strnlen(r->digits, MAX_NUMBER - 1);
	memcpy(k + n, r->digits, d);
	return n + d;
}

/* ---- bytes ---- */

void callback_fields(struct codec *c, struct callback_rec *r)
{
	codec_u64(c, &r->id);
	CODEC_ENUM(c, r->state, CALLBACK_STATES);
	CODEC_ENUM(c, r->kind, CALLER_KINDS);
	codec_str(c, &r->digits);
	codec_str(c, &r->called);
	codec_str(c, &r->department);
	CODEC_ENUM(c, r->match, CALLBACK_MATCHES);
	codec_u32(c, &r->run);
	codec_u32(c, &r->target);
	codec_str(c, &r->person);
	CODEC_ENUM(c, r->say, CALLBACK_SAYS);
	CODEC_ENUM(c, r->why, CALLBACK_WHYS);
	codec_i64(c, &r->came_ms);
	codec_i64(c, &r->answered_ms);
	codec_i64(c, &r->ended_ms);
	codec_i64(c, &r->limit_ms);
	CODEC_ENUM(c, r->code, OUT_UNKNOWN + 1);
	CODEC_ENUM(c, r->reached, REACHED_MISMATCH + 1);
	codec_bool(c, &r->heard);
	codec_int(c, &r->sip_status);
	codec_u32(c, &r->talk_ms);
	codec_size(c, &r->n_replies, MAX_REPLIES);
	for (size_t i = 0; i < r->n_replies && !c->err; i++) {
		codec_str(c, &r->replies[i].name);
		codec_str(c, &r->replies[i].value);
	}
	codec_bool(c, &r->note);
	codec_i64(c, &r->done_ms);
	codec_str(c, &r->done_by);
	codec_str(c, &r->done_why);
	codec_i64(c, &r->cost_sen);
	if (codec_has(c, 9)) {
		codec_u32(c, &r->times);
		codec_i64(c, &r->last_ms);
		codec_u64(c, &r->joined);
	}
}

/* ---- store ---- */

int db_callback_get(struct tx *tx, uint64_t id, struct callback_rec *ret)
{
	char key[8];
	struct codec c;
	int err = db_bytes_get(tx, T_CALLBACK, key, key_u64(key, id), &c);
	if (err)
		return err;
	*ret = (struct callback_rec){0};
	callback_fields(&c, ret);
	return codec_end(&c);
}

int db_callback_put(struct tx *tx, const struct callback_rec *r)
{
	char key[8], buf[MAX_REPLIES * (MAX_ID + MAX_REPLY_BYTES) + 4096];
	struct callback_rec copy = *r;
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	callback_fields(&c, &copy);
	return db_bytes_put(tx, T_CALLBACK, key, key_u64(key, r->id), &c);
}

int db_note_get(struct tx *tx, const struct callback_rec *r, uint64_t *ret_id)
{
	char key[MAX_KEY_BYTES];
	struct bytes value;
	int err = tx->ops->get(tx->txn, T_NOTE, (struct bytes){key, key_note(key, r)}, &value);
	if (err)
		return err;
	if (value.n != 8)
		return E_CORRUPT;
	*ret_id = read_u64(value.p);
	return 0;
}

int db_note_put(struct tx *tx, const struct callback_rec *r, uint64_t id)
{
	char key[MAX_KEY_BYTES], value[8];
	size_t n = key_note(key, r);
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_NOTE, (struct bytes){key, n},
			    (struct bytes){value, key_u64(value, id)});
}

int db_note_del(struct tx *tx, const struct callback_rec *r)
{
	char key[MAX_KEY_BYTES];
	int err = tx->ops->del(tx->txn, T_NOTE, (struct bytes){key, key_note(key, r)});
	tx->dirty = true;
	return err == E_NOTFOUND ? 0 : err;
}

int db_caller_get(struct tx *tx, const char *digits, uint32_t run, uint32_t target,
		  struct caller_ids *ret)
{
	char key[MAX_KEY_BYTES];
	struct bytes value;
	size_t n = key_caller(key, digits, run, target);
	int err = tx->ops->get(tx->txn, T_CALLER, (struct bytes){key, n}, &value);
	if (err)
		return err;
	if (value.n % 8 || value.n / 8 > CALLER_IDS)
		return E_CORRUPT;
	ret->n = value.n / 8;
	for (size_t i = 0; i < ret->n; i++)
		ret->id[i] = read_u64((const char *)value.p + 8 * i);
	return 0;
}

static int caller_put(struct tx *tx, const char *digits, uint32_t run, uint32_t target,
		      const struct caller_ids *ids)
{
	char key[MAX_KEY_BYTES], value[8 * CALLER_IDS];
	size_t n = key_caller(key, digits, run, target);
	for (size_t i = 0; i < ids->n; i++)
		key_u64(value + 8 * i, ids->id[i]);
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_CALLER, (struct bytes){key, n},
			    (struct bytes){value, 8 * ids->n});
}

int db_caller_add(struct tx *tx, const char *digits, uint32_t run, uint32_t target)
{
	struct caller_ids ids = {0};
	int err = db_caller_get(tx, digits, run, target, &ids);
	return err == E_NOTFOUND ? caller_put(tx, digits, run, target, &ids) : err;
}

int db_caller_note(struct tx *tx, const char *digits, uint32_t run, uint32_t target, uint64_t id)
{
	struct caller_ids ids = {0};
	int err = db_caller_get(tx, digits, run, target, &ids);
	if (err && err != E_NOTFOUND)
		return err;
	if (ids.n == CALLER_IDS)
		memmove(ids.id, ids.id + 1, --ids.n * sizeof *ids.id);
	ids.id[ids.n++] = id;
	return caller_put(tx, digits, run, target, &ids);
}
