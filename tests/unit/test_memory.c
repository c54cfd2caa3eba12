/* The engine's own memory: arena and map keep their bounds; the rehearsal clock goes on where it
 * stood, and never without its record. */
#include "engine/arena.h"
#include "engine/clock.h"
#include "engine/turn/filter.h"
#include "engine/turn/map.h"
#include "engine/turn/people.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(arena_is_bounded)
{
	struct arena *a;
	ck_assert_int_eq(arena_new(1 << 20, &a), 0);
	size_t got = 0;
	while (arena_take(a, 1000))
		got += 1000;
	ck_assert_uint_gt(got, 900000);
	ck_assert_uint_le(got, 1 << 20);
	arena_reset(a);
	ck_assert_uint_eq(arena_used(a), 0);
	ck_assert_ptr_null(arena_take(a, SIZE_MAX - 4));
	const char *s = arena_printf(a, "%d円", 300);
	ck_assert_str_eq(s, "300円");
	ck_assert_str_eq(arena_str(a, NULL), "");
	for (int i = 1; i < 40; i++) {
		void *p = arena_take(a, (size_t)i);
		ck_assert_uint_eq((uintptr_t)p % 16, 0);
	}
	arena_free(a);
	arena_free(NULL);
}
END_TEST

START_TEST(small_arena_is_one_small_block)
{
	struct arena *a;
	ck_assert_int_eq(arena_new(100, &a), 0);
	ck_assert_ptr_nonnull(arena_take(a, 64));
	ck_assert_ptr_null(arena_take(a, 64));
	arena_free(a);
}
END_TEST

/* What is kept over a reset counts against the bound, and makes way for a great piece. */
START_TEST(arena_bound_holds_over_resets)
{
	struct arena *a;
	ck_assert_int_eq(arena_new(1 << 20, &a), 0);
	for (int round = 0; round < 3; round++) {
		size_t got = 0;
		char *p;
		while ((p = arena_take(a, 5000)) != NULL) {
			memset(p, round, 5000);
			got += 5000;
		}
		ck_assert_uint_gt(got, 900000);
		ck_assert_uint_le(got, 1 << 20);
		arena_reset(a);
		ck_assert_ptr_nonnull(arena_take(a, 900000));
		ck_assert_ptr_null(arena_take(a, 200000));
		arena_reset(a);
	}
	arena_free(a);
}
END_TEST

/* It may be wrong about a stranger, seldom; never about somebody who was added. */
START_TEST(a_filter_never_forgets)
{
	struct filter *f = calloc(1, sizeof *f);
	char key[32];
	unsigned wrong = 0;
	ck_assert_ptr_nonnull(f);
	ck_assert(!filter_perhaps(f, "", 0));
	for (int i = 0; i < 600000; i++) {
		size_t n = (size_t)sprintf(key, "1%011d", i);
		wrong += filter_perhaps(f, key, n);
		filter_add(f, key, n);
	}
	ck_assert_uint_lt(wrong, 12000);
	unsigned forgotten = 0; /* a ck_assert for each takes minutes under a sanitizer */
	for (int i = 0; i < 600000; i++)
		forgotten += !filter_perhaps(f, key, (size_t)sprintf(key, "1%011d", i));
	ck_assert_uint_eq(forgotten, 0);
	free(f);
}
END_TEST

/* "New" only of strangers; "known" with a target of somebody, whose name the caller compares. More
 * people than there are places: some must be looked up, and nothing is wrong. */
START_TEST(people_of_a_load)
{
	enum { PEOPLE = 1500000 };
	struct people *p = people_new();
	char key[32];
	uint32_t target = 7;
	unsigned known = 0, wrong = 0, strangers = 0, forgotten = 0;
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(people_find(p, "nobody", 6, &target), PEOPLE_NEW);
	people_add(p, "refused", 7, 0); /* all of his rows were */
	ck_assert_int_eq(people_find(p, "refused", 7, &target), PEOPLE_PERHAPS);
	ck_assert_uint_eq(target, 7); /* untouched */
	for (uint32_t i = 1; i <= PEOPLE; i++)
		people_add(p, key, (size_t)sprintf(key, "1%011u", i), i);
	for (uint32_t i = 1; i <= PEOPLE; i++) {
		enum people_word w =
		    people_find(p, key, (size_t)sprintf(key, "1%011u", i), &target);
		forgotten += w == PEOPLE_NEW;
		known += w == PEOPLE_KNOWN;
		wrong += w == PEOPLE_KNOWN && target != i;
		strangers +=
		    people_find(p, key, (size_t)sprintf(key, "2%011u", i), &target) == PEOPLE_NEW;
	}
	ck_assert_uint_eq(forgotten, 0);
	ck_assert_uint_gt(known, PEOPLE / 3);
	ck_assert_uint_le(wrong, 10); /* two of one hash: their names differ */
	ck_assert_uint_gt(strangers, PEOPLE / 2);
	ck_assert(!people_has_debt(p, "a", 1));
	people_add_debt(p, "a", 1);
	ck_assert(people_has_debt(p, "a", 1));
	people_free(p);
	people_free(NULL);
}
END_TEST

