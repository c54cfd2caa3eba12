/* What spreadsheets do to files: each case is refused in clear words, or mended with a warning;
 * never is anything changed in silence. Through the reader, as files. */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;
static struct layouts *all;

/* One column of each type, with and without a fixed width. */
static const char layout_xml[] =
    "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"targets\">"
    "<file pattern=\"*.csv\" encoding=\"UTF-8\"/><columns>"
    "<constant field=\"gyomu\" value=\"014\"/>"
    "<value item=\"宛名番号\" type=\"X\" length=\"15\" width=\"fixed\" pad=\"zeros\" "
    "required=\"yes\" field=\"person\"/>"
    "<value item=\"氏名\" type=\"N\" length=\"100\" required=\"yes\" field=\"name\"/>"
    "<value item=\"生年月日\" type=\"DATE\" field=\"birth_date\"/>"
    "<mapped item=\"科目\" type=\"X\" length=\"3\" width=\"fixed\" pad=\"zeros\" required=\"yes\" "
    "field=\"tax\" words=\"tax_words\"><map code=\"002\" words=\"固定資産税\"/></mapped>"
    "<value item=\"年度\" type=\"YEAR\" required=\"yes\" field=\"fuka_year\"/>"
    "<value item=\"期別\" type=\"9\" length=\"2\" required=\"yes\" field=\"period\"/>"
    "<value item=\"通知書番号\" type=\"X\" length=\"10\" width=\"fixed\" required=\"yes\" "
    "field=\"notice\"/>"
    "<value item=\"納期限\" type=\"DATE\" required=\"yes\" field=\"due_date\"/>"
    "<value item=\"未納額\" type=\"9\" length=\"9\" required=\"yes\" field=\"amount\"/>"
    "<value item=\"電話番号\" type=\"XN\" length=\"40\" field=\"number1\"/>"
    "<value item=\"面積\" type=\"9V\" length=\"7,2\"/>"
    "<value item=\"増減\" type=\"S9\" length=\"7\"/>"
    "<value item=\"時刻\" type=\"TIME\"/>"
    "<value item=\"区分\" type=\"X\" length=\"8\"/>"
    "<value item=\"注\" type=\"XN\" length=\"20\"/>"
    "<carried item=\"備考\" length=\"60\"/>"
    "</columns></layout>";
enum { ITEMS = 16 };
static const char *const items[ITEMS] = {
    "宛名番号", "氏名",     "生年月日", "科目", "年度", "期別", "通知書番号", "納期限",
    "未納額",   "電話番号", "面積",     "増減", "時刻", "区分", "注",         "備考"};
static const char *const good[ITEMS] = {
    "000000000012345", "伊那　太郎", "1950-05-12", "002",        "2026",  "1",
    "0000000001",      "2026-07-31", "12000",      "0265784111", "12.50", "-3",
    "09:05",           "A-1",        "注 1",       "メモ"};

static void load(void)
{
	struct problems p;
	char dir[64], path[128];

	problems_init(&p);
	xrig_folder(dir);
	snprintf(path, sizeof path, "%s/t.xml", dir);
	xrig_write(path, layout_xml, strlen(layout_xml));
	int err = x->layouts_load(dir, "schemas", &p, &all);
	if (err)
		problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	problems_free(&p);
	unlink(path);
	rmdir(dir);
}

static void unload(void)
{
	x->layouts_free(all);
}

static struct row_batch *read_bytes(const char *bytes, size_t n)
{
	struct exchange_reader *r = NULL;
	struct row_batch *b = NULL;
	struct refusal why;
	char path[64];
	uint32_t rows;
	const struct layout *l = x->layout_find(all, "t");

	xrig_file(bytes, n, path);
	int err = x->check(l, path, &rows, &why);
	ck_assert_msg(err == 0, "%s %s", why.code, why.words);
	ck_assert_int_eq(x->reader_open(l, path, 0, &r, &why), 0);
	ck_assert_int_eq(x->reader_next(r, &b), 0);
	x->reader_close(r);
	unlink(path);
	return b;
}

static char *put(char *at, const char *const *values)
{
	for (int i = 0; i < ITEMS; i++) {
		*at++ = '"';
		for (const char *s = values[i]; *s; s++) {
			if (*s == '"')
				*at++ = '"';
			*at++ = *s;
		}
		*at++ = '"';
		*at++ = i + 1 < ITEMS ? ',' : '\n';
	}
	*at = '\0';
	return at;
}

