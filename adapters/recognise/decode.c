/*
 * pocketsphinx, used as it was measured to work: 8 kHz sound widened to 16 kHz, the
 * finished utterance decoded as one block, twice: by the field's grammar, and by a free
 * loop of phones. The grammar alone takes nearly anything for one of its words, with
 * silence for the rest. So a word's score is what it loses, frame by frame, against the
 * phones that the loop hears in its place, and it is 0 if much of what was loud lies
 * outside the word.
 *
 * Words and grammars stay in the decoder, since the same fields are asked all evening;
 * beyond MOST_WORDS a fresh decoder begins.
 */
#include "adapters/recognise/decode.h"

#include "adapters/recognise/kana.h"

#include <math.h>
#include <pocketsphinx.h>
#include <pthread.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 16000
#define FRAMES_S 100
enum { FRAME = RECOGNISE_RATE / FRAMES_S };
#define MOST_FRAMES (MAX_UTTERANCE / FRAME)
#define MOST_WORDS 128
#define MOST_GRAMMARS 64
#define MOST_SEGMENTS 256
#define LOOP "phones"
/* A word that leaves more than this share of the loud frames out is not what was said. */
#define LEAST_COVER 0.8

struct grammar {
	size_t n;
	int word[MAX_SPOKEN_WORDS]; /* of decoder.words */
};

struct decoder {
	char model[256];
	cmd_ln_t *config;
	ps_decoder_t *ps;
	size_t n_words, n_grammars;
	char words[MOST_WORDS][MAX_READING_BYTES];
	struct grammar grammars[MOST_GRAMMARS];
	int16_t wide[MAX_UTTERANCE * 2 + 1024];
};

struct segment {
	int from, to; /* frames, both inside */
	double score;
	int word; /* of decoder.words; -1: silence, a phone */
};
struct segments {
	size_t n;
	struct segment list[MOST_SEGMENTS];
};

int decoder_new(const char *model, struct decoder **ret_decoder)
{
	struct decoder *d = calloc(1, sizeof *d);

	if (!d)
		return E_NOMEM;
	snprintf(d->model, sizeof d->model, "%s", model);
	*ret_decoder = d;
	return 0;
}

/* Making and freeing a decoder sets sphinxbase's log file, which all threads share. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void unload(struct decoder *d)
{
	if (d->ps) {
		/* The loop of phones frees what it heard when the next utterance begins. */
		if (!ps_set_search(d->ps, LOOP) && !ps_start_utt(d->ps))
			ps_end_utt(d->ps);
		ps_free(d->ps);
	}
	if (d->config)
		cmd_ln_free_r(d->config);
	d->ps = NULL;
	d->config = NULL;
	d->n_words = d->n_grammars = 0;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&making);
	unload(d);
	pthread_mutex_unlock(&making);
	explicit_bzero(d->wide, sizeof d->wide);
	free(d);
}

/* The beams are wide: a grammar is small, and a word lost on the way costs more than time. */
static int load(struct decoder *d)
{
	int err = 0;

	if (d->ps && d->n_words + MAX_SPOKEN_WORDS <= MOST_WORDS && d->n_grammars < MOST_GRAMMARS)
		return 0;
	pthread_mutex_lock(&making);
	unload(d);
	d->config =
	    cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", d->model, "-logfn", "/dev/null", "-beam",
			"1e-80", "-wbeam", "1e-60", "-pbeam", "1e-80", "-allphone_ci", "yes", NULL);
	d->ps = d->config ? ps_init(d->config) : NULL;
	if (!d->ps || ps_set_allphone_file(d->ps, LOOP, NULL)) {
		unload(d);
		err = E_IO;
	}
	pthread_mutex_unlock(&making);
	return err;
}

/* ---- words and grammars ---- */

