/*
 * Opening hours of the telephone: "8:30-17:15" on all days or on weekdays that are no
 * holidays, Asia/Tokyo. Pure.
 */
#ifndef ENGINE_PLAN_HOURS_H
#define ENGINE_PLAN_HOURS_H

#include "engine/err.h"
#include "engine/plan/plan.h"

struct hours {
	bool weekdays;        /* only days that are no holidays */
	int from_min, to_min; /* after midnight, [from, to) */
};
#define HOURS_WORDS 128 /* bytes of them in words */

/* "": always. E_INVALID: not H:MM-H:MM, or it ends before it begins. */
int hours_parse(const char *text, bool weekdays, struct hours *ret) MUST_CHECK;
bool hours_open(const struct hours *h, const struct calendar *cal, int64_t now_ms);
/* As they are spoken: 平日の午前8時30分から午後5時15分まで. */
void hours_words(const struct hours *h, char out[HOURS_WORDS]);

#endif
