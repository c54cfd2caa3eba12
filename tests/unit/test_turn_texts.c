/*
 * SMS texts that staff change, through the whole engine: the file, its versions, the runs
 * whose approval it belongs to, what a crash leaves.
 */
#include "engine/turn/edition.h"
#include "engine/turn/text_edit.h"
#include "tests/unit/turn_rig.inc"

#define FILE_T "specs/texts/t.txt"
#define OTHER "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n"
#define THIRD "T p3;14;kotei;2026;3;n3;8000;伊那次郎;1224;09033335555m\n"
#define OLD "伊那市役所です。{phone}へお電話ください。\n"
#define NEW "伊那市役所です。平日に{phone}へお電話ください。"

static struct json *saving(const char *id, const char *template)
{
	struct json *j = json_new_object();
	json_put_str(j, "text", id);
	json_put_str(j, "template", template);
	return j;
}

static struct said save_as(const char *user, const char *template)
{
	return ask_as(user, M_TEXT_SAVE, saving("t", template));
}

static struct edition_rec edition(uint32_t n)
{
	struct edition_rec r;
	ck_assert_int_eq(LOOK(db_edition_get(&tx, EDITION_TEXT, "t", n, &r)), 0);
	return r;
}

static bool has_edition(uint32_t n)
{
	struct edition_rec r;
	return LOOK(db_edition_get(&tx, EDITION_TEXT, "t", n, &r)) == 0;
}

static void saved(const char *template)
{
	struct said s = save_as("tanto", template);
	ck_assert_msg(s.err == 0, "%s", s.why);
}

START_TEST(a_saved_text_is_on_disk_in_force_and_has_a_version)
{
	start_rig((struct rig){.waves = sms_wave});
	saved(NEW);
	ck_assert_str_eq(get_file(FILE_T), NEW "\n");
	ck_assert_str_eq(sms_text_template(specs_text(e->specs, "t")), NEW);
	ck_assert_str_eq(edition(1).user, ""); /* what stood there */
	ck_assert_str_eq(edition(1).bytes, OLD);
	ck_assert_int_eq(edition(1).state, EDITION_KEPT);
	ck_assert_str_eq(edition(2).user, "tanto");
	ck_assert_str_eq(edition(2).bytes, NEW "\n");
	ck_assert_int_eq(edition(2).state, EDITION_KEPT);
	char before[65];
	snprintf(before, sizeof before, "%s", edition(2).before);
	ck_assert_str_eq(edition(1).sha256, before);
	crash();
	ck_assert_str_eq(sms_text_template(specs_text(e->specs, "t")), NEW);
	saved("伊那市役所です。{phone}");
	ck_assert_int_eq(edition(3).state, EDITION_KEPT);
	ck_assert(!has_edition(4)); /* the file was what was saved last */
	end_rig();
}
END_TEST

START_TEST(comments_stay)
{
	start_rig((struct rig){.waves = sms_wave});
	put_file(FILE_T, "# 値: {phone}\n伊那市役所\nです。\n# 終わり\n");
	crash();
	ck_assert_str_eq(sms_text_template(specs_text(e->specs, "t")), "伊那市役所です。");
	saved(NEW);
	ck_assert_str_eq(get_file(FILE_T), "# 値: {phone}\n# 終わり\n" NEW "\n");
	end_rig();
}
END_TEST

static const struct {
	const char *what, *template, *why;
} refusals[] = {
    {"a secret word", "市税の滞納についてお電話ください。", "secret word"},
    {"a link", "https://ina.example/ をご覧ください。", "link"},
    {"an unknown value", "{amount}をお納めください。", "{amount} is no value"},
    {"a brace", "お電話ください。}", "brace"},
    {"a value of the file in a reminder", "{words 備考}へお越しください。", "general campaigns"},
    {"a comment", "# お電話ください。", "comment"},
    {"the same", "伊那市役所です。{phone}へお電話ください。", "says that already"},
};

