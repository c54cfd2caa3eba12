/*
 * Spoken answers: documents whose words would do something unconfirmed, each refused at its
 * line by its rule, and their like that are taken; then conversations with spoken words.
 * The body's first line is line 2.
 */
#include "engine/scenario/level.h"
#include "engine/scenario/model.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define L "\n"
#define VOICE "<property name='inputmodes' value='dtmf voice'/>"
#define PAID "<option dtmf='1' value='paid'/><option value='say'>払いました</option>"
#define Q "<prompt>一。</prompt>"
#define SAY_OR_KEY                                                                                 \
	"<option dtmf='1' value='y'>はい</option><option dtmf='2' value='n'>いいえ</option>"
#define FORM(id, inside) "<form id='" id "'>" inside "</form>" L
#define ASK(id, extra, options, filled)                                                            \
	FORM(id,                                                                                   \
	     "<field name='" id "f'" extra ">" Q options "<filled>" L filled "</filled></field>")
#define SELF "<o:reached code='self'/><o:level n='1'/>"
#define TASK "<o:task kind='相談希望'/>"

static const struct {
	const char *what, *body;
	int line;         /* of the error; 0: it must be taken */
	const char *rule; /* words of its message */
} docs[] = {
    {"a spoken はい says who he is", VOICE ASK("a", "", SAY_OR_KEY, SELF), 3, "[voice-needs-key]"},
    {"a spoken word among keys says who he is",
     VOICE ASK("a", "", PAID, "<if cond=\"af == 'say'\">" SELF "</if>"), 3, "[voice-needs-key]"},
    {"only the key says who he is",
     VOICE ASK("a", "", PAID, "<if cond=\"af == 'paid'\">" SELF "</if>"), 0, NULL},
    {"a second はい is no key",
     VOICE ASK("a", "", SAY_OR_KEY, "<goto next='#b'/>")
	 ASK("b", " o:confirms='af'", SAY_OR_KEY, SELF),
     5, "[voice-needs-key]"},
    {"a key after はい",
     VOICE ASK("a", "", SAY_OR_KEY, "<goto next='#b'/>")
	 ASK("b", " o:confirms='af'", "<option dtmf='1' value='y'/>", SELF),
     0, NULL},
    {"silence after はい",
     VOICE ASK("a", "", SAY_OR_KEY, "<goto next='#b'/>")
	 FORM("b", "<field name='bf'>" Q "<option dtmf='1' value='y'/><noinput>" L SELF
		   "</noinput></field>"),
     5, "[voice-needs-key]"},
    {"the level rises by a word, though he keyed who he is before",
     VOICE ASK("a", "", "<option dtmf='1' value='y'/>", "<o:reached code='self'/><goto next='#b'/>")
	 ASK("b", "", SAY_OR_KEY, "<o:level n='1'/>"),
     5, "[voice-needs-key]"},
    {"a task by a word", VOICE ASK("a", "", PAID, TASK), 3, "[voice-needs-yes]"},
    {"a reply by a word", VOICE ASK("a", "", PAID, "<o:reply name='answer' expr='af'/>"), 3,
     "[voice-needs-yes]"},
    {"a message by a word", VOICE ASK("a", "", PAID, "<o:sms text='reminder'/>"), 3,
     "[voice-needs-yes]"},
    {"a wrong number by a word", VOICE ASK("a", "", PAID, "<o:reached code='wrong'/>"), 3,
     "[voice-needs-yes]"},
    {"another person by a word that is not いいえ",
     VOICE ASK("a", "", PAID, "<o:reached code='other'/>"), 3, "[voice-needs-yes]"},
    {"another person by いいえ: it tells nobody anything",
     VOICE ASK("a", "", "<option dtmf='1' value='y'/><option value='n'>いいえ</option>",
	       "<if cond=\"af == 'n'\"><o:reached code='other'/></if>"),
     0, NULL},
    {"a wrong number by いいえ: that is a record",
     VOICE ASK("a", "", "<option dtmf='1' value='y'/><option value='n'>いいえ</option>",
	       "<if cond=\"af == 'n'\"><o:reached code='wrong'/></if>"),
     3, "[voice-needs-yes]"},
    {"a task by いいえ",
     VOICE ASK("a", "", "<option dtmf='1' value='y'/><option value='n'>いいえ</option>",
	       "<if cond=\"af == 'n'\">" TASK "</if>"),
     3, "[voice-needs-yes]"},
    {"a task in a form that a word of a menu leads to",
     VOICE "<menu id='m'>" Q "<choice dtmf='1' next='#b'>相談</choice></menu>" L FORM(
	 "b", "<block>" L TASK "</block>"),
     4, "[voice-needs-yes]"},
    {"a task after a word and はい, asked for",
     VOICE ASK("a", "", PAID, "<if cond=\"af == 'say'\"><goto next='#b'/></if>")
	 ASK("b", " o:confirms='af'", SAY_OR_KEY, "<if cond=\"bf == 'y'\">" TASK "</if>"),
     0, NULL},
    {"… but はい is the first word where a key led there",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>")
	 ASK("b", " o:confirms='af'", SAY_OR_KEY, "<if cond=\"bf == 'y'\">" TASK "</if>"),
     5, "[voice-needs-yes]"},
    {"… and いいえ leads to the same task",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>") ASK("b", " o:confirms='af'", SAY_OR_KEY, TASK),
     5, "[voice-needs-yes]"},
    {"はい to a question of its own confirms nothing",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>")
	 ASK("b", "", SAY_OR_KEY, "<if cond=\"bf == 'y'\">" TASK "</if>"),
     5, "[voice-needs-yes]"},
    {"はい to the confirmation of another question",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>") ASK("b", "", SAY_OR_KEY, "<goto next='#c'/>")
	 ASK("c", " o:confirms='af'", SAY_OR_KEY, "<if cond=\"cf == 'y'\">" TASK "</if>"),
     7, "[voice-needs-yes]"},
    {"a word that is not はい confirms nothing",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>")
	 ASK("b", " o:confirms='af'",
	     "<option dtmf='1' value='y'/><option value='ok'>そうです</option>", TASK),
     5, "[voice-needs-yes]"},
    {"silence confirms nothing",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>")
	 FORM("b", "<field name='bf' o:confirms='af'>" Q SAY_OR_KEY "<noinput>" L TASK
		   "</noinput></field>"),
     5, "[voice-needs-yes]"},
    {"a task by a key after a word",
     VOICE ASK("a", "", PAID, "<goto next='#b'/>")
	 ASK("b", "", "<option dtmf='1' value='y'/>", TASK),
     0, NULL},
    {"a word that only chooses the next prompt",
     VOICE ASK("a", "", PAID, "<if cond=\"af == 'say'\"><goto next='#b'/></if>")
	 FORM("b", "<block><prompt>二。</prompt></block>"),
     0, NULL},
    {"words that nobody listens for", ASK("a", "", L PAID, ""), 2, "nobody listens"},
    {"words in a field of digits",
     VOICE FORM("a", L "<field name='d' type='digits'>" Q
		       "<option dtmf='#' value='x'>相談</option></field>"),
     3, "field of their own"},
    {"no key at all",
     VOICE FORM("a", L "<field name='d'>" Q "<option value='x'>相談</option></field>"), 3,
     "no key answers"},
    {"a word without a reading",
     VOICE FORM("a", "<field name='d'>" Q L "<option dtmf='1' value='x'>督促状</option></field>"),
     3, "no reading"},
    {"two words that sound the same",
     VOICE FORM("a", "<field name='d'>" Q L
		     "<option dtmf='1' value='x'>相談、ソウダン</option></field>"),
     3, "cannot be told apart"},
    {"neither a key nor a word",
     VOICE FORM("a", "<field name='d'>" Q L "<option value='x'/></field>"), 3, "needs"},
    {"an element among the words",
     VOICE FORM("a", "<field name='d'>" Q L
		     "<option dtmf='1' value='x'><value expr='1'/></option></field>"),
     3, "words and nothing else"},
    {"another mode", L "<property name='inputmodes' value='speech'/>" FORM("a", "<block/>"), 3,
     "inputmodes is"},
    {"a confirmation of nothing",
     VOICE FORM("a", L "<field name='d' o:confirms='e'>" Q SAY_OR_KEY "</field>"), 3,
     "no other field"},
    {"a confirmation of itself",
     VOICE FORM("a", L "<field name='d' o:confirms='d'>" Q SAY_OR_KEY "</field>"), 3,
     "no other field"},
};

