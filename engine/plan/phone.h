/*
 * Japanese telephone numbers: what a file may hold, and what may be dialled.
 * Numbering plan of 2026 (総務省 電気通信番号計画): 0AB-J 10 digits, 060/070/080/090
 * and 050 11 digits. An allow table, never a block list.
 */
#ifndef ENGINE_PLAN_PHONE_H
#define ENGINE_PLAN_PHONE_H

#include "engine/limits.h"
#include "engine/plan/plan.h"

enum phone_note {
	PHONE_OK,
	PHONE_REPAIRED, /* a lost leading 0 was put back: exactly one reading is valid. Warn. */
	PHONE_EMPTY,
	PHONE_BAD, /* not a Japanese number, or one that must never be dialled */
};

/* Normalises what people write (full-width digits, hyphens of all kinds, spaces, parentheses, +81,
 * "(0)") into national digits. `out` is set on OK and REPAIRED only. */
enum phone_note phone_normalise(const char *s, char out[MAX_NUMBER]);
enum phone_line {
	PHONE_NONE,   /* may not be dialled */
	PHONE_FIXED,  /* 0AB-J */
	PHONE_IP,     /* 050 */
	PHONE_MOBILE, /* 060 070 080 090 */
};
enum phone_line phone_line(const char *digits);    /* of exact national digits */
const char *phone_line_name(enum phone_line line); /* "fixed" … */
/* The allow table, for the last function before dialling: exact national digits, nothing else. */
bool phone_may_dial(const char *digits);
/* Who rings, as far as the line says. */
enum caller_kind {
	CALLER_UNKNOWN,  /* no number, or none of Japan */
	CALLER_KNOWN,    /* a number: a hint, never a proof of who it is */
	CALLER_WITHHELD, /* he asked not to be shown */
	CALLER_KINDS
};
bool phone_is_mobile(const char *digits); /* 060 070 080 090, fourth digit not 0 */

#endif
