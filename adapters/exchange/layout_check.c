/*
 * What a schema cannot say of a layout: names that stand twice, fields that a row
 * cannot do without, lengths that our records could not keep, code tables whose
 * words nobody knows, and the individual number, which must never reach us.
 */
#include "adapters/exchange/layout.h"

#include "adapters/exchange/cp932.h"
#include "adapters/exchange/repair.h"

#include <string.h>

static const enum in_field key_fields[] = {
    IN_PERSON,        IN_GYOMU,           IN_TAX,        IN_FUKA_YEAR, IN_CHOTEI_YEAR,
    IN_PERIOD,        IN_NOTICE,          IN_NEW_PERSON, IN_NEW_GYOMU, IN_NEW_TAX,
    IN_NEW_FUKA_YEAR, IN_NEW_CHOTEI_YEAR, IN_NEW_PERIOD, IN_NEW_NOTICE};
static const enum in_field date_fields[] = {
    IN_DUE_DATE,   IN_BIRTH_DATE, IN_CONTACT_BIRTH, IN_DEMAND_SENT, IN_SLIP_UNTIL, IN_PAID_DATE,
    IN_WAIT_UNTIL, IN_AS_OF,      IN_FROM_DATE,     IN_UNTIL_DATE,  IN_FOUND_DATE};

static bool is_in(enum in_field field, const enum in_field *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == field)
			return true;
	return false;
}

static bool is_key(enum in_field field)
{
	return is_in(field, key_fields, sizeof key_fields / sizeof *key_fields);
}

static bool is_date(enum in_field field)
{
	return is_in(field, date_fields, sizeof date_fields / sizeof *date_fields);
}

static void check_names(const struct layout *l, const struct column *c, struct problems *p)
{
	if (c->item && item_is_forbidden(c->item))
		problems_error(
		    p, l->path, c->line,
		    "\"%s\": the individual number must never reach us: have the core system "
		    "leave the column out, and remove it here",
		    c->item);
	if (l->header_ids && c->item && !c->id)
		problems_error(p, l->path, c->line,
			       "id=\"…\" is missing: header=\"ids\" binds columns by item ID");
	for (const struct column *o = l->columns; o < c; o++) {
		if (c->item && o->item && strcmp(c->item, o->item) == 0)
			problems_error(p, l->path, c->line, "item \"%s\" stands on line %d already",
				       c->item, o->line);
		if (c->id && o->id && strcmp(c->id, o->id) == 0)
			problems_error(p, l->path, c->line, "id \"%s\" stands on line %d already",
				       c->id, o->line);
	}
}

static void check_fills_once(const struct layout *l, const struct column *c, enum in_field field,
			     struct problems *p)
{
	if (field == IN_NONE)
		return;
	for (const struct column *o = l->columns; o < c; o++)
		if (o->field == field || o->words_field == field)
			problems_error(p, l->path, c->line, "field %s is filled by line %d already",
				       field_in_name(field), o->line);
}

static bool is_one_of(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (strcmp(*list, s) == 0)
			return true;
	return false;
}

static void check_listed(const struct layout *l, const struct column *c, const char *value,
			 struct problems *p)
{
	const char *const *list = field_values(c->field);
	bool none = c->field == IN_EXCLUSION && strcmp(value, "none") == 0;
	if (list && (none || !is_one_of(list, value)))
		problems_error(p, l->path, c->line,
			       "field %s cannot be \"%s\": docs/layouts.md lists its values",
			       field_in_name(c->field), value);
}

static void check_type_of(const struct layout *l, const struct column *c, struct problems *p)
{
	enum value_kind kind = c->type.kind;
	bool date = is_date(c->field);
	bool amount = c->field == IN_AMOUNT || c->field == IN_REST || c->field == IN_LATE_CHARGE;
	bool half = kind == VALUE_X || kind == VALUE_9 || kind == VALUE_YEAR;

	if (c->kind == COLUMN_MAPPED || !c->item)
		return;
	if (date && kind != VALUE_DATE)
		problems_error(p, l->path, c->line, "field %s needs type DATE",
			       field_in_name(c->field));
	if (amount && kind != VALUE_9)
		problems_error(p, l->path, c->line, "field %s needs type 9 (yen)",
			       field_in_name(c->field));
	if (is_key(c->field) && !half)
		problems_error(p, l->path, c->line,
			       "field %s identifies a debt: its type is X, 9 or YEAR",
			       field_in_name(c->field));
	if (field_values(c->field))
		problems_error(p, l->path, c->line,
			       "field %s needs a code table: use <mapped> with <map>",
			       field_in_name(c->field));
	if (field_most(c->field) && kind != VALUE_YEAR && c->type.length > field_most(c->field))
		problems_error(p, l->path, c->line, "field %s keeps at most %u characters",
			       field_in_name(c->field), field_most(c->field));
	if ((c->field == IN_NAME || c->field == IN_KANA || c->field == IN_TAX_WORDS ||
	     c->field == IN_CONTACT_NAME || c->field == IN_CONTACT_KANA || c->field == IN_WORDS) &&
	    c->type.length > 100)
		problems_error(p, l->path, c->line, "field %s keeps at most 100 characters",
			       field_in_name(c->field));
}

