/* SMS texts: reading, filling, checking, counting; and the city's four model texts. */
#include "engine/plan/civil.h"
#include "engine/sms.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void write_file(const void *bytes, size_t n)
{
	temp_file(path, "sms", bytes, n);
}

static struct sms_values values(void)
{
	int32_t day;
	ck_assert(civil_day_of(2026, 12, 25, &day));
	static const struct sms_item items[] = {{"予約日", "2026-12-03"},
						{"時刻", "09:05"},
						{"正午", "12:00:00"},
						{"会場", "市民会館"},
						{"番号", "007-1"}};
	return (struct sms_values){.items = items,
				   .n_items = sizeof items / sizeof *items,
				   .due_day = day,
				   .phone = "0265-78-4111",
				   .caller = "0265784111",
				   .department = "税務課"};
}

static const struct {
	const char *what, *bytes, *finished;
	int line;         /* of the problem, if finished is NULL */
	const char *word; /* that the problem holds */
} templates[] = {
    {"plain text", "市役所です。\n", "市役所です。", 0, NULL},
    {"all values", "{due_date}{phone}{caller}{department}\n",
     "12月25日0265-78-41110265784111税務課", 0, NULL},
    {"comments are left out", "# こんにちは {x}\n市役所\n# 終\n", "市役所", 0, NULL},
    {"lines are joined with nothing between", "市役\n所です\n", "市役所です", 0, NULL},
    {"no line end at the end", "市役所", "市役所", 0, NULL},
    {"CRLF", "# a\r\n市役\r\n所\r\n", "市役所", 0, NULL},
    {"a number sign inside a line is text", "A#1", "A#1", 0, NULL},
    {"a value twice", "{phone}、{phone}", "0265-78-4111、0265-78-4111", 0, NULL},
    {"items of the file", "{date 予約日}{time 時刻}に{words 会場}、{digits 番号}番",
     "12月3日9時5分に市民会館、007-1番", 0, NULL},
    {"a time on the hour, with seconds", "{time 正午}", "12時", 0, NULL},
    {"an item of no type", "{予約日}", NULL, 1, "{予約日}"},
    {"an item of an unknown type", "{text 予約日}", NULL, 1, "{text 予約日}"},
    {"a type without a name", "{date }", NULL, 1, "{date }"},
    {"two blanks before the name", "{date  予約日}", NULL, 1, "{date  予約日}"},
    {"an unknown name", "市\n{name}様\n", NULL, 2, "{name}"},
    {"a debt's amount has no name here", "{target.total}円", NULL, 1, "{target.total}"},
    {"blanks are no part of a name", "{ phone }", NULL, 1, "{ phone }"},
    {"an empty name", "{}", NULL, 1, "{}"},
    {"an open brace", "# c\n市{phone", NULL, 2, "brace"},
    {"a closing brace", "市phone}", NULL, 1, "brace"},
    {"a brace in a brace", "{phone{caller}}", NULL, 1, "brace"},
    {"a brace that is closed on the next line", "{pho\nne}", NULL, 1, "brace"},
    {"empty", "", NULL, 0, "no text"},
    {"comments only", "# a\n", NULL, 0, "no text"},
    {"a tab", "# a\n市\t役所", NULL, 2, "control"},
    {"a C1 control", "市\xc2\x85", NULL, 1, "control"},
    {"not UTF-8 (Shift_JIS)", "\x8e\x73\x96\xf0", NULL, 0, "UTF-8"},
};

static const struct {
	const char *what, *file, *template, *new, *rewritten; /* NULL: refused */
} rewrites[] = {
    {"one line", "市役所です。\n", "市役所です。", "{phone}へ", "{phone}へ\n"},
    {"lines are joined, comments are not the text", "# 一\n市役所\n# 二\r\nです。", "市役所です。",
     "へ", "# 一\n# 二\nへ\n"},
    {"no comment by the back door", "市役所です。\n", "市役所です。", "#へ", NULL},
    {"no second line", "市役所です。\n", "市役所です。", "へ\n# ", NULL},
};

START_TEST(a_file_is_written_anew_with_its_comments)
{
	struct problems p;
	struct sms_text *t = NULL;
	char *file = NULL;
	problems_init(&p);
	ck_assert_int_eq(sms_text_of(rewrites[_i].file, &p, &t), 0);
	ck_assert_str_eq(sms_text_source(t), rewrites[_i].file);
	ck_assert_str_eq(sms_text_template(t), rewrites[_i].template);
	int err = sms_text_rewrite(t, rewrites[_i].new, &file);
	ck_assert_msg(err == (rewrites[_i].rewritten ? 0 : E_INVALID), "%s", rewrites[_i].what);
	if (rewrites[_i].rewritten)
		ck_assert_msg(strcmp(file, rewrites[_i].rewritten) == 0, "%s: %s",
			      rewrites[_i].what, file);
	free(file);
	sms_text_free(t);
	problems_free(&p);
}
END_TEST

