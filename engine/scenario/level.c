/* See level.h. */
#include "engine/scenario/level.h"

static void close_for_good(struct level *l)
{
	l->now = 0;
	l->self = false;
	l->matched = false;
	l->closed = true;
}

void level_answered(struct level *l, bool by_choice)
{
	l->key = by_choice;
	l->voice = VOICE_NONE;
	l->word_of = 0;
}

void level_silent(struct level *l)
{
	l->key = false;
}

void level_spoken(struct level *l, int slot, int confirms, enum level_word word)
{
	bool confirmed =
	    word == WORD_YES && confirms >= 0 && l->voice == VOICE_WORD && l->word_of == confirms;

	l->key = false;
	l->voice = confirmed ? VOICE_YES : word == WORD_NO ? VOICE_NO : VOICE_WORD;
	l->word_of = l->voice == VOICE_WORD ? (short)slot : 0;
}

void level_transferred(struct level *l)
{
	l->now = 0;
	l->key = l->self = l->matched = false;
	l->voice = VOICE_NONE;
	l->word_of = 0;
}

int level_record(const struct level *l)
{
	return l->voice == VOICE_WORD || l->voice == VOICE_NO ? E_STATE : 0;
}

bool level_may_match(const struct level *l)
{
	return !l->closed && l->misses < LEVEL_MOST_MISSES;
}

void level_compared(struct level *l, bool matched)
{
	if (matched) {
		l->matched = true;
		return;
	}
	if (l->misses < LEVEL_MOST_MISSES)
		l->misses++;
	/* Someone may be guessing: an earlier match does not outlive a later miss either. */
	l->matched = false;
	if (l->now == 2)
		l->now = l->self ? 1 : 0;
	if (l->misses >= LEVEL_MOST_MISSES)
		close_for_good(l);
}

int level_raise(struct level *l, int to)
{
	if (l->closed || to < 1 || to > 2 || l->voice != VOICE_NONE)
		return E_STATE;
	if (to == 1 && !l->self)
		return E_STATE;
	if (to == 2 && !l->matched)
		return E_STATE;
	if (to > l->now)
		l->now = (unsigned char)to;
	return 0;
}

int level_reached(struct level *l, enum reached reached)
{
	switch (reached) {
	case REACHED_OPENING:
		return 0;
	case REACHED_SELF:
		if (l->closed || !l->key)
			return E_STATE;
		l->self = true;
		return 0;
	case REACHED_MATCHED:
		return l->closed || !l->matched ? E_STATE : 0;
	case REACHED_MISMATCH:
		if (l->misses == 0)
			return E_STATE;
		close_for_good(l);
		return 0;
	case REACHED_OTHER:
	case REACHED_WRONG:
		if (level_record(l) != 0 && !(reached == REACHED_OTHER && l->voice == VOICE_NO))
			return E_STATE;
		close_for_good(l);
		return 0;
	default:
		return E_STATE;
	}
}
