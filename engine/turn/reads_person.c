/*
 * See reads.h: what the targets file said of a person and of his debts, for staff. Names and
 * telephone numbers are masked here, for every program that asks: who needs them whole
 * asks for one person, with a reason (target.unmask).
 */
#include "engine/turn/reads.h"

#include "engine/log.h"
#include "engine/plan/civil.h"
#include "engine/plan/person_words.h"
#include "engine/turn/record.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

static void put_day(struct json *j, const char *name, int32_t day)
{
	char text[11] = "";
	if (day != DAY_NONE)
		civil_format_date(day, text);
	json_put_str(j, name, text);
}

static struct json *number_json(const struct number *n)
{
	char digits[20];
	struct json *j = json_new_object();
	json_put_str(j, "number", log_number(n->digits, digits));
	json_put_str(j, "kind", number_kind_word(n->kind));
	json_put_bool(j, "sms", n->sms);
	return j;
}

const char *read_masked(const char *name, char out[READ_MASKED])
{
	uint32_t cp;
	size_t n = utf8_next(name, strlen(name), &cp);
	snprintf(out, READ_MASKED, "%.*s%s", (int)n, name, *name ? "＊＊" : "");
	return out;
}

int read_whole(const struct query *q, struct answer *a, bool *ret_whole)
{
	const char *reason = "";
	json_get_bool(q->params, "whole", ret_whole);
	json_get_str(q->params, "reason", &reason);
	if (*ret_whole && !*reason)
		return answer_refuse(a, E_INVALID,
				     "whole numbers want a reason, for the record: reason");
	return 0;
}

void read_put_person(struct json *j, const struct target *t)
{
	char masked[READ_MASKED];
	json_put_str(j, "name", read_masked(t->name, masked));
	json_put_str(j, "kana", read_masked(t->kana, masked));
	struct json *list = json_new_array();
	for (size_t i = 0; i < t->n_numbers; i++)
		json_add(list, number_json(&t->numbers[i]));
	json_put(j, "numbers", list);
	json_put_str(j, "contact", contact_kind_word(t->contact));
	json_put_str(j, "owner_name", read_masked(t->owner_name, masked));
	json_put_str(j, "care", care_word(t->care));
	json_put_str(j, "language", t->language);
	json_put_str(j, "name_group", t->name_group);
	json_put_str(j, "household", t->household);
}

void read_put_debt(struct json *j, const struct debt *d)
{
	json_put_str(j, "gyomu", d->key.gyomu);
	json_put_int(j, "late_charge", d->late_charge);
	json_put_str(j, "pay_method", pay_method_word(d->pay_method));
	put_day(j, "demand_sent", d->demand_sent_day);
	put_day(j, "slip_until", d->slip_until_day);
}
