/*
 * Campaigns that staff hand in, through the whole engine: the file, its editions, what may
 * not be changed, the runs whose approval it belongs to, what a crash leaves.
 */
#include "engine/turn/campaign_edit.h"
#include "engine/turn/edition.h"
#include "engine/turn/hand_in.h"
#include "tests/unit/turn_rig.inc"
#include "tests/unit/turn_read.inc"

#include <fcntl.h>
#include <sys/mman.h>

#define FILE_C "specs/campaigns/c1.xml"
#define HEAD                                                                                       \
	"<vxml version=\"2.1\" o:kind=\"reminder\" xmlns=\"http://www.w3.org/2001/vxml\" "         \
	"xmlns:o=\"urn:osame:scenario:1\">\n"
#define DOC(words) HEAD "<form id='a'><block>\n<prompt>" words "</prompt></block></form></vxml>\n"

static char *old_c1; /* as the rig wrote it */

/* The repository's folder is linked into the rig: a copy, before anything writes there. */
static void begin(struct rig rig)
{
	char path[600];
	start_rig(rig);
	snprintf(path, sizeof path, "%s/specs/scenarios", folder);
	ck_assert_int_eq(unlink(path), 0); /* the link */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	put_file("specs/scenarios/reminder.vxml", DOC("伊那市役所です。"));
	put_file("specs/scenarios/spare.vxml", DOC("こちらは伊那市役所です。"));
	put_file("specs/scenarios/broken.vxml", DOC("未納があります。"));
	old_c1 = strdup(get_file(FILE_C));
	crash();
}

static void finish(void)
{
	if (ask_file >= 0)
		close(ask_file);
	ask_file = -1;
	free(old_c1);
	old_c1 = NULL;
	end_rig();
}

static int file_of(const char *words)
{
	int fd = memfd_create("handed", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, words, strlen(words)), (ssize_t)strlen(words));
	return fd;
}

/* The file with every `was` replaced. */
static const char *with(const char *was, const char *is)
{
	static char all[16384];
	size_t n = 0;
	ck_assert_msg(strstr(old_c1, was) != NULL, "no %s in %s", was, old_c1);
	for (const char *at = old_c1; *at;) {
		bool here = strncmp(at, was, strlen(was)) == 0;
		n += (size_t)snprintf(all + n, sizeof all - n, "%.*s", here ? (int)strlen(is) : 1,
				      here ? is : at);
		at += here ? strlen(was) : 1;
	}
	return all;
}

static struct said *post_file(const char *user, const char *words)
{
	struct json *j = json_new_object();
	if (ask_file >= 0)
		close(ask_file);
	ask_file = file_of(words);
	json_put_str(j, "campaign", "c1");
	return post_as(user, M_CAMPAIGN_IMPORT, j);
}

static struct said hand_as(const char *user, const char *words)
{
	return reply_to(post_file(user, words));
}

static void handed(const char *words)
{
	struct said s = hand_as("tanto", words);
	ck_assert_msg(s.err == 0, "%s", s.why);
}

static struct edition_rec edition(uint32_t n)
{
	struct edition_rec r;
	ck_assert_int_eq(LOOK(db_edition_get(&tx, EDITION_CAMPAIGN, "c1", n, &r)), 0);
	return r;
}

static bool has_edition(uint32_t n)
{
	struct edition_rec r;
	return LOOK(db_edition_get(&tx, EDITION_CAMPAIGN, "c1", n, &r)) == 0;
}

static const struct campaign *c1(void)
{
	return specs_campaign(e->specs, "c1");
}

static const char *verified(const char *department, const char *words)
{
	if (sound >= 0)
		close(sound);
	sound = file_of(words);
	const char *all = look_as(department, M_CAMPAIGN_VERIFY, "{\"campaign\":\"c1\"}");
	close(sound);
	sound = -1;
	return all;
}

START_TEST(it_is_on_disk_in_force_and_has_an_edition)
{
	begin((struct rig){0});
	const char *new = with("limit=\"5 min\"", "limit=\"3 min\"");
	HAS(verified("zeimu", new), "\"errors\":0");
	handed(new);
	ck_assert_str_eq(get_file(FILE_C), new);
	ck_assert_str_eq(c1()->source, new);
	ck_assert_int_eq(c1()->call_limit_ms, 180000);
	ck_assert_ptr_eq(specs_scenario(e->specs, "c1"), specs_scenario(e->specs, "c2"));
	ck_assert_str_eq(edition(1).user, "");
	ck_assert_str_eq(edition(1).bytes, old_c1);
	ck_assert_str_eq(edition(2).user, "tanto");
	ck_assert_int_eq(edition(2).state, EDITION_KEPT);
	HAS(look_as("zeimu", M_CAMPAIGN_DIFF, "{\"campaign\":\"c1\",\"edition\":2}"), "3 min");
	HAS(look_as("zeimu", M_CAMPAIGN_EDITIONS, "{\"campaign\":\"c1\"}"), "\"current\":true");
	crash();
	ck_assert_int_eq(c1()->call_limit_ms, 180000);
	struct said s = ask(M_CAMPAIGN_RESTORE, "{\"campaign\":\"c1\",\"edition\":1}");
	ck_assert_msg(s.err == 0, "%s", s.why);
	ck_assert_str_eq(c1()->source, old_c1);
	ck_assert_uint_eq(edition(3).from, 1);
	s = ask(M_CAMPAIGN_RESTORE, "{\"campaign\":\"c1\",\"edition\":9}");
	ck_assert_int_eq(s.err, E_NOTFOUND);
	finish();
}
END_TEST

