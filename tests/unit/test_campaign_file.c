/* Campaign files and the holidays: those that ship load; each mistake is named with its line. */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;

#define TITLE "<title>t</title>\n"
#define FILES                                                                                      \
	"<files layout=\"targets-014\" pattern=\"a*.csv\" contacts=\"contacts\" "                  \
	"results=\"results\" "                                                                     \
	"corrections=\"corrections\" errors=\"errors\" receipt=\"receipt\"/>\n"
#define DATES "<dates start=\"2026-12-01\" end=\"2026-12-10\" demand=\"2026-12-15\"/>\n"
#define VOICE "<voice scenario=\"reminder\" caller=\"0265784111\"/>\n"
#define SMS "<sms sender=\"0265784111\"/>\n"
#define WINDOW "<window days=\"weekdays\" from=\"17:15\" to=\"19:30\"/>\n"
#define WAVE "<wave id=\"w\" channel=\"voice\" from-day=\"0\" to-day=\"3\" attempts=\"2\">"
#define C(inside)                                                                                  \
	"<campaign xmlns=\"urn:osame:campaign:1\" id=\"c\" department=\"zeimu\" "                  \
	"kind=\"reminder\">\n" inside "</campaign>\n"

static const struct mistake {
	const char *what, *xml, *words; /* words NULL: it is right */
	int line;
} mistakes[] = {
    {"the base is right", C(TITLE FILES DATES VOICE WAVE WINDOW "</wave>"), NULL, 0},
    {"not XML", "<campaign>", "", 1},
    {"a DOCTYPE", "<!DOCTYPE campaign []>\n" C(TITLE FILES DATES VOICE WAVE WINDOW "</wave>"),
     "DOCTYPE", 1},
    {"an unknown element", C("<colour/>"), "colour", 2},
    {"no files", C(TITLE DATES VOICE WAVE WINDOW "</wave>"), "files", 3},
    {"no wave", C(TITLE FILES DATES VOICE), "wave", 1},
    {"a day that is none",
     C(TITLE FILES "<dates start=\"2026-02-30\" end=\"2026-12-10\"/>\n" VOICE WAVE WINDOW
		   "</wave>"),
     "start", 4},
    {"the end before the start",
     C(TITLE FILES "<dates start=\"2026-12-10\" end=\"2026-12-01\"/>\n" VOICE WAVE WINDOW
		   "</wave>"),
     "before the start", 4},
    {"over the demand letters",
     C(TITLE FILES
       "<dates start=\"2026-12-01\" end=\"2026-12-15\" demand=\"2026-12-15\"/>\n" VOICE WAVE WINDOW
       "</wave>"),
     "督促状抽出日", 4},
    {"a caller that cannot be called back",
     C(TITLE FILES DATES "<voice scenario=\"r\" caller=\"0120123456\"/>\n" WAVE WINDOW "</wave>"),
     "caller", 5},
    {"a limit of a call of 10 s",
     C(TITLE FILES DATES
       "<voice scenario=\"r\" caller=\"0265784111\" limit=\"10 s\"/>\n" WAVE WINDOW "</wave>"),
     "limit", 5},
    {"a duration without unit",
     C(TITLE FILES DATES "<voice scenario=\"r\" caller=\"0265784111\" limit=\"300\"/>\n" WAVE WINDOW
			 "</wave>"),
     "limit", 5},
    {"a voice wave without voice", C(TITLE FILES DATES SMS WAVE WINDOW "</wave>"), "voice", 6},
    {"a window that closes before it opens",
     C(TITLE FILES DATES VOICE WAVE "\n<window days=\"all\" from=\"19:00\" to=\"17:00\"/></wave>"),
     "never open", 7},
    {"a window over midnight",
     C(TITLE FILES DATES VOICE WAVE "\n<window days=\"all\" from=\"20:00\" to=\"24:30\"/></wave>"),
     "to", 7},
    {"a window of unknown days",
     C(TITLE FILES DATES VOICE WAVE
       "\n<window days=\"someday\" from=\"09:00\" to=\"17:00\"/></wave>"),
     "someday", 7},
    {"a wave without a window", C(TITLE FILES DATES VOICE WAVE "</wave>"), "window", 6},
    {"a campaign without an end",
     C(TITLE FILES "<dates start=\"2026-12-01\" end=\"9999-12-31\"/>\n" VOICE WAVE WINDOW
		   "</wave>"),
     "more than 400 days", 4},
    {"a day that no number holds",
     C(TITLE FILES DATES VOICE "<wave id=\"w\" channel=\"voice\" from-day=\"0\" "
			       "to-day=\"4294967297\" attempts=\"2\">" WINDOW "</wave>"),
     "to-day", 6},
    {"a wave after the end",
     C(TITLE FILES DATES VOICE "<wave id=\"w\" channel=\"voice\" from-day=\"0\" to-day=\"10\" "
			       "attempts=\"2\">" WINDOW "</wave>"),
     "after the campaign's end", 6},
    {"a wave that ends before it begins",
     C(TITLE FILES DATES VOICE "<wave id=\"w\" channel=\"voice\" from-day=\"3\" to-day=\"2\" "
			       "attempts=\"2\">" WINDOW "</wave>"),
     "before from-day", 6},
    {"two waves of one id",
     C(TITLE FILES DATES VOICE WAVE WINDOW "</wave>\n" WAVE WINDOW "</wave>"), "second wave", 8},
    {"an SMS wave without text",
     C(TITLE FILES DATES SMS "<wave id=\"w\" channel=\"sms\" from-day=\"0\" to-day=\"1\" "
			     "attempts=\"1\">" WINDOW "</wave>"),
     "which text", 6},
    {"an SMS wave without sender",
     C(TITLE FILES DATES VOICE "<wave id=\"w\" channel=\"sms\" from-day=\"0\" to-day=\"1\" "
			       "attempts=\"1\" text=\"reminder\">" WINDOW "</wave>"),
     "sender", 6},
    {"a rule for no outcome",
     C(TITLE FILES DATES VOICE WAVE WINDOW "<retry outcome=\"99\" after=\"5 min\"/></wave>"), "99",
     7},
    {"a rule for the other channel's outcome",
     C(TITLE FILES DATES VOICE WAVE WINDOW "<retry outcome=\"60\" after=\"5 min\"/></wave>"), "60",
     7},
    {"two rules of one outcome",
     C(TITLE FILES DATES VOICE WAVE WINDOW "<retry outcome=\"20\" after=\"5 min\"/>"
					   "<retry outcome=\"20\" after=\"6 min\"/></wave>"),
     "second rule", 7},
    {"a ring of 3 minutes",
     C(TITLE FILES DATES VOICE "<wave id=\"w\" channel=\"voice\" from-day=\"0\" to-day=\"1\" "
			       "attempts=\"1\" ring=\"3 min\">" WINDOW "</wave>"),
     "ring", 6},
    {"a notice without its date",
     "<campaign xmlns=\"urn:osame:campaign:1\" id=\"c\" department=\"zeimu\" "
     "kind=\"notice\">\n" TITLE FILES DATES VOICE WAVE WINDOW "</wave></campaign>",
     "due", 4},
    {"an unknown kind",
     "<campaign xmlns=\"urn:osame:campaign:1\" id=\"c\" department=\"zeimu\" kind=\"war\">\n" TITLE
	 FILES DATES VOICE WAVE WINDOW "</wave></campaign>",
     "war", 1},
};

