/*
 * How much a turn does, however many runs and people are due: what it looks at and what it
 * has prepared are bounded over all runs, each run goes on, and what needs no prompts does
 * not wait for room to prepare them.
 */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/looks.h"

enum { AHEAD = 64, MOST_RUNS = 10, MOST_PEOPLE = 700 };

/* People from..to-1 of this run, with so many debts each. The number says run and person. */
static char *people(uint32_t run, unsigned from, unsigned to, unsigned debts)
{
	char *text = calloc((size_t)(to - from) * debts + 1, 96), *at_end = text;
	ck_assert_ptr_nonnull(text);
	for (unsigned i = from; i < to; i++)
		for (unsigned d = 1; d <= debts; d++)
			at_end += sprintf(at_end,
					  "T r%up%03u;14;kotei;2026;%u;n%u-%u;1000;"
					  "長野太郎;101;0901%02u%05um\n",
					  run, i, d, i, d, run, i);
	return text;
}

static void run_people(uint32_t run, unsigned n, unsigned debts)
{
	char *text = people(run, 1, n + 1, debts), name[32];
	snprintf(name, sizeof name, "targets-1%c", 'a' + (char)run);
	run_file(name, text, run);
	free(text);
}

/* Calls of this run that were placed so far. */
static size_t calls_of(uint32_t run)
{
	const struct fake_dialled *list;
	size_t n = fake_voice_dialled(e->voice, &list), hits = 0;
	char head[16];
	snprintf(head, sizeof head, "0901%02u", run);
	for (size_t i = 0; i < n; i++)
		hits += strncmp(list[i].number, head, 6) == 0;
	return hits;
}

/* Turns whose looks ended because half of the memory was used. */
static size_t stopped_by_memory;

static void check_turn(void)
{
	ck_assert_int_eq(turn(), 0);
	stopped_by_memory += e->looks_now > 0 && e->looks_now < MOST_LOOKS && !looks_left(e);
	ck_assert_uint_le(e->looks_now, MOST_LOOKS);
	ck_assert_uint_le(map_count(e->ready), (size_t)conf.engine.prepare_ahead);
	for (size_t i = 0; i < e->n_runs; i++)
		ck_assert_uint_le(e->runs[i]->n_ready, map_count(e->ready));
}

/* Turns until so many were called. */
static void until_called(size_t n)
{
	int64_t from = clock_boot_ms();
	while (dialled(NULL) < n && clock_boot_ms() - from < 120000)
		check_turn();
	ck_assert_uint_ge(dialled(NULL), n);
}

static const struct {
	const char *what;
	uint32_t runs;
	unsigned people, debts;
} crowds[] = {
    {"one run", 1, MOST_PEOPLE, 1},
    {"two runs of more people than a turn looks at", 2, 520, 2},
    {"ten runs", MOST_RUNS, 60, 3},
};

static size_t start_crowd(int i, struct rig rig)
{
	rig.calls_per_second = 500;
	start_rig(rig);
	for (uint32_t run = 1; run <= crowds[i].runs; run++)
		run_people(run, crowds[i].people, crowds[i].debts);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	return crowds[i].runs * crowds[i].people;
}

/* The first turns find everybody due at once. */
START_TEST(no_more_is_prepared_than_was_asked_for)
{
	start_crowd(_i, (struct rig){.lines = 4});
	fake_voice_script(e->voice, NULL, &hold_call);
	for (int k = 0; k < 20; k++)
		check_turn();
	until_called(4);
	for (int k = 0; k < 20; k++)
		check_turn();
	ck_assert_uint_eq(map_count(e->ready), AHEAD);              /* and not less */
	ck_assert_uint_eq(fake_speech_posts(e->speech), 4 + AHEAD); /* nothing in vain */
	end_rig();
}
END_TEST

