/* Writing: bytes that depend on rows alone, values that do not fit refused, what was carried in
 * goes out byte for byte. */
#include "adapters/exchange/exchange.h"
#include "adapters/exchange/value.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;

static struct {
	char bytes[200000];
	size_t n;
	int err; /* what the sink answers */
} out;

static int sink(void *arg, const void *p, size_t n)
{
	(void)arg;
	if (out.err)
		return out.err;
	ck_assert_uint_lt(out.n + n, sizeof out.bytes);
	memcpy(out.bytes + out.n, p, n);
	out.n += n;
	out.bytes[out.n] = '\0';
	return 0;
}

/* One layout of kind errors whose columns are given. */
static struct layouts *layout_of(const char *file, const char *columns)
{
	struct layouts *all = NULL;
	struct problems p;
	char dir[64], path[128], xml[8192];

	problems_init(&p);
	temp_folder(dir, "exchange");
	snprintf(path, sizeof path, "%s/t.xml", dir);
	snprintf(xml, sizeof xml,
		 "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"errors\" "
		 "gyomu=\"014\">"
		 "<file name=\"{gyomu}_{city}_e_{number:6}_{stamp}.csv\" encoding=\"UTF-8\" %s/>"
		 "<columns>%s</columns></layout>",
		 file, columns);
	temp_write(path, xml, strlen(xml));
	int err = x->layouts_load(dir, "schemas", &p, &all);
	problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	problems_free(&p);
	unlink(path);
	rmdir(dir);
	return all;
}

static int write_rows(const struct layout *l, const struct out_field *fields, size_t n, int times)
{
	struct exchange_writer *w = NULL;
	int err = x->writer_open(l, sink, NULL, &w);

	if (err)
		return err;
	for (int i = 0; !err && i < times; i++)
		err = x->writer_row(w, fields, n);
	int closed = x->writer_close(w);
	return err ? err : closed;
}