START_TEST(what_may_not_be_sent_is_not_saved)
{
	start_rig((struct rig){.waves = sms_wave});
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct said s = save_as("tanto", refusals[i].template);
		ck_assert_msg(s.err == E_INVALID && strstr(s.why, refusals[i].why), "%s: %s",
			      refusals[i].what, s.why);
	}
	ck_assert_str_eq(get_file(FILE_T), OLD);
	ck_assert(!has_edition(1));
	end_rig();
}
END_TEST

START_TEST(another_departments_text_is_not_there)
{
	start_rig((struct rig){.waves = sms_wave, .two_departments = true});
	struct said s = save_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_DENIED); /* kaigo's c2 sends it too */
	ck_assert_str_eq(get_file(FILE_T), OLD);
	end_rig();
	start_rig((struct rig){.waves = sms_wave});
	s = save_as("kaigo", NEW);
	ck_assert_int_eq(s.err, E_NOTFOUND);
	end_rig();
}
END_TEST

START_TEST(it_must_be_what_was_looked_at)
{
	start_rig((struct rig){.waves = sms_wave});
	struct said s = ask(M_TEXT_SAVE, "{\"text\":\"t\",\"template\":\"伊那市です。\","
					 "\"sha256\":\"0000\"}");
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_str_eq(get_file(FILE_T), OLD);
	end_rig();
}
END_TEST

START_TEST(an_approval_does_not_outlive_its_text)
{
	start_rig((struct rig){.waves = sms_wave});
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	saved(NEW);
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	saved("伊那市役所です。{phone}");
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	ck_assert_int_eq(command_as("kacho", M_RUN_START, 1).err, E_STATE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	must(M_RUN_START, 1);
	struct said s = save_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(s.why, "run 1"));
	must(M_RUN_PAUSE, 1);
	ck_assert_int_eq(save_as("tanto", NEW).err, E_STATE);
	must(M_RUN_CLOSE, 1);
	settle();
	saved(NEW);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(all_of_a_text_is_what_is_approved)
{
	start_rig((struct rig){.waves = sms_wave});
	put_file(FILE_T, "# 一行目\n伊那市役所です。{phone}\n");
	crash();
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	put_file(FILE_T, "# 一行目\n伊那市役所です。至急{phone}\n");
	crash();
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	end_rig();
}
END_TEST

static void submitted_and_approved(void)
{
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
}

START_TEST(one_that_cannot_be_saved_takes_no_approval)
{
	char texts[600], away[600];
	start_rig((struct rig){.waves = sms_wave});
	snprintf(texts, sizeof texts, "%s/specs/texts", folder);
	snprintf(away, sizeof away, "%s/specs/away", folder);
	submitted_and_approved();
	ck_assert_int_eq(rename(texts, away), 0);
	ck_assert_int_eq(save_as("tanto", NEW).err, E_STATE);
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	ck_assert_int_eq(rename(away, texts), 0);
	put_file(FILE_T, "伊那市です。\n"); /* by hand */
	ck_assert_int_eq(save_as("tanto", NEW).err, E_STATE);
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	must(M_RUN_START, 1);
	end_rig();
}
END_TEST

static const char two_texts[] =
    "<wave id=\"s\" channel=\"sms\" from-day=\"0\" to-day=\"1\" attempts=\"1\" text=\"t\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>"
    "<wave id=\"r\" channel=\"sms\" from-day=\"2\" to-day=\"4\" attempts=\"1\" text=\"reminder\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>";

START_TEST(one_at_a_time_whatever_it_is)
{
	start_rig((struct rig){.waves = two_texts});
	submitted_and_approved();
	struct said *one = post_as("tanto", M_TEXT_SAVE, saving("t", NEW));
	struct said *two = post_as("tanto", M_TEXT_SAVE, saving("reminder", NEW));
	struct said first = reply_to(one), second = reply_to(two);
	ck_assert_msg(first.err == 0, "%s", first.why);
	ck_assert_int_eq(second.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(second.why, "try again"));
	ck_assert_str_eq(get_file("specs/texts/reminder.txt"), OLD);
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	e->n_edits++; /* some other one is on its way */
	ck_assert_int_eq(save_as("tanto", OLD).err, E_STATE);
	e->n_edits--;
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	saved("伊那市役所です。{phone}");
	end_rig();
}
END_TEST

static struct sms_text *text_of(const char *template)
{
	struct sms_text *t = NULL;
	char why[MAX_WORDS];
	ck_assert_int_eq(text_written(template, &t, why), 0);
	return t;
}

START_TEST(without_room_nothing_is_saved)
{
	start_rig((struct rig){.waves = sms_wave});
	submitted_and_approved();
	while (specs_text_room(e->specs))
		specs_text_set(e->specs, "t", text_of(OLD));
	struct said s = save_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_LIMIT);
	ck_assert_ptr_nonnull(strstr(s.why, "restart"));
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	ck_assert_str_eq(get_file(FILE_T), OLD);
	end_rig();
}
END_TEST

