/*
 * Form interpretation and events, rule by rule of VoiceXML 2.0 (2.1 changes none of these), each
 * row with the section that it is from. Documents are a few lines; their prompts are letters.
 *
 * Events: S answered, P the prompt played to its end, T the timer ran out, H hung up, 0-9 * # keys.
 * Trace: a prompt's words, "!" a prompt was stopped, tN a timer of N tenths of a second, "." the
 * end.
 */
#include "engine/scenario/model.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define PROMPT(x) "<prompt>" x "</prompt>"
#define OPTION "<option dtmf='1' value='x'/>"
#define FIELD(name, inside) "<field name='" name "'>" PROMPT(name) OPTION inside "</field>"
/* A variable of 200 bytes, and an expression that grows beyond what one may: it has no value. */
#define W50 "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
#define W "<var name='w' expr=\"'" W50 W50 W50 W50 "'\"/>"
#define NO_VALUE "w+w+w+w+w+w+w+w+w+w"
#define TIMES(x) "<noinput><reprompt/></noinput><nomatch><reprompt/></nomatch>" x

struct rule {
	const char *section, *what, *body, *events, *trace;
};

static const struct rule rules[] = {
    /* form items in order */
    {"2.1.6", "items are visited in the document's order",
     "<form><block><prompt>A</prompt></block>" FIELD("B", "") FIELD("C", "") "</form>", "SPP1P1",
     "A B t50 t0 C t50 t0 ."},
    {"2.1.6", "an item whose cond is false is passed over, and looked at again each time",
     "<form><var name='v' expr='0'/><block name='x' cond='v == 1'><prompt>X</prompt></block>"
     "<block><prompt>A</prompt><assign name='v' expr='1'/></block></form>",
     "SPP", "A X ."},
    {"2.1.6", "a block is done once; clear makes it due again",
     "<form><var name='v' expr='0'/><block name='x'><prompt>A</prompt></block>"
     "<block><assign name='v' expr='v + 1'/><if cond='v == 1'><clear namelist='x'/></if></block>"
     "</form>",
     "SPP", "A A ."},
    {"2.3.1", "goto nextitem visits a field although it is filled",
     "<form>" FIELD("A", "") FIELD("B", "<filled><goto nextitem='A'/></filled>") "</form>",
     "SP1P1P", "A t50 t0 B t50 t0 A t50"},
    {"5.3.7", "goto another form resets its items and counters",
     "<form id='f'><field name='A'><prompt>A</prompt><prompt count='2'>B</prompt>" OPTION
     "<nomatch count='2'><goto next='#f'/></nomatch><nomatch><reprompt/></nomatch></field></form>",
     "SP7P7P", "A t50 t0 B t50 t0 A t50"},
    /* prompts */
    {"4.1.6", "the prompts of the highest count that is reached",
     "<form><field name='A'><prompt>A</prompt><prompt count='2'>B</prompt>"
     "<prompt count='2'>C</prompt><prompt count='4'>D</prompt>" OPTION
     "<catch count='1'><reprompt/></catch></field></form>",
     "SPTPPTPPTP", "A t50 B C t50 B C t50 D t50"},
    {"4.1.6", "cond takes prompts out before the count is chosen",
     "<form><field name='A'><prompt>A</prompt><prompt count='2' cond='false'>B</prompt>" OPTION
     "<noinput><reprompt/></noinput></field></form>",
     "SPTP", "A t50 A t50"},
    {"4.1.7", "timeout of the prompt, else of the nearest property",
     "<property name='timeout' value='9s'/><form><property name='timeout' value='7s'/>"
     "<field name='A'><prompt timeout='3s'>A</prompt>" OPTION "</field>"
     "<field name='B'><property name='timeout' value='2s'/><prompt>B</prompt>" OPTION
     "</field>" FIELD("C", "") "</form>",
     "SP1P1P", "A t30 t0 B t20 t0 C t70"},
    {"4.1.7", "several prompts: the last one's timeout",
     "<form><field name='A'><prompt timeout='3s'>A</prompt><prompt timeout='4s'>B</prompt>" OPTION
     "</field></form>",
     "SPP", "A B t40"},
    {"4.1.7", "a block's prompt is the last one, if the field says nothing",
     "<form><block><prompt timeout='1s'>A</prompt></block>"
     "<field name='B'><prompt cond='false'>B</prompt>" OPTION "</field></form>",
     "SP", "A t10"},
    {"4.1.5", "a key ends what plays and answers",
     "<form><block><prompt>A</prompt></block>" FIELD("B", "") FIELD("C", "") "</form>", "S1",
     "A ! C"},
    {"4.1.5", "bargein=false: keys are thrown away meanwhile",
     "<form><field name='A'><prompt bargein='false'>A</prompt>" OPTION
     "</field>" FIELD("B", "") "</"
			       "form>",
     "S1P1", "A t50 t0 B"},
    {"6.3.4", "bargein as a property, which a prompt may overrule",
     "<form><property name='bargein' value='false'/>" FIELD(
	 "A", "") "<field name='B'><prompt bargein='true'>B</prompt>" OPTION "</field></form>",
     "S1P11", "A t50 t0 B ! ."},
    {"4.1", "prompts wait until a field does, or the end",
     "<form><block><prompt>A</prompt></block><block><prompt>B</prompt><exit/></block></form>",
     "SPP", "A B ."},
    /* keys: appendix D */
    {"D", "interdigittimeout ends digits, termchar too",
     "<form><property name='interdigittimeout' value='2s'/><field name='A' type='digits'>" PROMPT(
	 "A") "</field>"
	      "<field name='B' type='digits'><property name='termchar' value='*'/>" PROMPT(
		  "B") "</field>" FIELD("C", "") "</form>",
     "SP12TP34*P", "A t50 t20 t20 B t50 t20 t20 t0 C t50"},
    {"D", "without a termchar # is a wrong key among digits",
     "<form><property name='termchar' value=''/><field name='A' type='digits'>" PROMPT("A")
	 TIMES("") "</field></form>",
     "SP1#P", "A t50 t30 t0 A t50"},
    {"D", "the longest number is taken at once",
     "<form><field name='A' type='digits?length=2'>" PROMPT("A") "</field>" FIELD("B", "") "</"
											   "form>",
     "SP12P", "A t50 t30 t0 B t50"},
    {"D", "too few digits are no match",
     "<form><field name='A' type='digits?length=3'>" PROMPT("A") "<nomatch>" PROMPT(
	 "N") "<exit/></nomatch></field></form>",
     "SP12TP", "A t50 t30 t30 N ."},
    /* events */
    {"5.2.2", "noinput and nomatch count apart",
     "<form><field name='A'>" PROMPT("A") OPTION
     "<noinput>" PROMPT("i") "</noinput>"
			     "<noinput count='2'>" PROMPT("I") "</noinput><nomatch>" PROMPT(
				 "m") "</nomatch>"
				      "<nomatch count='2'>" PROMPT("M") "</nomatch></field></form>",
     "SPTP7PTP7P", "A t50 i t50 t0 m t50 I t50 t0 M t50"},
    {"5.2.2", "a name catches longer names too, and counts them",
     "<form><field name='A'>" PROMPT("A") OPTION
     "<filled><throw event='a.b.c'/></filled>"
     "<catch event='a.b'>" PROMPT("1") "<goto nextitem='A'/></catch>"
				       "<catch event='a' count='2'>" PROMPT(
					   "2") "</catch></field>" FIELD("B", "") "</form>",
     "SP1P1P", "A t50 t0 1 t50 t0 2 t50"},
    {"5.2.2", "half a word catches nothing: the default ends the call",
     "<form><field name='A'>" PROMPT("A") OPTION
     "<filled><throw event='ab'/><throw event='a'/>"
     "</filled><catch event='a'>" PROMPT("1") "</catch></field></form>",
     "SP1", "A t50 t0 ."},
    {"5.2.2", "a catch without a name takes every event",
     "<form><field name='A'>" PROMPT("A") OPTION "<filled><throw event='x.y'/></filled>"
						 "<catch>" PROMPT("1") "</catch></field></form>",
     "SPTP1P", "A t50 1 t50 t0 1 ."},
    {"5.2.2", "one handler for several names",
     "<form><field name='A'>" PROMPT("A") OPTION
     "<catch event='noinput nomatch'>" PROMPT("1") "</catch></field></form>",
     "SPTP7P", "A t50 1 t50 t0 1 t50"},
    {"5.2.2", "cond of a handler",
     "<form><var name='v' expr='0'/><field name='A'>" PROMPT("A") OPTION
     "<noinput cond='v == 1'>" PROMPT("2") "</noinput><noinput cond='v == 0'><assign name='v' "
					   "expr='1'/>" PROMPT("1") "</noinput></field></form>",
     "SPTPTP", "A t50 1 t50 2 t50"},
    {"5.2.2", "an item's counters go on when it is visited again, and start again by clear",
     "<form><field name='A'>" PROMPT("A") OPTION "<nomatch>" PROMPT(
	 "1") "</nomatch>"
	      "<nomatch count='2'>" PROMPT("2") "</nomatch><nomatch count='3'>" PROMPT(
		  "3") "<clear/></nomatch></field></form>",
     "SP7P7P7P7P", "A t50 t0 1 t50 t0 2 t50 t0 3 t50 t0 1 t50"},
    {"5.2.4", "the nearest scope wins at the same count",
     "<noinput>" PROMPT("d") "</noinput><form><noinput>" PROMPT("f") "</noinput>"
								     "<field name='A'>" PROMPT("A")
									 OPTION
     "<noinput>" PROMPT("i") "</noinput></field></form>",
     "SPTP", "A t50 i t50"},
    {"5.2.4", "a higher count further out wins",
     "<noinput count='2'>" PROMPT("d") "</noinput><form><field name='A'>" PROMPT("A") OPTION
     "<noinput>" PROMPT("i") "</noinput></field></form>",
     "SPTPTP", "A t50 i t50 d t50"},
    {"5.2.4", "the first of those in one scope",
     "<form><field name='A'>" PROMPT("A") OPTION
     "<catch event='noinput'>" PROMPT("1") "</catch>"
					   "<noinput>" PROMPT("2") "</noinput></field></form>",
     "SPTP", "A t50 1 t50"},
    {"5.2.4", "handlers of another field are not in scope",
     "<form>" FIELD("A", "<noinput>" PROMPT("1") "</noinput>") FIELD("B", "") "</form>", "SP1PTP",
     "A t50 t0 B t50 B t50"},
    {"5.2.5", "help without a handler asks again",
     "<menu id='m'>" PROMPT("A") "<choice dtmf='1' event='help'/></menu>", "SP1P",
     "A t50 t0 A t50"},
    {"5.2.5", "cancel without a handler waits, and says nothing",
     "<menu id='m'>" PROMPT("A") "<choice dtmf='1' event='cancel'/></menu>", "SP1", "A t50 t0 t50"},
    {"5.2.5", "exit and unknown events end the call; what is queued still plays",
     "<form><block>" PROMPT("A") "<throw event='exit'/></block><block>" PROMPT(
	 "B") "</block></form>",
     "SP", "A ."},
    {"5.2.3", "help by a choice, its handler, and again",
     "<menu id='m'>" PROMPT("A") "<choice dtmf='9' event='help'/><choice dtmf='1' next='#f'/>"
				 "<help>" PROMPT("H") "</help><help count='2'>" PROMPT(
				     "I") "<reprompt/></help></menu>"
					  "<form id='f'><block>" PROMPT("F") "</block></form>",
     "SP9P9PP1P", "A t50 t0 H t50 t0 I A t50 t0 F ."},
    {"5.2.1", "what is thrown in a block goes to the form's handlers, and leaves the rest out",
     "<form><block><throw event='a'/>" PROMPT("never") "</block><block>" PROMPT(
	 "B") "</block>"
	      "<catch event='a'>" PROMPT("1") "</catch></form>",
     "SPP", "1 B ."},
    {"5.2.1", "a handler may throw on",
     "<form><block><throw event='a'/></block><catch event='a'>" PROMPT(
	 "1") "<throw event='b'/>"
	      "</catch><catch event='b'>" PROMPT("2") "<exit/></catch></form>",
     "SPP", "1 2 ."},
    {"5.2.1", "a handler that throws to itself ends, by the limit of steps",
     "<form><block><throw event='a'/></block><catch event='a'><throw event='a'/></catch></form>",
     "S", "."},
    {"5.2.6", "error.semantic: an expression without a value; caught by error",
     W "<form><block><if cond='" NO_VALUE "'><exit/></if>" PROMPT(
	 "never") "</block>"
		  "<block>" PROMPT("B") "</block><error>" PROMPT("e") "</error></form>",
     "SPP", "e B ."},
    {"5.2.6", "in a variable of the form",
     W "<form><var name='v' expr='" NO_VALUE "'/><block>" PROMPT(
	 "B") "</block>"
	      "<catch event='error.semantic'>" PROMPT("e") "<exit/></catch></form>",
     "SP", "e ."},
    {"5.2.6", "in an item's cond",
     W "<form><block cond='" NO_VALUE "'/><error>" PROMPT("e") "<exit/></error></form>", "SP",
     "e ."},
    {"5.2.6", "in a prompt's cond of a field",
     W "<form><field name='A'><prompt cond='" NO_VALUE "'>A</prompt>" OPTION
       "<error>" PROMPT("e") "<exit/></error></field></form>",
     "SP", "e ."},
    {"5.2.6", "without a handler: silence and the end",
     W "<form><block>" PROMPT("A") "<if cond='" NO_VALUE "'/></block></form>", "S", "."},
    /* reprompt */
    {"5.3.6", "a handler without reprompt does not ask again",
     "<form><field name='A'>" PROMPT("A") OPTION "<noinput/></field></form>", "SPTT",
     "A t50 t50 t50"},
    {"5.3.6", "with it: what is queued by the handler first",
     "<form><field name='A'>" PROMPT("A") OPTION "<noinput>" PROMPT("i") "<reprompt/></noinput>"
									 "</field></form>",
     "SPTPP", "A t50 i A t50"},
    {"C", "no reprompt, but another form: it asks",
     "<form><field name='A'>" PROMPT("A") OPTION "<noinput><goto next='#g'/></noinput></field>"
						 "</form><form id='g'>" FIELD("G", "") "</form>",
     "SPTP", "A t50 G t50"},
    {"C", "no reprompt, another field of the form: it does not ask",
     "<form>" FIELD("A", "<noinput><goto nextitem='B'/></noinput>") FIELD("B", "") "</form>", "SPT",
     "A t50 t50"},
    /* filled */
    {"2.4", "filled of a form, all: when the last of its fields is filled",
     "<form>" FIELD("A", "")
	 FIELD("B", "") "<filled>" PROMPT("F") "</filled>" FIELD("C", "") "</form>",
     "SP1P1P", "A t50 t0 B t50 t0 C t50"},
    {"2.4", "filled of a form, namelist",
     "<form>" FIELD("A", "")
	 FIELD("B", "") "<filled namelist='A B'>" PROMPT("F") "</filled>" FIELD("C", "") "</form>",
     "SP1P1PP", "A t50 t0 B t50 t0 F C t50"},
    {"2.4", "filled of a form, any: each time",
     "<form>" FIELD("A", "") FIELD("B", "") "<filled mode='any'>" PROMPT("F") "</filled></form>",
     "SP1PP1P", "A t50 t0 F B t50 t0 F ."},
    {"2.4", "any, with a namelist",
     "<form>" FIELD("A", "")
	 FIELD("B", "") "<filled mode='any' namelist='B'>" PROMPT("F") "</filled></form>",
     "SP1P1P", "A t50 t0 B t50 t0 F ."},
    {"2.4", "in the document's order with the field's own",
     "<form><filled mode='any'>" PROMPT("1") "</filled>" FIELD(
	 "A",
	 "<filled>" PROMPT("2") "</filled>") "<filled mode='any'>" PROMPT("3") "</filled></form>",
     "SP1PPP", "A t50 t0 1 2 3 ."},
    {"2.4", "a jump leaves out those behind it",
     "<form>" FIELD("A", "<filled><goto next='#g'/></filled>") "<filled>" PROMPT(
	 "never") "</filled></form><form id='g'><block>" PROMPT("G") "</block></form>",
     "SP1P", "A t50 t0 G ."},
    {"2.4", "clear in one: the next, of all, is not due",
     "<form>" FIELD(
	 "A",
	 "<filled><if cond='v == 0'><assign name='v' expr='1'/><clear "
	 "namelist='A'/></if></filled>") "<var name='v' expr='0'/><filled>" PROMPT("F") "</"
											"filled></"
											"form>",
     "SP1P1P", "A t50 t0 A t50 t0 F ."},
    {"2.4", "what it throws goes to the form's handlers",
     "<form><catch event='a'>" PROMPT("f") "</catch><field name='A'>" PROMPT("A") OPTION
     "<catch event='a'>" PROMPT("i") "</catch></field><filled><throw event='a'/></filled></form>",
     "SP1P", "A t50 t0 f ."},
    {"5.2.4", "what a field's filled throws goes to the field's",
     "<form><catch event='a'>" PROMPT("f") "</catch><field name='A'>" PROMPT("A") OPTION
     "<catch event='a'>" PROMPT("i") "</catch><filled><throw event='a'/></filled></field></form>",
     "SP1P", "A t50 t0 i ."},
};