static int add_word(struct decoder *d, const char *reading, int *ret_word)
{
	struct kana_phones phones;
	char name[32];

	for (size_t i = 0; i < d->n_words; i++)
		if (strcmp(d->words[i], reading) == 0) {
			*ret_word = (int)i;
			return 0;
		}
	int err = kana_to_phones(reading, &phones);
	if (err)
		return E_INVALID;
	for (size_t k = 0; k < phones.n; k++) {
		if (k == 0)
			snprintf(name, sizeof name, "w%zu", d->n_words);
		else
			snprintf(name, sizeof name, "w%zu(%zu)", d->n_words, k + 1);
		if (ps_add_word(d->ps, name, phones.text[k], FALSE) < 0)
			return E_NOMEM;
	}
	snprintf(d->words[d->n_words], MAX_READING_BYTES, "%s", reading);
	*ret_word = (int)d->n_words++;
	return 0;
}

/* One of the words, each as likely. Not by ps_set_jsgf_string(): its parser leaks. */
static int add_grammar(struct decoder *d, const struct grammar *g, size_t *ret_grammar)
{
	char name[16], word[16];

	for (size_t i = 0; i < d->n_grammars; i++)
		if (memcmp(&d->grammars[i], g, sizeof *g) == 0) {
			*ret_grammar = i;
			return 0;
		}
	snprintf(name, sizeof name, "g%zu", d->n_grammars);
	logmath_t *logs = ps_get_logmath(d->ps);
	fsg_model_t *fsg = fsg_model_init(name, logs, (float32)cmd_ln_float_r(d->config, "-lw"), 2);
	fsg->start_state = 0;
	fsg->final_state = 1;
	for (size_t i = 0; i < g->n; i++) {
		snprintf(word, sizeof word, "w%d", g->word[i]);
		fsg_model_trans_add(fsg, 0, 1, logmath_log(logs, 1.0 / (double)g->n),
				    fsg_model_word_add(fsg, word));
	}
	int bad = ps_set_fsg(d->ps, name, fsg);
	fsg_model_free(fsg); /* the search keeps it */
	if (bad)
		return E_NOMEM;
	d->grammars[d->n_grammars] = *g;
	*ret_grammar = d->n_grammars++;
	return 0;
}

static int take_grammar(struct decoder *d, const struct recognise_words *words, size_t *ret_grammar)
{
	struct grammar g;
	int err = words->n > 0 && words->n <= MAX_SPOKEN_WORDS ? load(d) : E_INVALID;

	memset(&g, 0, sizeof g); /* it is compared as bytes */
	for (size_t i = 0; i < words->n && !err; i++)
		err = add_word(d, words->reading[i], &g.word[i]);
	if (err)
		return err;
	g.n = words->n;
	return add_grammar(d, &g, ret_grammar);
}

/* ---- decoding ---- */

static void read_segments(struct decoder *d, struct segments *ret)
{
	int32 score, lm, back;

	ret->n = 0;
	for (ps_seg_t *s = ps_seg_iter(d->ps); s; s = ps_seg_next(s)) {
		if (ret->n == MOST_SEGMENTS)
			continue; /* to its end: that frees the iterator */
		struct segment *g = &ret->list[ret->n++];
		const char *word = ps_seg_word(s);
		ps_seg_frames(s, &g->from, &g->to);
		ps_seg_prob(s, &score, &lm, &back);
		g->score = score;
		g->word = word[0] == 'w' ? (int)strtol(word + 1, NULL, 10) : -1;
	}
}

static int search(struct decoder *d, const char *name, size_t n, struct segments *ret)
{
	if (ps_set_search(d->ps, name) || ps_start_stream(d->ps) || ps_start_utt(d->ps))
		return E_IO;
	if (n > 0)
		ps_process_raw(d->ps, d->wide, n, FALSE, TRUE);
	if (ps_end_utt(d->ps))
		return E_IO;
	read_segments(d, ret);
	return 0;
}

/* Without soxr's dither, which is random: the same sound must be the same words each time. A little
 * noise of our own instead, always the same, since the decoder finds nothing after digital silence.
 */
