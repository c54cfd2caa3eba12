/* Typed values in spoken form, expressions, and a prompt's three ways of being said. */
#include "engine/scenario/model.h"
#include "engine/scenario/say.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

/* ---- typed values ---- */

static const struct {
	enum say_as as;
	const char *value, *spoken; /* spoken NULL: refused */
} says[] = {
    /* dates: the last and the first day of each era, leap days, none that do not exist */
    {SAY_DATE, "2025-12-25", "令和7年12月25日"},
    {SAY_DATE, "2019-05-01", "令和元年5月1日"},
    {SAY_DATE, "2019-12-31", "令和元年12月31日"},
    {SAY_DATE, "2020-01-01", "令和2年1月1日"},
    {SAY_DATE, "2019-04-30", "平成31年4月30日"},
    {SAY_DATE, "1989-01-08", "平成元年1月8日"},
    {SAY_DATE, "1989-01-07", "昭和64年1月7日"},
    {SAY_DATE, "1926-12-25", "昭和元年12月25日"},
    {SAY_DATE, "1926-12-24", "大正15年12月24日"},
    {SAY_DATE, "1912-07-30", "大正元年7月30日"},
    {SAY_DATE, "1912-07-29", "明治45年7月29日"},
    {SAY_DATE, "1868-10-23", "明治元年10月23日"},
    {SAY_DATE, "1868-10-22", NULL},
    {SAY_DATE, "2028-02-29", "令和10年2月29日"},
    {SAY_DATE, "2000-02-29", "平成12年2月29日"},
    {SAY_DATE, "2026-02-29", NULL},
    {SAY_DATE, "2026-13-01", NULL},
    {SAY_DATE, "R7.12.25", NULL},
    {SAY_DATE, "2025/12/25", NULL},
    {SAY_DATE, "", NULL},
    {SAY_CURRENCY, "0", "0円"},
    {SAY_CURRENCY, "1", "1円"},
    {SAY_CURRENCY, "999", "999円"},
    {SAY_CURRENCY, "1000", "1,000円"},
    {SAY_CURRENCY, "10000", "10,000円"},
    {SAY_CURRENCY, "12300", "12,300円"},
    {SAY_CURRENCY, "100000000", "100,000,000円"},
    {SAY_CURRENCY, "9007199254740991", "9,007,199,254,740,991円"},
    {SAY_CURRENCY, "99999999999999999", NULL},
    {SAY_CURRENCY, "-1", NULL},
    {SAY_CURRENCY, "1.5", NULL},
    {SAY_CURRENCY, "12,300", NULL},
    {SAY_CURRENCY, "inf", NULL},
    {SAY_CURRENCY, "0x10", NULL},
    {SAY_CURRENCY, "", NULL},
    {SAY_TELEPHONE, "0265784111", "0265-78-4111"},
    {SAY_TELEPHONE, "0312345678", "03-1234-5678"},
    {SAY_TELEPHONE, "0612345678", "06-1234-5678"},
    {SAY_TELEPHONE, "0262345678", "026-234-5678"},
    {SAY_TELEPHONE, "0112345678", "011-234-5678"},
    {SAY_TELEPHONE, "0126712345", "01267-1-2345"},
    {SAY_TELEPHONE, "0120444113", "0120-444-113"},
    {SAY_TELEPHONE, "0570012345", "0570-012-345"},
    {SAY_TELEPHONE, "08001234567", "0800-123-4567"},
    {SAY_TELEPHONE, "09012345678", "090-1234-5678"},
    {SAY_TELEPHONE, "06012345678", "060-1234-5678"},
    {SAY_TELEPHONE, "05012345678", "050-1234-5678"},
    {SAY_TELEPHONE, "110", NULL},
    {SAY_TELEPHONE, "1234567890", NULL},
    {SAY_TELEPHONE, "0265-78-4111", NULL},
    {SAY_DIGITS, "1234567", "イチ、ニ、サン、ヨン、ゴ、ロク、ナナ"},
    {SAY_DIGITS, "089", "ゼロ、ハチ、キュウ"},
    {SAY_DIGITS, "12a", NULL},
    {SAY_DIGITS, "-1", NULL},
    {SAY_DIGITS, "123456789012345678901234567890123", NULL},
    {SAY_TIME, "17:15", "午後5時15分"},
    {SAY_TIME, "08:30", "午前8時30分"},
    {SAY_TIME, "17:00", "午後5時"},
    {SAY_TIME, "00:05", "午前0時5分"},
    {SAY_TIME, "12:00", "午後0時"},
    {SAY_TIME, "23:59", "午後11時59分"},
    {SAY_TIME, "24:00", NULL},
    {SAY_TIME, "12:60", NULL},
    {SAY_TIME, "9:00", NULL},
    {SAY_TEXT, "固定資産税", "固定資産税"},
    {SAY_TEXT, "a\nb", NULL},
};