static const struct bytes_case {
	const char *what, *file, *columns, *value, *bytes; /* bytes NULL: E_INVALID */
} byte_cases[] = {
    {"quoted", "", "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "x",
     "\"a\"\r\n\"x\"\r\n"},
    {"quoted as needed", "quote=\"needed\" newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "x", "a\nx\n"},
    {"a comma", "quote=\"needed\" newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "x,y", "a\n\"x,y\"\n"},
    {"a quote", "quote=\"needed\" newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "x\"y", "a\n\"x\"\"y\"\n"},
    {"a space at the end", "quote=\"needed\" newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "x ", "a\n\"x \"\n"},
    {"a formula stays as it is", "newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "=1+1", "\"a\"\n\"=1+1\"\n"},
    {"a BOM", "bom=\"yes\" newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "x",
     "\xef\xbb\xbf\"a\"\n\"x\"\n"},
    {"item IDs", "header=\"ids\" newline=\"lf\"",
     "<value item=\"a\" id=\"01400001\" type=\"X\" length=\"9\" field=\"words\"/>", "x",
     "\"01400001\"\n\"x\"\n"},
    {"a constant", "newline=\"lf\"", "<constant item=\"a\" type=\"X\" length=\"9\" value=\"k\"/>",
     "x", "\"a\"\n\"k\"\n"},
    {"mapped back", "newline=\"lf\"",
     "<mapped item=\"a\" type=\"X\" length=\"9\" field=\"words\"><map code=\"1\" "
     "value=\"x\"/></mapped>",
     "x", "\"a\"\n\"1\"\n"},
    {"mapped, but in no table", "newline=\"lf\"",
     "<mapped item=\"a\" type=\"X\" length=\"9\" field=\"words\"><map code=\"1\" "
     "value=\"y\"/></mapped>",
     "x", NULL},
    {"composed", "newline=\"lf\"",
     "<composed item=\"a\" type=\"XN\" length=\"30\" template=\"第{words:3}号{{{city}\"/>", "7",
     "\"a\"\n\"第007号{\"\n"},
    {"empty", "newline=\"lf\"", "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>", "",
     "\"a\"\n\"\"\n"},
    {"empty, but required", "newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"9\" required=\"yes\" field=\"words\"/>", "", NULL},
    {"too long", "", "<value item=\"a\" type=\"X\" length=\"2\" field=\"words\"/>", "xyz", NULL},
    {"too long, cut", "newline=\"lf\"",
     "<value item=\"a\" type=\"XN\" length=\"2\" cut=\"yes\" field=\"words\"/>", "あいう",
     "\"a\"\n\"あ…\"\n"},
    {"just long enough to be whole", "newline=\"lf\"",
     "<value item=\"a\" type=\"XN\" length=\"3\" cut=\"yes\" field=\"words\"/>", "あいう",
     "\"a\"\n\"あいう\"\n"},
    {"cut to one", "newline=\"lf\"",
     "<value item=\"a\" type=\"N\" length=\"1\" cut=\"yes\" field=\"words\"/>", "あいう",
     "\"a\"\n\"…\"\n"},
    {"half-width has no …", "newline=\"lf\"",
     "<value item=\"a\" type=\"X\" length=\"2\" cut=\"yes\" field=\"words\"/>", "xyz",
     "\"a\"\n\"xy\"\n"},
    {"a part in brackets with its value", "newline=\"lf\"",
     "<composed item=\"a\" type=\"XN\" length=\"30\" "
     "template=\"一。[二{words}。][三{city}。]四\"/>",
     "x", "\"a\"\n\"一。二x。四\"\n"},
    {"a part in brackets without", "newline=\"lf\"",
     "<composed item=\"a\" type=\"XN\" length=\"30\" template=\"一[二{words}]\"/>", "",
     "\"a\"\n\"一\"\n"},
    {"a part with one of two", "newline=\"lf\"",
     "<composed item=\"a\" type=\"XN\" length=\"30\" template=\"[{words}{city}]一\"/>", "x",
     "\"a\"\n\"一\"\n"},
    {"brackets themselves", "newline=\"lf\"",
     "<composed item=\"a\" type=\"XN\" length=\"30\" template=\"[[{words}]]\"/>", "x",
     "\"a\"\n\"[x]\"\n"},
    {"composed, too long, cut", "newline=\"lf\"",
     "<composed item=\"a\" type=\"XN\" length=\"6\" cut=\"yes\" template=\"大切。{words}。ほか\"/>",
     "約束", "\"a\"\n\"大切。約束…\"\n"},
    {"cut before a selector, not after", "newline=\"lf\"",
     "<value item=\"a\" type=\"XN\" length=\"2\" cut=\"yes\" field=\"words\"/>",
     "葛\xf3\xa0\x84\x80いう", "\"a\"\n\"葛\xf3\xa0\x84\x80…\"\n"},
    {"not of the type", "", "<value item=\"a\" type=\"9\" length=\"9\" field=\"words\"/>", "x",
     NULL},
    {"not a date", "", "<value item=\"a\" type=\"DATE\" field=\"words\"/>", "2026-02-30", NULL},
    {"a control character", "", "<value item=\"a\" type=\"XN\" length=\"9\" field=\"words\"/>",
     "x\ny", NULL},
    {"not UTF-8", "", "<value item=\"a\" type=\"XN\" length=\"9\" field=\"words\"/>", "\x82\xa0",
     NULL},
};

START_TEST(bytes_of_a_row)
{
	const struct bytes_case *c = &byte_cases[_i];
	struct layouts *all = layout_of(c->file, c->columns);
	struct out_field f[] = {{"row", "1"}, {"words", c->value}};
	int err = write_rows(x->layout_at(all, 0), f, 2, 1);

	if (c->bytes) {
		ck_assert_msg(err == 0, "%s: %d", c->what, err);
		ck_assert_msg(strcmp(out.bytes, c->bytes) == 0, "%s: %s", c->what, out.bytes);
	} else {
		ck_assert_msg(err == E_INVALID, "%s: %d", c->what, err);
		ck_assert_msg(memchr(out.bytes, '\n', out.n) == out.bytes + out.n - 1,
			      "%s: half a row went out", c->what);
	}
	x->layouts_free(all);
}
END_TEST

START_TEST(the_same_rows_give_the_same_bytes)
{
	struct layouts *all = xrig_layouts();
	static const struct out_field f[] = {
	    {"row", "12"},    {"city", "202096"}, {"file_number", "7"}, {"intake", "3"},
	    {"item", "氏名"}, {"code", "E0002"},  {"state", "refused"}, {"words", "使えない文字"}};
	static char first[4096];

	ck_assert_int_eq(write_rows(x->layout_find(all, "errors"), f, 8, 3), 0);
	size_t n = out.n;
	ck_assert_uint_lt(n, sizeof first);
	memcpy(first, out.bytes, n + 1);
	out.n = 0;
	ck_assert_int_eq(write_rows(x->layout_find(all, "errors"), f, 8, 3), 0);
	ck_assert_str_eq(out.bytes, first);
	x->layouts_free(all);
}
END_TEST

START_TEST(a_sink_that_fails_is_heard)
{
	struct layouts *all =
	    layout_of("", "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>");
	struct out_field f[] = {{"words", "x"}};
	struct exchange_writer *w = NULL;

	out.err = E_NOSPC;
	ck_assert_int_eq(write_rows(x->layout_at(all, 0), f, 1, 1), E_NOSPC);
	out.err = 0;
	ck_assert_int_eq(x->writer_open(x->layout_at(all, 0), sink, NULL, &w), 0);
	out.err = E_NOSPC;
	ck_assert_int_eq(x->writer_row(w, f, 1), E_NOSPC);
	ck_assert_int_eq(x->writer_close(w), 0);
	out.err = 0;
	x->layouts_free(all);
	all = xrig_layouts();
	ck_assert_int_eq(x->writer_open(x->layout_find(all, "payments"), sink, NULL, &w), E_STATE);
	x->layouts_free(all);
}
END_TEST

START_TEST(names_of_files)
{
	struct layouts *all =
	    layout_of("", "<value item=\"a\" type=\"X\" length=\"9\" field=\"words\"/>");
	const struct layout *l = x->layout_at(all, 0);
	char name[MAX_FILE_NAME] = "untouched";
	int64_t ms = 1796052605000; /* 2026-11-30T15:30:05Z = the first of December in Tokyo */

	ck_assert_int_eq(x->file_name(l, 42, ms, "202096", name), 0);
	ck_assert_str_eq(name, "014_202096_e_000042_20261201003005.csv");
	ck_assert_int_eq(x->file_name(l, 4294967295u, ms, "202096", name), 0);
	ck_assert_str_eq(name, "014_202096_e_4294967295_20261201003005.csv");
	ck_assert_int_eq(x->file_name(l, 1, ms, "../x", name), E_INVALID);
	ck_assert_str_eq(x->layout_pattern(l), "*_*_e_*_*.csv");
	x->layouts_free(all);
	all = xrig_layouts();
	ck_assert_int_eq(x->file_name(x->layout_find(all, "payments"), 1, ms, "202096", name),
			 E_STATE);
	x->layouts_free(all);
}
END_TEST

/* ---- what came in goes out ---- */

static const char *const carried[] = {
    "",
    " leading and trailing ",
    "a,b",
    "say \"yes\"",
    "\"",
    "two\nlines",
    "two\r\nlines",
    "葛\xf3\xa0\x84\x80城",
    "\xee\x80\x80\xf3\xb0\x80\x80\xf4\x80\x80\x80",
    "tab\there",
    "=1+1",
    "ﾊﾝｶｸ mixed 全角",
};
enum { CARRIED = sizeof carried / sizeof *carried };

static size_t quoted(char *to, const char *s)
{
	size_t n = 0;

	to[n++] = '"';
	for (; *s; s++) {
		if (*s == '"')
			to[n++] = '"';
		to[n++] = *s;
	}
	to[n++] = '"';
	to[n] = '\0';
	return n;
}

START_TEST(what_was_carried_comes_back_byte_for_byte)
{
	struct layouts *in = xrig_layouts();
	struct layouts *back =
	    layout_of("newline=\"lf\"", "<carried item=\"備考\" type=\"X\" length=\"1\"/>");
	struct exchange_reader *r = NULL;
	struct exchange_writer *w = NULL;
	struct row_batch *b;
	struct refusal why;
	static char bytes[8192], wanted[8192];
	char path[64];
	size_t n = (size_t)snprintf(bytes, sizeof bytes,
				    "市区町村コード,宛名番号,氏名,フリガナ,生年月日,科目,調定年度,"
				    "賦課年度,期別,通知書番号,納期限,"
				    "未納額,電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,"
				    "SMS可否2,電話番号3,電話区分3,SMS可否3,"
				    "整理番号,備考\n");
	size_t k = quoted(wanted, "備考");

	wanted[k++] = '\n';
	for (int i = 0; i < CARRIED; i++) {
		n += (size_t)snprintf(bytes + n, sizeof bytes - n,
				      "202096,1,山,,,002,2026,,1,A,2026-11-30,1,,,,,,,,,,,");
		n += quoted(bytes + n, carried[i]);
		bytes[n++] = '\n';
		k += quoted(wanted + k, carried[i]);
		wanted[k++] = '\n';
	}
	temp_file(path, "exchange", bytes, n);
	ck_assert_int_eq(x->reader_open(x->layout_find(in, "targets-014"), path, 0, &r, &why), 0);
	ck_assert_int_eq(x->reader_next(r, &b), 0);
	ck_assert_uint_eq(b->n, CARRIED);
	ck_assert_int_eq(x->writer_open(x->layout_at(back, 0), sink, NULL, &w), 0);
	for (size_t i = 0; i < b->n; i++) {
		struct out_field f = {"carried.備考", b->targets[i].carried[1]};
		ck_assert_int_eq(x->writer_row(w, &f, 1), 0);
	}
	ck_assert_int_eq(x->writer_close(w), 0);
	ck_assert_uint_eq(out.n, k);
	ck_assert_int_eq(memcmp(out.bytes, wanted, k), 0);
	row_batch_free(b);
	x->reader_close(r);
	unlink(path);
	x->layouts_free(in);
	x->layouts_free(back);
}
END_TEST

/* ---- types ---- */

static const struct {
	const char *type, *value;
	unsigned length, fraction;
	enum value_fault fault;
} values[] = {
    {"X", "A-1 ~", 5, 0, VALUE_OK},
    {"X", "A\x7f", 5, 0, VALUE_CHARACTERS},
    {"X", "ABCDEF", 5, 0, VALUE_LENGTH},
    {"N", "全角　", 3, 0, VALUE_OK},
    {"N", "全角 ", 3, 0, VALUE_CHARACTERS},
    {"N", "ｶﾅ", 3, 0, VALUE_CHARACTERS},
    {"XN", "A全", 2, 0, VALUE_OK},
    {"XN", "A\t全", 9, 0, VALUE_CHARACTERS},
    {"XN", "\xe2\x80\xa8", 9, 0, VALUE_CHARACTERS},
    {"9", "007", 3, 0, VALUE_OK},
    {"9", "-7", 3, 0, VALUE_CHARACTERS},
    {"9", "1234", 3, 0, VALUE_LENGTH},
    {"S9", "-123", 3, 0, VALUE_OK},
    {"S9", "+1", 3, 0, VALUE_OK},
    {"S9", "-", 3, 0, VALUE_CHARACTERS},
    {"S9", "-1234", 3, 0, VALUE_LENGTH},
    {"9V", "12345.67", 7, 2, VALUE_OK},
    {"9V", "12345", 7, 2, VALUE_OK},
    {"9V", "123456", 7, 2, VALUE_LENGTH},
    {"9V", "1.234", 7, 2, VALUE_LENGTH},
    {"9V", "1.", 7, 2, VALUE_CHARACTERS},
    {"9V", ".5", 7, 2, VALUE_CHARACTERS},
    {"9V", "1.2.3", 7, 2, VALUE_CHARACTERS},
    {"YEAR", "2026", 9, 0, VALUE_OK},
    {"YEAR", "26", 9, 0, VALUE_CHARACTERS},
    {"DATE", "2024-02-29", 99, 0, VALUE_OK},
    {"DATE", "2026-02-29", 99, 0, VALUE_NO_SUCH_DAY},
    {"DATE", "0000-01-01", 99, 0, VALUE_OK},
    {"DATE", "9999-12-31", 99, 0, VALUE_OK},
    {"DATE", "2026-1-1", 99, 0, VALUE_CHARACTERS},
    {"DATE", "2026-01-01T", 99, 0, VALUE_CHARACTERS},
    {"TIME", "23:59:59", 99, 0, VALUE_OK},
    {"TIME", "23:59", 99, 0, VALUE_OK},
    {"TIME", "24:00", 99, 0, VALUE_NO_SUCH_DAY},
    {"TIME", "23:59:60", 99, 0, VALUE_NO_SUCH_DAY},
    {"TIME", "2359", 99, 0, VALUE_CHARACTERS},
};

START_TEST(types)
{
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct value_type t = {.kind = value_kind_of(values[i].type),
				       .length = values[i].length,
				       .fraction = values[i].fraction};
		enum value_fault fault = value_check(&t, values[i].value, strlen(values[i].value));
		ck_assert_msg(fault == values[i].fault, "%s \"%s\": %d", values[i].type,
			      values[i].value, (int)fault);
	}
	ck_assert_int_eq((int)value_kind_of("Q"), VALUE_KINDS);
}
END_TEST

static void empty(void)
{
	memset(&out, 0, sizeof out);
}

static TCase *write_case(void)
{
	TCase *t = tcase_create("write");
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, empty, NULL);
	tcase_add_loop_test(t, bytes_of_a_row, 0, (int)(sizeof byte_cases / sizeof *byte_cases));
	tcase_add_test(t, the_same_rows_give_the_same_bytes);
	tcase_add_test(t, a_sink_that_fails_is_heard);
	tcase_add_test(t, names_of_files);
	tcase_add_test(t, what_was_carried_comes_back_byte_for_byte);
	tcase_add_test(t, types);
	return t;
}

UNIT_MAIN("exchange write", write_case)