static struct row_batch *read_with(const char *item, const char *value)
{
	const char *values[ITEMS];
	static char bytes[65536];

	for (int i = 0; i < ITEMS; i++)
		values[i] = item && strcmp(items[i], item) == 0 ? value : good[i];
	put(put(bytes, items), values);
	return read_bytes(bytes, strlen(bytes));
}

/* What the row holds for an item; NULL: the row does not keep it. */
static const char *kept(const struct target_row *t, const char *item, char out[32])
{
	if (strcmp(item, "宛名番号") == 0)
		return t->key.person;
	if (strcmp(item, "科目") == 0)
		return t->key.tax;
	if (strcmp(item, "年度") == 0)
		return t->key.fuka_year;
	if (strcmp(item, "期別") == 0)
		return t->key.period;
	if (strcmp(item, "通知書番号") == 0)
		return t->key.notice;
	if (strcmp(item, "備考") == 0)
		return t->carried[0];
	if (strcmp(item, "電話番号") == 0)
		return t->n_numbers ? t->numbers[0].digits : "";
	if (strcmp(item, "未納額") == 0)
		snprintf(out, 32, "%lld", (long long)t->amount);
	else if (strcmp(item, "生年月日") == 0)
		snprintf(out, 32, "%04d", t->birth_md);
	else if (strcmp(item, "納期限") == 0 && t->due_day != DAY_NONE)
		civil_format_date(t->due_day, out);
	else
		return NULL;
	return out;
}

