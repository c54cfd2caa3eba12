/* See callback.h and docs/inbound.md, whose order this is. */
#include "engine/plan/callback.h"

#include <string.h>

struct callback_found callback_find(const struct callback_candidate *list, size_t n,
				    int64_t since_ms)
{
	struct callback_found found = {.match = CALLBACK_NOBODY};

	for (size_t i = 0; i < n; i++) {
		if (!list[i].open && list[i].ended_ms < since_ms)
			continue;
		const struct callback_candidate *best = &list[found.at];
		if (found.match == CALLBACK_NOBODY) {
			found = (struct callback_found){CALLBACK_ONE, i};
			continue;
		}
		if (strcmp(list[i].person, best->person) != 0)
			found.match = CALLBACK_SEVERAL;
		if (list[i].run > best->run)
			found.at = i;
	}
	return found;
}

const char *callback_say_word(enum callback_say say)
{
	static const char *const words[CALLBACK_SAYS] = {
	    [SAY_NOTHING_YET] = "ringing",     [SAY_BUSY] = "busy",
	    [SAY_UNAVAILABLE] = "unavailable", [SAY_CLOSED] = "closed",
	    [SAY_GENERAL] = "general",         [SAY_ALL_DONE] = "nothing-open",
	    [SAY_SCENARIO] = "scenario",
	};
	return (unsigned)say < CALLBACK_SAYS ? words[say] : "?";
}

const char *callback_why_word(enum callback_why why)
{
	static const char *const words[CALLBACK_WHYS] = {
	    [WHY_NONE] = "",
	    [WHY_IN_CALL] = "the number is in a call",
	    [WHY_LINES] = "no line is free",
	    [WHY_HOURS] = "outside the hours",
	    [WHY_CHOICE] = "the department's choice",
	    [WHY_DIALLED] = "a number of no department",
	    [WHY_UNKNOWN] = "nobody's number",
	    [WHY_WITHHELD] = "number withheld",
	    [WHY_SEVERAL] = "several people have the number",
	    [WHY_RUN] = "the run stands still, or is not as approved",
	    [WHY_PAYMENTS] = "payments are not new enough",
	    [WHY_SETTLED] = "nothing is asked for",
	    [WHY_HOLD] = "a hold lasts",
	    [WHY_CARE] = "not by voice",
	    [WHY_UNSPEAKABLE] = "it cannot be spoken",
	    [WHY_SLOW] = "the prompts were not ready",
	    [WHY_SILENT] = "no announcement is there",
	    [WHY_NUMBER] = "the number book stops calls to the number",
	};
	return (unsigned)why < CALLBACK_WHYS ? words[why] : "?";
}

static enum callback_why nobody_meant(const struct callback_facts *f)
{
	if (f->announce)
		return WHY_CHOICE;
	if (!f->department)
		return WHY_DIALLED;
	if (f->caller == CALLER_WITHHELD)
		return WHY_WITHHELD;
	if (f->caller != CALLER_KNOWN || f->match == CALLBACK_NOBODY)
		return WHY_UNKNOWN;
	return WHY_NONE;
}

/* Why the scenario must not be said; WHY_SETTLED has an announcement of its own. */
static enum callback_why not_the_scenario(const struct callback_facts *f)
{
	bool one = f->match == CALLBACK_ONE;

	if (!one && !f->public_scenario)
		return WHY_SEVERAL;
	if (!f->run_may)
		return WHY_RUN;
	if (one && f->stopped)
		return WHY_NUMBER;
	if (one && !f->payments)
		return WHY_PAYMENTS;
	if (one && f->asked == 0)
		return WHY_SETTLED;
	if (one && f->held)
		return WHY_HOLD;
	if (one && !f->by_voice)
		return WHY_CARE;
	if (!f->speakable)
		return WHY_UNSPEAKABLE;
	return f->ready ? WHY_NONE : WHY_SLOW;
}

struct callback_decision callback_decide(const struct callback_facts *f)
{
	if (f->in_call)
		return (struct callback_decision){SAY_BUSY, WHY_IN_CALL};
	if (!f->line)
		return (struct callback_decision){SAY_BUSY, WHY_LINES};
	if (!f->open)
		return (struct callback_decision){SAY_CLOSED, WHY_HOURS};
	enum callback_why why = nobody_meant(f);
	if (why == WHY_NONE)
		why = not_the_scenario(f);
	return (struct callback_decision){why == WHY_NONE      ? SAY_SCENARIO
					  : why == WHY_SETTLED ? SAY_ALL_DONE
							       : SAY_GENERAL,
					  why};
}