START_TEST(a_file_written_anew_can_be_read_again)
{
	static char comments[17000];
	struct problems p;
	struct sms_text *t = NULL;
	char *file = NULL;
	problems_init(&p);
	memset(comments, '#', 16380);
	strcpy(comments + 16380, "\nx");
	ck_assert_int_eq(sms_text_of(comments, &p, &t), 0);
	ck_assert_int_eq(sms_text_rewrite(t, "too long", &file), E_LIMIT);
	ck_assert_ptr_null(file);
	sms_text_free(t);
	problems_free(&p);
}
END_TEST

START_TEST(templates_are_read_and_filled)
{
	struct problems p;
	struct sms_text *t = NULL;
	struct sms_values v = values();
	char buf[SMS_TEXT_BYTES];

	problems_init(&p);
	write_file(templates[_i].bytes, strlen(templates[_i].bytes));
	int err = sms_text_load(path, &p, &t);
	unlink(path);
	if (templates[_i].finished) {
		ck_assert_msg(err == 0 && p.errors == 0, "%s", templates[_i].what);
		ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), 0);
		ck_assert_msg(!strcmp(buf, templates[_i].finished), "%s: %s", templates[_i].what,
			      buf);
	} else {
		ck_assert_msg(err == E_INVALID && !t, "%s", templates[_i].what);
		ck_assert_msg(p.n > 0 && p.list[0].line == templates[_i].line, "%s",
			      templates[_i].what);
		ck_assert_msg(strstr(p.list[0].what, templates[_i].word) != NULL, "%s: %s",
			      templates[_i].what, p.list[0].what);
		ck_assert_str_eq(p.list[0].file, path);
	}
	sms_text_free(t);
	problems_free(&p);
}
END_TEST

START_TEST(all_problems_of_a_file_are_shown)
{
	static const char text[] = "{a}{b}\n{c}\n";
	struct problems p;
	struct sms_text *t = NULL;
	problems_init(&p);
	write_file(text, sizeof text - 1);
	ck_assert_int_eq(sms_text_load(path, &p, &t), E_INVALID);
	ck_assert_uint_eq(p.errors, 3);
	ck_assert_int_eq(p.list[2].line, 2);
	unlink(path);
	ck_assert_int_eq(sms_text_load(path, &p, &t), E_NOTFOUND);
	ck_assert_int_eq(sms_text_load("/tmp", &p, &t), E_IO);
	problems_free(&p);
}
END_TEST

START_TEST(bounds_of_a_file)
{
	struct problems p;
	struct sms_text *t = NULL;
	static char big[20000];
	problems_init(&p);
	memset(big, 'a', sizeof big);
	write_file(big, sizeof big);
	ck_assert_int_eq(sms_text_load(path, &p, &t), E_INVALID);
	unlink(path);
	write_file("a\0b", 3);
	ck_assert_int_eq(sms_text_load(path, &p, &t), E_INVALID);
	unlink(path);
	for (size_t i = 0; i < 700; i += 7)
		memcpy(big + i, "{phone}", 7);
	write_file(big, 700);
	ck_assert_int_eq(sms_text_load(path, &p, &t), E_INVALID);
	unlink(path);
	ck_assert_uint_eq(p.errors, 3);
	problems_free(&p);
}
END_TEST

static const struct {
	const char *what, *text;
	bool good;
} links[] = {
    {"the domain", "city.ina.example をご覧ください", true},
    {"by https", "https://city.ina.example をご覧ください", true},
    {"a name below it", "https://www.city.ina.example/zei/nofu.html?id=1#a です", true},
    {"in full width", "ｈｔｔｐｓ：／／ｃｉｔｙ．ｉｎａ．ｅｘａｍｐｌｅ です", true},
    {"two of them", "city.ina.example と www.city.ina.example", true},
    {"a full stop behind", "See city.ina.example.", true},
    {"by http", "http://city.ina.example", false},
    {"another domain", "https://city.ina.evil", false},
    {"a domain that begins like it", "https://city.ina.example.evil.com", false},
    {"a domain that ends like it", "https://xcity.ina.example", false},
    {"a hyphen before it", "https://x-city.ina.example", false},
    {"as a user's name", "https://city.ina.example@evil.com", false},
    {"with a port", "https://city.ina.example:8443", false},
    {"as a path", "https://evil.com/city.ina.example", false},
    {"beside another", "city.ina.example evil.com", false},
    {"an address", "a@city.ina.example", false},
    {"a name of other letters", "https://例え.city.ina.example", false},
    {"another scheme", "ftp://city.ina.example", false},
};

