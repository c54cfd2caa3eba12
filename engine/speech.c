/*
 * See speech.h. The part of the port that every implementation and every user
 * shares: reference counts of audio and prompt sets, and the job's end.
 *
 * Counts go up without ordering (whoever takes a reference holds one already);
 * the last one down must see all that others wrote, hence acquire-release. A
 * count that was zero is our bug: it would free audio that a call still plays.
 */
#include "engine/speech.h"

#include "engine/log.h"

#include <stdlib.h>
#include <string.h>

/* True when the caller held the last reference. */
static bool drop_ref(atomic_int *refs)
{
	int before = atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel);
	BUG_IF(before <= 0);
	return before == 1;
}

static void add_ref(atomic_int *refs)
{
	int before = atomic_fetch_add_explicit(refs, 1, memory_order_relaxed);
	BUG_IF(before <= 0);
}

int audio_new(size_t n, struct audio **ret_audio)
{
	struct audio *a;

	if (n > (size_t)MAX_PROMPT_MS * 8)
		return E_LIMIT;
	a = malloc(sizeof *a + n);
	if (!a)
		return E_NOMEM;
	atomic_init(&a->refs, 1);
	a->n = n;
	*ret_audio = a;
	return 0;
}

struct audio *audio_ref(struct audio *a)
{
	add_ref(&a->refs);
	return a;
}

void audio_unref(struct audio *a)
{
	if (a && drop_ref(&a->refs))
		free(a);
}

int prompt_set_new(size_t n, struct prompt_set **ret_set)
{
	struct prompt_set *set;

	if (n > MAX_PROMPT_SLOTS)
		return E_LIMIT;
	set = calloc(1, sizeof *set);
	if (!set)
		return E_NOMEM;
	atomic_init(&set->refs, 1);
	set->n = n;
	set->prompts = calloc(n ? n : 1, sizeof *set->prompts);
	if (!set->prompts) {
		free(set);
		return E_NOMEM;
	}
	*ret_set = set;
	return 0;
}

struct prompt_set *prompt_set_ref(struct prompt_set *set)
{
	add_ref(&set->refs);
	return set;
}

void prompt_clear(struct prompt *p)
{
	for (size_t i = 0; i < p->n; i++)
		audio_unref(p->pieces[i]);
	free(p->pieces);
	p->pieces = NULL;
	p->n = 0;
}

void prompt_set_unref(struct prompt_set *set)
{
	if (!set || !drop_ref(&set->refs))
		return;
	for (size_t i = 0; i < set->n; i++)
		prompt_clear(&set->prompts[i]);
	free(set->prompts);
	free(set);
}

size_t prompt_samples(const struct prompt *p)
{
	size_t samples = 0;
	for (size_t i = 0; i < p->n; i++)
		samples += p->pieces[i]->n;
	return samples;
}

void speech_job_free(struct speech_job *job)
{
	if (!job)
		return;
	for (size_t i = 0; i < job->n; i++)
		prompt_texts_free(&job->texts[i]);
	common_texts_unref(job->common);
	free(job->texts);
	free(job);
}

static bool says_something(const char *text)
{
	static const char *const pauses[] = {" ", "\t", "\n", "　", "。", "、", "！", "？"};

	while (*text) {
		size_t n = 0;
		for (size_t i = 0; i < sizeof pauses / sizeof *pauses && n == 0; i++)
			if (strncmp(text, pauses[i], strlen(pauses[i])) == 0)
				n = strlen(pauses[i]);
		if (n == 0)
			return true;
		text += n;
	}
	return false;
}

bool speech_next_part(const struct speech_words *words, const char **cursor, size_t *sound,
		      char *part, struct audio **ret_sound, int *ret_err)
{
	const size_t mark = strlen(PROMPT_SOUND);

	*ret_sound = NULL;
	while (**cursor) {
		const char *end = strstr(*cursor, PROMPT_SOUND);
		size_t n = end ? (size_t)(end - *cursor) : strlen(*cursor);
		if (n == 0) {
			*cursor += mark;
			if (*sound >= words->n_sounds) {
				*ret_err = E_INVALID;
				return false;
			}
			*ret_sound = words->sounds[(*sound)++];
			return true;
		}
		memcpy(part, *cursor, n);
		part[n] = '\0';
		*cursor += n;
		if (says_something(part) || (*sound == 0 && !end))
			return true;
	}
	return false;
}