#define MEND "", true
#define KEEP NULL, true
#define REFUSE(code) code, false
static const struct spoilt {
	const char *what, *item, *value;
	const char *code; /* "": E0002, a warning; NULL: nothing is said */
	bool taken;
	const char *becomes; /* NULL: not looked at */
} spoils[] = {
    {"nothing", NULL, NULL, KEEP, NULL},
    /* lost zeros */
    {"lost zeros of a fixed width with padding", "宛名番号", "12345", MEND, "000000000012345"},
    {"one lost zero", "宛名番号", "00000000012345", MEND, "000000000012345"},
    {"lost zeros of a code", "科目", "2", MEND, "002"},
    {"lost zeros of a fixed width without padding", "通知書番号", "1", REFUSE("E0003"), NULL},
    {"short, but no number", "宛名番号", "A12345", REFUSE("E0003"), NULL},
    {"a lost zero of a telephone number", "電話番号", "265784111", MEND, "0265784111"},
    /* full-width */
    {"full-width digits of a person", "宛名番号", "００００００００００１２３４５", MEND,
     "000000000012345"},
    {"full-width digits, zeros lost", "宛名番号", "１２３４５", MEND, "000000000012345"},
    {"full-width amount", "未納額", "１２０００", MEND, "12000"},
    {"full-width amount with commas", "未納額", "１２，０００", MEND, "12000"},
    {"full-width date", "納期限", "２０２６－０７－３１", MEND, "2026-07-31"},
    {"full-width year", "年度", "２０２６", MEND, "2026"},
    {"full-width letters of X", "区分", "Ａ－１", MEND, NULL},
    {"full-width telephone number", "電話番号", "０２６５７８４１１１", KEEP, "0265784111"},
    {"a kanji number", "未納額", "一万二千", REFUSE("E0002"), NULL},
    /* amounts */
    {"commas", "未納額", "12,000", MEND, "12000"},
    {"commas, millions", "未納額", "1,234,567", MEND, "1234567"},
    {"commas at wrong places", "未納額", "12,00", REFUSE("E0002"), NULL},
    {"commas at wrong places, longer", "未納額", "1,2345,678", REFUSE("E0002"), NULL},
    {"a yen sign", "未納額", "¥12,000", MEND, "12000"},
    {"a backslash for yen", "未納額", "\\12,000", MEND, "12000"},
    {"a full-width yen sign is none of ASCII", "未納額", "￥12000", REFUSE("E0002"), NULL},
    {"円", "未納額", "12000円", MEND, "12000"},
    {"a fraction of zeros", "未納額", "12000.00", MEND, "12000"},
    {"a fraction", "未納額", "12000.5", REFUSE("E0002"), NULL},
    {"a triangle for minus", "未納額", "△12000", REFUSE("E0002"), NULL},
    {"minus", "未納額", "-12000", REFUSE("E0002"), NULL},
    {"brackets for minus", "未納額", "(12000)", REFUSE("E0002"), NULL},
    {"decimal with commas", "面積", "1,234.50", MEND, NULL},
    {"signed full-width", "増減", "－３", MEND, NULL},
    /* scientific notation */
    {"a person as 1.23E+11", "宛名番号", "1.23E+11", REFUSE("E0002"), NULL},
    {"a person as 1E+14", "宛名番号", "1E+14", REFUSE("E0002"), NULL},
    {"an amount as 1.2E+06", "未納額", "1.2E+06", REFUSE("E0002"), NULL},
    {"a telephone number as 9.01E+09", "電話番号", "9.01235E+09", "", true, ""},
    {"a notice as 2.0E+09", "通知書番号", "2.0000E+09", REFUSE("E0002"), NULL},
    {"a full-width exponent", "宛名番号", "１．２３Ｅ＋１１", REFUSE("E0002"), NULL},
    {"a carried exponent goes back", "備考", "1.23E+11", "", true, "1.23E+11"},
    {"a person as a fraction", "宛名番号", "000000012345.00", REFUSE("E0002"), NULL},
    /* dates */
    {"2026/7/31", "納期限", "2026/7/31", MEND, "2026-07-31"},
    {"2026/07/31", "納期限", "2026/07/31", MEND, "2026-07-31"},
    {"2026.7.31", "納期限", "2026.7.31", MEND, "2026-07-31"},
    {"2026-7-31", "納期限", "2026-7-31", MEND, "2026-07-31"},
    {"20260731", "納期限", "20260731", MEND, "2026-07-31"},
    {"2026年7月31日", "納期限", "2026年7月31日", MEND, "2026-07-31"},
    {"令和8年7月31日", "納期限", "令和8年7月31日", MEND, "2026-07-31"},
    {"令和元年", "生年月日", "令和元年5月1日", MEND, "0501"},
    {"R8.7.31", "納期限", "R8.7.31", MEND, "2026-07-31"},
    {"full-width era", "納期限", "Ｒ８．７．３１", MEND, "2026-07-31"},
    {"昭和", "生年月日", "昭和25年5月12日", MEND, "0512"},
    {"S64 has seven days", "生年月日", "S64.1.7", MEND, "0107"},
    {"a day outside its era", "納期限", "平成31年5月1日", REFUSE("E0002"), NULL},
    {"an era that had not begun", "生年月日", "平成1年1月7日", REFUSE("E0002"), NULL},
    {"midnight behind it", "納期限", "2026/7/31 0:00", MEND, "2026-07-31"},
    {"midnight behind it, whole", "納期限", "2026-07-31 00:00:00", MEND, "2026-07-31"},
    {"a time behind it", "納期限", "2026/7/31 12:30", REFUSE("E0002"), NULL},
    {"month first", "納期限", "7/31/2026", REFUSE("E0002"), NULL},
    {"two digits of a year", "納期限", "26/7/31", REFUSE("E0002"), NULL},
    {"month and day", "納期限", "7月31日", REFUSE("E0002"), NULL},
    {"a day number", "納期限", "46234", REFUSE("E0002"), NULL},
    {"a day that is none, mended form", "納期限", "2026/2/30", REFUSE("E0002"), NULL},
    {"an English month", "納期限", "31-Jul-26", REFUSE("E0002"), NULL},
    {"令和8", "年度", "令和8", MEND, "2026"},
    {"令和8年度", "年度", "令和8年度", MEND, "2026"},
    {"R8", "年度", "R8", MEND, "2026"},
    {"2026年度", "年度", "2026年度", MEND, "2026"},
    {"8", "年度", "8", REFUSE("E0002"), NULL},
    {"9:05", "時刻", "9:05", MEND, NULL},
    {"25:00", "時刻", "25:00", REFUSE("E0004"), NULL},
    /* marks, blanks, error values */
    {"an apostrophe", "宛名番号", "'000000000012345", MEND, "000000000012345"},
    {"=\"…\"", "宛名番号", "=\"000000000012345\"", MEND, "000000000012345"},
    {"an apostrophe before a telephone number", "電話番号", "'0265784111", MEND, "0265784111"},
    {"=\"…\" of a telephone number", "電話番号", "=\"0265784111\"", MEND, "0265784111"},
    {"blanks round a key", "通知書番号", " 0000000001 ", MEND, "0000000001"},
    {"a full-width blank behind a key", "通知書番号", "0000000001　", MEND, "0000000001"},
    {"nothing but blanks", "通知書番号", "   ", REFUSE("E0001"), NULL},
    {"blanks round an amount", "未納額", " 12000", MEND, "12000"},
    {"#N/A", "宛名番号", "#N/A", REFUSE("E0002"), NULL},
    {"#REF! of a name", "氏名", "#REF!", REFUSE("E0002"), NULL},
    {"#####", "納期限", "########", REFUSE("E0002"), NULL},
    {"#VALUE! of what is carried", "備考", "#VALUE!", "", true, "#VALUE!"},
    {"#1 is a text", "注", "#1", KEEP, NULL},
    /* strange characters */
    {"a BOM in a name", "氏名", "\xef\xbb\xbf伊那", REFUSE("E0002"), NULL},
    {"a BOM in a key", "宛名番号",
     "\xef\xbb\xbf"
     "000000000012345",
     REFUSE("E0002"), NULL},
    {"a line end in a key", "宛名番号", "00000000001234\n", REFUSE("E0002"), NULL},
    {"a tab in a name", "氏名", "伊那\t太郎", REFUSE("E0002"), NULL},
    {"a formula in what is carried goes back", "備考", "=1+1", KEEP, "=1+1"},
};

