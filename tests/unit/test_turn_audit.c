/* The audit log on the whole engine: what is on it, and that a change of any row is found. */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/account.h"

struct rows {
	size_t n;
	struct row {
		struct audit_rec rec;
		char *bytes;
	} list[64];
};

static int keep_row(void *arg, struct bytes key, struct bytes value)
{
	struct rows *all = arg;
	struct row *r = &all->list[all->n++];
	(void)key;
	r->bytes = malloc(value.n);
	memcpy(r->bytes, value.p, value.n);
	ck_assert_int_eq(audit_read((struct bytes){r->bytes, value.n}, &r->rec), 0);
	return 0;
}

/* The newest first. */
static void read_rows(struct rows *all)
{
	all->n = 0;
	ck_assert_int_eq(LOOK(db_scan(&tx, T_AUDIT, "", 0, 0, 0, keep_row, all)), 0);
}

static void free_rows(struct rows *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i].bytes);
}

START_TEST(every_command_is_a_row)
{
	struct rows all;
	start_rig((struct rig){.lines = 1});
	ask(M_HOLD_ADD, "{\"person\":\"1001\",\"kind\":\"care\",\"reason\":\"窓口\"}");
	ask(M_HOLD_END, "{\"person\":\"1001\",\"hold\":99,\"reason\":\"x\"}");
	ask(M_TARGET_SHOW, "{\"run\":1,\"person\":\"1001\"}"); /* a look, before its read */
	read_rows(&all);
	ck_assert_uint_eq(all.n, 3);
	static const char *const wanted[][3] = {
	    {"target.show", "looked", "{\"run\":1,\"person\":\"1001\"}"},
	    {"hold.end", "refused: not found",
	     "{\"person\":\"1001\",\"hold\":99,\"reason\":\"x\"}"},
	    {"hold.add", "done", "{\"person\":\"1001\",\"kind\":\"care\",\"reason\":\"窓口\"}"}};
	for (size_t i = 0; i < 3; i++) {
		const struct audit_rec *r = &all.list[i].rec;
		ck_assert_uint_eq(r->row, 3 - i);
		ck_assert_str_eq(r->method, wanted[i][0]);
		ck_assert_str_eq(r->result, wanted[i][1]);
		ck_assert_str_eq(r->params, wanted[i][2]);
		ck_assert_str_eq(r->user, "tanto");
		if (i > 0)
			ck_assert_str_eq(all.list[i - 1].rec.before, r->hash);
	}
	ck_assert_str_eq(all.list[2].rec.before,
			 "0000000000000000000000000000000000000000000000000000000000000000");
	free_rows(&all);
	end_rig();
}
END_TEST

/* The hash covers every field. */
START_TEST(a_change_of_any_field_changes_the_hash)
{
	struct audit_rec r = {.row = 7,
			      .at_ms = 1,
			      .user = "a",
			      .department = "b",
			      .from = "c",
			      .method = "d",
			      .params = "e",
			      .result = "f",
			      .before = "0"};
	char first[AUDIT_HASH], other[AUDIT_HASH];
	ck_assert_int_eq(digest_sodium.init(), 0);
	audit_hash(&digest_sodium, &r, first);
	const char **fields[] = {&r.user,   &r.department, &r.from,  &r.method,
				 &r.params, &r.result,     &r.before};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const char *was = *fields[i];
		*fields[i] = "x";
		audit_hash(&digest_sodium, &r, other);
		ck_assert_str_ne(first, other);
		*fields[i] = was;
	}
	r.row++;
	audit_hash(&digest_sodium, &r, other);
	ck_assert_str_ne(first, other);
	r.row--;
	r.at_ms++;
	audit_hash(&digest_sodium, &r, other);
	ck_assert_str_ne(first, other);
}
END_TEST

/* An account that was written before there were tokens, certificates and a seal. */
START_TEST(an_older_account)
{
	char buf[512];
	const char *words[] = {"hanako", "高遠花子", "zeimu", "hash", "GEZDGNBVGY3TQOJQ", "", "me"};
	int roles = ROLE_STAFF, state = ACCOUNT_ACTIVE;
	int64_t step = 7, zero = 0;
	int32_t day = DAY_NONE;
	struct codec c;
	struct account_rec back;
	codec_write(&c, buf, sizeof buf, 9);
	for (int i = 0; i < 3; i++)
		codec_str(&c, &words[i]);
	codec_int(&c, &roles);
	codec_int(&c, &state);
	codec_str(&c, &words[3]);
	codec_str(&c, &words[4]);
	codec_i64(&c, &step);
	codec_str(&c, &words[5]);
	for (int i = 0; i < 3; i++)
		codec_i64(&c, &zero);
	codec_str(&c, &words[6]);
	codec_i32(&c, &day);
	ck_assert_int_eq(codec_end(&c), 0);
	ck_assert_int_eq(account_read((struct bytes){buf, c.n}, &back), 0);
	ck_assert_str_eq(back.user, "hanako");
	ck_assert_str_eq(back.made_by, "me");
	ck_assert_int_eq(back.token, TOKEN_PHONE);
	ck_assert_str_eq(back.certificate, "");
}
END_TEST

/* A secret belongs to one account: another's, put into the record by who can write the store, opens
 * nothing; nor does one of another key. */
START_TEST(a_sealed_secret_is_one_accounts)
{
	char secret[SIGNIN_SEED];
	int64_t step;
	struct account_rec hanako = {.user = "hanako"}, taro = {.user = "taro"},
			   hana = {.user = "hana"};
	start_rig((struct rig){.lines = 1});
	ck_assert_int_eq(account_seal(e, &hanako, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), 0);
	ck_assert_ptr_null(strstr(hanako.totp, "GEZD"));
	ck_assert_int_eq(account_secret(e, &hanako, secret), 0);
	ck_assert_str_eq(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	ck_assert_int_eq(account_code(e, &hanako, "287082", 59, &step), 0);
	taro.totp = hana.totp = hanako.totp;
	ck_assert_int_eq(account_secret(e, &taro, secret), E_AUTH);
	ck_assert_int_eq(account_secret(e, &hana, secret), E_AUTH);
	ck_assert_int_eq(account_code(e, &taro, "287082", 59, &step), E_AUTH);
	e->account_key[0] ^= 1;
	ck_assert_int_eq(account_code(e, &hanako, "287082", 59, &step), E_AUTH);
	e->account_key[0] ^= 1;
	taro.totp = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; /* of old, in clear */
	ck_assert_int_eq(account_code(e, &taro, "287082", 59, &step), 0);
	taro.totp = "";
	ck_assert_int_eq(account_code(e, &taro, "287082", 59, &step), E_AUTH);
	end_rig();
}
END_TEST

static TCase *audit_case(void)
{
	TCase *t = tcase_create("audit");
	tcase_add_test(t, every_command_is_a_row);
	tcase_add_test(t, an_older_account);
	tcase_add_test(t, a_sealed_secret_is_one_accounts);
	tcase_add_test(t, a_change_of_any_field_changes_the_hash);
	return t;
}

UNIT_MAIN("audit", audit_case)