static bool is_named(const struct problems *p, const struct mistake *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].kind == PROBLEM_ERROR && p->list[i].line == m->line &&
		    strstr(p->list[i].what, m->words))
			return true;
	return false;
}

START_TEST(each_mistake_is_named_with_its_line)
{
	const struct mistake *m = &mistakes[_i];
	struct campaign *c = NULL;
	struct problems p;
	char path[64];

	problems_init(&p);
	temp_file(path, "exchange", m->xml, strlen(m->xml));
	int err = x->campaign_load(path, "schemas", &p, &c);
	unlink(path);
	if (m->words ? err != E_INVALID || !is_named(&p, m) : err != 0) {
		problems_print(&p, stderr);
		ck_abort_msg("%s: %d", m->what, err);
	}
	campaign_unref(c);
	problems_free(&p);
}
END_TEST

START_TEST(the_campaigns_that_ship_load)
{
	static const char *const paths[] = {"specs/campaigns/notice-2026-12.xml",
					    "specs/campaigns/reminder-2026-11.xml"};

	for (size_t i = 0; i < 2; i++) {
		struct campaign *c = NULL;
		struct problems p;
		problems_init(&p);
		int err = x->campaign_load(paths[i], "schemas", &p, &c);
		problems_print(&p, stderr);
		ck_assert_int_eq(err, 0);
		ck_assert_uint_eq(strlen(c->version), 64);
		ck_assert_uint_gt(c->n_waves, 0);
		ck_assert_int_eq((int)c->kind, i == 0 ? CAMPAIGN_NOTICE : CAMPAIGN_REMINDER);
		campaign_unref(c);
		problems_free(&p);
	}
}
END_TEST

