/* Targets in the order of persons: the same rows and the same errors as in the file's order, each
 * person once, whatever lies between the rows; and the same rest after a crash. */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include "adapters/exchange/cp932.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 5003, PEOPLE = 1500, LONG = 60000 };

static const struct exchange_ops *const x = &exchange_files;
static struct layouts *all;
static const struct layout *targets;
static char path[64];

static const char header[] =
    "市区町村コード,宛名番号,氏名,フリガナ,生年月日,科目,調定年度,賦課年度,期別,通知書番号,納期限,"
    "未納額,電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,SMS可否2,電話番号3,電話区分3,"
    "SMS可否3,整理番号,備考\r\n";

/* ---- files ---- */

struct text {
	size_t n;
	char bytes[MANY * 400 + 20 * LONG];
};

static void add(struct text *t, const char *s)
{
	size_t n = strlen(s);
	ck_assert_uint_lt(t->n + n, sizeof t->bytes);
	memcpy(t->bytes + t->n, s, n);
	t->n += n;
}

/* Every seventh row is wrong; some have a line end in a field, some stand behind blank lines, some
 * are long, and two longer than what is read at once. */
static void add_row(struct text *t, unsigned i, const char *person)
{
	static char line[2 * LONG + 1000], filler[LONG];
	const char *note = i % 11 == 3 ? "二行\n目" : "備考";

	if (i % 1000 == 500) {
		memset(filler, 'x', sizeof filler);
		filler[sizeof filler - 1] = '\0';
		note = filler;
	}
	if (i % 101 == 7)
		add(t, i % 2 ? "\r\n" : "\n\n");
	snprintf(line, sizeof line,
		 "\"202096\",\"%s\",\"伊那　太郎\",\"イナ　タロウ\",\"1950-01-11\",\"002\","
		 "\"2026\",\"2026\",\"1\",\"N%09u\",\"%s\",\"%u\",\"0265123456\",\"1\",\"0\","
		 "\"\",\"\",\"\",\"\",\"\",\"\",\"S%u%s\",\"%s\"%s",
		 person, i, i % 7 == 6 ? "2026-13-30" : "2026-11-30", 1000 + i, i,
		 i % 2000 == 1500 ? filler : "", note, i == MANY - 1 ? "" : "\r\n");
	add(t, line);
}

static void make_file(bool mixed, bool cp932)
{
	static struct text t;
	static char out[sizeof t.bytes];
	const void *bytes = t.bytes;

	t.n = 0;
	add(&t, header);
	for (unsigned i = 0; i < MANY; i++) {
		char person[16];
		unsigned p = mixed ? i * 7919 % PEOPLE : i / 4;
		snprintf(person, sizeof person, p % 50 == 9 ? "A%05u" : "%012u", p);
		if (!mixed)
			snprintf(person, sizeof person, "%012u", p);
		add_row(&t, i, person);
	}
	if (cp932) {
		ck_assert_int_eq(cp932_encode(t.bytes, t.n, out, &t.n, NULL), 0);
		bytes = out;
	}
	temp_file(path, "exchange", bytes, t.n);
}

/* ---- what came of a row ---- */

struct seen {
	bool good;
	unsigned errors;
	int64_t amount;
	uint32_t place;
	char person[16], last[16];
};

static void see(struct seen list[MANY + 1], const struct row_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct target_row *t = &b->targets[i];
		struct seen *s = &list[t->row];
		s->errors += s->good; /* seen twice */
		s->good = true;
		s->amount = t->amount;
		s->place = t->place;
		s->errors += t->place < b->first_row || t->place > b->last_row;
		snprintf(s->person, sizeof s->person, "%s", t->key.person);
		snprintf(s->last, sizeof s->last, "%s", t->key.notice);
	}
	for (size_t i = 0; i < b->n_errors; i++)
		list[b->errors[i].row].errors++;
}

static void read_all(const struct layout *l, const struct exchange_order *o, uint32_t skip,
		     struct seen list[MANY + 1])
{
	struct exchange_reader *r = NULL;
	struct row_batch *b;
	struct refusal why;
	uint32_t next = skip + 1;
	int err;

	memset(list, 0, (MANY + 1) * sizeof *list);
	ck_assert_int_eq(x->reader_open_order(l, path, o, skip, &r, &why), 0);
	while ((err = x->reader_next(r, &b)) == 0) {
		ck_assert_uint_eq(b->first_row, next);
		next = b->last_row + 1;
		see(list, b);
		row_batch_free(b);
	}
	ck_assert_int_eq(err, E_NOTFOUND);
	if (skip < MANY)
		ck_assert_uint_eq(next, MANY + 1);
	x->reader_close(r);
}

static struct exchange_order *order_of(const struct layout *l)
{
	struct exchange_order *o = NULL;
	struct refusal why;
	uint32_t rows;
	ck_assert_int_eq(x->check_order(l, path, &rows, &o, &why), 0);
	ck_assert_uint_eq(rows, MANY);
	return o;
}

