/*
 * See tts_text.h. The refusals here are forms that Open JTalk reads fluently and
 * wrongly (measured): 13:30 and 2025/12/25 lose what joins them, ¥12,300 is "yen
 * twelve thousand", -500 loses its sign, 7.12.25 and 1,23 fall apart. Scenarios
 * write typed values in their spoken form; a text that has one of these was put
 * together wrongly and must not reach a resident.
 */
#include "adapters/speech/tts_text.h"

#include "adapters/speech/tts_chars.h"
#include "adapters/speech/tts_fold.h"
#include "engine/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { YEN = 0xa5, LONG_VOWEL = 0x30fc, MIDDLE_DOT = 0x30fb, COMMA = 0x3001 };

static bool ascii_in(uint32_t cp, const char *list)
{
	return cp > 0 && cp < 0x80 && strchr(list, (int)cp) != NULL;
}

/* p..end is a run of digits, "," and ".", as the voice would join it. */
static uint32_t check_number(const char *p, const char *end)
{
	size_t digits = 0, dots = 0, commas = 0;

	for (; p < end; p++) {
		if (*p == ',') {
			if (dots || digits == 0 || digits > 3 || (commas && digits != 3))
				return ',';
			commas++;
			digits = 0;
		} else if (*p == '.') {
			if (dots++ || (commas && digits != 3))
				return '.';
			digits = 0;
		} else {
			digits++;
		}
	}
	return !dots && commas && digits != 3 ? ',' : 0;
}

/* The run that begins at p: its end. A sign belongs to it only between digits. */
static const char *number_end(const char *p)
{
	while (tts_char_is_digit((unsigned char)*p) ||
	       (ascii_in((unsigned char)*p, ",.") && tts_char_is_digit((unsigned char)p[1])))
		p++;
	return p;
}

/* One character in its neighbourhood: 0, or the character that must not be spoken. */
static uint32_t check_between(uint32_t before, uint32_t cp, uint32_t after)
{
	bool number_after = tts_char_is_digit(after);

	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == YEN)
		return cp;
	if (ascii_in(cp, ":/") && tts_char_is_digit(before) && number_after)
		return cp;
	if (tts_char_is_dash(cp) && number_after && !tts_char_is_digit(before) &&
	    !tts_char_is_latin(before))
		return cp;
	return 0;
}

static int refuse(uint32_t cp, char ret_bad[8])
{
	tts_char_name(cp, ret_bad);
	return E_INVALID;
}

/* Whitespace of the document becomes a space, dashes between digits become one kind. */
static int check_and_tidy(const char *p, struct tts_buffer *to, char ret_bad[8])
{
	size_t n = strlen(p), len;
	uint32_t before = 0, cp, after, bad;
	int err = 0;

	for (size_t i = 0; i < n && !err; i += len, before = cp) {
		bool was_number = tts_char_is_digit(before) || ascii_in(before, ",.");
		len = utf8_next(p + i, n - i, &cp);
		if (utf8_next(p + i + len, n - i - len, &after) == 0)
			after = 0;
		if (ascii_in(cp, "\t\r\n"))
			cp = ' ';
		bad = check_between(before, cp, after);
		if (!bad && tts_char_is_digit(cp) && !was_number)
			bad = check_number(p + i, number_end(p + i));
		if (bad)
			return refuse(bad, ret_bad);
		/* 第1・2期 would be read as the number 1.2. */
		if (cp == MIDDLE_DOT && tts_char_is_digit(before) && tts_char_is_digit(after))
			cp = COMMA;
		if ((tts_char_is_dash(cp) || cp == LONG_VOWEL) && tts_char_is_digit(before) &&
		    tts_char_is_digit(after))
			cp = '-';
		char utf8[4];
		err = tts_buffer_add(to, utf8, utf8_put(utf8, cp));
	}
	return err;
}

int tts_text_prepare(const struct tts_lexicon *l, const char *text, char **ret_spoken,
		     char ret_bad[8])
{
	struct tts_buffer known = {.most = TTS_TEXT_BYTES}, spoken = known, tidy = known;
	char *folded = NULL;
	size_t n = strnlen(text, TTS_TEXT_BYTES + 1);
	int err = n > TTS_TEXT_BYTES ? E_LIMIT : 0;

	ret_bad[0] = '\0';
	if (!err)
		err = tts_buffer_add(&known, "", 0);
	if (!err)
		err = tts_lexicon_variants(l, text, n, &known);
	if (!err)
		err = tts_fold(known.p, known.n, &folded);
	if (!err)
		err = tts_buffer_add(&spoken, "", 0);
	if (!err)
		err = tts_lexicon_replace(l, folded, strlen(folded), &spoken);
	if (!err)
		err = tts_buffer_add(&tidy, "", 0);
	if (!err)
		err = check_and_tidy(spoken.p, &tidy, ret_bad);
	if (!err) {
		*ret_spoken = tidy.p;
		tidy.p = NULL;
	}
	free(folded);
	tts_buffer_free(&known);
	tts_buffer_free(&spoken);
	tts_buffer_free(&tidy);
	return err;
}

static bool ends_sentence(uint32_t cp)
{
	return cp == 0x3002 || cp == '!' || cp == '?'; /* 。 and, folded, ！ ？ */
}

static bool closes(uint32_t cp)
{
	return cp == 0x300d || cp == 0x300f || cp == ')'; /* 」 』 ） */
}

/* What is spoken of p: its end and whether it is too long. A comma within the limit is where a
 * sentence that is too long is cut: the voice pauses there anyway. */
static const char *sentence_end(const char *p, bool *ret_speaks)
{
	size_t bytes = 0, chars = 0, len, n = strlen(p);
	const char *comma = NULL, *at = p;
	bool ended = false;
	uint32_t cp;

	*ret_speaks = false;
	for (; (len = utf8_next(at, n - (size_t)(at - p), &cp)) > 0; at += len) {
		if (ended && !ends_sentence(cp) && !closes(cp))
			break;
		bytes += len == 1 ? 3 : len; /* Open JTalk widens ASCII to three bytes */
		if (++chars > MAX_SENTENCE_CHARS || bytes > MAX_SENTENCE_BYTES)
			return comma;
		if (cp == 0x3001 || cp == ' ')
			comma = at + len;
		ended = ended || ends_sentence(cp);
		*ret_speaks = *ret_speaks || !tts_char_is_pause(cp);
	}
	return at;
}

int tts_text_next(const char **cursor, char ret_sentence[TTS_SENTENCE_SIZE])
{
	for (;;) {
		const char *p = *cursor, *end;
		bool speaks;

		while (*p == ' ')
			p++;
		if (!*p) {
			*cursor = p;
			return E_NOTFOUND;
		}
		end = sentence_end(p, &speaks);
		if (!end)
			return E_LIMIT;
		*cursor = end;
		if (!speaks)
			continue;
		memcpy(ret_sentence, p, (size_t)(end - p));
		ret_sentence[end - p] = '\0';
		return 0;
	}
}