START_TEST(a_full_house_looks_at_nobody)
{
	start_crowd(_i, (struct rig){.lines = 4});
	fake_voice_script(e->voice, NULL, &hold_call);
	until_called(4);
	for (int k = 0; k < 5; k++)
		check_turn();
	conf.sms.in_flight = 0; /* nor can a message start */
	for (int k = 0; k < 20; k++) {
		check_turn();
		ck_assert_uint_eq(e->looks_now, 0);
	}
	end_rig();
}
END_TEST

START_TEST(everybody_is_called_and_each_run_goes_on)
{
	size_t all = start_crowd(_i, (struct rig){.lines = 4});
	until_called(all / 2);
	for (uint32_t run = 1; run <= crowds[_i].runs; run++)
		ck_assert_msg(calls_of(run) > crowds[_i].people / 8,
			      "%s: run %u has %zu calls of %zu", crowds[_i].what, run,
			      calls_of(run), dialled(NULL));
	until_called(all);
	settle();
	ck_assert_uint_eq(dialled(NULL), all);
	for (uint32_t run = 1; run <= crowds[_i].runs; run++)
		ck_assert_int_eq(run_of(run).state, RUN_CLOSED);
	end_rig();
}
END_TEST

/* What a turn reads lies in its arena. A turn that does not fit would be refused for ever, and the
 * alert would blame the disk. */
START_TEST(a_turn_fits_its_arena)
{
	enum { RUNS = 4, PEOPLE = 150, DEBTS = 24 };
	size_t bytes = 2 << 20;
	ck_assert_uint_gt(RUNS * PEOPLE * DEBTS * sizeof(struct debt), bytes);
	start_rig((struct rig){.lines = 4, .calls_per_second = 500});
	for (uint32_t run = 1; run <= RUNS; run++)
		run_people(run, PEOPLE, DEBTS);
	arena_free(e->arena);
	ck_assert_int_eq(arena_new(bytes, &e->arena), 0);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	stopped_by_memory = 0;
	until_called(RUNS * PEOPLE);
	ck_assert_uint_gt(stopped_by_memory, 0); /* or this tests nothing */
	ck_assert(!was_alerted("commit"));
	end_rig();
}
END_TEST

/* One look always, or nothing would go on; then so many, and no more once half of the memory is
 * used, by whatever. */
static const struct {
	const char *what;
	size_t looks, used; /* of 1 MB */
	bool left;
} budgets[] = {
    {"nothing yet", 0, 0, true},
    {"the first one, though the memory is full", 0, 900 << 10, true},
    {"some room", 1, 500 << 10, true},
    {"half is used", 1, 512 << 10, false},
    {"the last one", MOST_LOOKS - 1, 0, true},
    {"all", MOST_LOOKS, 0, false},
};

START_TEST(looks_end_at_half_of_the_memory)
{
	struct engine *one = calloc(1, sizeof *one);
	ck_assert_int_eq(arena_new(1 << 20, &one->arena), 0);
	one->looks_now = budgets[_i].looks;
	if (budgets[_i].used)
		ck_assert_ptr_nonnull(arena_take(one->arena, budgets[_i].used));
	ck_assert_msg(looks_left(one) == budgets[_i].left, "%s", budgets[_i].what);
	arena_free(one->arena);
	free(one);
}
END_TEST

START_TEST(runs_that_end_share_the_budget)
{
	size_t all = start_crowd(_i, (struct rig){.lines = 1}), left = all;
	fake_voice_script(e->voice, NULL, &wait_call);
	for (uint32_t run = 1; run <= crowds[_i].runs; run++)
		must(M_RUN_PAUSE, run);
	arena_free(e->arena);
	ck_assert_int_eq(arena_new(8 << 20, &e->arena), 0);
	for (uint32_t run = 1; run <= crowds[_i].runs; run++)
		must(M_RUN_CLOSE, run);
	for (int k = 0; k < 200 && left > 1; k++) {
		check_turn();
		left = 0;
		for (uint32_t run = 1; run <= crowds[_i].runs; run++)
			left += crowds[_i].people - run_of(run).done;
	}
	ck_assert_uint_le(left, 1); /* in its attempt */
	ck_assert(!was_alerted("commit"));
	end_rig();
}
END_TEST

