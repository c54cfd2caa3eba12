/*
 * Fuzz target: any bytes as a scenario. What loads is called, the bytes once more as events: all
 * that the interpreter knows, in any order, also those that a line would not send then. So a
 * document that passed the checks cannot crash the interpreter or make it loop.
 * Built by clang with -fsanitize=fuzzer; the corpus also runs in test_scenario_load.
 */
#include "adapters/scenario/voicexml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One byte, one event. Keys and ends of prompts come more often: they lead deeper. */
static struct interp_event event_of(uint8_t byte)
{
	static const char keys[] = "0123456789*#";
	struct interp_event ev = {.kind = IE_PLAYED, .score = byte};

	if (byte < 96) {
		ev.kind = IE_DIGIT;
		ev.digit = keys[byte % 12];
	} else if (byte < 176) {
		ev.kind = (enum interp_event_kind)(IE_START + byte % (IE_UNHEARD + 1));
		ev.digit = (char)byte;                 /* also keys that are none */
		ev.word = byte / (IE_UNHEARD + 1) - 8; /* also words that are none */
		ev.err = byte % 2 ? E_FULL : E_STATE;
	} else if (byte < 192) {
		ev.kind = IE_WORD;
		ev.word = byte % 16;
	}
	return ev;
}

static void call(struct scenario *s, const uint8_t *data, size_t size)
{
	const struct scenario_debt debt = {
	    .tax = "t", .year = "2025", .period = "1", .due_day = 20000, .amount = 100};
	const struct scenario_vars vars = {
	    .target = {.name = "n",
		       .kana = "k",
		       .birth_md = 503,
		       .total = 100,
		       .n_debts = 1,
		       .debts = &debt},
	    .campaign = {"c", "0265784111", 20000, 20000},
	    .department = {"d", "0265784111"},
	};
	struct interp *i;
	struct interp_actions actions;
	struct interp_event ev = {.kind = IE_START};

	if (interp_new(s, &vars, &i) != 0)
		return;
	interp_step(i, &ev, &actions);
	for (size_t n = 0; n < size && n < 200; n++) {
		ev = event_of(data[n]);
		interp_step(i, &ev, &actions);
		if (actions.n > INTERP_ACTIONS)
			abort();
		for (size_t k = 0; k < actions.n; k++)
			if (actions.list[k].kind == IA_PLAY &&
			    actions.list[k].prompt >= scenario_prompts(s))
				abort();
	}
	if (interp_result(i)->n_replies > MAX_REPLIES || interp_result(i)->n_spoken > MAX_SPOKEN)
		abort();
	interp_free(i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scenario_words *words;
	struct scenario *s = NULL;
	struct problems p;

	problems_init(&p);
	if (!words && scenario_voicexml.words_load("specs/lexicon", &p, &words) != 0)
		abort(); /* run it from the repository's root */
	int err = voicexml_load_memory("fuzz", (const char *)data, size, words, &p, &s);
	if (err == 0)
		call(s, data, size);
	else if (err == E_INVALID && p.errors == 0)
		abort(); /* refused without a reason */
	scenario_unref(s);
	problems_free(&p);
	return 0;
}
