/*
 * Fuzz target: any bytes as a scenario. What loads is called: some events, so that a
 * document that passed the checks cannot crash the interpreter or make it loop.
 * Built by clang with -fsanitize=fuzzer; the corpus also runs in test_scenario_load.
 */
#include "adapters/scenario/voicexml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void call(struct scenario *s, const uint8_t *data, size_t size)
{
	static const char keys[] = "0123456789*#";
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
		ev.kind = (enum interp_event_kind)(IE_PLAYED + data[n] % 5);
		ev.digit = keys[data[n] / 5 % 12];
		interp_step(i, &ev, &actions);
		if (actions.n > INTERP_ACTIONS)
			abort();
	}
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
