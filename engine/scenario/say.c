/*
 * See say.h. Dates by era (明治 is the oldest that a living person's papers name);
 * the first year of an era is 元年. Digits one by one in katakana with a pause after
 * each: as figures they would be read as one quantity.
 */
#include "engine/scenario/say.h"

#include "engine/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More yen than any budget of a city; and whole numbers of a double end at 2^53. */
#define MAX_YEN 9007199254740991LL

struct era {
	int from_year, from_month, from_day;
	const char *name;
};
static const struct era eras[] = {
    {2019, 5, 1, "令和"},  {1989, 1, 8, "平成"},   {1926, 12, 25, "昭和"},
    {1912, 7, 30, "大正"}, {1868, 10, 23, "明治"},
};

static int say_date(const char *s, char out[SAY_BYTES])
{
	int32_t day, from;

	if (civil_parse_date(s, &day) != 0)
		return E_INVALID;
	struct civil c = civil_from_day(day);
	for (size_t i = 0; i < sizeof eras / sizeof *eras; i++) {
		const struct era *e = &eras[i];
		if (!civil_day_of(e->from_year, e->from_month, e->from_day, &from) || day < from)
			continue;
		int year = c.year - e->from_year + 1;
		if (year == 1)
			snprintf(out, SAY_BYTES, "%s元年%d月%d日", e->name, c.month, c.day);
		else
			snprintf(out, SAY_BYTES, "%s%d年%d月%d日", e->name, year, c.month, c.day);
		return 0;
	}
	return E_INVALID;
}

static int say_currency(struct value v, char out[SAY_BYTES])
{
	double d = value_to_number(v);
	char plain[24];
	size_t at = 0;

	if (v.type == VALUE_UNDEFINED || v.type == VALUE_BOOL ||
	    (v.type == VALUE_STRING && *v.string == '\0'))
		return E_INVALID;
	if (!(d >= 0 && d <= (double)MAX_YEN && d <= floor(d)))
		return E_INVALID;
	int n = snprintf(plain, sizeof plain, "%lld", (long long)d);
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = plain[i];
	}
	memcpy(out + at, "円", sizeof "円");
	return 0;
}

static int say_digits(const char *s, char out[SAY_BYTES])
{
	static const char *const names[] = {"ゼロ", "イチ", "ニ",   "サン", "ヨン",
					    "ゴ",   "ロク", "ナナ", "ハチ", "キュウ"};
	size_t n = strlen(s), at = 0;

	if (n == 0 || n > MAX_DIGITS || strspn(s, "0123456789") != n)
		return E_INVALID;
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, SAY_BYTES - at, "%s%s", i ? "、" : "",
				       names[s[i] - '0']);
	return 0;
}

static int two_digits(const char *s)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	return (s[0] - '0') * 10 + (s[1] - '0');
}

static int say_time(const char *s, char out[SAY_BYTES])
{
	int hour, minute, at;

	if (strlen(s) != 5 || s[2] != ':')
		return E_INVALID;
	hour = two_digits(s);
	minute = two_digits(s + 3);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return E_INVALID;
	at = snprintf(out, SAY_BYTES, "%s%d時", hour < 12 ? "午前" : "午後", hour % 12);
	if (minute > 0)
		snprintf(out + at, SAY_BYTES - (size_t)at, "%d分", minute);
	return 0;
}

int say_katakana(const char *s, char *out, size_t size)
{
	size_t n = strlen(s), at = 0, to = 0, len;
	uint32_t cp;

	while ((len = utf8_next(s + at, n - at, &cp)) > 0) {
		if ((cp >= 0x3041 && cp <= 0x3096) || cp == 0x309d || cp == 0x309e)
			cp += 0x60;
		if (to + 5 > size)
			return E_LIMIT;
		to += utf8_put(out + to, cp);
		at += len;
	}
	if (at < n)
		return E_INVALID; /* not UTF-8 */
	out[to] = '\0';
	return 0;
}

static int say_text(const char *s, char out[SAY_BYTES])
{
	size_t n = strlen(s);

	if (n >= SAY_BYTES)
		return E_LIMIT;
	if (utf8_has_control(s, n) || strstr(s, PROMPT_SOUND))
		return E_INVALID;
	memcpy(out, s, n + 1);
	return 0;
}

int say_value(enum say_as as, struct value v, char out[SAY_BYTES])
{
	char text[VALUE_TEXT];
	const char *s = value_to_string(v, text);

	if (v.type == VALUE_UNDEFINED)
		return E_INVALID;
	switch (as) {
	case SAY_CURRENCY:
		return say_currency(v, out);
	case SAY_DATE:
		return say_date(s, out);
	case SAY_TELEPHONE:
		return say_telephone(s, out);
	case SAY_DIGITS:
		return say_digits(s, out);
	case SAY_TIME:
		return say_time(s, out);
	default:
		return say_text(s, out);
	}
}
