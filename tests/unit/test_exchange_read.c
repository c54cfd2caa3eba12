/* Reading: what refuses a file whole, what refuses a row, what a good row becomes, and that a
 * reader which skips gives the same rest. */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;
static struct layouts *all;
static const struct layout *targets, *payments;

static void load(void)
{
	all = xrig_layouts();
	targets = x->layout_find(all, "targets-014");
	payments = x->layout_find(all, "payments");
}

static void unload(void)
{
	x->layouts_free(all);
}

#define P_HEAD                                                                                     \
	"市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,消込種別,残額\r\n"
#define P_ROW "202096,014,100,002,2026,2026,1,A1,1,\r\n"

static int check_bytes(const struct layout *l, const void *p, size_t n, uint32_t *ret_rows,
		       struct refusal *why)
{
	char path[64];
	temp_file(path, "exchange", p, n);
	int err = x->check(l, path, ret_rows, why);
	unlink(path);
	return err;
}

/* ---- whole files ---- */

#define BYTES(s) s, sizeof s - 1
static const struct whole {
	const char *what, *bytes;
	size_t n;
	const char *code; /* NULL: it is good */
	uint32_t row;     /* of the refusal, or the rows counted */
} wholes[] = {
    {"one row", BYTES(P_HEAD P_ROW), NULL, 1},
    {"a header alone", BYTES(P_HEAD), NULL, 0},
    {"no line end at the end", BYTES(P_HEAD "202096,014,100,002,2026,2026,1,A1,1,"), NULL, 1},
    {"a BOM", BYTES("\xef\xbb\xbf" P_HEAD P_ROW), NULL, 1},
    {"a BOM and quotes",
     BYTES("\xef\xbb\xbf\"市区町村コード\",業務ID,宛名番号,科目,調定年度,賦課年度,"
	   "期別,通知書番号,消込種別,残額\n" P_ROW),
     NULL, 1},
    {"LF",
     BYTES("市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,消込種別,残額\n"
	   "202096,014,100,002,2026,2026,1,A1,1,\n"),
     NULL, 1},
    {"blank lines", BYTES(P_HEAD "\r\n" P_ROW "\r\n\r\n" P_ROW), NULL, 2},
    {"columns in another order",
     BYTES(
	 "残額,消込種別,通知書番号,期別,賦課年度,調定年度,科目,宛名番号,業務ID,市区町村コード\r\n"),
     NULL, 0},
    {"0 bytes", BYTES(""), "E0001", 0},
    {"a BOM alone", BYTES("\xef\xbb\xbf"), "E0001", 0},
    {"blank lines alone", BYTES("\r\n\r\n"), "E0001", 0},
    {"a column missing", BYTES("市区町村コード,業務ID,宛名番号\r\n"), "E0001", 0},
    {"a column twice",
     BYTES("市区町村コード,市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,"
	   "消込種別,"
	   "残額\r\n"),
     "E0004", 0},
    {"a column too many", BYTES("色," P_HEAD), "E0004", 0},
    {"the individual number", BYTES("個人番号," P_HEAD), "E0004", 0},
    {"the individual number, spaced", BYTES("本人 個　人番号," P_HEAD), "E0004", 0},
    {"no header", BYTES(P_ROW P_ROW), "E0004", 0},
    {"CP932", BYTES("\x8e\x73\x8b\xe6,\x92\xac\r\n"), "E0002", 0},
    {"UTF-16", BYTES("\xff\xfe\x02\x5e\r\n"), "E0002", 0},
    {"bad UTF-8 in the second row",
     BYTES(P_HEAD P_ROW "202096,014,\x82\xa0,002,2026,2026,1,A1,1,\r\n"), "E0002", 2},
    {"a surrogate as UTF-8", BYTES(P_HEAD "202096,014,\xed\xa0\x80,002,2026,2026,1,A1,1,\r\n"),
     "E0002", 1},
    {"NUL", BYTES(P_HEAD P_ROW "202096,014,1\0000,002,2026,2026,1,A1,1,\r\n"), "E0002", 2},
    {"cut inside quotes", BYTES(P_HEAD P_ROW "202096,\"014"), "E0004", 2},
    {"cut inside quotes over lines", BYTES(P_HEAD "202096,\"014\r\n" P_ROW P_ROW), "E0004", 1},
    {"a quote inside a field", BYTES(P_HEAD "202096,0\"14,100,002,2026,2026,1,A1,1,\r\n"), "E0002",
     1},
    {"bytes after a quote", BYTES(P_HEAD "202096,\"014\"5,100,002,2026,2026,1,A1,1,\r\n"), "E0002",
     1},
    {"CR alone", BYTES("市区町村コード,業務ID\r202096,014\r202096,014\r"), "E0002", 2},
};

