/* The key of accounts' codes on the whole engine: made once, missed when it is gone, told from
 * another; and the ways back to a code. */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/account.h"

#include <sys/stat.h>

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static const char *in_var(const char *name)
{
	static char path[MAX_PATH_BYTES * 2];
	snprintf(path, sizeof path, "%s/var/%s", folder, name);
	return path;
}

/* An account in the store, sealed with the engine's key (or in clear, as of old). */
static void put_account(const char *user, enum account_token token, bool clear)
{
	struct account_rec r = {.user = user,
				.name = "高遠花子",
				.department = "zeimu",
				.roles = ROLE_STAFF,
				.state = ACCOUNT_ACTIVE,
				.password = "hash",
				.totp = SECRET,
				.invite = "",
				.made_by = "kanri",
				.until_day = DAY_NONE,
				.token = token,
				.digits = 6,
				.step_s = 30};
	ck_assert_int_eq(store_fake.begin(e->store, &e->tx.txn), 0);
	if (!clear)
		ck_assert_int_eq(account_seal(e, &r, SECRET), 0);
	ck_assert_int_eq(db_account_put(&e->tx, &r), 0);
	int err = 0;
	ck_assert_int_eq(store_fake.commit(e->tx.txn, &err), COMMIT_DONE);
	arena_reset(e->arena);
}

static struct account_rec account_now(const char *user)
{
	struct account_rec r;
	ck_assert_int_eq(LOOK(db_account_get(&tx, user, &r)), 0);
	return r;
}

static const char *alert_words(void)
{
	for (size_t i = 0; i < e->n_alerts; i++)
		if (strcmp(e->alerts[i].key, "account-key") == 0)
			return e->alerts[i].words;
	return "";
}

static void again(bool missing, uint8_t first)
{
	engine_free(e);
	e = NULL;
	conf.account_key_missing = missing;
	conf.account_key[0] = first;
	start_engine();
	settle();
}

