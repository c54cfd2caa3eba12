/*
 * Whole conversations with the model scenarios, as tables: what happens on the line
 * (interp_words.inc has the events), what must be said and what must be known afterwards.
 */
#include "tests/unit/interp_words.inc"

static void trace_action(char *to, size_t size, struct scenario *s, const struct scenario_vars *v,
			 const struct interp_action *a)
{
	size_t n = strlen(to);
	const char *gap = n > 0 ? " " : "";

	switch (a->kind) {
	case IA_PLAY:
		snprintf(to + n, size - n, "%s%s", gap, sentence_of(s, v, a->prompt));
		return;
	case IA_STOP:
		snprintf(to + n, size - n, "%sstop", gap);
		return;
	case IA_TIMER:
		snprintf(to + n, size - n, "%st%u", gap, (unsigned)(a->ms / 1000));
		return;
	case IA_HANGUP:
		snprintf(to + n, size - n, "%shangup", gap);
		return;
	case IA_TRANSFER:
		snprintf(to + n, size - n, "%sSTAFF", gap);
		return;
	case IA_LISTEN:
	case IA_DEAF:
	case IA_REJOIN:
	case IA_RECORD:
	case IA_RECORD_END:
	case IA_RECORD_DROP:
		return; /* test_scenario_spoken.c looks at them */
	}
}

static void replies_text(const struct interp_result *r, char *to, size_t size)
{
	*to = '\0';
	for (size_t i = 0; i < r->n_replies; i++) {
		size_t n = strlen(to);
		snprintf(to + n, size - n, "%s%s=%s", i ? " " : "", r->replies[i].name,
			 r->replies[i].value);
	}
}

struct talk {
	const char *what, *events, *actions;
	enum reached reached;
	enum outcome code;
	const char *flags; /* o opened, h heard, f finished, s stale */
	const char *replies, *sms;
	bool corporation; /* no birthday is known */
	bool inbound;     /* a callback */
	const char *language;
	bool staff, open; /* the configuration has them; the hours are theirs */
};

static void flags_text(const struct interp_result *r, char to[8])
{
	snprintf(to, 8, "%s%s%s%s", r->opened ? "o" : "", r->heard ? "h" : "",
		 r->finished ? "f" : "", r->stale ? "s" : "");
}

static void converse(const char *path, const struct talk *t)
{
	struct scenario *s = st_load(path);
	struct scenario_vars v = st_vars();
	struct interp *i;
	char trace[4096] = "", replies[2048], flags[8];

	if (t->corporation)
		v.target.birth_md = 0;
	v.call.inbound = t->inbound;
	v.target.language = t->language;
	v.call.staff = t->staff;
	v.call.open = t->open;
	ck_assert_int_eq(interp_new(s, &v, &i), 0);
	for (const char *e = t->events; *e; e++) {
		struct interp_event event = event_of(*e);
		struct interp_actions actions;
		interp_step(i, &event, &actions);
		for (size_t k = 0; k < actions.n; k++)
			trace_action(trace, sizeof trace, s, &v, &actions.list[k]);
	}
	const struct interp_result *r = interp_result(i);
	replies_text(r, replies, sizeof replies);
	flags_text(r, flags);
	ck_assert_msg(strcmp(trace, t->actions) == 0, "%s:\n said     %s\n expected %s", t->what,
		      trace, t->actions);
	ck_assert_msg(r->reached == t->reached, "%s: reached %d", t->what, (int)r->reached);
	ck_assert_msg(r->code == t->code, "%s: code %d", t->what, (int)r->code);
	ck_assert_msg(strcmp(flags, t->flags) == 0, "%s: flags %s", t->what, flags);
	ck_assert_msg(strcmp(replies, t->replies ? t->replies : "") == 0, "%s: replies %s", t->what,
		      replies);
	ck_assert_msg(strcmp(r->sms_text, t->sms ? t->sms : "") == 0, "%s: sms %s", t->what,
		      r->sms_text);
	interp_free(i);
	scenario_unref(s);
}