static void check_mapped(const struct layout *l, const struct column *c, struct problems *p)
{
	if (c->n_codes == 0)
		problems_error(p, l->path, c->line,
			       "the code table is empty: add <map code=\"…\"/>");
	for (size_t i = 0; i < c->n_codes; i++) {
		const struct code *m = &c->codes[i];
		if (*m->code && value_check(&c->type, m->code, strlen(m->code)) != VALUE_OK)
			problems_error(p, l->path, c->line,
				       "code \"%s\" does not fit the column's own type and length",
				       m->code);
		if (c->field != IN_NONE)
			check_listed(l, c, m->value, p);
		if (field_most(c->field) && strlen(m->value) > field_most(c->field))
			problems_error(p, l->path, c->line,
				       "field %s keeps at most %u characters: \"%s\"",
				       field_in_name(c->field), field_most(c->field), m->value);
	}
}

static void check_constant(const struct layout *l, const struct column *c, struct problems *p)
{
	if (!c->item && !layout_is_incoming(l->kind))
		problems_error(p, l->path, c->line, "item=\"…\" is missing");
	if (!c->item && c->field == IN_NONE && layout_is_incoming(l->kind))
		problems_error(
		    p, l->path, c->line,
		    "a constant needs an item (what the file must hold) or a field (what it "
		    "fills)");
	if (c->item && *c->value && value_check(&c->type, c->value, strlen(c->value)) != VALUE_OK)
		problems_error(p, l->path, c->line,
			       "value=\"%s\" does not fit its own type and length", c->value);
	if (c->field != IN_NONE)
		check_listed(l, c, c->value, p);
}

/* What the layout itself writes must exist in its encoding; what files bring is known only then. */
static void check_encodable(const struct layout *l, const struct column *c, const char *what,
			    const char *s, struct problems *p)
{
	if (s && l->encoding == ENCODING_CP932 && !cp932_has(s, strlen(s)))
		problems_error(p, l->path, c->line, "%s \"%s\": CP932 lacks one of its characters",
			       what, s);
}

static void check_own_text(const struct layout *l, const struct column *c, struct problems *p)
{
	check_encodable(l, c, "item", c->item, p);
	check_encodable(l, c, "value", c->value, p);
	for (size_t i = 0; i < c->n_codes; i++)
		check_encodable(l, c, "code", c->codes[i].code, p);
	for (size_t i = 0; i < c->composed.n; i++)
		check_encodable(l, c, "template", c->composed.parts[i].text, p);
}

/* Zeros are put before digits; what else a short value could have been nobody knows. */
static void check_width(const struct layout *l, const struct column *c, struct problems *p)
{
	bool counted = c->type.kind == VALUE_X || c->type.kind == VALUE_9;

	if (c->pad && !c->fixed)
		problems_error(p, l->path, c->line, "pad=\"zeros\" needs width=\"fixed\"");
	if (!c->fixed)
		return;
	if (!layout_is_incoming(l->kind) || c->kind == COLUMN_CARRIED)
		problems_error(p, l->path, c->line,
			       "width is for incoming columns that we read: remove it");
	if (!counted || c->type.length > REPAIR_MOST)
		problems_error(p, l->path, c->line,
			       "width=\"fixed\" is for types X and 9, of at most %d characters",
			       REPAIR_MOST);
	for (size_t i = 0; i < c->n_codes; i++)
		if (strlen(c->codes[i].code) != c->type.length)
			problems_error(p, l->path, c->line,
				       "code \"%s\" has not the column's width", c->codes[i].code);
}