START_TEST(whole_files)
{
	const struct whole *w = &wholes[_i];
	struct refusal why;
	uint32_t rows = 999;
	int err = check_bytes(payments, w->bytes, w->n, &rows, &why);

	if (!w->code) {
		ck_assert_msg(err == 0, "%s: %d %s %s", w->what, err, why.code, why.words);
		ck_assert_msg(rows == w->row, "%s: %u", w->what, rows);
		return;
	}
	ck_assert_msg(err == E_INVALID, "%s: %d", w->what, err);
	ck_assert_msg(strcmp(why.code, w->code) == 0, "%s: %s %s", w->what, why.code, why.words);
	ck_assert_msg(why.row == w->row, "%s: row %u", w->what, why.row);
	ck_assert_msg(why.words[0] != '\0', "%s", w->what);
	ck_assert_uint_eq(rows, 999);
}
END_TEST

/* Head, then `unit` again and again, then a tail. */
static int check_repeated(const char *head, const char *unit, size_t times, const char *tail,
			  uint32_t *rows, struct refusal *why)
{
	size_t n = strlen(unit);
	char *bytes = malloc(strlen(head) + n * times + strlen(tail) + 1), *at = bytes;

	ck_assert_ptr_nonnull(bytes);
	at = stpcpy(at, head);
	for (size_t i = 0; i < times; i++, at += n)
		memcpy(at, unit, n);
	strcpy(at, tail);
	int err = check_bytes(payments, bytes, strlen(bytes), rows, why);
	free(bytes);
	return err;
}

START_TEST(limits_of_files)
{
	struct refusal why;
	uint32_t rows = 0;
	char path[64];

	ck_assert_int_eq(check_repeated(P_HEAD "\"", "a", MAX_FIELD_BYTES, "\"\r\n", &rows, &why),
			 0);
	ck_assert_int_eq(
	    check_repeated(P_HEAD "\"", "a", MAX_FIELD_BYTES + 1, "\"\r\n", &rows, &why),
	    E_INVALID);
	ck_assert_str_eq(why.code, "E0003");
	ck_assert_uint_eq(why.row, 1);
	/* a quote that is never closed must not eat the memory */
	ck_assert_int_eq(check_repeated(P_HEAD "\"", "abcdefg\n", 1 << 20, "", &rows, &why),
			 E_INVALID);
	ck_assert_str_eq(why.code, "E0003");
	ck_assert_int_eq(
	    check_repeated(P_HEAD, "0123456789abcdef,", MAX_ROW_BYTES / 16 + 1, "\n", &rows, &why),
	    0); /* most of these fields are over the columns and not kept */
	ck_assert_int_eq(check_repeated("", "a,", MAX_COLUMNS, "\n", &rows, &why), E_INVALID);
	ck_assert_str_eq(why.code, "E0003");
	ck_assert_int_eq(check_repeated(P_HEAD, "a\n", MAX_ROWS, "", &rows, &why), 0);
	ck_assert_uint_eq(rows, MAX_ROWS);
	ck_assert_int_eq(check_repeated(P_HEAD, "a\n", MAX_ROWS + 1, "", &rows, &why), E_INVALID);
	ck_assert_str_eq(why.code, "E0003");
	temp_file(path, "exchange", "", 0);
	ck_assert_int_eq(truncate(path, MAX_FILE_BYTES + 1), 0);
	ck_assert_int_eq(x->check(payments, path, &rows, &why), E_INVALID);
	ck_assert_str_eq(why.code, "E0003");
	unlink(path);
	ck_assert_int_eq(x->check(payments, path, &rows, &why), E_NOTFOUND);
	ck_assert_int_eq(x->check(payments, "/tmp", &rows, &why), E_IO);
	ck_assert_int_eq(x->check(x->layout_find(all, "results"), path, &rows, &why), E_STATE);
}
END_TEST

/* ---- rows ---- */