START_TEST(links_of_the_city_alone)
{
	char why[MAX_WORDS] = "";
	struct sms_rules rules = {.domain = "city.ina.example"};
	int err = sms_text_check(links[_i].text, NULL, &rules, why);
	ck_assert_msg((err == 0) == links[_i].good, "%s: %s", links[_i].what, why);
	ck_assert_int_eq(sms_text_check(links[_i].text, NULL, NULL, why), E_INVALID);
}
END_TEST

START_TEST(a_gateway_that_takes_less)
{
	char why[MAX_WORDS];
	struct sms_rules rules = {.most_units = 3};
	ck_assert_int_eq(sms_text_check("あああ", NULL, &rules, why), 0);
	ck_assert_int_eq(sms_text_check("ああああ", NULL, &rules, why), E_LIMIT);
}
END_TEST

static const struct {
	const char *what;
	enum sms_item_type type;
	const char *value, *written; /* NULL: refused */
} items[] = {
    {"a date", SMS_DATE, "2027-01-31", "1月31日"},
    {"a day that is none", SMS_DATE, "2026-02-30", NULL},
    {"an open end", SMS_DATE, "9999-12-31", "12月31日"},
    {"another form of a date", SMS_DATE, "2026/12/03", NULL},
    {"words behind a date", SMS_DATE, "2026-12-03 ", NULL},
    {"a time", SMS_TIME, "23:59", "23時59分"},
    {"midnight", SMS_TIME, "00:00", "0時"},
    {"seconds are left out", SMS_TIME, "09:30:59", "9時30分"},
    {"24 o'clock", SMS_TIME, "24:00", NULL},
    {"minute 60", SMS_TIME, "12:60", NULL},
    {"a time cut short", SMS_TIME, "9:30", NULL},
    {"no second", SMS_TIME, "09:30:", NULL},
    {"digits", SMS_DIGITS, "0120-1", "0120-1"},
    {"20 digits", SMS_DIGITS, "01234567890123456789", "01234567890123456789"},
    {"21 digits", SMS_DIGITS, "012345678901234567890", NULL},
    {"letters among digits", SMS_DIGITS, "12a", NULL},
    {"full-width digits", SMS_DIGITS, "１２", NULL},
    {"words", SMS_WORDS, "保健センター 2階", "保健センター 2階"},
    {"40 characters", SMS_WORDS,
     "ああああああああああああああああああああああああああああああああああああああああ",
     "ああああああああああああああああああああああああああああああああああああああああ"},
    {"41 characters", SMS_WORDS,
     "あああああああああああああああああああああああああああああああああああああああああ", NULL},
    {"a line end", SMS_WORDS, "会館\n至急", NULL},
    {"a tab", SMS_WORDS, "会館\t2階", NULL},
    {"a C1 control", SMS_WORDS, "会館\xc2\x85", NULL},
    {"a brace", SMS_WORDS, "{phone}", NULL},
    {"not UTF-8", SMS_WORDS, "\x8e\x73", NULL},
    {"nothing", SMS_WORDS, "", NULL},
};

START_TEST(items_must_be_of_their_type)
{
	char buf[256] = "";
	bool yes = sms_item_write(items[_i].type, items[_i].value, buf, sizeof buf);
	ck_assert_msg(yes == (items[_i].written != NULL), "%s", items[_i].what);
	if (yes)
		ck_assert_msg(!strcmp(buf, items[_i].written), "%s: %s", items[_i].what, buf);
}
END_TEST

START_TEST(a_text_without_its_item_is_not_made)
{
	static const char text[] = "{words 会場}へ";
	struct problems p;
	struct sms_text *t = NULL;
	struct sms_values v = values();
	char buf[SMS_TEXT_BYTES];

	problems_init(&p);
	write_file(text, sizeof text - 1);
	ck_assert_int_eq(sms_text_load(path, &p, &t), 0);
	unlink(path);
	ck_assert_str_eq(sms_text_item(t, 0), "会場");
	ck_assert_ptr_null(sms_text_item(t, 1));
	v.n_items = 3; /* the fourth is not carried */
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), E_INVALID);
	ck_assert_str_eq(buf, "");
	v.sample = true; /* before there is a file */
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), 0);
	ck_assert_str_eq(buf, "○○へ");
	sms_text_free(t);
	problems_free(&p);
}
END_TEST