static const struct {
	const char *what, *was, *is, *why;
} refusals[] = {
    {"no XML", "<?xml version=\"1.0\"?>", "こんにちは", "line 1: "},
    {"the same", "<title>", "<title>", "says that already"},
    {"a word that the schema lacks", "limit=\"5 min\"", "limit=\"soon\"", "line 2: "},
    {"a window that is never open", "attempts=", "ring=\"3 s\" attempts=", "ring must be"},
    {"an id", "id=\"c1\"", "id=\"c9\"", "id is \"c1\""},
    {"another's department", "department=\"zeimu\"", "department=\"kaigo\"",
     "department is \"zeimu\" and stays so"},
    {"another kind", "kind=\"reminder\"", "kind=\"general\"", "kind is \"reminder\""},
    {"every file that comes", "pattern=\"targets-1*\"", "pattern=\"*\"",
     "files pattern is \"targets-1*\""},
    {"full files", "full=\"*-all\"", "full=\"*\"", "files full is"},
    {"another layout", "layout=\"targets\"", "layout=\"targets-s\"", "files layout is"},
    {"somebody else's number", "caller=\"0265784111\"", "caller=\"0312345678\"",
     "0312345678 is no number of department zeimu"},
    {"a sender's, too", "sender=\"0265784111\"", "sender=\"0312345678\"",
     "0312345678 is no number of department zeimu"},
    {"a scenario that is not there", "scenario=\"reminder\"", "scenario=\"nai\"",
     "scenario nai is not in specs/scenarios"},
    {"a scenario that would say a secret", "scenario=\"reminder\"", "scenario=\"broken\"",
     "[words-need-level-1]"},
};

static const struct {
	const char *what, *title;
	enum campaign_kind kind;
	int errors;
} titles[] = {
    {"a reminder speaks of it after who it is was asked", "未納のお知らせ", CAMPAIGN_REMINDER, 0},
    {"a notice is heard by whoever picks up", "未納のお知らせ", CAMPAIGN_NOTICE, 1},
    {"so is a general one", "滞 納のお知らせ", CAMPAIGN_GENERAL, 1},
    {"nothing is said", "納期限のお知らせ", CAMPAIGN_NOTICE, 0}};

START_TEST(titles_may_be_spoken)
{
	begin((struct rig){0});
	struct problems problems;
	struct campaign c = *c1();
	c.kind = titles[_i].kind;
	snprintf(c.title, sizeof c.title, "%s", titles[_i].title);
	problems_init(&problems);
	specs_campaign_check(e->specs, &conf, &c, &problems);
	ck_assert_msg((int)problems.errors == titles[_i].errors, "%s", titles[_i].what);
	problems_free(&problems);
	finish();
}
END_TEST

START_TEST(what_does_not_pass_is_not_stored)
{
	begin((struct rig){0});
	const char *new = with(refusals[_i].was, refusals[_i].is);
	struct said s = hand_as("tanto", new);
	ck_assert_msg(s.err == E_INVALID && strstr(s.why, refusals[_i].why), "%s: %d %s",
		      refusals[_i].what, s.err, s.why);
	if (strcmp(refusals[_i].was, refusals[_i].is) != 0)
		HAS_NOT(verified("zeimu", new), "\"errors\":0");
	ck_assert_str_eq(get_file(FILE_C), old_c1);
	ck_assert_str_eq(c1()->source, old_c1);
	ck_assert(!has_edition(1));
	finish();
}
END_TEST

