/* What differs between two texts. */
#include "engine/diff.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *what, *old, *new, *said; /* "=same -gone +new" */
} texts_of[] = {
    {"nothing", "", "", ""},
    {"the same", "市役所です。", "市役所です。", "=市役所です。"},
    {"the first one", "", "市役所", "+市役所"},
    {"all gone", "市役所", "", "-市役所"},
    {"a word in the middle", "平日8時半に電話", "平日9時に電話", "=平日-8+9=時-半=に電話"},
    {"added at the end", "伊那市です", "伊那市です。返信不可", "=伊那市です+。返信不可"},
    {"in front", "お電話ください", "至急お電話ください", "+至急=お電話ください"},
    {"nothing in common", "あい", "うえ", "-あい+うえ"},
    {"what both have is found though it moved", "ABCDE", "XBCYE", "-A+X=BC-D+Y=E"},
    {"characters that share bytes", "亜", "亝", "-亜+亝"},
    {"repeated ones", "ああ", "あああ", "=ああ+あ"},
};

static int add(void *arg, enum diff_kind kind, const char *s, size_t n)
{
	char *to = arg;
	sprintf(to + strlen(to), "%c%.*s", "=-+"[kind], (int)n, s);
	return 0;
}

START_TEST(pieces_are_found)
{
	char said[256] = "";
	ck_assert_int_eq(diff_text(texts_of[_i].old, texts_of[_i].new, add, said), 0);
	ck_assert_msg(strcmp(said, texts_of[_i].said) == 0, "%s: %s", texts_of[_i].what, said);
}
END_TEST

static int count(void *arg, enum diff_kind kind, const char *s, size_t n)
{
	size_t *bytes = arg;
	(void)s;
	bytes[kind] += n;
	return 0;
}

START_TEST(what_is_too_long_is_said_to_change_whole)
{
	static char old[DIFF_MOST + 100], new[DIFF_MOST + 100];
	size_t bytes[3] = {0};
	memset(old, 'a', sizeof old - 1);
	memset(new, 'b', sizeof new - 1);
	old[0] = new[0] = 'h';
	old[500] = new[500] = 'c';
	old[sizeof old - 2] = new[sizeof new - 2] = 't';
	ck_assert_int_eq(diff_text(old, new, count, bytes), 0);
	ck_assert_uint_eq(bytes[DIFF_SAME], 2);
	ck_assert_uint_eq(bytes[DIFF_GONE], sizeof old - 3);
	ck_assert_uint_eq(bytes[DIFF_NEW], sizeof new - 3);
}
END_TEST

START_TEST(lines_are_whole)
{
	static const struct {
		const char *old, *new;
		size_t same, gone, come;
	} of[] = {
	    {"a\nb\nc\n", "a\nB\nc\n", 4, 2, 2},
	    {"a\nb\n", "a\nb", 2, 2, 1},
	    {"", "a\n", 0, 0, 2},
	    {"a\nb\n", "b\n", 2, 2, 0},
	    {"a\nb\nc\nd\n", "b\nx\nd\n", 4, 4, 2},
	};
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		size_t bytes[3] = {0};
		ck_assert_int_eq(diff_lines(of[i].old, of[i].new, count, bytes), 0);
		ck_assert_uint_eq(bytes[DIFF_SAME], of[i].same);
		ck_assert_uint_eq(bytes[DIFF_GONE], of[i].gone);
		ck_assert_uint_eq(bytes[DIFF_NEW], of[i].come);
	}
}
END_TEST

static int stop(void *arg, enum diff_kind kind, const char *s, size_t n)
{
	(void)kind;
	(void)s;
	(void)n;
	++*(int *)arg;
	return E_LIMIT;
}

START_TEST(the_caller_may_stop)
{
	int calls = 0;
	ck_assert_int_eq(diff_text("abc", "xbz", stop, &calls), E_LIMIT);
	ck_assert_int_eq(calls, 1);
}
END_TEST

static TCase *texts(void)
{
	TCase *t = tcase_create("texts");
	tcase_add_loop_test(t, pieces_are_found, 0, sizeof texts_of / sizeof *texts_of);
	tcase_add_test(t, what_is_too_long_is_said_to_change_whole);
	tcase_add_test(t, lines_are_whole);
	tcase_add_test(t, the_caller_may_stop);
	return t;
}

UNIT_MAIN("diff", texts)
