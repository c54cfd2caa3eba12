/* See name.h. Pure: no file is touched here. */
#include "spool/name.h"

#include "engine/limits.h"
#include "engine/utf8.h"
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 10 };

bool name_is_safe(const char *name)
{
	size_t n = strnlen(name, MAX_FILE_NAME);

	if (n == 0 || n >= MAX_FILE_NAME || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (memchr(name, '/', n) || memchr(name, '\\', n))
		return false;
	/* Control characters would forge log lines and screens; says no to bad UTF-8 too. */
	return !utf8_has_control(name, n);
}

bool name_matches(const char *patterns, const char *name)
{
	char pattern[MAX_FILE_NAME];

	for (const char *p = patterns; *p;) {
		size_t n = strcspn(p, " ");
		if (n > 0 && n < sizeof pattern) {
			memcpy(pattern, p, n);
			pattern[n] = 0;
			if (fnmatch(pattern, name, 0) == 0)
				return true;
		}
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

static char safe_byte(char c)
{
	bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	return word || c == '.' || c == '-' ? c : '_';
}

void name_local(uint32_t id, const char *name, char out[NAME_LOCAL_MOST])
{
	size_t n = strlen(name);
	int at = snprintf(out, NAME_LOCAL_MOST, "%0*lu.", ID_DIGITS, (unsigned long)id);
	size_t room = NAME_LOCAL_MOST - (size_t)at - 1;
	const char *from = n > room ? name + n - room : name; /* the end says what it is: ".csv" */

	for (; *from; from++)
		out[at++] = safe_byte(*from);
	out[at] = 0;
}

bool name_local_id(const char *local, uint32_t *ret_id)
{
	if (strspn(local, "0123456789") != ID_DIGITS || local[ID_DIGITS] != '.' ||
	    strlen(local) >= NAME_LOCAL_MOST)
		return false;
	for (const char *p = local + ID_DIGITS; *p; p++)
		if (safe_byte(*p) != *p && *p != '_')
			return false;
	unsigned long id = strtoul(local, NULL, 10);
	if (id > UINT32_MAX)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}