static const char *const items[] = {
    "市区町村コード", "宛名番号",  "氏名",     "フリガナ",   "生年月日",  "科目",
    "調定年度",       "賦課年度",  "期別",     "通知書番号", "納期限",    "未納額",
    "電話番号1",      "電話区分1", "SMS可否1", "電話番号2",  "電話区分2", "SMS可否2",
    "電話番号3",      "電話区分3", "SMS可否3", "整理番号",   "備考",
};
enum { ITEMS = sizeof items / sizeof *items };

static const char *const good[ITEMS] = {
    "202096",
    "100",
    "髙橋　花子",
    "タカハシ　ハナコ",
    "1970-05-12",
    "002",
    "2026",
    "",
    "3",
    "A1",
    "2026-11-30",
    "12300",
    "0265-78-4111",
    "1",
    "0",
    "090-1234-5678",
    "2",
    "1",
    "",
    "",
    "",
    "S1",
    "",
};

static size_t put_field(char *out, const char *s)
{
	size_t n = 0;

	out[n++] = '"';
	for (; *s; s++) {
		if (*s == '"')
			out[n++] = '"';
		out[n++] = *s;
	}
	out[n++] = '"';
	return n;
}

static size_t put_row(char *out, const char *const *values)
{
	size_t n = 0;

	for (int i = 0; i < ITEMS; i++) {
		n += put_field(out + n, values[i]);
		out[n++] = i + 1 < ITEMS ? ',' : '\n';
	}
	out[n] = '\0';
	return n;
}

static struct row_batch *read_batch(const struct layout *l, const char *bytes)
{
	struct exchange_reader *r = NULL;
	struct row_batch *b = NULL, *more = NULL;
	struct refusal why;
	char path[64];

	temp_file(path, "exchange", bytes, strlen(bytes));
	ck_assert_int_eq(x->reader_open(l, path, 0, &r, &why), 0);
	ck_assert_int_eq(x->reader_next(r, &b), 0);
	ck_assert_int_eq(x->reader_next(r, &more), E_NOTFOUND);
	x->reader_close(r);
	unlink(path);
	return b;
}

/* The good row with one or two items changed. */
static struct row_batch *read_with(const char *item, const char *value, const char *item2,
				   const char *value2)
{
	const char *values[ITEMS];
	char bytes[16384];
	size_t n;

	for (int i = 0; i < ITEMS; i++) {
		values[i] = good[i];
		if (item && strcmp(items[i], item) == 0)
			values[i] = value;
		if (item2 && strcmp(items[i], item2) == 0)
			values[i] = value2;
	}
	n = put_row(bytes, items);
	put_row(bytes + n, values);
	return read_batch(targets, bytes);
}

#define A100                                                                                                                                   \
	"ああああああああああああああああああああああああああああああああああああああああああああ" \
	"ああああああ"                                                                                                                   \
	"ああああああああああああああああああああああああああああああああああああああああああああ" \
	"ああああああ"

