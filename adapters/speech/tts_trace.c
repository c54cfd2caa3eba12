/*
 * See tts_trace.h. Three ways in which Open JTalk 1.10 loses a character, all
 * measured, all with status 0:
 *  1. an unknown word becomes a symbol that reads 、 ("髙橋");
 *  2. an unknown word that mixes characters keeps those that it can spell and
 *     passes over the rest ("ＡＢＣé" is read as ABC, "ヮイ" as イ);
 *  3. a character vanishes before the analysis ("ﾟ" at the beginning).
 * So: no symbol may read 、 unless it is punctuation; a word spelled from its
 * characters must account for each of them; and the sentence's characters must
 * all come, in order, in the words of the trace. Numerals are rewritten (12,300
 * comes as 一万二千三百): of a run of them, something must come.
 */
#include "adapters/speech/tts_trace.h"

#include "adapters/speech/tts_chars.h"
#include "engine/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

struct token {
	struct span word, kind, subkind, read, spoken;
};

struct lines {
	const char *p;
	size_t n;
};

static bool span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static const char heading[] = "[Text analysis result]\n";

static int lines_open(const char *trace, size_t n, struct lines *ret_lines)
{
	size_t head = sizeof heading - 1;
	if (n < head || memcmp(trace, heading, head) != 0)
		return E_PROTO;
	*ret_lines = (struct lines){trace + head, n - head};
	return 0;
}

/* word, kind, 3 sub-kinds, 2 forms, original, reading, spoken form, accent… */
static int token_parse(struct span line, struct token *ret_token)
{
	struct span f[10];
	size_t k = 0, from = 0;

	for (size_t i = 0; i < line.n && k < 10; i++)
		if (line.p[i] == ',') {
			f[k++] = (struct span){line.p + from, i - from};
			from = i + 1;
		}
	if (k < 10 || f[0].n == 0 || !utf8_valid(line.p, line.n, NULL))
		return E_PROTO;
	*ret_token = (struct token){f[0], f[1], f[2], f[8], f[9]};
	return 0;
}

/* 0, E_NOTFOUND at the end of the words, E_PROTO. */
static int token_next(struct lines *lines, struct token *ret_token)
{
	const char *end = lines->n ? memchr(lines->p, '\n', lines->n) : NULL;
	struct span line;

	if (!end)
		return E_PROTO; /* the section ends with an empty line: this one was cut */
	line = (struct span){lines->p, (size_t)(end - lines->p)};
	if (line.n == 0)
		return E_NOTFOUND;
	lines->p += line.n + 1;
	lines->n -= line.n + 1;
	return token_parse(line, ret_token);
}

static int lost(uint32_t cp, char ret_bad[8])
{
	tts_char_name(cp, ret_bad);
	return E_INVALID;
}

/* Way 1. Of an unknown word of several characters, which one the dictionary lacks is not told. */
static int check_silent(const struct token *t, char ret_bad[8])
{
	uint32_t cp;
	for (size_t i = 0, len; (len = utf8_next(t->word.p + i, t->word.n - i, &cp)) > 0; i += len)
		if (!tts_char_is_pause(cp))
			return lost(cp, ret_bad);
	return 0;
}

/* Way 2. Kana must come in the reading in their order; Latin letters have names instead. */
static int check_spelled(const struct token *t, char ret_bad[8])
{
	size_t at = 0;
	uint32_t cp, have;

	for (size_t i = 0, len; (len = utf8_next(t->word.p + i, t->word.n - i, &cp)) > 0;
	     i += len) {
		bool found = tts_char_is_latin(cp);
		if (!found && !tts_char_is_kana(cp))
			return lost(cp, ret_bad);
		while (!found && at < t->read.n) {
			at += utf8_next(t->read.p + at, t->read.n - at, &have);
			found = have == tts_char_katakana(cp);
		}
		if (!found)
			return lost(cp, ret_bad);
	}
	return 0;
}

static int check_token(const struct token *t, char ret_bad[8])
{
	if (span_is(t->spoken, "、") || t->spoken.n == 0 || span_is(t->spoken, "*"))
		return check_silent(t, ret_bad);
	if (span_is(t->kind, "フィラー"))
		return check_spelled(t, ret_bad);
	return 0;
}

/* The words of the trace as one stream of characters. */
struct stream {
	struct lines lines;
	struct token token;
	size_t at;
	bool numeral; /* one was passed since it was last cleared */
};

static int stream_next(struct stream *s, uint32_t *ret_cp)
{
	while (s->at >= s->token.word.n) {
		int err = token_next(&s->lines, &s->token);
		if (err)
			return err;
		s->at = 0;
	}
	s->at += utf8_next(s->token.word.p + s->at, s->token.word.n - s->at, ret_cp);
	if (tts_char_is_numeral(*ret_cp))
		s->numeral = true;
	return 0;
}

/* Way 3. */
static int check_order(struct lines lines, const char *sentence, char ret_bad[8])
{
	struct stream s = {.lines = lines};
	size_t n = strlen(sentence);
	uint32_t cp, have, numeral = 0;

	for (size_t i = 0, len; (len = utf8_next(sentence + i, n - i, &cp)) > 0; i += len) {
		if (tts_char_is_numeral(cp)) {
			numeral = numeral ? numeral : cp;
			continue;
		}
		if (tts_char_is_pause(cp))
			continue;
		do {
			if (stream_next(&s, &have))
				return lost(cp, ret_bad);
		} while (have != tts_char_widen(cp));
		if (numeral && !s.numeral)
			return lost(numeral, ret_bad);
		numeral = 0;
		s.numeral = false;
	}
	while (numeral && !s.numeral)
		if (stream_next(&s, &have))
			return lost(numeral, ret_bad);
	return 0;
}

/* Appends the spoken form without the mark of a devoiced vowel (’). */
static size_t add_reading(struct span spoken, char *reading, size_t size, size_t at, size_t *mora)
{
	uint32_t cp;
	char utf8[4];

	for (size_t i = 0, len; (len = utf8_next(spoken.p + i, spoken.n - i, &cp)) > 0; i += len) {
		if (cp == 0x2019)
			continue;
		*mora += tts_char_is_kana(cp);
		len = utf8_put(utf8, cp);
		if (reading && at + len < size) {
			memcpy(reading + at, utf8, len);
			at += len;
		}
	}
	return at;
}

int tts_trace_check(const char *trace, size_t n, const char *sentence, char *reading,
		    size_t reading_size, size_t *ret_mora, char ret_bad[8])
{
	struct lines lines, again;
	struct token t;
	size_t at = 0, mora = 0;
	int err = lines_open(trace, n, &lines);

	if (err)
		return err;
	again = lines;
	while ((err = token_next(&lines, &t)) == 0) {
		err = check_token(&t, ret_bad);
		if (err)
			return err;
		at = add_reading(t.spoken, reading, reading_size, at, &mora);
	}
	if (err != E_NOTFOUND)
		return err;
	if (reading && reading_size > 0)
		reading[at] = '\0';
	err = check_order(again, sentence, ret_bad);
	if (err)
		return err;
	*ret_mora = mora;
	return 0;
}
