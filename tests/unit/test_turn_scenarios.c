/*
 * Scenarios that staff hand in, through the whole engine: the file, its editions, the runs
 * whose approval it belongs to, what a crash leaves; and the thread that reads them.
 */
#include "engine/spec_in.h"
#include "engine/turn/edition.h"
#include "engine/turn/scenario_edit.h"
#include "tests/unit/turn_rig.inc"
#include "tests/unit/turn_read.inc"

#include <fcntl.h>
#include <sys/mman.h>

#define FILE_S "specs/scenarios/reminder.vxml"
#define HEAD                                                                                       \
	"<vxml version=\"2.1\" o:kind=\"reminder\" xmlns=\"http://www.w3.org/2001/vxml\" "         \
	"xmlns:o=\"urn:osame:scenario:1\">\n"
#define DOC(words) HEAD "<form id='a'><block>\n<prompt>" words "</prompt></block></form></vxml>\n"
#define OLD DOC("伊那市役所です。")
#define NEW DOC("こちらは伊那市役所です。")

/* The repository's folder is linked into the rig: a copy, before anything writes there. */
static void begin(struct rig rig)
{
	char path[600];
	start_rig(rig);
	snprintf(path, sizeof path, "%s/specs/scenarios", folder);
	ck_assert_int_eq(unlink(path), 0); /* the link */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	put_file(FILE_S, OLD);
	crash();
}

static void finish(void)
{
	if (ask_file >= 0)
		close(ask_file);
	ask_file = -1;
	end_rig();
}

static int file_of(const char *words)
{
	int fd = memfd_create("handed", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, words, strlen(words)), (ssize_t)strlen(words));
	return fd;
}

static struct said *post_document(const char *user, const char *words)
{
	struct json *j = json_new_object();
	if (ask_file >= 0)
		close(ask_file);
	ask_file = file_of(words);
	json_put_str(j, "campaign", "c1");
	return post_as(user, M_SCENARIO_IMPORT, j);
}

static struct said hand_as(const char *user, const char *words)
{
	return reply_to(post_document(user, words));
}

static struct edition_rec edition(uint32_t n)
{
	struct edition_rec r;
	ck_assert_int_eq(LOOK(db_edition_get(&tx, EDITION_SCENARIO, "reminder", n, &r)), 0);
	return r;
}

static bool has_edition(uint32_t n)
{
	struct edition_rec r;
	return LOOK(db_edition_get(&tx, EDITION_SCENARIO, "reminder", n, &r)) == 0;
}

static const char *in_force(void)
{
	return scenario_source(specs_scenario(e->specs, "c1"));
}

static void handed(const char *words)
{
	struct said s = hand_as("tanto", words);
	ck_assert_msg(s.err == 0, "%s", s.why);
}

START_TEST(it_is_on_disk_in_force_and_has_an_edition)
{
	begin((struct rig){0});
	handed(NEW);
	ck_assert_str_eq(get_file(FILE_S), NEW);
	ck_assert_str_eq(in_force(), NEW);
	ck_assert_ptr_eq(specs_scenario(e->specs, "c2"), specs_scenario(e->specs, "c1"));
	ck_assert_str_eq(edition(1).user, "");
	ck_assert_str_eq(edition(1).bytes, OLD);
	ck_assert_str_eq(edition(2).user, "tanto");
	ck_assert_str_eq(edition(2).bytes, NEW);
	ck_assert_int_eq(edition(2).state, EDITION_KEPT);
	crash();
	ck_assert_str_eq(in_force(), NEW);
	struct said s = ask(M_SCENARIO_RESTORE, "{\"campaign\":\"c1\",\"edition\":1}");
	ck_assert_msg(s.err == 0, "%s", s.why);
	ck_assert_str_eq(in_force(), OLD);
	ck_assert_uint_eq(edition(3).from, 1);
	s = ask(M_SCENARIO_RESTORE, "{\"campaign\":\"c1\",\"edition\":9}");
	ck_assert_int_eq(s.err, E_NOTFOUND);
	finish();
}
END_TEST

static const struct {
	const char *what, *words, *why;
	int err;
} refusals[] = {
    {"a secret, said to anybody", DOC("未納があります。"), "line 3: [words-need-level-1]",
     E_INVALID},
    {"no XML", "こんにちは", "line 1: ", E_INVALID},
    {"nothing", "", "line ", E_INVALID},
    {"the same", OLD, "says that already", E_INVALID},
    {"a transfer that the configuration lacks",
     HEAD "<form id='a'><transfer name='t' dest='staff:nai' bridge='true'/></form></vxml>",
     "transfers to \"nai\"", E_INVALID},
};