static const struct row_case {
	const char *what, *item, *value;
	const char *code; /* NULL: no error */
	bool taken;
	const char *item2, *value2;
} row_cases[] = {
    {"the good row", NULL, NULL, NULL, true, NULL, NULL},
    {"no person", "宛名番号", "", "E0001", false, NULL, NULL},
    {"no name", "氏名", "", "E0001", false, NULL, NULL},
    {"no amount", "未納額", "", "E0001", false, NULL, NULL},
    {"no tax", "科目", "", "E0001", false, NULL, NULL},
    {"no due date", "納期限", "", "E0001", false, NULL, NULL},
    {"no kana is fine", "フリガナ", "", NULL, true, NULL, NULL},
    {"no birth date is fine", "生年月日", "", NULL, true, NULL, NULL},
    {"a person in full-width", "宛名番号", "１００", "E0002", true, NULL, NULL},
    {"a name with ASCII", "氏名", "Smith", "E0002", false, NULL, NULL},
    {"a name in full-width Latin", "氏名", "Ｊｏｈｎ　Ｓｍｉｔｈ", NULL, true, NULL, NULL},
    {"a kana in half-width", "フリガナ", "ﾀﾅｶ", "E0002", false, NULL, NULL},
    {"a name with a line end", "氏名", "山田\n太郎", "E0002", false, NULL, NULL},
    {"a name with IVS", "氏名", "葛󠄀城　辻󠄁", NULL, true, NULL, NULL},
    {"a name in the private plane", "氏名", "\xee\x80\x80\xf3\xb0\x80\x80", NULL, true, NULL, NULL},
    {"a name of 100", "氏名", A100, NULL, true, NULL, NULL},
    {"a name of 101", "氏名", A100 "あ", "E0003", false, NULL, NULL},
    {"a name of 100 and a selector", "氏名", A100 "\xf3\xa0\x84\x80", NULL, true, NULL, NULL},
    {"an amount with commas", "未納額", "12,300", "E0002", true, NULL, NULL},
    {"an amount below 0", "未納額", "-1", "E0002", false, NULL, NULL},
    {"an amount of 13 digits", "未納額", "1234567890123", "E0003", false, NULL, NULL},
    {"an amount of 0", "未納額", "0", "E0004", false, NULL, NULL},
    {"a person of 16", "宛名番号", "1234567890123456", "E0003", false, NULL, NULL},
    {"a year of an era", "調定年度", "R8", "E0002", true, NULL, NULL},
    {"a date of another form", "納期限", "2026/11/30", "E0002", true, NULL, NULL},
    {"a day that is none", "納期限", "2026-02-29", "E0004", false, NULL, NULL},
    {"an open end", "納期限", "9999-12-31", NULL, true, NULL, NULL},
    {"a birth day unknown", "生年月日", "1950-00-00", NULL, true, NULL, NULL},
    {"a tax of no table", "科目", "999", "E0005", false, NULL, NULL},
    {"another city", "市区町村コード", "202011", "E0005", false, NULL, NULL},
    {"a kind of no table", "電話区分1", "7", "E0005", false, NULL, NULL},
    {"a number of words", "電話番号1", "なし", "E0002", true, NULL, NULL},
    {"a free-dial number", "電話番号1", "0120-123-456", "E0002", true, NULL, NULL},
    {"a number of 40 digits", "電話番号1", "0123456789012345678901234567890123456789", "E0003",
     true, NULL, NULL},
    {"a number in full-width", "電話番号1", "０２６５（７８）４１１１", NULL, true, NULL, NULL},
    {"SMS to a fixed line", "SMS可否1", "1", "E0004", true, NULL, NULL},
    {"two errors", "宛名番号", "", "E0001", false, "未納額", "x"},
};

START_TEST(rows)
{
	const struct row_case *c = &row_cases[_i];
	struct row_batch *b = read_with(c->item, c->value, c->item2, c->value2);
	size_t errors = !c->code ? 0 : c->item2 ? 2 : 1;

	ck_assert_msg(b->n == (c->taken ? 1 : 0), "%s: %zu rows", c->what, b->n);
	ck_assert_msg(b->n_errors == errors, "%s: %zu errors", c->what, b->n_errors);
	ck_assert_uint_eq(b->first_row, 1);
	ck_assert_uint_eq(b->last_row, 1);
	if (c->code) {
		const struct row_error *e = &b->errors[0];
		ck_assert_msg(strcmp(e->code, c->code) == 0, "%s: %s %s", c->what, e->code,
			      e->words);
		ck_assert_msg(strcmp(e->item, c->item) == 0, "%s: %s", c->what, e->item);
		ck_assert_msg(e->warning == c->taken, "%s", c->what);
		ck_assert_uint_eq(e->row, 1);
		/* what a person wrote about a person stays out of the errors file */
		ck_assert_msg(strlen(c->value) < 2 || !strstr(e->words, c->value), "%s: %s",
			      c->what, e->words);
	}
	row_batch_free(b);
}
END_TEST

START_TEST(a_good_row_becomes_a_record)
{
	struct row_batch *b = read_with(NULL, NULL, NULL, NULL);
	const struct target_row *t = &b->targets[0];
	int32_t due;

	ck_assert_int_eq(civil_parse_date("2026-11-30", &due), 0);
	ck_assert_int_eq((int)b->kind, LAYOUT_TARGETS);
	ck_assert_uint_eq(t->row, 1);
	ck_assert_str_eq(t->key.person, "100");
	ck_assert_str_eq(t->key.gyomu, "014");
	ck_assert_str_eq(t->key.tax, "002");
	ck_assert_str_eq(t->tax_words, "固定資産税");
	ck_assert_str_eq(t->key.chotei_year, "2026");
	ck_assert_str_eq(t->key.fuka_year, "2026"); /* empty: takes the other */
	ck_assert_str_eq(t->key.period, "3");
	ck_assert_str_eq(t->key.notice, "A1");
	ck_assert_int_eq(t->due_day, due);
	ck_assert_int_eq((int)t->amount, 12300);
	ck_assert_str_eq(t->name, "髙橋　花子");
	ck_assert_str_eq(t->kana, "タカハシ　ハナコ");
	ck_assert_int_eq(t->birth_md, 512);
	ck_assert_uint_eq(t->n_numbers, 2);
	ck_assert_str_eq(t->numbers[0].digits, "0265784111");
	ck_assert_int_eq((int)t->numbers[0].kind, KIND_HOME);
	ck_assert(!t->numbers[0].sms);
	ck_assert_str_eq(t->numbers[1].digits, "09012345678");
	ck_assert_int_eq((int)t->numbers[1].kind, KIND_MOBILE);
	ck_assert(t->numbers[1].sms && !t->numbers[1].dead);
	ck_assert_uint_eq(t->n_carried, 2);
	ck_assert_str_eq(t->carried_name[0], "整理番号");
	ck_assert_str_eq(t->carried[0], "S1");
	ck_assert_str_eq(t->carried_name[1], "備考");
	ck_assert_str_eq(t->carried[1], "");
	row_batch_free(b);
}
END_TEST

