/*
 * The names of our fields, as layouts may use them. Incoming fields are bound to
 * places of the rows once, at load; outgoing ones are the names under which the
 * engine gives values to writer_row. docs/layouts.md explains each.
 */
#include "adapters/exchange/layout.h"

#include <string.h>

static const char *const yes_no[] = {"yes", "no", NULL};
static const char *const kinds[] = {"home", "mobile", "work", "other", NULL};
static const char *const payments[] = {"full", "part", NULL};

#define TARGETS (1u << LAYOUT_TARGETS)
#define PAYMENTS (1u << LAYOUT_PAYMENTS)

static const struct {
	const char *name;
	unsigned layouts;
	unsigned most;
	const char *const *values;
} in_fields[IN_FIELDS] = {
    [IN_PERSON] = {"person", TARGETS | PAYMENTS, MAX_PERSON - 1, NULL},
    [IN_GYOMU] = {"gyomu", TARGETS | PAYMENTS, 8, NULL},
    [IN_TAX] = {"tax", TARGETS | PAYMENTS, 16, NULL},
    [IN_TAX_WORDS] = {"tax_words", TARGETS, 0, NULL},
    [IN_FUKA_YEAR] = {"fuka_year", TARGETS | PAYMENTS, 8, NULL},
    [IN_CHOTEI_YEAR] = {"chotei_year", TARGETS | PAYMENTS, 8, NULL},
    [IN_PERIOD] = {"period", TARGETS | PAYMENTS, 8, NULL},
    [IN_NOTICE] = {"notice", TARGETS | PAYMENTS, 40, NULL},
    [IN_DUE_DATE] = {"due_date", TARGETS, 0, NULL},
    [IN_AMOUNT] = {"amount", TARGETS, 15, NULL},
    [IN_NAME] = {"name", TARGETS, 0, NULL},
    [IN_KANA] = {"kana", TARGETS, 0, NULL},
    [IN_BIRTH_DATE] = {"birth_date", TARGETS, 0, NULL},
    [IN_NUMBER_1] = {"number1", TARGETS, 0, NULL},
    [IN_NUMBER_2] = {"number2", TARGETS, 0, NULL},
    [IN_NUMBER_3] = {"number3", TARGETS, 0, NULL},
    [IN_KIND_1] = {"kind1", TARGETS, 0, kinds},
    [IN_KIND_2] = {"kind2", TARGETS, 0, kinds},
    [IN_KIND_3] = {"kind3", TARGETS, 0, kinds},
    [IN_SMS_1] = {"sms1", TARGETS, 0, yes_no},
    [IN_SMS_2] = {"sms2", TARGETS, 0, yes_no},
    [IN_SMS_3] = {"sms3", TARGETS, 0, yes_no},
    [IN_PAYMENT] = {"payment", PAYMENTS, 0, payments},
    [IN_REST] = {"rest", PAYMENTS, 15, NULL},
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
