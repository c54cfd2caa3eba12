/*
 * Typed values in the form that Japanese speech synthesis reads right: 令和7年12月25日,
 * 12,300円, 0265-78-4111, 午後5時15分. What cannot be read as its type is refused, never
 * spoken as something else.
 */
#ifndef ENGINE_SCENARIO_SAY_H
#define ENGINE_SCENARIO_SAY_H

#include "engine/scenario/model.h"
#include "engine/scenario/value.h"

#define SAY_BYTES 2048 /* a name with every character of three bytes, and more */

/* E_INVALID: the value is not of the type; E_LIMIT: it does not fit. */
int say_value(enum say_as as, struct value v, char out[SAY_BYTES]) MUST_CHECK;
/* Hiragana to katakana: a hiragana name is misread, a katakana one is not. */
int say_katakana(const char *s, char *out, size_t size) MUST_CHECK;
/* National digits to groups as people say them: area code, exchange, number. */
int say_telephone(const char *digits, char out[SAY_BYTES]) MUST_CHECK;

#endif
