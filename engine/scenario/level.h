/*
 * The secrecy level of one call, as a state machine of its own. The checker walks
 * it over every path of a document, the interpreter keeps it during the call: both
 * ask the same few functions, so that what was checked is what is enforced.
 *
 *	L0 --said he is the person, by key--> L1 --four keys match--> L2
 *	any --two misses, another person, wrong number--> closed at L0, for good
 */
#ifndef ENGINE_SCENARIO_LEVEL_H
#define ENGINE_SCENARIO_LEVEL_H

#include "engine/err.h"
#include "engine/plan/outcome.h"
#include <stdbool.h>

#define LEVEL_MOST_MISSES 2

/* A spoken word may be misheard. It leads on, but before it counts for more somebody has to say it
 * again: by a key, or (but for the level) by a はい to the question whether it was meant. */
enum level_voice {
	VOICE_NONE, /* the latest answer was a key, or there is none */
	VOICE_WORD, /* a word that nothing has confirmed */
	VOICE_YES,  /* a word, and then はい */
	VOICE_NO, /* いいえ: enough to say that another person answers, which tells him nothing */
};
enum level_word { WORD_ANY, WORD_YES, WORD_NO };

struct level {
	unsigned char now;    /* 0, 1, 2 */
	unsigned char misses; /* of matches_birth */
	bool key;             /* the latest answer was the key of a choice */
	bool self;            /* such a key said: I am the person */
	bool matched;         /* four keys matched */
	bool closed;          /* nothing may be told to whoever is there */
	unsigned char voice;  /* enum level_voice */
	short word_of;        /* VOICE_WORD: the field (slot) that was answered by it; else 0 */
};

/* The resident answered by keys: of a choice, or digits. */
void level_answered(struct level *l, bool by_choice);
/* He said nothing, or nothing that counts. That confirms nothing. */
void level_silent(struct level *l);
/* He said a word to field `slot`, which asks whether the word of field `confirms` was meant (-1: it
 * does not). はい and いいえ are known as such. */
void level_spoken(struct level *l, int slot, int confirms, enum level_word word);
/* Staff spoke with whoever was there, who may have handed the telephone on: what was shown before
 * shows nothing any more. */
void level_transferred(struct level *l);
/* What changes a record: a reply, a task, a message, a transfer, who was reached. E_STATE: a
 * misheard word would do it. */
int level_record(const struct level *l) MUST_CHECK;
/* False: the tries are used up, and no comparison may be made. */
bool level_may_match(const struct level *l);
void level_compared(struct level *l, bool matched);
/* o:level. E_STATE: not allowed here. */
int level_raise(struct level *l, int to) MUST_CHECK;
/* o:reached. E_STATE: nothing on this path shows it. */
int level_reached(struct level *l, enum reached reached) MUST_CHECK;

#endif