START_TEST(typed_values)
{
	char out[SAY_BYTES];
	int err = say_value(says[_i].as, value_string(says[_i].value), out);
	if (!says[_i].spoken)
		ck_assert_msg(err == E_INVALID, "%s was said as %s", says[_i].value, out);
	else
		ck_assert_msg(err == 0 && strcmp(out, says[_i].spoken) == 0, "%s: %d %s",
			      says[_i].value, err, out);
}
END_TEST

START_TEST(what_is_no_value_is_refused)
{
	char out[SAY_BYTES];
	ck_assert_int_eq(say_value(SAY_CURRENCY, value_undefined(), out), E_INVALID);
	ck_assert_int_eq(say_value(SAY_CURRENCY, value_bool(true), out), E_INVALID);
	ck_assert_int_eq(say_value(SAY_CURRENCY, value_number(-1), out), E_INVALID);
	ck_assert_int_eq(say_value(SAY_CURRENCY, value_number(0.0 / 1), out), 0);
	ck_assert_str_eq(out, "0円");
	ck_assert_int_eq(say_value(SAY_TEXT, value_undefined(), out), E_INVALID);
	char *longer = calloc(1, SAY_BYTES + 1);
	memset(longer, 'a', SAY_BYTES);
	ck_assert_int_eq(say_value(SAY_TEXT, value_string(longer), out), E_LIMIT);
	free(longer);
}
END_TEST

START_TEST(hiragana_becomes_katakana)
{
	char out[64];
	ck_assert_int_eq(say_katakana("たなか ゔぁ ゝ ゞ ー タ Ａ漢", out, sizeof out), 0);
	ck_assert_str_eq(out, "タナカ ヴァ ヽ ヾ ー タ Ａ漢");
	ck_assert_int_eq(say_katakana("たなか", out, 8), E_LIMIT);
	ck_assert_int_eq(say_katakana("\xe3\x81", out, sizeof out), E_INVALID);
}
END_TEST

/* ---- expressions ---- */

#define EVAL_TEXT 2048

static int slot_of(void *context, const char *name, size_t n)
{
	(void)context;
	if (n == 1 && (*name == 'x' || *name == 'u'))
		return *name == 'u';
	return -1;
}

/* The value as text, or "!" and the error. */
static const char *eval_text(const char *text, char out[EVAL_TEXT])
{
	static struct scenario_vars vars;
	static const struct expr_scope scope = {slot_of, NULL};
	struct value slots[2] = {{.type = VALUE_STRING, .string = "0503"},
				 {.type = VALUE_UNDEFINED}};
	const struct expr_env env = {.vars = &vars, .slots = slots, .level = 1};
	struct expr_scratch scratch = {0};
	struct arena *arena;
	struct expr *e;
	struct value v;
	char why[EXPR_WHY], number[VALUE_TEXT];

	vars = st_vars();
	ck_assert_int_eq(arena_new(1 << 20, &arena), 0);
	int err = expr_parse(arena, text, &scope, &e, why);
	if (err)
		snprintf(out, EVAL_TEXT, "!%s", why);
	else if ((err = expr_eval(e, &env, &scratch, &v)) != 0)
		snprintf(out, EVAL_TEXT, "!%d", err);
	else
		snprintf(out, EVAL_TEXT, "%s", value_to_string(v, number));
	arena_free(arena);
	return out;
}

