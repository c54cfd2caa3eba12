/*
 * Everything that is read before the engine runs, with each allocation failed in its
 * turn: alone, and with all that follow it. Loading answers with an error, or with
 * the whole result; it never takes less than there was, and never crashes. A
 * document that would leak is refused whatever fails while it is checked.
 * AddressSanitizer's round says that nothing stays behind.
 *
 * Allocations inside libxml2 are left alone: 2.9 dies of some by itself while it
 * parses a schema (xmlSchemaValPredefTypeNode). That can happen at start and in
 * offline checks only, where nothing is under way.
 */
#include "adapters/exchange/exchange.h"
#include "adapters/scenario/voicexml.h"
#include "engine/config/config.h"
#include "engine/registry.h"
#include "engine/turn/specs.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/fallible.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;

/* ---- what is loaded: each frees all; a signature of what it got, so that less is seen ---- */

static struct problems problems;

static const char osamed_conf[] =
    "[engine]\nvar = var\nspecs = specs\nschemas = schemas\ncity = 202096\ncity_name = 伊那市\n"
    "[trunk main]\nuri = sip:127.0.0.1:5060\ndomain = ina.example\n"
    "[gateway kannel]\nurl = http://127.0.0.1:13013/cgi-bin/sendsms\n"
    "[drop core]\nkind = local\nfolder = drop\n"
    "[department zeimu]\nname = 税務課\nphone = 0265784111\ncaller = 0265784111\n"
    "[user taro]\nuid = 1000\nname = 伊那太郎\ndepartment = zeimu\nroles = manager operator\n";
static char conf_path[64], payments_path[64];
static struct scenario_words *words;
static struct layouts *layouts;

static int load_config(size_t *ret_got)
{
	struct config *c = NULL;
	int err = config_load(conf_path, &problems, &c);
	if (!err)
		*ret_got = c->n_drops + 10 * c->n_departments + 100 * c->n_users +
			   1000 * strlen(c->voice.trunks[0].uri);
	config_free(c);
	return err;
}

static int load_layouts(size_t *ret_got)
{
	struct layouts *l = NULL;
	int err = x->layouts_load("specs/layouts", "schemas", &problems, &l);
	size_t n = 0;
	if (err)
		return err;
	while (x->layout_at(l, n))
		n++;
	x->layouts_free(l);
	*ret_got = n;
	return 0;
}

static int load_campaign(size_t *ret_got)
{
	struct campaign *c = NULL;
	int err =
	    x->campaign_load("specs/campaigns/reminder-2026-11.xml", "schemas", &problems, &c);
	if (!err)
		*ret_got = c->n_waves + 100 * strlen(c->scenario) + 10000 * strlen(c->file_pattern);
	campaign_unref(c);
	return err;
}

static int load_holidays(size_t *ret_got)
{
	struct calendar cal = {0};
	int err = x->holidays_load("specs/calendars/syukujitsu.csv", &problems, &cal);
	*ret_got = cal.n;
	return err;
}

static int load_words(size_t *ret_got)
{
	struct scenario_words *w = NULL;
	int err = scenario_voicexml.words_load("specs/lexicon", &problems, &w);
	scenario_voicexml.words_free(w);
	*ret_got = 1;
	return err;
}

static int load_scenario(size_t *ret_got)
{
	struct scenario *s = NULL;
	int err = scenario_voicexml.load("specs/scenarios/reminder.vxml", words, &problems, &s);
	if (!err)
		*ret_got = scenario_prompts(s);
	scenario_unref(s);
	return err;
}

static int load_specs(size_t *ret_got)
{
	static struct config conf;
	struct specs *s = NULL;
	snprintf(conf.engine.specs, sizeof conf.engine.specs, "specs");
	snprintf(conf.engine.schemas, sizeof conf.engine.schemas, "schemas");
	snprintf(conf.engine.city_name, sizeof conf.engine.city_name, "伊那市");
	conf.n_departments = 1;
	snprintf(conf.department[0].id, sizeof conf.department[0].id, "zeimu");
	snprintf(conf.department[0].name, sizeof conf.department[0].name, "税務課");
	snprintf(conf.department[0].phone, sizeof conf.department[0].phone, "0265784111");
	int err = specs_load(&conf, registry(), &problems, &s);
	if (err)
		return err;
	size_t n = 0;
	while (specs_campaign_at(s, n))
		n++;
	*ret_got = n + 10 * specs_calendar(s)->n;
	specs_free(s);
	return 0;
}

static int check_csv(size_t *ret_got)
{
	uint32_t rows = 0;
	struct refusal why;
	int err = x->check(x->layout_find(layouts, "payments"), payments_path, &rows, &why);
	*ret_got = rows;
	return err;
}

static int read_csv(size_t *ret_got)
{
	struct exchange_reader *r = NULL;
	struct row_batch *b;
	struct refusal why;
	size_t rows = 0;
	int err = x->reader_open(x->layout_find(layouts, "payments"), payments_path, 0, &r, &why);
	if (err)
		return err;
	while ((err = x->reader_next(r, &b)) == 0) {
		rows += b->n + 1000 * b->n_errors;
		row_batch_free(b);
	}
	x->reader_close(r);
	*ret_got = rows;
	return err == E_NOTFOUND ? 0 : err;
}

