/* See resident.h. */
#include "engine/cli/resident.h"

#include "engine/clock.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void invented(struct resident *r)
{
	struct scenario_vars *v = &r->vars;
	int32_t due = 0, base = 0;
	bool ok = civil_day_of(2026, 8, 31, &due) && civil_day_of(2026, 11, 20, &base);
	(void)ok; /* two days that exist */
	*r = (struct resident){0};
	r->debts[0] = (struct scenario_debt){.tax = "固定資産税",
					     .year = "2026",
					     .period = "2",
					     .due_day = due,
					     .amount = 12300,
					     .demand_sent_day = DAY_NONE,
					     .slip_until_day = DAY_NONE};
	r->debts[1] = (struct scenario_debt){.tax = "市県民税",
					     .year = "2026",
					     .period = "3",
					     .due_day = due + 61,
					     .amount = 4500,
					     .demand_sent_day = DAY_NONE,
					     .slip_until_day = DAY_NONE};
	v->target.name = "伊那太郎";
	v->target.kana = "イナ タロウ";
	v->target.language = "";
	v->target.birth_md = 401;
	v->target.n_debts = 2;
	v->target.debts = r->debts;
	v->campaign.title = "見本";
	v->campaign.caller = "0265784111";
	v->campaign.due_day = due;
	v->campaign.base_day = base;
	v->department.name = "税務課";
	v->department.phone = "0265784111";
	v->call.day = civil_day_at(clock_now_ms());
}

/* "固定資産税/2026/2/2026-08-31/12300" */
static bool add_debt(struct resident *r, char *text)
{
	struct scenario_debt d = {
	    .due_day = DAY_NONE, .demand_sent_day = DAY_NONE, .slip_until_day = DAY_NONE};
	size_t n = r->vars.target.n_debts;
	char *part[5], *end;
	int k = 0;

	for (; k < 5 && (part[k] = strsep(&text, "/")) != NULL; k++)
		;
	if (k != 5 || text || n == MAX_TARGET_DEBTS)
		return false;
	d.tax = part[0];
	d.year = part[1];
	d.period = part[2];
	if (part[3][0] && civil_parse_date(part[3], &d.due_day) != 0)
		return false;
	d.amount = strtoll(part[4], &end, 10);
	if (!part[4][0] || *end || d.amount < 0)
		return false;
	r->debts[n] = d;
	r->vars.target.n_debts = n + 1;
	return true;
}

static bool set(struct resident *r, const char *key, char *value, bool *own_debts)
{
	struct scenario_vars *v = &r->vars;
	char *end;

	if (strcmp(key, "name") == 0) {
		v->target.name = value;
	} else if (strcmp(key, "kana") == 0) {
		v->target.kana = value;
	} else if (strcmp(key, "language") == 0) {
		v->target.language = value;
	} else if (strcmp(key, "birth") == 0) {
		v->target.birth_md = (int)strtol(value, &end, 10);
		return strlen(value) == 4 && !*end;
	} else if (strcmp(key, "inbound") == 0) {
		v->call.inbound = strcmp(value, "yes") == 0;
		return v->call.inbound || strcmp(value, "no") == 0;
	} else if (strcmp(key, "debt") == 0) {
		if (!*own_debts)
			v->target.n_debts = 0;
		*own_debts = true;
		return add_debt(r, value);
	} else {
		return false;
	}
	return true;
}

int resident_of(const char *text, struct resident *ret, char ret_why[MAX_WORDS])
{
	bool own_debts = false, named = false;
	char *rest = ret->words, *item;

	invented(ret);
	if (text && (strlen(text) >= sizeof ret->words || !utf8_valid(text, strlen(text), NULL))) {
		snprintf(ret_why, MAX_WORDS, "--target is too long, or is not UTF-8");
		return E_INVALID;
	}
	snprintf(ret->words, sizeof ret->words, "%s", text ? text : "");
	while ((item = strsep(&rest, ",")) != NULL && text) {
		char *value = strchr(item, '=');
		if (value)
			*value++ = '\0';
		/* One of the two alone: the invented other one would be spoken instead. */
		if (value && !named && (strcmp(item, "name") == 0 || strcmp(item, "kana") == 0)) {
			named = true;
			ret->vars.target.name = ret->vars.target.kana = "";
		}
		if (!value || !set(ret, item, value, &own_debts)) {
			snprintf(ret_why, MAX_WORDS,
				 "--target: \"%.60s\" is not understood: name=…,kana=…,birth=MMDD,"
				 "language=en,inbound=yes,debt=TAX/YEAR/PERIOD/YYYY-MM-DD/YEN",
				 item);
			return E_INVALID;
		}
	}
	for (size_t i = 0; i < ret->vars.target.n_debts; i++)
		ret->vars.target.total += ret->debts[i].amount;
	return 0;
}
