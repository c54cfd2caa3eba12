/*
 * The interpreter beside the model conversations (test_scenario_talks.c): small documents
 * for what the models do not use; and noise: random events must neither loop nor crash nor
 * bring a secret prompt before its level.
 */
#include "tests/unit/interp_words.inc"

/* ---- keyed digits go nowhere ---- */

START_TEST(birth_digits_are_in_no_result)
{
	struct scenario *s = st_load("specs/scenarios/reminder.vxml");
	struct scenario_vars v = st_vars();
	struct interp *i;
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	for (const char *e = "S1P9876P0503PPPP1PP"; *e; e++) {
		struct interp_event event = event_of(*e);
		struct interp_actions actions;
		interp_step(i, &event, &actions);
	}
	const struct interp_result *r = interp_result(i);
	ck_assert_int_eq(r->reached, REACHED_MATCHED);
	ck_assert_ptr_null(memmem(r, sizeof *r, "9876", 4));
	ck_assert_ptr_null(memmem(r, sizeof *r, "0503", 4));
	interp_free(i);
	scenario_unref(s);
}
END_TEST

/* ---- small documents for what the models do not use ---- */

static struct interp *begin(const char *kind, const char *body, const struct scenario_vars *v)
{
	struct scenario *s = NULL;
	struct interp *i;
	struct problems p;

	problems_init(&p);
	int err = st_load_body(kind, body, &p, &s);
	if (err)
		problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	problems_free(&p);
	ck_assert_int_eq(interp_new(s, v, &i), 0);
	scenario_unref(s); /* the interpreter has its own */
	return i;
}

static struct interp_actions step(struct interp *i, char c)
{
	struct interp_event event = event_of(c);
	struct interp_actions actions;

	interp_step(i, &event, &actions);
	return actions;
}

START_TEST(a_loop_ends)
{
	struct scenario_vars v = st_vars();
	struct interp *i = begin("general",
				 "<form id='a'><block><goto next='#b'/></block></form>\n"
				 "<form id='b'><block><goto next='#a'/></block></form>",
				 &v);
	struct interp_actions a = step(i, 'S');
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(a.list[0].kind, IA_HANGUP);
	ck_assert(!interp_result(i)->finished);
	interp_free(i);
}
END_TEST

START_TEST(a_field_without_handlers_ends)
{
	struct scenario_vars v = st_vars();
	struct interp *i = begin("general",
				 "<form><field name='a'><prompt>どうぞ。</prompt>"
				 "<option dtmf='1' value='x'/></field></form>",
				 &v);
	step(i, 'S');
	for (int n = 0; n < 2; n++) {
		ck_assert_int_eq(step(i, 'P').list[0].kind, IA_TIMER);
		ck_assert_int_eq(step(i, 'T').list[0].kind, IA_PLAY);
	}
	step(i, 'P');
	ck_assert_int_eq(step(i, 'T').list[0].kind, IA_HANGUP);
	ck_assert(interp_result(i)->finished);
	interp_free(i);
}
END_TEST

/* Item order, conditions, variables, clear, exit with a namelist: the standard's algorithm. */
START_TEST(forms_are_interpreted_in_order)
{
	struct scenario_vars v = st_vars();
	struct interp *i =
	    begin("general",
		  "<var name='n' expr='1'/>\n"
		  "<form><var name='m' expr='n + 1'/>\n"
		  "<block cond='m == 3'><o:reply name='never' expr='1'/></block>\n"
		  "<block name='first'><assign name='n' expr='n * 5'/></block>\n"
		  "<field name='f' cond='n == 5' type='digits?minlength=1;maxlength=3'>\n"
		  "<prompt>数字をどうぞ。</prompt>\n"
		  "<filled><if cond='f == 12 &amp;&amp; m == 2'><assign name='m' expr='7'/>"
		  "<clear namelist='f first'/></if></filled></field>\n"
		  "<block><exit namelist='f n m'/></block></form>",
		  &v);
	step(i, 'S');
	step(i, '1');
	step(i, '2');
	struct interp_actions a =
	    step(i, '#'); /* cleared: `first` runs again, n = 25, f is skipped */
	ck_assert_int_eq(a.list[a.n - 1].kind, IA_HANGUP);
	const struct interp_result *r = interp_result(i);
	ck_assert(r->finished);
	ck_assert_uint_eq(r->n_replies, 2); /* f is undefined: no reply */
	ck_assert_str_eq(r->replies[0].name, "n");
	ck_assert_str_eq(r->replies[0].value, "25");
	ck_assert_str_eq(r->replies[1].value, "7");
	interp_free(i);
}
END_TEST

