/*
 * See debts.h. A pack is: version byte, then for each debt its place in the pack
 * (one byte), the length of its record (two, big-endian), the record.
 */
#include "engine/turn/debts.h"
#include "engine/turn/found.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRY_KEY = 8,
	PACK_KEY = 9,
	PACK_TAG = 1,
	HEAD = 3, /* of a debt in a pack */
	PACK_BYTES = 1 + DEBT_PACK * (HEAD + MOST_PACKED_BYTES),
	/* all of one block's values, with what their rounding up and a block's end may waste */
	BLOCK_BYTES = 2 * (DEBT_PACK * MAX_RECORD_BYTES + PACK_BYTES)
};

static uint32_t base_of(uint32_t row)
{
	return (row - 1) / DEBT_PACK * DEBT_PACK + 1;
}

static size_t key_pack(char *k, uint32_t run, uint32_t base)
{
	size_t n = key_debt(k, run, base + DEBT_PACK - 1);
	k[n++] = PACK_TAG;
	return n;
}

/* ---- packing ---- */

struct packing {
	struct tx *tx;
	struct bulk *to;
	uint32_t run, base; /* 0: none begun */
	size_t n;
	char *bytes;
};

static int pack_end(struct packing *p)
{
	char key[MAX_KEY_BYTES];

	if (p->n <= 1)
		return 0;
	return bulk_add(p->tx, p->to, key, key_pack(key, p->run, p->base), p->bytes, p->n);
}

static void pack_add(struct packing *p, uint32_t row, struct bytes value)
{
	char *at = p->bytes + p->n;
	at[0] = (char)(row - p->base);
	at[1] = (char)(value.n >> 8);
	at[2] = (char)value.n;
	memcpy(at + HEAD, value.p, value.n);
	p->n += HEAD + value.n;
}

static int pack_one(struct packing *p, uint32_t first, const struct bulk_pair *pair)
{
	uint32_t row = read_u32((const char *)pair->key.p + 4), base = base_of(row);

	if (base != p->base) {
		int err = pack_end(p);
		if (err)
			return err;
		p->base = base;
		p->n = 1;
	}
	if (base < first || pair->value.n > MOST_PACKED_BYTES)
		return bulk_add(p->tx, p->to, pair->key.p, pair->key.n, pair->value.p,
				pair->value.n);
	pack_add(p, row, pair->value);
	return 0;
}

int debts_pack(struct tx *tx, struct bulk *debts, uint32_t first)
{
	struct bulk packed;
	struct packing p = {.tx = tx, .to = &packed};
	int err = bulk_new(tx, debts->n, &packed);

	if (err || debts->n == 0)
		return err;
	bulk_sort(debts);
	p.run = read_u32(debts->pairs[0].key.p);
	p.bytes = arena_take(tx->arena, PACK_BYTES);
	if (!p.bytes)
		return E_NOMEM;
	p.bytes[0] = DB_RECORD_VERSION;
	for (size_t i = 0; i < debts->n && !err; i++)
		err = pack_one(&p, first, &debts->pairs[i]);
	if (!err)
		err = pack_end(&p);
	if (!err)
		*debts = packed;
	return err;
}

/* ---- taking packs apart ---- */

/* The next debt of a pack, at *at: 1, 0 at its end, E_CORRUPT. */
static int pack_next(struct bytes pack, size_t *at, uint32_t *ret_place, struct bytes *ret_value)
{
	const unsigned char *p = pack.p;
	size_t left = pack.n - *at;

	if (left == 0)
		return 0;
	if (left < HEAD || p[*at] >= DEBT_PACK)
		return E_CORRUPT;
	size_t n = (size_t)p[*at + 1] << 8 | p[*at + 2];
	if (left - HEAD < n)
		return E_CORRUPT;
	*ret_place = p[*at];
	*ret_value = (struct bytes){p + *at + HEAD, n};
	*at += HEAD + n;
	return 1;
}

static int pack_begin(struct bytes pack, size_t *ret_at)
{
	*ret_at = 1;
	return pack.n == 0 || *(const unsigned char *)pack.p > DB_RECORD_VERSION ? E_CORRUPT : 0;
}

/* E_NOTFOUND: that place is empty, or has an entry of its own. */
static int pack_find(struct bytes pack, uint32_t place, struct bytes *ret_value)
{
	size_t at;
	uint32_t here;
	int ret = pack_begin(pack, &at);

	if (ret)
		return ret;
	while ((ret = pack_next(pack, &at, &here, ret_value)) > 0)
		if (here == place)
			return 0;
	return ret ? ret : E_NOTFOUND;
}

