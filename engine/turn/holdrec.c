/* See holdrec.h. The rules for changing a record's bytes are record.c's. */
#include "engine/turn/holdrec.h"

#include <string.h>

const char *origin_word(enum origin o)
{
	static const char *const words[ORIGINS] = {"reply", "outcome", "staff", "file"};
	return (unsigned)o < ORIGINS ? words[o] : "?";
}

const char *promise_word(enum promise p)
{
	static const char *const words[PROMISES] = {"", "open", "kept", "broken", "passed"};
	return (unsigned)p < PROMISES ? words[p] : "?";
}

const char *book_event_word(enum book_event ev)
{
	static const char *const words[BOOK_EVENTS] = {"set", "lift", "broken", "kept"};
	return (unsigned)ev < BOOK_EVENTS ? words[ev] : "?";
}

/* ---- keys ---- */

static size_t key_word(char *k, const char *s, size_t most)
{
	size_t n = strnlen(s, most);
	memcpy(k, s, n);
	k[n] = '\x1f'; /* sorts below all that these words hold */
	return n + 1;
}

size_t key_hold_person(char *k, const char *city, const char *person)
{
	size_t n = key_word(k, city, MAX_ID - 1);
	return n + key_word(k + n, person, MAX_PERSON - 1);
}

size_t key_hold(char *k, const char *city, const char *person, uint32_t id)
{
	size_t n = key_hold_person(k, city, person);
	return n + key_u32(k + n, id);
}

size_t key_promise(char *k, int64_t check_ms, uint32_t id)
{
	size_t n = key_u64(k, (uint64_t)check_ms);
	return n + key_u32(k + n, id);
}

size_t key_mark_number(char *k, const char *digits)
{
	return key_word(k, digits, MAX_NUMBER - 1);
}

size_t key_mark(char *k, const char *digits, const char *person, enum number_mark mark)
{
	size_t n = key_mark_number(k, digits);
	n += key_word(k + n, person, MAX_PERSON - 1);
	k[n] = (char)mark;
	return n + 1;
}

/* ---- bytes ---- */

void hold_fields(struct codec *c, struct hold_rec *r)
{
	codec_u32(c, &r->id);
	codec_str(c, &r->city);
	codec_str(c, &r->person);
	codec_str(c, &r->gyomu);
	CODEC_ENUM(c, r->kind, HOLD_KINDS);
	CODEC_ENUM(c, r->promise, PROMISES);
	codec_i32(c, &r->promised_day);
	codec_i64(c, &r->made_ms);
	codec_i64(c, &r->until_ms);
	CODEC_ENUM(c, r->origin, ORIGINS);
	codec_str(c, &r->department);
	codec_str(c, &r->user);
	codec_str(c, &r->reason);
	codec_u64(c, &r->attempt);
	codec_u32(c, &r->run);
	codec_u32(c, &r->intake);
	codec_i64(c, &r->ended_ms);
	codec_str(c, &r->ended_by);
	codec_str(c, &r->ended_why);
	if (codec_has(c, 5))
		codec_i64(c, &r->check_ms);
}

void mark_fields(struct codec *c, struct mark_rec *r)
{
	codec_str(c, &r->digits);
	codec_str(c, &r->person);
	CODEC_ENUM(c, r->mark, NUMBER_MARKS);
	codec_bool(c, &r->voice);
	codec_bool(c, &r->sms);
	codec_i64(c, &r->made_ms);
	CODEC_ENUM(c, r->origin, ORIGINS);
	codec_str(c, &r->department);
	codec_str(c, &r->user);
	codec_str(c, &r->reason);
	codec_u64(c, &r->attempt);
	codec_u32(c, &r->run);
	codec_u32(c, &r->intake);
	codec_u32(c, &r->times);
	codec_i64(c, &r->ended_ms);
	codec_str(c, &r->ended_by);
	codec_str(c, &r->ended_why);
}

void bookrow_fields(struct codec *c, struct bookrow *r)
{
	CODEC_ENUM(c, r->kind, OUT_KINDS);
	codec_u64(c, &r->seq);
	codec_i64(c, &r->at_ms);
	CODEC_ENUM(c, r->event, BOOK_EVENTS);
	codec_str(c, &r->person);
	codec_str(c, &r->gyomu);
	codec_str(c, &r->digits);
	codec_str(c, &r->reason);
	codec_str(c, &r->department);
	codec_int(c, &r->what);
	codec_u32(c, &r->hold);
	codec_i32(c, &r->promised_day);
	codec_i64(c, &r->made_ms);
	codec_i64(c, &r->until_ms);
	CODEC_ENUM(c, r->origin, ORIGINS);
	codec_bool(c, &r->voice);
	codec_bool(c, &r->sms);
	if (codec_has(c, 6))
		codec_str(c, &r->drop);
	else
		r->drop = "";
}

/* ---- store ---- */

enum { BYTES = 8192 };

int db_hold_get(struct tx *tx, const char *city, const char *person, uint32_t id,
		struct hold_rec *ret)
{
	char key[MAX_KEY_BYTES];
	struct codec c;
	int err = db_bytes_get(tx, T_HOLD, key, key_hold(key, city, person, id), &c);
	if (err)
		return err;
	*ret = (struct hold_rec){0};
	hold_fields(&c, ret);
	return codec_end(&c);
}

int db_hold_put(struct tx *tx, const struct hold_rec *r)
{
	char key[MAX_KEY_BYTES], buf[BYTES];
	struct codec c;
	struct hold_rec copy = *r;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	hold_fields(&c, &copy);
	return db_bytes_put(tx, T_HOLD, key, key_hold(key, r->city, r->person, r->id), &c);
}

int db_promise_put(struct tx *tx, int64_t check_ms, const struct hold_rec *r)
{
	char key[16], at[MAX_KEY_BYTES];
	size_t n = key_promise(key, check_ms, r->id),
	       n_at = key_hold(at, r->city, r->person, r->id);
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_PROMISE, (struct bytes){key, n}, (struct bytes){at, n_at});
}

int db_promise_del(struct tx *tx, int64_t check_ms, uint32_t id)
{
	char key[16];
	size_t n = key_promise(key, check_ms, id);
	tx->dirty = true;
	int err = tx->ops->del(tx->txn, T_PROMISE, (struct bytes){key, n});
	return err == E_NOTFOUND ? 0 : err;
}

int db_mark_get(struct tx *tx, const char *digits, const char *person, enum number_mark mark,
		struct mark_rec *ret)
{
	char key[MAX_KEY_BYTES];
	struct codec c;
	int err = db_bytes_get(tx, T_MARK, key, key_mark(key, digits, person, mark), &c);
	if (err)
		return err;
	*ret = (struct mark_rec){0};
	mark_fields(&c, ret);
	return codec_end(&c);
}

int db_mark_put(struct tx *tx, const struct mark_rec *r)
{
	char key[MAX_KEY_BYTES], buf[BYTES];
	struct codec c;
	struct mark_rec copy = *r;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	mark_fields(&c, &copy);
	return db_bytes_put(tx, T_MARK, key, key_mark(key, r->digits, r->person, r->mark), &c);
}

int db_bookrow_put(struct tx *tx, const struct bookrow *r)
{
	char key[MAX_KEY_BYTES], buf[BYTES];
	struct codec c;
	struct bookrow copy = *r;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	bookrow_fields(&c, &copy);
	return db_bytes_put(tx, T_OUTROW, key, key_outrow(key, r->kind, 0, r->seq), &c);
}
