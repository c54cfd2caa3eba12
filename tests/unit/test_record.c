/* Stored records: what is written is read again, damaged bytes are E_CORRUPT and never more than
 * that, keys sort as what they stand for. */
#include "engine/turn/record.h"
#include "engine/turn/db.h"
#include "tests/support/unit.h"

#include <string.h>

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static char bytes[MAX_RECORD_BYTES];

static struct target full_target(void)
{
	struct target t = {.run = UINT32_MAX,
			   .id = 7,
			   .person = "000000000012345",
			   .state = TARGET_WAITING,
			   .why = OUT_UNKNOWN,
			   .name = "髙橋　德\xf3\xa0\x84\x80",
			   .kana = "タカハシ　トク",
			   .birth_md = 1231,
			   .n_numbers = MAX_NUMBERS,
			   .n_debts = MAX_TARGET_DEBTS,
			   .debts_version = UINT64_MAX,
			   .attempt = 1,
			   .due_ms = INT64_MAX,
			   .unspeakable = true,
			   .not_before_ms = INT64_MIN,
			   .branch_text = "reminder",
			   .branch_number = -1,
			   .branch_wave = 3,
			   .attempt_count = 9,
			   .n_past = MAX_TARGET_ATTEMPTS,
			   .contact = CONTACT_GUARDIAN,
			   .owner_name = "伊那　花子",
			   .care = CARE_SMS_ONLY,
			   .language = "pt",
			   .name_group = "N1",
			   .household = "S1"};
	for (size_t i = 0; i < MAX_NUMBERS; i++)
		t.numbers[i] = (struct number){"09012345678", KIND_OTHER, true, true};
	for (size_t i = 0; i < MAX_TARGET_DEBTS; i++)
		t.debts[i] = UINT32_MAX - (uint32_t)i;
	for (size_t i = 0; i < MAX_TARGET_ATTEMPTS; i++)
		t.past[i] = (struct target_attempt){UINT64_MAX - i,
						    {11, 2, CHANNEL_SMS, OUT_SMS_SENT, true, -5}};
	return t;
}

static size_t write_target(struct target *t)
{
	struct codec c;
	codec_write(&c, bytes, sizeof bytes, DB_RECORD_VERSION);
	target_fields(&c, t);
	ck_assert_int_eq(codec_end(&c), 0);
	return c.n;
}

START_TEST(round_trip)
{
	struct target t = full_target(), back = {0};
	struct codec c;
	size_t n = write_target(&t);
	codec_read(&c, (struct bytes){bytes, n}, DB_RECORD_VERSION);
	target_fields(&c, &back);
	ck_assert_int_eq(codec_end(&c), 0);
	ck_assert_uint_eq(back.run, t.run);
	ck_assert_str_eq(back.person, t.person);
	ck_assert_str_eq(back.name, t.name);
	ck_assert_str_eq(back.branch_text, "reminder");
	ck_assert(back.debts_version == UINT64_MAX && back.due_ms == INT64_MAX);
	ck_assert(back.not_before_ms == INT64_MIN && back.branch_number == -1 && back.unspeakable);
	ck_assert(back.contact == CONTACT_GUARDIAN && back.care == CARE_SMS_ONLY);
	ck_assert_str_eq(back.owner_name, t.owner_name);
	ck_assert_str_eq(back.language, "pt");
	ck_assert_str_eq(back.name_group, "N1");
	ck_assert_str_eq(back.household, "S1");
	ck_assert_uint_eq(back.n_past, MAX_TARGET_ATTEMPTS);
	ck_assert(memcmp(back.debts, t.debts, sizeof t.debts) == 0);
	for (size_t i = 0; i < MAX_TARGET_ATTEMPTS; i++)
		ck_assert(back.past[i].id == t.past[i].id && back.past[i].past.ended_ms == -5 &&
			  back.past[i].past.code == OUT_SMS_SENT);
}
END_TEST

START_TEST(an_older_record_gives_defaults)
{
	struct target t = full_target(), back = {0};
	struct codec c;
	codec_write(&c, bytes, sizeof bytes, 1);
	target_fields(&c, &t);
	ck_assert_int_eq(codec_end(&c), 0);
	codec_read(&c, (struct bytes){bytes, c.n}, DB_RECORD_VERSION);
	target_fields(&c, &back);
	ck_assert_int_eq(codec_end(&c), 0);
	ck_assert_uint_eq(back.n_past, MAX_TARGET_ATTEMPTS);
	ck_assert(back.contact == CONTACT_SELF && back.care == CARE_NONE);
	ck_assert_str_eq(back.owner_name, "");
	ck_assert_str_eq(back.language, "");
}
END_TEST