static void add(char *to, size_t size, const char *word)
{
	size_t n = strlen(to);

	snprintf(to + n, size - n, "%s%s", n ? " " : "", word);
}

static void trace(struct scenario *s, const struct scenario_vars *v,
		  const struct interp_actions *actions, char *to, size_t size)
{
	for (size_t k = 0; k < actions->n; k++) {
		const struct interp_action *a = &actions->list[k];
		struct prompt_texts texts = {0};
		char word[64] = "?";
		if (a->kind == IA_PLAY) {
			ck_assert_int_eq(scenario_prompt_texts(s, a->prompt, v, &texts), 0);
			snprintf(word, sizeof word, "%s", texts.text[0]);
			prompt_texts_free(&texts);
		} else if (a->kind == IA_TIMER) {
			snprintf(word, sizeof word, "t%u", (unsigned)a->ms / 100);
		} else if (a->kind == IA_STOP || a->kind == IA_HANGUP) {
			snprintf(word, sizeof word, "%s", a->kind == IA_STOP ? "!" : ".");
		}
		add(to, size, word);
	}
}

static struct interp_event event_of(char c)
{
	switch (c) {
	case 'S':
		return (struct interp_event){.kind = IE_START};
	case 'P':
		return (struct interp_event){.kind = IE_PLAYED};
	case 'T':
		return (struct interp_event){.kind = IE_TIMER};
	default:
		return (struct interp_event){.kind = IE_DIGIT, .digit = c};
	}
}

