/*
 * The one list of keys, from which the parser, --dump and the manual come: each of them says
 * the same. And the words of its values: roles, peers' URIs.
 */
#include "tests/unit/config_rig.inc"

START_TEST(dump_is_a_valid_file_with_every_key)
{
	struct problems p;
	struct config *c;
	char *text = NULL, line[64];
	size_t n;
	FILE *to = open_memstream(&text, &n);
	config_dump(to);
	fclose(to);
	int err = load(text, &p, &c);
	problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	ck_assert_int_eq(c->engine.receipt_wait, 30 * 60 * 1000);
	config_free(c);
	problems_free(&p);
	for (size_t s = 0; s < SECTIONS; s++) {
		for (size_t k = 0; k < config_sections[s].n; k++) {
			snprintf(line, sizeof line, "%s =", config_sections[s].keys[k].name);
			ck_assert_msg(strstr(text, line) != NULL, "%s", line);
			ck_assert_ptr_nonnull(strstr(text, config_sections[s].keys[k].words));
		}
	}
	free(text);
}
END_TEST

/* Defaults and examples pass their own checks; a default left out equals the default written. */
START_TEST(every_default_parses)
{
	char why[MAX_WORDS] = "";
	char member[MAX_PATH_BYTES];
	for (size_t s = 0; s < SECTIONS; s++) {
		for (size_t i = 0; i < config_sections[s].n; i++) {
			const struct config_key *k = &config_sections[s].keys[i];
			ck_assert_uint_le(k->size, sizeof member);
			if (*k->value || k->type != V_INSTANT)
				ck_assert_msg(value_parse(k, "/x", k->value, member, why) == 0,
					      "%s: %s", k->name, why);
			for (size_t j = 0; j < i; j++)
				ck_assert_str_ne(k->name, config_sections[s].keys[j].name);
		}
	}
}
END_TEST

/* What settings.list shows, written into a file again, is the same value; a secret is not shown. */
START_TEST(every_value_is_text_again)
{
	char *one = calloc(1, sizeof(struct config)), *two = calloc(1, sizeof(struct config));
	char why[MAX_WORDS] = "", text[CONFIG_VALUE_TEXT];
	for (size_t s = 0; s < SECTIONS; s++) {
		for (size_t i = 0; i < config_sections[s].n; i++) {
			const struct config_key *k = &config_sections[s].keys[i];
			memset(one, 0, sizeof(struct config));
			memset(two, 0, sizeof(struct config));
			if (!*k->value)
				continue;
			ck_assert_int_eq(value_parse(k, "/x", k->value, one + k->offset, why), 0);
			config_value_text(k, one, text, sizeof text);
			if (k->type == V_SECRET) {
				ck_assert_str_eq(text, CONFIG_SECRET_SET);
				continue;
			}
			ck_assert_msg(value_parse(k, "/x", text, two + k->offset, why) == 0,
				      "%s = %s became \"%s\": %s", k->name, k->value, text, why);
			ck_assert_msg(memcmp(one, two, sizeof(struct config)) == 0,
				      "%s = %s became \"%s\"", k->name, k->value, text);
		}
	}
	free(one);
	free(two);
}
END_TEST

static const struct {
	const char *key, *written, *shown;
} shown[] = {
    {"session_idle", "1800 s", "30 min"},
    {"session_idle", "90 min", "90 min"},
    {"session_most", "24 h", "1 d"},
    {"month_limit", "1234.5", "1234.50"},
    {"payments_check", "age", "age"},
    {"roles", "staff manager", "manager staff"},
    {"stale", "0 s", "0 s"},
    {"callback_hours", "8:30-17:15", "8:30-17:15"},
    {"daily", "yes", "yes"},
    {"key_password", "", ""},
};

START_TEST(values_as_people_write_them)
{
	char *base = calloc(1, sizeof(struct config));
	char why[MAX_WORDS] = "", text[CONFIG_VALUE_TEXT];
	const struct config_key *k = NULL;
	for (size_t s = 0; s < SECTIONS; s++)
		for (size_t i = 0; i < config_sections[s].n; i++)
			if (strcmp(config_sections[s].keys[i].name, shown[_i].key) == 0)
				k = &config_sections[s].keys[i];
	ck_assert_ptr_nonnull(k);
	if (*shown[_i].written)
		ck_assert_int_eq(value_parse(k, "/x", shown[_i].written, base + k->offset, why), 0);
	config_value_text(k, base, text, sizeof text);
	ck_assert_str_eq(text, shown[_i].shown);
	free(base);
}
END_TEST

static char *slurp(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *from = fopen(path, "r");
	ck_assert_msg(from != NULL, "%s: run from the project's folder", path);
	ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, from), (1 << 20) - 1);
	fclose(from);
	return text;
}

