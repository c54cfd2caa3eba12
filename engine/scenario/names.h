/*
 * The closed list of what an expression may name besides the scenario's own
 * variables: target.*, campaign.*, department.*. Each has a type and the secrecy
 * level that its value has. Nothing else of a resident can reach a scenario.
 */
#ifndef ENGINE_SCENARIO_NAMES_H
#define ENGINE_SCENARIO_NAMES_H

#include "engine/scenario.h"
#include "engine/scenario/value.h"

enum name_id {
	NAME_TARGET_NAME,
	NAME_TARGET_KANA,
	NAME_TARGET_LANGUAGE,
	NAME_TARGET_TOTAL,
	NAME_DEBTS_LENGTH,
	NAME_DEBT_TAX, /* those of one debt: they take an index */
	NAME_DEBT_YEAR,
	NAME_DEBT_PERIOD,
	NAME_DEBT_DUE,
	NAME_DEBT_AMOUNT,
	NAME_DEBT_LATE_CHARGE,
	NAME_DEBT_METHOD,
	NAME_DEBT_DEMAND_SENT,
	NAME_DEBT_SLIP_UNTIL,
	NAME_DEBT_SLIP_OVER,
	NAME_CAMPAIGN_TITLE,
	NAME_CAMPAIGN_CALLER,
	NAME_CAMPAIGN_DUE_DATE,
	NAME_CAMPAIGN_BASE_DATE,
	NAME_DEPARTMENT_NAME,
	NAME_DEPARTMENT_PHONE,
	NAME_DEPARTMENT_HOURS,
};

struct name_def {
	const char *text; /* "target.total"; of a debt's items the part after "target.debts[i]." */
	enum name_id id;
	bool indexed;
	bool debt;           /* a debt, or made of debts: stale once the debts changed */
	bool person;         /* the person's name: never in a notice, spoken by say-as name only */
	int level;           /* in a reminder; what tells the office's business is 1 there */
	int level_elsewhere; /* in a notice and a general call */
};

/* NULL if there is no such name. `text` is the dotted name, without an index. */
const struct name_def *name_find(const char *text, size_t n);
/* "tax" of target.debts[i].tax. */
const struct name_def *name_find_of_debt(const char *text, size_t n);

/* E_NOTFOUND: the index is out of range. A date that is not known is "" (false in a condition). A
 * string belongs to vars, or (a date) to `date`. */
int name_value(const struct name_def *name, size_t index, const struct scenario_vars *vars,
	       char date[11], struct value *ret_value) MUST_CHECK;

#endif