START_TEST(values_must_be_of_their_kind)
{
	struct problems p;
	struct sms_text *t = NULL;
	char buf[64] = "x";
	problems_init(&p);
	write_file("{due_date}{phone}{department}", 29);
	ck_assert_int_eq(sms_text_load(path, &p, &t), 0);
	unlink(path);
	struct sms_values v = values();
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), 0);
	v.due_day = DAY_NONE;
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), E_INVALID);
	ck_assert_str_eq(buf, "");
	v = values();
	v.phone = "山田太郎"; /* no name may slip in through a number */
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), E_INVALID);
	v.phone = "";
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), E_INVALID);
	v.phone = NULL;
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), E_INVALID);
	v = values();
	v.department = NULL;
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), E_INVALID);
	v = values();
	v.caller = NULL; /* not named by the text: not asked for */
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), 0);
	size_t n = strlen(buf);
	ck_assert_int_eq(sms_text_compose(t, &v, buf, n + 1), 0);
	ck_assert_int_eq(sms_text_compose(t, &v, buf, n), E_LIMIT);
	ck_assert_str_eq(buf, "");
	ck_assert_int_eq(sms_text_compose(t, &v, buf, 0), E_LIMIT);
	sms_text_free(t);
	problems_free(&p);
}
END_TEST

static const struct {
	const char *what, *text, *why; /* why: NULL if it is good */
} checks[] = {
    {"good", "伊那市役所です。0265-78-4111へお電話ください。", NULL},
    {"hours with a dot", "平日8.30から17.15まで", NULL},
    {"an abbreviation", "No.12 a.m.", NULL},
    {"a full stop at the end", "Call 0265-78-4111.", NULL},
    {"http", "http://x", "link"},
    {"HTTPS in capitals", "HTTPS:", "link"},
    {"full-width http", "ｈｔｔｐ：／／ｘ", "link"},
    {"http with blanks", "h t t p", "link"},
    {"www", "www.x", "link"},
    {"a domain", "詳しくはcity.example.jp", "link"},
    {"a short domain", "bit.ly/abc", "link"},
    {"a full-width domain", "ｉｎａ．ｊｐ", "link"},
    {"a mail address", "a@ina.example", "link"},
    {"a scheme", "tel://1", "link"},
    {"a secret word", "未納の税額があります", "税額"},
    {"a secret word with a blank", "税 額", "税額"},
    {"a secret word with a full-width blank", "税　額", "税額"},
    {"a secret word in full-width Latin", "あＡＢＣい", "abc"},
    {"a line feed", "市\n役所", "control"},
    {"an unfilled value", "{phone}へ", "brace"},
    {"empty", "", "no text"},
    {"blanks only", " 　 ", "no text"},
    {"not UTF-8", "\xff", "UTF-8"},
    {"a name turned round", "市\u202e役所", "U+202E"},
    {"a right-to-left mark", "市\u200f", "direction"},
    {"an isolate", "市\u2066役所", "direction"},
    {"a secret word parted by nothing", "税\u200b額", "U+200B"},
    {"a byte order mark", "\ufeff市役所", "U+FEFF"},
    {"a variation selector", "葛\ufe00", "variation"},
    {"an IVS", "葛\U000e0100", "UCS-2"},
    {"a private character", "\ue000", "外字"},
    {"beyond UCS-2", "𠮷野", "U+20BB7"},
    {"a picture", "📱", "UCS-2"},
};

START_TEST(finished_texts_are_checked)
{
	static const char list[] = "# secret\n税額\n  差押  \n\nabc\n";
	struct problems p;
	struct sms_words *w = NULL;
	char why[MAX_WORDS] = "";
	problems_init(&p);
	write_file(list, sizeof list - 1);
	ck_assert_int_eq(sms_words_load(path, &p, &w), 0);
	unlink(path);
	int err = sms_text_check(checks[_i].text, w, NULL, why);
	ck_assert_msg((err == 0) == !checks[_i].why, "%s: %s", checks[_i].what, why);
	if (checks[_i].why)
		ck_assert_msg(strstr(why, checks[_i].why) != NULL, "%s: %s", checks[_i].what, why);
	sms_words_free(w);
	ck_assert_int_eq(sms_words_load(path, &p, &w), E_NOTFOUND);
	problems_free(&p);
}
END_TEST