START_TEST(the_manual_is_the_list)
{
	char *made = NULL;
	size_t n;
	FILE *to = open_memstream(&made, &n);
	config_manual(to);
	fclose(to);
	char *doc = slurp("docs/configuration.md");
	ck_assert_msg(strstr(doc, made) != NULL, "docs/configuration.md is old: run `make docs`");
	free(doc);
	free(made);
}
END_TEST

START_TEST(the_sample_is_right)
{
	struct problems p;
	struct config *c = NULL;
	problems_init(&p);
	int err = config_load("docs/osame.conf", &p, &c);
	problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	config_free(c);
	problems_free(&p);
}
END_TEST

START_TEST(words_of_roles)
{
	char out[96];
	ck_assert_str_eq(config_role_words(ROLE_MANAGER | ROLE_VENDOR, out), "manager vendor");
	ck_assert_str_eq(config_role_words(ROLES_ALL, out),
			 "administrator manager staff operator auditor vendor");
	ck_assert_str_eq(config_role_words(0, out), "");
}
END_TEST

/* ---- peers' URIs ---- */

START_TEST(uris)
{
	static const struct {
		const char *uri;
		enum uri_kind kind;
		int err;
		const char *host;
		int port;
		bool loopback;
	} cases[] = {
	    {"sip:127.0.0.1", URI_SIP, 0, "127.0.0.1", 0, true},
	    {"sips:trunk.example:5061", URI_SIP, 0, "trunk.example", 5061, false},
	    {"sip:[::1]:5060", URI_SIP, 0, "::1", 5060, true},
	    {"sip:[2001:db8::1]", URI_SIP, 0, "2001:db8::1", 0, false},
	    {"sip:127.0.0.1;transport=tcp", URI_SIP, 0, "127.0.0.1", 0, true},
	    {"sip:127.1", URI_SIP, 0, "127.1", 0, false},
	    {"sip:2130706433", URI_SIP, 0, "2130706433", 0, false},
	    {"sip:a@127.0.0.1", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:127.0.0.1;maddr=1.2.3.4", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:127.0.0.1;transport=tcp;maddr=1.2.3.4", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:127.0.0.1?Route=x", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:127.0.0.1:0", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:127.0.0.1:65536", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:127.0.0.1:", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:[::1", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:[127.0.0.1]", URI_SIP, E_INVALID, "", 0, false},
	    {"sip:[::1]x", URI_SIP, E_INVALID, "", 0, false},
	    {"http://127.0.0.1", URI_HTTP, 0, "127.0.0.1", 0, true},
	    {"https://127.9.9.9:443/a/b", URI_HTTP, 0, "127.9.9.9", 443, true},
	    {"http://127.0.0.1@elsewhere/", URI_HTTP, E_INVALID, "", 0, false},
	    {"http://127.0.0.1\\@elsewhere/", URI_HTTP, E_INVALID, "", 0, false},
	    {"http:/127.0.0.1/", URI_HTTP, E_INVALID, "", 0, false},
	    {"ftp://127.0.0.1/", URI_HTTP, E_INVALID, "", 0, false},
	    {"http://127.0.0.1/a b", URI_HTTP, E_INVALID, "", 0, false},
	    {"http://127.0.0.1#x", URI_HTTP, E_INVALID, "", 0, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct uri u = {"", "", 0};
		const char *why = NULL;
		int err = uri_parse(cases[i].uri, cases[i].kind, &u, &why);
		ck_assert_msg(err == cases[i].err, "%s: %d", cases[i].uri, err);
		ck_assert_msg((why != NULL) == (err != 0), "%s", cases[i].uri);
		ck_assert_msg(strcmp(u.host, cases[i].host) == 0, "%s: %s", cases[i].uri, u.host);
		ck_assert_msg(u.port == cases[i].port, "%s: %d", cases[i].uri, u.port);
		ck_assert_msg(uri_host_is_loopback(u.host) == cases[i].loopback, "%s",
			      cases[i].uri);
	}
}
END_TEST

static TCase *list(void)
{
	TCase *t = tcase_create("list");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, dump_is_a_valid_file_with_every_key);
	tcase_add_test(t, every_default_parses);
	tcase_add_test(t, every_value_is_text_again);
	tcase_add_loop_test(t, values_as_people_write_them, 0, sizeof shown / sizeof *shown);
	tcase_add_test(t, the_manual_is_the_list);
	tcase_add_test(t, the_sample_is_right);
	tcase_add_test(t, words_of_roles);
	tcase_add_test(t, uris);
	return t;
}

UNIT_MAIN("config_list", list)
