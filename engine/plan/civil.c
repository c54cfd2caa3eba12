/*
 * See civil.h. The two conversions between a day number and year, month, day are
 * the well-known era arithmetic of the proleptic Gregorian calendar: eras of 400
 * years (146,097 days), years that begin in March, so that the leap day is the
 * last day of its year and needs no case of its own.
 *
 * gmtime_r and mktime are not asked: they read TZ, differ in range, and would make
 * planning depend on the machine it runs on.
 */
#include "engine/plan/civil.h"

#include <stdio.h>

#define TOKYO_OFFSET_MS (9 * 60 * MS_PER_MIN)
#define DAYS_OF_ERA 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;
	return a % b < 0 ? q - 1 : q;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

struct civil civil_from_day(int32_t day)
{
	int64_t z = (int64_t)day + DAYS_TO_1970;
	int64_t era = floor_div(z, DAYS_OF_ERA);
	int64_t doe = z - era * DAYS_OF_ERA;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t march_month = (5 * doy + 2) / 153;
	struct civil c = {0};

	c.day = (int)(doy - (153 * march_month + 2) / 5 + 1);
	c.month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
	c.year = (int)(yoe + era * 400 + (c.month <= 2 ? 1 : 0));
	c.weekday = (int)((((int64_t)day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	return c;
}

bool civil_day_of(int year, int month, int day, int32_t *ret_day)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	if (day > length[month - 1] + (month == 2 && is_leap(year) ? 1 : 0))
		return false;
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	*ret_day = (int32_t)(era * DAYS_OF_ERA + doe - DAYS_TO_1970);
	return true;
}

int32_t civil_day_at(int64_t utc_ms)
{
	return (int32_t)floor_div(utc_ms + TOKYO_OFFSET_MS, MS_PER_DAY);
}

int64_t civil_day_start(int32_t day)
{
	return day * MS_PER_DAY - TOKYO_OFFSET_MS;
}

struct civil civil_from_ms(int64_t utc_ms)
{
	int32_t day = civil_day_at(utc_ms);
	int64_t s = (utc_ms - civil_day_start(day)) / 1000;
	struct civil c = civil_from_day(day);

	c.hour = (int)(s / 3600);
	c.minute = (int)(s / 60 % 60);
	c.second = (int)(s % 60);
	return c;
}

/* Exactly n digits: no sign and no spaces, which strtol would let through. */
static bool digits(const char *s, int n, int *ret_value)
{
	int value = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (s[i] - '0');
	}
	*ret_value = value;
	return true;
}

int civil_parse_date(const char *s, int32_t *ret_day)
{
	int year, month, day;

	if (!digits(s, 4, &year) || s[4] != '-' || !digits(s + 5, 2, &month) || s[7] != '-' ||
	    !digits(s + 8, 2, &day) || s[10] != '\0')
		return E_INVALID;
	return civil_day_of(year, month, day, ret_day) ? 0 : E_INVALID;
}

/* Years outside 0…9999 have no four-digit form; they are shown as the nearest that has, so that the
 * buffers of the promised size always suffice. No date of ours comes near. */
static unsigned four_digits(int year)
{
	return (unsigned)(year < 0 ? 0 : year > 9999 ? 9999 : year);
}

void civil_format_date(int32_t day, char out[11])
{
	struct civil c = civil_from_day(day);
	char buf[32];
	snprintf(buf, sizeof buf, "%04u-%02u-%02u", four_digits(c.year), (unsigned)c.month,
		 (unsigned)c.day);
	for (int i = 0; i < 11; i++)
		out[i] = buf[i];
}

void civil_format_instant(int64_t utc_ms, char out[26])
{
	struct civil c = civil_from_ms(utc_ms);
	char buf[64];
	snprintf(buf, sizeof buf, "%04u-%02u-%02uT%02u:%02u:%02u+09:00", four_digits(c.year),
		 (unsigned)c.month, (unsigned)c.day, (unsigned)c.hour, (unsigned)c.minute,
		 (unsigned)c.second);
	for (int i = 0; i < 26; i++)
		out[i] = buf[i];
}
