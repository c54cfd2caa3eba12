/*
 * The order in which the rows of a targets file are loaded: by 宛名番号, rows of one
 * person in the file's order. So each person is met once: his target is written once
 * instead of once a batch, and what is written lies together in every table.
 *
 * It is made while the whole file is checked, holds 8 bytes a row, and is the same
 * each time for the same file and layout. Its print tells whether it is: a load that
 * goes on in another order would leave rows out.
 */
#ifndef ADAPTERS_EXCHANGE_ORDER_H
#define ADAPTERS_EXCHANGE_ORDER_H

#include "engine/exchange.h"

/* Files beyond go by their own order: memory, and a page cache that may not hold them. */
#define ORDER_MOST_ROWS 2000000
#define ORDER_MOST_BYTES (768ll << 20)

struct order_making;
struct order_making *order_begin(void); /* NULL: no memory */
void order_drop(struct order_making *m);
/* The next row begins at this byte of the file, and has this 宛名番号 as it stands there. */
int order_add(struct order_making *m, int64_t at, const char *person, size_t n) MUST_CHECK;
/* The last row ended before this byte. Takes `m`. *ret_order NULL: the file is in that order, or is
 * too big for one. E_NOMEM. */
int order_end(struct order_making *m, int64_t at, struct exchange_order **ret_order) MUST_CHECK;

uint32_t order_rows(const struct exchange_order *o);
/* The n-th row to load (from 0): which of the file it is (from 0), and where it lies. */
uint32_t order_row(const struct exchange_order *o, uint32_t n, int64_t *ret_at, size_t *ret_n);

/* the port's functions */
uint64_t exchange_order_print(const struct exchange_order *o);
void exchange_order_free(struct exchange_order *o);

#endif
