/*
 * The names of our fields, as layouts may use them. Incoming fields are bound to
 * places of the rows once, at load; outgoing ones are the names under which the
 * engine gives values to writer_row. docs/layouts.md explains each.
 */
#include "adapters/exchange/layout.h"

#include <string.h>

static const char *const yes_no[] = {"yes", "no", NULL};
static const char *const kinds[] = {"home", "mobile", "work", "other", NULL};
/* In the order of their enums (engine/exchange.h): field_value_index() gives the enum's value. */
static const char *const payments[] = {"full",       "part",         "preliminary", "void",
				       "debit-wait", "debit-failed", "reassessed",  NULL};
static const char *const contacts[] = {"self",    "co-owner", "heir", "tax-manager",
				       "company", "guardian", NULL};
static const char *const cares[] = {"none", "no-voice", "sms-only", NULL};
static const char *const pay_methods[] = {"unknown", "slip", "debit", "withheld", "other", NULL};
static const char *const actions[] = {"set", "lift", NULL};
static const char *const holds[] = {"promise", "paid", "staff", "complaint", "care", NULL};
static const char *const marks[] = {"dead", "wrong", "stop", NULL};
static const char *const exclusions[] = {
    "none",   "suspended", "instalment", "deferred", "protected", "deceased", "bankrupt", "lawyer",
    "appeal", "welfare",   "withheld",   "returned", "staff",     "care",     "other",    NULL};

#define TARGETS (1u << LAYOUT_TARGETS)
#define PAYMENTS (1u << LAYOUT_PAYMENTS)
#define WITHDRAWALS (1u << LAYOUT_WITHDRAWALS)
#define EXCLUSIONS_ (1u << LAYOUT_EXCLUSIONS)
#define KEYS (1u << LAYOUT_KEY_CHANGES)
#define HOLDS (1u << LAYOUT_HOLDS_IN)
#define NUMBERS (1u << LAYOUT_NUMBERS_IN)
#define DEBT_KEY (TARGETS | PAYMENTS | WITHDRAWALS | EXCLUSIONS_ | KEYS)
#define NOTED (WITHDRAWALS | EXCLUSIONS_ | HOLDS | NUMBERS)

static const struct {
	const char *name;
	unsigned layouts;
	unsigned most;
	const char *const *values;
} in_fields[IN_FIELDS] = {
    [IN_PERSON] = {"person", DEBT_KEY | HOLDS | NUMBERS, MAX_PERSON - 1, NULL},
    [IN_GYOMU] = {"gyomu", DEBT_KEY | HOLDS, 8, NULL},
    [IN_TAX] = {"tax", DEBT_KEY, 16, NULL},
    [IN_TAX_WORDS] = {"tax_words", TARGETS, 0, NULL},
    [IN_FUKA_YEAR] = {"fuka_year", DEBT_KEY, 8, NULL},
    [IN_CHOTEI_YEAR] = {"chotei_year", DEBT_KEY, 8, NULL},
    [IN_PERIOD] = {"period", DEBT_KEY, 8, NULL},
    [IN_NOTICE] = {"notice", DEBT_KEY, 40, NULL},
    [IN_DUE_DATE] = {"due_date", TARGETS, 0, NULL},
    [IN_AMOUNT] = {"amount", TARGETS, 15, NULL},
    [IN_NAME] = {"name", TARGETS, 0, NULL},
    [IN_KANA] = {"kana", TARGETS, 0, NULL},
    [IN_BIRTH_DATE] = {"birth_date", TARGETS, 0, NULL},
    [IN_NUMBER_1] = {"number1", TARGETS | NUMBERS, 0, NULL},
    [IN_NUMBER_2] = {"number2", TARGETS, 0, NULL},
    [IN_NUMBER_3] = {"number3", TARGETS, 0, NULL},
    [IN_KIND_1] = {"kind1", TARGETS, 0, kinds},
    [IN_KIND_2] = {"kind2", TARGETS, 0, kinds},
    [IN_KIND_3] = {"kind3", TARGETS, 0, kinds},
    [IN_SMS_1] = {"sms1", TARGETS, 0, yes_no},
    [IN_SMS_2] = {"sms2", TARGETS, 0, yes_no},
    [IN_SMS_3] = {"sms3", TARGETS, 0, yes_no},
    [IN_CONTACT] = {"contact", TARGETS, 0, contacts},
    [IN_CONTACT_NAME] = {"contact_name", TARGETS, 0, NULL},
    [IN_CONTACT_KANA] = {"contact_kana", TARGETS, 0, NULL},
    [IN_CONTACT_BIRTH] = {"contact_birth", TARGETS, 0, NULL},
    [IN_NAME_GROUP] = {"name_group", TARGETS, 20, NULL},
    [IN_HOUSEHOLD] = {"household", TARGETS, 20, NULL},
    [IN_PAY_METHOD] = {"pay_method", TARGETS, 0, pay_methods},
    [IN_LANGUAGE] = {"language", TARGETS, 16, NULL},
    [IN_CARE] = {"care", TARGETS, 0, cares},
    [IN_DEMAND_SENT] = {"demand_sent", TARGETS, 0, NULL},
    [IN_SLIP_UNTIL] = {"slip_until", TARGETS, 0, NULL},
    [IN_LATE_CHARGE] = {"late_charge", TARGETS, 15, NULL},
    [IN_PAYMENT] = {"payment", PAYMENTS, 0, payments},
    [IN_REST] = {"rest", PAYMENTS, 15, NULL},
    [IN_PAID_DATE] = {"paid_date", PAYMENTS, 0, NULL},
    [IN_WAIT_UNTIL] = {"wait_until", PAYMENTS, 0, NULL},
    [IN_AS_OF] = {"as_of", PAYMENTS, 0, NULL},
    [IN_WORDS] = {"words", NOTED, 0, NULL},
    [IN_ACTION] = {"action", EXCLUSIONS_ | HOLDS | NUMBERS, 0, actions},
    [IN_EXCLUSION] = {"exclusion", EXCLUSIONS_, 0, exclusions},
    [IN_HOLD] = {"hold", HOLDS, 0, holds},
    [IN_MARK] = {"mark", NUMBERS, 0, marks},
    [IN_FROM_DATE] = {"from_date", EXCLUSIONS_, 0, NULL},
    [IN_UNTIL_DATE] = {"until_date", EXCLUSIONS_ | HOLDS, 0, NULL},
    [IN_FOUND_DATE] = {"found_date", NUMBERS, 0, NULL},
    [IN_NEW_PERSON] = {"new_person", KEYS, MAX_PERSON - 1, NULL},
    [IN_NEW_GYOMU] = {"new_gyomu", KEYS, 8, NULL},
    [IN_NEW_TAX] = {"new_tax", KEYS, 16, NULL},
    [IN_NEW_FUKA_YEAR] = {"new_fuka_year", KEYS, 8, NULL},
    [IN_NEW_CHOTEI_YEAR] = {"new_chotei_year", KEYS, 8, NULL},
    [IN_NEW_PERIOD] = {"new_period", KEYS, 8, NULL},
    [IN_NEW_NOTICE] = {"new_notice", KEYS, 40, NULL},
};

