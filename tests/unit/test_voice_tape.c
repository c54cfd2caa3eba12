/* Where a message begins to be one, and where it ends: a table of sounds. The letters: _ silence,
 * . soft noise, s speech; each stands for 100 ms. And what is kept, as bytes of a WAV file. */
#include "adapters/voice/rtp.h"
#include "adapters/voice/tape.h"
#include "engine/sound.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#define ASK                                                                                        \
	{                                                                                          \
		.name = "m", .most_ms = 4000, .final_ms = 1000, .timeout_ms = 2000                 \
	}

static const struct {
	const char *what, *sound;
	enum tape_event event;
	int at, least_ms, most_ms; /* at: 100 ms since the beginning; of what is there */
} table[] = {
    {"nobody speaks", "______________________________", TAPE_NOBODY, 20, 0, 0},
    {"noise alone", "..............................", TAPE_NOBODY, 20, 0, 0},
    {"a click", "_____s________________________", TAPE_NOBODY, 26, 0, 0},
    {"words, then silence: a little of it stays", "_____sssss____________________", TAPE_ENDED, 20,
     1280, 1320},
    {"words, a pause, words", "_____sss_____sss______________", TAPE_ENDED, 26, 1880, 1920},
    {"words over noise", ".....sssss....................", TAPE_ENDED, 20, 1280, 1320},
    {"words that do not end", "_sssssssss_sssssssss_sssssssss_sssssssss_ssss", TAPE_ENDED, 40, 3980,
     4000},
    {"words at the very end of it", "_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s_s", TAPE_ENDED, 40,
     3800, 4000},
    {"he still speaks", "_____sssss____", TAPE_NOTHING, 0, 1280, 1320},
};

static void fill(uint8_t *frame, char sound, unsigned *seed)
{
	int amplitude = sound == 's' ? 2500 : sound == '.' ? 300 : 0;
	for (size_t i = 0; i < LOUD_FRAME; i++)
		frame[i] = rtp_ulaw_of(amplitude ? rand_r(seed) % (2 * amplitude) - amplitude : 0);
}

static struct tape *fresh(void)
{
	struct tape *t;
	ck_assert_int_eq(tape_new(&(const struct record_ask)ASK, &t), 0);
	return t;
}

START_TEST(the_table)
{
	struct tape *t = fresh();
	enum tape_event event = TAPE_NOTHING;
	unsigned seed = 1;
	int at = 0;
	const uint8_t *ulaw;
	uint8_t frame[LOUD_FRAME];
	for (const char *s = table[_i].sound; *s; s++)
		for (int k = 0; k < 5; k++) {
			fill(frame, *s, &seed);
			/* in two parts, as packets of another length would bring it */
			tape_hear(t, frame, 100);
			tape_hear(t, frame + 100, LOUD_FRAME - 100);
			enum tape_event e = tape_event(t);
			if (e != TAPE_NOTHING) {
				ck_assert_msg(event == TAPE_NOTHING, "%s: twice", table[_i].what);
				event = e;
				at = (int)(s - table[_i].sound) + 1;
			}
		}
	int ms = (int)tape_sound(t, &ulaw) / 8;
	ck_assert_msg(event == table[_i].event, "%s: %d", table[_i].what, (int)event);
	ck_assert_msg(abs(at - table[_i].at) <= 1, "%s: at %d", table[_i].what, at);
	ck_assert_msg(ms >= table[_i].least_ms && ms <= table[_i].most_ms, "%s: %d ms",
		      table[_i].what, ms);
	tape_free(t);
}
END_TEST

START_TEST(what_did_not_come_is_silence)
{
	struct tape *t = fresh();
	unsigned seed = 1;
	uint8_t frame[LOUD_FRAME];
	const uint8_t *ulaw;
	tape_silence(t, 10 * LOUD_FRAME);
	for (int i = 0; i < 25; i++) {
		fill(frame, 's', &seed);
		tape_hear(t, frame, sizeof frame);
	}
	ck_assert_int_eq(tape_event(t), TAPE_NOTHING);
	tape_silence(t, 8000);
	ck_assert_int_eq(tape_event(t), TAPE_ENDED);
	size_t n = tape_sound(t, &ulaw);
	ck_assert_uint_eq(n, (10 + 25 + 15) * LOUD_FRAME);
	ck_assert(ulaw[n - 1] == 0xff && ulaw[n - 15 * LOUD_FRAME] == 0xff);
	/* It is over: what comes now is not heard. */
	tape_hear(t, frame, sizeof frame);
	ck_assert_uint_eq(tape_sound(t, &ulaw), n);
	tape_free(t);
	tape_free(NULL);
}
END_TEST

/* ---- the file ---- */

static const struct {
	size_t n;
	bool good;
} sizes[] = {{0, true},
	     {1, true},
	     {8000, true},
	     {8001, true},
	     {MAX_RECORD_MS * 8, true},
	     {MAX_RECORD_MS * 8 + 1, false}};

START_TEST(the_file)
{
	static const uint8_t head[] = {'W', 'A', 'V', 'E',  'f',  'm', 't', ' ',  18,   0, 0, 0, 7,
				       0,   1,   0,   0x40, 0x1f, 0,   0,   0x40, 0x1f, 0, 0, 1, 0,
				       8,   0,   0,   0,    'f',  'a', 'c', 't',  4,    0, 0, 0};
	struct sound *s;
	uint8_t *bytes = NULL;
	size_t n = 0, odd = sizes[_i].n & 1;
	ck_assert_int_eq(sound_new("message", sizes[_i].n, &s), 0);
	memset(s->ulaw, 0x55, s->n);
	ck_assert_int_eq(sound_wav(s, &bytes, &n), sizes[_i].good ? 0 : E_LIMIT);
	if (sizes[_i].good) {
		ck_assert_uint_eq(n, SOUND_WAV_HEADER + s->n + odd);
		ck_assert_mem_eq(bytes + 8, head, sizeof head);
		ck_assert_uint_eq((size_t)bytes[4] | (size_t)bytes[5] << 8 | (size_t)bytes[6] << 16,
				  n - 8);
		ck_assert_uint_eq(
		    (size_t)bytes[54] | (size_t)bytes[55] << 8 | (size_t)bytes[56] << 16, s->n);
		ck_assert(s->n == 0 || bytes[n - 1 - odd] == 0x55);
	}
	ck_assert_uint_eq(sound_ms(s), s->n / 8);
	free(bytes);
	sounds_free(s);
}
END_TEST

static TCase *tape(void)
{
	TCase *t = tcase_create("tape");
	tcase_add_loop_test(t, the_table, 0, (int)(sizeof table / sizeof *table));
	tcase_add_test(t, what_did_not_come_is_silence);
	tcase_add_loop_test(t, the_file, 0, (int)(sizeof sizes / sizeof *sizes));
	return t;
}

UNIT_MAIN("voice tape", tape)
