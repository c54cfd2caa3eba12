/* Signing in: sessions, guessing, password hashes and one-time codes. */
#include "engine/control/guess.h"
#include "engine/control/session.h"
#include "engine/signin.h"
#include "tests/support/unit.h"

#include <string.h>

extern const struct digest_ops digest_sodium;
extern const struct signin_ops signin_sodium;

/* ---- sessions ---- */

static struct sessions s;

static void begin(void)
{
	ck_assert_int_eq(digest_sodium.init(), 0);
	s = (struct sessions){.digest = &digest_sodium, .idle_ms = 1000, .most_ms = 10000};
}

static void open_as(const char *user, int64_t now, char token[SESSION_TOKEN])
{
	struct caller who = {.roles = ROLE_STAFF};
	snprintf(who.user, sizeof who.user, "%s", user);
	const struct session *x = session_open(&s, &who, now, token);
	ck_assert_str_eq(x->who.user, user);
	ck_assert_uint_eq(strlen(token), 64);
	ck_assert_uint_eq(strlen(x->csrf), 64);
	ck_assert_str_ne(x->csrf, token);
}

START_TEST(a_session_is_its_tokens)
{
	char token[SESSION_TOKEN], other[SESSION_TOKEN], wrong[SESSION_TOKEN];
	begin();
	open_as("hanako", 0, token);
	open_as("taro", 0, other);
	const struct session *x = session_find(&s, token, 1, true);
	ck_assert_ptr_nonnull(x);
	ck_assert_str_eq(x->who.user, "hanako");
	ck_assert_ptr_null(memmem(&s, sizeof s, token, 64)); /* only its hash is kept */
	memcpy(wrong, token, sizeof wrong);
	wrong[63] = wrong[63] == '0' ? '1' : '0';
	ck_assert_ptr_null(session_find(&s, wrong, 1, true));
	ck_assert_ptr_null(session_find(&s, "", 1, true));
	ck_assert(session_csrf_ok(&s, x, x->csrf));
	ck_assert(!session_csrf_ok(&s, x, ""));
	ck_assert(!session_csrf_ok(&s, x, session_find(&s, other, 1, true)->csrf));
	session_close(&s, token);
	ck_assert_ptr_null(session_find(&s, token, 1, true));
	ck_assert_ptr_nonnull(session_find(&s, other, 1, true));
}
END_TEST

START_TEST(a_session_ends_by_time)
{
	char token[SESSION_TOKEN];
	begin();
	open_as("hanako", 0, token);
	ck_assert_ptr_nonnull(session_find(&s, token, 999, true));
	ck_assert_ptr_nonnull(session_find(&s, token, 1998, true)); /* each call moves it on */
	ck_assert_ptr_nonnull(
	    session_find(&s, token, 2997, false));               /* a page that looks by itself */
	ck_assert_ptr_null(session_find(&s, token, 2998, true)); /* moves nothing on */
	ck_assert_ptr_null(session_find(&s, token, 1998, true)); /* and it does not come back */
	open_as("hanako", 0, token);
	for (int64_t t = 900; t < 10000; t += 900)
		ck_assert_ptr_nonnull(session_find(&s, token, t, true));
	ck_assert_ptr_null(session_find(&s, token, 10000, true)); /* however busy it was */
}
END_TEST

START_TEST(places_are_bounded)
{
	char token[6][SESSION_TOKEN], filler[SESSION_TOKEN], user[32];
	begin();
	for (int i = 0; i < 5; i++)
		open_as("hanako", i, token[i]);
	ck_assert_ptr_null(session_find(&s, token[0], 5, true)); /* the oldest of five */
	for (int i = 1; i < 5; i++)
		ck_assert_ptr_nonnull(session_find(&s, token[i], 5, true));
	session_close_user(&s, "hanako");
	for (int i = 1; i < 5; i++)
		ck_assert_ptr_null(session_find(&s, token[i], 5, true));
	open_as("first", 10, token[0]);
	for (int i = 0; i < MAX_SESSIONS; i++) {
		snprintf(user, sizeof user, "u%d", i);
		open_as(user, 11, filler);
	}
	ck_assert_ptr_null(session_find(&s, token[0], 12, true));
	ck_assert_ptr_nonnull(session_find(&s, filler, 12, true));
}
END_TEST

/* ---- guessing ---- */

static struct guesses g;

static unsigned tries_until_wait(const char *user, const char *from, int64_t now)
{
	unsigned n = 0;
	while (n < 1000 && guess_begin(&g, user, from, now) == 0)
		n++;
	return n;
}