static const struct {
	const char *text, *value; /* "!words": refused, with these words in the reason */
} exprs[] = {
    {"1 + 2 * 3", "7"},
    {"(1 + 2) * 3", "9"},
    {"7 % 4 - 1", "2"},
    {"1 / 4", "0.25"},
    {"1 / 0", "Infinity"},
    {"-2 - -3", "1"},
    {"10 - 2 - 3", "5"},
    {"'a' + 1 + 2", "a12"},
    {"1 + 2 + 'a'", "3a"},
    {"'it\\'s'", "it's"},
    {"1 < 2 == true", "true"},
    {"'10' < '9'", "true"},
    {"'10' < 9", "false"},
    {"'0503' == 503", "true"},
    {"'0503' === 503", "false"},
    {"x === '0503'", "true"},
    {"u == undefined", "true"},
    {"u == 0", "false"},
    {"u + 1", "NaN"},
    {"!u && true", "true"},
    {"false || 'b'", "b"},
    {"0 && u.x", "!there is no"},
    {"1 > 2 ? 'a' : 2 > 1 ? 'b' : 'c'", "b"},
    {"'' ? 1 : 2", "2"},
    {"'inf' > 1", "false"},
    {"level()", "1"},
    {"birth_known()", "true"},
    {"matches_birth(x)", "false"}, /* nobody to ask here */
    {"matches_birth('0503')", "!takes a field"},
    {"is_month_day('0229')", "true"},
    {"is_month_day('0230')", "false"},
    {"is_month_day('1301')", "false"},
    {"is_month_day('0000')", "false"},
    {"is_month_day('12')", "false"},
    {"is_month_day(u)", "false"},
    {"target.name", "田中太郎"},
    {"target.total", "16800"},
    {"target.debts.length", "2"},
    {"target.debts[0].tax", "固定資産税"},
    {"target.debts[1].amount + 1", "4501"},
    {"target.debts[0].due", "2025-12-25"},
    {"target.debts[target.debts.length - 1].amount", "4500"},
    {"target.debts[2].amount", "!-5"},
    {"target.debts[-1].amount", "!-5"},
    {"target.debts[0.5].amount", "!-5"},
    {"target.debts.length > 2 && target.debts[2].amount > 0", "false"},
    {"campaign.due_date", "2026-12-25"},
    {"campaign.due_date > campaign.base_date", "true"},
    {"department.name", "税務課"},
    {"target.birth_md", "!cannot be named"},
    {"target.debts", "!takes an index"},
    {"target.debts[0]", "!write target.debts[i]"},
    {"target.debts[0].number", "!a debt has no"},
    {"target.address", "!there is no \"target.address\""},
    {"y", "!there is no \"y\""},
    {"x = 1", "!not part of"},
    {"x++", "!ends too early"},
    {"eval('1')", "!no function \"eval\""},
    {"x.length", "!there is no"},
    {"[1]", "!not part of"},
    {"{}", "!not part of"},
    {"1;2", "!not part of"},
    {"1 2", "!not part of"},
    {"(1", "!missing"},
    {"1 ? 2", "!\":\" is missing"},
    {"'abc", "!not closed"},
    {"'a\\n'", "!only \\\\ and the quote"},
    {"0x10", "!not a number"},
    {"1e5", "!not a number"},
    {"007", "!no leading 0"},
    {"", "!ends too early"},
    {"level(", "!missing"},
    {"inbound()", "false"},
    {"target.language", ""},
    {"date_of('1215', 30)", "!takes a field"},
    {"date_of(x)", "!how many days"},
    {"date_of(x, 0)", "!how many days"},
    {"date_of(x, 63)", "!how many days"},
    {"date_of(x, 1.5)", "!how many days"},
    {"date_of(x, x)", "!how many days"},
    {"date_of(x, 62)", ""},
};

