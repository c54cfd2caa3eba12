/*
 * What a drawing shows and a walk says: arrows and levels as the checker found them, and
 * calls that nobody makes, by the steps that somebody clicks. The model documents, too.
 */
#include "engine/scenario/model.h"
#include "engine/scenario/tryout.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SELF "<o:reached code='self'/><o:level n='1'/>"
#define ASK                                                                                        \
	"<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#yes'/>"      \
	"<choice dtmf='2' next='#no'/></menu>"
#define NO "<form id='no'><block><o:reached code='other'/></block></form>"

/* ---- arrows ---- */

/* "ask1 1>yes1", "no1 on>end", sorted as they were found; levels as "yes1:0-1". */
static void drawn(const struct scenario *s, char *to, size_t size)
{
	static const char *const by[] = {"",       "on",    "key",      "word",
					 "digits", "event", "transfer", "record"};
	size_t n = 0;
	for (size_t i = 0; i < s->n_arrows; i++) {
		const struct model_arrow *a = &s->arrows[i];
		const struct model_dialog *d = &s->dialogs[a->dialog];
		const struct model_item *item = &d->items[a->item];
		bool end = a->to_dialog == ARROW_END;
		char which[64] = "";
		if (a->by == ARROW_KEY)
			snprintf(which, sizeof which, "=%c", item->options[a->which].key);
		else if (a->by == ARROW_WORD)
			snprintf(which, sizeof which, "=%u", a->which);
		else if (a->by == ARROW_EVENT)
			snprintf(which, sizeof which, "=%.40s", s->events[a->which].name);
		else if (a->by == ARROW_TRANSFER)
			snprintf(which, sizeof which, "=%.40s",
				 transfer_value((enum transfer_result)a->which));
		n += (size_t)snprintf(to + n, size - n, "%s%s%d %s%s>%s%.0d", i ? ", " : "", d->id,
				      a->item + 1, by[a->by], which,
				      end ? "end" : s->dialogs[a->to_dialog].id,
				      end ? 0 : a->to_item + 1);
		ck_assert_uint_lt(n, size);
	}
}

static const struct {
	const char *what, *kind, *body, *arrows;
} drawings[] = {
    {"a block leads on to the next item, the last one to the end", "notice",
     "<form id='a'><block>"
     "<prompt>伊那市です。</prompt></block><block><prompt>以上です。</prompt></block></form>",
     "a1 on>a2, a2 on>end"},
    {"choices lead by their keys, and where each leads is drawn once", "reminder",
     ASK "<form id='yes'><block>" SELF "<goto next='#ask'/></block></form>" NO,
     "ask1 key=1>yes1, ask1 key=2>no1, yes1 on>ask1, no1 on>end"},
    {"a filled parts its ways by the key that was pressed", "notice",
     "<form id='a'><field name='f'><prompt>1か2。</prompt><option dtmf='1' value='x'/>"
     "<option dtmf='2' value='y'/><filled><if cond=\"f == 'x'\"><goto next='#b'/></if></filled>"
     "</field></form><form id='b'><block><prompt>以上です。</prompt></block></form>",
     "a1 key=1>b1, a1 key=2>end, b1 on>end"},
    {"a condition that nobody knows counts both ways", "notice",
     "<form id='a'><block><if cond='inbound()'><goto next='#b'/></if></block></form>"
     "<form id='b'><block><prompt>以上です。</prompt></block></form>",
     "a1 on>b1, a1 on>end, b1 on>end"},
    {"a keyed number, and silence with a handler", "notice",
     "<form id='a'><field name='f' type='digits?length=4'><prompt>四桁。</prompt>"
     "<noinput count='1'><reprompt/></noinput><noinput count='2'><goto next='#b'/></noinput>"
     "<filled><goto next='#b'/></filled></field></form>"
     "<form id='b'><block><prompt>以上です。</prompt></block></form>",
     "a1 digits>b1, a1 event=noinput>a1, a1 event=noinput>b1, b1 on>end"},
};