static void check_column(const struct layout *l, const struct column *c, struct problems *p)
{
	bool incoming = layout_is_incoming(l->kind);

	check_names(l, c, p);
	check_own_text(l, c, p);
	check_fills_once(l, c, c->field, p);
	check_fills_once(l, c, c->words_field, p);
	if (incoming && c->cut)
		problems_error(p, l->path, c->line, "cut is for outgoing layouts: remove it");
	if (incoming && c->kind == COLUMN_COMPOSED)
		problems_error(p, l->path, c->line,
			       "composed columns are for outgoing layouts: use value or carried");
	check_width(l, c, p);
	if (incoming)
		check_type_of(l, c, p);
	if (c->kind == COLUMN_MAPPED)
		check_mapped(l, c, p);
	if (c->kind == COLUMN_CONSTANT)
		check_constant(l, c, p);
}

static const struct column *filler(const struct layout *l, enum in_field field)
{
	for (size_t i = 0; i < l->n_columns; i++)
		if (l->columns[i].field == field || l->columns[i].words_field == field)
			return &l->columns[i];
	return NULL;
}

static void need(const struct layout *l, enum in_field field, const char *what, struct problems *p)
{
	if (!filler(l, field))
		problems_error(p, l->path, 0, "no column fills %s (%s): add one",
			       field_in_name(field), what);
}

static void need_required(const struct layout *l, enum in_field field, struct problems *p)
{
	const struct column *c = filler(l, field);
	if (c && c->item && !c->required)
		problems_error(p, l->path, c->line,
			       "the column that fills %s needs required=\"yes\"",
			       field_in_name(field));
}

static void check_key(const struct layout *l, struct problems *p)
{
	need(l, IN_PERSON, "宛名番号", p);
	need(l, IN_GYOMU, "業務ID, often a constant", p);
	need(l, IN_TAX, "科目", p);
	need_required(l, IN_PERSON, p);
	need_required(l, IN_TAX, p);
	if (!filler(l, IN_FUKA_YEAR) && !filler(l, IN_CHOTEI_YEAR))
		problems_error(
		    p, l->path, 0,
		    "no column fills fuka_year or chotei_year (賦課年度, 調定年度): add one");
	if (!filler(l, IN_PERIOD) || !filler(l, IN_NOTICE))
		problems_warn(
		    p, l->path, 0,
		    "without period and notice (期別, 通知書番号) debts of one person may not "
		    "be told apart");
}

static void forbid(const struct layout *l, enum in_field field, struct problems *p)
{
	const struct column *c = filler(l, field);
	if (c)
		problems_error(p, l->path, c->line,
			       "a layout with debts=\"no\" has no field %s: carry the column",
			       field_in_name(field));
}

/* A general campaign (勧奨, お知らせ) tells of a matter: 宛名番号, what it is about, and perhaps a
 * number of its own. Money in such a file would look like a debt to somebody, some day. */
static void check_matters(const struct layout *l, struct problems *p)
{
	need(l, IN_PERSON, "宛名番号", p);
	need(l, IN_GYOMU, "業務ID, often a constant", p);
	need(l, IN_TAX, "what the matter is, often a constant", p);
	need_required(l, IN_PERSON, p);
	need_required(l, IN_TAX, p);
	forbid(l, IN_AMOUNT, p);
	forbid(l, IN_LATE_CHARGE, p);
	forbid(l, IN_DEMAND_SENT, p);
}

static void check_debts(const struct layout *l, struct problems *p)
{
	check_key(l, p);
	need(l, IN_TAX_WORDS, "科目 as spoken: words=\"tax_words\" of the 科目 column", p);
	need(l, IN_AMOUNT, "未納額", p);
	need_required(l, IN_AMOUNT, p);
	if (!filler(l, IN_DUE_DATE))
		problems_warn(p, l->path, 0,
			      "without due_date (納期限) no scenario can speak of it");
}

static void check_targets(const struct layout *l, struct problems *p)
{
	if (l->no_debts)
		check_matters(l, p);
	else
		check_debts(l, p);
	need(l, IN_NAME, "氏名", p);
	need(l, IN_NUMBER_1, "電話番号", p);
	need_required(l, IN_NAME, p);
	if (!filler(l, IN_CONTACT) != !filler(l, IN_CONTACT_NAME))
		problems_error(p, l->path, 0,
			       "contact and contact_name (連絡先区分, 連絡先氏名) come together: "
			       "a name without its kind, or the reverse, says nothing");
	if (l->n_carried > MAX_CARRIED)
		problems_error(p, l->path, 0, "a layout has at most %d carried columns",
			       MAX_CARRIED);
	for (int i = 0; i < MAX_NUMBERS; i++) {
		enum in_field number = (enum in_field)(IN_NUMBER_1 + i);
		enum in_field kind = (enum in_field)(IN_KIND_1 + i),
			      sms = (enum in_field)(IN_SMS_1 + i);
		if (!filler(l, number) && (filler(l, kind) || filler(l, sms)))
			problems_error(p, l->path, 0, "%s or %s is filled, but %s is not",
				       field_in_name(kind), field_in_name(sms),
				       field_in_name(number));
	}
}

