/*
 * See keys.h. Each way tells of a press once, in the order of presses. So what a way
 * tells is the oldest press of that key which it has not told of yet and which is not
 * long past; if there is none, it is a new press.
 */
#include "adapters/voice/keys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool keys_offer(struct keys *k, enum key_way way, char key, int64_t ms)
{
	unsigned bit = 1u << way;
	for (unsigned i = 0; i < KEYS_SEEN; i++) { /* `next` is the oldest */
		unsigned at = (k->next + i) % KEYS_SEEN;
		int64_t apart = llabs(ms - k->seen[at].ms);
		if (k->seen[at].key != key || (k->seen[at].ways & bit) || apart > KEYS_TOGETHER_MS)
			continue;
		k->seen[at].ways |= bit;
		return false;
	}
	k->seen[k->next].key = key;
	k->seen[k->next].ways = bit;
	k->seen[k->next].ms = ms;
	k->next = (k->next + 1) % KEYS_SEEN;
	return true;
}

/* The value behind "name=" at a line's beginning, blanks apart; NULL: there is none. */
static const char *line_value(const char *body, unsigned n, const char *name)
{
	const char *end = body + n, *at = body;
	size_t length = strlen(name);

	while (at < end) {
		while (at < end && strchr(" \t\r\n", *at))
			at++;
		if ((size_t)(end - at) > length && strncasecmp(at, name, length) == 0) {
			at += length;
			while (at < end && (*at == ' ' || *at == '\t'))
				at++;
			if (at < end && *at == '=') {
				do
					at++;
				while (at < end && (*at == ' ' || *at == '\t'));
				return at < end ? at : NULL;
			}
		}
		while (at < end && *at != '\n')
			at++;
	}
	return NULL;
}

static char key_at(const char *at, const char *end)
{
	bool alone = at && (at + 1 == end || strchr(" \t\r\n", at[1]));
	return alone && *at && strchr("0123456789*#", *at) ? *at : 0;
}

char keys_of_info(const char *type, const char *body, unsigned n, int *ret_duration_ms)
{
	char digits[8] = "";
	const char *d;

	*ret_duration_ms = 0;
	if (!type || !body || n == 0 || memchr(body, '\0', n))
		return 0;
	if (strcasecmp(type, "application/dtmf") == 0)
		return key_at(body, body + n);
	if (strcasecmp(type, "application/dtmf-relay") != 0)
		return 0;
	if ((d = line_value(body, n, "Duration")) != NULL) {
		size_t most = (size_t)(body + n - d);
		most = most < sizeof digits - 1 ? most : sizeof digits - 1;
		memcpy(digits, d, most);
		*ret_duration_ms = (int)strtol(digits, NULL, 10);
		if (*ret_duration_ms < 0 || *ret_duration_ms > 60000)
			*ret_duration_ms = 0;
	}
	d = line_value(body, n, "Signal");
	return d ? key_at(d, body + n) : 0;
}
