/*
 * One function a type, in one table. Each says in `why` what is wrong and what to
 * write instead; none guesses: a number without its unit, a name where an address
 * is needed, a word that is nearly right are refused.
 */
#include "engine/config/value.h"
#include "engine/config/uri.h"

#include "engine/plan/civil.h"
#include "engine/utf8.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct value {
	const struct config_key *k;
	const char *folder, *text;
	void *member;
	char *why; /* MAX_WORDS */
};

static int PRINTF_LIKE(2, 3) wrong(const struct value *v, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(v->why, MAX_WORDS, fmt, ap);
	va_end(ap);
	return E_INVALID;
}

static int store_words(const struct value *v, const char *words)
{
	size_t n = strlen(words);
	if (n >= v->k->size)
		return wrong(v, "is too long: %zu bytes, at most %zu", n, v->k->size - 1);
	memcpy(v->member, words, n + 1);
	return 0;
}

static void store_number(const struct value *v, int64_t number)
{
	if (v->k->size == sizeof(int)) {
		int small = (int)number;
		memcpy(v->member, &small, sizeof small);
	} else {
		memcpy(v->member, &number, sizeof number);
	}
}

/* ---- words ---- */

static int text(const struct value *v)
{
	return store_words(v, v->text);
}

static bool all_of(const char *s, const char *more)
{
	for (; *s; s++)
		if (!(*s >= '0' && *s <= '9') && !(*s >= 'a' && *s <= 'z') &&
		    !(*s >= 'A' && *s <= 'Z') && !strchr(more, *s))
			return false;
	return true;
}

static int id(const struct value *v)
{
	if (!*v->text || !all_of(v->text, "-_."))
		return wrong(v, "may hold a-z, A-Z, 0-9, '-', '_' and '.' only");
	return store_words(v, v->text);
}

static int path(const struct value *v)
{
	char whole[MAX_PATH_BYTES * 2];
	if (!*v->text)
		return store_words(v, "");
	if (v->text[0] == '/')
		return store_words(v, v->text);
	snprintf(whole, sizeof whole, "%s/%s", v->folder, v->text);
	return store_words(v, whole);
}

/* Five digits name the place, the sixth checks them (the rule of 全国地方公共団体コード). */
static int city(const struct value *v)
{
	int sum = 0;
	if (strlen(v->text) != 6 || strspn(v->text, "0123456789") != 6)
		return wrong(v, "must be the six digits of the city's code");
	for (int i = 0; i < 5; i++)
		sum += (v->text[i] - '0') * (6 - i);
	if ((11 - sum % 11) % 10 != v->text[5] - '0')
		return wrong(v, "is no city's code: its check digit should be %d",
			     (11 - sum % 11) % 10);
	return store_words(v, v->text);
}

static int phone(const struct value *v)
{
	size_t n = strlen(v->text);
	if (strspn(v->text, "0123456789") != n || n < 10 || n > 11 || v->text[0] != '0')
		return wrong(v, "must be a telephone number of 10 or 11 digits, the first a 0, "
				"without hyphens");
	return store_words(v, v->text);
}

static int host(const struct value *v)
{
	unsigned char addr[16];
	if (!*v->text)
		return store_words(v, "");
	if (inet_pton(AF_INET6, v->text, addr) != 1 &&
	    (!all_of(v->text, "-.") || v->text[0] == '-' || v->text[0] == '.'))
		return wrong(v, "must be a host's name or address, without a port");
	return store_words(v, v->text);
}

static int address(const struct value *v)
{
	unsigned char addr[16];
	if (inet_pton(AF_INET, v->text, addr) != 1 && inet_pton(AF_INET6, v->text, addr) != 1)
		return wrong(v,
			     "must be an IPv4 or IPv6 address of this machine, such as 127.0.0.1");
	return store_words(v, v->text);
}

