/*
 * See ident.h. The display name of a header is the caller's own text and may hold
 * anything, a URI of somebody else too: quoted strings are skipped, and only the
 * URI between the brackets (or a bare one) is read.
 */
#include "adapters/voice/ident.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { MOST_USER = 64 };

bool ident_number(const char *user, char number[MAX_NUMBER])
{
	char digits[MOST_USER];
	size_t n = user ? strcspn(user, ";@?>,") : 0; /* "0265784111;npdi" */

	number[0] = '\0';
	if (n == 0 || n >= sizeof digits)
		return false;
	memcpy(digits, user, n);
	digits[n] = '\0';
	if (strspn(digits, "0123456789+-.()") != n)
		return false;
	return phone_normalise(digits, number) == PHONE_OK || (number[0] = '\0');
}

bool ident_hides(const char *word)
{
	static const char *const hiding[] = {"id", "user", "header", "critical"};
	for (size_t i = 0; i < sizeof hiding / sizeof *hiding; i++)
		if (strcasecmp(word, hiding[i]) == 0)
			return true;
	return false;
}

static bool is_hidden_user(const char *user)
{
	static const char *const names[] = {"anonymous", "restricted", "private", "withheld"};
	size_t n = strcspn(user, ";@?>,");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == n && strncasecmp(user, names[i], n) == 0)
			return true;
	return false;
}

/* The user part of the next URI at or after `at`; NULL: there is none. */
static const char *next_user(const char *at)
{
	static const char *const schemes[] = {"sip:", "sips:", "tel:"};
	bool first = true; /* a URI begins here, if one does */

	for (; *at; at++) {
		if (*at == '"') {
			for (at++; *at && *at != '"'; at++)
				if (*at == '\\' && at[1])
					at++;
			if (!*at)
				return NULL;
			first = false;
			continue;
		}
		for (size_t i = 0; first && i < sizeof schemes / sizeof *schemes; i++)
			if (strncasecmp(at, schemes[i], strlen(schemes[i])) == 0)
				return at + strlen(schemes[i]);
		first = *at == '<' || *at == ',' || *at == ' ' || *at == '\t';
	}
	return NULL;
}

static bool from_asserted(const struct ident_in *in, char number[MAX_NUMBER], bool *hidden)
{
	for (size_t i = 0; i < IDENT_HEADERS && in->asserted[i]; i++)
		for (const char *user = next_user(in->asserted[i]); user; user = next_user(user)) {
			if (ident_number(user, number))
				return true;
			*hidden = *hidden || is_hidden_user(user);
		}
	return false;
}

enum caller_kind ident_caller(const struct ident_in *in, char number[MAX_NUMBER])
{
	bool hidden = in->privacy, found = false;

	number[0] = '\0';
	if (in->believe != CALLER_ID_FROM)
		found = from_asserted(in, number, &hidden);
	/* A number beside a wish to be hidden is for the network's own use, whoever passed it on.
	 */
	if (in->from && is_hidden_user(in->from))
		hidden = true;
	if (!found && in->believe != CALLER_ID_ASSERTED)
		found = in->from && ident_number(in->from, number);
	if (hidden) {
		number[0] = '\0';
		return CALLER_WITHHELD;
	}
	return found ? CALLER_KNOWN : CALLER_UNKNOWN;
}
