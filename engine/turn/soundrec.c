/* See soundrec.h. The rules for changing a record's bytes are record.c's. */
#include "engine/turn/soundrec.h"

#include <stdio.h>

static void fields(struct codec *c, struct sound_rec *r)
{
	codec_u64(c, &r->call);
	codec_u32(c, &r->n);
	codec_str(c, &r->department);
	codec_str(c, &r->field);
	codec_bool(c, &r->message);
	codec_i64(c, &r->ended_ms);
	codec_u32(c, &r->at_ms);
	codec_u32(c, &r->ms);
	codec_i32(c, &r->day);
	codec_str(c, &r->lost);
	codec_str(c, &r->typed);
	codec_str(c, &r->typed_by);
	codec_i64(c, &r->typed_ms);
}

size_t key_sound(char *k, uint64_t call)
{
	return key_u64(k, call);
}

static size_t key_one(char key[12], uint64_t call, uint32_t n)
{
	size_t length = key_sound(key, call);
	return length + key_u32(key + length, n);
}

int db_sound_get(struct tx *tx, uint64_t call, uint32_t n, struct sound_rec *ret)
{
	char key[12];
	struct codec c;
	int err = db_bytes_get(tx, T_SOUND, key, key_one(key, call, n), &c);
	if (err)
		return err;
	*ret = (struct sound_rec){0};
	fields(&c, ret);
	return codec_end(&c);
}

int db_sound_put(struct tx *tx, const struct sound_rec *r)
{
	char key[12], buf[2048];
	struct sound_rec copy = *r;
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	fields(&c, &copy);
	return db_bytes_put(tx, T_SOUND, key, key_one(key, r->call, r->n), &c);
}

int db_sounds_del(struct tx *tx, uint64_t call)
{
	char key[12];
	int err = 0;
	/* They are numbered without a gap: the first that is not there is behind the last. */
	for (uint32_t n = 1; n <= MAX_KEPT && !err; n++) {
		size_t length = key_one(key, call, n);
		err = tx->ops->del(tx->txn, T_SOUND, (struct bytes){key, length});
		tx->dirty = tx->dirty || !err;
	}
	return err == E_NOTFOUND ? 0 : err;
}

int found_sound(struct bytes value, struct sound_rec *ret)
{
	struct codec c;
	*ret = (struct sound_rec){0};
	codec_read(&c, value, DB_RECORD_VERSION);
	fields(&c, ret);
	return codec_end(&c) ? E_CORRUPT : 0;
}

void sound_name(const struct sound_rec *r, char out[SOUND_NAME])
{
	snprintf(out, SOUND_NAME, "call-%010llu-%02u.wav", (unsigned long long)r->call, r->n);
}