static const char *const out_fields[] = {
    "city",
    "file_number",
    "person",
    "gyomu",
    "tax",
    "tax_words",
    "fuka_year",
    "chotei_year",
    "period",
    "notice",
    "due_date",
    "pay_method",
    "demand_sent",
    "slip_until",
    "late_charge",
    "amount",
    "campaign",
    "campaign_title",
    "run",
    "department",
    "contact_date",
    "contact_time",
    "channel",
    "number_kind",
    "outcome",
    "outcome_words",
    "reached",
    "reached_words",
    "heard",
    "replies",
    "tasks",
    "sentence",
    "attempt",
    "sip_status",
    "q850",
    "result",
    "result_words",
    "result_date",
    "attempts",
    "operator",
    "row",
    "item",
    "code",
    "words",
    "intake",
    "file_name",
    "state",
    "rows_total",
    "rows_taken",
    "rows_refused",
    "rows_warned",
    "runs",
    "archive_hash",
    "stamp_date",
    "stamp_time",
    "old_result",
    "new_result",
    "old_result_words",
    "new_result_words",
    "late_charge",
    "pay_method",
    "demand_sent",
    "slip_until",
    "name",
    "contact",
    "contact_name",
    "name_group",
    "household",
    "language",
    "care",
    "reason",
    "reason_words",
    "number",
    "mark",
    "hold",
    "from_date",
    "until_date",
    "found_date",
    "action",
    "action_date",
    "hold_number",
    "hold_words",
    "mark_words",
    "promise_date",
    "origin",
    "transfer",
    "transfer_words",
    "segments",
    "channel_words",
    "contact_words",
    "promise_words",
    "tasks_words",
    "heard_words",
    "answers",
};

enum in_field field_in(const char *name)
{
	for (int f = 0; f < IN_FIELDS; f++)
		if (strcmp(in_fields[f].name, name) == 0)
			return (enum in_field)f;
	return IN_NONE;
}

const char *field_in_name(enum in_field field)
{
	return field < IN_FIELDS ? in_fields[field].name : "";
}

bool field_is_for(enum in_field field, enum layout_kind kind)
{
	return field < IN_FIELDS && (in_fields[field].layouts & (1u << kind)) != 0;
}

const char *field_out_at(size_t n)
{
	return n < sizeof out_fields / sizeof *out_fields ? out_fields[n] : NULL;
}

bool field_is_out(const char *name)
{
	if (strncmp(name, "carried.", 8) == 0)
		return name[8] != '\0';
	for (size_t i = 0; i < sizeof out_fields / sizeof *out_fields; i++)
		if (strcmp(out_fields[i], name) == 0)
			return true;
	return false;
}

const char *const *field_values(enum in_field field)
{
	return field < IN_FIELDS ? in_fields[field].values : NULL;
}

int field_value_index(enum in_field field, const char *value)
{
	const char *const *values = field_values(field);

	for (int i = 0; values && values[i]; i++)
		if (strcmp(values[i], value) == 0)
			return i;
	return -1;
}

unsigned field_most(enum in_field field)
{
	return field < IN_FIELDS ? in_fields[field].most : 0;
}

/* Spaces of both widths do not hide it. */
bool item_is_forbidden(const char *item)
{
	static const char *const words[] = {"個人番号", "マイナンバー", "ﾏｲﾅﾝﾊﾞｰ", "個人識別番号"};
	char close_up[256];
	size_t n = 0;

	for (const char *s = item; *s && n + 1 < sizeof close_up; s++) {
		if (*s == ' ' || *s == '\t')
			continue;
		if (strncmp(s, "　", 3) == 0) {
			s += 2;
			continue;
		}
		close_up[n++] = *s;
	}
	close_up[n] = '\0';
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(close_up, words[i]))
			return true;
	return false;
}
