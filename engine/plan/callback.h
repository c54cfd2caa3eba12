/*
 * Somebody rings back: who is meant, and what he is to hear. Pure; the tables of
 * docs/inbound.md, in their order. A caller's number is a hint: what is decided here
 * never says more than anybody at that telephone may hear.
 */
#ifndef ENGINE_PLAN_CALLBACK_H
#define ENGINE_PLAN_CALLBACK_H

#include "engine/plan/phone.h"

#include <stddef.h>
#include <stdint.h>

/* Whom the caller's number may mean: a target of a run of the dialled department. */
struct callback_candidate {
	const char *person;
	uint32_t run, target;
	bool open;        /* its run is not over */
	int64_t ended_ms; /* … when it was */
};
enum callback_match {
	CALLBACK_NOBODY,
	CALLBACK_ONE,     /* one person; his newest target */
	CALLBACK_SEVERAL, /* more than one person */
	CALLBACK_MATCHES
};
struct callback_found {
	enum callback_match match;
	size_t at; /* ONE: the target; SEVERAL: the newest one, for its campaign alone */
};
/* Runs that ended before `since_ms` do not count. A run with a greater number is newer. */
struct callback_found callback_find(const struct callback_candidate *list, size_t n,
				    int64_t since_ms);

/* What the caller hears. */
enum callback_say {
	SAY_NOTHING_YET, /* it rings */
	SAY_BUSY,        /* 486 */
	SAY_UNAVAILABLE, /* 480: there is nothing to say it with */
	SAY_CLOSED,      /* the hours */
	SAY_GENERAL,     /* the general announcement, with a way to the staff */
	SAY_ALL_DONE,    /* nothing is open */
	SAY_SCENARIO,
	CALLBACK_SAYS
};
/* Why that. */
enum callback_why {
	WHY_NONE,
	WHY_IN_CALL, /* a call with this number is under way, or may be */
	WHY_LINES,   /* no line */
	WHY_HOURS,   /* outside the department's hours */
	WHY_CHOICE,  /* the department chose an announcement */
	WHY_DIALLED, /* a number of no department */
	WHY_UNKNOWN, /* no number, or nobody's */
	WHY_WITHHELD,
	WHY_SEVERAL,
	WHY_RUN,      /* paused, stopped, or not what was approved */
	WHY_PAYMENTS, /* being read, or too old */
	WHY_SETTLED,  /* all is paid, withdrawn or excluded */
	WHY_HOLD,
	WHY_CARE,        /* not by voice */
	WHY_UNSPEAKABLE, /* his prompts cannot be made */
	WHY_SLOW,        /* … were not ready in time, or changed */
	WHY_SILENT,      /* no announcement is there */
	WHY_NUMBER,      /* the number book: not his, out of order, or he wants no calls */
	CALLBACK_WHYS
};
const char *callback_say_word(enum callback_say say);
const char *callback_why_word(enum callback_why why);

struct callback_facts {
	bool in_call;    /* its number is in a call, or locked */
	bool line;       /* one is free */
	bool open;       /* within the hours */
	bool announce;   /* the department wants an announcement, always */
	bool department; /* the dialled number is one's */
	enum caller_kind caller;
	enum callback_match match;
	bool public_scenario; /* its scenario says nothing of a person: for several, too */
	bool run_may;         /* runs or is over in order, and is what was approved */
	bool payments;        /* new enough, and none is being read */
	size_t asked;         /* debts that are asked for now */
	bool stopped;         /* the number book says so, of this number and this person */
	bool held, by_voice;
	bool speakable, ready; /* its prompts */
};
struct callback_decision {
	enum callback_say say;
	enum callback_why why;
};
struct callback_decision callback_decide(const struct callback_facts *f);

#endif
