/* Which passwords are taken, with the list that is shipped. */
#include "tests/support/unit.h"

#include "engine/turn/password.h"

#include <stdio.h>
#include <string.h>

static char easy[65536];

static void read_list(void)
{
	FILE *from = fopen("specs/passwords/easy", "re");
	ck_assert_ptr_nonnull(from);
	size_t n = fread(easy, 1, sizeof easy - 1, from);
	easy[n] = '\0';
	fclose(from);
	ck_assert_uint_gt(n, 500);
}

static const struct {
	const char *what, *password, *why; /* a word of the sentence; NULL: taken */
} tried[] = {
    {"eleven characters", "kx7 vbq tz4", "12 characters"},
    {"empty", "", "12 characters"},
    {"characters are counted, not bytes", "ねこはさかなをたべた", "12 characters"},
    {"the account's name in it", "x kacho q7 vv zz", "name"},
    {"the account's name in capitals", "x Kacho q7 vv zz", "name"},
    {"and at the end, in others", "q7 vv zz kx kACHO", "name"},
    {"a part of the name is no name", "q7 vv zz kx kach", NULL},
    {"one character twelve times", "aaaaaaaaaaaa", "common"},
    {"digits in a row", "123456789012", "common"},
    {"and backwards", "098765432109", "common"},
    {"a row of keys", "qwertyuiop@[", "common"},
    {"two rows of keys", "asdfghjklzxcvbnm", "common"},
    {"the alphabet", "abcdefghijklmnop", "common"},
    {"the common word", "passwordpassword", "common"},
    {"with its stand-ins", "P@$$w0rd2026!", "common"},
    {"the city and the year", "inashi202611", "common"},
    {"the city with signs between", "Ina-City-2026!!", "common"},
    {"the city in Japanese, again and again", "伊那市伊那市伊那市伊那市", "common"},
    {"hiragana", "ぱすわーどぱすわーど2026", "common"},
    {"the office, the section and a number", "shiyakusho-zeimuka-01", "common"},
    {"a short thing three times", "k7vbk7vbk7vb", "common"},
    {"several words that nobody listed", "correct horse battery", NULL},
    {"a listed word among others", "sakura no ki ga mieru mado", NULL},
    {"at random", "vK3-pq9z-Tw5m", NULL},
    {"Japanese words", "あおいそらとふるいじてんしゃ", NULL},
    {"the longest", "v4jq8zw1xk6tb3nm9rc5hd7gf2ps0ly v4jq8zw1", NULL},
};

START_TEST(passwords)
{
	read_list();
	const char *why = password_unfit(tried[_i].password, "kacho", easy);
	if (tried[_i].why)
		ck_assert_msg(why && strstr(why, tried[_i].why), "%s: %s", tried[_i].what,
			      why ? why : "taken");
	else
		ck_assert_msg(!why, "%s: %s", tried[_i].what, why);
}
END_TEST

/* The whole of what the method's table lets in, and more, stays inside the buffers. */
START_TEST(a_very_long_one)
{
	char s[2000];
	memset(s, 'x', sizeof s - 1);
	s[sizeof s - 1] = '\0';
	read_list();
	ck_assert_ptr_nonnull(password_unfit(s, "kacho", easy));
}
END_TEST

static TCase *password_case(void)
{
	TCase *t = tcase_create("passwords");
	tcase_add_loop_test(t, passwords, 0, sizeof tried / sizeof *tried);
	tcase_add_test(t, a_very_long_one);
	return t;
}

UNIT_MAIN("password", password_case)
