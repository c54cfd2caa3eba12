/* One target row: relations between its values, and its telephone numbers. */
#include "adapters/exchange/reader.h"

#include "engine/arena.h"
#include "engine/plan/phone.h"

#include <stdlib.h>
#include <string.h>

static enum number_kind kind_of(const char *word, const char *digits)
{
	switch (*word) {
	case 'h':
		return KIND_HOME;
	case 'm':
		return KIND_MOBILE;
	case 'w':
		return KIND_WORK;
	case 'o':
		return KIND_OTHER;
	default: /* the file does not say */
		return phone_is_mobile(digits) ? KIND_MOBILE : KIND_OTHER;
	}
}

static bool has_number(const struct target_row *t, const char *digits)
{
	for (size_t i = 0; i < t->n_numbers; i++)
		if (strcmp(t->numbers[i].digits, digits) == 0)
			return true;
	return false;
}

static int add_number(struct in_row *row, int i, struct target_row *t, struct row_batch *batch)
{
	const struct in_value *v = &row->field[IN_NUMBER_1 + i];
	bool sms = strcmp(row->field[IN_SMS_1 + i].s, "yes") == 0;
	char digits[MAX_NUMBER];
	int err = 0;

	switch (phone_normalise(v->s, digits)) {
	case PHONE_EMPTY:
		return 0;
	case PHONE_BAD:
		return row_error_add(batch, row, true, "E0002",
				     rows_item(row, (enum in_field)(IN_NUMBER_1 + i)),
				     "かけられる電話番号ではないので、この番号は使いません。");
	case PHONE_REPAIRED:
		err = row_error_add(batch, row, true, "E0002",
				    rows_item(row, (enum in_field)(IN_NUMBER_1 + i)),
				    "先頭の 0 がないので補いました。確かめてください。");
		break;
	case PHONE_OK:
		break;
	}
	if (err || has_number(t, digits)) /* the same number twice would be dialled twice in turn */
		return err;
	struct number *n = &t->numbers[t->n_numbers++];
	*n = (struct number){.kind = kind_of(row->field[IN_KIND_1 + i].s, digits),
			     .sms = sms && phone_is_mobile(digits)};
	memcpy(n->digits, digits, sizeof n->digits);
	if (sms && !n->sms)
		err = row_error_add(batch, row, true, "E0004",
				    rows_item(row, (enum in_field)(IN_SMS_1 + i)),
				    "携帯電話の番号ではないので、SMS は送りません。");
	return err;
}

/* month * 100 + day; 0: unknown (years 0000 and 9999 are the open ends) */
static int birth_md_of(const struct in_value *v)
{
	int month, day;
	int32_t ignored;

	if (v->n != 10 || memcmp(v->s, "0000", 4) == 0 || memcmp(v->s, "9999", 4) == 0)
		return 0;
	month = (v->s[5] - '0') * 10 + v->s[6] - '0';
	day = (v->s[8] - '0') * 10 + v->s[9] - '0';
	return civil_day_of(2000, month, day, &ignored) ? month * 100 + day : 0;
}

static int add_carried(const struct in_row *row, struct target_row *t, struct arena *arena)
{
	t->n_carried = row->n_carried;
	for (size_t i = 0; i < row->n_carried; i++) {
		const struct in_value *v = &row->carried[i];
		const char *name = v->column->out_name + strlen("carried.");
		t->carried[i] = text_keep(arena, v->s, v->n);
		t->carried_name[i] = text_keep(arena, name, strlen(name));
		if (!t->carried[i] || !t->carried_name[i])
			return E_NOMEM;
	}
	return 0;
}

/* ---- whom to talk to ---- */

/* Where a contact is given, the name that is spoken and the birth date that is asked for are the
 * contact's: a guardian must not be asked for the debtor's birthday, nor be called by his name.
 * A contact without a name, or a name without saying whose, could only be guessed. */
