/* Rows that survive runs: holds (保留) and the number book (番号台帳), from the core system. */
#include "adapters/exchange/reader.h"

#include "engine/plan/phone.h"

int holds_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct hold_row h = {
	    .row = row->row,
	    .kind = (enum hold_kind)rows_choice(row, IN_HOLD, HOLD_STAFF),
	    .lifted = rows_choice(row, IN_ACTION, 0) == 1,
	    .until_day = rows_day(row, IN_UNTIL_DATE),
	    .person = rows_text(row, IN_PERSON, batch),
	    .gyomu = rows_text(row, IN_GYOMU, batch),
	    .words = rows_text(row, IN_WORDS, batch),
	};
	int err = rows_room((void **)&batch->holds, sizeof h);

	(void)l;
	if (!err && (!h.person || !h.gyomu || !h.words))
		err = E_NOMEM;
	if (!err)
		batch->holds[batch->n++] = h;
	return err;
}

int numbers_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct number_row n = {
	    .row = row->row,
	    .mark = (enum number_mark)rows_choice(row, IN_MARK, MARK_STOP),
	    .lifted = rows_choice(row, IN_ACTION, 0) == 1,
	    .day = rows_day(row, IN_FOUND_DATE),
	    .person = rows_text(row, IN_PERSON, batch),
	    .words = rows_text(row, IN_WORDS, batch),
	};
	enum phone_note note =
	    row->wrong_number[0] ? PHONE_BAD : phone_normalise(row->field[IN_NUMBER_1].s, n.digits);
	int err = rows_room((void **)&batch->numbers, sizeof n);

	(void)l;
	/* Here the number is the row: without one nothing is left of it. */
	if (note == PHONE_BAD || note == PHONE_EMPTY)
		return row_error_add(batch, row, false, "E0002", rows_item(row, IN_NUMBER_1),
				     "電話番号として読めません。");
	if (note == PHONE_REPAIRED && !err)
		err = row_error_add(batch, row, true, "E0002", rows_item(row, IN_NUMBER_1),
				    "先頭の 0 がないので補いました。確かめてください。");
	if (!err && (!n.person || !n.words))
		err = E_NOMEM;
	if (!err)
		batch->numbers[batch->n++] = n;
	return err;
}
