/* See tts_prompt.h. A prompt is made whole or not at all: what is left of one that failed goes
 * back, its sentences stay in the cache. */
#include "adapters/speech/tts_prompt.h"

#include "adapters/speech/tts_text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t tts_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void make_sentence(struct tts_maker *m, const char *sentence, uint64_t who,
			  struct tts_spoken *ret)
{
	struct tts_cache_entry *mine;
	int err = tts_cache_take(m->cache, sentence, who, tts_now_ms(), ret, &mine);

	if (err == E_NOTFOUND) {
		tts_render(&m->voice, sentence, ret);
		tts_cache_give(m->cache, mine, ret, tts_now_ms());
	} else if (err) {
		*ret = (struct tts_spoken){.err = err};
	}
}

static int add_piece(struct prompt *p, struct audio *piece)
{
	struct audio **grown = realloc(p->pieces, (p->n + 1) * sizeof(struct audio *));
	if (!grown)
		return E_NOMEM;
	p->pieces = grown;
	if (prompt_samples(p) + piece->n > (size_t)MAX_PROMPT_MS * 8)
		return E_LIMIT;
	p->pieces[p->n++] = audio_ref(piece);
	return 0;
}

static int add_sentence(struct tts_maker *m, const char *sentence, uint64_t who, struct prompt *p,
			struct tts_buffer *reading, char ret_bad[8])
{
	struct tts_spoken spoken = {0};
	int err;

	make_sentence(m, sentence, who, &spoken);
	err = spoken.err;
	if (err == E_INVALID)
		memcpy(ret_bad, spoken.bad, sizeof spoken.bad);
	if (!err)
		err = add_piece(p, spoken.audio);
	if (!err)
		err = tts_buffer_add(reading, spoken.reading, strlen(spoken.reading));
	tts_spoken_clear(&spoken);
	return err;
}

/* Cut at a whole character. */
static void copy_reading(const struct tts_buffer *from, char *to, size_t size)
{
	size_t n = from->n < size ? from->n : size - 1;
	while (n < from->n && n > 0 && ((unsigned char)from->p[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(to, from->p, n);
	to[n] = '\0';
}

int tts_prompt_make(struct tts_maker *m, const char *text, uint64_t who, struct prompt *ret_prompt,
		    char *reading, size_t reading_size, char ret_bad[8])
{
	struct tts_buffer kana = {.most = 256 * 1024};
	char sentence[TTS_SENTENCE_SIZE];
	struct prompt p = {0};
	char *spoken = NULL;
	const char *cursor;
	int err = tts_text_prepare(m->lexicon, text, &spoken, ret_bad);

	if (err)
		goto out;
	cursor = spoken;
	while ((err = tts_text_next(&cursor, sentence)) == 0) {
		err = add_sentence(m, sentence, who, &p, &kana, ret_bad);
		if (err)
			goto out;
	}
	if (err == E_NOTFOUND)
		err = p.n > 0 ? 0 : E_INVALID;
	if (err)
		goto out;
	if (reading && reading_size > 0)
		copy_reading(&kana, reading, reading_size);
	*ret_prompt = p;
	p = (struct prompt){0};
out:
	prompt_clear(&p);
	if (spoken)
		sodium_memzero(spoken, strlen(spoken));
	free(spoken);
	sodium_memzero(sentence, sizeof sentence);
	tts_buffer_free(&kana);
	return err;
}