static const struct {
	const char *what, *keyed, *today;
	int reach;
	const char *date; /* "": none */
} keyed_days[] = {
    {"today itself", "1207", "2026-12-07", 30, "2026-12-07"},
    {"yesterday is a year away", "1206", "2026-12-07", 30, ""},
    {"the last day of the reach", "0106", "2026-12-07", 30, "2027-01-06"},
    {"one day more", "0107", "2026-12-07", 30, ""},
    {"29 February in a leap year", "0229", "2028-02-01", 30, "2028-02-29"},
    {"29 February in another", "0229", "2027-02-01", 30, ""},
    {"no such day", "1131", "2026-11-22", 62, ""},
    {"no such month", "1301", "2026-11-22", 62, ""},
    {"three keys", "127", "2026-12-07", 30, ""},
    {"five keys", "12071", "2026-12-07", 30, ""},
    {"an option's word", "unkn", "2026-12-07", 30, ""},
    {"nothing", "", "2026-12-07", 30, ""},
};

START_TEST(a_keyed_day_is_the_next_one_within_reach)
{
	int32_t today, day;
	char date[11] = "";

	ck_assert_int_eq(civil_parse_date(keyed_days[_i].today, &today), 0);
	day = expr_keyed_day(keyed_days[_i].keyed, today, keyed_days[_i].reach);
	if (day != DAY_NONE)
		civil_format_date(day, date);
	ck_assert_msg(strcmp(date, keyed_days[_i].date) == 0, "%s: %s", keyed_days[_i].what, date);
}
END_TEST

START_TEST(expressions)
{
	char out[EVAL_TEXT];
	const char *want = exprs[_i].value, *got = eval_text(exprs[_i].text, out);
	if (*want == '!')
		ck_assert_msg(*got == '!' && strstr(got, want + 1), "%s gave %s", exprs[_i].text,
			      got);
	else
		ck_assert_msg(strcmp(got, want) == 0, "%s gave %s", exprs[_i].text, got);
}
END_TEST

START_TEST(deep_and_long_expressions_end_in_words)
{
	char text[MAX_EXPR_BYTES + 2], out[EVAL_TEXT];
	memset(text, '(', 500);
	text[500] = '\0';
	ck_assert_ptr_nonnull(strstr(eval_text(text, out), "too deeply"));
	memset(text, '!', 500);
	ck_assert_ptr_nonnull(strstr(eval_text(text, out), "too deeply"));
	memset(text, '1', MAX_EXPR_BYTES);
	text[MAX_EXPR_BYTES] = '\0';
	ck_assert_ptr_nonnull(strstr(eval_text(text, out), "too long"));
}
END_TEST

START_TEST(a_string_that_grows_too_long_is_a_limit)
{
	char text[MAX_EXPR_BYTES], out[EVAL_TEXT];
	size_t n = 0;
	n += (size_t)snprintf(text, sizeof text, "'%0*d'", 300, 0);
	for (int i = 0; i < 6; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "+'%0*d'", 80, 0);
	ck_assert_str_eq(eval_text(text, out), out);
	ck_assert_int_eq(out[0], '0'); /* that much is allowed */
	for (int i = 0; i < 40 && n < sizeof text - 8; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "+'a'");
	ck_assert_str_eq(eval_text(text, out), "!-8");
}
END_TEST

/* ---- prompts as words ---- */

