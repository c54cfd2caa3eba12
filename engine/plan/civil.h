/*
 * Civil time in Japan, as pure arithmetic. Stored instants are UTC milliseconds
 * since 1970 (int64_t, suffix _ms); windows and dates are civil time. Asia/Tokyo
 * has had no daylight saving time since 1951 and is UTC+9 throughout the range we
 * use, so no time-zone database is asked and tests need no TZ.
 *
 * A date is a day number: days since 1970-01-01 (int32_t, suffix _day).
 */
#ifndef ENGINE_PLAN_CIVIL_H
#define ENGINE_PLAN_CIVIL_H

#include "engine/err.h"
#include <stdbool.h>
#include <stdint.h>

#define DAY_NONE INT32_MIN /* "no date" */
#define MS_PER_MIN 60000LL
#define MS_PER_DAY 86400000LL

struct civil {
	int year, month, day;     /* 2026, 1…12, 1…31 */
	int hour, minute, second; /* 0…23, 0…59, 0…59 */
	int weekday;              /* 0 = Monday … 6 = Sunday (ISO 8601 order) */
};

struct civil civil_from_ms(int64_t utc_ms);
struct civil civil_from_day(int32_t day);
/* False if there is no such day (2026-02-29). */
bool civil_day_of(int year, int month, int day, int32_t *ret_day);
/* The Tokyo day that an instant lies in; the first instant of a Tokyo day. */
int32_t civil_day_at(int64_t utc_ms);
int64_t civil_day_start(int32_t day);
/* "YYYY-MM-DD" exactly; E_INVALID otherwise or if no such day. */
int civil_parse_date(const char *s, int32_t *ret_day) MUST_CHECK;
/* "YYYY-MM-DD" (11 bytes with NUL) */
void civil_format_date(int32_t day, char out[11]);
/* "YYYY-MM-DDTHH:MM:SS+09:00" (26 bytes with NUL) */
void civil_format_instant(int64_t utc_ms, char out[26]);

#endif
