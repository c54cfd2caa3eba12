/*
 * Messages and kept answers: documents that record in ways that must not be, each refused at
 * its line by its rule, and their like that are taken; then conversations: nothing is kept
 * before it was announced, and each end of a message is a value.
 */
#include "engine/scenario/model.h"
#include "tests/unit/scenario_docs.inc"

#include <stdio.h>
#include <string.h>

#define L "\n"
#define SAYS "<o:announce><prompt>記録します。</prompt></o:announce>"
#define Q "<prompt>お話しください。</prompt>"
#define SECRET "<prompt>納付を確認できません。</prompt>"

static const struct {
	const char *what, *body;
	int line;         /* of the error; 0: it must be taken */
	const char *rule; /* words of its message */
} docs[] = {
    {"announced", SAYS "<form><record name='m'>" Q "</record></form>", 0, NULL},
    {"not announced", "<form>" L "<record name='m'>" Q "</record></form>", 3,
     "[record-is-announced]"},
    {"an announcement that betrays a debt",
     "<o:announce>" L SECRET "</o:announce><form><record name='m'>" Q "</record></form>", 3,
     "[words-need-level-1]"},
    {"an announcement with a name",
     "<o:announce>" L "<prompt><say-as interpret-as='name'><value expr='target.name'/></say-as>様。"
     "</prompt></o:announce><form><record name='m'>" Q "</record></form>",
     3, "[machine-names-nobody]"},
    {"a secret before it", SAYS "<form>" L "<record name='m'>" SECRET "</record></form>", 3,
     "[words-need-level-1]"},
    {"a secret behind it: a message proves nothing",
     SAYS "<form><record name='m'>" Q "<filled>" L SECRET "</filled></record></form>", 3,
     "[words-need-level-1]"},
    {"a secret where nothing was said",
     SAYS "<form><record name='m'>" Q "<noinput>" L SECRET "</noinput></record></form>", 3,
     "[words-need-level-1]"},
    {"the level by it",
     SAYS "<form><record name='m'>" Q "<filled>" L
	  "<o:reached code='self'/></filled></record></form>",
     3, "[reached-needs-proof]"},
    {"a task behind it",
     SAYS "<form><record name='m'>" Q
	  "<filled><if cond=\"m == 'recorded'\"><o:task kind='折返し希望'/></if>"
	  "</filled></record></form>",
     0, NULL},
};

START_TEST(paths)
{
	judge(docs[_i].what, "reminder", docs[_i].body, docs[_i].line, docs[_i].rule);
}
END_TEST

/* ---- conversations ---- */

#define MESSAGE                                                                                    \
	SAYS "<form><block><prompt>市役所です。</prompt></block>"                            \
	     "<record name='m' maxtime='30s' finalsilence='2s' beep='true'>" Q                     \
	     "<filled><o:reply name='m' expr='m'/></filled>"                                       \
	     "<noinput count='2'><o:reply name='m' "                                               \
	     "expr=\"'none'\"/><exit/></noinput></record></form>"
#define DEAF_TO_KEYS SAYS "<form><record name='m' dtmfterm='false'>" Q "</record></form>"
#define ANSWER                                                                                     \
	SAYS "<form><block><prompt>市役所です。</prompt></block><field name='f'>"            \
	     "<property name='inputmodes' value='dtmf voice'/>" Q                                  \
	     "<option dtmf='1' value='a'>はい</option></field>"                                  \
	     "<field name='g'><property name='inputmodes' value='dtmf voice'/>" Q                  \
	     "<option dtmf='1' value='a'>はい</option></field></form>"

static struct interp *begin(const char *body, bool keep)
{
	struct scenario_vars v = st_vars();
	struct scenario *s = NULL;
	struct interp *i;
	struct problems p;

	problems_init(&p);
	ck_assert_int_eq(st_load_body("general", body, &p, &s), 0);
	problems_free(&p);
	v.call.keep = keep;
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	ck_assert(scenario_records(s) == (strstr(body, "<record") != NULL));
	scenario_unref(s);
	return i;
}

static struct interp_actions on(struct interp *i, enum interp_event_kind kind)
{
	return step(i, (struct interp_event){.kind = kind});
}

static struct interp_actions recorded(struct interp *i, enum recorded how)
{
	return step(i, (struct interp_event){.kind = IE_RECORDED, .recorded = how});
}

static const struct interp_action *find(const struct interp_actions *a,
					enum interp_action_kind kind)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].kind == kind)
			return &a->list[i];
	return NULL;
}