START_TEST(a_text_that_does_not_fit_is_not_sent)
{
	start_rig((struct rig){.waves = sms_wave});
	submitted_and_approved();
	must(M_RUN_START, 1);
	go_to(at(7, 8, 30));
	specs_text_set(e->specs, "t", text_of("伊那市役所です。{words memo}へお越しください。"));
	go_to(at(7, 10, 0));
	ck_assert(alerted("sms-text"));
	ck_assert_uint_eq(attempts(), 0);
	end_rig();
}
END_TEST

START_TEST(nobody_submits_while_it_is_saved)
{
	start_rig((struct rig){.waves = sms_wave});
	give("targets-1a", ONE);
	give("targets-1b", OTHER);
	give("targets-1c", THIRD);
	must(M_RUN_SUBMIT, 2);
	must(M_RUN_SUBMIT, 3);
	must(M_RUN_APPROVE, 3);
	struct edition_rec r = {.kind = EDITION_TEXT,
				.doc = "t",
				.n = 1,
				.state = EDITION_WRITING,
				.user = "",
				.name = "",
				.sha256 = "1",
				.before = "0",
				.note = "",
				.bytes = "x"};
	struct tx tx = {.ops = &store_fake, .arena = e->arena};
	ck_assert_int_eq(store_fake.begin(e->store, &tx.txn), 0);
	ck_assert_int_eq(db_edition_put(&tx, &r), 0);
	ck_assert_int_eq(store_fake.commit(tx.txn, NULL), COMMIT_DONE);
	struct said s = command_as("tanto", M_RUN_SUBMIT, 1);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(s.why, "being saved"));
	ck_assert_int_eq(command_as("kacho", M_RUN_APPROVE, 2).err, E_STATE);
	ck_assert_int_eq(command_as("kacho", M_RUN_START, 3).err, E_STATE);
	s = save_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_STATE);
	crash(); /* the file says what became of it */
	ck_assert_int_eq(edition(1).state, EDITION_LOST);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 2);
	must(M_RUN_START, 3);
	end_rig();
}
END_TEST

START_TEST(a_crash_behind_the_file_keeps_the_version)
{
	start_rig((struct rig){.waves = sms_wave});
	saved(NEW);
	struct edition_rec r = edition(2);
	r.state = EDITION_WRITING;
	struct tx tx = {.ops = &store_fake, .arena = e->arena};
	ck_assert_int_eq(store_fake.begin(e->store, &tx.txn), 0);
	ck_assert_int_eq(db_edition_put(&tx, &r), 0);
	ck_assert_int_eq(store_fake.commit(tx.txn, NULL), COMMIT_DONE);
	crash();
	ck_assert_int_eq(edition(2).state, EDITION_KEPT);
	end_rig();
}
END_TEST

