/*
 * See width.h. Our own small table (Unicode 15, East Asian Width W and F, and the
 * marks that take no room): wcwidth(3) depends on the locale, and an operator's
 * locale may be "C".
 */
#include "engine/cli/width.h"

#include "engine/utf8.h"

#include <string.h>

struct range {
	uint32_t from, to;
};

static const struct range none[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f},   {0x3099, 0x309a}, {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}, /* variation selectors of names: 葛󠄀城市 */
};
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1b000, 0x1b2ff},
    {0x1f200, 0x1f2ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};

static int in(const struct range *list, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++)
		if (cp >= list[i].from && cp <= list[i].to)
			return 1;
	return 0;
}

size_t width_of(const char *s)
{
	size_t n = strlen(s), width = 0;
	while (n > 0) {
		uint32_t cp;
		size_t len = utf8_next(s, n, &cp);
		if (len == 0)
			width++;
		else if (!in(none, sizeof none / sizeof *none, cp))
			width += in(wide, sizeof wide / sizeof *wide, cp) ? 2 : 1;
		s += len ? len : 1;
		n -= len ? len : 1;
	}
	return width;
}