static bool names_rest(const char *payment)
{
	return strcmp(payment, "part") == 0 || strcmp(payment, "reassessed") == 0;
}

static void check_payments(const struct layout *l, struct problems *p)
{
	const struct column *c = filler(l, IN_PAYMENT);
	bool rest = c && c->value && names_rest(c->value);

	check_key(l, p);
	need(l, IN_PAYMENT, "消込の種別: full, part …", p);
	need_required(l, IN_PAYMENT, p);
	for (size_t i = 0; c && i < c->n_codes; i++)
		rest = rest || names_rest(c->codes[i].value);
	if (rest && !filler(l, IN_REST))
		problems_error(p, l->path, c->line,
			       "part and reassessed need a column that fills rest (残額): add one");
}

/* Parts of the key that are left out match any debt of the person. */
static void check_notice(const struct layout *l, struct problems *p)
{
	need(l, IN_PERSON, "宛名番号", p);
	need_required(l, IN_PERSON, p);
	if (l->kind == LAYOUT_EXCLUSIONS)
		need(l, IN_EXCLUSION, "除外の理由", p);
}

static void check_key_changes(const struct layout *l, struct problems *p)
{
	bool any = false;

	check_key(l, p);
	for (int f = IN_NEW_PERSON; f <= IN_NEW_NOTICE; f++)
		any = any || filler(l, (enum in_field)f);
	if (!any)
		problems_error(p, l->path, 0,
			       "no column fills a part of the new key (new_fuka_year …): add one");
}

static void check_book(const struct layout *l, struct problems *p)
{
	if (l->kind == LAYOUT_HOLDS_IN) {
		need(l, IN_PERSON, "宛名番号", p);
		need_required(l, IN_PERSON, p);
		need(l, IN_HOLD, "保留の種別", p);
		need_required(l, IN_HOLD, p);
	} else {
		need(l, IN_NUMBER_1, "電話番号", p);
		need(l, IN_MARK, "台帳の区分", p);
		need_required(l, IN_MARK, p);
	}
}

static void check_outgoing(const struct layout *l, struct problems *p)
{
	if (l->ignore_extra)
		problems_error(p, l->path, 0, "extra is for incoming layouts: remove it");
	for (size_t i = 0; i < l->n_columns; i++) {
		const struct column *c = &l->columns[i];
		bool named = c->kind == COLUMN_VALUE || c->kind == COLUMN_MAPPED;
		if (named && !*c->out_name)
			problems_error(p, l->path, c->line, "field=\"…\" is missing");
	}
}

void layout_check(const struct layout *l, struct problems *problems)
{
	if (l->n_columns == 0)
		problems_error(problems, l->path, 0, "the layout has no columns");
	for (size_t i = 0; i < l->n_columns; i++)
		check_column(l, &l->columns[i], problems);
	if (layout_is_incoming(l->kind) && l->kind != LAYOUT_TARGETS && l->n_carried > 0)
		problems_error(problems, l->path, 0,
			       "a %s layout has no carried columns: nothing goes back",
			       layout_kind_word(l->kind));
	if (l->no_debts && l->kind != LAYOUT_TARGETS)
		problems_error(problems, l->path, 0, "debts=\"no\" is for targets: remove it");
	switch (l->kind) {
	case LAYOUT_TARGETS:
		check_targets(l, problems);
		break;
	case LAYOUT_PAYMENTS:
		check_payments(l, problems);
		break;
	case LAYOUT_WITHDRAWALS:
	case LAYOUT_EXCLUSIONS:
		check_notice(l, problems);
		break;
	case LAYOUT_KEY_CHANGES:
		check_key_changes(l, problems);
		break;
	case LAYOUT_HOLDS_IN:
	case LAYOUT_NUMBERS_IN:
		check_book(l, problems);
		break;
	case LAYOUT_CONTACTS:
	case LAYOUT_RESULTS:
	case LAYOUT_CORRECTIONS:
	case LAYOUT_ERRORS:
	case LAYOUT_RECEIPT:
	case LAYOUT_HOLDS:
	case LAYOUT_NUMBERS:
	case LAYOUT_KINDS:
		check_outgoing(l, problems);
		break;
	}
}