/* ---- holidays ---- */

static int load_calendar(const char *bytes, size_t n, struct calendar *cal, size_t *ret_errors)
{
	struct problems p;
	char path[64];

	problems_init(&p);
	memset(cal, 0, sizeof *cal);
	temp_file(path, "exchange", bytes, n);
	int err = x->holidays_load(path, &p, cal);
	*ret_errors = p.errors;
	problems_free(&p);
	unlink(path);
	return err;
}

START_TEST(holidays_as_published)
{
	static const struct {
		const char *day;
		bool holiday;
	} days[] = {
	    {"2024-02-12", true},  {"2025-02-24", true},  {"2026-01-01", true},
	    {"2026-03-20", true},  {"2026-05-06", true},  {"2026-09-21", true},
	    {"2026-09-22", true},  {"2026-09-23", true},  {"2026-11-23", true},
	    {"2027-03-21", true},  {"2027-03-22", true},  {"2027-09-23", true},
	    {"2026-11-22", false}, {"2026-12-25", false}, {"2026-12-31", false},
	};
	static struct calendar cal;
	struct problems p;

	problems_init(&p);
	ck_assert_int_eq(x->holidays_load("specs/calendars/syukujitsu.csv", &p, &cal), 0);
	ck_assert_uint_eq(p.errors + p.warnings, 0);
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		int32_t day;
		ck_assert_int_eq(civil_parse_date(days[i].day, &day), 0);
		ck_assert_msg(calendar_is_holiday(&cal, day) == days[i].holiday, "%s", days[i].day);
	}
	problems_free(&p);
}
END_TEST

START_TEST(holidays_in_both_forms_and_broken)
{
	static struct calendar cal;
	size_t errors;
	static const char both[] = "a,b\r\n2026/11/3,\x95\xb6\r\n2026-01-01,x\r\n2026/11/3,x\r\n";
	static const char broken[] = "a,b\r\n2026/11/3,x\r\n2026/13/1,x\r\n26.1.1,x\r\n";
	static const char none[] = "a,b\r\n";

	ck_assert_int_eq(load_calendar(both, sizeof both - 1, &cal, &errors), 0);
	ck_assert_uint_eq(cal.n, 2);
	ck_assert_int_lt(cal.holiday[0], cal.holiday[1]);
	ck_assert_int_eq(load_calendar(broken, sizeof broken - 1, &cal, &errors), E_INVALID);
	ck_assert_uint_eq(errors, 2);
	ck_assert_int_eq(load_calendar(none, sizeof none - 1, &cal, &errors), E_INVALID);
	ck_assert_int_eq(load_calendar("", 0, &cal, &errors), E_INVALID);
}
END_TEST

static TCase *campaign_case(void)
{
	TCase *t = tcase_create("campaign files");
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, each_mistake_is_named_with_its_line, 0,
			    (int)(sizeof mistakes / sizeof *mistakes));
	tcase_add_test(t, the_campaigns_that_ship_load);
	tcase_add_test(t, holidays_as_published);
	tcase_add_test(t, holidays_in_both_forms_and_broken);
	return t;
}

UNIT_MAIN("campaign files", campaign_case)
