/*
 * The Cabinet Office publishes 国民の祝日 as a CSV in CP932: a header, then
 * `YYYY/M/D,名称`; once it came with `YYYY-MM-DD`. Both are read, also as UTF-8 (a
 * spreadsheet's doing). A line that is neither is an error with its number: a
 * holiday that is silently missing would be a day of calls.
 */
#include "adapters/exchange/holidays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINE = 512 };

/* The date at the line's head is ASCII in CP932 and in UTF-8 alike; the name is not needed. */
static bool parse(const char *line, int32_t *ret_day)
{
	int year, month, day, n = 0;
	if (sscanf(line, "%4d/%2d/%2d%n", &year, &month, &day, &n) != 3 &&
	    sscanf(line, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3)
		return false;
	return line[n] == ',' && civil_day_of(year, month, day, ret_day);
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return x < y ? -1 : x > y;
}

static void sort_once(struct calendar *cal)
{
	size_t n = 0;
	qsort(cal->holiday, cal->n, sizeof *cal->holiday, by_day);
	for (size_t i = 0; i < cal->n; i++)
		if (n == 0 || cal->holiday[n - 1] != cal->holiday[i])
			cal->holiday[n++] = cal->holiday[i];
	cal->n = n;
}

int holidays_file_load(const char *path, struct problems *problems, struct calendar *cal)
{
	char line[MOST_LINE];
	size_t before = problems->errors, days = 0;
	FILE *f = fopen(path, "r");
	int32_t day;

	if (!f) {
		problems_error(problems, path, 0, "cannot be read");
		return E_INVALID;
	}
	for (int n = 1; fgets(line, sizeof line, f); n++) {
		const char *at = strncmp(line, "\xef\xbb\xbf", 3) == 0 ? line + 3 : line;
		at += strspn(at, "\r\n");
		if (n == 1 || *at == '\0')
			continue; /* the header; an empty last line */
		if (!parse(at, &day)) {
			problems_error(problems, path, n,
				       "no date YYYY/M/D before the comma: take the file again "
				       "from the Cabinet Office, or mend the line");
		} else if (cal->n == MAX_HOLIDAYS) {
			problems_error(problems, path, n, "more than %d holidays", MAX_HOLIDAYS);
			break;
		} else {
			cal->holiday[cal->n++] = day;
			days++;
		}
	}
	bool failed = ferror(f);
	fclose(f);
	if (failed)
		problems_error(problems, path, 0, "cannot be read to its end");
	else if (days == 0)
		problems_error(problems, path, 0,
			       "holds no holiday: is it the Cabinet Office's CSV?");
	sort_once(cal);
	return problems->errors > before ? E_INVALID : 0;
}