START_TEST(what_does_not_pass_is_not_stored)
{
	begin((struct rig){0});
	struct said s = hand_as("tanto", refusals[_i].words);
	ck_assert_msg(s.err == refusals[_i].err && strstr(s.why, refusals[_i].why), "%s: %d %s",
		      refusals[_i].what, s.err, s.why);
	ck_assert_str_eq(get_file(FILE_S), OLD);
	ck_assert_str_eq(in_force(), OLD);
	ck_assert(!has_edition(1));
	finish();
}
END_TEST

START_TEST(another_departments_scenario_is_not_there)
{
	begin((struct rig){0});
	ck_assert_int_eq(hand_as("kaigo", NEW).err, E_NOTFOUND);
	finish();
	begin((struct rig){.two_departments = true}); /* kaigo's c2 has it too */
	ck_assert_int_eq(hand_as("tanto", NEW).err, E_DENIED);
	ck_assert_str_eq(in_force(), OLD);
	finish();
}
END_TEST

START_TEST(it_must_be_what_was_looked_at)
{
	begin((struct rig){0});
	ask_file = file_of(NEW);
	struct said s = ask(M_SCENARIO_IMPORT, "{\"campaign\":\"c1\",\"sha256\":\"0000\"}");
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_str_eq(in_force(), OLD);
	finish();
}
END_TEST

START_TEST(a_file_that_was_edited_beside_it_stays)
{
	begin((struct rig){0});
	put_file(FILE_S, DOC("手で直しました。"));
	struct said s = hand_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_str_eq(get_file(FILE_S), DOC("手で直しました。"));
	ck_assert_str_eq(in_force(), OLD);
	ck_assert_int_eq(edition(2).state, EDITION_LOST);
	finish();
}
END_TEST

START_TEST(one_that_cannot_be_saved_takes_no_approval)
{
	begin((struct rig){0});
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	put_file(FILE_S, DOC("手で直しました。"));
	ck_assert_int_eq(hand_as("tanto", NEW).err, E_STATE);
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	put_file(FILE_S, OLD);
	handed(NEW);
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	finish();
}
END_TEST

/* While a document was read, a text was saved: it was not checked with that. */
START_TEST(one_at_a_time_asked_again_when_it_is_read)
{
	begin((struct rig){0});
	struct said *s = post_document("tanto", NEW);
	turns(1); /* it is being read */
	ck_assert_ptr_nonnull(e->hand_ins);
	e->n_edits++;
	struct said said = reply_to(s);
	e->n_edits--;
	ck_assert_int_eq(said.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(said.why, "try again"));
	ck_assert_str_eq(in_force(), OLD);
	ck_assert(!has_edition(1));
	handed(NEW);
	finish();
}
END_TEST

START_TEST(room_is_asked_again_when_it_is_read)
{
	begin((struct rig){0});
	struct said *s = post_document("tanto", NEW);
	turns(1);
	ck_assert_ptr_nonnull(e->hand_ins);
	while (specs_scenario_room(e->specs))
		specs_scenario_set(e->specs, "reminder",
				   scenario_ref(specs_scenario(e->specs, "c1")));
	struct said said = reply_to(s);
	ck_assert_int_eq(said.err, E_LIMIT);
	ck_assert_ptr_nonnull(strstr(said.why, "restart"));
	ck_assert_str_eq(get_file(FILE_S), OLD);
	ck_assert(!has_edition(1));
	finish();
}
END_TEST

/* A file that who keeps the machine put there may be larger than an edition. */
START_TEST(what_no_edition_keeps_is_not_replaced)
{
	size_t n = MAX_EDIT_BYTES + 100;
	char *large = calloc(1, n + sizeof OLD + 20);
	begin((struct rig){0});
	memcpy(large, OLD, strlen(OLD));
	memcpy(large + strlen(large), "<!--", 4);
	memset(large + strlen(large), 'x', n);
	memcpy(large + strlen(large), "-->", 3);
	put_file(FILE_S, large);
	free(large);
	crash();
	struct said s = hand_as("tanto", NEW);
	ck_assert_int_eq(s.err, E_LIMIT);
	ck_assert_ptr_nonnull(strstr(s.why, "512 kB"));
	ck_assert(!has_edition(1));
	finish();
}
END_TEST

#define SENDS(text)                                                                                \
	HEAD "<form id='a'><block><o:sms text='" text "'/><exit/></block></form></vxml>\n"