static bool has(const struct problems *p, int line, const char *words)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].kind == PROBLEM_ERROR && p->list[i].line == line &&
		    strstr(p->list[i].what, words))
			return true;
	return false;
}

START_TEST(words_prove_nothing)
{
	struct scenario *s = NULL;
	struct problems p;

	problems_init(&p);
	int err = st_load_body("reminder", docs[_i].body, &p, &s);
	if (docs[_i].line == 0) {
		if (err)
			problems_print(&p, stderr);
		ck_assert_msg(err == 0, "%s: refused", docs[_i].what);
	} else {
		if (!has(&p, docs[_i].line, docs[_i].rule))
			problems_print(&p, stderr);
		ck_assert_msg(err == E_INVALID, "%s: taken", docs[_i].what);
		ck_assert_msg(has(&p, docs[_i].line, docs[_i].rule), "%s: not by %s at line %d",
			      docs[_i].what, docs[_i].rule, docs[_i].line);
	}
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

/* ---- conversations ---- */

/* Events: S answered, P played, T timer, H hung up, 0-9 keys; b somebody begins to speak, x none of
 * the words, n noise, u nobody can listen, v nobody ever does; W, then a letter: the word with that
 * number (a: the first), score 80. Actions: p a prompt, s stop, t5 timer, l listen, d deaf, e end.
 */
struct talk {
	const char *what, *path, *events, *actions, *replies, *spoken;
	enum outcome code;
	int unheard;
	enum reached reached;
};

#define R "specs/scenarios/reminder.vxml"
#define N "specs/scenarios/notice.vxml"
static const struct talk talks[] = {
    {.what = "はい asks for the key; the key raises the level",
     .path = R,
     .events = "SbWaP1",
     .actions = "l p s d p t5 t0 p",
     .spoken = "who=はい(80)",
     .reached = REACHED_SELF},
    {.what = "はい again instead of the key is no answer there",
     .path = R,
     .events = "SWaPTPTPP",
     .actions = "l p s d p t5 p t5 p p e",
     .spoken = "who=はい(80)",
     .reached = REACHED_OPENING},
    {.what = "いいえ, then silence: another person",
     .path = R,
     .events = "SPPbWbPTP",
     .actions = "l p p t5 t0 d p t5 p e",
     .spoken = "who=いいえ(80)",
     .code = OUT_OTHER_PERSON,
     .reached = REACHED_OTHER},
    {.what = "none of the words, twice while it plays: nothing; once after it: asked again",
     .path = R,
     .events = "SbxbxPPbxP",
     .actions = "l p p t5 t0 l p t5",
     .reached = REACHED_OPENING},
    {.what = "he still speaks when the question ends: the silence counts from his end",
     .path = R,
     .events = "SbPPn",
     .actions = "l p p t5",
     .reached = REACHED_OPENING},
    {.what = "a key takes the question from the words",
     .path = R,
     .events = "Sb2Wa",
     .actions = "l p s d p",
     .code = OUT_OTHER_PERSON,
     .reached = REACHED_OTHER},
    {.what = "nobody can listen: keys go on, and it is counted",
     .path = R,
     .events = "SuPP2",
     .actions = "l p d p t5 t0 p",
     .unheard = 1,
     .code = OUT_OTHER_PERSON,
     .reached = REACHED_OTHER},
    {.what = "nobody ever listens: not counted",
     .path = R,
     .events = "SvPP2",
     .actions = "l p d p t5 t0 p",
     .code = OUT_OTHER_PERSON,
     .reached = REACHED_OTHER},
    {.what = "a word, then a spoken はい: recorded as that",
     .path = R,
     .events = "S1#PPbWaPbWaPP",
     .actions = "l p s d p s l p p t5 t0 d l p t5 t0 d p p e",
     .replies = "answer=paid/3 task=納付済申告/3",
     .spoken = "answer=払いました(80) sure4=はい(80)",
     .reached = REACHED_SELF},
    {.what = "a word, then the key",
     .path = R,
     .events = "S1#PPWaP1PP",
     .actions = "l p s d p s l p p t5 t0 d l p t5 t0 d p p e",
     .replies = "answer=paid/2 task=納付済申告/2",
     .spoken = "answer=払いました(80)",
     .reached = REACHED_SELF},
    {.what = "a word, then いいえ: asked again, nothing recorded",
     .path = R,
     .events = "S1#PPWaPWbH",
     .actions = "l p s d p s l p p t5 t0 d l p t5 t0 d l p",
     .spoken = "answer=払いました(80) sure4=いいえ(80)",
     .reached = REACHED_SELF},
    {.what = "a word, then silence twice: nothing recorded",
     .path = R,
     .events = "S1#PPWaPTPTPP",
     .actions = "l p s d p s l p p t5 t0 d l p t5 l p t5 d p p e",
     .spoken = "answer=払いました(80)",
     .reached = REACHED_SELF},
    {.what = "keys alone",
     .path = R,
     .events = "S1#PP1PP",
     .actions = "l p s d p s l p p t5 t0 d p p e",
     .replies = "answer=paid/1 task=納付済申告/1",
     .reached = REACHED_SELF},
    {.what = "a menu: a word that only repeats",
     .path = N,
     .events = "SPPPWcP",
     .actions = "l p p p t5 t0 d l p p",
     .spoken = "n3=もう一度(80)",
     .reached = REACHED_OPENING},
    {.what = "a menu: a word, then はい",
     .path = N,
     .events = "SPPPWaPWaPP",
     .actions = "l p p p t5 t0 d l p t5 t0 d p p e",
     .replies = "answer=slip/3 task=納付書再発行希望/3",
     .spoken = "n3=納付書(80) n4voice=はい(80)",
     .reached = REACHED_OPENING},
};

static const char *event_from(const char *e, struct interp_event *ev)
{
	static const struct {
		char c;
		enum interp_event_kind kind;
	} kinds[] = {{'S', IE_START},  {'P', IE_PLAYED},  {'T', IE_TIMER},
		     {'H', IE_HANGUP}, {'b', IE_SPEECH},  {'x', IE_NO_WORD},
		     {'n', IE_NOISE},  {'u', IE_UNHEARD}, {'v', IE_UNHEARD}};

	*ev = (struct interp_event){.kind = IE_DIGIT, .digit = *e};
	if (*e == 'W') {
		*ev = (struct interp_event){.kind = IE_WORD, .word = e[1] - 'a', .score = 80};
		return e + 2;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].c == *e)
			*ev = (struct interp_event){.kind = kinds[i].kind,
						    .err = *e == 'v' ? E_STATE : E_FULL};
	return e + 1;
}

