/*
 * The L0 check of a finished text: what an SMS of the city must never hold. See sms.h and
 * docs/sms.md for the rules and the attacks that they are made against.
 *
 * Links are looked for in the text as a telephone would see it: full-width letters as
 * ASCII, capitals small, and with blanks left out, so that "ｈ ｔ ｔ ｐ" is found. Those of
 * the city's own domain are cut out first, where an installation allows them; whatever
 * still looks like a link then is none of the city's.
 */
#include "engine/sms.h"

#include "engine/scenario/words.h"
#include "engine/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What a telephone would show otherwise than it reads, or not at all; and what is no UCS-2, which
 * is what both gateways are asked to send. NULL: it may stand in a text. */
static const char *odd(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		const char *words;
	} list[] = {
	    {0x00ad, 0x00ad, "an invisible character (soft hyphen)"},
	    {0x034f, 0x034f, "an invisible character"},
	    {0x061c, 0x061c, "a character that turns the direction of writing"},
	    {0x115f, 0x1160, "an invisible character (filler)"},
	    {0x180b, 0x180f, "an invisible character"},
	    {0x200b, 0x200d, "an invisible character (zero width)"},
	    {0x200e, 0x200f, "a character that turns the direction of writing"},
	    {0x2028, 0x2029, "a line separator"},
	    {0x202a, 0x202e, "a character that turns the direction of writing"},
	    {0x2060, 0x2064, "an invisible character (zero width)"},
	    {0x2065, 0x206f, "a character that turns the direction of writing"},
	    {0x3164, 0x3164, "an invisible character (filler)"},
	    {0xe000, 0xf8ff, "a private character (外字): telephones do not have it"},
	    {0xfe00, 0xfe0f, "a variation selector"},
	    {0xfeff, 0xfeff, "an invisible character (byte order mark)"},
	    {0xffa0, 0xffa0, "an invisible character (filler)"},
	    {0xfff0, 0xffff, "a character that is none"},
	    {0x10000, 0x10ffff,
	     "a character beyond UCS-2: gateways and telephones may not have it"},
	};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (c >= list[i].from && c <= list[i].to)
			return list[i].words;
	return NULL;
}

/* Full-width ASCII becomes ASCII, capitals small. Never longer than its input. */
static void fold(const char *s, char *out)
{
	size_t left = strlen(s);

	while (left > 0) {
		uint32_t c;
		size_t len = utf8_next(s, left, &c);
		if (len == 0)
			break;
		s += len;
		left -= len;
		if (c >= 0xff01 && c <= 0xff5e)
			c = c - 0xff01 + '!';
		if (c >= 'A' && c <= 'Z')
			c = c - 'A' + 'a';
		out += utf8_put(out, c);
	}
	*out = '\0';
}

