/* One target row: relations between its values, and its telephone numbers. */
#include "adapters/exchange/reader.h"

#include "engine/arena.h"
#include "engine/plan/phone.h"

#include <stdlib.h>
#include <string.h>

static const char *item_of(const struct in_value *v)
{
	return v->column && v->column->item ? v->column->item : "行";
}

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
		return row_error_add(batch, row, true, "E0002", item_of(v),
				     "かけられる電話番号ではないので、この番号は使いません。");
	case PHONE_REPAIRED:
		err = row_error_add(batch, row, true, "E0002", item_of(v),
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
		err = row_error_add(batch, row, true, "E0004", item_of(&row->field[IN_SMS_1 + i]),
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

static int32_t due_day_of(const struct in_value *v)
{
	int32_t day;

	if (v->n != 10 || memcmp(v->s, "0000", 4) == 0 || memcmp(v->s, "9999", 4) == 0 ||
	    civil_parse_date(v->s, &day))
		return DAY_NONE;
	return day;
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

static int make_room(struct row_batch *batch)
{
	if (!batch->targets)
		batch->targets = malloc(MAX_BATCH_ROWS * sizeof *batch->targets);
	return batch->targets ? 0 : E_NOMEM;
}

int targets_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct arena *arena = batch->arena;
	const struct in_value *amount = &row->field[IN_AMOUNT];
	struct target_row *t;
	int err = make_room(batch);

	(void)l;
	if (err)
		return err;
	t = &batch->targets[batch->n];
	memset(t, 0, sizeof *t);
	t->row = row->row;
	t->due_day = due_day_of(&row->field[IN_DUE_DATE]);
	t->birth_md = birth_md_of(&row->field[IN_BIRTH_DATE]);
	if (!value_int(amount->s, amount->n, &t->amount) || t->amount <= 0)
		return row_error_add(batch, row, false, "E0004", item_of(amount),
				     "未納額が 0 円の行です。対象者に入れないでください。");
	if (!row->field[IN_FUKA_YEAR].n && !row->field[IN_CHOTEI_YEAR].n)
		return row_error_add(batch, row, false, "E0004", "行", "年度がありません。");
	for (int i = 0; !err && i < MAX_NUMBERS; i++)
		if (!row->wrong_number[i])
			err = add_number(row, i, t, batch);
	if (!err)
		err = rows_key(row, batch, &t->key);
	if (!err)
		err = add_carried(row, t, arena);
	if (err)
		return err;
	t->tax_words = text_keep(arena, row->field[IN_TAX_WORDS].s, row->field[IN_TAX_WORDS].n);
	t->name = text_keep(arena, row->field[IN_NAME].s, row->field[IN_NAME].n);
	t->kana = text_keep(arena, row->field[IN_KANA].s, row->field[IN_KANA].n);
	if (!t->tax_words || !t->name || !t->kana)
		return E_NOMEM;
	batch->n++;
	return 0;
}
