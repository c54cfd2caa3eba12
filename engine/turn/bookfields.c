/* See bookfields.h. All of it is in the row: nothing is looked up, so the bytes never change. */
#include "engine/turn/bookfields.h"

#include <string.h>

static void put(struct fields *f, const char *name, const char *value)
{
	if (f->n < MAX_OUT_FIELDS)
		f->list[f->n++] = (struct out_field){name, value ? value : ""};
}

static const char *day(struct tx *tx, int32_t d)
{
	char text[11] = "";
	if (d != DAY_NONE)
		civil_format_date(d, text);
	return arena_str(tx->arena, text);
}

static void put_hold(struct tx *tx, struct fields *f, const struct bookrow *row)
{
	enum hold_kind kind = (enum hold_kind)row->what;
	put(f, "gyomu", row->gyomu);
	put(f, "hold", hold_kind_word(kind));
	put(f, "hold_words", hold_kind_words(kind));
	put(f, "hold_number", arena_printf(tx->arena, "%u", row->hold));
	put(f, "from_date", day(tx, civil_day_at(row->made_ms)));
	put(f, "until_date",
	    row->until_ms == HOLD_NO_END ? "" : day(tx, civil_day_at(row->until_ms - 1)));
	put(f, "promise_date", day(tx, row->promised_day));
}

static void put_mark(struct tx *tx, struct fields *f, const struct bookrow *row)
{
	enum number_mark mark = (enum number_mark)row->what;
	put(f, "number", row->digits);
	put(f, "mark", mark_word(mark));
	put(f, "mark_words", mark_words(mark));
	put(f, "found_date", day(tx, civil_day_at(row->made_ms)));
	put(f, "channel", row->voice && row->sms ? "both" : row->voice ? "voice" : "sms");
}

void fields_book(struct tx *tx, const struct file_facts *facts, const struct bookrow *row,
		 struct fields *ret)
{
	*ret = facts->head;
	put(ret, "person", row->person);
	put(ret, "action", book_event_word(row->event));
	put(ret, "action_date", day(tx, civil_day_at(row->at_ms)));
	put(ret, "origin", origin_word(row->origin));
	put(ret, "department", row->department);
	put(ret, "words", row->reason);
	if (row->kind == KIND_HOLDS)
		put_hold(tx, ret, row);
	else
		put_mark(tx, ret, row);
}