static void drop_blanks(char *s)
{
	char *out = s;
	size_t left = strlen(s);

	while (left > 0) {
		uint32_t c;
		size_t len = utf8_next(s, left, &c);
		if (len == 0)
			break;
		if (c != ' ' && c != 0x3000 && c != 0x00a0 && !(c >= 0x2000 && c <= 0x200a)) {
			memmove(out, s, len);
			out += len;
		}
		s += len;
		left -= len;
	}
	*out = '\0';
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* ---- links of the city's own domain ---- */

static size_t host_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

/* The domain itself or a name below it, written out to its end. */
static bool is_own(const char *host, size_t n, const char *domain)
{
	size_t d = strlen(domain);
	if (n < d || memcmp(host + n - d, domain, d) != 0)
		return false;
	return n == d || host[n - d - 1] == '.';
}

/* Cuts links of the domain out of s: "https://", the host, a path. What is not one stays, and so
 * does http://: a resident on a foreign network must not be led astray. A user part ("@") or a port
 * (":") behind the host is no part of such a link, and stays to be found. */
static void cut_own_links(char *s, const char *domain)
{
	static const char path[] = "abcdefghijklmnopqrstuvwxyz0123456789-._~/%?=&#+";
	static const char scheme[] = "https://";
	char *at = s;

	while (*at) {
		char *host =
		    strncmp(at, scheme, sizeof scheme - 1) == 0 ? at + sizeof scheme - 1 : at;
		size_t n = host_length(host);
		bool starts =
		    at == s || !strchr("abcdefghijklmnopqrstuvwxyz0123456789.-/@:", at[-1]);
		size_t bare = n;
		while (bare > 0 && host[bare - 1] == '.')
			bare--; /* a full stop behind a link is the sentence's */
		if (!starts || bare == 0 || !is_own(host, bare, domain) ||
		    strchr("@:", host[n] ? host[n] : ' ')) {
			at += at == host && n > 0 ? n : 1;
			continue;
		}
		char *end = host + bare;
		if (*end == '/')
			end += strspn(end, path);
		memset(at, ' ', (size_t)(end - at));
		at = end;
	}
}

/* A scheme, or a dot between letters or digits on its left and at least two letters on its right:
 * telephones make a link of that by themselves. Fraud by SMS lives on links. */
static bool has_link(const char *f)
{
	if (strstr(f, "http") || strstr(f, "www.") || strstr(f, "://"))
		return true;
	for (const char *dot = strchr(f, '.'); dot; dot = strchr(dot + 1, '.'))
		if (dot > f && (is_alnum(dot[-1]) || dot[-1] == '-') && dot[1] >= 'a' &&
		    dot[1] <= 'z' && dot[2] >= 'a' && dot[2] <= 'z')
			return true;
	return false;
}

/* ---- the check ---- */

static int check_characters(const char *s, size_t n, char why[MAX_WORDS])
{
	if (!utf8_valid(s, n, NULL)) {
		snprintf(why, MAX_WORDS, "not UTF-8");
		return E_INVALID;
	}
	if (utf8_has_control(s, n)) {
		snprintf(why, MAX_WORDS, "a control character");
		return E_INVALID;
	}
	if (strpbrk(s, "{}")) {
		snprintf(why, MAX_WORDS, "a brace: a value was not filled in");
		return E_INVALID;
	}
	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t len = utf8_next(s + i, n - i, &c);
		const char *words = odd(c);
		if (words) {
			snprintf(why, MAX_WORDS, "U+%04X, %s", (unsigned)c, words);
			return E_INVALID;
		}
		i += len ? len : 1;
	}
	return 0;
}

int sms_text_check(const char *finished, const struct sms_words *words,
		   const struct sms_rules *rules, char why[MAX_WORDS])
{
	size_t n = strlen(finished),
	       most = rules && rules->most_units ? rules->most_units : MAX_SMS_UNITS;
	char f[SMS_TEXT_BYTES + 4];

	int err = check_characters(finished, n, why);
	if (err)
		return err;
	size_t units = utf8_utf16_units(finished, n);
	if (units > most) {
		snprintf(why, MAX_WORDS, "%zu characters (UTF-16): at most %zu can be sent", units,
			 most);
		return E_LIMIT;
	}
	fold(finished, f);
	if (rules && rules->domain && *rules->domain)
		cut_own_links(f, rules->domain);
	drop_blanks(f);
	if (*f == '\0') {
		snprintf(why, MAX_WORDS, "no text");
		return E_INVALID;
	}
	if (has_link(f)) {
		if (rules && rules->domain && *rules->domain)
			snprintf(why, MAX_WORDS, "a link that is not https and of %s",
				 rules->domain);
		else
			snprintf(why, MAX_WORDS, "a link: an SMS of the city has none");
		return E_INVALID;
	}
	const char *word = words ? words_find(sms_words_list(words), WORDS_SECRET, finished) : NULL;
	if (word) {
		snprintf(why, MAX_WORDS, "the secret word 「%s」", word);
		return E_INVALID;
	}
	return 0;
}