/* The announcement is the first prompt of the document; it plays second. */
static struct interp *asked(void)
{
	struct interp *i = begin(MESSAGE, true);
	struct interp_actions a = on(i, IE_START);

	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 1);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 0);
	a = step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '1'});
	ck_assert_uint_eq(a.n, 0);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 2);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(a.list[0].kind, IA_RECORD);
	const struct record_ask *ask = a.list[0].record;
	ck_assert_str_eq(ask->name, "m");
	ck_assert_uint_eq(ask->most_ms, 30000);
	ck_assert_uint_eq(ask->final_ms, 2000);
	ck_assert_uint_eq(ask->timeout_ms, 5000);
	ck_assert(ask->beep && ask->keys);
	return i;
}

static void must_reply(struct interp *i, const char *value)
{
	const struct interp_result *r = interp_result(i);
	ck_assert_uint_eq(r->n_replies, 1);
	ck_assert_str_eq(r->replies[0].value, value);
	interp_free(i);
}

START_TEST(each_end_is_a_value)
{
	struct interp *i = asked();
	struct interp_actions a = recorded(i, _i ? RECORDED_LOST : RECORDED_TAKEN);
	ck_assert(find(&a, IA_HANGUP));
	ck_assert_uint_eq(recorded(i, RECORDED_TAKEN).n, 0); /* late words change nothing */
	must_reply(i, _i ? "lost" : "recorded");
}
END_TEST

START_TEST(a_key_ends_it)
{
	struct interp *i = asked();
	struct interp_actions a = step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '5'});
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(a.list[0].kind, IA_RECORD_END);
	ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '5'}).n, 0);
	recorded(i, RECORDED_TAKEN);
	must_reply(i, "recorded");
	i = begin(DEAF_TO_KEYS, true);
	on(i, IE_START);
	on(i, IE_PLAYED);
	ck_assert_int_eq(on(i, IE_PLAYED).list[0].kind, IA_RECORD);
	ck_assert_uint_eq(step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '5'}).n, 0);
	interp_free(i);
}
END_TEST

START_TEST(nothing_is_said)
{
	struct interp *i = asked();
	struct interp_actions a = recorded(i, RECORDED_NOTHING);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 2); /* asked again; announced once */
	ck_assert_int_eq(on(i, IE_PLAYED).list[0].kind, IA_RECORD);
	a = recorded(i, RECORDED_NOTHING);
	ck_assert(find(&a, IA_HANGUP));
	must_reply(i, "none");
}
END_TEST

START_TEST(where_nothing_is_kept)
{
	struct interp *i = begin(MESSAGE, false);
	struct interp_actions a = on(i, IE_START);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 1);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 2); /* it is not announced */
	a = on(i, IE_PLAYED);
	ck_assert(!find(&a, IA_RECORD) && find(&a, IA_HANGUP));
	must_reply(i, "lost");
}
END_TEST

/* Before it is asked for, the detector is believed; from then on a message is no machine's. */
START_TEST(no_message_is_a_machine)
{
	struct interp *i = asked();
	ck_assert_uint_eq(on(i, IE_MACHINE).n, 0);
	ck_assert_uint_eq(on(i, IE_SCREEN).n, 0);
	recorded(i, RECORDED_TAKEN);
	ck_assert_int_eq(interp_result(i)->code, OUT_NONE);
	interp_free(i);
	i = begin(MESSAGE, true);
	on(i, IE_START);
	on(i, IE_PLAYED);
	on(i, IE_MACHINE);
	ck_assert_int_eq(interp_result(i)->code, OUT_MACHINE);
	interp_free(i);
}
END_TEST

START_TEST(answers_are_kept_once_it_was_announced)
{
	struct interp *i = begin(ANSWER, true);
	struct interp_actions a = on(i, IE_START);
	ck_assert_ptr_null(find(&a, IA_LISTEN)->keep);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 0);
	ck_assert_ptr_null(find(&a, IA_LISTEN));
	a = on(i, IE_PLAYED);
	ck_assert_str_eq(find(&a, IA_LISTEN)->keep, "f"); /* listens anew */
	a = step(i, (struct interp_event){.kind = IE_WORD, .word = 0, .score = 90});
	ck_assert_str_eq(find(&a, IA_LISTEN)->keep, "g");
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 3); /* not announced again */
	interp_free(i);
}
END_TEST

