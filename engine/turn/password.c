/*
 * See password.h. A list of whole passwords would have to be long, and a year behind
 * one of them would pass. Here a password is worth its characters, except that an easy
 * word (inashi, password), a run (aaaa, 2345, qwerty) or a repetition of what stood
 * before counts as one, and signs between words are not counted: "Ina-City-2026!" is
 * worth 3, "correct horse a1b2" is worth 16. Letters and their usual stand-ins
 * (pa$$w0rd) are the same.
 */
#include "engine/turn/password.h"

#include "engine/limits.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define MOST_BYTES 256 /* of a password: the method's table */
#define RUN_LEAST 4    /* so many in a row are a run */
#define NAME_TELLING 4 /* a shorter account name may stand in any password */

static const char too_short[] = "a password has 12 characters or more";
static const char has_name[] = "the account's name is no part of a password";
static const char too_easy[] = "this password is common: it is made of words, years or keys in a "
			       "row that are tried first";
_Static_assert(PASSWORD_LEAST == 12, "the sentence says it");

static char folded(char c)
{
	static const char from[] = "0134579@$!", to[] = "oleastgasi";
	const char *at = c ? strchr(from, c) : NULL;
	return at ? to[at - from] : (char)tolower((unsigned char)c);
}

/* Letters, digits and what is not ASCII; `as_is` without the stand-ins, for runs. */
static size_t fold(const char *s, char plain[MOST_BYTES + 1], char as_is[MOST_BYTES + 1])
{
	size_t n = 0;
	for (; *s && n < MOST_BYTES; s++) {
		if (!isalnum((unsigned char)*s) && !((unsigned char)*s & 0x80) &&
		    !strchr("@$!", *s))
			continue;
		plain[n] = folded(*s);
		as_is[n++] = (char)tolower((unsigned char)*s);
	}
	plain[n] = as_is[n] = '\0';
	return n;
}

static bool neighbours(char a, char b)
{
	static const char *const rows[] = {"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
					   "abcdefghijklmnopqrstuvwxyz"};
	if (a == b)
		return true;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *x = strchr(rows[i], a), *y = strchr(rows[i], b);
		if (a && b && x && y && (y - x == 1 || x - y == 1))
			return true;
	}
	return false;
}

static size_t run_at(const char *s)
{
	size_t n = 1;
	while (s[n] && neighbours(s[n - 1], s[n]))
		n++;
	return n >= RUN_LEAST ? n : 0;
}

/* Of the years that people write: 19.., 20... */
static size_t year_at(const char *s)
{
	bool is = (strncmp(s, "19", 2) == 0 || strncmp(s, "20", 2) == 0) &&
		  isdigit((unsigned char)s[2]) && isdigit((unsigned char)s[3]);
	return is ? 4 : 0;
}

/* The longest word of the list that stands here. */
static size_t word_at(const char *s, const char *easy)
{
	size_t longest = 0;
	while (*easy) {
		size_t n = strcspn(easy, "\r\n");
		if (n > longest && *easy != '#' && strncmp(s, easy, n) == 0)
			longest = n;
		easy += n;
		easy += strspn(easy, "\r\n");
	}
	return longest;
}

/* What stood before already, four characters or more. */
static size_t again_at(const char *s, size_t at)
{
	size_t longest = 0;
	for (size_t i = 0; i < at; i++) {
		size_t n = 0;
		while (i + n < at && s[at + n] && s[i + n] == s[at + n])
			n++;
		longest = n > longest ? n : longest;
	}
	return longest >= RUN_LEAST ? longest : 0;
}

static size_t longer(size_t a, size_t b)
{
	return a > b ? a : b;
}

static unsigned worth(const char *password, const char *easy)
{
	char plain[MOST_BYTES + 1] = "", as_is[MOST_BYTES + 1] = "";
	size_t n = fold(password, plain, as_is);
	unsigned sum = 0;
	for (size_t i = 0; i < n;) {
		size_t part = longer(word_at(plain + i, easy), word_at(as_is + i, easy));
		part = longer(part, longer(run_at(as_is + i), year_at(as_is + i)));
		part = longer(part, again_at(as_is, i));
		if (part == 0 && ((unsigned char)as_is[i] & 0xc0) == 0x80)
			sum--; /* the rest of a character that was counted */
		sum++;
		i += part ? part : 1;
	}
	explicit_bzero(plain, sizeof plain);
	explicit_bzero(as_is, sizeof as_is);
	return sum;
}

static size_t characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Account names are ASCII, and who types one does not look at the shift key. */
static bool holds(const char *password, const char *user)
{
	size_t n = strlen(user);
	for (; *password; password++)
		if (strncasecmp(password, user, n) == 0)
			return true;
	return false;
}

const char *password_unfit(const char *password, const char *user, const char *easy)
{
	if (characters(password) < PASSWORD_LEAST)
		return too_short;
	if (strlen(user) >= NAME_TELLING && holds(password, user))
		return has_name;
	return worth(password, easy) < PASSWORD_WORTH ? too_easy : NULL;
}
