/* See transferrec.h. The rules for changing a record's bytes are record.c's. */
#include "engine/turn/transferrec.h"

static void fields(struct codec *c, struct transfer_rec *r)
{
	codec_u64(c, &r->call);
	codec_u32(c, &r->n);
	codec_str(c, &r->to);
	codec_str(c, &r->digits);
	codec_str(c, &r->department);
	codec_str(c, &r->campaign);
	codec_i64(c, &r->asked_ms);
	codec_i64(c, &r->ended_ms);
	codec_i64(c, &r->limit_ms);
	CODEC_ENUM(c, r->result, TRANSFER_RESULTS);
	codec_bool(c, &r->placed);
	codec_bool(c, &r->crashed);
	codec_int(c, &r->sip_status);
	codec_int(c, &r->q850);
	codec_u32(c, &r->ring_ms);
	codec_u32(c, &r->talk_ms);
	codec_i64(c, &r->cost_sen);
}

size_t key_transfer(char *k, uint64_t call)
{
	return key_u64(k, call);
}

int db_transfer_put(struct tx *tx, const struct transfer_rec *r)
{
	char key[12], buf[1024];
	struct transfer_rec copy = *r;
	struct codec c;
	size_t n = key_transfer(key, r->call);
	n += key_u32(key + n, r->n);
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	fields(&c, &copy);
	return db_bytes_put(tx, T_TRANSFER, key, n, &c);
}

struct found {
	struct tx *tx;
	uint32_t n[MAX_TRANSFERS];
	size_t count;
};

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct found *f = arg;
	(void)value;
	if (key.n != 12 || f->count == MAX_TRANSFERS)
		return E_CORRUPT;
	f->n[f->count++] = read_u32((const char *)key.p + 8);
	return 0;
}

int db_transfer_list(struct tx *tx, uint64_t call, struct transfer_list *ret)
{
	struct found f = {.tx = tx};
	char key[12];
	size_t n = key_transfer(key, call);
	ret->n = 0;
	int err = db_scan(tx, T_TRANSFER, key, n, n, 0, found, &f);
	for (size_t i = 0; i < f.count && !err; i++) {
		struct codec c;
		key_u32(key + n, f.n[i]);
		err = db_bytes_get(tx, T_TRANSFER, key, sizeof key, &c);
		if (err)
			break;
		ret->list[i] = (struct transfer_rec){0};
		fields(&c, &ret->list[i]);
		err = codec_end(&c);
		ret->n = i + 1;
	}
	return err;
}

int db_transfer_del(struct tx *tx, uint64_t call)
{
	char key[12];
	size_t n = key_transfer(key, call);
	int err = 0;
	for (uint32_t i = 1; i <= MAX_TRANSFERS && (!err || err == E_NOTFOUND); i++) {
		key_u32(key + n, i);
		err = tx->ops->del(tx->txn, T_TRANSFER, (struct bytes){key, sizeof key});
		tx->dirty = true;
	}
	return err == E_NOTFOUND ? 0 : err;
}
