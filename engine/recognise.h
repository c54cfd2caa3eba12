/*
 * The recognition port: which of a few words was an utterance, or none of them.
 *
 * A pool of threads of its own works on finished utterances; posting never blocks, and
 * a full queue says so at once (the field that asked falls back to keys). Digits are not
 * recognised: docs/voice.md says why, and what the score means.
 */
#ifndef ENGINE_RECOGNISE_H
#define ENGINE_RECOGNISE_H

#include "engine/err.h"
#include "engine/limits.h"
#include "engine/mailbox.h"
#include "engine/problems.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOGNISE_RATE 8000

struct recognise_config {
	bool enabled;    /* false: the caller starts no pool, and every field is answered by keys */
	char model[256]; /* folder of the acoustic model */
	int workers;
	int queue;       /* utterances that may wait */
	int least_score; /* 0 to 100: below it an utterance is none of the words */
};

/* The grammar of one field: one of these words, alone. Kana. */
struct recognise_words {
	size_t n;
	char reading[MAX_SPOKEN_WORDS][MAX_READING_BYTES];
};

/* One utterance; it goes to the pool with the question and comes back with the answer. */
struct recognise_job {
	uint64_t id; /* the caller's, untouched; so is serial */
	unsigned serial;
	struct mailbox *to; /* must have room for all jobs of its owner that are under way */
	struct recognise_words words;
	/* the answer */
	int err;   /* 0; E_INVALID: a word cannot be said; E_NOMEM, E_IO: could not be heard */
	int word;  /* of `words`, or -1: none of them */
	int score; /* 0 to 100 of the nearest word */
	size_t n;
	int16_t samples[]; /* RECOGNISE_RATE, mono */
};
/* E_NOMEM. Samples are zero. */
int recognise_job_new(size_t n, struct recognise_job **ret_job) MUST_CHECK;
/* Forgets the samples: they are somebody's voice. NULL is fine; void * for mailbox_free. */
void recognise_job_free(void *job);

struct recogniser;
struct recognise_ops {
	const char *name;
	/* The engine and its model, for the record: "pocketsphinx en-us". */
	const char *version;
	/* Checks the model (problems), starts the threads. */
	int (*start)(const struct recognise_config *config, struct problems *problems,
		     struct recogniser **ret_recogniser);
	/* Any thread. The job is the pool's, and comes back to job->to, once, always. E_FULL:
	 * `queue` jobs wait; the caller keeps the job. Never blocks. */
	int (*post)(struct recogniser *r, struct recognise_job *job);
	/* Waits for the threads; jobs that wait are answered with E_STATE. All mailboxes must still
	 * be there. NULL is fine. */
	void (*stop)(struct recogniser *r);
};

#endif