static void trace(char *to, size_t size, const struct interp_action *a)
{
	static const char *const names[] = {[IA_PLAY] = "p",   [IA_STOP] = "s",   [IA_TIMER] = "t",
					    [IA_HANGUP] = "e", [IA_LISTEN] = "l", [IA_DEAF] = "d"};
	size_t n = strlen(to);

	n += (size_t)snprintf(to + n, size - n, "%s%s", n ? " " : "", names[a->kind]);
	if (a->kind == IA_TIMER)
		snprintf(to + n, size - n, "%u", (unsigned)(a->ms / 1000));
	if (a->kind == IA_LISTEN)
		ck_assert_uint_gt(a->words->n, 0);
}

static void known(const struct interp_result *r, char replies[512], char spoken[512])
{
	*replies = *spoken = '\0';
	for (size_t i = 0; i < r->n_replies; i++) {
		size_t n = strlen(replies);
		snprintf(replies + n, 512 - n, "%s%s=%s/%d", i ? " " : "", r->replies[i].name,
			 r->replies[i].value, (int)r->replies[i].by);
	}
	for (size_t i = 0; i < r->n_spoken; i++) {
		size_t n = strlen(spoken);
		snprintf(spoken + n, 512 - n, "%s%s=%s(%d)", i ? " " : "", r->spoken[i].field,
			 r->spoken[i].word, r->spoken[i].score);
	}
}

