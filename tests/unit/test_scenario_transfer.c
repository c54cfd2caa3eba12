/*
 * Transfers: documents that call staff in ways that must not be, each refused at its line by
 * its rule, and their like that are taken; then conversations: the form item variable takes
 * each value of W3C VoiceXML 2.0, 2.3.7, and the document goes on.
 */
#include "engine/scenario/model.h"
#include "tests/unit/scenario_docs.inc"

#include <stdio.h>
#include <string.h>

#define L "\n"
#define Q "<prompt>一。</prompt>"
#define SELF "<o:reached code='self'/><o:level n='1'/>"
#define TO " bridge='true' dest='staff:window'"
#define ASK(filled)                                                                                  \
	"<form><field name='f'>" Q "<option dtmf='1' value='y'/><option value='say'>職員</option>" \
	"<filled>" filled "</filled></field></form>" L
#define VOICE "<property name='inputmodes' value='dtmf voice'/>"
#define SECRET "<prompt>納付を確認できません。</prompt>"
#define KEYED                                                                                      \
	"<form><field name='k'>" Q "<option dtmf='1' value='y'/><filled>" SELF                     \
	"<goto next='#t'/></filled></field></form>" L

static const struct {
	const char *what, *kind, *body;
	int line;         /* of the error; 0: it must be taken */
	const char *rule; /* words of its message */
} docs[] = {
    {"by a key", "reminder",
     "<form><field name='f'>" Q "<option dtmf='1' value='y'/></field>"
     "<transfer name='t'" TO "/></form>",
     0, NULL},
    {"by a word that may be misheard", "reminder",
     VOICE ASK("<goto next='#t'/>") "<form id='t'>" L "<transfer name='t'" TO "/></form>", 4,
     "[voice-needs-yes]"},
    {"a secret before it at level 0", "reminder",
     "<form>" L "<transfer name='t'" TO ">" SECRET "</transfer></form>", 3, "[words-need-level-1]"},
    {"a secret before it at level 1", "reminder",
     KEYED "<form id='t'><transfer name='t'" TO ">" SECRET "</transfer></form>", 0, NULL},
    {"a secret after staff spoke with somebody", "reminder",
     KEYED "<form id='t'><transfer name='t'" TO "><filled>" L SECRET "</filled></transfer></form>",
     4, "[words-need-level-1]"},
    {"a secret where nobody answered: nobody else came to the telephone", "reminder",
     KEYED "<form id='t'><transfer name='t'" TO "><filled><if cond=\"t == 'busy' || t == "
	   "'noanswer'\">" SECRET "</if></filled></transfer></form>",
     0, NULL},
    {"a secret by the wrong value", "reminder",
     KEYED "<form id='t'><transfer name='t'" TO "><filled><if cond=\"t == "
	   "'far_end_disconnect'\">" L SECRET "</if></filled></transfer></form>",
     4, "[words-need-level-1]"},
    {"the level again without a new key", "reminder",
     KEYED "<form id='t'><transfer name='t'" TO "><filled>" L
	   "<o:level n='1'/></filled></transfer></form>",
     4, "[level-1-needs-key]"},
    {"himself again without a new key", "reminder",
     KEYED "<form id='t'><transfer name='t'" TO "><filled>" L
	   "<o:reached code='self'/></filled></transfer></form>",
     4, "[reached-needs-proof]"},
    {"a secret where its prompt's condition has no value", "reminder",
     "<form><transfer name='t'" TO
     "><prompt cond='target.debts[1].due &gt; 1'>一。</prompt></transfer>"
     "<catch event='error.semantic'>" L SECRET "</catch></form>",
     3, "[words-need-level-1]"},
    {"a secret where staff may be nobody's, so that it is passed over", "reminder",
     "<form><transfer name='t'" TO " o:optional='true'><filled><exit/></filled></transfer>"
     "<block>" L SECRET "</block></form>",
     3, "[words-need-level-1]"},
    {"the same, where it is never passed over", "reminder",
     "<form><transfer name='t'" TO "><filled><exit/></filled></transfer>"
     "<block>" L SECRET "</block></form>",
     0, NULL},
    {"a task after it", "reminder",
     "<form><transfer name='t'" TO "><filled><if cond=\"t == 'busy'\">"
     "<o:task kind='折返し希望'/></if></filled></transfer></form>",
     0, NULL},
};

START_TEST(paths)
{
	judge(docs[_i].what, docs[_i].kind, docs[_i].body, docs[_i].line, docs[_i].rule);
}
END_TEST

/* ---- conversations ---- */

#define BODY                                                                                       \
	"<form><block><prompt>おつなぎします。</prompt></block>" L                                 \
	"<transfer name='t' bridge='true' dest='staff:window' connecttimeout='15s' "               \
	"maxtime='600s'><prompt>お待ちください。</prompt><option dtmf='*' value='end'/>" L         \
	"<filled><o:reply name='staff' expr='t'/>"                                                 \
	"<if cond=\"t == 'busy' || t == 'noanswer'\"><prompt>折り返します。</prompt>"       \
	"<o:task kind='折返し希望'/></if></filled></transfer></form>"

static struct interp *begin(void)
{
	struct scenario_vars v = st_vars();
	struct scenario *s = NULL;
	struct interp *i;
	struct problems p;

	problems_init(&p);
	ck_assert_int_eq(st_load_body("general", BODY, &p, &s), 0);
	problems_free(&p);
	ck_assert_str_eq(scenario_transfer(s, 0), "window");
	ck_assert_ptr_null(scenario_transfer(s, 1));
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	scenario_unref(s);
	return i;
}

/* To where the channel was told. */
static struct interp *asked(void)
{
	struct interp *i = begin();