static void texts_of(const char *body, const struct scenario_vars *v, int want_err,
		     const char *want_all)
{
	struct scenario *s = NULL;
	struct problems p;
	struct prompt_texts texts = {0};
	char all[2048] = "";

	problems_init(&p);
	int err = st_load_body("general", body, &p, &s);
	if (err)
		problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	problems_free(&p);
	ck_assert_int_eq(scenario_prompt_texts(s, 0, v, &texts), want_err);
	for (size_t i = 0; i < texts.n; i++) {
		size_t n = strlen(all);
		snprintf(all + n, sizeof all - n, "%s|", texts.text[i]);
	}
	ck_assert_str_eq(all, want_all);
	prompt_texts_free(&texts);
	ck_assert_int_eq(scenario_prompt_texts(s, 1, v, &texts), E_NOTFOUND);
	scenario_unref(s);
}

#define WHO "<say-as interpret-as='name'><value expr='target.name'/></say-as>"
#define IN_PROMPT(x) "<form><block><prompt>" x "</prompt></block></form>"

START_TEST(a_name_has_three_ways)
{
	const char *body = "<form><block><prompt o:nameless='もしもし。'>" WHO
			   "様ですか。</prompt></block></form>";
	struct scenario_vars v = st_vars();
	texts_of(body, &v, 0, "タナカタロウ様ですか。|田中太郎様ですか。|もしもし。|");
	v.target.kana = "たなか";
	texts_of(body, &v, 0, "タナカ様ですか。|田中太郎様ですか。|もしもし。|");
	v.target.kana = "";
	texts_of(body, &v, 0, "田中太郎様ですか。|もしもし。|");
	v.target.name = "a\nb"; /* a line break would end the synthesiser's line */
	texts_of(body, &v, 0, "もしもし。|");
	texts_of(IN_PROMPT(WHO "様ですか。"), &v, E_INVALID, "");
}
END_TEST

START_TEST(words_and_typed_values)
{
	struct scenario_vars v = st_vars();
	texts_of(
	    IN_PROMPT(
		"\n\t<say-as interpret-as='date'><value expr='campaign.due_date'/></say-as>は、\n"
		"\t期限です。<break/>お電話は、<say-as interpret-as='telephone'>0265784111"
		"</say-as><break time='300ms'/>へ。\n"),
	    &v, 0, "令和8年12月25日は、期限です。お電話は、0265-78-4111、へ。|");
	texts_of(
	    IN_PROMPT("<value expr='department.name'/>の ABC DEF<!-- なし -->です<![CDATA[&]]>。"),
	    &v, 0, "税務課の ABC DEFです&。|");
	v.campaign.due_day = DAY_NONE;
	texts_of(
	    IN_PROMPT(
		"<say-as interpret-as='date'><value expr='campaign.due_date'/></say-as>です。"),
	    &v, 0, "");
}
END_TEST

START_TEST(amounts_of_the_model_reminder)
{
	struct scenario *s = st_load("specs/scenarios/reminder.vxml");
	struct scenario_vars v = st_vars();
	struct prompt_texts t;
	struct scenario_debt wrong = {
	    .tax = "市税", .year = "", .period = "1", .due_day = 0, .amount = -5};
	size_t secret = 0, none = 0, dates = 0;
	bool seen = false;

	for (size_t i = 0; i < scenario_prompts(s); i++) {
		ck_assert_int_eq(scenario_prompt_texts(s, i, &v, &t), 0);
		if (t.n == 0) { /* its sentences, one a date, come behind the prompts */
			dates++;
			continue;
		}
		seen |=
		    strcmp(
			t.text[0],
			"固定資産税の第3期、ノウキゲンは令和7年12月25日、金額は12,300円です。") ==
		    0;
		secret += scenario_prompt_is_secret(s, i);
		prompt_texts_free(&t);
	}
	ck_assert(seen);
	ck_assert_uint_eq(dates, 1);
	ck_assert_uint_eq(secret, 6); /* R3a and the two with amounts, and in plain Japanese */
	ck_assert_str_eq(scenario_sms_text(s, 0), "reminder");
	ck_assert_ptr_null(scenario_sms_text(s, 1));
	ck_assert_int_eq(scenario_kind(s), CAMPAIGN_REMINDER);

	v.target.n_debts = 0; /* no debt: no such sentence */
	for (size_t i = 0; i < scenario_prompts(s); i++) {
		ck_assert_int_eq(scenario_prompt_texts(s, i, &v, &t), 0);
		none += t.n == 0;
		prompt_texts_free(&t);
	}
	ck_assert_uint_eq(none, 2 + dates); /* R3b, in both */

	v.target.n_debts = 1;
	v.target.debts = &wrong; /* a negative amount is spoken in no way: 85 */
	int bad = 0;
	for (size_t i = 0; i < scenario_prompts(s); i++) {
		int err = scenario_prompt_texts(s, i, &v, &t);
		bad += err == E_INVALID;
		if (err == 0)
			prompt_texts_free(&t);
	}
	ck_assert_int_eq(bad, 2);
	scenario_unref(s);
}
END_TEST

