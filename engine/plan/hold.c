/* See hold.h. Nothing here fails: what makes no sense is no hold, and the reply stays on record. */
#include "engine/plan/hold.h"

#include <string.h>

static const struct {
	const char *word, *words;
} kinds[HOLD_KINDS] = {
    [HOLD_PROMISE] = {"promise", "納付約束"}, [HOLD_PAID] = {"paid", "納付済申告"},
    [HOLD_STAFF] = {"staff", "職員対応中"},   [HOLD_COMPLAINT] = {"complaint", "苦情"},
    [HOLD_CARE] = {"care", "配慮"},
};

static const struct {
	const char *word, *words;
} marks[NUMBER_MARKS] = {
    [MARK_DEAD] = {"dead", "欠番"},
    [MARK_WRONG] = {"wrong", "番号違い"},
    [MARK_STOP] = {"stop", "停止"},
};

const char *hold_kind_word(enum hold_kind kind)
{
	return (unsigned)kind < HOLD_KINDS ? kinds[kind].word : "?";
}

const char *hold_kind_words(enum hold_kind kind)
{
	return (unsigned)kind < HOLD_KINDS ? kinds[kind].words : "?";
}

bool hold_kind_of(const char *word, enum hold_kind *ret_kind)
{
	for (int i = 0; i < HOLD_KINDS; i++)
		if (strcmp(kinds[i].word, word) == 0 || strcmp(kinds[i].words, word) == 0) {
			*ret_kind = (enum hold_kind)i;
			return true;
		}
	return false;
}

const char *mark_word(enum number_mark mark)
{
	return (unsigned)mark < NUMBER_MARKS ? marks[mark].word : "?";
}

const char *mark_words(enum number_mark mark)
{
	return (unsigned)mark < NUMBER_MARKS ? marks[mark].words : "?";
}

bool mark_of(const char *word, enum number_mark *ret_mark)
{
	for (int i = 0; i < NUMBER_MARKS; i++)
		if (strcmp(marks[i].word, word) == 0 || strcmp(marks[i].words, word) == 0) {
			*ret_mark = (enum number_mark)i;
			return true;
		}
	return false;
}

/* ---- days ---- */

static int digits_of(const char *s, size_t n)
{
	int v = 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

/* Of four digits: the next such day. 29 February may be years away; then it is out of range. */
static bool month_day(const char *said, int32_t today, int32_t *ret_day)
{
	struct civil now = civil_from_day(today);
	int month = digits_of(said, 2), day = digits_of(said + 2, 2);

	for (int year = now.year; year <= now.year + 1; year++)
		if (civil_day_of(year, month, day, ret_day) && *ret_day >= today)
			return true;
	return false;
}

bool hold_promised_day(const char *said, int32_t today, int most, int32_t *ret_day)
{
	size_t n = strlen(said), digits = strspn(said, "0123456789");
	int32_t day;
	bool good = false;

	if (n == 4 && digits == 4)
		good = month_day(said, today, &day);
	else if (n == 8 && digits == 8)
		good = civil_day_of(digits_of(said, 4), digits_of(said + 4, 2),
				    digits_of(said + 6, 2), &day);
	else
		good = civil_parse_date(said, &day) == 0;
	if (!good || day < today || (int64_t)day > (int64_t)today + most)
		return false;
	*ret_day = day;
	return true;
}

int64_t hold_until(enum hold_kind kind, const struct hold_terms *terms, int32_t made_day,
		   int32_t promised_day, int32_t until_day)
{
	if (until_day != DAY_NONE)
		return civil_day_start(until_day + 1);
	if (kind == HOLD_PROMISE && promised_day != DAY_NONE)
		return civil_day_start(promised_day + terms->promise_days + 1);
	if (kind == HOLD_PAID || kind == HOLD_PROMISE)
		return civil_day_start(made_day + terms->paid_days + 1);
	return HOLD_NO_END;
}

bool hold_lasts(int64_t until_ms, int64_t now_ms)
{
	return until_ms == HOLD_NO_END || now_ms < until_ms;
}

/* ---- replies ---- */

struct reply_meaning hold_meaning(const char *name, const char *value)
{
	if (strcmp(name, "promise_md") == 0 || strcmp(name, "promise") == 0)
		return (struct reply_meaning){.holds = true, .hold = HOLD_PROMISE};
	if (strcmp(name, "task") != 0)
		return (struct reply_meaning){.holds = false};
	if (strcmp(value, "納付済申告") == 0)
		return (struct reply_meaning){.holds = true, .hold = HOLD_PAID};
	if (strcmp(value, "停止要望") == 0)
		return (struct reply_meaning){.stops = true};
	return (struct reply_meaning){.holds = false};
}
