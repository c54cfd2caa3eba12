/* See tts_chars.h. */
#include "adapters/speech/tts_chars.h"

#include "engine/utf8.h"

#include <stdio.h>

static bool in_list(uint32_t cp, const char *list, size_t n)
{
	uint32_t c;
	for (size_t i = 0, len; (len = utf8_next(list + i, n - i, &c)) > 0; i += len)
		if (c == cp)
			return true;
	return false;
}

bool tts_char_is_pause(uint32_t cp)
{
	/* Not here, on purpose: money and mathematical signs, which carry meaning. */
	static const char pauses[] =
	    "、。，．！？・…‥「」『』（）［］【】〈〉《》〔〕｛｝“”‘’：；／〜～"
	    " 　,.!?()[]{}:;/\"'~·";
	return in_list(cp, pauses, sizeof pauses - 1) || tts_char_is_dash(cp);
}

bool tts_char_is_numeral(uint32_t cp)
{
	static const char kanji[] = "〇一二三四五六七八九十百千万億兆";
	return tts_char_is_digit(cp) || (cp >= 0xff10 && cp <= 0xff19) ||
	       in_list(cp, kanji, sizeof kanji - 1);
}

bool tts_char_is_digit(uint32_t cp)
{
	return cp >= '0' && cp <= '9';
}

bool tts_char_is_dash(uint32_t cp)
{
	return cp == '-' || (cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212 || cp == 0xff0d;
}

bool tts_char_is_latin(uint32_t cp)
{
	if (cp >= 0xff21 && cp <= 0xff5a)
		cp -= 0xfee0;
	return (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}

bool tts_char_is_kana(uint32_t cp)
{
	return (cp >= 0x3041 && cp <= 0x309f) || (cp >= 0x30a1 && cp <= 0x30ff && cp != 0x30fb) ||
	       (cp >= 0x31f0 && cp <= 0x31ff);
}

uint32_t tts_char_widen(uint32_t cp)
{
	if (cp == ' ')
		return 0x3000;
	return cp > ' ' && cp < 0x7f ? cp + 0xfee0 : cp;
}

uint32_t tts_char_katakana(uint32_t cp)
{
	return cp >= 0x3041 && cp <= 0x3096 ? cp + 0x60 : cp;
}

void tts_char_name(uint32_t cp, char out[8])
{
	/* Controls and what combines or is invisible alone would garble the screen that shows it.
	 */
	if (cp < 0x21 || (cp >= 0x7f && cp < 0xa1) || (cp >= 0x300 && cp <= 0x36f) ||
	    (cp >= 0x2000 && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f) || (cp >= 0xfe00 && cp <= 0xfe0f) || cp >= 0xe0000) {
		snprintf(out, 8, "U+%04X", (unsigned)(cp & 0xfffff));
		return;
	}
	out[utf8_put(out, cp)] = '\0';
}