static int widen(struct decoder *d, const int16_t *samples, size_t n, size_t *ret_n)
{
	soxr_io_spec_t io = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
	uint32_t noise = 1;

	io.flags |= SOXR_NO_DITHER;
	if (soxr_oneshot(RECOGNISE_RATE, RATE, 1, samples, n, NULL, d->wide,
			 sizeof d->wide / sizeof *d->wide, ret_n, &io, NULL, NULL))
		return E_NOMEM;
	for (size_t i = 0; i < *ret_n; i++) {
		noise = noise * 1664525 + 1013904223;
		int sum = d->wide[i] + (int)(noise >> 30) - 1; /* -1 to 2 */
		d->wide[i] = (int16_t)(sum > INT16_MAX   ? INT16_MAX
				       : sum < INT16_MIN ? INT16_MIN
							 : sum);
	}
	return 0;
}

/* ---- the score ---- */

static const struct segment *find_word(const struct segments *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].word >= 0)
			return &s->list[i];
	return NULL;
}

/* What the loop heard in the word's frames; a phone that lies half inside counts by half. */
static double loop_score(const struct segments *loop, const struct segment *word)
{
	double sum = 0;

	for (size_t i = 0; i < loop->n; i++) {
		const struct segment *s = &loop->list[i];
		int from = s->from > word->from ? s->from : word->from;
		int to = s->to < word->to ? s->to : word->to;
		if (to >= from)
			sum += s->score * (to - from + 1) / (s->to - s->from + 1);
	}
	return sum;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* The share of the loud frames that the word covers. Loud: twice the noise, and not far below the
 * peak; a few frames around the word are its own (the decoder's edges are not sharp). */
static double cover_of(const int16_t *samples, size_t n, const struct segment *word)
{
	double level[MOST_FRAMES], sorted[MOST_FRAMES];
	int frames = (int)(n / FRAME), loud = 0, inside = 0;

	if (frames < 1 || frames > MOST_FRAMES)
		return 0;
	for (int f = 0; f < frames; f++) {
		double sum = 0;
		for (int i = 0; i < FRAME; i++)
			sum += (double)samples[f * FRAME + i] * samples[f * FRAME + i];
		level[f] = sorted[f] = sqrt(sum / FRAME);
	}
	qsort(sorted, (size_t)frames, sizeof *sorted, compare);
	double least = fmax(2 * sorted[frames / 10], 0.08 * sorted[frames * 97 / 100]);
	for (int f = 0; f < frames; f++) {
		if (level[f] <= least)
			continue;
		loud++;
		inside += f >= word->from - 2 && f <= word->to + 4;
	}
	return loud ? (double)inside / loud : 0;
}

static int score_of(const struct segment *word, const struct segments *loop, double cover)
{
	double fit = (word->score - loop_score(loop, word)) / (word->to - word->from + 1);

	if (cover < LEAST_COVER)
		return 0;
	return (int)lround(fmin(100, fmax(0, 100 + 2 * fit)));
}

int decoder_hear(struct decoder *d, const struct recognise_words *words, const int16_t *samples,
		 size_t n, int *ret_word, int *ret_score)
{
	struct segments heard, loop;
	size_t grammar = 0, wide = 0;
	char name[16];
	int err = n <= MAX_UTTERANCE ? take_grammar(d, words, &grammar) : E_LIMIT;

	if (!err)
		err = widen(d, samples, n, &wide);
	snprintf(name, sizeof name, "g%zu", grammar);
	if (!err)
		err = search(d, name, wide, &heard);
	if (!err)
		err = search(d, LOOP, wide, &loop);
	if (err)
		return err;
	*ret_word = -1;
	*ret_score = 0;
	const struct segment *word = find_word(&heard);
	for (size_t i = 0; word && i < words->n; i++)
		if (d->grammars[grammar].word[i] == word->word)
			*ret_word = (int)i;
	if (*ret_word >= 0)
		*ret_score = score_of(word, &loop, cover_of(samples, n, word));
	return 0;
}