START_TEST(guessing_is_slowed_by_account_and_address)
{
	memset(&g, 0, sizeof g);
	ck_assert_uint_eq(tries_until_wait("hanako", "192.0.2.1", 1000), GUESS_FREE);
	ck_assert_int_eq(guess_begin(&g, "hanako", "192.0.2.1", 1000), GUESS_FIRST_MS);
	ck_assert_int_eq(guess_begin(&g, "taro", "192.0.2.1", 1000), 0);   /* a colleague */
	ck_assert_int_eq(guess_begin(&g, "hanako", "192.0.2.2", 1000), 0); /* herself, elsewhere */
	/* each try after a wait doubles it, up to a quarter of an hour; never for good */
	int64_t now = 1000, wait, last = GUESS_FIRST_MS / 2;
	for (int i = 0; i < 12; i++) {
		wait = guess_begin(&g, "hanako", "192.0.2.1", now);
		ck_assert_int_gt(wait, 0);
		ck_assert_int_eq(wait, last * 2 < GUESS_MOST_MS ? last * 2 : GUESS_MOST_MS);
		ck_assert_int_gt(guess_begin(&g, "hanako", "192.0.2.1", now + wait - 1), 0);
		now += wait;
		ck_assert_int_eq(guess_begin(&g, "hanako", "192.0.2.1", now), 0);
		last = wait;
	}
	ck_assert_uint_eq(tries_until_wait("hanako", "192.0.2.1", now + GUESS_FORGET_MS),
			  GUESS_FREE);
}
END_TEST

START_TEST(success_is_forgiven)
{
	memset(&g, 0, sizeof g);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(guess_begin(&g, "hanako", "::1", i), 0);
		guess_right(&g, "hanako", "::1");
	}
}
END_TEST

START_TEST(what_nobody_looked_at_does_not_count)
{
	memset(&g, 0, sizeof g);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(guess_begin(&g, "hanako", "::1", i), 0);
		guess_untried(&g, "hanako", "::1");
	}
	guess_untried(&g, "taro", "::1"); /* never counted */
	ck_assert_uint_eq(tries_until_wait("hanako", "::1", 1000), GUESS_FREE);
}
END_TEST

START_TEST(guessing_from_everywhere_is_slowed_too)
{
	char from[MAX_FROM];
	memset(&g, 0, sizeof g);
	unsigned n = 0;
	for (; n < 1000; n++) {
		snprintf(from, sizeof from, "2001:db8:0:%x::1", n);
		if (guess_begin(&g, "hanako", from, 1000))
			break;
	}
	ck_assert_uint_eq(n, GUESS_FREE_ANYWHERE);
}
END_TEST

