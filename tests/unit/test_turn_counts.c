/*
 * What the console shows in numbers: the people of a run, the attempts of a day, the
 * windows of a week, what a scenario says; read from the whole engine on fakes as its readers read
 * it.
 */
#include "tests/unit/turn_holds.inc"
#include "tests/unit/turn_read.inc"

#include <sys/mman.h>
#include <unistd.h>

#define ROW(what, code, words, count, yen)                                                         \
	"{\"what\":\"" what "\",\"code\":" #code ",\"words\":\"" words "\",\"count\":" #count      \
	",\"yen\":" #yen "}"

START_TEST(who_can_be_contacted)
{
	start_rig((struct rig){0});
	give("targets-1a", ONE TWO NINE);
	const char *seen = look_as("zeimu", M_RUN_COUNT, "{\"run\":1}");
	HAS(seen, ROW("contact", 0, "電話とSMS", 3, 20900));
	HAS(seen, ROW("state", 1, "waiting", 3, 20900));
	HAS_NOT(seen, "problem");
	HAS_NOT(seen, "p1");
	must_ask(M_HOLD_ADD, "{\"person\":\"p1\",\"kind\":\"care\",\"reason\":\"x\"}");
	must_ask(M_NUMBER_ADD, "{\"number\":\"" P2 "\",\"mark\":\"stop\",\"channel\":\"voice\","
			       "\"reason\":\"x\"}");
	must_ask(M_NUMBER_ADD, "{\"number\":\"" P9 "\",\"mark\":\"dead\",\"reason\":\"x\"}");
	seen = look_as("zeimu", M_RUN_COUNT, "{\"run\":1}");
	HAS(seen, ROW("problem", 88, "保留中", 1, 12000));
	HAS(seen, ROW("problem", 84, "番号なし", 2, 8900)); /* the campaign has no SMS wave */
	HAS_NOT(seen, "contact");
	give("pay-1", "P " KEY ";full\n");
	seen = look_as("zeimu", M_RUN_COUNT, "{\"run\":1}");
	HAS(seen, ROW("state", 3, "done", 1, 0));
	HAS(seen, "\"what\":\"result\",\"code\":80,\"words\":\"納付済み\",\"count\":1");
	HAS(look_as("kaigo", M_RUN_COUNT, "{\"run\":1}"), "there is no run 1");
	HAS(look_as("zeimu", M_RUN_COUNT, "{\"run\":2}"), "there is no run 2");
	HAS(look_as("zeimu", M_RUN_COUNT, "{\"run\":1,\"after\":\"00000002\"}"), "after is not");
	end_rig();
}
END_TEST

START_TEST(what_came_of_it)
{
	start_rig((struct rig){.two_departments = true});
	script(P1, heard_call);
	script(P2, busy_call);
	run_file("targets-1a", ONE TWO, 1);
	HAS(look_as("zeimu", M_ATTEMPT_COUNT, "{}"), "{\"day\":\"2026-12-07\",\"rows\":[]}");
	go_to(at(7, 9, 0));
	const char *seen = look_as("zeimu", M_RUN_COUNT, "{\"run\":1}");
	HAS(seen, "\"what\":\"outcome\",\"code\":10,\"words\":\"応答\",\"count\":1");
	HAS(seen, "\"what\":\"outcome\",\"code\":21,\"words\":\"話中\",\"count\":1");
	HAS(seen, "\"what\":\"heard\",\"code\":1,\"words\":\"要旨を聴取\",\"count\":1");
	HAS(seen, ROW("result", 10, "応答", 1, 12000));
	seen = look_as("zeimu", M_ATTEMPT_COUNT, "{}");
	HAS(seen, "{\"what\":\"quarter\",\"at\":\"09:00\",\"channel\":\"voice\",\"code\":0,"
		  "\"words\":\"\",\"count\":2,\"answered\":1}");
	HAS(seen,
	    "\"channel\":\"voice\",\"code\":21,\"words\":\"話中\",\"count\":1,\"answered\":0}");
	HAS(look_as("kaigo", M_ATTEMPT_COUNT, "{}"), "\"rows\":[]");
	HAS(look_as("zeimu", M_ATTEMPT_COUNT, "{\"day\":\"2026-12-06\"}"), "\"rows\":[]");
	HAS(look_as("zeimu", M_ATTEMPT_COUNT, "{\"day\":\"2026-02-30\"}"), "is no day");
	go_to(at(8, 9, 0)); /* the next day begins anew: only the busy one is called again */
	seen = look_as("zeimu", M_ATTEMPT_COUNT, "{\"day\":\"2026-12-08\"}");
	HAS_NOT(seen, "応答");
	HAS(look_as("zeimu", M_ATTEMPT_COUNT, "{\"day\":\"2026-12-07\"}"), "応答");
	end_rig();
}
END_TEST

START_TEST(a_call_in_progress_has_no_outcome_yet)
{
	start_rig((struct rig){0});
	script(NULL, hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 20));
	HAS(look_as("zeimu", M_ATTEMPT_COUNT, "{}"),
	    "{\"what\":\"outcome\",\"at\":\"\",\"channel\":\"voice\",\"code\":0,\"words\":"
	    "\"進行中\","
	    "\"count\":1");
	HAS(look_as("zeimu", M_RUN_COUNT, "{\"run\":1}"), "\"words\":\"in attempt\",\"count\":1");
	end_rig();
}
END_TEST

