/* The kinds of rows beside debts and payments, and what a target row says of the person: whom to
 * talk to, with what care. All through the layouts that ship. */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;
static struct layouts *all;

static void load(void)
{
	all = xrig_layouts();
}

static void unload(void)
{
	x->layouts_free(all);
}

static struct row_batch *read_as(const char *layout, const char *text)
{
	struct exchange_reader *r = NULL;
	struct row_batch *b = NULL;
	struct refusal why;
	char path[64];
	uint32_t rows;
	const struct layout *l = x->layout_find(all, layout);

	ck_assert_ptr_nonnull(l);
	temp_file(path, "exchange", text, strlen(text));
	int err = x->check(l, path, &rows, &why);
	ck_assert_msg(err == 0, "%s: %s %s", layout, why.code, why.words);
	ck_assert_int_eq(x->reader_open(l, path, 0, &r, &why), 0);
	ck_assert_int_eq(x->reader_next(r, &b), 0);
	x->reader_close(r);
	unlink(path);
	return b;
}

static int32_t day(const char *s)
{
	int32_t d = 0;
	ck_assert_int_eq(civil_parse_date(s, &d), 0);
	return d;
}

/* ---- payments ---- */

#define PAY                                                                                                                        \
	"市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,消込種別,残額," \
	"納付日,"                                                                                                               \
	"振替結果予定日,データ基準日\r\n"
#define PAY_KEY "202096,014,100,002,2026,2026,1,A1,"

static const struct pay_case {
	const char *what, *tail;
	const char *code; /* NULL: good */
	enum payment_kind kind;
	int rest;
} pays[] = {
    {"full", "1,,2026-11-20,,", NULL, PAYMENT_FULL, 0},
    {"part", "2,500,2026-11-20,,", NULL, PAYMENT_PART, 500},
    {"part of nothing", "2,0,,,", "E0004", PAYMENT_PART, 0},
    {"preliminary", "3,,2026-11-20,,", NULL, PAYMENT_PRELIMINARY, 0},
    {"preliminary, void", "4,,,,", NULL, PAYMENT_PRELIMINARY_VOID, 0},
    {"debit waits", "5,,,2026-12-02,", NULL, PAYMENT_DEBIT_WAIT, 0},
    {"debit failed", "6,,,,", NULL, PAYMENT_DEBIT_FAILED, 0},
    {"reassessed", "7,12000,,,", NULL, PAYMENT_REASSESSED, 12000},
    {"reassessed to nothing", "7,0,,,", NULL, PAYMENT_REASSESSED, 0},
    {"reassessed to what?", "7,,,,", "E0004", PAYMENT_REASSESSED, 0},
    {"a kind that is none", "8,,,,", "E0005", PAYMENT_FULL, 0},
    {"part of what?", "2,五百,,,", "E0002", PAYMENT_PART, 0},
    {"paid when?", "1,,2026-11-31,,", "E0004", PAYMENT_FULL, 0},
};

START_TEST(payments_of_all_kinds)
{
	const struct pay_case *c = &pays[_i];
	char text[1024];

	snprintf(text, sizeof text, "%s%s%s\r\n", PAY, PAY_KEY, c->tail);
	struct row_batch *b = read_as("payments", text);
	if (c->code) {
		ck_assert_msg(b->n == 1 && b->n_errors == 1, "%s", c->what);
		ck_assert_str_eq(b->errors[0].code, c->code);
		ck_assert_msg(b->payments[0].kind == PAYMENT_UNREADABLE, "%s", c->what);
		ck_assert_str_eq(b->payments[0].key.notice, "A1");
	} else {
		ck_assert_msg(b->n == 1 && b->n_errors == 0, "%s: %s", c->what,
			      b->n_errors ? b->errors[0].words : "");
		ck_assert_msg(b->payments[0].kind == c->kind, "%s", c->what);
		ck_assert_msg(b->payments[0].rest == c->rest, "%s", c->what);
	}
	row_batch_free(b);
}
END_TEST