static int take_contact(struct in_row *row, struct target_row *t, struct row_batch *batch)
{
	bool named = row->field[IN_CONTACT_NAME].n > 0;
	enum in_field name = IN_NAME, kana = IN_KANA, birth = IN_BIRTH_DATE;

	t->contact = (enum contact_kind)rows_choice(row, IN_CONTACT, CONTACT_SELF);
	if (t->contact != CONTACT_SELF && !named)
		return row_error_add(batch, row, false, "E0004", rows_item(row, IN_CONTACT),
				     "連絡先区分が本人以外の行には、連絡先氏名が必要です。");
	if (t->contact == CONTACT_SELF && named)
		return row_error_add(batch, row, false, "E0004", rows_item(row, IN_CONTACT_NAME),
				     "連絡先氏名があるのに、連絡先区分が本人または空です。");
	if (named) {
		name = IN_CONTACT_NAME;
		kana = IN_CONTACT_KANA;
		birth = IN_CONTACT_BIRTH;
	}
	t->name = rows_text(row, name, batch);
	t->kana = rows_text(row, kana, batch);
	t->owner_name = named ? rows_text(row, IN_NAME, batch) : "";
	/* A company's person has a birthday of his own, which the city does not know. */
	t->birth_md = t->contact == CONTACT_COMPANY ? 0 : birth_md_of(&row->field[birth]);
	return t->name && t->kana && t->owner_name ? 0 : E_NOMEM;
}

static int take_person(struct in_row *row, struct target_row *t, struct row_batch *batch)
{
	int err = take_contact(row, t, batch);

	t->care = (enum care)rows_choice(row, IN_CARE, CARE_NONE);
	t->language = rows_text(row, IN_LANGUAGE, batch);
	t->name_group = rows_text(row, IN_NAME_GROUP, batch);
	t->household = rows_text(row, IN_HOUSEHOLD, batch);
	return err || (t->language && t->name_group && t->household) ? err : E_NOMEM;
}

static int take_debt(const struct layout *l, struct in_row *row, struct target_row *t,
		     struct row_batch *batch)
{
	const struct in_value *amount = &row->field[IN_AMOUNT], *late = &row->field[IN_LATE_CHARGE];

	t->due_day = rows_day(row, IN_DUE_DATE);
	t->demand_sent_day = rows_day(row, IN_DEMAND_SENT);
	t->slip_until_day = rows_day(row, IN_SLIP_UNTIL);
	t->pay_method = (enum pay_method)rows_choice(row, IN_PAY_METHOD, PAY_UNKNOWN);
	t->no_debt = l->no_debts;
	if (late->n && !value_int(late->s, late->n, &t->late_charge))
		return row_error_add(batch, row, false, "E0003", rows_item(row, IN_LATE_CHARGE),
				     "延滞金の桁が多すぎます。");
	if (l->no_debts)
		return 0;
	if (!value_int(amount->s, amount->n, &t->amount) || t->amount <= 0)
		return row_error_add(batch, row, false, "E0004", rows_item(row, IN_AMOUNT),
				     "未納額が 0 円の行です。対象者に入れないでください。");
	if (!row->field[IN_FUKA_YEAR].n && !row->field[IN_CHOTEI_YEAR].n)
		return row_error_add(batch, row, false, "E0004", "行", "年度がありません。");
	return 0;
}

int targets_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct target_row *t;
	int err = rows_room((void **)&batch->targets, sizeof *t);

	if (err)
		return err;
	t = &batch->targets[batch->n];
	memset(t, 0, sizeof *t);
	t->row = row->row;
	err = take_debt(l, row, t, batch);
	if (!err && !row->bad)
		err = take_person(row, t, batch);
	if (err || row->bad)
		return err;
	for (int i = 0; !err && i < MAX_NUMBERS; i++)
		if (!row->wrong_number[i])
			err = add_number(row, i, t, batch);
	if (!err)
		err = rows_key(row, batch, &t->key);
	if (!err)
		err = add_carried(row, t, batch->arena);
	if (err)
		return err;
	t->tax_words = rows_text(row, IN_TAX_WORDS, batch);
	if (!t->tax_words)
		return E_NOMEM;
	batch->n++;
	return 0;
}