static int odd(void *arg, void *value)
{
	(void)arg;
	return (int)((intptr_t)value & 1);
}

START_TEST(map_keeps_what_was_put)
{
	struct map *m;
	ck_assert_int_eq(map_new(1000, &m), 0);
	for (intptr_t i = 1; i <= 1000; i++)
		ck_assert_int_eq(map_put(m, &i, sizeof i, (void *)i), 0);
	intptr_t more = 1001, one = 1;
	ck_assert_int_eq(map_put(m, &more, sizeof more, &more), E_FULL);
	ck_assert_int_eq(map_put(m, &one, sizeof one, &one), E_EXISTS);
	for (intptr_t i = 1; i <= 1000; i++)
		ck_assert_int_eq((intptr_t)map_get(m, &i, sizeof i), i);
	map_each(m, odd, NULL);
	ck_assert_uint_eq(map_count(m), 500);
	ck_assert_ptr_null(map_take(m, &one, sizeof one));
	intptr_t two = 2;
	ck_assert_int_eq((intptr_t)map_take(m, &two, sizeof two), 2);
	ck_assert_ptr_null(map_get(m, &two, sizeof two));
	map_free(m, NULL);
}
END_TEST

static char log_path[64];

static void new_log(void)
{
	temp_file(log_path, "clock", "", 0);
}

static void remove_log(void)
{
	unlink(log_path);
}

static void near(int64_t a, int64_t b)
{
	ck_assert_msg(a - b < 3000 && b - a < 3000, "%lld and %lld", (long long)a, (long long)b);
}

START_TEST(rehearsal_goes_on_where_it_stood)
{
	int64_t start = 1796000000000;
	ck_assert_int_eq(clock_jump(start), 0); /* the real clock never jumps */
	near(clock_now_ms(), clock_real_ms());
	ck_assert_int_eq(clock_rehearse(start, log_path), 0);
	near(clock_now_ms(), start);
	ck_assert_int_eq(clock_jump(start + 86400000), 0);
	near(clock_now_ms(), start + 86400000);
	ck_assert_int_eq(clock_jump(start), 0); /* back: ignored */
	near(clock_now_ms(), start + 86400000);
	/* another process later: the start is the old one, the log decides */
	ck_assert_int_eq(clock_rehearse(start, log_path), 0);
	near(clock_now_ms(), start + 86400000);
}
END_TEST

START_TEST(a_torn_line_is_no_time)
{
	int64_t start = 1796000000000;
	ck_assert_int_eq(clock_rehearse(start, log_path), 0);
	ck_assert_int_eq(clock_jump(start + 86400000), 0);
	FILE *f = fopen(log_path, "a");
	fprintf(f, "1796000000000 17"); /* the machine stopped while it wrote */
	fclose(f);
	ck_assert_int_eq(clock_rehearse(start, log_path), 0);
	near(clock_now_ms(), start + 86400000);
	ck_assert_int_eq(clock_jump(start + 2 * 86400000), 0);
	ck_assert_int_eq(clock_rehearse(start, log_path), 0);
	near(clock_now_ms(), start + 2 * 86400000LL);
}
END_TEST

START_TEST(no_record_no_jump)
{
	int64_t start = 1796000000000;
	ck_assert_int_eq(clock_rehearse(start, "/tmp"), E_IO);
	ck_assert_int_eq(clock_rehearse(start, "/nowhere/clock.log"), E_IO);
	ck_assert(!clock_is_rehearsal());
}
END_TEST

static TCase *memory_case(void)
{
	TCase *t = tcase_create("memory");
	tcase_add_checked_fixture(t, new_log, remove_log);
	tcase_add_test(t, arena_is_bounded);
	tcase_add_test(t, small_arena_is_one_small_block);
	tcase_add_test(t, arena_bound_holds_over_resets);
	tcase_add_test(t, a_filter_never_forgets);
	tcase_add_test(t, people_of_a_load);
	tcase_add_test(t, map_keeps_what_was_put);
	tcase_add_test(t, rehearsal_goes_on_where_it_stood);
	tcase_add_test(t, a_torn_line_is_no_time);
	tcase_add_test(t, no_record_no_jump);
	return t;
}

UNIT_MAIN("memory", memory_case)