START_TEST(values)
{
	const struct spoilt *s = &spoils[_i];
	struct row_batch *b = read_with(s->item, s->value);
	char room[32];

	ck_assert_msg(b->n == (s->taken ? 1 : 0), "%s: %zu rows, %s", s->what, b->n,
		      b->n_errors ? b->errors[0].words : "no error");
	ck_assert_msg(b->n_errors == (s->code ? 1 : 0), "%s: %zu errors", s->what, b->n_errors);
	if (s->code) {
		const struct row_error *e = b->errors;
		ck_assert_msg(strcmp(e->code, *s->code ? s->code : "E0002") == 0, "%s: %s %s",
			      s->what, e->code, e->words);
		ck_assert_msg(e->warning == s->taken, "%s: %s", s->what, e->words);
		ck_assert_msg(strcmp(e->item, s->item) == 0, "%s: %s", s->what, e->item);
		ck_assert_msg(e->row == 1 && e->words[0], "%s", s->what);
		/* the words never repeat the value: errors go through other hands */
		ck_assert_msg(strlen(s->value) < 4 || !strstr(e->words, s->value), "%s", s->what);
	}
	if (s->taken && s->becomes)
		ck_assert_msg(strcmp(kept(b->targets, s->item, room), s->becomes) == 0, "%s: %s",
			      s->what, kept(b->targets, s->item, room));
	row_batch_free(b);
}
END_TEST

/* ---- rows and headers ---- */

#define H                                                                                                                              \
	"宛名番号,氏名,生年月日,科目,年度,期別,通知書番号,納期限,未納額,電話番号,面積,増減,時刻," \
	"区分,"                                                                                                                      \
	"注,備考"
#define R "000000000012345,伊那　太郎,,002,2026,1,0000000001,2026-07-31,12000,,,,,,,"

static const struct shape {
	const char *what, *bytes;
	size_t rows;
	const char *code; /* of the only error; NULL: none */
	bool warning;
	uint32_t row;
} shapes[] = {
    {"as it should be", H "\n" R "\n", 1, NULL, false, 0},
    {"trailing commas of a row", H "\n" R ",,,\n", 1, "E0004", true, 1},
    {"trailing commas of all, header too", H ",,\n" R ",,\n" R ",,\n", 2, "E0004", true, 0},
    {"trailing commas of the header alone", H ",,\n" R "\n" R "\n", 2, "E0004", true, 0},
    {"something behind the last column", H "\n" R ",,x\n", 0, "E0004", false, 1},
    {"a row that is short", H "\n000000000012345,伊那\n", 0, "E0004", false, 1},
    {"a row of commas", H "\n,,,,,,,,,,,,,,,\n" R "\n", 1, "E0001", false, 1},
    {"a row of a few commas", H "\n" R "\n,,,\n", 1, "E0001", false, 2},
    {"the header once more", H "\n" R "\n" H "\n" R "\n", 2, "E0004", false, 2},
    {"two files put together, BOM and all", H "\n" R "\n\xef\xbb\xbf" H "\n" R "\n", 2, "E0002",
     false, 2},
    {"blanks round a name of the header",
     " 宛名番号　,氏名 ,生年月日,科目,年度,期別,通知書番号,納期限,"
     "未納額,電話番号,面積,増減,時刻,区分,注,備考\n" R "\n",
     1, "E0002", true, 0},
};

