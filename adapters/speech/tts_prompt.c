/* See tts_prompt.h. A prompt is made whole or not at all: what is left of one that failed goes
 * back, its sentences stay in the cache. */
#include "adapters/speech/tts_prompt.h"

#include "adapters/speech/tts_text.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The voice cannot be understood beyond them, whatever site and scenario ask for together. */
#define SPEED_LEAST 0.4
#define SPEED_MOST 2.5

int64_t tts_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static double speed_at(double speed, int rate)
{
	double s = rate ? speed * rate / 100 : speed;

	return s < SPEED_LEAST ? SPEED_LEAST : s > SPEED_MOST ? SPEED_MOST : s;
}

static void make_sentence(struct tts_maker *m, const char *sentence, int rate, uint64_t who,
			  struct tts_spoken *ret)
{
	char key[TTS_SENTENCE_SIZE + 8];
	struct tts_voice voice = m->voice;
	struct tts_cache_entry *mine;

	/* No sentence begins with a control character: another speed is another entry. */
	if (rate)
		snprintf(key, sizeof key, "\x01%03d%s", rate, sentence);
	else
		snprintf(key, sizeof key, "%s", sentence);
	voice.speed = speed_at(voice.speed, rate);
	int err = tts_cache_take(m->cache, key, who, tts_now_ms(), ret, &mine);
	if (err == E_NOTFOUND) {
		tts_render(&voice, sentence, ret);
		tts_cache_give(m->cache, mine, ret, tts_now_ms());
	} else if (err) {
		*ret = (struct tts_spoken){.err = err};
	}
	sodium_memzero(key, sizeof key);
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

/* What is being made. */
struct making {
	struct tts_maker *maker;
	uint64_t who;
	int rate;
	struct prompt prompt;
	struct tts_buffer kana;
};

static int add_sentence(struct making *m, const char *sentence, char ret_bad[8])
{
	struct tts_spoken spoken = {0};
	int err;

	make_sentence(m->maker, sentence, m->rate, m->who, &spoken);
	err = spoken.err;
	if (err == E_INVALID)
		memcpy(ret_bad, spoken.bad, sizeof spoken.bad);
	if (!err)
		err = add_piece(&m->prompt, spoken.audio);
	if (!err)
		err = tts_buffer_add(&m->kana, spoken.reading, strlen(spoken.reading));
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

static int add_words(struct making *m, const char *text, char ret_bad[8])
{
	char sentence[TTS_SENTENCE_SIZE];
	char *spoken = NULL;
	const char *cursor;
	size_t before = m->prompt.n;
	int err = tts_text_prepare(m->maker->lexicon, text, &spoken, ret_bad);

	if (err)
		goto out;
	cursor = spoken;
	while ((err = tts_text_next(&cursor, sentence)) == 0)
		if ((err = add_sentence(m, sentence, ret_bad)) != 0)
			goto out;
	if (err == E_NOTFOUND)
		err = m->prompt.n > before ? 0 : E_INVALID;
out:
	if (spoken)
		sodium_memzero(spoken, strlen(spoken));
	free(spoken);
	sodium_memzero(sentence, sizeof sentence);
	return err;
}

/* What it says stands in the document: here it has a mark. */
static int add_recording(struct making *m, struct audio *sound)
{
	int err = add_piece(&m->prompt, sound);

	return err ? err : tts_buffer_add(&m->kana, "♪", strlen("♪"));
}

int tts_prompt_make(struct tts_maker *maker, const struct speech_words *words, uint64_t who,
		    struct prompt *ret_prompt, char *reading, size_t reading_size, char ret_bad[8])
{
	struct making m = {
	    .maker = maker, .who = who, .rate = words->rate, .kana = {.most = 256 * 1024}};
	const char *cursor = words->text;
	size_t size = strlen(words->text) + 1, sound = 0;
	char *part = malloc(size);
	struct audio *recording;
	int err = part ? 0 : E_NOMEM;

	ret_bad[0] = '\0';
	while (!err && speech_next_part(words, &cursor, &sound, part, &recording, &err))
		err = recording ? add_recording(&m, recording) : add_words(&m, part, ret_bad);
	if (!err && m.prompt.n == 0)
		err = E_INVALID;
	if (!err && reading && reading_size > 0)
		copy_reading(&m.kana, reading, reading_size);
	if (!err) {
		*ret_prompt = m.prompt;
		m.prompt = (struct prompt){0};
	}
	prompt_clear(&m.prompt);
	if (part)
		sodium_memzero(part, size);
	free(part);
	tts_buffer_free(&m.kana);
	return err;
}