/* ---- messages, while no more prompts may be made ---- */

static const char both_waves[] =
    "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"3\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>"
    "<wave id=\"s\" channel=\"sms\" from-day=\"0\" to-day=\"4\" attempts=\"1\" text=\"t\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>";

static bool was_sent(uint64_t attempt)
{
	struct attempt a;
	return LOOK(db_attempt_get(&tx, attempt, &a)) == 0 && a.channel == CHANNEL_SMS;
}

/* The last of 600 may get messages alone (音声不可). */
START_TEST(a_message_does_not_wait_for_room_to_prepare)
{
	char *all = people(1, 1, 601, 1), *text = realloc(all, strlen(all) + 200);
	strcat(text, "T x1;14;kotei;2026;3;n1;12000;伊那花子!;503;09011112222m\n");
	start_rig((struct rig){.waves = both_waves, .lines = 1, .prepare_ahead = 4});
	fake_voice_script(e->voice, NULL, &hold_call);
	run_file("targets-1a", text, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int k = 0; k < 100 && !was_sent(2); k++)
		check_turn();
	ck_assert(was_sent(2)); /* attempt 1 is the call that goes on */
	ck_assert_uint_eq(attempts(), 2);
	ck_assert_uint_eq(map_count(e->ready), 4);
	free(text);
	end_rig();
}
END_TEST

/* The first call asks for a message, the second one goes on and on; 598 have not been called. */
START_TEST(what_a_call_asked_for_is_sent_before_everybody_is_called)
{
	struct fake_call asks = heard_call;
	asks.sms_text = "t";
	start_rig((struct rig){.lines = 1, .prepare_ahead = 4});
	fake_voice_script(e->voice, NULL, &hold_call);
	fake_voice_script(e->voice, "09010100001", &asks);
	run_people(1, 600, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int k = 0; k < 100 && attempts() < 3; k++)
		check_turn();
	ck_assert_uint_eq(attempts(), 3);
	ck_assert(was_sent(2) || was_sent(3));
	ck_assert_uint_eq(dialled(NULL), 2);
	end_rig();
}
END_TEST

/* ---- a turn that is run again ---- */

START_TEST(a_deadlock_counts_once)
{
	start_crowd(1, (struct rig){.lines = 4});
	fake_voice_script(e->voice, NULL, &hold_call);
	fake_store_fail_commit(e->store, 1, FAKE_COMMIT_DEADLOCK);
	for (int k = 0; k < 20; k++)
		check_turn();
	until_called(4);
	for (int k = 0; k < 20; k++)
		check_turn();
	ck_assert_uint_eq(map_count(e->ready), AHEAD);
	ck_assert_uint_eq(fake_speech_posts(e->speech), 4 + AHEAD);
	end_rig();
}
END_TEST

static TCase *looks(void)
{
	int n = sizeof crowds / sizeof *crowds;
	TCase *t = tcase_create("looks");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, no_more_is_prepared_than_was_asked_for, 0, n);
	tcase_add_loop_test(t, a_full_house_looks_at_nobody, 0, n);
	tcase_add_loop_test(t, everybody_is_called_and_each_run_goes_on, 0, n);
	tcase_add_test(t, a_turn_fits_its_arena);
	tcase_add_loop_test(t, looks_end_at_half_of_the_memory, 0,
			    (int)(sizeof budgets / sizeof *budgets));
	tcase_add_loop_test(t, runs_that_end_share_the_budget, 0, n);
	tcase_add_test(t, a_message_does_not_wait_for_room_to_prepare);
	tcase_add_test(t, what_a_call_asked_for_is_sent_before_everybody_is_called);
	tcase_add_test(t, a_deadlock_counts_once);
	return t;
}

UNIT_MAIN("turn_looks", looks)