/* What of a refused row's key can be read; nothing of a row that names nobody here. */
START_TEST(what_a_refused_payment_names)
{
	struct row_batch *b = read_as("payments", PAY "202096,014,100,002,2026,20x6,1,A1,1,,,,\r\n"
						      "202096,014,100,002,,,1,A1,1,,,,\r\n"
						      "202096,014,,002,2026,2026,1,A1,1,,,,\r\n"
						      "202097,014,100,002,2026,2026,1,A1,1,,,,\r\n"
						      "202096,014,100,002,2026,2026,1,A1,1\r\n");
	ck_assert_uint_eq(b->n, 2);
	ck_assert_uint_eq(b->n_errors, 5);
	for (size_t i = 0; i < b->n; i++) {
		ck_assert_int_eq((int)b->payments[i].kind, PAYMENT_UNREADABLE);
		ck_assert_uint_eq(b->payments[i].row, i + 1);
		ck_assert_str_eq(b->payments[i].key.person, "100");
		ck_assert_str_eq(b->payments[i].key.fuka_year, "");
	}
	ck_assert_str_eq(b->payments[0].key.chotei_year, "2026");
	ck_assert_str_eq(b->payments[1].key.chotei_year, "");
	row_batch_free(b);
}
END_TEST

START_TEST(days_of_payments)
{
	struct row_batch *b =
	    read_as("payments", PAY PAY_KEY "5,,2026-11-20,2026-12-02,2026-11-21\r\n" PAY_KEY
					    "1,,,9999-12-31,\r\n");
	ck_assert_uint_eq(b->n, 2);
	ck_assert_int_eq(b->payments[0].paid_day, day("2026-11-20"));
	ck_assert_int_eq(b->payments[0].wait_day, day("2026-12-02"));
	ck_assert_int_eq(b->payments[0].as_of_day, day("2026-11-21"));
	ck_assert_int_eq(b->payments[1].paid_day, DAY_NONE);
	ck_assert_int_eq(b->payments[1].wait_day, DAY_NONE);
	row_batch_free(b);
}
END_TEST

/* ---- notices ---- */

#define KEY_HEAD "市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,"

START_TEST(withdrawals_of_a_debt_and_of_a_person)
{
	struct row_batch *b =
	    read_as("withdrawals", KEY_HEAD "理由\r\n"
					    "202096,014,100,002,2026,,1,A1,誤り\r\n"
					    "202096,,200,,,,,,\r\n"
					    "202096,014,,002,2026,,1,A1,\r\n");
	ck_assert_int_eq((int)b->kind, LAYOUT_WITHDRAWALS);
	ck_assert_uint_eq(b->n, 2);
	ck_assert_str_eq(b->withdrawals[0].key.notice, "A1");
	ck_assert_str_eq(b->withdrawals[0].key.fuka_year, "2026");
	ck_assert_str_eq(b->withdrawals[0].words, "誤り");
	ck_assert_str_eq(b->withdrawals[1].key.person, "200");
	ck_assert_str_eq(b->withdrawals[1].key.tax, "");
	ck_assert_str_eq(b->withdrawals[1].key.fuka_year, "");
	ck_assert_uint_eq(b->n_errors, 1);
	ck_assert_str_eq(b->errors[0].code, "E0001");
	row_batch_free(b);
}
END_TEST

