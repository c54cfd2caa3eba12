/* Secrets of the configuration: read from files of their own, that nobody else may read. */
#include "tests/unit/config_rig.inc"

#define WITH_FILE ENGINE VOICE "user = u\npassword_file = pw\n" SMS DROP DEPARTMENT USER

START_TEST(a_password_from_a_file)
{
	struct problems p;
	struct config *c;
	file_in("pw", "s3cret # 1\n", 11, 0600);
	ck_assert_int_eq(load(WITH_FILE, &p, &c), 0);
	ck_assert_str_eq(c->voice.trunks[0].password, "s3cret # 1");
	config_free(c);
	problems_free(&p);
}
END_TEST

START_TEST(password_files_that_are_refused)
{
	static const struct {
		const char *what, *text;
		size_t n;
		mode_t mode;
		const char *words;
	} cases[] = {
	    {"the group may read it", "x\n", 2, 0640, "mode 0640, others may use it: chmod 600"},
	    {"everybody may read it", "x\n", 2, 0604, "chmod 600"},
	    {"empty", "", 0, 0600, "is empty"},
	    {"an empty line", "\n", 1, 0600, "is empty"},
	    {"two lines", "a\nb\n", 4, 0600, "one line of UTF-8"},
	    {"not UTF-8", "\xff\n", 2, 0600, "one line of UTF-8"},
	    {"too long",
	     "0123456789012345678901234567890123456789012345678901234567890123456789"
	     "0123456789012345678901234567890123456789012345678901234567890123456789",
	     140, 0600, "too long: at most 127 bytes"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problems p;
		struct config *c;
		file_in("pw", cases[i].text, cases[i].n, cases[i].mode);
		ck_assert_msg(load(WITH_FILE, &p, &c) == E_INVALID, "%s", cases[i].what);
		ck_assert_msg(has_problem(&p, 11, cases[i].words), "%s", cases[i].what);
		problems_free(&p);
	}
}
END_TEST

START_TEST(a_password_in_a_file_that_everybody_reads)
{
	static const char text[] =
	    ENGINE VOICE "user = u\npassword = secret\n" SMS DROP DEPARTMENT USER;
	struct problems p;
	struct config *c;
	ck_assert_int_eq(load_bytes(text, sizeof text - 1, 0644, &p, &c), E_INVALID);
	ck_assert(has_problem(&p, 11, "everybody may read this file"));
	for (size_t i = 0; i < p.n; i++)
		ck_assert_ptr_null(
		    strstr(p.list[i].what, "secret\"")); /* never the secret itself */
	problems_free(&p);
	ck_assert_int_eq(load_bytes(text, sizeof text - 1, 0640, &p, &c), 0);
	ck_assert_str_eq(c->voice.trunks[0].password, "secret");
	config_free(c);
	problems_free(&p);
}
END_TEST

static void counting(void *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((unsigned char *)to)[i] = (unsigned char)i;
}

START_TEST(the_key_of_receipts_is_made_once)
{
	struct problems p;
	struct config *c;
	struct stat st;
	char path[MAX_PATH_BYTES + 32];
	uint8_t first[32];
	ck_assert_int_eq(load(ENGINE REST, &p, &c), 0);
	ck_assert_int_lt(config_receipt_key(c, counting, &p), 0); /* var is not there */
	ck_assert_int_eq(mkdir(c->engine.var, 0700), 0);
	ck_assert_int_eq(config_receipt_key(c, counting, &p), 0);
	ck_assert_int_eq(c->sms.receipt_key[31], 31);
	memcpy(first, c->sms.receipt_key, 32);
	snprintf(path, sizeof path, "%s/receipt.key", c->engine.var);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 65);
	memset(c->sms.receipt_key, 0, 32);
	ck_assert_int_eq(config_receipt_key(c, NULL, &p), 0); /* found: nothing is made */
	ck_assert_mem_eq(c->sms.receipt_key, first, 32);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(config_receipt_key(c, NULL, &p), E_INVALID);
	config_free(c);
	problems_free(&p);
}
END_TEST

START_TEST(a_named_key_of_receipts)
{
	struct problems p;
	struct config *c;
	char hex[66];
	memset(hex, 'a', 64);
	strcpy(hex + 64, "\n");
	file_in("rk", hex, 65, 0600);
	ck_assert_int_eq(
	    load(ENGINE VOICE SMS "[sms]\nreceipt_key_file = rk\n" DROP DEPARTMENT USER, &p, &c),
	    0);
	ck_assert_int_eq(config_receipt_key(c, NULL, &p), 0);
	ck_assert_int_eq(c->sms.receipt_key[7], 0xaa);
	hex[5] = 'g';
	file_in("rk", hex, 65, 0600);
	ck_assert_int_eq(config_receipt_key(c, NULL, &p), E_INVALID);
	file_in("rk", "ab\n", 3, 0600);
	ck_assert_int_eq(config_receipt_key(c, NULL, &p), E_INVALID);
	ck_assert(has_problem(&p, 0, "64 hex digits"));
	config_free(c);
	problems_free(&p);
}
END_TEST

static TCase *secrets(void)
{
	TCase *t = tcase_create("secrets");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_password_from_a_file);
	tcase_add_test(t, password_files_that_are_refused);
	tcase_add_test(t, a_password_in_a_file_that_everybody_reads);
	tcase_add_test(t, the_key_of_receipts_is_made_once);
	tcase_add_test(t, a_named_key_of_receipts);
	return t;
}

UNIT_MAIN("config_secrets", secrets)