START_TEST(another_departments_text_is_none)
{
	begin((struct rig){.waves = one_wave, .two_departments = true});
	put_file("specs/texts/own.txt", "伊那市役所です。{phone}へお電話ください。\n");
	/* kaigo's own campaign, with a scenario of its own and the text t */
	put_campaign("c2", "targets-2*", "別の催告", sms_wave);
	char *c2 = strdup(get_file("specs/campaigns/c2.xml"));
	memcpy(strstr(c2, "scenario=\"reminder\""), "scenario=\"anothers\"", 19);
	put_file("specs/campaigns/c2.xml", c2);
	put_file("specs/scenarios/anothers.vxml", OLD);
	free(c2);
	crash();
	struct said his = hand_as("tanto", SENDS("t")), none = hand_as("tanto", SENDS("u"));
	ck_assert_int_eq(his.err, E_INVALID);
	*strstr(his.why, "text t") = '\0';
	ck_assert_int_eq(none.err, E_INVALID);
	*strstr(none.why, "text u") = '\0';
	ck_assert_str_eq(his.why, none.why);
	ck_assert_str_eq(strchr(his.why, '\0') + 7, strchr(none.why, '\0') + 7);
	handed(SENDS("own"));
	finish();
}
END_TEST

START_TEST(all_that_is_wrong_is_told_however_long_it_took)
{
	begin((struct rig){0});
	sound = file_of(HEAD "<form id='a'><block>\n<prompt>至急お電話ください。</prompt>\n"
			     "<prompt>\xf0\x9f\x98\x80です。</prompt></block></form></vxml>\n");
	look_until = 0; /* the time of a page is over before its first row */
	const char *all = look_as("zeimu", M_SCENARIO_CHECK, "{\"campaign\":\"c1\"}");
	HAS(all, "warned-word");
	HAS(all, "cannot be read: write it");
	HAS(all, "\"errors\":1");
	HAS_NOT(all, "\"next\"");
	close(sound);
	sound = -1;
	look_until = INT64_MAX;
	finish();
}
END_TEST

START_TEST(without_a_synthesiser_it_is_still_checked)
{
	begin((struct rig){0});
	channels_stop(e);
	sound = file_of(NEW);
	HAS(look_as("zeimu", M_SCENARIO_CHECK, "{\"campaign\":\"c1\"}"), "\"errors\":0");
	pthread_mutex_lock(&e->speech_lock); /* it is being taken away just now */
	HAS(look_as("zeimu", M_SCENARIO_CHECK, "{\"campaign\":\"c1\"}"), "try again");
	pthread_mutex_unlock(&e->speech_lock);
	close(sound);
	sound = -1;
	finish();
}
END_TEST

/* ---- the thread ---- */

START_TEST(only_small_regular_files_of_text_are_read)
{
	char *bytes = NULL;
	size_t n = 0;
	int ends[2], fd = file_of("abc");
	ck_assert_int_eq(spec_in_bytes(fd, &bytes, &n), 0);
	ck_assert_str_eq(bytes, "abc");
	free(bytes);
	ck_assert_int_eq(pwrite(fd, "", 1, 1), 1);
	ck_assert_int_eq(spec_in_bytes(fd, &bytes, &n), E_INVALID);
	ck_assert_int_eq(ftruncate(fd, MAX_EDIT_BYTES + 1), 0);
	ck_assert_int_eq(spec_in_bytes(fd, &bytes, &n), E_LIMIT);
	close(fd);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(spec_in_bytes(ends[0], &bytes, &n), E_INVALID);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static TCase *scenarios(void)
{
	TCase *t = tcase_create("scenarios");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, it_is_on_disk_in_force_and_has_an_edition);
	tcase_add_loop_test(t, what_does_not_pass_is_not_stored, 0,
			    sizeof refusals / sizeof *refusals);
	tcase_add_test(t, another_departments_scenario_is_not_there);
	tcase_add_test(t, it_must_be_what_was_looked_at);
	tcase_add_test(t, a_file_that_was_edited_beside_it_stays);
	tcase_add_test(t, one_that_cannot_be_saved_takes_no_approval);
	tcase_add_test(t, one_at_a_time_asked_again_when_it_is_read);
	tcase_add_test(t, room_is_asked_again_when_it_is_read);
	tcase_add_test(t, what_no_edition_keeps_is_not_replaced);
	tcase_add_test(t, another_departments_text_is_none);
	tcase_add_test(t, all_that_is_wrong_is_told_however_long_it_took);
	tcase_add_test(t, without_a_synthesiser_it_is_still_checked);
	tcase_add_test(t, only_small_regular_files_of_text_are_read);
	return t;
}

UNIT_MAIN("turn_scenarios", scenarios)