static const struct {
	size_t chars;
	const char *one;
	size_t segments;
} counts[] = {
    {0, "a", 0},    {1, "a", 1},    {70, "あ", 1},   {71, "あ", 2},   {134, "あ", 2},
    {135, "あ", 3}, {201, "あ", 3}, {202, "あ", 4},  {670, "あ", 10}, {671, "あ", 11},
    {70, "a", 1},   {71, "a", 2},   {160, "a", 3}, /* no GSM-7: what is sent is UCS-2 */
    {35, "𠮷", 1},  {36, "𠮷", 2},  {335, "𠮷", 10}, {336, "𠮷", 11},
};

START_TEST(segments_are_counted)
{
	static char buf[4096];
	char why[MAX_WORDS];
	*buf = '\0';
	for (size_t i = 0; i < counts[_i].chars; i++)
		strcat(buf, counts[_i].one);
	ck_assert_uint_eq(sms_segments(buf), counts[_i].segments);
	if (strlen(counts[_i].one) > 3) /* counted by its two units, and not sent: no UCS-2 */
		ck_assert_int_eq(sms_text_check(buf, NULL, NULL, why), E_INVALID);
	else if (counts[_i].segments > SMS_MOST_SEGMENTS)
		ck_assert_int_eq(sms_text_check(buf, NULL, NULL, why), E_LIMIT);
	else if (counts[_i].chars > 0)
		ck_assert_int_eq(sms_text_check(buf, NULL, NULL, why), 0);
	ck_assert_uint_eq(sms_segments("\xff"), 0);
}
END_TEST

static const struct {
	const char *file, *finished;
} models[] = {
    {"specs/texts/notice.txt", "伊那市税務課です。12月25日は市税・保険料の納期限です。納付書や残高"
			       "をご確認ください。納付済みの"
			       "方はご容赦を。0265-78-4111"},
    {"specs/texts/reminder.txt",
     "伊那市役所です。お伝えしたいことがあります。平日8時半から17時15分に0265-78-"
     "4111へお電話ください。返信はできません。"},
    {"specs/texts/missed-call.txt", "伊那市役所です。先ほど0265784111からお電話しました。ご用件は同"
				    "じ番号へお電話ください。自動音声"
				    "がお答えします。返信不可"},
    {"specs/texts/plain-japanese.txt",
     "いなし しやくしょ です。たいせつな おはなしが あります。0265-78-4111に でんわ "
     "してください。へんじは できません。"},
};

START_TEST(model_texts)
{
	struct problems p;
	struct sms_text *t = NULL;
	struct sms_words *w = NULL;
	struct sms_values v = values();
	char buf[SMS_TEXT_BYTES], why[MAX_WORDS] = "";
	problems_init(&p);
	ck_assert_int_eq(sms_text_load(models[_i].file, &p, &t), 0);
	ck_assert_int_eq(sms_text_compose(t, &v, buf, sizeof buf), 0);
	ck_assert_str_eq(buf, models[_i].finished);
	ck_assert_uint_le(sms_segments(buf), 2);
	ck_assert_int_eq(sms_words_load("specs/lexicon/secret-words", &p, &w), 0);
	ck_assert_msg(sms_text_check(buf, w, NULL, why) == 0, "%s: %s", models[_i].file, why);
	sms_words_free(w);
	sms_text_free(t);
	problems_free(&p);
}
END_TEST

static TCase *sms_case(void)
{
	TCase *t = tcase_create("sms");
	tcase_add_loop_test(t, templates_are_read_and_filled, 0,
			    sizeof templates / sizeof *templates);
	tcase_add_loop_test(t, a_file_is_written_anew_with_its_comments, 0,
			    sizeof rewrites / sizeof *rewrites);
	tcase_add_test(t, a_file_written_anew_can_be_read_again);
	tcase_add_test(t, all_problems_of_a_file_are_shown);
	tcase_add_test(t, bounds_of_a_file);
	tcase_add_test(t, values_must_be_of_their_kind);
	tcase_add_loop_test(t, items_must_be_of_their_type, 0, sizeof items / sizeof *items);
	tcase_add_test(t, a_text_without_its_item_is_not_made);
	tcase_add_loop_test(t, links_of_the_city_alone, 0, sizeof links / sizeof *links);
	tcase_add_test(t, a_gateway_that_takes_less);
	tcase_add_loop_test(t, finished_texts_are_checked, 0, sizeof checks / sizeof *checks);
	tcase_add_loop_test(t, segments_are_counted, 0, sizeof counts / sizeof *counts);
	tcase_add_loop_test(t, model_texts, 0, sizeof models / sizeof *models);
	return t;
}

UNIT_MAIN("sms", sms_case)