static int sink(void *arg, const void *p, size_t n)
{
	(void)p;
	*(size_t *)arg += n;
	return 0;
}

static int write_csv(size_t *ret_got)
{
	static const struct out_field fields[] = {
	    {"city", "202096"},   {"file_number", "7"},         {"intake", "1"},
	    {"state", "refused"}, {"file_name", "a\"b.csv"},    {"words", "項目がありません"},
	    {"code", "E0001"},    {"stamp_date", "2026-11-22"}, {"stamp_time", "10:15:00"}};
	struct exchange_writer *w = NULL;
	size_t bytes = 0;
	int err = x->writer_open(x->layout_find(layouts, "receipt"), sink, &bytes, &w);
	if (err)
		return err;
	err = x->writer_row(w, fields, sizeof fields / sizeof *fields);
	int closed = x->writer_close(w);
	*ret_got = bytes;
	return err ? err : closed;
}

static const struct subject {
	const char *what;
	int (*load)(size_t *ret_got);
	long step; /* 0: 1. Many allocations of the same kind: every so many */
} subjects[] = {
    {"configuration", load_config, 0}, {"layouts", load_layouts, 0},
    {"campaign", load_campaign, 0},    {"holidays", load_holidays, 0},
    {"secret words", load_words, 0},   {"scenario", load_scenario, 7},
    {"all specs", load_specs, 29},     {"a file's check", check_csv, 0},
    {"a file's rows", read_csv, 0},    {"an answer's rows", write_csv, 0},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static int voicexml_body(const char *body, struct scenario **ret_scenario)
{
	char text[2048];
	int n = snprintf(text, sizeof text,
			 "<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\" "
			 "xmlns:o=\"urn:osame:scenario:1\" o:kind=\"reminder\">\n%s\n</vxml>\n",
			 body);
	return voicexml_load_memory("body.vxml", text, (size_t)n, words, &problems, ret_scenario);
}

/* ---- the sweep ---- */

static void setup(void)
{
	static const char payments[] = "市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,"
				       "通知書番号,消込種別,残額\r\n"
				       "202096,014,100,002,2026,2026,1,A1,1,\r\n"
				       "202096,014,101,002,2026,2026,1,\"A,2\",2,300\r\n"
				       "202096,014,,002,2026,2026,1,A3,1,\r\n";
	xrig_file(osamed_conf, sizeof osamed_conf - 1, conf_path);
	xrig_file(payments, sizeof payments - 1, payments_path);
	words = st_words();
	layouts = xrig_layouts();
}

static void teardown(void)
{
	unlink(conf_path);
	unlink(payments_path);
	scenario_voicexml.words_free(words);
	x->layouts_free(layouts);
}

static long sweep(const struct subject *s, enum fallible_how how, long step)
{
	size_t whole = 0, got;
	long n;

	problems_init(&problems);
	ck_assert_msg(s->load(&whole) == 0, "%s", s->what);
	problems_free(&problems);
	for (n = 1;; n += step) {
		got = 0;
		problems_init(&problems);
		fallible_arm(n, how);
		int err = s->load(&got);
		bool struck = fallible_disarm();
		problems_free(&problems);
		ck_assert_msg(struck || err == 0, "%s: %d", s->what, err);
		ck_assert_msg(err || got == whole, "%s: allocation %ld failed and %zu of %zu came",
			      s->what, n, got, whole);
		if (!struck)
			return n;
	}
}

START_TEST(each_allocation_fails)
{
	const struct subject *s = &subjects[_i];
	long n = sweep(s, FALLIBLE_ONCE, s->step ? s->step : 1);
	ck_assert_msg(n > 1, "%s allocates nothing?", s->what);
	sweep(s, FALLIBLE_ON, n > 500 ? 61 : 1);
}
END_TEST

/* Half of what the checker notes down may be lost: it must not pass for that. */
START_TEST(a_leak_is_refused_whatever_fails)
{
	static const char *const bodies[] = {
	    "<form><block><prompt><value expr='target.debts[0].tax'/></prompt></block></form>",
	    "<form><block><prompt>未、<break/>納です。</prompt></block></form>",
	    "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#yes'/>"
	    "<choice dtmf='2' next='#no'/></menu>"
	    "<form id='yes'><block><o:reached code='self'/><o:level n='1'/></block></form>"
	    "<form id='no'><block><prompt>未納があります。</prompt></block></form>",
	};
	for (long n = 1, more = 1; more; n++) {
		struct scenario *s = NULL;
		more = 0;
		for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
			problems_init(&problems);
			fallible_arm(n, FALLIBLE_ONCE);
			int err = voicexml_body(bodies[i], &s);
			more += fallible_disarm();
			ck_assert_msg(err && !s, "document %zu passed, allocation %ld", i, n);
			problems_free(&problems);
		}
	}
}
END_TEST

TCase *load_case(void);
TCase *load_case(void)
{
	TCase *t = tcase_create("load");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, each_allocation_fails, 0, SUBJECTS);
	tcase_add_test(t, a_leak_is_refused_whatever_fails);
	return t;
}

UNIT_MAIN("alloc load", load_case)