START_TEST(conversations)
{
	const struct talk *t = &talks[_i];
	struct scenario *s = st_load(t->path);
	struct scenario_vars v = st_vars();
	struct interp *i;
	char said[1024] = "", replies[512], spoken[512];

	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	for (const char *e = t->events; *e;) {
		struct interp_actions actions;
		struct interp_event ev;
		e = event_from(e, &ev);
		interp_step(i, &ev, &actions);
		for (size_t k = 0; k < actions.n; k++)
			trace(said, sizeof said, &actions.list[k]);
	}
	const struct interp_result *r = interp_result(i);
	known(r, replies, spoken);
	ck_assert_msg(strcmp(said, t->actions) == 0, "%s:\n did      %s\n expected %s", t->what,
		      said, t->actions);
	ck_assert_msg(strcmp(replies, t->replies ? t->replies : "") == 0, "%s: replies %s", t->what,
		      replies);
	ck_assert_msg(strcmp(spoken, t->spoken ? t->spoken : "") == 0, "%s: spoken %s", t->what,
		      spoken);
	ck_assert_int_eq(r->unheard, t->unheard);
	ck_assert_int_eq(r->code, t->code);
	ck_assert_int_eq(r->reached, t->reached);
	interp_free(i);
	scenario_unref(s);
}
END_TEST

