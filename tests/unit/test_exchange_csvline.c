/* Plain lines: whatever csvline_split takes, libcsv in its strict mode gives as one row of the same
 * fields; and nearly all rows of a usual file are taken. */
#include "adapters/exchange/csvline.h"
#include "tests/support/unit.h"

#include <csv.h>
#include <stdint.h>
#include <string.h>

enum { MOST = 32, MOST_BYTES = 64 };

/* ---- what libcsv says ---- */

struct row {
	size_t n, rows;
	size_t len[MOST];
	char field[MOST][MOST_BYTES];
};

static void on_field(void *s, size_t n, void *arg)
{
	struct row *r = arg;
	ck_assert_uint_lt(r->n, MOST);
	ck_assert_uint_lt(n, MOST_BYTES);
	if (n)
		memcpy(r->field[r->n], s, n);
	r->len[r->n++] = n;
}

static void on_row(int c, void *arg)
{
	(void)c;
	((struct row *)arg)->rows++;
}

static int no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static bool parse(const char *line, size_t n, struct row *r)
{
	struct csv_parser p;
	memset(r, 0, sizeof *r);
	ck_assert_int_eq(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI), 0);
	csv_set_space_func(&p, no_space);
	bool good = csv_parse(&p, line, n, on_field, on_row, r) == n;
	csv_free(&p);
	return good && r->rows == 1;
}

/* False: it was not taken. */
static bool is_taken(const char *line, size_t n)
{
	struct csv_field fields[MOST];
	char copy[MOST_BYTES];
	struct row want;

	memcpy(copy, line, n);
	size_t got = csvline_split(copy, n, fields, MOST);
	if (got == 0)
		return false;
	ck_assert_msg(parse(line, n, &want), "libcsv takes no row from %.*s", (int)n, line);
	ck_assert_uint_eq(got, want.n);
	for (size_t i = 0; i < got; i++) {
		ck_assert_uint_eq(fields[i].n, want.len[i]);
		ck_assert_mem_eq(fields[i].s, want.field[i], want.len[i]);
		ck_assert_int_eq(fields[i].s[fields[i].n], '\0');
	}
	return true;
}

/* ---- cases ---- */

static const struct {
	const char *what, *line;
	size_t n;
	bool taken;
} table[] = {
#define L(s) s, sizeof s - 1
    {"bare fields", L("a,b,c\r\n"), true},
    {"LF alone", L("a,b,c\n"), true},
    {"quoted fields", L("\"a\",\"b,b\",\"\"\r\n"), true},
    {"both", L("a,\"b\",c\n"), true},
    {"one field", L("a\n"), true},
    {"an empty field at each end", L(",a,\r\n"), true},
    {"commas alone", L(",,\n"), true},
    {"blanks are data", L(" a , \"\n"), false},
    {"blanks alone", L(" , \n"), true},
    {"Japanese", L("\"髙橋　花子\",\"タカハシ\"\r\n"), true},
    {"a blank line", L("\r\n"), false},
    {"nothing", L("\n"), false},
    {"a doubled quote", L("\"a\"\"b\",c\n"), false},
    {"a quote inside a bare field", L("a\"b,c\n"), false},
    {"bytes behind a closing quote", L("\"a\"b,c\n"), false},
    {"a blank behind a closing quote", L("\"a\" ,c\n"), false},
    {"a quote that stays open", L("\"a,b\r\n"), false},
    {"a quote alone", L("\"\n"), false},
    {"an open quote at the end", L("a,\"\r\n"), false},
    {"a CR in the middle", L("a\rb,c\n"), false},
    {"two CRs", L("a,b\r\r\n"), false},
    {"a CR inside quotes", L("\"a\r\",b\n"), false},
    {"NUL", L("a,\0,b\n"), false},
    {"NUL inside quotes", L("\"\0\"\n"), false},
#undef L
};

START_TEST(lines)
{
	ck_assert_msg(is_taken(table[_i].line, table[_i].n) == table[_i].taken, "%s",
		      table[_i].what);
}
END_TEST

START_TEST(more_fields_than_there_is_room_for)
{
	char line[] = "1,2,3,4\n", again[] = "1,2,3,4\n";
	struct csv_field fields[4];
	ck_assert_uint_eq(csvline_split(line, sizeof line - 1, fields, 3), 0);
	ck_assert_uint_eq(csvline_split(again, sizeof again - 1, fields, 4), 4);
}
END_TEST

/* Every line of up to 7 of the bytes that matter. */
START_TEST(all_short_lines)
{
	static const char bytes[] = {'a', ',', '"', '\r', ' ', '\0'};
	size_t taken = 0, all = 0;
	for (size_t len = 0; len <= 7; len++) {
		size_t count = 1;
		for (size_t i = 0; i < len; i++)
			count *= sizeof bytes;
		for (size_t number = 0; number < count; number++) {
			char line[8];
			for (size_t i = 0, x = number; i < len; i++, x /= sizeof bytes)
				line[i] = bytes[x % sizeof bytes];
			line[len] = '\n';
			taken += is_taken(line, len + 1);
			all++;
		}
	}
	ck_assert_uint_gt(taken, 6000); /* it does take some */
	ck_assert_uint_gt(all, 300000);
}
END_TEST

static TCase *line_case(void)
{
	TCase *t = tcase_create("lines");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, lines, 0, (int)(sizeof table / sizeof *table));
	tcase_add_test(t, more_fields_than_there_is_room_for);
	tcase_add_test(t, all_short_lines);
	return t;
}

UNIT_MAIN("exchange csvline", line_case)
