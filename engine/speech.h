/*
 * The speech port: sentences to G.711 µ-law, before the call.
 *
 * A pool of render threads runs the synthesiser in child processes. Audio is
 * immutable, shared by reference count, cached by the hash of its sentence and
 * counted against a limit. Posting never blocks; answers come as events.
 */
#ifndef ENGINE_SPEECH_H
#define ENGINE_SPEECH_H

#include "engine/err.h"
#include "engine/mailbox.h"
#include "engine/problems.h"
#include "engine/scenario.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* One sentence: 8 kHz, µ-law, mono. */
struct audio {
	atomic_int refs;
	size_t n; /* bytes = samples */
	uint8_t ulaw[];
};
/* One reference, the caller's; `ulaw` is for the caller to fill before anyone else sees it. */
int audio_new(size_t n, struct audio **ret_audio) MUST_CHECK;
struct audio *audio_ref(struct audio *a);
void audio_unref(struct audio *a); /* NULL is fine */

/* One prompt: sentences played one after the other. n = 0: was not rendered (no meaning). */
struct prompt {
	size_t n;
	struct audio **pieces;
};
/* All prompts of one scenario for one target, made from one state of its debts. */
struct prompt_set {
	atomic_int refs;
	uint64_t debts_version;
	size_t n;
	struct prompt *prompts;
};
int prompt_set_new(size_t n, struct prompt_set **ret_set) MUST_CHECK;
struct prompt_set *prompt_set_ref(struct prompt_set *set);
void prompt_set_unref(struct prompt_set *set); /* NULL is fine */
size_t prompt_samples(const struct prompt *p);
void prompt_clear(struct prompt *p); /* lets go of the pieces; n becomes 0 */

struct speech_config {
	char program[256];    /* open_jtalk */
	char dictionary[256]; /* /var/lib/mecab/dic/open-jtalk/naist-jdic */
	char voice[256];      /* an .htsvoice */
	char lexicon[256];    /* specs/lexicon */
	int workers;
	int timeout_ms; /* of one sentence's child process */
	size_t cache_bytes;
	double speed; /* 1.0 */
};

/* Owned by the pool once posted; freed there. */
struct speech_job {
	uint64_t id; /* the caller's; comes back in the event */
	uint64_t debts_version;
	size_t n;
	struct prompt_texts *texts;  /* n of them; owned */
	struct common_texts *common; /* a reference, or NULL: what some of them belong to */
};
void speech_job_free(struct speech_job *job); /* NULL is fine */

/* One of a prompt's texts. */
struct speech_words {
	const char *text;
	int rate; /* per cent; 0: 100 */
	size_t n_sounds;
	struct audio *const *sounds; /* one for each PROMPT_SOUND in the text */
};
#define SPEECH_RATE_LEAST 50
#define SPEECH_RATE_MOST 200
/* The text's next part, moving *cursor: words, which are copied into `part` (of strlen(text) + 1
 * bytes), or a recording, *ret_sound (not a reference; words that are blanks and 。 alone are
 * passed over). False: nothing is left. E_INVALID in *ret_err: there are more marks than sounds. */
bool speech_next_part(const struct speech_words *words, const char **cursor, size_t *sound,
		      char *part, struct audio **ret_sound, int *ret_err);

struct speech;
struct speech_ops {
	const char *name;
	/* Checks program, dictionary, voice and lexicon (problems), starts the threads. */
	int (*start)(const struct speech_config *config, struct mailbox *to_engine,
		     struct problems *problems, struct speech **ret_speech);
	/* E_FULL: the caller keeps the job. Answers EV_RENDERED. Never blocks. */
	int (*post)(struct speech *s, struct speech_job *job);
	void (*stop)(struct speech *s); /* waits for the threads; NULL is fine */
	/* One text now, in the caller's thread (osame scenario say, checks). `reading` (may be
	 * NULL) gets the kana that were spoken. E_INVALID: a character would be lost; ret_bad (may
	 * be NULL) gets it. */
	int (*say)(struct speech *s, const struct speech_words *words, struct prompt *ret_prompt,
		   char *reading, size_t reading_size, char ret_bad[8]);
};

#endif