START_TEST(another_scenario_is_read_and_called_with)
{
	begin((struct rig){0});
	const struct scenario *was = specs_scenario(e->specs, "c1");
	give("targets-1a", ONE);
	handed(with("scenario=\"reminder\"", "scenario=\"spare\""));
	ck_assert_str_eq(scenario_source(specs_scenario(e->specs, "c1")),
			 DOC("こちらは伊那市役所です。"));
	ck_assert_ptr_eq(specs_scenario(e->specs, "c2"), was);
	ck_assert_ptr_eq(run_view(e, 1)->scenario, specs_scenario(e->specs, "c1"));
	ck_assert_ptr_eq(run_view(e, 1)->campaign, c1());
	/* c2's is c1's again: one document, not two */
	handed(old_c1);
	ck_assert_ptr_eq(specs_scenario(e->specs, "c1"), was);
	finish();
}
END_TEST

START_TEST(another_departments_is_not_there)
{
	begin((struct rig){.two_departments = true});
	ck_assert_int_eq(hand_as("kaigo", with("5 min", "3 min")).err, E_NOTFOUND);
	HAS(verified("kaigo", old_c1), "there is no campaign c1");
	HAS(look_as("kaigo", M_CAMPAIGN_PARTS, "{\"campaign\":\"c1\"}"), "there is no campaign");
	HAS(look_as("kaigo", M_CAMPAIGN_EDITIONS, "{\"campaign\":\"c1\"}"), "no campaign");
	HAS(look_as("kaigo", M_CAMPAIGN_DIFF, "{\"campaign\":\"c1\",\"edition\":1}"),
	    "no campaign");
	/* a scenario and a text of kaigo's alone */
	put_file("specs/texts/anothers.txt", "伊那市役所です。{phone}へお電話ください。\n");
	put_campaign("c2", "targets-2*", "別の催告",
		     "<wave id=\"w\" channel=\"sms\" from-day=\"0\" to-day=\"3\" attempts=\"1\" "
		     "text=\"anothers\"><window days=\"all\" from=\"9:00\" to=\"20:00\"/></wave>");
	char *c2 = strdup(get_file("specs/campaigns/c2.xml"));
	char *at = strstr(c2, "scenario=\"reminder\"");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "scenario=\"spare\"   ", 19);
	put_file("specs/campaigns/c2.xml", c2);
	free(c2);
	crash();
	HAS_NOT(look_as("zeimu", M_CAMPAIGN_PARTS, "{\"campaign\":\"c1\"}"), "spare");
	HAS_NOT(look_as("zeimu", M_CAMPAIGN_PARTS, "{\"campaign\":\"c1\"}"), "anothers");
	struct said s = hand_as("tanto", with("scenario=\"reminder\"", "scenario=\"spare\""));
	ck_assert_int_eq(s.err, E_INVALID);
	ck_assert_ptr_nonnull(strstr(s.why, "scenario spare is not in specs/scenarios"));
	s = hand_as(
	    "tanto",
	    with("</campaign>",
		 "<wave id=\"s\" channel=\"sms\" from-day=\"0\" to-day=\"1\" attempts=\"1\" "
		 "text=\"anothers\"><window days=\"all\" from=\"9:00\" to=\"10:00\"/></wave>"
		 "</campaign>"));
	ck_assert_int_eq(s.err, E_INVALID);
	ck_assert_ptr_nonnull(strstr(s.why, "text anothers cannot be sent: it is not in"));
	ck_assert(!has_edition(1));
	finish();
}
END_TEST

START_TEST(it_must_be_what_was_looked_at)
{
	begin((struct rig){0});
	ask_file = file_of(with("5 min", "3 min"));
	struct said s = ask(M_CAMPAIGN_IMPORT, "{\"campaign\":\"c1\",\"sha256\":\"0000\"}");
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_str_eq(c1()->source, old_c1);
	finish();
}
END_TEST

START_TEST(a_file_that_was_edited_beside_it_stays_and_takes_no_approval)
{
	begin((struct rig){0});
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	put_file(FILE_C, with("5 min", "4 min"));
	struct said s = hand_as("tanto", with("5 min", "3 min"));
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_str_eq(get_file(FILE_C), with("5 min", "4 min"));
	ck_assert_str_eq(c1()->source, old_c1);
	ck_assert_int_eq(edition(2).state, EDITION_LOST);
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	put_file(FILE_C, old_c1);
	handed(with("5 min", "3 min"));
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	/* submitted and approved anew, it is as approved: it starts */
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	must(M_RUN_START, 1);
	s = hand_as("tanto", old_c1);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(s.why, "run 1 of campaign c1 is running"));
	must(M_RUN_PAUSE, 1);
	ck_assert_int_eq(hand_as("tanto", old_c1).err, E_STATE);
	must(M_RUN_CLOSE, 1);
	handed(old_c1);
	finish();
}
END_TEST

