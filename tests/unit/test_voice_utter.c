/* Where utterances begin and end: a table of sounds, 20 ms a step. The letters: _ silence, . soft
 * noise, s speech, S loud speech, T a key's tone; each stands for 100 ms. */
#include "adapters/voice/utter.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *what, *sound, *events; /* B began, E ended, L too long, T a tone */
	int least_ms, most_ms;             /* of the utterance, if it ended */
} table[] = {
    {"silence", "____________________", "", 0, 0},
    {"a word", "_____sssss__________", "BE", 700, 1100},
    {"a word over noise", ".....SSSSS..........", "BE", 700, 1100},
    {"noise alone, from the beginning", "........................................", "", 0, 0},
    {"noise that begins later is the line's within a second: it ends",
     "__________..........................................................", "BE", 800, 2600},
    {"two words with a short pause are one utterance", "____sss____sss__________", "BE", 1200,
     1600},
    {"after one utterance nothing until asked again", "____sss__________sss________", "BE", 500,
     900},
    {"somebody who talks and talks", "____ss_sss_s_ss__ss_sss_ss_s_sss_ss__sss_ss_ss_sss_s_ss_s",
     "BL", 0, 0},
    {"a tone before anybody speaks", "____TTTT__________", "", 0, 0},
    {"a tone in the middle of a word", "____ssTTss__________", "BT", 0, 0},
    {"a word after a tone", "____TT___sssss__________", "BE", 700, 1100},
};

static void fill(int16_t *frame, char sound, unsigned *seed)
{
	int amplitude = sound == 's' ? 1500 : sound == 'S' || sound == 'T' ? 4000 : 0;

	if (sound == '.')
		amplitude = 300;
	for (size_t i = 0; i < UTTER_FRAME; i++)
		frame[i] = (int16_t)(amplitude ? rand_r(seed) % (2 * amplitude) - amplitude : 0);
}

START_TEST(the_table)
{
	struct utter *u = calloc(1, sizeof *u);
	char events[16] = "";
	unsigned seed = 1;
	size_t n = 0;
	int16_t frame[UTTER_FRAME];

	ck_assert_ptr_nonnull(u);
	utter_begin(u);
	for (const char *s = table[_i].sound; *s; s++)
		for (int k = 0; k < 5; k++) {
			fill(frame, *s, &seed);
			if (*s == 'T')
				utter_tone(u);
			/* in two parts, as packets of another length would bring it */
			utter_hear(u, frame, 100);
			utter_hear(u, frame + 100, UTTER_FRAME - 100);
			enum utter_event e = utter_event(u);
			if (e != UTTER_NOTHING && strlen(events) < sizeof events - 1)
				events[strlen(events)] = " BELT"[e];
			if (e == UTTER_ENDED)
				n = u->n;
		}
	ck_assert_msg(strcmp(events, table[_i].events) == 0, "%s: %s", table[_i].what, events);
	ck_assert_uint_le(u->n, MAX_UTTERANCE);
	ck_assert_msg((int)(n / 8) >= table[_i].least_ms && (int)(n / 8) <= table[_i].most_ms,
		      "%s: %zu ms", table[_i].what, n / 8);
	free(u);
}
END_TEST

START_TEST(clicks_are_nothing_and_it_hears_again)
{
	struct utter *u = calloc(1, sizeof *u);
	unsigned seed = 1, ended = 0;
	int16_t frame[UTTER_FRAME];

	ck_assert_ptr_nonnull(u);
	utter_begin(u);
	for (int i = 0; i < 200; i++) { /* 60 ms of every second: a click */
		fill(frame, i % 50 < 3 ? 'S' : '_', &seed);
		utter_hear(u, frame, UTTER_FRAME);
		ck_assert_int_eq(utter_event(u), UTTER_NOTHING);
	}
	for (int i = 0; i < 300; i++) { /* 400 ms of every 2 s: a word, each time */
		fill(frame, i % 100 < 20 ? 's' : '_', &seed);
		utter_hear(u, frame, UTTER_FRAME);
		if (utter_event(u) == UTTER_ENDED) {
			ended++;
			utter_begin(u);
		}
	}
	ck_assert_uint_eq(ended, 3);
	free(u);
}
END_TEST

static TCase *utter_case(void)
{
	TCase *t = tcase_create("utter");
	tcase_add_loop_test(t, the_table, 0, (int)(sizeof table / sizeof *table));
	tcase_add_test(t, clicks_are_nothing_and_it_hears_again);
	return t;
}

UNIT_MAIN("voice utter", utter_case)