/* What is shared must be what each would have got: two people who have nothing in common. */
START_TEST(common_texts_are_those_of_each)
{
	static const char *const files[] = {"specs/scenarios/reminder.vxml",
					    "specs/scenarios/notice.vxml"};
	struct scenario *s = st_load(files[_i]);
	struct scenario_vars first = st_vars(), other = st_vars();
	struct common_texts *common;
	struct prompt_texts mine, shared;
	size_t n = 0;

	other.target.name = "﨑山　花子";
	other.target.kana = "サキヤマ　ハナコ";
	other.target.birth_md = 0;
	other.target.n_debts = 0;
	other.target.total = 0;
	ck_assert_int_eq(common_texts_new(s, &first, &common), 0);
	ck_assert(common_texts_fit(common, s, first.call.day));
	ck_assert(!common_texts_fit(common, s, first.call.day + 1));
	ck_assert(!common_texts_fit(NULL, s, first.call.day));
	ck_assert(!common_texts_get(common, scenario_prompts(s), &shared));
	for (size_t i = 0; i < scenario_prompts(s); i++) {
		ck_assert_int_eq(scenario_prompt_texts(s, i, &other, &mine), 0);
		if (common_texts_get(common, i, &shared)) {
			n++;
			ck_assert_uint_eq(shared.n, mine.n);
			for (size_t k = 0; k < mine.n; k++)
				ck_assert_str_eq(shared.text[k], mine.text[k]);
			prompt_texts_free(&shared);
		}
		prompt_texts_free(&mine);
	}
	ck_assert_uint_gt(n, scenario_prompts(s) / 2); /* most of it is */
	common_texts_unref(common_texts_ref(common));
	common_texts_unref(common);
	scenario_unref(s);
}
END_TEST

static TCase *say_case(void)
{
	TCase *t = tcase_create("say");
	tcase_add_loop_test(t, typed_values, 0, sizeof says / sizeof *says);
	tcase_add_test(t, what_is_no_value_is_refused);
	tcase_add_test(t, hiragana_becomes_katakana);
	tcase_add_loop_test(t, expressions, 0, sizeof exprs / sizeof *exprs);
	tcase_add_loop_test(t, a_keyed_day_is_the_next_one_within_reach, 0,
			    sizeof keyed_days / sizeof *keyed_days);
	tcase_add_test(t, deep_and_long_expressions_end_in_words);
	tcase_add_test(t, a_string_that_grows_too_long_is_a_limit);
	tcase_add_test(t, a_name_has_three_ways);
	tcase_add_test(t, words_and_typed_values);
	tcase_add_test(t, amounts_of_the_model_reminder);
	tcase_add_loop_test(t, common_texts_are_those_of_each, 0, 2);
	return t;
}

UNIT_MAIN("scenario_say", say_case)