START_TEST(a_first_start_makes_it)
{
	struct stat st;
	uint8_t made[32];
	static const uint8_t none[32];
	start_rig((struct rig){.lines = 1});
	again(true, 0);
	ck_assert(!e->account_key_gone);
	ck_assert(!alerted("account-key"));
	ck_assert_mem_ne(e->account_key, none, 32);
	ck_assert_int_eq(stat(in_var("accounts.key"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(in_var("accounts.id"), &st), 0);
	/* and is read, not made anew, if the same start has to be tried again */
	memcpy(made, e->account_key, 32);
	again(true, 0);
	ck_assert_mem_eq(e->account_key, made, 32);
	end_rig();
}
END_TEST

START_TEST(a_key_that_is_gone_is_not_made_anew)
{
	struct account_rec r = {.user = "taro"};
	char secret[SIGNIN_SEED];
	start_rig((struct rig){.lines = 1});
	put_account("hanako", TOKEN_PHONE, false);
	again(true, 0);
	ck_assert(e->account_key_gone);
	ck_assert(alerted("account-key"));
	ck_assert_int_ne(access(in_var("accounts.key"), F_OK), 0);
	ck_assert_int_eq(account_seal(e, &r, SECRET), E_STATE);
	r = account_now("hanako");
	ck_assert_int_eq(account_secret(e, &r, secret), E_AUTH);
	struct said s = ask(M_USER_TOKEN, "{\"user\":\"hanako\",\"kind\":\"hotp\",\"seed\":"
					  "\"3132333435363738393031323334353637383930\"}");
	ck_assert_int_eq(s.err, E_STATE);
	/* it comes back */
	again(false, 0);
	ck_assert(!alerted("account-key"));
	r = account_now("hanako");
	ck_assert_int_eq(account_secret(e, &r, secret), 0);
	ck_assert_str_eq(secret, SECRET);
	end_rig();
}
END_TEST

/* What a backup put back may be: not ours to read, empty. Also with nothing sealed none is made. */
START_TEST(a_key_that_cannot_be_used_is_one_that_is_gone)
{
	start_rig((struct rig){.lines = 1});
	snprintf(conf.account_key_why, sizeof conf.account_key_why, "accounts.key is empty");
	again(true, 0);
	ck_assert(e->account_key_gone);
	ck_assert_ptr_nonnull(strstr(alert_words(), "is empty"));
	ck_assert_int_ne(access(in_var("accounts.key"), F_OK), 0);
	conf.account_key_why[0] = '\0';
	again(false, 0);
	ck_assert(!alerted("account-key"));
	end_rig();
}
END_TEST

/* The engine starts; who is shut out is named, and each new link ends a part of it. */
START_TEST(another_key_is_told)
{
	char secret[SIGNIN_SEED];
	start_rig((struct rig){.lines = 1});
	put_account("hanako", TOKEN_PHONE, false);
	put_account("ichiro", TOKEN_HOTP, false);
	put_account("jiro", TOKEN_PHONE, true);
	again(false, 7);
	ck_assert_ptr_nonnull(strstr(alert_words(), "2 of 2"));
	ck_assert_uint_eq(e->accounts_shut, 2);
	struct account_rec r = account_now("jiro");
	ck_assert_str_eq(r.totp, SECRET); /* nothing is sealed with a key that is in doubt */
	ck_assert_int_eq(ask(M_USER_RESET, "{\"user\":\"hanako\"}").err, 0);
	ck_assert(alerted("account-key"));
	/* his seed can be read no more: the link is for a telephone */
	ck_assert_int_eq(ask(M_USER_RESET, "{\"user\":\"ichiro\"}").err, 0);
	ck_assert(!alerted("account-key"));
	r = account_now("ichiro");
	ck_assert_int_eq(r.token, TOKEN_PHONE);
	ck_assert_str_eq(r.totp, "");
	again(false, 7);
	ck_assert(!alerted("account-key"));
	r = account_now("jiro");
	ck_assert_int_eq(account_secret(e, &r, secret), 0);
	end_rig();
}
END_TEST

START_TEST(who_is_stopped_is_no_alert)
{
	start_rig((struct rig){.lines = 1});
	put_account("hanako", TOKEN_PHONE, false);
	ck_assert_int_eq(ask(M_USER_DISABLE, "{\"user\":\"hanako\"}").err, 0);
	again(false, 7);
	ck_assert(!alerted("account-key"));
	again(true, 0); /* but its secret is one all the same: no key is made over it */
	ck_assert(alerted("account-key"));
	end_rig();
}
END_TEST

static void put_key_file(void)
{
	char hex[65];
	digest_hex(conf.account_key, 32, hex);
	unlink(in_var("accounts.key"));
	temp_write(in_var("accounts.key"), hex, 64);
	ck_assert_int_eq(chmod(in_var("accounts.key"), 0600), 0);
}

/* As `osamed --check` sees it, by the note. */
static bool noted(void)
{
	struct problems problems;
	problems_init(&problems);
	int err = config_account_key_check(&conf, &digest_sodium, &problems);
	problems_free(&problems);
	return err == 0;
}

/* With a wrong key and only disabled accounts sealed nothing proves it right: it is not noted,
 * seals nothing, and is told as soon as one of them goes on. */
START_TEST(a_key_that_opens_only_nobody_is_not_the_right_one)
{
	start_rig((struct rig){.lines = 1});
	put_account("hanako", TOKEN_PHONE, false);
	again(false, 0);
	put_key_file();
	ck_assert(noted());
	ck_assert_int_eq(ask(M_USER_DISABLE, "{\"user\":\"hanako\"}").err, 0);
	put_account("jiro", TOKEN_PHONE, true);
	again(false, 7);
	put_key_file();
	ck_assert(!noted());
	ck_assert(!alerted("account-key"));
	ck_assert_str_eq(account_now("jiro").totp, SECRET);
	ck_assert_int_eq(ask(M_USER_ENABLE, "{\"user\":\"hanako\"}").err, 0);
	ck_assert_ptr_nonnull(strstr(alert_words(), "1 of 1"));
	ck_assert(alerted("account-key"));
	ck_assert_int_eq(ask(M_USER_DISABLE, "{\"user\":\"hanako\"}").err, 0);
	ck_assert(!alerted("account-key"));
	ck_assert(!noted());
	again(false, 0); /* the right one is still the right one */
	put_key_file();
	ck_assert(noted());
	end_rig();
}
END_TEST

/* Lost for good: when the last account has a new link, the new key is the right one at once. */
START_TEST(the_key_after_one_that_is_lost_is_noted)
{
	start_rig((struct rig){.lines = 1});
	put_account("hanako", TOKEN_PHONE, false);
	put_account("ichiro", TOKEN_PHONE, false);
	again(false, 0);
	again(false, 7);
	put_key_file();
	ck_assert(!noted());
	ck_assert_int_eq(ask(M_USER_RESET, "{\"user\":\"hanako\"}").err, 0);
	ck_assert_ptr_nonnull(strstr(alert_words(), "1 of 1"));
	ck_assert(!noted());
	ck_assert_int_eq(ask(M_USER_RESET, "{\"user\":\"ichiro\"}").err, 0);
	ck_assert(!alerted("account-key"));
	ck_assert(noted());
	end_rig();
}
END_TEST

START_TEST(older_secrets_are_sealed_at_the_start)
{
	char secret[SIGNIN_SEED];
	start_rig((struct rig){.lines = 1});
	put_account("hanako", TOKEN_PHONE, true);
	put_account("jiro", TOKEN_TOTP, true);
	again(false, 0);
	for (int i = 0; i < 2; i++) {
		struct account_rec r = account_now(i ? "jiro" : "hanako");
		ck_assert_int_eq(strncmp(r.totp, "sealed:", 7), 0);
		ck_assert_ptr_null(strstr(r.totp, "GEZD"));
		ck_assert_int_eq(account_secret(e, &r, secret), 0);
		ck_assert_str_eq(secret, SECRET);
	}
	end_rig();
}
END_TEST

static const struct {
	const char *what, *params;
	enum account_token before, after;
} links[] = {
    {"a link leaves the device with the account", "{\"user\":\"hanako\"}", TOKEN_HOTP, TOKEN_HOTP},
    {"one that is lost is forgotten", "{\"user\":\"hanako\",\"lost\":true}", TOKEN_HOTP,
     TOKEN_PHONE},
    {"by the clock too", "{\"user\":\"hanako\",\"lost\":true}", TOKEN_TOTP, TOKEN_PHONE},
    {"a telephone is a telephone", "{\"user\":\"hanako\",\"lost\":true}", TOKEN_PHONE, TOKEN_PHONE},
};

START_TEST(a_new_link)
{
	start_rig((struct rig){.lines = 1});
	put_account("hanako", links[_i].before, false);
	struct said s = ask(M_USER_RESET, links[_i].params);
	ck_assert_msg(s.err == 0, "%s: %s", links[_i].what, s.why);
	struct account_rec r = account_now("hanako");
	ck_assert_msg(r.token == links[_i].after, "%s", links[_i].what);
	ck_assert_msg((*r.totp != '\0') == (r.token != TOKEN_PHONE), "%s", links[_i].what);
	ck_assert_str_eq(r.password, "");
	end_rig();
}
END_TEST

static const struct {
	const char *what;
	enum control_method m;
	bool console;
	const char *params;
	int err;
} own[] = {
    {"a new link, at the operators' socket", M_USER_RESET, false, "{\"user\":\"tanto\"}", 0},
    {"not through the console", M_USER_RESET, true, "{\"user\":\"tanto\"}", E_DENIED},
    {"going on", M_USER_ENABLE, false, "{\"user\":\"tanto\"}", 0},
    {"that neither", M_USER_ENABLE, true, "{\"user\":\"tanto\"}", E_DENIED},
    {"he does not stop himself", M_USER_DISABLE, false, "{\"user\":\"tanto\"}", E_DENIED},
    {"nor give himself roles", M_USER_CHANGE, false, "{\"user\":\"tanto\",\"role\":\"auditor\"}",
     E_DENIED},
    {"another's, through the console", M_USER_RESET, true, "{\"user\":\"hanako\"}", 0},
};

/* The only administrator lost his telephone. */
START_TEST(his_own_account)
{
	start_rig((struct rig){.lines = 1});
	put_account("tanto", TOKEN_PHONE, false);
	put_account("hanako", TOKEN_PHONE, false);
	ask_uid = own[_i].console ? CALLER_NO_UID : 1000;
	struct said s = ask(own[_i].m, own[_i].params);
	ask_uid = 0;
	ck_assert_msg(s.err == own[_i].err, "%s: %s", own[_i].what, s.why);
	end_rig();
}
END_TEST

static TCase *seal_case(void)
{
	TCase *t = tcase_create("seal");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_first_start_makes_it);
	tcase_add_test(t, a_key_that_is_gone_is_not_made_anew);
	tcase_add_test(t, a_key_that_cannot_be_used_is_one_that_is_gone);
	tcase_add_test(t, another_key_is_told);
	tcase_add_test(t, who_is_stopped_is_no_alert);
	tcase_add_test(t, a_key_that_opens_only_nobody_is_not_the_right_one);
	tcase_add_test(t, the_key_after_one_that_is_lost_is_noted);
	tcase_add_test(t, older_secrets_are_sealed_at_the_start);
	tcase_add_loop_test(t, his_own_account, 0, sizeof own / sizeof *own);
	tcase_add_loop_test(t, a_new_link, 0, sizeof links / sizeof *links);
	return t;
}

UNIT_MAIN("seal", seal_case)