static int sip_uri(const struct value *v)
{
	struct uri u;
	const char *why;
	if (uri_parse(v->text, URI_SIP, &u, &why) != 0)
		return wrong(v, "%s; write for example sip:192.0.2.10:5060", why);
	return store_words(v, v->text);
}

static int http_url(const struct value *v)
{
	struct uri u;
	const char *why;
	if (uri_parse(v->text, URI_HTTP, &u, &why) != 0)
		return wrong(v, "%s; write for example http://127.0.0.1:13013/cgi-bin/sendsms",
			     why);
	return store_words(v, v->text);
}

static int host_key(const struct value *v)
{
	if (strncmp(v->text, "SHA256:", 7) != 0 || strlen(v->text) != 7 + 43 ||
	    !all_of(v->text + 7, "+/"))
		return wrong(v, "must be SHA256: and 43 characters, as `ssh-keygen -l -f KEY.pub` "
				"prints the server's key");
	return store_words(v, v->text);
}

/* ---- numbers ---- */

/* Digits, then what follows them. E_INVALID if there are none, or too many. */
static int digits(const char *s, int64_t *ret, const char **ret_rest)
{
	char *end;
	if (!isdigit((unsigned char)*s))
		return E_INVALID;
	errno = 0;
	long long number = strtoll(s, &end, 10);
	if (errno)
		return E_INVALID;
	*ret = number;
	*ret_rest = end;
	return 0;
}

static int in_range(const struct value *v, int64_t number)
{
	char words[160];
	if (number < v->k->least || number > v->k->most)
		return wrong(v, "is out of range: write %s",
			     config_type_words(v->k, words, sizeof words));
	store_number(v, number);
	return 0;
}

static int integer(const struct value *v)
{
	const char *rest;
	int64_t number;
	if (digits(v->text, &number, &rest) != 0 || *rest)
		return wrong(v, "must be a whole number from %lld to %lld", (long long)v->k->least,
			     (long long)v->k->most);
	return in_range(v, number);
}

struct unit {
	const char *name;
	int64_t n;
};
static const struct unit durations[] = {{"ms", 1},   {"s", MS_S}, {"min", MS_MIN},
					{"h", MS_H}, {"d", MS_D}, {NULL, 0}};
