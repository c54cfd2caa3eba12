/*
 * What the detector takes each recording for: the table of tests/support/line_sounds.c by two
 * voices, at three loudnesses, with and without noise. Prints a confusion table, each mistake, and
 * the cost of a frame. Figures are printed, never asserted.
 */
#include "adapters/speech/openjtalk.h"
#include "tests/support/line_sounds.h"
#include "tests/support/speech_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { KINDS = DETECT_FAX + 1 };
static size_t table[KINDS][KINDS], frames;
static double seconds;

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void one(const struct line_sound *s, const struct line_voice *v, double gain, int noise)
{
	int16_t *samples;
	size_t n;
	if (line_sound_make(s, v, gain, noise, &samples, &n)) {
		printf("  %s: the voice failed\n", s->what);
		return;
	}
	double from = cpu_s();
	enum detect_event said = line_sound_verdict(samples, n);
	seconds += cpu_s() - from;
	frames += n / DETECT_FRAME;
	table[s->truth][said]++;
	if (said != s->truth)
		printf("  %s, %s, gain %.2f, noise %d: it is %s, taken for %s\n", s->what,
		       v->other ? "espeak-ng" : "Open JTalk", gain, noise, detect_word(s->truth),
		       detect_word(said));
	free(samples);
}

int main(void)
{
	static const double gains[] = {0.25, 1.0, 2.0};
	static const int noises[] = {0, 60, 120};
	struct speech_config config = speech_fixture_config();
	struct problems problems;
	struct mailbox *box;
	struct line_voice v = {.ops = &speech_openjtalk};

	problems_init(&problems);
	if (mailbox_new(8, &box) || v.ops->start(&config, box, &problems, &v.speech))
		return 1;
	for (int other = 0; other <= 1; other++)
		for (size_t i = 0; i < n_line_sounds; i++)
			for (size_t g = 0; g < 3; g++)
				for (size_t k = 0; k < 3; k++) {
					v.other = other;
					one(&line_sounds[i], &v, gains[g], noises[k]);
				}
	printf("%-10s", "it is");
	for (int said = 0; said < KINDS; said++)
		printf("%10s", detect_word((enum detect_event)said));
	printf("   (taken for)\n");
	for (int truth = 0; truth < KINDS; truth++) {
		printf("%-10s", detect_word((enum detect_event)truth));
		for (int said = 0; said < KINDS; said++)
			printf("%10zu", table[truth][said]);
		printf("\n");
	}
	printf("%.2f us a frame of 20 ms\n", seconds / (double)frames * 1e6);
	v.ops->stop(v.speech);
	mailbox_free(box, NULL);
	problems_free(&problems);
	return 0;
}
