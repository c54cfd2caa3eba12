/* See csvline.h. The last byte is LF, which ends every field: no look beyond it. */
#include "adapters/exchange/csvline.h"

enum { QUOTED = 1, BARE = 2 };

/* What ends a field, inside quotes and without them. */
static const unsigned char ends[256] = {['\0'] = QUOTED | BARE,
					['\n'] = QUOTED | BARE,
					['\r'] = QUOTED | BARE,
					['"'] = QUOTED | BARE,
					[','] = BARE};

static size_t run(const char *s, size_t from, unsigned char kind)
{
	while (!(ends[(unsigned char)s[from]] & kind))
		from++;
	return from;
}

size_t csvline_split(char *s, size_t n, struct csv_field *fields, size_t most)
{
	size_t end = n - 1, count = 0;

	if (end > 0 && s[end - 1] == '\r')
		end--;
	if (end == 0)
		return 0; /* a blank line is no row */
	for (size_t at = 0; count < most; at++) {
		bool quoted = s[at] == '"';
		size_t from = at + quoted, to = run(s, from, quoted ? QUOTED : BARE);
		at = to;
		if (quoted && s[at++] != '"')
			return 0;
		bool last = at == end;
		if (!last && s[at] != ',') /* also a quote that is doubled, or in the middle */
			return 0;
		s[to] = '\0';
		fields[count++] = (struct csv_field){.s = s + from, .n = to - from};
		if (last)
			return count;
	}
	return 0;
}
