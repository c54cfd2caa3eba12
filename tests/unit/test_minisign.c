/* Minisign's formats, both ways, against the real minisign: keys with and without a password,
 * signatures, trusted comments, and what must be refused. */
#include "engine/sign.h"

#include "engine/digest.h"
#include "tests/support/store_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct digest_ops digest_sodium;
extern const struct sign_ops sign_minisign;
static const struct sign_ops *const s = &sign_minisign;

static char folder[256];

static void set_up(void)
{
	ck_assert_int_eq(digest_sodium.init(), 0);
	temp_folder(folder, "minisign");
}

static void tear_down(void)
{
	temp_remove(folder);
}

static const char *at(const char *name)
{
	static char path[4][512];
	static int i;
	i = (i + 1) % 4;
	snprintf(path[i], sizeof path[i], "%s/%s", folder, name);
	return path[i];
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static const char *get(const char *name)
{
	static char text[4][4096];
	static int i;
	i = (i + 1) % 4;
	FILE *f = fopen(at(name), "r");
	ck_assert_msg(f != NULL, "%s", name);
	text[i][fread(text[i], 1, sizeof text[i] - 1, f)] = '\0';
	fclose(f);
	return text[i];
}

/* minisign in the folder; `input`: what it reads, a password. Its status. */
static int minisign(const char *args, const char *input)
{
	char command[1024];
	snprintf(command, sizeof command, "cd %s && minisign %s >out 2>&1", folder, args);
	FILE *p = popen(command, "w");
	ck_assert_ptr_nonnull(p);
	fputs(input, p);
	int status = pclose(p);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct sign_key *key_of(const char *text, const char *password)
{
	struct sign_key *k = NULL;
	ck_assert_int_eq(s->secret_read(text, password, &k), 0);
	return k;
}

static struct sign_public public_of(const char *text)
{
	struct sign_public p;
	ck_assert_int_eq(s->public_read(text, &p), 0);
	return p;
}

#define WORDS "伊那市\nsecond line\n"
#define COMMENT "timestamp:1\tfile:words\tday:2026-12-07"

START_TEST(ours_is_read_by_minisign)
{
	char secret[SIGN_KEY_TEXT], public[SIGN_KEY_TEXT], signature[SIGN_TEXT], id[SIGN_ID_HEX];
	ck_assert_int_eq(s->generate(NULL, secret, public), 0);
	put("a.key", secret);
	put("a.pub", public);
	put("words", WORDS);
	struct sign_key *k = key_of(secret, NULL);
	ck_assert_int_eq(s->sign(k, WORDS, strlen(WORDS), COMMENT, signature), 0);
	put("words.minisig", signature);
	ck_assert_msg(minisign("-V -H -p a.pub -m words", "") == 0, "%s", get("out"));
	ck_assert_ptr_nonnull(strstr(get("out"), COMMENT)); /* it shows the trusted comment */
	struct sign_public p = public_of(public);
	s->id(&p, id);
	ck_assert_ptr_nonnull(strstr(public, id));
	/* the same input, the same text */
	char again[SIGN_TEXT];
	ck_assert_int_eq(s->sign(k, WORDS, strlen(WORDS), COMMENT, again), 0);
	ck_assert_str_eq(signature, again);
	/* our secret key signs with minisign */
	ck_assert_msg(minisign("-S -s a.key -m words -x other.minisig -t hello", "") == 0, "%s",
		      get("out"));
	ck_assert_int_eq(s->verify(&p, WORDS, strlen(WORDS), get("other.minisig")), 0);
	/* and its public key is the one we gave */
	ck_assert_msg(minisign("-R -s a.key -p again.pub", "") == 0, "%s", get("out"));
	struct sign_public q = public_of(get("again.pub"));
	ck_assert_mem_eq(&p, &q, sizeof p);
	s->secret_free(k);
}
END_TEST

START_TEST(minisigns_is_read_by_us)
{
	char signature[SIGN_TEXT];
	ck_assert_msg(minisign("-G -W -s b.key -p b.pub", "") == 0, "%s", get("out"));
	put("words", WORDS);
	ck_assert_msg(minisign("-S -s b.key -m words -t '" COMMENT "'", "") == 0, "%s", get("out"));
	struct sign_public p = public_of(get("b.pub"));
	ck_assert_int_eq(s->verify(&p, WORDS, strlen(WORDS), get("words.minisig")), 0);
	struct sign_key *k = key_of(get("b.key"), NULL);
	struct sign_public mine;
	s->public_of(k, &mine);
	ck_assert_mem_eq(&mine, &p, sizeof p);
	ck_assert_int_eq(s->sign(k, "", 0, "empty", signature), 0);
	ck_assert_int_eq(s->verify(&p, "", 0, signature), 0);
	s->secret_free(k);
	/* the key as `minisign -P` takes it */
	char line[128];
	ck_assert_int_eq(sscanf(get("b.pub"), "%*[^\n]\n%127s", line), 1);
	struct sign_public bare = public_of(line);
	ck_assert_mem_eq(&bare, &p, sizeof p);
	/* its old kind of signature is not hashed first: refused */
	ck_assert_msg(minisign("-S -l -s b.key -m words -x old.minisig", "") == 0, "%s",
		      get("out"));
	ck_assert_int_eq(s->verify(&p, WORDS, strlen(WORDS), get("old.minisig")), E_PROTO);
}
END_TEST

/* Both ways in one test: each scrypt of these limits takes seconds and 1 GiB. */
START_TEST(passwords)
{
	char secret[SIGN_KEY_TEXT], public[SIGN_KEY_TEXT];
	struct sign_key *k = NULL;
	put("words", WORDS);
	ck_assert_int_eq(s->generate("高遠 pass", secret, public), 0);
	ck_assert_int_eq(s->secret_read(secret, NULL, &k), E_AUTH);
	put("c.key", secret);
	put("c.pub", public);
	ck_assert_msg(minisign("-S -s c.key -m words", "高遠 pass\n") == 0, "%s", get("out"));
	ck_assert_msg(minisign("-V -p c.pub -m words", "") == 0, "%s", get("out"));
	ck_assert_msg(minisign("-G -s d.key -p d.pub", "secret\nsecret\n") == 0, "%s", get("out"));
	ck_assert_int_eq(s->secret_read(get("d.key"), "Secret", &k), E_AUTH);
	k = key_of(get("d.key"), "secret");
	struct sign_public mine, p = public_of(get("d.pub"));
	s->public_of(k, &mine);
	ck_assert_mem_eq(&mine, &p, sizeof p);
	s->secret_free(k);
}
END_TEST

START_TEST(what_is_refused)
{
	char secret[SIGN_KEY_TEXT], public[SIGN_KEY_TEXT], other[SIGN_KEY_TEXT];
	char good[SIGN_TEXT], bad[SIGN_TEXT], unused[SIGN_KEY_TEXT];
	ck_assert_int_eq(s->generate(NULL, secret, public), 0);
	ck_assert_int_eq(s->generate(NULL, unused, other), 0);
	struct sign_public p = public_of(public), q = public_of(other);
	struct sign_key *k = key_of(secret, NULL);
	ck_assert_int_eq(s->sign(k, WORDS, strlen(WORDS), COMMENT, good), 0);
	ck_assert_int_eq(s->verify(&p, WORDS, strlen(WORDS), good), 0);
	ck_assert_int_eq(s->verify(&p, WORDS, strlen(WORDS) - 1, good), E_AUTH);
	ck_assert_int_eq(s->verify(&q, WORDS, strlen(WORDS), good), E_NOTFOUND);
	struct sign_public mixed = q; /* the right id, another key */
	memcpy(mixed.id, p.id, sizeof mixed.id);
	ck_assert_int_eq(s->verify(&mixed, WORDS, strlen(WORDS), good), E_AUTH);

	static const struct {
		const char *from, *to;
		int err;
		const char *words;
	} cases[] = {
	    {"day:2026-12-07", "day:2026-12-08", E_AUTH, "the trusted comment was changed"},
	    {"trusted comment: t", "Trusted comment: t", E_PROTO, "no trusted comment"},
	    {"untrusted comment: ", "comment: ", E_PROTO, "no untrusted comment"},
	    {"\n", "", E_PROTO, "the lines run together"},
	    {"RUT", "RWQ", E_PROTO, "the old kind"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *hit = strstr(good, cases[i].from);
		/* the kind's letters are followed by the key's id, so their third may differ */
		if (!hit && i == 4)
			hit = strstr(good, "\nRU") + 1;
		ck_assert_msg(hit != NULL, "%s", cases[i].words);
		if (i == 4) {
			snprintf(bad, sizeof bad, "%s", good);
			bad[hit - good + 1] = 'W'; /* "Ed" for "ED" */
		} else {
			snprintf(bad, sizeof bad, "%.*s%s%s", (int)(hit - good), good, cases[i].to,
				 hit + strlen(cases[i].from));
		}
		ck_assert_msg(s->verify(&p, WORDS, strlen(WORDS), bad) == cases[i].err, "%s: %d",
			      cases[i].words, s->verify(&p, WORDS, strlen(WORDS), bad));
	}
	for (size_t n = 0; n < strlen(good) - 1; n++) { /* cut anywhere */
		snprintf(bad, n + 1, "%s", good);
		ck_assert_int_ne(s->verify(&p, WORDS, strlen(WORDS), bad), 0);
	}
	ck_assert_int_eq(s->sign(k, "", 0, "two\nlines", bad), E_INVALID);
	s->secret_free(k);

	static const char *const keys[] = {"", "untrusted comment: x\n",
					   "untrusted comment: x\nAAAA\n",
					   "untrusted comment: x\n!!!!\n"};
	struct sign_key *none = NULL;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		ck_assert_int_eq(s->secret_read(keys[i], NULL, &none), E_PROTO);
		ck_assert_int_eq(s->public_read(keys[i], &p), E_PROTO);
	}
	ck_assert_int_eq(s->secret_read(public, NULL, &none), E_PROTO);
	ck_assert_int_eq(s->public_read(secret, &p), E_PROTO);
	/* a byte of an unencrypted key turned: its checksum says so, and without one the halves do
	 */
	put("ours", secret);
	ck_assert_int_eq(minisign("-G -W -s theirs -p theirs.pub", ""), 0);
	static const char *const files[] = {"ours", "theirs"};
	for (size_t i = 0; i < 2; i++) {
		char text[SIGN_KEY_TEXT];
		snprintf(text, sizeof text, "%s", get(files[i]));
		char *at_byte = strchr(text, '\n') + 120;
		*at_byte = *at_byte == 'A' ? 'B' : 'A';
		ck_assert_int_eq(s->secret_read(text, NULL, &none), E_PROTO);
	}
}
END_TEST

static TCase *all(void)
{
	TCase *t = tcase_create("minisign");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, ours_is_read_by_minisign);
	tcase_add_test(t, minisigns_is_read_by_us);
	tcase_add_test(t, passwords);
	tcase_add_test(t, what_is_refused);
	return t;
}

UNIT_MAIN("minisign", all)