static int copy_debt(struct tx *tx, struct bytes value, struct debt *ret)
{
	const void *copy = arena_copy(tx->arena, value.p, value.n);
	return copy ? found_debt((struct bytes){copy, value.n}, ret) : E_NOMEM;
}

/* ---- one debt ---- */

struct finding {
	struct tx *tx;
	uint32_t row;
	struct debt *ret;
	int err;      /* what is known after the look */
	bool between; /* another changed debt stands before the pack */
};

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct finding *f = arg;
	uint32_t row = read_u32((const char *)key.p + 4);

	if (key.n == ENTRY_KEY && row != f->row) {
		f->between = base_of(row) == base_of(f->row);
		return 1;
	}
	if (key.n == PACK_KEY && row != base_of(f->row) + DEBT_PACK - 1)
		return 1;
	f->err = 0;
	if (key.n == PACK_KEY)
		f->err = pack_find(value, f->row - base_of(f->row), &value);
	if (!f->err)
		f->err = copy_debt(f->tx, value, f->ret);
	return 1;
}

int db_debt_get(struct tx *tx, uint32_t run, uint32_t row, struct debt *ret)
{
	char key[MAX_KEY_BYTES];
	struct finding f = {.tx = tx, .row = row, .ret = ret, .err = E_NOTFOUND};
	struct bytes value;

	if (row == 0)
		return E_NOTFOUND;
	int err = db_scan(tx, T_DEBT, key, key_debt(key, run, row), 4, 0, found, &f);
	if (err || !f.between)
		return err ? err : f.err;
	err = tx->ops->get(tx->txn, T_DEBT, (struct bytes){key, key_pack(key, run, base_of(row))},
			   &value);
	if (!err)
		err = pack_find(value, row - base_of(row), &value);
	return err ? err : copy_debt(tx, value, ret);
}

int db_debt_put(struct tx *tx, const struct debt *r)
{
	char key[MAX_KEY_BYTES], buf[MAX_RECORD_BYTES];
	struct debt copy = *r;
	struct codec c;

	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	debt_fields(&c, &copy);
	return db_bytes_put(tx, T_DEBT, key, key_debt(key, r->run, r->row), &c);
}

/* ---- all of them ---- */

/* The places of one pack, whatever holds them. Their bytes are copies: a scan that kept those of
 * thousands of long debts in the turn's arena would be refused, and so would the turn, for ever. */
struct block {
	struct arena *arena;
	uint32_t from, base; /* base 0: nothing was found */
	struct bytes value[DEBT_PACK];
};

/* An entry of its own came before, and stays. */
static int block_pack(struct block *b, struct bytes value)
{
	const void *copy = arena_copy(b->arena, value.p, value.n);
	struct bytes pack = {copy, value.n}, one;
	uint32_t place;
	size_t at;
	int ret = copy ? pack_begin(pack, &at) : E_NOMEM;

	while (!ret && (ret = pack_next(pack, &at, &place, &one)) > 0) {
		if (!b->value[place].p)
			b->value[place] = one;
		ret = 0;
	}
	return ret;
}

static int block_found(void *arg, struct bytes key, struct bytes value)
{
	struct block *b = arg;
	uint32_t row = read_u32((const char *)key.p + 4);

	if (b->base && base_of(row) != b->base)
		return 1;
	b->base = base_of(row);
	if (key.n == PACK_KEY) {
		int err = block_pack(b, value);
		return err ? err : 1; /* the last of its block */
	}
	const void *copy = arena_copy(b->arena, value.p, value.n);
	b->value[row - b->base] = (struct bytes){copy, value.n};
	return copy ? 0 : E_NOMEM;
}

static int block_tell(const struct block *b, debt_fn fn, void *arg)
{
	struct debt d;
	int ret = 0;

	for (uint32_t i = 0; i < DEBT_PACK && !ret; i++) {
		if (!b->value[i].p || b->base + i < b->from)
			continue;
		ret = found_debt(b->value[i], &d);
		if (!ret)
			ret = fn(arg, &d);
	}
	return ret;
}

int debts_scan(struct tx *tx, uint32_t run, uint32_t from, debt_fn fn, void *arg)
{
	struct arena *arena;
	int ret = arena_new(BLOCK_BYTES, &arena);

	if (ret)
		return ret;
	for (struct block b = {.base = 1}; b.base && !ret; from = b.base + DEBT_PACK) {
		char key[MAX_KEY_BYTES];
		arena_reset(arena);
		b = (struct block){.arena = arena, .from = from};
		ret = db_scan(tx, T_DEBT, key, key_debt(key, run, from), 4, 0, block_found, &b);
		if (!ret)
			ret = block_tell(&b, fn, arg);
	}
	arena_free(arena);
	return ret < 0 ? ret : 0;
}
