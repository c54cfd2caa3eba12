/* See words.h. Folding: the text and the words go through the same function, so
 * that 「未 納」, 「未、納」 and 「ﾐﾉｳ」's full-width writing are found alike. */
#include "engine/scenario/words.h"

#include "engine/utf8.h"

#include <stdlib.h>
#include <string.h>

bool words_is_blank(uint32_t cp)
{
	return cp == ' ' || cp == '\t' || cp == '\r' || cp == '\n' || cp == 0x3000;
}

static bool is_dropped(uint32_t cp)
{
	return words_is_blank(cp) || (cp < 0x80 && strchr(".,!?-_/()\"'", (int)cp)) ||
	       (cp >= 0x3001 && cp <= 0x3003) || (cp >= 0x3008 && cp <= 0x3011) || cp == 0x30fb ||
	       (cp >= 0x200b && cp <= 0x200f) || cp == 0x2060 || cp == 0xfeff || cp == 0xad ||
	       (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xff0c || cp == 0xff0e;
}

static uint32_t folded(uint32_t cp)
{
	if (cp >= 0xff01 && cp <= 0xff5e) /* full-width ASCII */
		cp -= 0xfee0;
	if (cp >= 'A' && cp <= 'Z')
		return cp + ('a' - 'A');
	if (cp >= 0x3041 && cp <= 0x3096) /* hiragana */
		return cp + 0x60;
	return cp;
}

/* NULL: no memory. Folding never lengthens: a kept character has as many bytes or fewer. */
static char *fold(const char *text)
{
	size_t n = strlen(text), at = 0, len;
	char *out = malloc(n + 1), *to = out;
	uint32_t cp;

	if (!out)
		return NULL;
	while ((len = utf8_next(text + at, n - at, &cp)) > 0) {
		at += len;
		if (!is_dropped(cp))
			to += utf8_put(to, folded(cp));
	}
	*to = '\0';
	return out;
}

int words_new(struct scenario_words **ret_words)
{
	struct scenario_words *w = calloc(1, sizeof *w);

	if (!w)
		return E_NOMEM;
	*ret_words = w;
	return 0;
}

void words_free(struct scenario_words *words)
{
	if (!words)
		return;
	for (int kind = 0; kind < WORDS_KINDS; kind++) {
		for (size_t i = 0; i < words->list[kind].n; i++)
			free(words->list[kind].word[i]);
		free(words->list[kind].word);
	}
	for (size_t i = 0; i < words->n_readings; i++) {
		free(words->readings[i].word);
		free(words->readings[i].reading);
	}
	free(words->readings);
	free(words);
}

int words_add(struct scenario_words *words, enum words_kind kind, const char *word)
{
	struct words_list *list = &words->list[kind];
	char **more, *copy;

	if (list->n >= MAX_LEXICON_WORDS)
		return E_LIMIT;
	copy = fold(word);
	if (!copy)
		return E_NOMEM;
	if (*copy == '\0') {
		free(copy);
		return E_INVALID;
	}
	more = realloc(list->word, (list->n + 1) * sizeof *more);
	if (!more) {
		free(copy);
		return E_NOMEM;
	}
	list->word = more;
	list->word[list->n++] = copy;
	return 0;
}

const char *words_find(const struct scenario_words *words, enum words_kind kind, const char *text)
{
	const struct words_list *list = &words->list[kind];
	char *plain = fold(text);
	const char *found = NULL;

	if (!plain) /* no memory: better to find a word that is not there than to miss one */
		return list->n > 0 ? list->word[0] : NULL;
	for (size_t i = 0; i < list->n && !found; i++)
		if (strstr(plain, list->word[i]))
			found = list->word[i];
	free(plain);
	return found;
}

/* ---- readings ---- */

static bool is_kana(const char *text)
{
	size_t n = strlen(text), at = 0, len;
	uint32_t cp;

	if (n == 0 || n >= MAX_READING_BYTES)
		return false;
	for (; at < n; at += len) {
		len = utf8_next(text + at, n - at, &cp);
		if (len == 0 || !((cp >= 0x3041 && cp <= 0x3094) ||
				  (cp >= 0x30a1 && cp <= 0x30f4) || cp == 0x30fc))
			return false;
	}
	return true;
}

const char *words_reading(const struct scenario_words *words, const char *word)
{
	if (is_kana(word))
		return word;
	for (size_t i = 0; i < words->n_readings; i++)
		if (strcmp(words->readings[i].word, word) == 0)
			return words->readings[i].reading;
	return NULL;
}

int words_add_reading(struct scenario_words *words, const char *word, const char *reading)
{
	struct words_reading *more, new = {0};

	if (*word == '\0' || strlen(word) >= MAX_READING_BYTES || !is_kana(reading))
		return E_INVALID;
	if (words->n_readings >= MAX_LEXICON_WORDS)
		return E_LIMIT;
	more = realloc(words->readings, (words->n_readings + 1) * sizeof *more);
	if (!more)
		return E_NOMEM;
	words->readings = more;
	new.word = strdup(word);
	new.reading = strdup(reading);
	if (!new.word || !new.reading) {
		free(new.word);
		free(new.reading);
		return E_NOMEM;
	}
	words->readings[words->n_readings++] = new;
	return 0;
}
