/* The digest port: RFC 6234 and RFC 4231 vectors, piecewise input, files, and its helpers. */
#include "adapters/sign/digest.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct digest_ops *const d = &digest_sodium;

struct sha_case {
	const char *what, *text;
	size_t repeat; /* the text this many times */
	const char *hex;
};
/* RFC 6234, section 8.5: TEST1, TEST2_1, TEST3, TEST4; and the empty message (FIPS 180). */
static const struct sha_case sha_cases[] = {
    {"empty", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"TEST1", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"TEST2_1", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"TEST3", "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"TEST4", "0123456701234567012345670123456701234567012345670123456701234567", 10,
     "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5"},
};

START_TEST(sha256_vectors)
{
	const struct sha_case *c = &sha_cases[_i];
	struct sha256_state s;
	uint8_t sum[32];
	char hex[65];

	d->sha256_begin(&s);
	for (size_t i = 0; i < c->repeat; i++)
		d->sha256_add(&s, c->text, strlen(c->text));
	d->sha256_end(&s, sum);
	digest_hex(sum, 32, hex);
	ck_assert_msg(strcmp(hex, c->hex) == 0, "%s: %s", c->what, hex);
}
END_TEST

START_TEST(a_state_can_be_copied_half_way)
{
	struct sha256_state a, b;
	uint8_t sa[32], sb[32];

	d->sha256_begin(&a);
	d->sha256_add(&a, "a", 1);
	b = a;
	d->sha256_add(&a, "bc", 2);
	d->sha256_add(&b, "bc", 2);
	d->sha256_end(&a, sa);
	d->sha256_end(&b, sb);
	ck_assert(d->equal(sa, sb, 32) == 1);
}
END_TEST

struct hmac_case {
	const char *what;
	uint8_t key[32]; /* shorter keys are zero-padded: HMAC pads them with zeros itself */
	const char *data;
	const char *hex;
};
/* RFC 4231 cases whose key fits 32 bytes: 1, 2, 4 (5 is truncated; 6 and 7 have long keys). */
static const struct hmac_case hmac_cases[] = {
    {"case 1",
     {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
      0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b},
     "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"case 2", "Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"case 4",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25},
     "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
     "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
     "\xcd\xcd\xcd\xcd",
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
};

START_TEST(hmac_vectors)
{
	const struct hmac_case *c = &hmac_cases[_i];
	uint8_t sum[32];
	char hex[65];

	d->hmac_sha256(c->key, c->data, strlen(c->data), sum);
	digest_hex(sum, 32, hex);
	ck_assert_msg(strcmp(hex, c->hex) == 0, "%s: %s", c->what, hex);
}
END_TEST

START_TEST(equal_compares_all_bytes)
{
	uint8_t a[32] = {0}, b[32] = {0};
	ck_assert_int_eq(d->equal(a, b, sizeof a), 1);
	for (size_t i = 0; i < sizeof a; i++) {
		b[i] = 1;
		ck_assert_int_eq(d->equal(a, b, sizeof a), 0);
		b[i] = 0;
	}
}
END_TEST

START_TEST(random_fills)
{
	uint8_t a[32] = {0}, b[32] = {0};
	d->random(a, sizeof a);
	d->random(b, sizeof b);
	ck_assert_int_eq(d->equal(a, b, sizeof a), 0);
}
END_TEST

START_TEST(files)
{
	char folder[TEMP_MAX], path[80], link[80], hex[65] = "untouched";
	temp_folder(folder, "digest");
	snprintf(path, sizeof path, "%s/f", folder);
	snprintf(link, sizeof link, "%s/l", folder);

	ck_assert_int_eq(digest_file(d, path, hex), E_NOTFOUND);
	ck_assert_int_eq(digest_file(d, folder, hex), E_IO); /* a folder */
	ck_assert_str_eq(hex, "untouched");

	FILE *f = fopen(path, "w");
	for (size_t i = 0; i < 1000000; i++)
		fputc('a', f); /* more than one piece: TEST3 again */
	fclose(f);
	ck_assert_int_eq(digest_file(d, path, hex), 0);
	ck_assert_str_eq(hex, sha_cases[3].hex);

	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(digest_file(d, link, hex), E_IO); /* never followed */
	unlink(link);
	unlink(path);
	rmdir(folder);
}
END_TEST

static void init(void)
{
	ck_assert_int_eq(d->init(), 0);
	ck_assert_int_eq(d->init(), 0); /* twice is harmless */
}

static TCase *digest_case(void)
{
	TCase *t = tcase_create("digest");
	tcase_add_checked_fixture(t, init, NULL);
	tcase_add_loop_test(t, sha256_vectors, 0, sizeof sha_cases / sizeof *sha_cases);
	tcase_add_test(t, a_state_can_be_copied_half_way);
	tcase_add_loop_test(t, hmac_vectors, 0, sizeof hmac_cases / sizeof *hmac_cases);
	tcase_add_test(t, equal_compares_all_bytes);
	tcase_add_test(t, random_fills);
	tcase_add_test(t, files);
	return t;
}

UNIT_MAIN("digest", digest_case)
