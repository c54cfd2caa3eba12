/* See repair_date.h. Values come folded to half-width and trimmed. */
#include "adapters/exchange/repair_date.h"

#include "engine/plan/civil.h"

#include <stdio.h>
#include <string.h>

/* A place in the value; nothing is read behind its end, which is a NUL. */
struct at {
	const char *s;
};

static bool take(struct at *at, const char *word)
{
	size_t n = strlen(word);
	if (strncmp(at->s, word, n) != 0)
		return false;
	at->s += n;
	return true;
}

static bool number(struct at *at, int least, int most, int *ret_value)
{
	int v = 0, n = 0;

	while (n < most && *at->s >= '0' && *at->s <= '9') {
		v = v * 10 + (*at->s++ - '0');
		n++;
	}
	if (n < least || (*at->s >= '0' && *at->s <= '9'))
		return false;
	*ret_value = v;
	return true;
}

static const struct era {
	const char *name, *letter;
	int first_year;          /* its year 1 */
	const char *first, *end; /* [first, end); the day of change belongs to both in use */
} eras[] = {
    {"令和", "R", 2019, "2019-05-01", "9999-12-31"},
    {"平成", "H", 1989, "1989-01-08", "2019-05-01"},
    {"昭和", "S", 1926, "1926-12-25", "1989-01-08"},
    {"大正", "T", 1912, "1912-07-30", "1926-12-26"},
    {"明治", "M", 1868, "1868-10-23", "1912-07-31"},
};

static const struct era *take_era(struct at *at)
{
	for (size_t i = 0; i < sizeof eras / sizeof *eras; i++)
		if (take(at, eras[i].name) || take(at, eras[i].letter))
			return &eras[i];
	return NULL;
}

/* The year, of an era or of four digits. */
static bool year(struct at *at, const struct era **ret_era, int *ret_year)
{
	*ret_era = take_era(at);
	if (!*ret_era)
		return number(at, 4, 4, ret_year);
	if (take(at, "元"))
		*ret_year = 1;
	else if (!number(at, 1, 2, ret_year) || *ret_year == 0)
		return false;
	*ret_year += (*ret_era)->first_year - 1;
	return true;
}

static bool is_of_era(const struct era *era, const char *day)
{
	return !era || (strcmp(day, era->first) >= 0 && strcmp(day, era->end) < 0);
}

/* 2026/1/5 2026-1-5 2026.1.5 2026年1月5日: one kind of mark, both times. */
static bool month_and_day(struct at *at, int *ret_month, int *ret_day)
{
	static const char *const marks[][3] = {
	    {"/", "/", ""}, {"-", "-", ""}, {".", ".", ""}, {"年", "月", "日"}};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct at here = *at;
		if (take(&here, marks[i][0]) && number(&here, 1, 2, ret_month) &&
		    take(&here, marks[i][1]) && number(&here, 1, 2, ret_day) &&
		    take(&here, marks[i][2])) {
			*at = here;
			return true;
		}
	}
	return false;
}

/* A date that a spreadsheet took for an instant: midnight is no more than a date. */
static bool rest_is_midnight(const char *s)
{
	static const char *const rests[] = {"",          " 0:00",     " 00:00",    " 0:00:00",
					    " 00:00:00", "T00:00:00", "T00:00:00Z"};

	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++)
		if (strcmp(s, rests[i]) == 0)
			return true;
	return false;
}

static bool eight_digits(const char *s, size_t n, char out[11])
{
	if (n != 8 || strspn(s, "0123456789") != 8)
		return false;
	snprintf(out, 11, "%.4s-%.2s-%.2s", s, s + 4, s + 6);
	return true;
}

bool repair_date(const char *s, size_t n, char out[11])
{
	struct at at = {s};
	const struct era *era;
	int y, month, day;
	int32_t ignored;

	if (eight_digits(s, n, out))
		return true; /* whether there is such a day is the type's to say */
	if (!year(&at, &era, &y) || !month_and_day(&at, &month, &day) || !rest_is_midnight(at.s))
		return false;
	snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)month % 100,
		 (unsigned)day % 100);
	/* "unknown" days (1950/00/00) and days that are none are the type's to judge, but only
	 * without an era: 昭和25年0月 has no day to compare with. */
	return !era || (civil_day_of(y, month, day, &ignored) && is_of_era(era, out));
}

bool repair_year(const char *s, size_t n, char out[11])
{
	struct at at = {s};
	const struct era *era;
	int y;

	(void)n;
	if (!year(&at, &era, &y) || (!take(&at, "年度") && !take(&at, "年") && *at.s))
		return false;
	snprintf(out, 11, "%04u", (unsigned)y % 10000);
	return *at.s == '\0';
}

bool repair_time(const char *s, size_t n, char out[11])
{
	struct at at = {s};
	int hour, minute, second;

	(void)n;
	if (!number(&at, 1, 2, &hour) || !take(&at, ":") || !number(&at, 2, 2, &minute))
		return false;
	if (*at.s == '\0') {
		snprintf(out, 11, "%02u:%02u", (unsigned)hour % 100, (unsigned)minute % 100);
		return true;
	}
	if (!take(&at, ":") || !number(&at, 2, 2, &second) || *at.s)
		return false;
	snprintf(out, 11, "%02u:%02u:%02u", (unsigned)hour % 100, (unsigned)minute % 100,
		 (unsigned)second % 100);
	return true;
}