/* inputmodes="voice": keys are nobody's answer, until nobody can listen. */
START_TEST(voice_alone)
{
	static const char body[] =
	    "<form><field name='a'><property name='inputmodes' value='voice'/>" Q
	    "<option dtmf='1' value='x'>相談</option></field></form>";
	struct scenario_vars v = st_vars();
	struct interp_actions a;
	struct scenario *s = NULL;
	struct problems p;
	struct interp *i;

	problems_init(&p);
	ck_assert_int_eq(st_load_body("general", body, &p, &s), 0);
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	interp_step(i, &(struct interp_event){.kind = IE_START}, &a);
	interp_step(i, &(struct interp_event){.kind = IE_DIGIT, .digit = '1'}, &a);
	ck_assert_uint_eq(a.n, 0);
	interp_step(i, &(struct interp_event){.kind = IE_UNHEARD, .err = E_FULL}, &a);
	interp_step(i, &(struct interp_event){.kind = IE_DIGIT, .digit = '1'}, &a);
	ck_assert_uint_gt(a.n, 0);
	ck_assert(interp_result(i)->finished);
	interp_free(i);
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

static TCase *spoken_case(void)
{
	TCase *t = tcase_create("spoken");
	tcase_add_loop_test(t, words_prove_nothing, 0, (int)(sizeof docs / sizeof *docs));
	tcase_add_loop_test(t, conversations, 0, (int)(sizeof talks / sizeof *talks));
	tcase_add_test(t, voice_alone);
	return t;
}

UNIT_MAIN("scenario_spoken", spoken_case)
