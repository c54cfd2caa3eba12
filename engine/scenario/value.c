/* See value.h. The conversions follow ECMA-262; a number is written without
 * exponent where it is whole (all that a scenario counts is whole), else with up to
 * fifteen digits. */
#include "engine/scenario/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct value value_undefined(void)
{
	return (struct value){.type = VALUE_UNDEFINED};
}

struct value value_bool(bool b)
{
	return (struct value){.type = VALUE_BOOL, .truth = b};
}

struct value value_number(double d)
{
	return (struct value){.type = VALUE_NUMBER, .number = d};
}

struct value value_string(const char *s)
{
	return (struct value){.type = VALUE_STRING, .string = s};
}

bool value_truth(struct value v)
{
	switch (v.type) {
	case VALUE_BOOL:
		return v.truth;
	case VALUE_NUMBER:
		return v.number < 0 || v.number > 0; /* neither 0 nor NaN */
	case VALUE_STRING:
		return *v.string != '\0';
	default:
		return false;
	}
}

/* Decimal digits with an optional fraction only: strtod alone would also take "inf", hexadecimal
 * and the locale's decimal comma. */
static double number_of(const char *s)
{
	size_t n = strlen(s), digits, fraction = 0;
	const char *p = s + (*s == '-' || *s == '+');

	if (n == 0)
		return 0;
	digits = strspn(p, "0123456789");
	p += digits;
	if (*p == '.') {
		fraction = strspn(p + 1, "0123456789");
		p += 1 + fraction;
	}
	if (*p != '\0' || digits + fraction == 0 || n > 24)
		return NAN;
	return strtod(s, NULL);
}

double value_to_number(struct value v)
{
	switch (v.type) {
	case VALUE_BOOL:
		return v.truth ? 1 : 0;
	case VALUE_NUMBER:
		return v.number;
	case VALUE_STRING:
		return number_of(v.string);
	default:
		return NAN;
	}
}

static const char *number_text(double d, char text[VALUE_TEXT])
{
	if (isnan(d))
		return "NaN";
	if (isinf(d))
		return d < 0 ? "-Infinity" : "Infinity";
	if (fabs(d) < 1e15 && !(d < trunc(d)) && !(d > trunc(d)))
		snprintf(text, VALUE_TEXT, "%lld", (long long)d);
	else
		snprintf(text, VALUE_TEXT, "%.15g", d);
	return text;
}

const char *value_to_string(struct value v, char text[VALUE_TEXT])
{
	switch (v.type) {
	case VALUE_BOOL:
		return v.truth ? "true" : "false";
	case VALUE_NUMBER:
		return number_text(v.number, text);
	case VALUE_STRING:
		return v.string;
	default:
		return "undefined";
	}
}

static bool same_number(double a, double b)
{
	return a <= b && a >= b; /* false for NaN, as it must be */
}

bool value_strictly_equal(struct value a, struct value b)
{
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case VALUE_BOOL:
		return a.truth == b.truth;
	case VALUE_NUMBER:
		return same_number(a.number, b.number);
	case VALUE_STRING:
		return strcmp(a.string, b.string) == 0;
	default:
		return true;
	}
}

bool value_equal(struct value a, struct value b)
{
	if (a.type == b.type)
		return value_strictly_equal(a, b);
	if (a.type == VALUE_UNDEFINED || b.type == VALUE_UNDEFINED)
		return false;
	return same_number(value_to_number(a), value_to_number(b));
}