START_TEST(when_it_may_contact)
{
	start_rig((struct rig){.two_departments = true});
	const char *seen = look_as("zeimu", M_WINDOW_LIST, "{\"from\":\"2026-12-07\",\"days\":2}");
	HAS(seen,
	    "{\"day\":\"2026-12-07\",\"from\":\"9:00\",\"to\":\"19:00\",\"state\":\"to come\","
	    "\"campaign\":\"c1\",\"title\":\"納付催告\",\"wave\":\"a\",\"channel\":\"voice\"}");
	HAS(seen, "\"day\":\"2026-12-08\"");
	HAS_NOT(seen, "\"day\":\"2026-12-09\"");
	HAS_NOT(seen, "\"campaign\":\"c2\"");
	HAS(look_as("kaigo", M_WINDOW_LIST, "{\"from\":\"2026-12-07\"}"), "\"campaign\":\"c2\"");
	HAS(look_as("zeimu", M_WINDOW_LIST, "{\"campaign\":\"c2\"}"), "no such campaign");
	HAS(look_as("zeimu", M_WINDOW_LIST, "{\"from\":\"2026-13-01\"}"), "is no day");
	HAS(look_as("zeimu", M_WINDOW_LIST, "{\"from\":\"2027-01-01\",\"days\":1}"),
	    "{\"holidays\":[],\"today\":\"2026-12-07\",\"rows\":[]}");
	go_to(at(7, 9, 0));
	HAS(look_as("zeimu", M_WINDOW_LIST, "{}"), "\"state\":\"open\"");
	go_to(at(7, 19, 0));
	HAS(look_as("zeimu", M_WINDOW_LIST, "{}"), "\"state\":\"over\"");
	end_rig();
}
END_TEST

START_TEST(a_campaign_shows_its_waves)
{
	start_rig((struct rig){0});
	const char *seen = look_as("zeimu", M_CAMPAIGN_SHOW, "{\"campaign\":\"c1\"}");
	HAS(seen, "\"windows\":[{\"days\":\"all\",\"from\":\"9:00\",\"to\":\"19:00\"}]");
	HAS(look_as("kaigo", M_CAMPAIGN_SHOW, "{\"campaign\":\"c1\"}"), "no such campaign");
	end_rig();
}
END_TEST

START_TEST(a_scenario_is_boxes)
{
	start_rig((struct rig){0});
	const char *seen = look_as("zeimu", M_SCENARIO_SHOW, "{\"campaign\":\"c1\"}");
	HAS(seen, "{\"scenario\":\"reminder\",\"sha256\":\"");
	HAS(seen, "\"kind\":\"field\"");
	HAS(seen, "\"level\":2,\"because\":\"");
	HAS(seen, "\"secret\":true");
	HAS(seen, "\"birth\":true");
	HAS(seen, "イナ タロウ様ご本人ですか");
	HAS(look_as("kaigo", M_SCENARIO_SHOW, "{\"campaign\":\"c1\"}"), "there is no campaign c1");
	HAS(look_as("zeimu", M_SCENARIO_SHOW, "{\"campaign\":\"c1\",\"limit\":1}"), "\"next\":\"");
	end_rig();
}
END_TEST

START_TEST(a_sentence_is_heard)
{
	unsigned char head[46];
	const char *one = "{\"campaign\":\"c1\",\"prompt\":0}";
	start_rig((struct rig){0});
	sound = memfd_create("sound", MFD_CLOEXEC);
	ck_assert_int_ge(sound, 0);
	HAS(look_as("zeimu", M_SCENARIO_SAY, one), "\"ms\":");
	ck_assert_int_eq(pread(sound, head, sizeof head, 0), sizeof head);
	ck_assert_int_eq(memcmp(head, "RIFF", 4), 0);
	off_t size = lseek(sound, 0, SEEK_END);
	ck_assert_int_eq(size, 46 + (head[42] | head[43] << 8 | head[44] << 16));
	HAS(look_as("zeimu", M_SCENARIO_SAY, "{\"campaign\":\"c1\",\"prompt\":9999}"),
	    "has no prompt 9999");
	HAS(look_as("kaigo", M_SCENARIO_SAY, one), "there is no campaign c1");
	/* somebody listens; nobody can say it; no room for the sound */
	pthread_mutex_lock(&e->speech_lock);
	HAS(look_as("zeimu", M_SCENARIO_SAY, one), "somebody else listens");
	pthread_mutex_unlock(&e->speech_lock);
	fake_speech_script(e->speech, "伊那市", E_INVALID);
	HAS(look_as("zeimu", M_SCENARIO_SAY, one), "it cannot be read");
	fake_speech_script(e->speech, "伊那市", 0);
	ck_assert_int_eq(lseek(sound, 0, SEEK_END), size);
	close(sound);
	int ends[2]; /* nobody would read it */
	ck_assert_int_eq(pipe(ends), 0);
	sound = ends[1];
	HAS(look_as("zeimu", M_SCENARIO_SAY, one), "into a regular file");
	close(ends[0]);
	close(ends[1]);
	sound = -1;
	HAS_NOT(look_as("zeimu", M_SCENARIO_SAY, one), "\"ms\":");
	end_rig();
}
END_TEST

static TCase *counts(void)
{
	TCase *t = tcase_create("counts");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, who_can_be_contacted);
	tcase_add_test(t, what_came_of_it);
	tcase_add_test(t, a_call_in_progress_has_no_outcome_yet);
	tcase_add_test(t, when_it_may_contact);
	tcase_add_test(t, a_campaign_shows_its_waves);
	tcase_add_test(t, a_scenario_is_boxes);
	tcase_add_test(t, a_sentence_is_heard);
	return t;
}

UNIT_MAIN("turn_counts", counts)