	ck_assert_int_eq(step(i, (struct interp_event){.kind = IE_START}).list[0].kind, IA_PLAY);
	/* A key before staff are asked for ends nothing. */
	ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '*'}).n, 0);
	ck_assert_int_eq(step(i, (struct interp_event){.kind = IE_PLAYED}).list[0].kind, IA_PLAY);
	struct interp_actions a = step(i, (struct interp_event){.kind = IE_PLAYED});
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(a.list[0].kind, IA_TRANSFER);
	ck_assert_str_eq(a.list[0].transfer->to, "window");
	ck_assert_uint_eq(a.list[0].transfer->connect_ms, 15000);
	ck_assert_uint_eq(a.list[0].transfer->most_ms, 600000);
	return i;
}

static const struct {
	enum transfer_result result;
	const char *value;
	bool bridged, says;
} ends[] = {
    {TRANSFER_BUSY, "busy", false, true},
    {TRANSFER_NOANSWER, "noanswer", false, true},
    {TRANSFER_NETWORK_BUSY, "network_busy", false, false},
    {TRANSFER_UNKNOWN, "unknown", false, false},
    {TRANSFER_NEAR_END, "near_end_disconnect", true, false},
    {TRANSFER_FAR_END, "far_end_disconnect", true, false},
    {TRANSFER_NETWORK, "network_disconnect", true, false},
    {TRANSFER_MAXTIME, "maxtime_disconnect", true, false},
};

START_TEST(each_end_is_a_value)
{
	struct interp *i = asked();
	if (ends[_i].bridged)
		ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_BRIDGED}).n, 0);
	struct interp_actions a =
	    step(i, (struct interp_event){.kind = IE_TRANSFERRED, .transfer = ends[_i].result});
	ck_assert_int_eq(a.list[a.n - 1].kind, ends[_i].says ? IA_PLAY : IA_HANGUP);
	if (ends[_i].says)
		step(i, (struct interp_event){.kind = IE_PLAYED});
	const struct interp_result *r = interp_result(i);
	ck_assert(r->finished);
	ck_assert_str_eq(r->replies[0].name, "staff");
	ck_assert_str_eq(r->replies[0].value, ends[_i].value);
	ck_assert_uint_eq(r->n_replies, ends[_i].says ? 2 : 1);
	/* Late words of the channel change nothing. */
	ck_assert_uint_eq(
	    step(i, (struct interp_event){.kind = IE_TRANSFERRED, .transfer = TRANSFER_BUSY}).n, 0);
	interp_free(i);
}
END_TEST

START_TEST(a_key_ends_it)
{
	struct interp *i = asked();
	step(i, (struct interp_event){.kind = IE_BRIDGED});
	ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '5'}).n, 0);
	struct interp_actions a = step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '*'});
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(a.list[0].kind, IA_REJOIN);
	ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '*'}).n, 0);
	a = step(i, (struct interp_event){.kind = IE_TRANSFERRED, .transfer = TRANSFER_NEAR_END});
	ck_assert_int_eq(a.list[a.n - 1].kind, IA_HANGUP);
	interp_free(i);
}
END_TEST

/* He hangs up: with staff on the line the scenario has done its work; before, it has not. */
START_TEST(the_resident_hangs_up)
{
	struct interp *i = asked();
	if (_i)
		step(i, (struct interp_event){.kind = IE_BRIDGED});
	/* Nobody's machine is heard on staff's side. */
	if (_i)
		ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_MACHINE}).n, 0);
	step(i, (struct interp_event){.kind = IE_HANGUP});
	ck_assert_int_eq(interp_result(i)->finished, _i);
	interp_free(i);
}
END_TEST

/* Two names, one that the document goes on without; which of them the configuration has. */
START_TEST(who_is_not_there_is_passed_over)
{
	static const char body[] =
	    "<form><transfer name='a' bridge='true' dest='staff:night' o:optional='true'/>"
	    "<transfer name='b' bridge='true' dest='staff:day'/></form>";
	struct scenario_vars v = st_vars();
	struct scenario *s = NULL;
	struct interp *i;
	struct problems p;

	problems_init(&p);
	ck_assert_int_eq(st_load_body("general", body, &p, &s), 0);
	problems_free(&p);
	ck_assert(!scenario_needs_transfer(s, 0));
	ck_assert(scenario_needs_transfer(s, 1));
	ck_assert(!scenario_needs_transfer(s, 2));
	v.call.staff = (uint64_t)_i;
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	struct interp_actions a = step(i, (struct interp_event){.kind = IE_START});
	ck_assert_int_eq(a.list[0].kind, IA_TRANSFER);
	ck_assert_str_eq(a.list[0].transfer->to, _i & 1 ? "night" : "day");
	if (_i & 1) {
		a = step(i,
			 (struct interp_event){.kind = IE_TRANSFERRED, .transfer = TRANSFER_BUSY});
		ck_assert_int_eq(a.list[0].kind, IA_TRANSFER);
		ck_assert_str_eq(a.list[0].transfer->to, "day"); /* asked for, there or not */
	}
	interp_free(i);
	scenario_unref(s);
}
END_TEST

static TCase *transfer_case(void)
{
	TCase *t = tcase_create("transfer");

	tcase_add_loop_test(t, paths, 0, (int)(sizeof docs / sizeof *docs));
	tcase_add_loop_test(t, each_end_is_a_value, 0, (int)(sizeof ends / sizeof *ends));
	tcase_add_test(t, a_key_ends_it);
	tcase_add_loop_test(t, who_is_not_there_is_passed_over, 0, 4);
	tcase_add_loop_test(t, the_resident_hangs_up, 0, 2);
	return t;
}

UNIT_MAIN("scenario_transfer", transfer_case)
