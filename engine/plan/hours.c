/* See hours.h. */
#include "engine/plan/hours.h"

#include "engine/plan/civil.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MIN = 24 * 60 };

/* "8:30" to minutes; *at moves behind it. -1: it is none. */
static int minutes(const char **at)
{
	const char *p = *at;
	int hour = 0, digits = 0;

	for (; *p >= '0' && *p <= '9' && digits < 3; p++, digits++)
		hour = hour * 10 + (*p - '0');
	if (digits < 1 || digits > 2 || p[0] != ':' || p[1] < '0' || p[1] > '5' || p[2] < '0' ||
	    p[2] > '9')
		return -1;
	int min = hour * 60 + (p[1] - '0') * 10 + (p[2] - '0');
	*at = p + 3;
	return min <= DAY_MIN ? min : -1;
}

int hours_parse(const char *text, bool weekdays, struct hours *ret)
{
	struct hours h = {.weekdays = weekdays, .to_min = DAY_MIN};

	if (*text) {
		h.from_min = minutes(&text);
		if (h.from_min < 0 || *text++ != '-')
			return E_INVALID;
		h.to_min = minutes(&text);
		if (h.to_min <= h.from_min || *text)
			return E_INVALID;
	}
	*ret = h;
	return 0;
}

bool hours_open(const struct hours *h, const struct calendar *cal, int64_t now_ms)
{
	int32_t day = civil_day_at(now_ms);
	int64_t min = (now_ms - civil_day_start(day)) / MS_PER_MIN;

	if (h->weekdays && (civil_from_day(day).weekday > 4 || calendar_is_holiday(cal, day)))
		return false;
	return min >= h->from_min && min < h->to_min;
}

static void time_words(int min, char *out, size_t size)
{
	int hour = min / 60, rest = min % 60;
	bool morning = hour < 12 || min == DAY_MIN;
	char part[16] = "";

	if (rest)
		snprintf(part, sizeof part, "%d分", rest);
	if (min == DAY_MIN)
		snprintf(out, size, "午後12時");
	else
		snprintf(out, size, "%s%d時%s", morning ? "午前" : "午後",
			 morning ? hour : hour - 12, part);
}

void hours_words(const struct hours *h, char out[HOURS_WORDS])
{
	char from[32], to[32];
	time_words(h->from_min, from, sizeof from);
	time_words(h->to_min, to, sizeof to);
	if (h->from_min == 0 && h->to_min == DAY_MIN)
		snprintf(out, HOURS_WORDS, h->weekdays ? "平日の終日" : "毎日、24時間");
	else
		snprintf(out, HOURS_WORDS, "%s%sから%sまで", h->weekdays ? "平日の" : "毎日", from,
			 to);
}