START_TEST(exclusions_with_their_reasons)
{
	static const struct {
		const char *code;
		enum exclusion reason;
		bool absolute;
	} reasons[] = {
	    {"01", EXCLUSION_SUSPENDED, false}, {"02", EXCLUSION_INSTALMENT, false},
	    {"03", EXCLUSION_DEFERRED, false},  {"04", EXCLUSION_PROTECTED, true},
	    {"05", EXCLUSION_DECEASED, true},   {"06", EXCLUSION_BANKRUPT, false},
	    {"07", EXCLUSION_LAWYER, false},    {"08", EXCLUSION_APPEAL, false},
	    {"09", EXCLUSION_WELFARE, false},   {"10", EXCLUSION_WITHHELD, false},
	    {"11", EXCLUSION_RETURNED, false},  {"12", EXCLUSION_STAFF, false},
	    {"13", EXCLUSION_CARE, false},      {"99", EXCLUSION_OTHER, false},
	};
	char text[4096] = KEY_HEAD "処理区分,除外理由,開始日,終了日\r\n";

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "202096,014,%zu,,,,,,1,%s,2026-04-01,\r\n", 100 + i, reasons[i].code);
	struct row_batch *b = read_as("exclusions", text);
	ck_assert_uint_eq(b->n, sizeof reasons / sizeof *reasons);
	for (size_t i = 0; i < b->n; i++) {
		ck_assert_int_eq((int)b->exclusions[i].reason, (int)reasons[i].reason);
		ck_assert_str_eq(b->exclusions[i].words, exclusion_words(reasons[i].reason));
		ck_assert(exclusion_is_absolute(b->exclusions[i].reason) == reasons[i].absolute);
		ck_assert(!b->exclusions[i].lifted);
		ck_assert_int_eq(b->exclusions[i].from_day, day("2026-04-01"));
		ck_assert_int_eq(b->exclusions[i].until_day, DAY_NONE);
	}
	row_batch_free(b);
}
END_TEST

START_TEST(exclusions_lifted_and_wrong)
{
	struct row_batch *b =
	    read_as("exclusions", KEY_HEAD "処理区分,除外理由,開始日,終了日\r\n"
					   "202096,014,1,,,,,,9,02,,\r\n"
					   "202096,014,2,,,,,,1,02,2026-04-01,2026-03-31\r\n"
					   "202096,014,3,,,,,,1,,,\r\n"
					   "202096,014,4,,,,,,1,77,,\r\n");
	ck_assert_uint_eq(b->n, 1);
	ck_assert(b->exclusions[0].lifted);
	ck_assert_uint_eq(b->n_errors, 3);
	ck_assert_str_eq(b->errors[0].code, "E0004");
	ck_assert_str_eq(b->errors[1].code, "E0001");
	ck_assert_str_eq(b->errors[2].code, "E0005");
	row_batch_free(b);
}
END_TEST

START_TEST(keys_that_change)
{
	struct row_batch *b =
	    read_as("key-changes", KEY_HEAD "新調定年度,新賦課年度,新期別,新通知書番号\r\n"
					    "202096,014,100,002,2026,2026,1,A1,2027,2026,99,\r\n"
					    "202096,014,100,002,2026,2026,1,A1,2027,,,\r\n"
					    "202096,014,100,002,2026,2026,1,A1,2026,,,\r\n");
	ck_assert_uint_eq(b->n, 2);
	const struct key_change_row *k = b->key_changes;
	ck_assert_str_eq(k[0].from.chotei_year, "2026");
	ck_assert_str_eq(k[0].to.chotei_year, "2027");
	ck_assert_str_eq(k[0].to.fuka_year, "2026");
	ck_assert_str_eq(k[0].to.period, "99");
	ck_assert_str_eq(k[0].to.notice, "A1");
	ck_assert_str_eq(k[0].to.person, "100");
	ck_assert_str_eq(k[1].to.fuka_year, "2027"); /* a year missing takes the other one */
	ck_assert_uint_eq(b->n_errors, 1);
	ck_assert_str_eq(b->errors[0].code, "E0004");
	row_batch_free(b);
}
END_TEST

/* ---- what survives runs ---- */

START_TEST(holds_from_the_core_system)
{
	struct row_batch *b =
	    read_as("holds-in", "市区町村コード,業務ID,宛名番号,処理区分,保留区分,保留期限,理由\r\n"
				"202096,014,100,1,1,2027-01-15,納付約束\r\n"
				"202096,,200,9,4,,\r\n"
				"202096,,200,1,6,,\r\n");
	ck_assert_uint_eq(b->n, 2);
	ck_assert_int_eq((int)b->holds[0].kind, HOLD_PROMISE);
	ck_assert_int_eq(b->holds[0].until_day, day("2027-01-15"));
	ck_assert_str_eq(b->holds[0].gyomu, "014");
	ck_assert_str_eq(b->holds[0].words, "納付約束");
	ck_assert_int_eq((int)b->holds[1].kind, HOLD_COMPLAINT);
	ck_assert(b->holds[1].lifted && !b->holds[0].lifted);
	ck_assert_int_eq(b->holds[1].until_day, DAY_NONE);
	ck_assert_str_eq(b->errors[0].code, "E0005");
	row_batch_free(b);
}
END_TEST

