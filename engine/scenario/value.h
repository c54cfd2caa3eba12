/*
 * A value of the expression language: ECMAScript's undefined, booleans, numbers
 * and strings, with its conversions. Strings belong to somebody else (the
 * document, the variables, the evaluation's scratch).
 */
#ifndef ENGINE_SCENARIO_VALUE_H
#define ENGINE_SCENARIO_VALUE_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>

enum value_type { VALUE_UNDEFINED, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING };
struct value {
	enum value_type type;
	bool truth;
	double number;
	const char *string;
};

#define VALUE_TEXT 40 /* bytes that hold any number as text */

struct value value_undefined(void);
struct value value_bool(bool b);
struct value value_number(double d);
struct value value_string(const char *s);

bool value_truth(struct value v);
double value_to_number(struct value v); /* NAN if it is none */
/* A string as it is; others are written to `text`. */
const char *value_to_string(struct value v, char text[VALUE_TEXT]);
bool value_equal(struct value a, struct value b);          /* == */
bool value_strictly_equal(struct value a, struct value b); /* === */

#endif