static const struct {
	const char *what, *from, *net;
} nets[] = {
    {"IPv4 is itself", "192.0.2.1", "192.0.2.1"},
    {"IPv6 is its /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
    {"capitals and zeros are the same", "2001:0DB8:0001:0002:0:0:0:1", "2001:db8:1:2::/64"},
    {"the next /64 is another", "2001:db8:1:3::1", "2001:db8:1:3::/64"},
    {"IPv4 written as IPv6", "::ffff:192.0.2.1", "192.0.2.1"},
    {"the machine itself", "::1", "::/64"},
    {"no address", "1.2.3", "1.2.3"},
    {"the longest that is none", "11111111111111111111111111111111111111111111111",
     "111111111111111111111111111111111111111111111"},
};

START_TEST(what_counts_as_one_address)
{
	char net[MAX_FROM];
	guess_net(nets[_i].from, net);
	ck_assert_msg(strcmp(net, nets[_i].net) == 0, "%s: %s", nets[_i].what, net);
}
END_TEST

/* Who has one address of a /64 has all of them: trying from each is no new beginning, nor is
 * success from the next one another's. */
START_TEST(a_network_of_ipv6_is_one_address)
{
	char from[MAX_FROM];
	unsigned n = 0;
	memset(&g, 0, sizeof g);
	for (; n < 1000; n++) {
		snprintf(from, sizeof from, "2001:db8::%x", n);
		if (guess_begin(&g, "hanako", from, 1000))
			break;
	}
	ck_assert_uint_eq(n, GUESS_FREE);
	ck_assert_int_eq(guess_begin(&g, "hanako", "2001:db8:0:1::1", 1000), 0);
	guess_untried(&g, "hanako", "2001:db8:0:1::2");
	guess_right(&g, "hanako", "2001:db8::ffff");
	ck_assert_int_eq(guess_begin(&g, "hanako", "2001:db8::1", 1000), 0);
}
END_TEST

/* A flood of invented names does not wash away the count of the account that he is after. */
START_TEST(a_flood_forgets_nothing)
{
	char user[32];
	memset(&g, 0, sizeof g);
	ck_assert_uint_eq(tries_until_wait("hanako", "::1", 1000), GUESS_FREE);
	for (int i = 0; i < 3 * GUESS_PLACES; i++) {
		snprintf(user, sizeof user, "invented%d", i);
		ck_assert_int_eq(guess_begin(&g, user, "::1", 1001), 0);
	}
	ck_assert_int_gt(guess_begin(&g, "hanako", "::1", 1002), 0);
}
END_TEST

/* A table full of names that were tried as often as one may without waiting, then of such that
 * wait: whoever comes new is counted all the same, also beside another new one. */
START_TEST(who_comes_after_a_flood_is_counted)
{
	char user[32];
	for (unsigned tries = 1; tries <= GUESS_FREE; tries++) {
		memset(&g, 0, sizeof g);
		for (int i = 0; i < 3 * GUESS_PLACES; i++) {
			snprintf(user, sizeof user, "invented%d", i);
			for (unsigned k = 0; k < tries; k++)
				ck_assert_int_eq(guess_begin(&g, user, "::1", 1000 + i), 0);
		}
		unsigned n = 0, beside = 0;
		for (; n < 100 && guess_begin(&g, "hanako", "::1", 9000) == 0; n++) {
			snprintf(user, sizeof user, "between%u", n);
			beside += guess_begin(&g, user, "::1", 9000) == 0;
		}
		ck_assert_msg(n == GUESS_FREE && beside == n, "after %u tries each: %u", tries, n);
	}
}
END_TEST

/* Links are counted by address alone, in a table of their own. */
START_TEST(a_flood_of_links_pushes_out_nothing)
{
	char from[MAX_FROM];
	memset(&g, 0, sizeof g);
	ck_assert_uint_eq(tries_until_wait("hanako", "192.0.2.1", 1000), GUESS_FREE);
	ck_assert_int_eq(guess_begin(&g, "taro", "192.0.2.1", 1000), 0);
	for (unsigned i = 0; i < GUESS_FREE; i++)
		ck_assert_int_eq(guess_link_begin(&g, "", "192.0.2.1", 1001), 0);
	ck_assert_int_eq(guess_link_begin(&g, "", "192.0.2.1", 1001), GUESS_FIRST_MS);
	for (unsigned i = 0; i < 3 * GUESS_PLACES; i++) {
		snprintf(from, sizeof from, "2001:db8:0:%x::1", i);
		ck_assert_int_eq(guess_link_begin(&g, "", from, 1002), 0);
		ck_assert_int_eq(guess_link_begin(&g, "", from, 1002), 0);
	}
	ck_assert_int_gt(guess_begin(&g, "hanako", "192.0.2.1", 1003), 0);
	ck_assert_int_gt(guess_link_begin(&g, "", "192.0.2.1", 1003), 0);
	ck_assert_uint_eq(tries_until_wait("taro", "192.0.2.1", 1003), GUESS_FREE - 1);
	ck_assert_uint_eq(tries_until_wait("jiro", "192.0.2.1", 1003), GUESS_FREE);
}
END_TEST

/* Who has a true link has the code to guess: from many addresses he is counted by the account. */
START_TEST(codes_with_a_link_are_counted_from_everywhere)
{
	char from[MAX_FROM];
	unsigned n = 0;
	memset(&g, 0, sizeof g);
	for (; n < 100; n++) {
		snprintf(from, sizeof from, "2001:db8:0:%x::1", n);
		if (guess_link_begin(&g, "hanako", from, 1000))
			break;
		guess_link_code(&g, "hanako", 1000);
	}
	ck_assert_uint_eq(n, GUESS_FREE);
	ck_assert_int_eq(guess_link_begin(&g, "taro", from, 1000), 0);
	ck_assert_int_eq(guess_link_begin(&g, "", from, 1000), 0); /* who shows it without a code */
	guess_link_untried(&g, from);
	guess_link_right(&g, "hanako", from);
	ck_assert_int_eq(guess_link_begin(&g, "hanako", from, 1000), 0);
}
END_TEST

/* ---- the port ---- */

START_TEST(passwords)
{
	char hash[SIGNIN_HASH];
	begin();
	ck_assert_int_eq(signin_sodium.hash("正しい馬の電池", hash), 0);
	ck_assert(strncmp(hash, "$argon2id$", 10) == 0);
	ck_assert_int_eq(signin_sodium.verify(hash, "正しい馬の電池"), 0);
	ck_assert_int_eq(signin_sodium.verify(hash, "正しい馬の電地"), E_AUTH);
	ck_assert_int_eq(signin_sodium.verify(hash, ""), E_AUTH);
	ck_assert_int_eq(signin_sodium.verify("", ""), E_AUTH); /* nobody's */
	ck_assert_int_eq(signin_sodium.verify("$argon2id$nonsense", "x"), E_AUTH);
}
END_TEST

/* RFC 6238, appendix B: the last six of its eight digits. */
START_TEST(codes)
{
	static const struct {
		int64_t at;
		const char *code;
	} cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
		     {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
	static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
	struct signin_token phone = {.secret = secret, .digits = 6, .step_s = 30, .beside = 1};
	int64_t step = -1;
	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t now = cases[i].at / 30;
		for (int64_t beside = -2; beside <= 2; beside++) {
			if (now + beside < 0)
				continue;
			int err = signin_sodium.code(&phone, cases[i].code,
						     cases[i].at + beside * 30, &step);
			if (beside == -2 || beside == 2)
				ck_assert_int_eq(err, E_AUTH);
			else
				ck_assert(err == 0 && step == now);
		}
	}
	ck_assert_int_eq(signin_sodium.code(&phone, "", 59, &step), E_AUTH);
	ck_assert_int_eq(signin_sodium.code(&phone, "2870820", 59, &step), E_AUTH);
	phone.secret = "SHORT";
	ck_assert_int_eq(signin_sodium.code(&phone, "287082", 59, &step), E_INVALID);
	phone.secret = "gezdgnbvgy3tqojqgezdgnbvgy3tqojq";
	ck_assert_int_eq(signin_sodium.code(&phone, "287082", 59, &step), E_INVALID);
	char made[SIGNIN_SECRET], again[SIGNIN_SECRET];
	signin_sodium.secret(made);
	signin_sodium.secret(again);
	ck_assert_uint_eq(strlen(made), SIGNIN_SECRET - 1);
	ck_assert_str_ne(made, again);
	phone.secret = made;
	ck_assert_int_eq(signin_sodium.code(&phone, "", 59, &step), E_AUTH); /* it is a secret */
}
END_TEST

/* RFC 4226, appendix D; a token whose button was pressed in vain is caught up with, to a limit. */
START_TEST(codes_of_a_counter)
{
	static const char *const right[] = {"755224", "287082", "359152", "969429", "338314",
					    "254676", "287922", "162583", "399871", "520489"};
	struct signin_token t = {
	    .secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", .counter = true, .digits = 6};
	int64_t counter;
	begin();
	for (int i = 0; i < 10; i++) {
		t.last = -1;
		ck_assert_int_eq(signin_sodium.code(&t, right[i], 0, &counter), 0);
		ck_assert_int_eq(counter, i);
		t.last = i; /* good once, and those before it never more */
		ck_assert_int_eq(signin_sodium.code(&t, right[i], 0, &counter), E_AUTH);
	}
	t.last = 9 - SIGNIN_HOTP_AHEAD - 1;
	ck_assert_int_eq(signin_sodium.code(&t, right[9], 0, &counter), E_AUTH);
	t.digits = 7;
	ck_assert_int_eq(signin_sodium.code(&t, right[9], 0, &counter), E_INVALID);
}
END_TEST

/* RFC 6238, appendix B: eight digits, as hardware tokens show. */
START_TEST(codes_of_eight_digits)
{
	struct signin_token t = {
	    .secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", .digits = 8, .step_s = 30, .beside = 2};
	int64_t step;
	begin();
	ck_assert_int_eq(signin_sodium.code(&t, "94287082", 59, &step), 0);
	ck_assert_int_eq(signin_sodium.code(&t, "14050471", 1111111111 + 60, &step), 0);
	ck_assert_int_eq(signin_sodium.code(&t, "14050471", 1111111111 + 90, &step), E_AUTH);
	ck_assert_int_eq(signin_sodium.code(&t, "287082", 59, &step), E_AUTH);
}
END_TEST

static const struct {
	const char *text;
	bool hex;
	const char *is; /* NULL: refused */
} seeds[] = {
    {"3132333435363738393031323334353637383930", true, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
    {"31323334 35363738 39303132 33343536 37383930\n", true, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
    {"gezd gnbv gy3t qojq gezd gnbv gy3t qojq", false, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"},
    {"ff00ff00ff00ff00ff00ff00ff00ff00", true, "74AP6AH7AD7QB7YA74AP6AH7AA"},
    {"74AP6AH7AD7QB7YA74AP6AH7AA======", false, "74AP6AH7AD7QB7YA74AP6AH7AA"},
    {"ff00ff00ff00ff00ff00ff00ff00ff", true, NULL},
    {"ff00ff00ff00ff00ff00ff00ff00ff00f", true, NULL},
    {"xf00ff00ff00ff00ff00ff00ff00ff00", true, NULL},
    {"GEZDGNBVGY3TQOJ", false, NULL},
    {"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", false, NULL},
    {"", true, NULL},
};

START_TEST(seeds_as_makers_write_them)
{
	char out[SIGNIN_SEED] = "";
	begin();
	int err = signin_sodium.seed(seeds[_i].text, seeds[_i].hex, out);
	ck_assert_int_eq(err, seeds[_i].is ? 0 : E_INVALID);
	if (seeds[_i].is)
		ck_assert_str_eq(out, seeds[_i].is);
}
END_TEST

START_TEST(the_longest_seed)
{
	char hex[131], out[SIGNIN_SEED];
	begin();
	memset(hex, 'f', 130);
	hex[128] = '\0';
	ck_assert_int_eq(signin_sodium.seed(hex, true, out), 0);
	ck_assert_uint_eq(strlen(out), SIGNIN_SEED - 1);
	hex[128] = 'f';
	hex[130] = '\0';
	ck_assert_int_eq(signin_sodium.seed(hex, true, out), E_INVALID);
}
END_TEST

START_TEST(a_seal)
{
	uint8_t key[SIGNIN_KEY] = {1}, other[SIGNIN_KEY] = {2};
	char sealed[SIGNIN_SEALED], again[SIGNIN_SEALED], out[SIGNIN_SEALED], large[600];
	begin();
	ck_assert_int_eq(signin_sodium.seal(key, "hanako GEZDG", sealed), 0);
	ck_assert_int_eq(signin_sodium.seal(key, "hanako GEZDG", again), 0);
	ck_assert_str_ne(sealed, again); /* nobody sees that two are the same */
	ck_assert_int_eq(signin_sodium.unseal(key, sealed, out, sizeof out), 0);
	ck_assert_str_eq(out, "hanako GEZDG");
	ck_assert_int_eq(signin_sodium.unseal(other, sealed, out, sizeof out), E_AUTH);
	ck_assert_int_eq(signin_sodium.unseal(key, "", out, sizeof out), E_AUTH);
	ck_assert_int_eq(signin_sodium.unseal(key, sealed, out, 12), E_LIMIT);
	for (size_t i = 0; i < strlen(sealed); i++) {
		char was = sealed[i];
		sealed[i] = was == 'a' ? 'b' : 'a';
		ck_assert_int_eq(signin_sodium.unseal(key, sealed, out, sizeof out), E_AUTH);
		sealed[i] = was;
	}
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	ck_assert_int_eq(signin_sodium.seal(key, large, sealed), E_LIMIT);
}
END_TEST

static TCase *signin_case(void)
{
	TCase *t = tcase_create("signin");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_session_is_its_tokens);
	tcase_add_test(t, a_session_ends_by_time);
	tcase_add_test(t, places_are_bounded);
	tcase_add_test(t, guessing_is_slowed_by_account_and_address);
	tcase_add_test(t, success_is_forgiven);
	tcase_add_test(t, what_nobody_looked_at_does_not_count);
	tcase_add_test(t, guessing_from_everywhere_is_slowed_too);
	tcase_add_loop_test(t, what_counts_as_one_address, 0, sizeof nets / sizeof *nets);
	tcase_add_test(t, a_network_of_ipv6_is_one_address);
	tcase_add_test(t, a_flood_forgets_nothing);
	tcase_add_test(t, who_comes_after_a_flood_is_counted);
	tcase_add_test(t, a_flood_of_links_pushes_out_nothing);
	tcase_add_test(t, codes_with_a_link_are_counted_from_everywhere);
	tcase_add_test(t, passwords);
	tcase_add_test(t, codes);
	tcase_add_test(t, codes_of_a_counter);
	tcase_add_test(t, codes_of_eight_digits);
	tcase_add_loop_test(t, seeds_as_makers_write_them, 0, sizeof seeds / sizeof *seeds);
	tcase_add_test(t, the_longest_seed);
	tcase_add_test(t, a_seal);
	return t;
}

UNIT_MAIN("sign-in", signin_case)
