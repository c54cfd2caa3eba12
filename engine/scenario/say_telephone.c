/*
 * Telephone numbers in the groups that people say: 0265-78-4111. The lengths of area
 * codes are facts of the numbering plan (総務省, 市外局番の一覧): two digits for Tokyo and
 * Osaka, three for the big cities, five in some mountains and islands, else four. A
 * wrong guess moves a pause; it never changes a digit.
 */
#include "engine/scenario/say.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

struct split {
	const char *pattern; /* fnmatch(3), against national digits */
	int area, exchange;
};

/* The first that fits decides. */
static const struct split splits[] = {
    /* not geographic */
    {"0800???????", 4, 3},     /* before 080: free of charge, no mobile */
    {"0[5-9]0????????", 3, 4}, /* 050 060 070 080 090 */
    {"0120??????", 4, 3},
    {"0570??????", 4, 3},
    {"0990??????", 4, 3},
    {"0800???????", 4, 3},
    /* five digits */
    {"01267*", 5, 1},
    {"0137[247]*", 5, 1},
    {"0139[278]*", 5, 1},
    {"0145[67]*", 5, 1},
    {"01466*", 5, 1},
    {"01547*", 5, 1},
    {"01558*", 5, 1},
    {"01564*", 5, 1},
    {"0158[67]*", 5, 1},
    {"0163[245]*", 5, 1},
    {"01648*", 5, 1},
    {"0165[4-68]*", 5, 1},
    {"0499[2468]*", 5, 1},
    {"05769*", 5, 1},
    {"05979*", 5, 1},
    {"07468*", 5, 1},
    {"0838[78]*", 5, 1},
    {"08396*", 5, 1},
    {"08477*", 5, 1},
    {"0851[24]*", 5, 1},
    {"09496*", 5, 1},
    {"09802*", 5, 1},
    {"0991[23]*", 5, 1},
    {"09969*", 5, 1},
    /* two digits: Tokyo, Osaka */
    {"0[36]*", 2, 4},
    /* three digits */
    {"011*", 3, 3},
    {"0177*", 3, 3},
    {"0188*", 3, 3},
    {"0196*", 3, 3},
    {"022[1237]*", 3, 3},
    {"023[26]*", 3, 3},
    {"0245*", 3, 3},
    {"0249*", 3, 3},
    {"025[2357]*", 3, 3},
    {"0262*", 3, 3},
    {"027[235]*", 3, 3},
    {"028[16]*", 3, 3},
    {"029[238]*", 3, 3},
    {"042[1-79]*", 3, 3},
    {"043[23]*", 3, 3},
    {"04[45]*", 3, 3},
    {"046[2-48]*", 3, 3},
    {"047[1-4]*", 3, 3},
    {"048[1-9]*", 3, 3},
    {"0492*", 3, 3},
    {"052*", 3, 3},
    {"053[45]*", 3, 3},
    {"054[26]*", 3, 3},
    {"055[29]*", 3, 3},
    {"058[23]*", 3, 3},
    {"059[23]*", 3, 3},
    {"072[02-46-9]*", 3, 3},
    {"0734*", 3, 3},
    {"075*", 3, 3},
    {"076[24]*", 3, 3},
    {"077[57]*", 3, 3},
    {"078*", 3, 3},
    {"079[2-4]*", 3, 3},
    {"082[258]*", 3, 3},
    {"0839*", 3, 3},
    {"084[9]*", 3, 3},
    {"086[2]*", 3, 3},
    {"087[8]*", 3, 3},
    {"088[68]*", 3, 3},
    {"089[9]*", 3, 3},
    {"092*", 3, 3},
    {"093*", 3, 3},
    {"095[8]*", 3, 3},
    {"096[23]*", 3, 3},
    {"097[5]*", 3, 3},
    {"098[89]*", 3, 3},
    {"099[2]*", 3, 3},
    /* all others have four */
    {"0*", 4, 2},
};

int say_telephone(const char *digits, char out[SAY_BYTES])
{
	size_t n = strlen(digits);

	if (n < 10 || n > 11 || strspn(digits, "0123456789") != n)
		return E_INVALID;
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		const struct split *s = &splits[i];
		if (fnmatch(s->pattern, digits, 0) != 0)
			continue;
		snprintf(out, SAY_BYTES, "%.*s-%.*s-%s", s->area, digits, s->exchange,
			 digits + s->area, digits + s->area + s->exchange);
		return 0;
	}
	return E_INVALID; /* no leading 0: not a national number */
}
