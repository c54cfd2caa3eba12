/* See order.h. */
#include "adapters/exchange/order.h"

#include <stdlib.h>
#include <string.h>

struct order_making {
	uint32_t n, cap;
	bool mixed, too_big;
	uint64_t *keys;
	uint32_t *at;
};

struct exchange_order {
	uint32_t n;
	uint64_t print;
	uint32_t *rows; /* n */
	uint32_t *at;   /* n + 1, by row of the file */
};

enum { FIRST_CAP = 4096, DIGITS = 16 };

struct order_making *order_begin(void)
{
	return calloc(1, sizeof(struct order_making));
}

static void give_back(struct order_making *m)
{
	free(m->keys);
	free(m->at);
	m->keys = NULL;
	m->at = NULL;
}

void order_drop(struct order_making *m)
{
	if (!m)
		return;
	give_back(m);
	free(m);
}

/* FNV-1a. Nobody gains by choosing collisions: persons with one key are told apart when they are
 * loaded. */
static uint64_t stir(uint64_t h, uint64_t v)
{
	return (h ^ v) * 0x100000001b3ull;
}

/* Numbers of one width in their order, which is that of the store's keys; what is none, anywhere
 * behind them. Nothing depends on it but speed. */
static uint64_t key_of(const char *s, size_t n)
{
	uint64_t value = 0, h = 0xcbf29ce484222325ull;
	bool digits = n <= DIGITS;

	for (size_t i = 0; i < n; i++) {
		digits = digits && s[i] >= '0' && s[i] <= '9';
		value = value * 10 + (uint64_t)(s[i] - '0');
		h = stir(h, (unsigned char)s[i]);
	}
	return digits ? (uint64_t)n << 56 | value : h | 1ull << 63;
}

static int room(struct order_making *m)
{
	uint32_t cap = m->cap ? m->cap * 2 : FIRST_CAP;
	uint64_t *keys;
	uint32_t *at;

	if (m->n < m->cap)
		return 0;
	keys = realloc(m->keys, cap * sizeof *keys);
	if (keys)
		m->keys = keys;
	at = keys ? realloc(m->at, ((size_t)cap + 1) * sizeof *at) : NULL;
	if (!at)
		return E_NOMEM;
	m->at = at;
	m->cap = cap;
	return 0;
}

int order_add(struct order_making *m, int64_t at, const char *person, size_t n)
{
	if (m->too_big)
		return 0;
	if (m->n == ORDER_MOST_ROWS || at > ORDER_MOST_BYTES) {
		m->too_big = true;
		give_back(m);
		return 0;
	}
	int err = room(m);
	if (err)
		return err;
	m->keys[m->n] = key_of(person, n);
	m->at[m->n] = (uint32_t)at;
	m->mixed = m->mixed || (m->n > 0 && m->keys[m->n] < m->keys[m->n - 1]);
	m->n++;
	return 0;
}

static int by_key_then_row(const void *a, const void *b, void *arg)
{
	const uint64_t *keys = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	if (keys[x] != keys[y])
		return keys[x] < keys[y] ? -1 : 1;
	return (x > y) - (x < y);
}

static int sort(struct order_making *m, struct exchange_order *o)
{
	uint64_t h = stir(0xcbf29ce484222325ull, m->n);

	o->rows = malloc(m->n * sizeof *o->rows);
	if (!o->rows)
		return E_NOMEM;
	for (uint32_t i = 0; i < m->n; i++)
		o->rows[i] = i;
	qsort_r(o->rows, m->n, sizeof *o->rows, by_key_then_row, m->keys);
	for (uint32_t i = 0; i < m->n; i++)
		h = stir(h, (uint64_t)o->rows[i] << 32 | m->at[i]);
	o->n = m->n;
	o->at = m->at;
	m->at = NULL;
	o->print = h ? h : 1; /* 0 is the file's own order */
	return 0;
}

int order_end(struct order_making *m, int64_t at, struct exchange_order **ret_order)
{
	struct exchange_order *o = NULL;
	int err = 0;

	if (m->mixed && !m->too_big && at <= ORDER_MOST_BYTES) {
		m->at[m->n] = (uint32_t)at;
		o = calloc(1, sizeof *o);
		err = o ? sort(m, o) : E_NOMEM;
	}
	order_drop(m);
	if (err)
		exchange_order_free(o);
	else
		*ret_order = o;
	return err;
}

uint32_t order_rows(const struct exchange_order *o)
{
	return o->n;
}

uint32_t order_row(const struct exchange_order *o, uint32_t n, int64_t *ret_at, size_t *ret_n)
{
	uint32_t row = o->rows[n];
	*ret_at = o->at[row];
	*ret_n = o->at[row + 1] - o->at[row];
	return row;
}

uint64_t exchange_order_print(const struct exchange_order *o)
{
	return o ? o->print : 0;
}

void exchange_order_free(struct exchange_order *o)
{
	if (!o)
		return;
	free(o->rows);
	free(o->at);
	free(o);
}