static const struct unit sizes[] = {
    {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};

/* NUMBER UNIT, with or without a space, in the smallest unit. */
static int with_unit(const struct value *v, const struct unit *units, const char *names,
		     int64_t *ret)
{
	const char *rest;
	int64_t number;
	if (digits(v->text, &number, &rest) != 0)
		return wrong(v, "must be a whole number and a unit (%s)", names);
	while (*rest == ' ')
		rest++;
	if (!*rest)
		return wrong(v, "needs a unit: write %lld and one of %s", (long long)number, names);
	for (; units->name; units++)
		if (strcmp(rest, units->name) == 0)
			break;
	if (!units->name)
		return wrong(v, "has an unknown unit \"%s\": use one of %s", rest, names);
	if (number > INT64_MAX / units->n)
		return wrong(v, "is far too large");
	*ret = number * units->n;
	return 0;
}

static int duration(const struct value *v, int64_t one)
{
	int64_t ms;
	int err = with_unit(v, durations, "ms s min h d", &ms);
	if (err != 0)
		return err;
	if (ms % one != 0)
		return wrong(v, "must be a whole number of %s", one == MS_S ? "s" : "min");
	return in_range(v, ms / one);
}

static int duration_ms(const struct value *v)
{
	return duration(v, 1);
}

static int duration_s(const struct value *v)
{
	return duration(v, MS_S);
}

static int duration_min(const struct value *v)
{
	return duration(v, MS_MIN);
}

static int size(const struct value *v)
{
	int64_t bytes = 0;
	int err = with_unit(v, sizes, "B KiB MiB GiB", &bytes);
	return err != 0 ? err : in_range(v, bytes);
}

/* "12", "8.8", "3.25" in hundredths: enough for a speed and for a tariff, and without floats. */
static int hundredths_of(const struct value *v, int64_t *ret)
{
	const char *rest;
	int64_t whole, part = 0;
	char words[160];
	if (digits(v->text, &whole, &rest) != 0 || whole > MOST_SEN / SEN_PER_YEN)
		goto bad;
	if (*rest == '.') {
		size_t n = strspn(rest + 1, "0123456789");
		if (n < 1 || n > 2 || rest[1 + n])
			goto bad;
		part = (rest[1] - '0') * 10 + (n == 2 ? rest[2] - '0' : 0);
	} else if (*rest) {
		goto bad;
	}
	int64_t hundredths = whole * 100 + part;
	if (hundredths < v->k->least || hundredths > v->k->most)
		goto bad;
	*ret = hundredths;
	return 0;
bad:
	return wrong(v, "is not right: write %s", config_type_words(v->k, words, sizeof words));
}

static int real(const struct value *v)
{
	int64_t hundredths = 0;
	int err = hundredths_of(v, &hundredths);
	if (err)
		return err;
	double d = (double)hundredths / 100.0;
	memcpy(v->member, &d, sizeof d);
	return 0;
}

static int yen(const struct value *v)
{
	int64_t sen;
	int err = hundredths_of(v, &sen);
	if (!err)
		memcpy(v->member, &sen, sizeof sen);
	return err;
}

static int boolean(const struct value *v)
{
	bool yes = strcmp(v->text, "yes") == 0;
	if (!yes && strcmp(v->text, "no") != 0)
		return wrong(v, "must be yes or no");
	memcpy(v->member, &yes, sizeof yes);
	return 0;
}

/* Civil time in Tokyo; the minute is enough for a rehearsal. */
static int instant(const struct value *v)
{
	char date[11], extra;
	int hour, minute;
	int32_t day;
	if (!*v->text) {
		store_number(v, 0);
		return 0;
	}
	if (strlen(v->text) != 16 || v->text[10] != ' ' || v->text[13] != ':' ||
	    sscanf(v->text + 11, "%2d:%2d%c", &hour, &minute, &extra) != 2)
		return wrong(v, "must be a time as 2026-12-01 08:00 (Asia/Tokyo)");
	memcpy(date, v->text, 10);
	date[10] = '\0';
	if (civil_parse_date(date, &day) != 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return wrong(v, "is no time of any day: write one as 2026-12-01 08:00");
	store_number(v, civil_day_start(day) + (hour * 60 + minute) * MS_PER_MIN);
	return 0;
}

/* ---- lists of words ---- */

/* The place of s[0..n) in "a|b|c", or -1. */
static int place_of(const char *choices, const char *s, size_t n)
{
	for (int place = 0;; place++) {
		size_t len = strcspn(choices, "|");
		if (len == n && memcmp(choices, s, n) == 0)
			return place;
		if (!choices[len])
			return -1;
		choices += len + 1;
	}
}

static int choice(const struct value *v)
{
	if (place_of(v->k->choices, v->text, strlen(v->text)) < 0)
		return wrong(v, "must be one of %s", v->k->choices);
	return store_words(v, v->text);
}

static int level(const struct value *v)
{
	int place = place_of(v->k->choices, v->text, strlen(v->text));
	if (place < 0)
		return wrong(v, "must be one of %s", v->k->choices);
	store_number(v, place);
	return 0;
}

static int roles(const struct value *v)
{
	int bits = 0;
	for (const char *s = v->text; *(s += strspn(s, " ")); s += strcspn(s, " ")) {
		int n = (int)strcspn(s, " ");
		int place = place_of(v->k->choices, s, (size_t)n);
		if (place < 0)
			return wrong(v, "has an unknown role \"%.*s\": use some of %s", n, s,
				     v->k->choices);
		bits |= 1 << place;
	}
	if (!bits)
		return wrong(v, "is empty: write one or several of %s", v->k->choices);
	store_number(v, bits);
	return 0;
}

static int (*const parse[V_TYPES])(const struct value *v) = {
    [V_TEXT] = text,         [V_ID] = id,
    [V_PATH] = path,         [V_KEY_FILE] = path,
    [V_CITY] = city,         [V_PHONE] = phone,
    [V_HOST] = host,         [V_ADDRESS] = address,
    [V_SIP_URI] = sip_uri,   [V_HTTP_URL] = http_url,
    [V_HOST_KEY] = host_key, [V_SECRET] = text,
    [V_INT] = integer,       [V_BOOL] = boolean,
    [V_MS] = duration_ms,    [V_S] = duration_s,
    [V_MIN] = duration_min,  [V_SIZE] = size,
    [V_YEN] = yen,           [V_REAL] = real,
    [V_INSTANT] = instant,   [V_CHOICE] = choice,
    [V_LEVEL] = level,       [V_ROLES] = roles,
};

int value_parse(const struct config_key *k, const char *folder, const char *words, void *member,
		char why[MAX_WORDS])
{
	struct value v = {.k = k, .folder = folder, .text = words, .member = member, .why = why};
	return parse[k->type](&v);
}

/* ---- for people ---- */

static void shortest(int64_t number, const struct unit *units, char out[32])
{
	const struct unit *best = units;
	for (const struct unit *u = units; u->name; u++)
		if (number % u->n == 0 && number >= u->n)
			best = u;
	snprintf(out, 32, "%lld %s", (long long)(number / best->n), best->name);
}

void value_duration(int64_t ms, char out[32])
{
	shortest(ms, durations, out);
}

void value_size(int64_t bytes, char out[32])
{
	shortest(bytes, sizes, out);
}

static const char *const type_words[V_TYPES] = {
    [V_TEXT] = "words",
    [V_ID] = "an identifier",
    [V_PATH] = "a path",
    [V_KEY_FILE] = "a path of a file with mode 0600",
    [V_CITY] = "six digits",
    [V_PHONE] = "a telephone number, digits only",
    [V_HOST] = "a host's name or address",
    [V_ADDRESS] = "an IPv4 or IPv6 address",
    [V_SIP_URI] = "a SIP URI",
    [V_HTTP_URL] = "a URL",
    [V_HOST_KEY] = "SHA256:…",
    [V_SECRET] = "words; or KEY_file = path of a file that holds them, mode 0600",
    [V_BOOL] = "yes or no",
    [V_INSTANT] = "YYYY-MM-DD HH:MM",
    [V_CHOICE] = "one of ",
    [V_LEVEL] = "one of ",
    [V_ROLES] = "some of ",
};

const char *config_type_words(const struct config_key *k, char *out, size_t room)
{
	char from[32], to[32];
	switch (k->type) {
	case V_INT:
		snprintf(out, room, "a whole number from %lld to %lld", (long long)k->least,
			 (long long)k->most);
		break;
	case V_REAL:
		snprintf(out, room, "a number from %lld.%02lld to %lld.%02lld",
			 (long long)k->least / 100, (long long)k->least % 100,
			 (long long)k->most / 100, (long long)k->most % 100);
		break;
	case V_YEN:
		snprintf(out, room, "yen, with at most two places after the point, to %lld",
			 (long long)(k->most / SEN_PER_YEN));
		break;
	case V_SIZE:
		value_size(k->least, from);
		value_size(k->most, to);
		snprintf(out, room, "a size from %s to %s", from, to);
		break;
	case V_MS:
	case V_S:
	case V_MIN: {
		int64_t one = k->type == V_MS ? 1 : k->type == V_S ? MS_S : MS_MIN;
		value_duration(k->least * one, from);
		value_duration(k->most * one, to);
		snprintf(out, room, "a duration from %s to %s", from, to);
		break;
	}
	default:
		snprintf(out, room, "%s%s", type_words[k->type], k->choices ? k->choices : "");
	}
	return out;
}
