/*
 * Attempts that a crash left: the process ends at each moment of a call, and what was
 * dialled is never dialled again by itself.
 */
#include "tests/unit/turn_rig.inc"

START_TEST(an_open_call_is_unknown_after_a_crash)
{
	static const struct {
		struct fake_call call;
		enum attempt_state before;
		const char *words;
	} cases[] = {
	    {{.kind = FAKE_WAIT}, ATTEMPT_INTENDED, "intended"},
	    {{.kind = FAKE_HOLD}, ATTEMPT_PLACED, "placed"},
	    {{.kind = FAKE_HOLD, .answered = true}, ATTEMPT_ANSWERED, "answered"},
	};
	for (size_t i = 0; i < 3; i++) {
		start_rig((struct rig){.lines = 1});
		script("09011112222", cases[i].call);
		run_file("targets-1a",
			 ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n", 1);
		go_to(at(7, 9, 0));
		uint64_t id = flying(1, "p1");
		ck_assert_int_eq(attempt_of(id).state, cases[i].before);
		crash();
		turns(3);
		ck_assert_int_eq(attempt_of(id).state, ATTEMPT_UNKNOWN);
		ck_assert_int_eq(attempt_of(id).code, OUT_UNKNOWN);
		ck_assert_uint_eq(target_of(1, "p1").n_past, 1); /* it counts */
		ck_assert_uint_eq(e->lines_used, 1);             /* its line is busy */
		settle();
		ck_assert_uint_eq(dialled(NULL), 0); /* the one line */
		go_to(at(7, 9, 5));
		ck_assert_uint_eq(dialled(NULL), 0);
		go_to(at(7, 9, 6)); /* the call's hard limit and its ring time are over */
		ck_assert_uint_eq(dialled("09033334444"), 1);
		go_to(at(7, 18, 0));
		go_to(at(9, 12, 0));
		ck_assert_uint_eq(dialled("09011112222"), 0); /* not again in that wave */
		end_rig();
	}
}
END_TEST

START_TEST(the_number_of_an_unknown_call_is_locked_for_others)
{
	start_rig((struct rig){.lines = 4});
	script("09011112222", (struct fake_call){.kind = FAKE_HOLD}); /* it rings */
	run_file("targets-1a", ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09011112222m\n", 1);
	go_to(at(7, 9, 0));
	crash();
	go_to(at(7, 9, 4));
	ck_assert_uint_eq(dialled(NULL), 0);
	go_to(at(7, 9, 8));
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(nothing_is_dialled_twice_whatever_commit_was_the_last)
{
	/* Crash after each number of turns: attempts that reached the channel are never repeated.
	 */
	for (int n = 1; n <= 9; n++) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
		turns(n);
		size_t before = dialled(NULL);
		crash();
		settle();
		go_to(at(7, 9, 20));
		settle_drop();
		ck_assert_uint_eq(before + dialled(NULL), 1);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
		end_rig();
	}
}
END_TEST

static TCase *recovery(void)
{
	TCase *t = tcase_create("recovery");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, an_open_call_is_unknown_after_a_crash);
	tcase_add_test(t, the_number_of_an_unknown_call_is_locked_for_others);
	tcase_add_test(t, nothing_is_dialled_twice_whatever_commit_was_the_last);
	return t;
}

UNIT_MAIN("turn_recovery", recovery)