/* c2 has nothing to do with it. */
START_TEST(other_campaigns_keep_their_approvals)
{
	begin((struct rig){0});
	give("targets-2a", ONE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	handed(with("5 min", "3 min"));
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	finish();
}
END_TEST

/* While it was read, the scenario that it is to have was saved, or another campaign took it. */
START_TEST(it_is_saved_with_what_there_is_then)
{
	begin((struct rig){0});
	struct said *s = post_file("tanto", with("scenario=\"reminder\"", "scenario=\"spare\""));
	turns(1);
	ck_assert_ptr_nonnull(e->hand_ins);
	struct scenario *there = scenario_ref(specs_scenario(e->specs, "c2"));
	struct campaign_in *in = NULL;
	struct problems problems;
	problems_init(&problems);
	char c2[8192];
	snprintf(c2, sizeof c2, "%s", get_file("specs/campaigns/c2.xml"));
	memcpy(strstr(c2, "scenario=\"reminder\""), "scenario=\"spare\"   ", 19);
	ck_assert_int_eq(campaign_in_read(e, "c2", c2, strlen(c2), &problems, &in), 0);
	struct scenario *spare = in->scenario;
	specs_campaign_set(e->specs, in->campaign, in->scenario);
	free(in);
	problems_free(&problems);
	struct said said = reply_to(s);
	ck_assert_msg(said.err == 0, "%s", said.why);
	ck_assert_ptr_eq(specs_scenario(e->specs, "c1"), spare);
	scenario_unref(there);
	finish();
}
END_TEST

START_TEST(room_is_asked_again_when_it_is_read)
{
	begin((struct rig){0});
	struct said *s = post_file("tanto", with("5 min", "3 min"));
	turns(1);
	while (specs_campaign_room(e->specs)) {
		struct campaign *c = specs_campaign(e->specs, "c2");
		specs_campaign_set(e->specs, campaign_ref(c),
				   scenario_ref(specs_scenario(e->specs, "c2")));
	}
	struct said said = reply_to(s);
	ck_assert_int_eq(said.err, E_LIMIT);
	ck_assert_str_eq(get_file(FILE_C), old_c1);
	ck_assert(!has_edition(1));
	finish();
}
END_TEST

START_TEST(what_a_campaign_may_have_is_listed)
{
	begin((struct rig){0});
	const char *all = look_as("zeimu", M_CAMPAIGN_PARTS, "{\"campaign\":\"c1\"}");
	HAS(all, "\"kind\":\"scenario\",\"id\":\"reminder\"");
	HAS(all, "\"id\":\"spare\"");
	HAS(all, "\"kind\":\"voice-outcome\",\"id\":\"21\"");
	finish();
}
END_TEST

static const char *openings(const char *department, const char *words)
{
	char params[80], day[11];
	civil_format_date(c1()->start_day, day);
	snprintf(params, sizeof params, "{\"campaign\":\"c1\",\"from\":\"%s\",\"days\":10}", day);
	if (!words)
		return look_as(department, M_WINDOW_LIST, params);
	sound = file_of(words);
	const char *all = look_as(department, M_WINDOW_TRY, "{\"campaign\":\"c1\"}");
	close(sound);
	sound = -1;
	return all;
}

START_TEST(windows_of_a_file_are_those_of_the_plan)
{
	begin((struct rig){0});
	char *listed = strdup(openings("zeimu", NULL));
	ck_assert_str_eq(openings("zeimu", old_c1), listed);
	HAS(listed, "\"to\":\"19:00\"");
	free(listed);
	HAS(openings("zeimu", with("19:00", "18:30")), "\"to\":\"18:30\"");
	HAS(openings("zeimu", with("19:00", "8:30")), "has errors: campaign.verify names them");
	HAS(openings("kaigo", old_c1), "no such campaign");
	HAS(openings("zeimu", NULL), "\"to\":\"19:00\"");
	finish();
}
END_TEST

static TCase *campaigns(void)
{
	TCase *t = tcase_create("campaigns");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, it_is_on_disk_in_force_and_has_an_edition);
	tcase_add_loop_test(t, titles_may_be_spoken, 0, (int)(sizeof titles / sizeof *titles));
	tcase_add_loop_test(t, what_does_not_pass_is_not_stored, 0,
			    sizeof refusals / sizeof *refusals);
	tcase_add_test(t, another_scenario_is_read_and_called_with);
	tcase_add_test(t, another_departments_is_not_there);
	tcase_add_test(t, it_must_be_what_was_looked_at);
	tcase_add_test(t, a_file_that_was_edited_beside_it_stays_and_takes_no_approval);
	tcase_add_test(t, other_campaigns_keep_their_approvals);
	tcase_add_test(t, it_is_saved_with_what_there_is_then);
	tcase_add_test(t, room_is_asked_again_when_it_is_read);
	tcase_add_test(t, what_a_campaign_may_have_is_listed);
	tcase_add_test(t, windows_of_a_file_are_those_of_the_plan);
	return t;
}

UNIT_MAIN("turn_campaigns", campaigns)
