/* See names.h. target.birth_md is not here on purpose: it can only be asked by
 * matches_birth() and birth_known(), so that no expression can carry it away. */
#include "engine/scenario/names.h"

#include <string.h>

static const struct name_def names[] = {
    {.text = "target.name", .id = NAME_TARGET_NAME, .person = true},
    {.text = "target.kana", .id = NAME_TARGET_KANA, .person = true},
    {.text = "target.language", .id = NAME_TARGET_LANGUAGE},
    {.text = "target.total",
     .id = NAME_TARGET_TOTAL,
     .debt = true,
     .level = 2,
     .level_elsewhere = 2},
    {.text = "target.debts.length",
     .id = NAME_DEBTS_LENGTH,
     .debt = true,
     .level = 2,
     .level_elsewhere = 2},
    {.text = "campaign.title", .id = NAME_CAMPAIGN_TITLE, .level = 1},
    {.text = "campaign.caller", .id = NAME_CAMPAIGN_CALLER},
    {.text = "campaign.due_date", .id = NAME_CAMPAIGN_DUE_DATE},
    {.text = "campaign.base_date", .id = NAME_CAMPAIGN_BASE_DATE},
    {.text = "department.name", .id = NAME_DEPARTMENT_NAME, .level = 1},
    {.text = "department.phone", .id = NAME_DEPARTMENT_PHONE},
    {.text = "department.hours", .id = NAME_DEPARTMENT_HOURS},
};

#define OF_DEBT(word, name_)                                                                       \
	{                                                                                          \
		.text = (word), .id = (name_), .indexed = true, .debt = true, .level = 2,          \
		.level_elsewhere = 2                                                               \
	}
static const struct name_def names_of_debt[] = {
    OF_DEBT("tax", NAME_DEBT_TAX),
    OF_DEBT("year", NAME_DEBT_YEAR),
    OF_DEBT("period", NAME_DEBT_PERIOD),
    OF_DEBT("due", NAME_DEBT_DUE),
    OF_DEBT("amount", NAME_DEBT_AMOUNT),
    OF_DEBT("late_charge", NAME_DEBT_LATE_CHARGE),
    OF_DEBT("method", NAME_DEBT_METHOD),
    OF_DEBT("demand_sent", NAME_DEBT_DEMAND_SENT),
    OF_DEBT("slip_until", NAME_DEBT_SLIP_UNTIL),
    OF_DEBT("slip_over", NAME_DEBT_SLIP_OVER),
};

static const struct name_def *find(const struct name_def *list, size_t most, const char *text,
				   size_t n)
{
	for (size_t i = 0; i < most; i++)
		if (strlen(list[i].text) == n && memcmp(list[i].text, text, n) == 0)
			return &list[i];
	return NULL;
}

const struct name_def *name_find(const char *text, size_t n)
{
	return find(names, sizeof names / sizeof *names, text, n);
}

const struct name_def *name_find_of_debt(const char *text, size_t n)
{
	return find(names_of_debt, sizeof names_of_debt / sizeof *names_of_debt, text, n);
}

static struct value date_value(int32_t day, char date[11])
{
	if (day == DAY_NONE)
		return value_string("");
	civil_format_date(day, date);
	return value_string(date);
}

static struct value debt_value(enum name_id id, const struct scenario_debt *debt, int32_t today,
			       char date[11])
{
	switch (id) {
	case NAME_DEBT_TAX:
		return value_string(debt->tax);
	case NAME_DEBT_YEAR:
		return value_string(debt->year);
	case NAME_DEBT_PERIOD:
		return value_string(debt->period);
	case NAME_DEBT_DUE:
		return date_value(debt->due_day, date);
	case NAME_DEBT_LATE_CHARGE:
		return value_number((double)debt->late_charge);
	case NAME_DEBT_METHOD:
		return value_string(debt->method ? debt->method : "");
	case NAME_DEBT_DEMAND_SENT:
		return date_value(debt->demand_sent_day, date);
	case NAME_DEBT_SLIP_UNTIL:
		return date_value(debt->slip_until_day, date);
	case NAME_DEBT_SLIP_OVER:
		return value_bool(debt->slip_until_day != DAY_NONE && debt->slip_until_day < today);
	default:
		return value_number((double)debt->amount);
	}
}

int name_value(const struct name_def *name, size_t index, const struct scenario_vars *vars,
	       char date[11], struct value *ret_value)
{
	if (name->indexed) {
		if (index >= vars->target.n_debts)
			return E_NOTFOUND;
		*ret_value = debt_value(name->id, &vars->target.debts[index], vars->call.day, date);
		return 0;
	}
	switch (name->id) {
	case NAME_TARGET_NAME:
		*ret_value = value_string(vars->target.name);
		return 0;
	case NAME_TARGET_KANA:
		*ret_value = value_string(vars->target.kana);
		return 0;
	case NAME_TARGET_LANGUAGE:
		*ret_value = value_string(vars->target.language ? vars->target.language : "");
		return 0;
	case NAME_TARGET_TOTAL:
		*ret_value = value_number((double)vars->target.total);
		return 0;
	case NAME_DEBTS_LENGTH:
		*ret_value = value_number((double)vars->target.n_debts);
		return 0;
	case NAME_CAMPAIGN_TITLE:
		*ret_value = value_string(vars->campaign.title);
		return 0;
	case NAME_CAMPAIGN_CALLER:
		*ret_value = value_string(vars->campaign.caller);
		return 0;
	case NAME_CAMPAIGN_DUE_DATE:
		*ret_value = date_value(vars->campaign.due_day, date);
		return 0;
	case NAME_CAMPAIGN_BASE_DATE:
		*ret_value = date_value(vars->campaign.base_day, date);
		return 0;
	case NAME_DEPARTMENT_NAME:
		*ret_value = value_string(vars->department.name);
		return 0;
	case NAME_DEPARTMENT_PHONE:
		*ret_value = value_string(vars->department.phone);
		return 0;
	case NAME_DEPARTMENT_HOURS:
		*ret_value = value_string(vars->department.hours ? vars->department.hours : "");
		return 0;
	default:
		return E_NOTFOUND;
	}
}