static const struct talk reminder[] = {
    {.what = "nobody answers the question twice",
     .events = "SPPTPTPPP",
     .actions = "R1out R1 t5 R1again t5 QUIET END hangup",
     .reached = REACHED_OPENING,
     .flags = "of"},
    {.what = "hung up while the first sentence played",
     .events = "SH",
     .actions = "R1out",
     .flags = ""},
    {.what = "hung up after the first sentence",
     .events = "SPH",
     .actions = "R1out R1",
     .reached = REACHED_OPENING,
     .flags = "o"},
    {.what = "a wrong key, then a right one",
     .events = "SPP7P2P",
     .actions = "R1out R1 t5 t0 R1again t5 t0 R8 hangup",
     .reached = REACHED_OTHER,
     .code = OUT_OTHER_PERSON,
     .flags = "of"},
    {.what = "three wrong keys end with the closing words",
     .events = "S777P",
     .actions = "R1out stop R1again stop R1again stop END hangup",
     .reached = REACHED_OPENING,
     .flags = "of"},
    {.what = "another person, who presses while it speaks",
     .events = "S2P",
     .actions = "R1out stop R8 hangup",
     .reached = REACHED_OTHER,
     .code = OUT_OTHER_PERSON,
     .flags = "of"},
    {.what = "wrong number",
     .events = "S3P",
     .actions = "R1out stop R7 hangup",
     .reached = REACHED_WRONG,
     .code = OUT_WRONG_NUMBER,
     .flags = "of"},
    {.what = "himself, birthday matches, paid already",
     .events = "S1P0503PPPP1PP",
     .actions = "R1out stop R2 t5 t3 t3 t3 t0 R3b R3b+ R3b. R4 t5 t0 R5 END hangup",
     .reached = REACHED_MATCHED,
     .flags = "ohf",
     .replies = "answer=paid task=納付済申告"},
    {.what = "digits while the question plays; the key before the end of R4",
     .events = "S10503PPP1PP",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b R3b+ R3b. R4 stop R5 END hangup",
     .reached = REACHED_MATCHED,
     .flags = "ohf",
     .replies = "answer=paid task=納付済申告"},
    {.what = "the main message cannot be keyed away",
     .events = "S105031PPPH",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b R3b+ R3b. R4",
     .reached = REACHED_MATCHED,
     .flags = "oh"},
    {.what = "hung up in the main message: not heard",
     .events = "S10503PH",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b R3b+",
     .reached = REACHED_MATCHED,
     .flags = "o"},
    {.what = "first miss, then a match",
     .events = "S111110503PPPH",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R2again stop t3 t3 t3 t0 R3b R3b+ R3b. R4",
     .reached = REACHED_MATCHED,
     .flags = "oh"},
    {.what = "two misses: nothing is told, 50",
     .events = "S111112222P",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R2again stop t3 t3 t3 t0 END hangup",
     .reached = REACHED_MISMATCH,
     .code = OUT_MISMATCH,
     .flags = "of"},
    {.what = "after two misses more keys do nothing",
     .events = "S1111122220503#1P",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R2again stop t3 t3 t3 t0 END hangup",
     .reached = REACHED_MISMATCH,
     .code = OUT_MISMATCH,
     .flags = "of"},
    {.what = "after one miss the unknown key tells nothing",
     .events = "S11111#P",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R2again stop END hangup",
     .reached = REACHED_SELF,
     .flags = "of"},
    {.what = "too few digits: asked again, not a miss",
     .events = "S105T0503PPPH",
     .actions = "R1out stop R2 stop t3 t3 R2again stop t3 t3 t3 t0 R3b R3b+ R3b. R4",
     .reached = REACHED_MATCHED,
     .flags = "oh"},
    {.what = "# inside the digits ends them",
     .events = "S105#0503PPPH",
     .actions = "R1out stop R2 stop t3 t3 t0 R2again stop t3 t3 t3 t0 R3b R3b+ R3b. R4",
     .reached = REACHED_MATCHED,
     .flags = "oh"},
    {.what = "he does not know: L1 only, no amount",
     .events = "S1#PP2P1215PP1PP",
     .actions =
	 "R1out stop R2 stop R3a R4 t5 t0 R6 t5 t3 t3 t3 t0 12/15 R6sure t5 t0 R6ok END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=promise promise=2026-12-15"},
    {.what = "a promised date is taken only after it was read back and confirmed",
     .events = "S1#PP2P1215PH",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R6 t5 t3 t3 t3 t0 12/15 R6sure",
     .reached = REACHED_SELF,
     .flags = "oh",
     .replies = "answer=promise"},
    {.what = "he corrects the date",
     .events = "S1#PP2P121421215P1PP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R6 t5 t3 t3 t3 t0 ? stop R6again stop t3 t3 t3 t0 "
		"12/15 R6sure stop R6ok END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=promise promise=2026-12-15"},
    {.what = "the last day of the reach, and the day after it",
     .events = "S1#PP2P01071H",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R6 t5 t3 t3 t3 t0 R6again stop t3",
     .reached = REACHED_SELF,
     .flags = "oh",
     .replies = "answer=promise"},
    {.what = "a callback begins with thanks",
     .events = "S2P",
     .inbound = true,
     .actions = "R1in stop R8 hangup",
     .reached = REACHED_OTHER,
     .code = OUT_OTHER_PERSON,
     .flags = "of"},
    {.what = "a machine gets its message and nothing else",
     .events = "SMP",
     .actions = "R1out stop MACHINE hangup",
     .reached = REACHED_NOBODY,
     .code = OUT_MACHINE_LEFT,
     .flags = ""},
    {.what = "a machine that hangs up before the message is there",
     .events = "SPPMH",
     .actions = "R1out R1 t5 t0 MACHINE",
     .reached = REACHED_NOBODY,
     .code = OUT_MACHINE,
     .flags = ""},
    {.what = "a key during the machine's message: a person, from the beginning",
     .events = "SM52P",
     .actions = "R1out stop MACHINE stop R1out stop R8 hangup",
     .reached = REACHED_OTHER,
     .code = OUT_OTHER_PERSON,
     .flags = "of"},
    {.what = "after a key no machine is believed",
     .events = "S1MCF#PPH",
     .actions = "R1out stop R2 stop R3a R4 t5",
     .reached = REACHED_SELF,
     .flags = "oh"},
    {.what = "a fax",
     .events = "SF",
     .actions = "R1out stop hangup",
     .reached = REACHED_NOBODY,
     .code = OUT_FAX,
     .flags = ""},
    {.what = "a screening device, and nobody comes",
     .events = "SCPT",
     .actions = "R1out stop SCREEN t20 hangup",
     .reached = REACHED_NOBODY,
     .code = OUT_SCREENED,
     .flags = ""},
    {.what = "a screening device, then its owner",
     .events = "SCPCV1#PPH",
     .actions = "R1out stop SCREEN t20 t0 R1out stop R2 stop R3a R4 t5",
     .reached = REACHED_SELF,
     .flags = "oh"},
    {.what = "a screening device that turns out to be a machine",
     .events = "SCPMP",
     .actions = "R1out stop SCREEN t20 t0 MACHINE hangup",
     .reached = REACHED_NOBODY,
     .code = OUT_MACHINE_LEFT,
     .flags = ""},
    {.what = "a corporation: L1 without a question",
     .events = "S1PP4PP",
     .actions = "R1out stop R3a R4 t5 t0 N5 END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=consult task=相談希望 task=折返し希望",
     .corporation = true},
    {.what = "no slip of paper",
     .events = "S1#PP3PP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 N4 END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=slip task=納付書再発行希望"},
    {.what = "the SMS branch",
     .events = "S1#PP5PP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 SMS END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=sms",
     .sms = "reminder"},
    {.what = "again, at L1: the same sentence, never the amounts",
     .events = "S1#PP0PPH",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R3a R4 t5",
     .reached = REACHED_SELF,
     .flags = "oh"},
    {.what = "again, at L2",
     .events = "S10503PPP0PPPH",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b R3b+ R3b. R4 stop R3b R3b+ R3b. R4",
     .reached = REACHED_MATCHED,
     .flags = "oh"},
    {.what = "silence twice at R4",
     .events = "S1#PPTPTPP",
     .actions = "R1out stop R2 stop R3a R4 t5 R4 t5 QUIET END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf"},
    {.what = "silence twice at R2: nothing is told",
     .events = "S1PTPTPP",
     .actions = "R1out stop R2 t5 R2again t5 QUIET END hangup",
     .reached = REACHED_SELF,
     .flags = "of"},
    {.what = "a promise that is no day, twice: staff call back",
     .events = "S1#PP2P1399P0230P0000PP",
     .actions =
	 "R1out stop R2 stop R3a R4 t5 t0 R6 t5 t3 t3 t3 t0 R6again t5 t3 t3 t3 t0 N5 END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=promise task=相談希望 task=折返し希望"},
    {.what = "wants to talk about it, in the hours: staff, and nothing secret behind them",
     .staff = true,
     .open = true,
     .events = "S1#PP4PJfP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 N5staff STAFF END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=consult"},
    {.what = "the same; staff are busy",
     .staff = true,
     .open = true,
     .events = "S1#PP4PbPP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 N5staff STAFF N5 END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=consult task=相談希望 task=折返し希望"},
    {.what = "the same; he hangs up while he speaks with staff",
     .staff = true,
     .open = true,
     .events = "S1#PP4PJH",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 N5staff STAFF",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=consult"},
    {.what = "a promise that is no day, twice, in the hours: staff",
     .staff = true,
     .open = true,
     .events = "S1#PP2P1399P0230PJfP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R6 t5 t3 t3 t3 t0 R6again t5 t3 t3 t3 t0 N5staff "
		"STAFF END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=promise"},
    {.what = "no promise at all, in the hours: silence calls nobody to the telephone",
     .staff = true,
     .open = true,
     .events = "S1#PP2PTPTPP",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R6 t5 R6again t5 N5 END hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=promise task=相談希望 task=折返し希望"},
    {.what = "やさしい日本語: staff, in their hours",
     .staff = true,
     .open = true,
     .events = "S1#PP4PJfP",
     .actions = "eR1out stop eR2 stop eR3a eR4 t5 t0 eN5staff STAFF eEND hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=consult",
     .language = "vi"},
    {.what = "a debt changes before the call is answered",
     .events = "XS1#P",
     .actions = "R1out stop R2 stop BYE hangup",
     .reached = REACHED_SELF,
     .flags = "os"},
    {.what = "a debt changes while the amount is spoken",
     .events = "S10503XP",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b stop BYE hangup",
     .reached = REACHED_MATCHED,
     .flags = "os"},
    {.what = "a debt changes between two amounts",
     .events = "S10503PPXPPH",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b R3b+ R3b. R4 t5",
     .reached = REACHED_MATCHED,
     .flags = "oh"},
    {.what = "a debt changes after he heard it: only hearing it again is refused",
     .events = "S10503PPPPX0P",
     .actions = "R1out stop R2 stop t3 t3 t3 t0 R3b R3b+ R3b. R4 t5 t0 BYE hangup",
     .reached = REACHED_MATCHED,
     .flags = "ohs"},
    {.what = "a debt changes, and he is another person: told as ever",
     .events = "SX2P",
     .actions = "R1out stop R8 hangup",
     .reached = REACHED_OTHER,
     .code = OUT_OTHER_PERSON,
     .flags = "of"},
    {.what = "hung up in the closing words",
     .events = "S1#PP1PH",
     .actions = "R1out stop R2 stop R3a R4 t5 t0 R5 END",
     .reached = REACHED_SELF,
     .flags = "oh",
     .replies = "answer=paid task=納付済申告"},
    {.what = "late and foreign events change nothing",
     .events = "PT1SPPPTTP2PPT1XS",
     .actions = "R1out R1 t5 R1again t5 t0 R8 hangup",
     .reached = REACHED_OTHER,
     .code = OUT_OTHER_PERSON,
     .flags = "of"},
    {.what = "やさしい日本語 by a key",
     .events = "S8PP1P0503PPPP1PP",
     .actions = "R1out stop eR1out eR1 t5 t0 eR2 t5 t3 t3 t3 t0 eR3b eR3b+ eR3b. eR4 t5 t0 eR5 "
		"eEND hangup",
     .reached = REACHED_MATCHED,
     .flags = "ohf",
     .replies = "answer=paid task=納付済申告"},
    {.what = "やさしい日本語 by the file's 言語",
     .events = "S1#PP4PP",
     .actions = "eR1out stop eR2 stop eR3a eR4 t5 t0 eN5 eEND hangup",
     .reached = REACHED_SELF,
     .flags = "ohf",
     .replies = "answer=consult task=相談希望 task=折返し希望",
     .language = "pt"},
    {.what = "the file says Japanese",
     .events = "SH",
     .actions = "R1out",
     .flags = "",
     .language = "ja"},
};

START_TEST(reminder_talks)
{
	converse("specs/scenarios/reminder.vxml", &reminder[_i]);
}
END_TEST

static const struct talk notice[] = {
    {.what = "heard to the end, silence twice",
     .events = "SPPPTPTPP",
     .actions = "N1 N2 N3 t5 N3 t5 QUIET END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf"},
    {.what = "hung up in the menu, as the menu invites to",
     .events = "SPPH",
     .actions = "N1 N2 N3",
     .reached = REACHED_OPENING,
     .flags = "oh"},
    {.what = "hung up in the message",
     .events = "SPH",
     .actions = "N1 N2",
     .reached = REACHED_OPENING,
     .flags = "o"},
    {.what = "again, then no slip",
     .events = "SPP1PP2PP",
     .actions = "N1 N2 N3 stop N2 N3 t5 t0 N4 END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=slip task=納付書再発行希望"},
    {.what = "wants staff",
     .events = "SPP3PP",
     .actions = "N1 N2 N3 stop N5 END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=callback task=折返し希望"},
    {.what = "wants staff, in their hours",
     .staff = true,
     .open = true,
     .events = "SPP3PJfP",
     .actions = "N1 N2 N3 stop N5staff STAFF END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=staff"},
    {.what = "wants staff, who are busy",
     .staff = true,
     .open = true,
     .events = "SPP3PbPP",
     .actions = "N1 N2 N3 stop N5staff STAFF N5 END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=callback task=折返し希望"},
    {.what = "wants staff, after their hours",
     .staff = true,
     .events = "SPP3PP",
     .actions = "N1 N2 N3 stop N5 END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=callback task=折返し希望"},
    {.what = "wants staff, in the hours of an office that has no such telephone",
     .open = true,
     .events = "SPP3PP",
     .actions = "N1 N2 N3 stop N5 END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=callback task=折返し希望"},
    {.what = "does not know of it, and wants no more calls",
     .events = "SPP9P1P",
     .actions = "N1 N2 N3 stop N6 t5 t0 END hangup",
     .reached = REACHED_WRONG,
     .code = OUT_WRONG_NUMBER,
     .flags = "ohf",
     .replies = "answer=stop task=停止要望"},
    {.what = "does not know of it, and says nothing more",
     .events = "SPP9PTP",
     .actions = "N1 N2 N3 stop N6 t5 END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf"},
    {.what = "a key before the message ended",
     .events = "SP3PP",
     .actions = "N1 N2 stop N5 END hangup",
     .reached = REACHED_OPENING,
     .flags = "of",
     .replies = "answer=callback task=折返し希望"},
    {.what = "a wrong key",
     .events = "SPPP5PTPTPP",
     .actions = "N1 N2 N3 t5 t0 N3 t5 N3 t5 QUIET END hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf"},
    {.what = "a debt changes: a notice speaks of none",
     .events = "SXPPH",
     .actions = "N1 N2 N3",
     .reached = REACHED_OPENING,
     .flags = "oh"},
    {.what = "やさしい日本語 by a key",
     .events = "SPP8PP2PP",
     .actions = "N1 N2 N3 stop eN2 eN3 t5 t0 eN4 eEND hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .replies = "answer=slip task=納付書再発行希望"},
    {.what = "やさしい日本語 by the file's 言語, on a telephone without tones",
     .events = "SPPPTPTPP",
     .actions = "eN1 eN2 eN3 t5 eN3 t5 eQUIET eEND hangup",
     .reached = REACHED_OPENING,
     .flags = "ohf",
     .language = "vi"},
};

START_TEST(notice_talks)
{
	converse("specs/scenarios/notice.vxml", &notice[_i]);
}
END_TEST

static TCase *talks(void)
{
	TCase *t = tcase_create("talks");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, reminder_talks, 0, sizeof reminder / sizeof *reminder);
	tcase_add_loop_test(t, notice_talks, 0, sizeof notice / sizeof *notice);
	return t;
}

UNIT_MAIN("scenario_talks", talks)