START_TEST(the_number_book_from_the_core_system)
{
	struct row_batch *b =
	    read_as("numbers-in", "市区町村コード,電話番号,宛名番号,処理区分,台帳区分,判明日\r\n"
				  "202096,090-1234-5678,100,1,1,2026-10-01\r\n"
				  "202096,0265784111,,9,3,\r\n"
				  "202096,9012345678,100,1,2,\r\n"
				  "202096,0120000000,100,1,2,\r\n"
				  "202096,,100,1,2,\r\n");
	ck_assert_uint_eq(b->n, 3);
	ck_assert_str_eq(b->numbers[0].digits, "09012345678");
	ck_assert_int_eq((int)b->numbers[0].mark, MARK_DEAD);
	ck_assert_int_eq(b->numbers[0].day, day("2026-10-01"));
	ck_assert_str_eq(b->numbers[1].person, "");
	ck_assert_int_eq((int)b->numbers[1].mark, MARK_STOP);
	ck_assert(b->numbers[1].lifted);
	ck_assert_str_eq(b->numbers[2].digits, "09012345678");
	ck_assert_uint_eq(b->n_errors, 3);
	ck_assert(b->errors[0].warning && b->errors[0].row == 3);
	ck_assert(!b->errors[1].warning && b->errors[1].row == 4);
	ck_assert_str_eq(b->errors[2].code, "E0001");
	row_batch_free(b);
}
END_TEST

/* ---- people of target rows ---- */

#define T_HEAD                                                                                                                          \
	"市区町村コード,宛名番号,氏名,フリガナ,生年月日,科目,調定年度,賦課年度,期別,通知書番号,"  \
	"納期限,未納額,電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,SMS可否2,電話番号3,"              \
	"電話区分3,SMS可否3,整理番号,備考,延滞金,納付方法,督促状発送日,納付書使用期限,連絡先区分," \
	"連絡先氏名,連絡先フリガナ,連絡先生年月日,名寄せ番号,世帯番号,言語,配慮区分\r\n"
#define T_ROW                                                                                           \
	"202096,100,伊那　太郎,イナ　タロウ,1950-05-12,002,2026,2026,1,A1,2026-07-31,12000," \
	"09012345678,2,1,0265784111,3,0,,,,,,"

static const struct contact_case {
	const char *what, *tail, *code;
	enum contact_kind contact;
	const char *name, *owner;
	int birth_md;
} contacts[] = {
    {"the person himself", ",,,,,,,,,,,", NULL, CONTACT_SELF, "伊那　太郎", "", 512},
    {"the person, said", ",,,,0,,,,,,,", NULL, CONTACT_SELF, "伊那　太郎", "", 512},
    {"a guardian", ",,,,5,高遠　花子,タカトオ　ハナコ,1970-02-03,,,,", NULL, CONTACT_GUARDIAN,
     "高遠　花子", "伊那　太郎", 203},
    {"a tax manager of unknown birth", ",,,,3,高遠　花子,,,,,,", NULL, CONTACT_TAX_MANAGER,
     "高遠　花子", "伊那　太郎", 0},
    {"a company's person", ",,,,4,高遠　花子,,1970-02-03,,,,", NULL, CONTACT_COMPANY, "高遠　花子",
     "伊那　太郎", 0},
    {"a kind without a name", ",,,,1,,,,,,,", "E0004", CONTACT_SELF, "", "", 0},
    {"a name without a kind", ",,,,,高遠　花子,,,,,,", "E0004", CONTACT_SELF, "", "", 0},
    {"a kind that is none", ",,,,7,高遠　花子,,,,,,", "E0005", CONTACT_SELF, "", "", 0},
};