/* A debt without a due date: the sentence is not said, and an o:heard behind it does not count. */
START_TEST(a_sentence_without_meaning_is_not_heard)
{
	const char *body = "<form id='a'><block><prompt><say-as interpret-as='date'><value "
			   "expr='campaign.due_date'/></say-as>です。</prompt><o:heard/>"
			   "<prompt>おわり。</prompt></block></form>";
	for (int have = 0; have < 2; have++) {
		struct scenario_vars v = st_vars();
		if (!have)
			v.campaign.due_day = DAY_NONE;
		struct interp *i = begin("notice", body, &v);
		ck_assert_int_eq(step(i, 'S').list[0].kind, IA_PLAY);
		step(i, 'P');
		if (have)
			step(i, 'P');
		ck_assert(interp_result(i)->finished);
		ck_assert(interp_result(i)->heard == have);
		interp_free(i);
	}
}
END_TEST

/* The checker and the interpreter are two locks: a prompt whose level somebody raised after the
 * check is still not played. */
START_TEST(the_second_lock_holds)
{
	struct scenario *s = st_load("specs/scenarios/reminder.vxml");
	struct scenario_vars v = st_vars();
	struct interp *i;
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	for (size_t k = 0; k < s->n_prompts; k++)
		if (s->prompts[k]->level == 1)
			s->prompts[k]->level = 2;
	step(i, 'S');
	step(i, '1');
	struct interp_actions a = step(i, '#');
	ck_assert_int_eq(a.list[a.n - 1].kind, IA_HANGUP);
	for (size_t k = 0; k < a.n; k++)
		ck_assert_int_ne(a.list[k].kind, IA_PLAY);
	ck_assert(!interp_result(i)->finished);
	interp_free(i);
	scenario_unref(s);
}
END_TEST

/* ---- noise ---- */

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* What the callee is known to have shown, kept apart from the interpreter: its own answer to R1 and
 * the digits at R2. A prompt's words say what it needs. */
static int needed(const char *id)
{
	if (strncmp(id, "R3b", 3) == 0)
		return 2;
	return strcmp(id, "R3a") == 0 || strcmp(id, "R4") == 0 ? 1 : 0;
}

static void noise(struct scenario *s, uint32_t seed, size_t said[3])
{
	static const char all[] = "PPPPTTX0123456789*#10503H";
	struct scenario_vars v = st_vars();
	struct interp *i;
	const char *script = "1"; /* noise alone would rarely get past R1 and never match */
	bool over = false, said_self = false, may_match = false;
	char tail[5] = "", playing[16] = "";

	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	for (int n = 0; n < 400; n++) {
		char c = n == 0 ? 'S' : all[next_random(&seed) % (sizeof all - 1 - (n < 300))];
		if (next_random(&seed) % 16 == 0)
			script = next_random(&seed) % 2 ? "0503" : "1";
		if (n > 0 && *script && next_random(&seed) % 4 != 0)
			c = *script++;
		struct interp_actions a = step(i, c);
		ck_assert(!over || a.n == 0);
		ck_assert_uint_lt(a.n, INTERP_ACTIONS);
		if (c >= '0' && c <= '9') {
			memmove(tail, tail + 1, 3);
			tail[3] = c;
			said_self |= c == '1' && playing[0] == 'R' && playing[1] == '1';
		}
		may_match |= memcmp(tail, "0503", 4) == 0;
		for (size_t k = 0; k < a.n; k++) {
			over |= a.list[k].kind == IA_HANGUP;
			if (a.list[k].kind != IA_PLAY)
				continue;
			snprintf(playing, sizeof playing, "%s",
				 sentence_of(s, &v, a.list[k].prompt));
			int level = may_match && said_self ? 2 : said_self ? 1 : 0;
			ck_assert_msg(needed(playing) <= level, "%s at %d", playing, level);
			said[needed(playing)]++;
		}
		over |= c == 'H';
	}
	interp_free(i);
}

START_TEST(noise_shows_nothing)
{
	struct scenario *s = st_load("specs/scenarios/reminder.vxml");
	size_t said[3] = {0};
	for (uint32_t seed = 1; seed <= 3000; seed++)
		noise(s, seed * 2654435761u, said);
	for (int level = 0; level < 3; level++)
		ck_assert_uint_gt(said[level], 100); /* the noise went everywhere */
	scenario_unref(s);
}
END_TEST

static TCase *interp(void)
{
	TCase *t = tcase_create("interp");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, birth_digits_are_in_no_result);
	tcase_add_test(t, a_loop_ends);
	tcase_add_test(t, a_field_without_handlers_ends);
	tcase_add_test(t, forms_are_interpreted_in_order);
	tcase_add_test(t, a_sentence_without_meaning_is_not_heard);
	tcase_add_test(t, the_second_lock_holds);
	tcase_add_test(t, noise_shows_nothing);
	return t;
}

UNIT_MAIN("scenario_interp", interp)
