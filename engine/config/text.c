/*
 * A loaded value as text again, as one would write it in the file; for eyes, so a
 * secret is only said to be there. What value_parse() reads of it is the same value.
 */
#include "engine/config/table.h"

#include "engine/plan/civil.h"

#include <stdio.h>
#include <string.h>

struct unit {
	const char *word;
	int64_t of;
};

/* The largest unit that leaves no rest. */
static void with_unit(const struct unit *units, size_t n, int64_t value, char *out, size_t size)
{
	size_t i = 0;
	while (i + 1 < n && (value == 0 ? i + 2 < n : value % units[i].of != 0))
		i++;
	snprintf(out, size, "%lld %s", (long long)(value / units[i].of), units[i].word);
}

static void duration(int64_t ms, char *out, size_t size)
{
	static const struct unit units[] = {
	    {"d", MS_D}, {"h", MS_H}, {"min", MS_MIN}, {"s", MS_S}, {"ms", 1}};
	with_unit(units, sizeof units / sizeof *units, ms, out, size);
}

static void bytes_words(size_t n, char *out, size_t size)
{
	static const struct unit units[] = {
	    {"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"B", 1}};
	with_unit(units, sizeof units / sizeof *units, (int64_t)n, out, size);
}

static int64_t number(const struct config_key *k, const char *at)
{
	int small;
	int64_t large;
	if (k->size == sizeof small) {
		memcpy(&small, at, sizeof small);
		return small;
	}
	memcpy(&large, at, sizeof large);
	return large;
}

static void instant(int64_t ms, char *out, size_t size)
{
	char text[26] = "";
	if (ms)
		civil_format_instant(ms, text);
	snprintf(out, size, "%.10s%s%.5s", text, *text ? " " : "", *text ? text + 11 : "");
}

static void choice(const struct config_key *k, int64_t place, char *out, size_t size)
{
	const char *s = k->choices;
	while (place-- > 0 && strchr(s, '|'))
		s = strchr(s, '|') + 1;
	snprintf(out, size, "%.*s", (int)strcspn(s, "|"), s);
}

void config_value_text(const struct config_key *k, const void *section, char *out, size_t size)
{
	const char *at = (const char *)section + k->offset;
	char roles[96];
	bool on;
	double real;
	size_t n;
	switch (k->type) {
	case V_SECRET:
		snprintf(out, size, "%s", *at ? CONFIG_SECRET_SET : "");
		break;
	case V_BOOL:
		memcpy(&on, at, sizeof on);
		snprintf(out, size, "%s", on ? "yes" : "no");
		break;
	case V_REAL:
		memcpy(&real, at, sizeof real);
		snprintf(out, size, "%.2f", real);
		break;
	case V_SIZE:
		memcpy(&n, at, sizeof n);
		bytes_words(n, out, size);
		break;
	case V_INT:
		snprintf(out, size, "%lld", (long long)number(k, at));
		break;
	case V_MS:
		duration(number(k, at), out, size);
		break;
	case V_S:
		duration(number(k, at) * MS_S, out, size);
		break;
	case V_MIN:
		duration(number(k, at) * MS_MIN, out, size);
		break;
	case V_YEN:
		snprintf(out, size, "%lld.%02lld", (long long)(number(k, at) / 100),
			 (long long)(number(k, at) % 100));
		break;
	case V_INSTANT:
		instant(number(k, at), out, size);
		break;
	case V_LEVEL:
		choice(k, number(k, at), out, size);
		break;
	case V_ROLES:
		snprintf(out, size, "%s", config_role_words((unsigned)number(k, at), roles));
		break;
	default:
		snprintf(out, size, "%s", at);
		break;
	}
}