START_TEST(the_contact_is_who_is_spoken_to)
{
	const struct contact_case *c = &contacts[_i];
	char text[4096];

	snprintf(text, sizeof text, "%s%s%s\r\n", T_HEAD, T_ROW, c->tail);
	struct row_batch *b = read_as("targets-014", text);
	if (c->code) {
		ck_assert_msg(b->n == 0 && b->n_errors == 1, "%s", c->what);
		ck_assert_str_eq(b->errors[0].code, c->code);
	} else {
		ck_assert_msg(b->n == 1, "%s: %s", c->what, b->n_errors ? b->errors[0].words : "");
		ck_assert_int_eq((int)b->targets[0].contact, (int)c->contact);
		ck_assert_str_eq(b->targets[0].name, c->name);
		ck_assert_str_eq(b->targets[0].owner_name, c->owner);
		ck_assert_int_eq(b->targets[0].birth_md, c->birth_md);
	}
	row_batch_free(b);
}
END_TEST

START_TEST(what_else_a_target_row_says)
{
	struct row_batch *b =
	    read_as("targets-014", T_HEAD T_ROW "300,2,2026-08-20,2026-12-25,,,,,N1,S1,por,1\r\n");
	ck_assert_uint_eq(b->n, 1);
	const struct target_row *t = b->targets;
	ck_assert_int_eq((int)t->late_charge, 300);
	ck_assert_int_eq((int)t->pay_method, PAY_DEBIT);
	ck_assert_int_eq(t->demand_sent_day, day("2026-08-20"));
	ck_assert_int_eq(t->slip_until_day, day("2026-12-25"));
	ck_assert_str_eq(t->name_group, "N1");
	ck_assert_str_eq(t->household, "S1");
	ck_assert_str_eq(t->language, "pt");
	ck_assert_int_eq((int)t->care, CARE_NO_VOICE);
	ck_assert(!t->no_debt);
	ck_assert_uint_eq(t->n_numbers, 2);
	ck_assert_int_eq((int)t->numbers[1].kind, KIND_WORK);
	row_batch_free(b);
}
END_TEST

START_TEST(a_matter_needs_no_debt)
{
	struct row_batch *b =
	    read_as("targets-general",
		    "市区町村コード,宛名番号,氏名,フリガナ,生年月日,案件区分,案件番号,期限日,"
		    "電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,SMS可否2,電話番号3,"
		    "電話区分3,SMS可否3,整理番号,備考\r\n"
		    "202096,100,伊那　太郎,イナ　タロウ,,901,K1,2027-01-31,09012345678,,1,,,,,,,,"
		    "\r\n");
	ck_assert_uint_eq(b->n, 1);
	ck_assert(b->targets[0].no_debt);
	ck_assert_int_eq((int)b->targets[0].amount, 0);
	ck_assert_str_eq(b->targets[0].key.tax, "901");
	ck_assert_str_eq(b->targets[0].key.gyomu, "000");
	ck_assert_str_eq(b->targets[0].tax_words, "健診のご案内");
	row_batch_free(b);
}
END_TEST

static TCase *kinds_case(void)
{
	TCase *t = tcase_create("kinds");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, load, unload);
	tcase_add_loop_test(t, payments_of_all_kinds, 0, (int)(sizeof pays / sizeof *pays));
	tcase_add_test(t, what_a_refused_payment_names);
	tcase_add_test(t, days_of_payments);
	tcase_add_test(t, withdrawals_of_a_debt_and_of_a_person);
	tcase_add_test(t, exclusions_with_their_reasons);
	tcase_add_test(t, exclusions_lifted_and_wrong);
	tcase_add_test(t, keys_that_change);
	tcase_add_test(t, holds_from_the_core_system);
	tcase_add_test(t, the_number_book_from_the_core_system);
	tcase_add_loop_test(t, the_contact_is_who_is_spoken_to, 0,
			    (int)(sizeof contacts / sizeof *contacts));
	tcase_add_test(t, what_else_a_target_row_says);
	tcase_add_test(t, a_matter_needs_no_debt);
	return t;
}

UNIT_MAIN("exchange kinds", kinds_case)