START_TEST(cut_anywhere_is_corrupt)
{
	struct target t = full_target();
	size_t n = write_target(&t);
	for (size_t cut = 0; cut < n; cut++) {
		struct target back = {0};
		struct codec c;
		char *exact = malloc(cut ? cut : 1); /* the sanitizer sees one byte too far */
		memcpy(exact, bytes, cut);
		codec_read(&c, (struct bytes){exact, cut}, DB_RECORD_VERSION);
		target_fields(&c, &back);
		ck_assert_int_eq(codec_end(&c), E_CORRUPT);
		free(exact);
	}
}
END_TEST

/* A flipped bit gives another valid record or E_CORRUPT, and strings that end inside the bytes. */
START_TEST(flipped_bits_are_survived)
{
	struct target t = full_target();
	size_t n = write_target(&t), refused = 0;
	char *exact = malloc(n);
	for (size_t bit = 0; bit < n * 8; bit++) {
		struct target back = {0};
		struct codec c;
		memcpy(exact, bytes, n);
		exact[bit / 8] = (char)(exact[bit / 8] ^ (1 << bit % 8));
		codec_read(&c, (struct bytes){exact, n}, DB_RECORD_VERSION);
		target_fields(&c, &back);
		int err = codec_end(&c);
		ck_assert(err == 0 || err == E_CORRUPT);
		if (err == 0) {
			ck_assert_uint_le(strlen(back.name), n);
			ck_assert_uint_le(back.n_past, MAX_TARGET_ATTEMPTS);
			ck_assert_uint_le(back.n_numbers, MAX_NUMBERS);
		}
		refused += err != 0;
	}
	free(exact);
	ck_assert_uint_gt(refused, n / 8);
}
END_TEST

START_TEST(versions)
{
	struct target t = full_target(), back = {0};
	struct codec c;
	size_t n = write_target(&t);
	bytes[0] = DB_RECORD_VERSION + 1; /* written by a newer release */
	codec_read(&c, (struct bytes){bytes, n}, DB_RECORD_VERSION);
	target_fields(&c, &back);
	ck_assert_int_eq(codec_end(&c), E_CORRUPT);
	codec_write(&c, bytes, 3, DB_RECORD_VERSION); /* no room */
	target_fields(&c, &t);
	ck_assert_int_eq(codec_end(&c), E_LIMIT);
}
END_TEST

static int order(const char *a, size_t n, const char *b, size_t m)
{
	int by = memcmp(a, b, n < m ? n : m);
	return by ? by : (n > m) - (n < m);
}

START_TEST(keys_sort_as_numbers)
{
	static const uint32_t runs[] = {0, 1, 255, 256, 65536, UINT32_MAX};
	static const int64_t dues[] = {0, 1, 255, 256, 1LL << 40, INT64_MAX};
	char a[MAX_KEY_BYTES], b[MAX_KEY_BYTES];
	for (size_t i = 0; i + 1 < COUNT_OF(runs); i++)
		for (size_t j = 0; j + 1 < COUNT_OF(dues); j++) {
			size_t n = key_due(a, runs[i], dues[j], UINT32_MAX);
			ck_assert_int_lt(order(a, n, b, key_due(b, runs[i], dues[j + 1], 0)), 0);
			ck_assert_int_lt(order(a, n, b, key_due(b, runs[i + 1], 0, 0)), 0);
			int64_t due;
			uint32_t target;
			ck_assert_int_eq(key_due_read((struct bytes){a, n}, &due, &target), 0);
			ck_assert(due == dues[j] && target == UINT32_MAX);
			ck_assert_int_eq(key_due_read((struct bytes){a, n - 1}, &due, &target),
					 E_CORRUPT);
		}
}
END_TEST

START_TEST(identities)
{
	struct debt_key one = {"12", "015", "002", "2026", "2026", "3", "N1"};
	struct debt_key other = {"123", "015", "002", "2026", "2026", "3", "N1"};
	char a[MAX_KEY_BYTES], b[MAX_KEY_BYTES];
	char longest[MAX_DEBT_KEY + 1];
	size_t n, m;
	uint32_t run, row;
	ck_assert_int_eq(key_identity(a, &n, &one), 0);
	ck_assert_int_eq(key_identity(b, &m, &other), 0);
	/* person 12 is no prefix of person 123 */
	ck_assert(m < n || memcmp(a, b, n) != 0);
	ck_assert_uint_eq(key_person(b, "12"), 3);
	ck_assert_int_eq(memcmp(a, b, 3), 0);
	n = key_identity_row(a, n, 77, 1234567);
	key_identity_row_read((struct bytes){a, n}, &run, &row);
	ck_assert(run == 77 && row == 1234567);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	one.notice = longest;
	ck_assert_int_eq(key_identity(a, &n, &one), E_LIMIT);
}
END_TEST

static TCase *record_case(void)
{
	TCase *t = tcase_create("record");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, an_older_record_gives_defaults);
	tcase_add_test(t, cut_anywhere_is_corrupt);
	tcase_add_test(t, flipped_bits_are_survived);
	tcase_add_test(t, versions);
	tcase_add_test(t, keys_sort_as_numbers);
	tcase_add_test(t, identities);
	return t;
}

UNIT_MAIN("record", record_case)
