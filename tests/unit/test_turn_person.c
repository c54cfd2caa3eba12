/* Whom the engine talks to: care that forbids calls, 勤務先, contacts that stand for the debtor. */
#include "tests/unit/turn_rig.inc"

static const char voice_then_sms[] =
    "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"3\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>"
    "<wave id=\"s\" channel=\"sms\" from-day=\"0\" to-day=\"4\" attempts=\"1\" text=\"t\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>";

START_TEST(who_cannot_be_spoken_to_gets_the_message)
{
	start_rig((struct rig){.waves = voice_then_sms});
	run_file("targets-1a", "T p1;14;kotei;2026;3;n1;12000;長野太郎!;503;09011112222m\n", 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled("09011112222"), 0);
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 1);
	ck_assert_int_eq(attempt_of(1).channel, CHANNEL_SMS);
	end_rig();
}
END_TEST

START_TEST(without_a_message_it_is_82)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 "T p1;14;kotei;2026;3;n1;12000;長野太郎!;503;09011112222m\n"
		 "T p2;14;kotei;2026;3;n2;12000;長野次郎;503;09011113333m\n",
		 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled("09011112222"), 0);
	ck_assert_uint_eq(dialled("09011113333"), 1);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

START_TEST(a_message_needs_a_number_that_may_have_it)
{
	start_rig((struct rig){.waves = voice_then_sms});
	run_file("targets-1a", "T p1;14;kotei;2026;3;n1;12000;長野太郎!;503;09011112222n\n", 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

/* One row of a person is enough. */
START_TEST(care_of_any_row_counts)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m\n"
		 "T p1;14;kotei;2026;4;n2;12000;長野太郎!;503;09011112222m\n",
		 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_int_eq(target_of(1, "p1").care, CARE_NO_VOICE);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

START_TEST(the_place_of_work_is_not_called)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;0265701111w\n"
		 "T p2;14;kotei;2026;3;n2;12000;長野次郎;503;0265702222w,0265703333h\n",
		 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled("0265701111"), 0);
	ck_assert_uint_eq(dialled("0265702222"), 0);
	ck_assert_uint_eq(dialled("0265703333"), 1);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_NUMBER);
	end_rig();
}
END_TEST

START_TEST(the_contact_stands_for_the_debtor)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 "T p1;14;kotei;2026;3;n1;12000;高遠花子/長野太郎;503;09011112222m\n"
		 "T p1;14;kotei;2026;4;n2;12000;高遠花子/長野太郎;503;09011112222m\n",
		 1);
	struct target t = target_of(1, "p1");
	ck_assert_str_eq(t.name, "高遠花子");
	ck_assert_str_eq(t.owner_name, "長野太郎");
	ck_assert_int_eq(t.contact, CONTACT_GUARDIAN);
	ck_assert_uint_eq(t.n_debts, 2);
	end_rig();
}
END_TEST

/* Whoever is called hears of all debts of the target: rows for different ears are not merged. */
START_TEST(rows_for_somebody_else_are_refused)
{
	start_rig((struct rig){0});
	give("targets-1a", "T p1;14;kotei;2026;3;n1;12000;高遠花子/長野太郎;503;09011112222m\n"
			   "T p1;14;kotei;2026;4;n2;12000;長野太郎;503;09011112222m\n"
			   "T p1;14;kotei;2026;1;n3;12000;箕輪次郎/長野太郎;503;09011112222m\n"
			   "T p2;14;kotei;2026;1;n4;12000;長野次郎;503;09011113333m\n");
	settle();
	ck_assert_uint_eq(intake_of(1).rows_taken, 2);
	ck_assert_uint_eq(intake_of(1).rows_refused, 2);
	ck_assert_uint_eq(target_of(1, "p1").n_debts, 1);
	ck_assert_uint_eq(out_rows("errors", "連絡先が違います"), 2);
	end_rig();
}
END_TEST

static TCase *person_case(void)
{
	TCase *t = tcase_create("person");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, who_cannot_be_spoken_to_gets_the_message);
	tcase_add_test(t, without_a_message_it_is_82);
	tcase_add_test(t, a_message_needs_a_number_that_may_have_it);
	tcase_add_test(t, care_of_any_row_counts);
	tcase_add_test(t, the_place_of_work_is_not_called);
	tcase_add_test(t, the_contact_stands_for_the_debtor);
	tcase_add_test(t, rows_for_somebody_else_are_refused);
	return t;
}

UNIT_MAIN("turn_person", person_case)
