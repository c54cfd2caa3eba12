/* Notes: the calls that came in and that staff should look at, and how many lines they fill. */
#include "tests/unit/callback_rig.inc"

static size_t open_notes(uint32_t *ret_times)
{
	size_t n = 0;
	for (uint64_t id = 1; id <= e->counters.next_attempt; id++) {
		struct callback_rec r;
		if (LOOK(db_callback_get(&tx, id, &r)) == 0 && r.note && !r.done_ms) {
			*ret_times = r.times;
			n++;
		}
	}
	return n;
}

static int done(uint64_t id)
{
	char params[96];
	snprintf(params, sizeof params, "{\"callback\":%llu,\"reason\":\"x\"}",
		 (unsigned long long)id);
	return ask(M_CALLBACK_DONE, params).err;
}

/* ---- one open note a caller ---- */

static const struct {
	const char *what;
	enum caller_kind kind;
	const char *number;
	enum callback_why why;
} callers[] = {
    {"withheld", CALLER_WITHHELD, "", WHY_WITHHELD},
    {"no number", CALLER_UNKNOWN, "", WHY_UNKNOWN},
    {"a stranger", CALLER_KNOWN, P2, WHY_UNKNOWN},
};

START_TEST(a_hundred_calls_are_one_note)
{
	uint32_t times = 0;
	called((struct rig){0}, ONE);
	uint64_t first = e->counters.next_attempt + 1;
	for (int i = 0; i < 100; i++) {
		struct callback_rec r =
		    rings_as(callers[_i].kind, callers[_i].number, OURS, &hears);
		must_say(&r, SAY_GENERAL, callers[_i].why);
		ck_assert(r.note == (i == 0));
		ck_assert_uint_eq(r.joined, i ? first : 0);
	}
	ck_assert_uint_eq(open_notes(&times), 1);
	ck_assert_uint_eq(times, 100);
	ck_assert_uint_eq(records(T_NOTE), 1);
	ck_assert_int_eq(done(first + 7), E_STATE); /* the first has its note */
	ck_assert_int_eq(done(first), 0);
	ck_assert_uint_eq(open_notes(&times), 0);
	ck_assert_uint_eq(records(T_NOTE), 0);
	rings_as(callers[_i].kind, callers[_i].number, OURS, &hears); /* since then */
	ck_assert_uint_eq(open_notes(&times), 1);
	ck_assert_uint_eq(times, 1);
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(callers_have_their_own)
{
	uint32_t times = 0;
	called((struct rig){0}, ONE);
	rings_as(CALLER_WITHHELD, "", OURS, &hears);
	rings_as(CALLER_UNKNOWN, "", OURS, &hears);
	rings(P2, &hears);
	rings(P9, &hears);
	rings(P1, &hears); /* known, and heard nothing */
	ck_assert_uint_eq(open_notes(&times), 5);
	end_rig();
}
END_TEST

/* What is new is not hidden in an older line. */
START_TEST(a_wish_has_its_own)
{
	struct fake_call wishes = hears;
	uint32_t times = 0;
	wishes.reply_name = "task";
	wishes.reply_value = "折返し希望";
	called((struct rig){0}, ONE);
	struct callback_rec silent = rings(P2, &hears);
	struct callback_rec r = rings(P2, &wishes);
	ck_assert(r.note && !r.joined);
	ck_assert_uint_eq(rings(P2, &wishes).joined, r.id); /* the same wish again */
	ck_assert_uint_eq(rings(P2, &hears).joined, r.id);
	ck_assert_uint_eq(open_notes(&times), 2);
	ck_assert_int_eq(done(silent.id), 0);
	ck_assert_uint_eq(rings(P2, &hears).joined, r.id); /* the other one is still open */
	ck_assert_int_eq(done(r.id), 0);
	/* Nobody can be rung back who has no number: his wish is on record, no more. */
	r = rings_as(CALLER_WITHHELD, "", OURS, &hears);
	ck_assert_uint_eq(rings_as(CALLER_WITHHELD, "", OURS, &wishes).joined, r.id);
	end_rig();
}
END_TEST

/* A crash at the start counts a call once, however often recovery runs. */
START_TEST(a_crash_counts_once)
{
	uint32_t times = 0;
	called((struct rig){0}, ONE);
	rings_as(CALLER_WITHHELD, "", OURS, &hears);
	struct callback_rec r = rings_as(CALLER_WITHHELD, "", OURS, &talks);
	ck_assert_int_eq(r.state, CALLBACK_ANSWERED);
	crash();
	crash();
	ck_assert_int_eq(callback_of(r.id).state, CALLBACK_UNKNOWN);
	ck_assert_uint_eq(open_notes(&times), 1);
	ck_assert_uint_eq(times, 2);
	end_rig();
}
END_TEST

/* ---- done ---- */

START_TEST(a_note_is_done_once_and_by_its_department)
{
	char params[96];
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P2, &listens);
	snprintf(params, sizeof params, "{\"callback\":%llu,\"reason\":\"折返し済\"}",
		 (unsigned long long)r.id);
	struct json *j = NULL;
	ck_assert_int_eq(json_parse(params, strlen(params), JSON_DEPTH, &j), 0);
	ck_assert_int_eq(ask_as("kaigo", M_CALLBACK_DONE, j).err, E_NOTFOUND);
	ck_assert_int_eq(ask(M_CALLBACK_DONE, params).err, 0);
	ck_assert_str_eq(callback_of(r.id).done_by, "tanto");
	ck_assert_int_eq(ask(M_CALLBACK_DONE, params).err, E_STATE);
	ck_assert_int_eq(ask(M_CALLBACK_DONE, "{\"callback\":999,\"reason\":\"x\"}").err,
			 E_NOTFOUND);
	r = rings(P1, &listens);
	snprintf(params, sizeof params, "{\"callback\":%llu,\"reason\":\"x\"}",
		 (unsigned long long)r.id);
	ck_assert_int_eq(ask(M_CALLBACK_DONE, params).err, E_STATE); /* it has none */
	end_rig();
}
END_TEST

static TCase *notes(void)
{
	TCase *t = tcase_create("notes");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, a_hundred_calls_are_one_note, 0, 3);
	tcase_add_test(t, callers_have_their_own);
	tcase_add_test(t, a_wish_has_its_own);
	tcase_add_test(t, a_crash_counts_once);
	tcase_add_test(t, a_note_is_done_once_and_by_its_department);
	return t;
}

UNIT_MAIN("turn_note", notes)
