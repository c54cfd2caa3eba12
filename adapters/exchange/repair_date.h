/* Days, years and times as people and spreadsheets write them, where one reading is left. Pure. */
#ifndef ADAPTERS_EXCHANGE_REPAIR_DATE_H
#define ADAPTERS_EXCHANGE_REPAIR_DATE_H

#include <stdbool.h>
#include <stddef.h>

/* 2026/1/5, 2026年1月5日, 20260105, 令和8年1月5日, R8.1.5, with or without 0:00 behind; into
 * YYYY-MM-DD. A day outside its era, a two-digit year, and month or day first are no reading. */
bool repair_date(const char *s, size_t n, char out[11]);
/* 令和8, R8, 令和元年度, 2026年度; into YYYY. */
bool repair_year(const char *s, size_t n, char out[11]);
/* 9:05, 9:05:00; into HH:MM or HH:MM:SS. */
bool repair_time(const char *s, size_t n, char out[11]);

#endif
