/*
 * What was spoken before: sentence → audio, in memory, counted against a limit.
 * One thread makes a sentence; others that want it at the same time wait for it.
 *
 * Sentences with a name or an amount should not stay: whatever only one job has
 * asked for lives in a quarter of the room and leaves after ten minutes, what a
 * second job asks for is a fixed sentence and stays for an hour after its last use.
 * Time is an argument.
 */
#ifndef ADAPTERS_SPEECH_TTS_CACHE_H
#define ADAPTERS_SPEECH_TTS_CACHE_H

#include "engine/speech.h"
#include <stdint.h>

#define TTS_CACHE_ONCE_MS (10 * 60 * 1000)
#define TTS_CACHE_IDLE_MS (60 * 60 * 1000)

/* What came of a sentence. E_INVALID (a character would be lost) is remembered too: it would be
 * lost again. Other errors are told to those who wait, and forgotten. */
struct tts_spoken {
	int err;
	struct audio *audio; /* a reference */
	char *reading;       /* owned */
	char bad[8];
};
void tts_spoken_clear(struct tts_spoken *s);

struct tts_cache;
struct tts_cache_entry;

struct tts_cache_stats {
	size_t entries, bytes;
	uint64_t hits, misses, evicted;
};

/* `identity`: what else the audio depends on (voice, speed). */
int tts_cache_new(size_t most_bytes, const char *identity, struct tts_cache **ret_cache) MUST_CHECK;
void tts_cache_free(struct tts_cache *c); /* nobody may be inside; NULL is fine */

/* 0: *ret is what came of it, the caller's to clear. E_NOTFOUND: make it, then call tts_cache_give
 * with *ret_mine, whatever happened. Waits while another thread makes it. `who`: the job. */
int tts_cache_take(struct tts_cache *c, const char *sentence, uint64_t who, int64_t now_ms,
		   struct tts_spoken *ret, struct tts_cache_entry **ret_mine) MUST_CHECK;
/* *spoken stays the caller's. */
void tts_cache_give(struct tts_cache *c, struct tts_cache_entry *mine,
		    const struct tts_spoken *spoken, int64_t now_ms);
/* Lets go of what is too old. */
void tts_cache_sweep(struct tts_cache *c, int64_t now_ms);
struct tts_cache_stats tts_cache_stats(struct tts_cache *c);

#endif