START_TEST(values_with_a_meaning_of_their_own)
{
	static const struct {
		const char *birth;
		int md;
	} births[] = {
	    {"", 0},           {"0000-01-01", 0},   {"9999-12-31", 0},   {"1950-00-00", 0},
	    {"1950-13-01", 0}, {"2000-02-29", 229}, {"1999-12-31", 1231}};

	for (size_t i = 0; i < sizeof births / sizeof *births; i++) {
		struct row_batch *b = read_with("生年月日", births[i].birth, NULL, NULL);
		ck_assert_uint_eq(b->n, 1);
		ck_assert_int_eq(b->targets[0].birth_md, births[i].md);
		row_batch_free(b);
	}
	/* a wrong number is left out; the same number twice is one */
	struct row_batch *b = read_with("電話番号1", "119", NULL, NULL);
	ck_assert_uint_eq(b->targets[0].n_numbers, 1);
	ck_assert_str_eq(b->targets[0].numbers[0].digits, "09012345678");
	row_batch_free(b);
	b = read_with("電話番号2", "0265784111", NULL, NULL);
	ck_assert_uint_eq(b->targets[0].n_numbers, 1);
	row_batch_free(b);
	b = read_with("納期限", "9999-12-31", NULL, NULL);
	ck_assert_int_eq(b->targets[0].due_day, DAY_NONE);
	row_batch_free(b);
}
END_TEST

START_TEST(a_row_of_another_width_is_refused_alone)
{
	struct row_batch *b =
	    read_batch(payments, P_HEAD "202096,014\r\n" P_ROW "202096,014,100,002,2026,"
					"2026,1,A1,1,,,x\r\n");
	ck_assert_uint_eq(b->n, 1);
	ck_assert_uint_eq(b->payments[0].row, 2);
	ck_assert_uint_eq(b->n_errors, 2);
	ck_assert_str_eq(b->errors[0].code, "E0004");
	ck_assert_uint_eq(b->errors[0].row, 1);
	ck_assert_uint_eq(b->errors[1].row, 3);
	row_batch_free(b);
}
END_TEST

START_TEST(payments_full_and_part)
{
	struct row_batch *b =
	    read_batch(payments, P_HEAD "202096,014,100,002,2026,,1,A1,1,\r\n"
					"202096,023,200,002,2026,2025,1,A2,2,5000\r\n"
					"202096,014,300,002,2026,2026,1,A3,2,\r\n"
					"202096,014,300,002,2026,2026,1,A3,2,0\r\n"
					"202096,014,300,002,2026,2026,1,A3,8,\r\n");
	ck_assert_uint_eq(b->n, 5);
	for (size_t i = 2; i < 5; i++)
		ck_assert_int_eq((int)b->payments[i].kind, PAYMENT_UNREADABLE);
	ck_assert_int_eq((int)b->payments[0].kind, PAYMENT_FULL);
	ck_assert_str_eq(b->payments[0].key.fuka_year, "2026");
	ck_assert_int_eq((int)b->payments[1].kind, PAYMENT_PART);
	ck_assert_int_eq((int)b->payments[1].rest, 5000);
	ck_assert_str_eq(b->payments[1].key.gyomu, "023");
	ck_assert_str_eq(b->payments[1].key.fuka_year, "2025");
	ck_assert_uint_eq(b->n_errors, 3);
	ck_assert_str_eq(b->errors[0].code, "E0004");
	ck_assert_str_eq(b->errors[1].code, "E0004");
	ck_assert_str_eq(b->errors[2].code, "E0005");
	row_batch_free(b);
}
END_TEST

