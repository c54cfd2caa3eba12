/* The resident that a scenario is spoken to: an invented one, or as --target describes him. */
#ifndef ENGINE_CLI_RESIDENT_H
#define ENGINE_CLI_RESIDENT_H

#include "engine/scenario.h"

struct resident {
	struct scenario_vars vars;
	struct scenario_debt debts[MAX_TARGET_DEBTS];
	char words[4096]; /* a copy of the description, cut up */
};

/* `text`: "name=髙橋花子,kana=タカハシハナコ,birth=0401,language=en,inbound=yes,
 * debt=固定資産税/2026/2/2026-08-31/12300", keys in any order, debt= several times; what is not
 * said is as for the invented one, but names and debts are his own if any is said. NULL: invented.
 * E_INVALID: ret_why says what is wrong. */
int resident_of(const char *text, struct resident *ret, char ret_why[MAX_WORDS]) MUST_CHECK;

#endif