START_TEST(ways_are_drawn_as_they_are_walked)
{
	struct problems p;
	struct scenario *s = NULL;
	char got[4096] = "";
	problems_init(&p);
	int err = st_load_body(drawings[_i].kind, drawings[_i].body, &p, &s);
	if (err)
		problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	drawn(s, got, sizeof got);
	ck_assert_msg(strcmp(got, drawings[_i].arrows) == 0, "%s:\n  %s\nwanted\n  %s",
		      drawings[_i].what, got, drawings[_i].arrows);
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

static const struct model_item *item_of(const struct scenario *s, const char *dialog)
{
	for (size_t i = 0; i < s->n_dialogs; i++)
		if (strcmp(s->dialogs[i].id, dialog) == 0)
			return &s->dialogs[i].items[0];
	ck_abort_msg("no dialog %s", dialog);
	return NULL;
}

START_TEST(levels_are_those_of_the_paths)
{
	struct problems p;
	struct scenario *s = NULL;
	problems_init(&p);
	ck_assert_int_eq(
	    st_load_body("reminder",
			 ASK "<form id='yes'><block>" SELF "<goto next='#both'/></block></form>"
			     "<form id='no'><block><goto next='#both'/></block></form>"
			     "<form id='both'><block><prompt>以上です。</prompt></block></form>"
			     "<form id='never'><block/></form>",
			 &p, &s),
	    0);
	ck_assert(item_of(s, "yes")->visited);
	ck_assert_int_eq(item_of(s, "yes")->most_level, 0);
	ck_assert_int_eq(item_of(s, "both")->least_level, 0);
	ck_assert_int_eq(item_of(s, "both")->most_level, 1);
	ck_assert(!item_of(s, "never")->visited);
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

/* ---- walks ---- */

static const struct {
	const char *what, *file, *steps;
	int err;
	size_t bad;
	enum try_waits waits;
	const char *dialog; /* where it waits */
	int level;
	const char *says; /* words of what is said behind the last step; NULL: nothing */
} walks[] = {
    {"answered", "reminder", "", 0, 0, TRY_ANSWER, "r1", 0, "伊那市役所"},
    {"silence asks again", "reminder", "-", 0, 0, TRY_ANSWER, "r1", 0, "ご本人"},
    {"the person, and then his birthday", "reminder", "1", 0, 0, TRY_ANSWER, "r2", 1, "お誕生日"},
    {"a key that is none", "reminder", "x", E_INVALID, 0, TRY_ENDED, "", 0, NULL},
    {"nobody is transferred yet", "reminder", "1C", E_INVALID, 1, TRY_ENDED, "", 0, NULL},
    {"more words than are listened for", "reminder", "p", E_INVALID, 0, TRY_ENDED, "", 0, NULL},
    {"a machine hears its message", "reminder", "M", 0, 0, TRY_ENDED, "", 0, "お電話ください"},
    {"nothing is behind the end", "reminder", "M1", E_INVALID, 1, TRY_ENDED, "", 0, NULL},
};

/* What is said behind the last step, as one. */
static void said_of(const struct scenario *s, const struct scenario_vars *v, const struct tryout *t,
		    char *to, size_t size)
{
	size_t n = 0;
	*to = '\0';
	for (size_t i = 0; i < t->n_said; i++) {
		struct prompt_texts texts = {0};
		ck_assert_int_eq(scenario_prompt_texts(s, t->said[i].prompt, v, &texts), 0);
		if (texts.n && n < size)
			n += (size_t)snprintf(to + n, size - n, "%s ", texts.text[0]);
		prompt_texts_free(&texts);
	}
}

START_TEST(a_walk_is_what_a_call_would_be)
{
	char path[200], said[4096];
	struct scenario_vars v = st_vars();
	struct tryout *t = calloc(1, sizeof *t);
	size_t bad = 0;
	snprintf(path, sizeof path, "specs/scenarios/%s.vxml", walks[_i].file);
	struct scenario *s = st_load(path);
	int err = scenario_tryout(s, &v, walks[_i].steps, &bad, t);
	ck_assert_msg(err == walks[_i].err, "%s: %s", walks[_i].what, err_str(err));
	ck_assert_uint_eq(bad, walks[_i].bad);
	if (!err) {
		said_of(s, &v, t, said, sizeof said);
		ck_assert_msg(t->waits == walks[_i].waits, "%s: waits %d (%s)", walks[_i].what,
			      t->waits, said);
		if (t->waits != TRY_ENDED)
			ck_assert_str_eq(s->dialogs[t->dialog].id, walks[_i].dialog);
		ck_assert_int_eq(t->level, walks[_i].level);
		ck_assert_msg(strstr(said, walks[_i].says) != NULL, "%s: said %s", walks[_i].what,
			      said);
	}
	free(t);
	scenario_unref(s);
}
END_TEST

START_TEST(too_long_a_walk_is_refused)
{
	char steps[MAX_TRY_STEPS + 2];
	struct scenario_vars v = st_vars();
	struct tryout *t = calloc(1, sizeof *t);
	struct scenario *s = st_load("specs/scenarios/notice.vxml");
	size_t bad;
	memset(steps, '-', sizeof steps);
	steps[MAX_TRY_STEPS + 1] = '\0';
	ck_assert_int_eq(scenario_tryout(s, &v, steps, &bad, t), E_LIMIT);
	free(t);
	scenario_unref(s);
}
END_TEST

/* Every walk of so many steps: each ends, none says anything above its level. */
START_TEST(no_walk_of_the_models_says_too_much)
{
	static const char keys[] = "123890-abCB";
	const char *const files[] = {"specs/scenarios/reminder.vxml",
				     "specs/scenarios/notice.vxml"};
	struct scenario_vars v = st_vars();
	struct tryout *t = calloc(1, sizeof *t);
	struct scenario *s = st_load(files[_i]);
	size_t bad, taken = 0;
	for (size_t n = 0; n < 11 * 11 * 11; n++) {
		const char steps[] = {keys[n % 11], keys[n / 11 % 11], keys[n / 121], '\0'};
		int err = scenario_tryout(s, &v, steps, &bad, t);
		ck_assert(err == 0 || err == E_INVALID);
		taken += err == 0;
		for (size_t k = 0; k < t->n_said && !err; k++)
			if (t->said[k].prompt < s->n_prompts)
				ck_assert_int_le(s->prompts[t->said[k].prompt]->level,
						 t->said[k].level);
	}
	ck_assert_uint_gt(taken, 50);
	free(t);
	scenario_unref(s);
}
END_TEST

static TCase *tryout_case(void)
{
	TCase *t = tcase_create("tryout");
	tcase_add_loop_test(t, ways_are_drawn_as_they_are_walked, 0,
			    sizeof drawings / sizeof *drawings);
	tcase_add_test(t, levels_are_those_of_the_paths);
	tcase_add_loop_test(t, a_walk_is_what_a_call_would_be, 0, sizeof walks / sizeof *walks);
	tcase_add_test(t, too_long_a_walk_is_refused);
	tcase_add_loop_test(t, no_walk_of_the_models_says_too_much, 0, 2);
	return t;
}

UNIT_MAIN("scenario_tryout", tryout_case)
