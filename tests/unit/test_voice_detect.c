/*
 * Who is on the line, for each recording of the table (tests/support/line_sounds.c), loud and soft,
 * with and without noise; and frames of chance, which must neither crash nor be a machine.
 */
#include "adapters/speech/openjtalk.h"
#include "tests/support/line_sounds.h"
#include "tests/support/speech_fixture.h"
#include "tests/support/unit.h"

#include <stdlib.h>

static const struct {
	const char *what;
	double gain;
	int noise;
} lines[] = {{"as it is", 1.0, 0}, {"soft", 0.35, 0}, {"loud", 2.0, 0}, {"hissing", 1.0, 60}};

START_TEST(the_table)
{
	struct speech_config config = speech_fixture_config();
	struct problems problems;
	struct mailbox *box;
	struct line_voice voice = {.ops = &speech_openjtalk};
	const struct line_sound *s = &line_sounds[_i];
	int16_t *samples;
	size_t n;

	problems_init(&problems);
	ck_assert_int_eq(mailbox_new(8, &box), 0);
	ck_assert_int_eq(voice.ops->start(&config, box, &problems, &voice.speech), 0);
	for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
		ck_assert_int_eq(
		    line_sound_make(s, &voice, lines[k].gain, lines[k].noise, &samples, &n), 0);
		enum detect_event said = line_sound_verdict(samples, n);
		ck_assert_msg(said == s->truth, "%s, %s: it is %s, and was taken for %s", s->what,
			      lines[k].what, detect_word(s->truth), detect_word(said));
		free(samples);
	}
	voice.ops->stop(voice.speech);
	mailbox_free(box, NULL);
	problems_free(&problems);
}
END_TEST

START_TEST(noise_is_nobody)
{
	struct detect d = {0};
	unsigned seed = 7;
	int16_t frame[DETECT_FRAME];

	for (int f = 0; f < 3000; f++) {
		int most = rand_r(&seed) % 4 ? 200 : 32000; /* bursts */
		for (int i = 0; i < DETECT_FRAME; i++)
			frame[i] = (int16_t)(rand_r(&seed) % (2 * most) - most);
		enum detect_event said = detect_feed(&d, frame);
		ck_assert(said != DETECT_MACHINE && said != DETECT_FAX);
	}
}
END_TEST

START_TEST(it_ends_after_a_minute)
{
	struct detect d = {0};
	int16_t frame[DETECT_FRAME] = {0};

	for (int f = 0; f < DETECT_MOST_MS / 20 + 100; f++)
		ck_assert_int_eq(detect_feed(&d, frame), DETECT_NOTHING);
	ck_assert_uint_eq(d.now_ms, DETECT_MOST_MS);
}
END_TEST

static TCase *detect_case(void)
{
	TCase *t = tcase_create("detect");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, the_table, 0, (int)n_line_sounds);
	tcase_add_test(t, noise_is_nobody);
	tcase_add_test(t, it_ends_after_a_minute);
	return t;
}

UNIT_MAIN("voice detect", detect_case)