START_TEST(answers_are_not_kept)
{
	struct interp *i = begin(ANSWER, false);
	struct interp_actions a = on(i, IE_START);
	ck_assert_ptr_null(find(&a, IA_LISTEN)->keep);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 2);
	a = step(i, (struct interp_event){.kind = IE_WORD, .word = 0, .score = 90});
	ck_assert_ptr_null(find(&a, IA_LISTEN)->keep);
	interp_free(i);
	/* A key before it is over leads past it: it comes again before the next field. */
	i = begin(ANSWER, true);
	on(i, IE_START);
	a = step(i, (struct interp_event){.kind = IE_DIGIT, .digit = '1'});
	ck_assert_ptr_null(find(&a, IA_LISTEN)->keep);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 0);
	a = step(i, (struct interp_event){.kind = IE_WORD, .word = 0, .score = 90});
	ck_assert(find(&a, IA_HANGUP)); /* so does a word */
	interp_free(i);
}
END_TEST

#define LEAVES(to)                                                                                   \
	SAYS                                                                                         \
	    "<form><field name='f'><property name='inputmodes' value='dtmf voice'/>" Q               \
	    "<option dtmf='1' value='a'>はい</option><nomatch><goto next='#t'/></nomatch></field>" \
	    "</form><form id='t'>" to "</form>"

/* Who left a field without an answer is not listened to any more: not with staff, nor twice. */
START_TEST(what_follows_is_no_answer)
{
	static const char *const to[] = {
	    LEAVES("<transfer name='x' bridge='true' dest='staff:window'/>"),
	    LEAVES("<record name='m'>" Q "</record>")};
	struct interp *i = begin(to[_i], true);
	on(i, IE_START);
	on(i, IE_PLAYED);
	struct interp_actions a = on(i, IE_PLAYED);
	ck_assert_str_eq(find(&a, IA_LISTEN)->keep, "f");
	on(i, IE_SPEECH);
	a = on(i, IE_NO_WORD);
	ck_assert_ptr_nonnull(find(&a, IA_DEAF));
	interp_free(i);
}
END_TEST

/* A device that asks who calls heard the announcement; who comes then did not. */
START_TEST(who_comes_later_hears_it_too)
{
	struct interp *i = begin(ANSWER, true);
	on(i, IE_START);
	on(i, IE_PLAYED);
	struct interp_actions a = on(i, IE_PLAYED);
	ck_assert_str_eq(find(&a, IA_LISTEN)->keep, "f");
	on(i, IE_SCREEN);
	a = on(i, IE_PERSON);
	for (int n = 0; n < 4 && !find(&a, IA_LISTEN); n++)
		a = on(i, IE_PLAYED);
	ck_assert_ptr_null(find(&a, IA_LISTEN)->keep);
	interp_free(i);
}
END_TEST

/* Where the first field says who calls, that is said first; its silence is its own prompt's. */
START_TEST(who_calls_is_said_first)
{
	struct interp *i =
	    begin(SAYS "<form><field name='f'><property name='inputmodes' value='dtmf voice'/>"
		       "<prompt timeout='7s'>市役所です。</prompt>"
		       "<option dtmf='1' value='a'>はい</option></field></form>",
		  true);
	struct interp_actions a = on(i, IE_START);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 1);
	a = on(i, IE_PLAYED);
	ck_assert_uint_eq(find(&a, IA_PLAY)->prompt, 0);
	a = on(i, IE_PLAYED);
	ck_assert_str_eq(find(&a, IA_LISTEN)->keep, "f");
	ck_assert_uint_eq(find(&a, IA_TIMER)->ms, 7000);
	interp_free(i);
}
END_TEST

static TCase *record(void)
{
	TCase *t = tcase_create("record");
	tcase_add_loop_test(t, paths, 0, (int)(sizeof docs / sizeof *docs));
	tcase_add_loop_test(t, each_end_is_a_value, 0, 2);
	tcase_add_test(t, a_key_ends_it);
	tcase_add_loop_test(t, what_follows_is_no_answer, 0, 2);
	tcase_add_test(t, who_comes_later_hears_it_too);
	tcase_add_test(t, nothing_is_said);
	tcase_add_test(t, where_nothing_is_kept);
	tcase_add_test(t, no_message_is_a_machine);
	tcase_add_test(t, answers_are_kept_once_it_was_announced);
	tcase_add_test(t, answers_are_not_kept);
	tcase_add_test(t, who_calls_is_said_first);
	return t;
}

UNIT_MAIN("scenario record", record)
