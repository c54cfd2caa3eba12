/*
 * What spoken answers are taken for: the words of the model scenarios' fields, and speech that
 * is none of them, by two voices at three loudnesses, with three noises, through G.711. For each
 * field: a confusion table at the default threshold, how many pass at others, and the cost of a
 * second of sound. Figures are printed, never asserted.
 */
#include "adapters/recognise/decode.h"
#include "adapters/recognise/recognise.h"
#include "adapters/speech/openjtalk.h"
#include "tests/support/line_sounds.h"
#include "tests/support/speech_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DEFAULT 55

static const struct {
	const char *word, *reading;
} all[] = {
    {"はい。", "ハイ"},
    {"いいえ。", "イイエ"},
    {"もう一度。", "モウイチド"},
    {"納付書。", "ノウフショ"},
    {"職員。", "ショクイン"},
    {"払いました。", "ハライマシタ"},
    {"これから。", "コレカラ"},
    {"相談。", "ソウダン"},
    {"納めました。", "オサメマシタ"},
    {"これから払います。", "コレカラハライマス"},
    {"これから納めます。", "コレカラオサメマス"},
    /* words of no field */
    {"もしもし。", "モシモシ"},
    {"どちら様ですか。", "ドチラサマデスカ"},
    {"田中です。", "タナカデス"},
    {"なんですか。", "ナンデスカ"},
    {"ちょっと待ってください。", "チョットマッテクダサイ"},
    {"わかりません。", "ワカリマセン"},
    {"今忙しいです。", "イマイソガシイデス"},
    {"ええと。", "エート"},
    {"うん。", "ウン"},
    {"結構です。", "ケッコウデス"},
    {"すみません。", "スミマセン"},
    {"お母さん、電話だよ。", "オカアサンデンワダヨ"},
    {"続いては天気予報です。", "ツヅイテワテンキヨホウデス"},
};
enum { ALL = sizeof all / sizeof *all, STRANGE = MAX_SPOKEN_WORDS, COLUMNS };

static const struct {
	const char *what;
	size_t n, word[8];
} fields[] = {
    {"yes or no", 2, {0, 1}},
    {"notice, n3", 3, {3, 4, 2}},
    {"reminder, r4", 8, {5, 8, 6, 9, 10, 3, 7, 2}},
    {"reminder, r4 without the longer words", 6, {5, 8, 6, 3, 7, 2}},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static unsigned table[FIELDS][COLUMNS][COLUMNS]; /* spoken, taken for; STRANGE: none */
static unsigned right[FIELDS][101], wrong[FIELDS][101], spoken[FIELDS], strange[FIELDS];
static double cpu, sound;

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hear(struct decoder *d, size_t f, size_t w, const int16_t *samples, size_t n)
{
	struct recognise_words words = {.n = fields[f].n};
	int said = -1, score = 0;
	size_t truth = STRANGE;

	for (size_t i = 0; i < fields[f].n; i++) {
		snprintf(words.reading[i], MAX_READING_BYTES, "%s", all[fields[f].word[i]].reading);
		truth = fields[f].word[i] == w ? i : truth;
	}
	double from = cpu_s();
	if (decoder_hear(d, &words, samples, n, &said, &score))
		exit(1);
	cpu += cpu_s() - from;
	sound += (double)n / RECOGNISE_RATE;
	table[f][truth][said >= 0 && score >= DEFAULT ? (size_t)said : STRANGE]++;
	*(truth == STRANGE ? &strange[f] : &spoken[f]) += 1;
	for (int least = 0; least <= score && said >= 0; least++)
		(truth == (size_t)said ? right : wrong)[f][least]++;
}

static void show(size_t f)
{
	printf("\n%s: spoken (left), taken for (above) at %d\n%24s", fields[f].what, DEFAULT, "");
	for (size_t k = 0; k < fields[f].n; k++)
		printf(" %zu", k);
	printf(" none\n");
	for (size_t k = 0; k <= fields[f].n; k++) {
		size_t row = k < fields[f].n ? k : STRANGE;
		printf("%zu %s:", k, row == STRANGE ? "none of them" : all[fields[f].word[k]].word);
		for (size_t c = 0; c < fields[f].n; c++)
			printf(" %u", table[f][row][c]);
		printf(" %u\n", table[f][row][STRANGE]);
	}
	for (int least = 40; least <= 75; least += 5)
		printf(
		    "least_score %d: %u of %u words right; %u wrong (of them and of %u others)\n",
		    least, right[f][least], spoken[f], wrong[f][least], strange[f]);
}

static void speak(struct decoder *d, const struct line_voice *v, size_t w)
{
	static const double gains[] = {0.3, 1.0, 2.0};
	static const int noises[] = {0, 20, 60};
	char parts[256];
	struct line_sound s = {.parts = parts};

	snprintf(parts, sizeof parts, "~200|%s=%s。|~300", all[w].word, all[w].reading);
	for (size_t g = 0; g < 3; g++)
		for (size_t k = 0; k < 3; k++) {
			int16_t *samples;
			size_t n;
			if (line_sound_make(&s, v, gains[g], noises[k], &samples, &n)) {
				printf("%s: the voice failed\n", all[w].word);
				continue;
			}
			for (size_t f = 0; f < FIELDS && n <= MAX_UTTERANCE; f++)
				hear(d, f, w, samples, n);
			free(samples);
		}
}

int main(void)
{
	struct speech_config config = speech_fixture_config();
	struct line_voice v = {.ops = &speech_openjtalk};
	struct decoder *d = NULL;
	struct problems problems;
	struct mailbox *box;

	problems_init(&problems);
	if (mailbox_new(8, &box) || v.ops->start(&config, box, &problems, &v.speech) ||
	    decoder_new(RECOGNISE_MODEL, &d))
		return 1;
	for (int other = 0; other <= 1; other++) {
		v.other = other;
		for (size_t w = 0; w < ALL; w++)
			speak(d, &v, w);
	}
	for (size_t f = 0; f < FIELDS; f++)
		show(f);
	printf("\n%.3f CPU-seconds a second of sound\n", cpu / sound);
	decoder_free(d);
	v.ops->stop(v.speech);
	mailbox_free(box, NULL);
	problems_free(&problems);
	return 0;
}