static struct scenario *load(const struct rule *r)
{
	struct scenario *s = NULL;
	struct problems p;

	problems_init(&p);
	int err = st_load_body("general", r->body, &p, &s);
	if (err)
		problems_print(&p, stderr);
	ck_assert_msg(err == 0, "%s: %s", r->section, r->what);
	problems_free(&p);
	return s;
}

START_TEST(rules_of_the_standard)
{
	const struct rule *r = &rules[_i];
	struct scenario *s = load(r);
	struct scenario_vars v = st_vars();
	struct interp *i;
	char got[1024] = "";

	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	for (const char *e = r->events; *e; e++) {
		struct interp_event event = event_of(*e);
		struct interp_actions actions;
		interp_step(i, &event, &actions);
		trace(s, &v, &actions, got, sizeof got);
	}
	ck_assert_msg(strcmp(got, r->trace) == 0, "%s %s:\n did      %s\n expected %s", r->section,
		      r->what, got, r->trace);
	interp_free(i);
	scenario_unref(s);
}
END_TEST

static TCase *events_case(void)
{
	TCase *t = tcase_create("events");
	tcase_add_loop_test(t, rules_of_the_standard, 0, sizeof rules / sizeof *rules);
	return t;
}

UNIT_MAIN("scenario_events", events_case)
