/* See trialrec.h. The rules for changing a record's bytes are record.c's. */
#include "engine/turn/trialrec.h"

void trial_fields(struct codec *c, struct trial_rec *r)
{
	codec_u64(c, &r->id);
	CODEC_ENUM(c, r->channel, CHANNEL_SMS + 1);
	CODEC_ENUM(c, r->state, ATTEMPT_STATES);
	codec_str(c, &r->department);
	codec_str(c, &r->user);
	codec_str(c, &r->to);
	codec_str(c, &r->digits);
	codec_str(c, &r->campaign);
	codec_str(c, &r->text);
	codec_str(c, &r->sha256);
	codec_u32(c, &r->segments);
	codec_i64(c, &r->asked_ms);
	codec_i64(c, &r->placed_ms);
	codec_i64(c, &r->ended_ms);
	CODEC_ENUM(c, r->code, OUT_UNKNOWN + 1);
	codec_str(c, &r->gateway);
	codec_int(c, &r->gateway_code);
	codec_u32(c, &r->receipts);
	codec_bool(c, &r->receipt_final);
	codec_bool(c, &r->charged);
	codec_i64(c, &r->cost_sen);
	codec_str(c, &r->why);
}

/* The newest comes first, for who looks at a page of them. */
static size_t key_trial(char *k, uint64_t id)
{
	return key_u64(k, UINT64_MAX - id);
}

int db_trial_get(struct tx *tx, uint64_t id, struct trial_rec *ret)
{
	char key[8];
	struct codec c;
	int err = db_bytes_get(tx, T_TRIAL, key, key_trial(key, id), &c);
	if (err)
		return err;
	*ret = (struct trial_rec){0};
	trial_fields(&c, ret);
	return codec_end(&c);
}

int db_trial_put(struct tx *tx, const struct trial_rec *r)
{
	char key[8], buf[2048];
	struct trial_rec copy = *r;
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	trial_fields(&c, &copy);
	return db_bytes_put(tx, T_TRIAL, key, key_trial(key, r->id), &c);
}

int db_trial_del(struct tx *tx, uint64_t id)
{
	char key[8];
	int err = tx->ops->del(tx->txn, T_TRIAL, (struct bytes){key, key_trial(key, id)});
	tx->dirty = true;
	return err == E_NOTFOUND ? 0 : err;
}