START_TEST(a_file_changed_beside_it_stays)
{
	start_rig((struct rig){.waves = sms_wave});
	put_file(FILE_T, "伊那市です。\n");
	struct said s = save_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(s.why, "beside the console"));
	ck_assert_str_eq(get_file(FILE_T), "伊那市です。\n");
	ck_assert_int_eq(edition(2).state, EDITION_LOST);
	ck_assert_str_eq(sms_text_template(specs_text(e->specs, "t")),
			 "伊那市役所です。{phone}へお電話ください。");
	crash();
	saved(NEW); /* what was put there is a version too */
	ck_assert_str_eq(edition(3).bytes, "伊那市です。\n");
	ck_assert_str_eq(edition(3).user, "");
	ck_assert_str_eq(edition(4).bytes, NEW "\n");
	end_rig();
}
END_TEST

START_TEST(an_older_one_is_taken_back_as_a_new_one)
{
	start_rig((struct rig){.waves = sms_wave});
	saved(NEW);
	struct said s = ask(M_TEXT_RESTORE, "{\"text\":\"t\",\"edition\":1,\"note\":\"元へ\"}");
	ck_assert_msg(s.err == 0, "%s", s.why);
	ck_assert_str_eq(get_file(FILE_T), OLD);
	ck_assert_uint_eq(edition(3).from, 1);
	ck_assert_str_eq(edition(3).note, "元へ");
	s = ask(M_TEXT_RESTORE, "{\"text\":\"t\",\"edition\":9}");
	ck_assert_int_eq(s.err, E_NOTFOUND);
	end_rig();
}
END_TEST

START_TEST(only_so_many_versions_stay)
{
	start_rig((struct rig){.waves = sms_wave});
	struct tx tx = {.ops = &store_fake, .arena = e->arena};
	ck_assert_int_eq(store_fake.begin(e->store, &tx.txn), 0);
	for (uint32_t n = 1; n <= MAX_EDITIONS + 5; n++) {
		struct edition_rec r = {.kind = EDITION_TEXT,
					.doc = "t",
					.n = n,
					.state = EDITION_KEPT,
					.user = "",
					.name = "",
					.sha256 = "1",
					.before = "0",
					.note = "",
					.bytes = "x"};
		ck_assert_int_eq(db_edition_put(&tx, &r), 0);
	}
	ck_assert_int_eq(store_fake.commit(tx.txn, NULL), COMMIT_DONE);
	ck_assert_uint_eq(records(T_EDITION), MAX_EDITIONS);
	ck_assert(!has_edition(5) && has_edition(6));
	end_rig();
}
END_TEST

static TCase *texts(void)
{
	TCase *t = tcase_create("texts");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_saved_text_is_on_disk_in_force_and_has_a_version);
	tcase_add_test(t, comments_stay);
	tcase_add_test(t, what_may_not_be_sent_is_not_saved);
	tcase_add_test(t, another_departments_text_is_not_there);
	tcase_add_test(t, it_must_be_what_was_looked_at);
	tcase_add_test(t, a_file_changed_beside_it_stays);
	tcase_add_test(t, an_older_one_is_taken_back_as_a_new_one);
	tcase_add_test(t, only_so_many_versions_stay);
	return t;
}

static TCase *runs(void)
{
	TCase *t = tcase_create("runs");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, an_approval_does_not_outlive_its_text);
	tcase_add_test(t, all_of_a_text_is_what_is_approved);
	tcase_add_test(t, nobody_submits_while_it_is_saved);
	tcase_add_test(t, one_that_cannot_be_saved_takes_no_approval);
	tcase_add_test(t, one_at_a_time_whatever_it_is);
	tcase_add_test(t, without_room_nothing_is_saved);
	tcase_add_test(t, a_text_that_does_not_fit_is_not_sent);
	tcase_add_test(t, a_crash_behind_the_file_keeps_the_version);
	return t;
}

UNIT_MAIN("turn_texts", texts, runs)
