/* Tables and objects for people: widths of Japanese, columns, hostile bytes. */
#include "engine/cli/show.h"
#include "engine/cli/width.h"
#include "tests/support/unit.h"

#include <string.h>

START_TEST(widths)
{
	static const struct {
		const char *what, *s;
		size_t width;
	} cases[] = {
	    {"nothing", "", 0},
	    {"ASCII", "run 7", 5},
	    {"kanji", "伊那市", 6},
	    {"a kanji beyond the BMP", "𠮷野", 4},
	    {"a compatibility kanji", "﨑", 2},
	    {"kana", "イナ たろう", 11},
	    {"half-width kana", "ｲﾅ", 2},
	    {"full-width Latin", "ＡＢ１", 6},
	    {"a variation selector", "葛\xf3\xa0\x84\x80城", 4},
	    {"a combining mark", "か\xe3\x82\x99", 2},
	    {"a byte that is not UTF-8", "a\xffz", 3},
	    {"a control character", "a\033z", 3},
	    {"punctuation", "、。「」", 8},
	    {"a dash and an ellipsis", "–…", 2},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(width_of(cases[i].s) == cases[i].width, "%s: %zu", cases[i].what,
			      width_of(cases[i].s));
}
END_TEST

static struct json *parse(const char *text)
{
	struct json *j;
	ck_assert_int_eq(json_parse(text, strlen(text), 8, &j), 0);
	return j;
}

static char *shown(const char *text, int as_table)
{
	char *made = NULL;
	size_t n;
	FILE *to = open_memstream(&made, &n);
	struct json *j = parse(text);
	struct table t = {0};
	if (as_table)
		table_rows(&t, j, to);
	else
		show_object(j, to);
	fclose(to);
	json_free(j);
	return made;
}

START_TEST(what_is_shown)
{
	static const struct {
		const char *what;
		int table;
		const char *json, *shown;
	} cases[] = {
	    {"no rows", 1, "[]", ""},
	    {"numbers to the right, text to the left", 1,
	     "[{\"run\":7,\"state\":\"running\"},{\"run\":120,\"state\":\"draft\"}]",
	     "RUN  STATE\n  7  running\n120  draft\n"},
	    {"Japanese in columns", 1,
	     "[{\"name\":\"髙橋\",\"n\":1},{\"name\":\"德永 一郎\",\"n\":2}]",
	     "NAME       N\n髙橋       1\n德永 一郎  2\n"},
	    {"a member that only a later row has", 1, "[{\"a\":1},{\"a\":2,\"b_c\":\"x\"}]",
	     "A  B C\n1  -\n2  x\n"},
	    {"values of all kinds", 1,
	     "[{\"a\":null,\"b\":true,\"c\":false,\"d\":1.5,\"e\":\"\",\"f\":[1,\"x\"],\"g\":[],"
	     "\"h\":{}}]",
	     "A  B    C     D  E  F     G  H\n-  yes  no  1.5  -  1, x  -  …\n"},
	    {"a name that commands the terminal", 1, "[{\"name\":\"a\\u001b[2Jb\\nc\\u009bd\"}]",
	     "NAME\na?[2Jb?c?d\n"},
	    {"an object", 0, "{\"run\":7,\"課\":\"税務課\",\"done\":false}",
	     "run:  7\n課:   税務課\ndone: no\n"},
	    {"objects in it", 0, "{\"trunk\":{\"up\":true,\"lines\":10},\"n\":1}",
	     "trunk:\n    up:    yes\n    lines: 10\nn:     1\n"},
	    {"a table in it", 0, "{\"id\":1,\"debts\":[{\"row\":1},{\"row\":22}]}",
	     "id:    1\ndebts:\nROW\n  1\n 22\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *made = shown(cases[i].json, cases[i].table);
		ck_assert_msg(strcmp(made, cases[i].shown) == 0, "%s:\n%s", cases[i].what, made);
		free(made);
	}
}
END_TEST

/* Pages: the heading once, the first page's widths. */
START_TEST(pages_are_one_table)
{
	char *made = NULL;
	size_t n;
	FILE *to = open_memstream(&made, &n);
	struct table t = {0};
	struct json *one = parse("[{\"name\":\"abc\",\"n\":1}]");
	struct json *two = parse("[{\"name\":\"longer\",\"n\":2},{\"name\":\"x\",\"n\":3}]");
	table_rows(&t, one, to);
	table_rows(&t, two, to);
	fclose(to);
	ck_assert_str_eq(made, "NAME  N\nabc   1\nlonger  2\nx     3\n");
	ck_assert_uint_eq(t.rows, 3);
	json_free(one);
	json_free(two);
	free(made);
}
END_TEST

static TCase *show_case(void)
{
	TCase *t = tcase_create("show");
	tcase_add_test(t, widths);
	tcase_add_test(t, what_is_shown);
	tcase_add_test(t, pages_are_one_table);
	return t;
}

UNIT_MAIN("cli-show", show_case)