/* ---- tests ---- */

static struct seen plain[MANY + 1], sorted[MANY + 1], rest[MANY + 1];

/* By place: each person's rows lie together, in the file's order. (Few assertions: each costs a
 * write.) */
static void check_together(void)
{
	static uint32_t row_at[MANY + 1];
	size_t wrong = 0;
	memset(row_at, 0, sizeof row_at);
	for (uint32_t row = 1; row <= MANY; row++) {
		wrong += sorted[row].good && row_at[sorted[row].place] != 0;
		row_at[sorted[row].place] = sorted[row].good ? row : row_at[sorted[row].place];
	}
	ck_assert_uint_eq(wrong, 0);
	uint32_t before = 0;
	for (uint32_t place = 1; place <= MANY; place++) {
		uint32_t row = row_at[place];
		if (!row)
			continue;
		if (before && strcmp(sorted[before].person, sorted[row].person) == 0)
			wrong += before > row;
		else
			for (uint32_t i = 1; i <= MANY; i++) /* met before? */
				wrong += sorted[i].good && sorted[i].place < place &&
					 strcmp(sorted[i].person, sorted[row].person) == 0;
		before = row;
	}
	ck_assert_uint_eq(wrong, 0);
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->good == b->good && a->errors == b->errors && a->amount == b->amount &&
	       strcmp(a->person, b->person) == 0 && strcmp(a->last, b->last) == 0;
}

static void compare(const struct layout *l)
{
	struct exchange_order *o = order_of(l);
	struct exchange_order *again = order_of(l);

	ck_assert_ptr_nonnull(o);
	ck_assert(x->order_print(o) != 0);
	ck_assert(x->order_print(o) == x->order_print(again));
	x->order_free(again);
	read_all(l, NULL, 0, plain);
	read_all(l, o, 0, sorted);
	size_t good = 0;
	for (uint32_t row = 1; row <= MANY; row++) {
		ck_assert_msg(same(&plain[row], &sorted[row]), "row %u", row);
		ck_assert(!plain[row].good || plain[row].place == row);
		good += plain[row].good;
	}
	ck_assert_uint_gt(good, MANY / 2);
	check_together();
	static const uint32_t skips[] = {1, 1999, 2000, 2001, 4999, MANY - 1, MANY, MANY + 10};
	for (size_t i = 0; i < sizeof skips / sizeof *skips; i++) {
		read_all(l, o, skips[i], rest);
		size_t wrong = 0;
		for (uint32_t row = 1; row <= MANY; row++)
			wrong +=
			    rest[row].good != (sorted[row].good && sorted[row].place > skips[i]);
		ck_assert_uint_eq(wrong, 0);
	}
	x->order_free(o);
}

START_TEST(the_same_rows_in_another_order)
{
	make_file(true, false);
	compare(targets);
}
END_TEST

START_TEST(a_file_that_is_in_order_needs_none)
{
	make_file(false, false);
	struct exchange_order *o = order_of(targets);
	ck_assert_ptr_null(o);
	ck_assert(x->order_print(o) == 0);
	x->order_free(o);
}
END_TEST

START_TEST(in_cp932_too)
{
	struct layouts *cp932 = xrig_layouts_cp932();
	make_file(true, true);
	compare(x->layout_find(cp932, "targets-015"));
	x->layouts_free(cp932);
}
END_TEST

START_TEST(another_file_has_another_print)
{
	make_file(true, false);
	struct exchange_order *one = order_of(targets);
	ck_assert_int_eq(truncate(path, 900000), 0); /* somewhere in a row */
	struct exchange_order *two = NULL;
	struct refusal why;
	uint32_t rows;
	int err = x->check_order(targets, path, &rows, &two, &why);
	ck_assert(err == E_INVALID || (err == 0 && x->order_print(two) != x->order_print(one)));
	/* The rows that the order names are gone: an error, not an end. */
	struct exchange_reader *r = NULL;
	struct row_batch *b;
	ck_assert_int_eq(x->reader_open_order(targets, path, one, 0, &r, &why), 0);
	while ((err = x->reader_next(r, &b)) == 0)
		row_batch_free(b);
	ck_assert_int_ne(err, E_NOTFOUND);
	x->reader_close(r);
	x->order_free(one);
	x->order_free(two);
}
END_TEST

static void set_up(void)
{
	all = xrig_layouts();
	targets = x->layout_find(all, "targets-015");
}

static void tear_down(void)
{
	unlink(path);
	x->layouts_free(all);
}

static TCase *order_case(void)
{
	TCase *t = tcase_create("order");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 20);
	tcase_add_test(t, the_same_rows_in_another_order);
	tcase_add_test(t, a_file_that_is_in_order_needs_none);
	tcase_add_test(t, in_cp932_too);
	tcase_add_test(t, another_file_has_another_print);
	return t;
}

UNIT_MAIN("exchange order", order_case)