/* ---- batches ---- */

enum { MANY = 5003 };

/* MANY rows of few people in no order; every tenth is wrong. */
static void make_many(char path[64])
{
	const char *values[ITEMS];
	char *bytes = malloc(MANY * 600 + 1000), person[16], amount[16];
	size_t n = put_row(bytes, items);

	memcpy(values, good, sizeof values);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(person, sizeof person, "%u", i * 7919 % 1000);
		snprintf(amount, sizeof amount, "%u", i % 10 == 9 ? 0 : i + 1);
		values[1] = person;
		values[11] = amount;
		n += put_row(bytes + n, values);
	}
	temp_file(path, "exchange", bytes, n);
	free(bytes);
}

START_TEST(batches_are_sorted_and_bounded)
{
	struct exchange_reader *r = NULL;
	struct row_batch *b;
	struct refusal why;
	char path[64];
	uint32_t next = 1;
	size_t good_rows = 0, errors = 0;

	make_many(path);
	ck_assert_int_eq(x->reader_open(targets, path, 0, &r, &why), 0);
	while (x->reader_next(r, &b) == 0) {
		ck_assert_uint_eq(b->first_row, next);
		ck_assert_uint_le(b->last_row - b->first_row + 1, MAX_BATCH_ROWS);
		next = b->last_row + 1;
		good_rows += b->n;
		errors += b->n_errors;
		for (size_t i = 1; i < b->n; i++) {
			int c = strcmp(b->targets[i - 1].key.person, b->targets[i].key.person);
			ck_assert(c < 0 || (c == 0 && b->targets[i - 1].row < b->targets[i].row));
		}
		row_batch_free(b);
	}
	ck_assert_uint_eq(next, MANY + 1);
	ck_assert_uint_eq(errors, MANY / 10);
	ck_assert_uint_eq(good_rows, MANY - MANY / 10);
	x->reader_close(r);
	unlink(path);
}
END_TEST

/* The amount of each good row, by row; 0 where the row was refused. */
static void read_amounts(const char *path, uint32_t skip, int64_t amounts[MANY + 1])
{
	struct exchange_reader *r = NULL;
	struct row_batch *b;
	struct refusal why;
	int err;

	memset(amounts, 0, (MANY + 1) * sizeof *amounts);
	ck_assert_int_eq(x->reader_open(targets, path, skip, &r, &why), 0);
	while ((err = x->reader_next(r, &b)) == 0) {
		ck_assert_uint_gt(b->first_row, skip);
		for (size_t i = 0; i < b->n; i++)
			amounts[b->targets[i].row] = b->targets[i].amount;
		row_batch_free(b);
	}
	ck_assert_int_eq(err, E_NOTFOUND);
	x->reader_close(r);
}

START_TEST(a_reader_that_skips_gives_the_same_rest)
{
	static const uint32_t skips[] = {0,    1,    9,        1999, 2000,
					 2001, 4000, MANY - 1, MANY, MANY + 10};
	static int64_t whole[MANY + 1], rest[MANY + 1];
	char path[64];

	make_many(path);
	read_amounts(path, 0, whole);
	for (size_t i = 0; i < sizeof skips / sizeof *skips; i++) {
		read_amounts(path, skips[i], rest);
		for (uint32_t row = 1; row <= MANY; row++)
			ck_assert_int_eq((int)rest[row], row <= skips[i] ? 0 : (int)whole[row]);
	}
	unlink(path);
}
END_TEST

static TCase *read_case(void)
{
	TCase *t = tcase_create("read");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, load, unload);
	tcase_add_loop_test(t, whole_files, 0, (int)(sizeof wholes / sizeof *wholes));
	tcase_add_test(t, limits_of_files);
	tcase_add_loop_test(t, rows, 0, (int)(sizeof row_cases / sizeof *row_cases));
	tcase_add_test(t, a_good_row_becomes_a_record);
	tcase_add_test(t, values_with_a_meaning_of_their_own);
	tcase_add_test(t, a_row_of_another_width_is_refused_alone);
	tcase_add_test(t, payments_full_and_part);
	tcase_add_test(t, batches_are_sorted_and_bounded);
	tcase_add_test(t, a_reader_that_skips_gives_the_same_rest);
	return t;
}

UNIT_MAIN("exchange read", read_case)