START_TEST(rows_and_headers)
{
	const struct shape *s = &shapes[_i];
	struct row_batch *b = read_bytes(s->bytes, strlen(s->bytes));

	ck_assert_msg(b->n == s->rows, "%s: %zu rows", s->what, b->n);
	if (s->code) {
		ck_assert_msg(b->n_errors > 0, "%s", s->what);
		ck_assert_msg(strcmp(b->errors[0].code, s->code) == 0 &&
				  b->errors[0].warning == s->warning && b->errors[0].row == s->row,
			      "%s: %s row %u %s", s->what, b->errors[0].code, b->errors[0].row,
			      b->errors[0].words);
	}
	for (size_t i = s->code ? 1 : 0; i < b->n_errors; i++)
		ck_assert_msg(b->errors[i].row == s->row && !s->warning, "%s: %s", s->what,
			      b->errors[i].words);
	row_batch_free(b);
}
END_TEST

#define BYTES(s) s, sizeof s - 1
static const struct file_case {
	const char *what, *bytes;
	size_t n;
	const char *code;
	uint32_t row;
} files[] = {
    {"NUL in a row", BYTES(H "\n" R "\n0000\000,\n"), "E0002", 2},
    {"CR alone", BYTES(H "\r" R "\r" R "\r"), "E0002", 2},
    {"tabs for commas", BYTES("宛名番号\t氏名\t科目\n1\t2\t3\n"), "E0004", 0},
    {"semicolons for commas", BYTES("宛名番号;氏名;科目\n1;2;3\n"), "E0004", 0},
    {"sep=, of a spreadsheet", BYTES("sep=,\n" H "\n"), "E0004", 0},
    {"UTF-16", BYTES("\xff\xfe\x5b\x5b"), "E0002", 0},
    {"a second BOM", BYTES("\xef\xbb\xbf\xef\xbb\xbf" H "\n"), "E0002", 0},
    {"a title above the header", BYTES("対象者一覧\n" H "\n" R "\n"), "E0004", 0},
    {"a workbook", BYTES("PK\003\004\024\000\006\000"), "E0002", 0},
};

START_TEST(whole_files)
{
	const struct file_case *f = &files[_i];
	struct refusal why = {0};
	uint32_t rows;
	char path[64];

	xrig_file(f->bytes, f->n, path);
	int err = x->check(x->layout_find(all, "t"), path, &rows, &why);
	unlink(path);
	ck_assert_msg(err == E_INVALID, "%s", f->what);
	ck_assert_msg(strcmp(why.code, f->code) == 0 && why.row == f->row && why.words[0],
		      "%s: %s row %u %s", f->what, why.code, why.row, why.words);
}
END_TEST

START_TEST(a_field_of_a_megabyte)
{
	struct refusal why = {0};
	uint32_t rows;
	char path[64], *bytes = malloc(2 << 20), *at = bytes;

	ck_assert_ptr_nonnull(bytes);
	at = stpcpy(at, H "\n" R "\n000000000012345,");
	memset(at, 'x', 1 << 20);
	at += 1 << 20;
	at = stpcpy(at, ",,002\n");
	xrig_file(bytes, (size_t)(at - bytes), path);
	free(bytes);
	int err = x->check(x->layout_find(all, "t"), path, &rows, &why);
	unlink(path);
	ck_assert_int_eq(err, E_INVALID);
	ck_assert_str_eq(why.code, "E0003");
	ck_assert_uint_eq(why.row, 2);
}
END_TEST

static TCase *repair_case(void)
{
	TCase *t = tcase_create("repair");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, load, unload);
	tcase_add_loop_test(t, values, 0, (int)(sizeof spoils / sizeof *spoils));
	tcase_add_loop_test(t, rows_and_headers, 0, (int)(sizeof shapes / sizeof *shapes));
	tcase_add_loop_test(t, whole_files, 0, (int)(sizeof files / sizeof *files));
	tcase_add_test(t, a_field_of_a_megabyte);
	return t;
}

UNIT_MAIN("exchange repair", repair_case)
