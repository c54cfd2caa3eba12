/*
 * Keys by three ways: one press is one key; INFO bodies; tones in the sound, in both laws and at
 * several loudnesses; and speech, in which there must be no key at all.
 */
#include "adapters/speech/openjtalk.h"
#include "adapters/speech/tts_ulaw.h"
#include "adapters/voice/ear.h"
#include "adapters/voice/keys.h"
#include "adapters/voice/rtp.h"
#include "tests/support/line_sounds.h"
#include "tests/support/speech_fixture.h"
#include "tests/support/unit.h"

#include <math.h>
#include <spandsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "e5@0" an event of key 5 at 0 ms, t: tone, i: INFO. */
static const struct {
	const char *what, *offers, *told;
} presses[] = {
    {"one way", "e1@0 e2@300", "12"},
    {"the same key twice by one way", "e5@0 e5@200", "55"},
    {"events and tones", "e5@0 t5@50", "5"},
    {"tones first", "t5@0 e5@80", "5"},
    {"all three", "e5@0 t5@50 i5@120", "5"},
    {"twice, by two ways", "e5@0 t5@50 e5@200 t5@250", "55"},
    {"twice, the second way lags behind", "e5@0 e5@200 t5@260 t5@460", "55"},
    {"the second way misses one", "e5@0 e5@1500 t5@1550", "55"},
    {"a tone that no event told of", "e1@0 t1@40 t2@600", "12"},
    {"INFO after a long press, counted from its beginning", "e7@0 i7@100", "7"},
    {"much later it is another press", "e5@0 t5@1500", "55"},
    {"four keys by two ways", "e0@0 t0@60 e5@300 t5@360 e0@600 t0@660 e3@900 t3@960", "0503"},
    {"four keys, the second way all at the end",
     "e0@0 e5@200 e0@400 e3@600 i0@700 i5@701 i0@702 i3@703", "0503"},
    {"more presses than are remembered",
     "e1@0 e2@50 e3@100 e4@150 e5@200 e6@250 e7@300 e8@350 e9@400 e0@450 t0@500", "1234567890"},
};

START_TEST(one_press_is_one_key)
{
	struct keys k = {0};
	char told[64] = "", key, way;
	const char *at = presses[_i].offers;
	int ms, n;

	while (sscanf(at, " %c%c@%d%n", &way, &key, &ms, &n) == 3) {
		enum key_way w = way == 'e' ? KEY_EVENT : way == 't' ? KEY_TONE : KEY_INFO;
		if (keys_offer(&k, w, key, ms))
			told[strlen(told)] = key;
		at += n;
	}
	ck_assert_msg(strcmp(told, presses[_i].told) == 0, "%s: %s", presses[_i].what, told);
}
END_TEST

static const struct {
	const char *what, *type, *body;
	char key;
	int duration;
} bodies[] = {
    {"relay", "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5', 160},
    {"relay with blanks", "application/dtmf-relay", "Signal = #\r\nDuration = 250\r\n", '#', 250},
    {"relay, the duration first", "Application/DTMF-Relay", "Duration=100\nSignal=*\n", '*', 100},
    {"relay without duration", "application/dtmf-relay", "Signal=0", '0', 0},
    {"a duration of nonsense", "application/dtmf-relay", "Signal=1\r\nDuration=-5\r\n", '1', 0},
    {"a duration of hours", "application/dtmf-relay", "Signal=1\r\nDuration=9999999\r\n", '1', 0},
    {"plain", "application/dtmf", "7", '7', 0},
    {"plain with a line end", "application/dtmf", "9\r\n", '9', 0},
    {"two keys at once", "application/dtmf-relay", "Signal=12\r\n", 0, 0},
    {"a key that telephones lack", "application/dtmf-relay", "Signal=A\r\n", 0, 0},
    {"flash", "application/dtmf-relay", "Signal=16\r\n", 0, 0},
    {"no signal", "application/dtmf-relay", "Duration=100\r\n", 100, 0},
    {"a name that only ends so", "application/dtmf-relay", "XSignal=5\r\n", 0, 0},
    {"nothing behind the sign", "application/dtmf-relay", "Signal=", 0, 0},
    {"another type", "text/plain", "Signal=5", 0, 0},
    {"no body", "application/dtmf", "", 0, 0},
};

START_TEST(info_bodies)
{
	int duration = -1;
	char key = keys_of_info(bodies[_i].type, bodies[_i].body, (unsigned)strlen(bodies[_i].body),
				&duration);
	if (bodies[_i].key == 100) { /* no key; the duration was read on the way */
		ck_assert_int_eq(key, 0);
		return;
	}
	ck_assert_msg(key == bodies[_i].key && duration == bodies[_i].duration, "%s: %d, %d ms",
		      bodies[_i].what, key, duration);
}
END_TEST

static void hear(struct ear *ear, int codec, const int16_t *s, size_t n, char *keys)
{
	static uint8_t alaw[256];
	uint8_t packet[97]; /* no divisor of a frame: what is left over waits */

	rtp_alaw_table(alaw);
	for (size_t i = 0; i < n; i += sizeof packet) {
		size_t m = n - i < sizeof packet ? n - i : sizeof packet;
		for (size_t k = 0; k < m; k++) {
			packet[k] = tts_ulaw_encode(s[i + k]);
			if (codec == RTP_PCMA)
				packet[k] = alaw[packet[k]];
		}
		ear_hear(ear, codec, packet, m, 0);
		for (char key; (key = ear_key(ear)) != 0;)
			keys[strlen(keys)] = key;
	}
}

START_TEST(tones_are_keys)
{
	static const double low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477};
	static const char names[] = "123456789*0#";
	static const double amplitudes[] = {800, 3000, 12000};
	int16_t s[8000];
	struct ear *ear;

	ck_assert_int_eq(ear_new(&ear), 0);
	for (int codec = RTP_PCMU; codec <= RTP_PCMA; codec += RTP_PCMA - RTP_PCMU)
		for (size_t a = 0; a < 3; a++)
			for (int k = 0; k < 12; k++) {
				char keys[8] = "";
				for (int i = 0; i < 8000; i++)
					s[i] =
					    i >= 1600 && i < 2400 /* 100 ms */
						? (int16_t)(amplitudes[a] *
							    (sin(2 * M_PI * low[k / 3] * i / 8000) +
							     sin(2 * M_PI * high[k % 3] * i /
								 8000)))
						: 0;
				ear_begin(ear, true, false);
				hear(ear, codec, s, 8000, keys);
				ck_assert_msg(keys[0] == names[k] && keys[1] == 0,
					      "key %c, amplitude %.0f, type %d: heard \"%s\"",
					      names[k], amplitudes[a], codec, keys);
			}
	ear_begin(ear, false, false); /* deaf: nothing is found */
	char keys[8] = "";
	hear(ear, RTP_PCMU, s, 8000, keys);
	ck_assert_str_eq(keys, "");
	ear_free(ear);
}
END_TEST

/* 120 ms of key 5, packets of 20 ms; `gap` samples missing by the timestamps after three of them,
 * and before all that so many turns of the clock without a packet. */
static const struct {
	const char *what;
	uint32_t gap;
	int late;
	const char *keys;
} holes[] = {
    {"whole", 0, 0, "5"},
    {"a packet late by 200 ms", 0, 10, "5"},
    {"a lost packet", 160, 0, "5"},
    {"two lost packets", 320, 2, "5"},
    {"released and pressed again, silence not sent", 800, 5, "55"},
    {"a second of silence not sent", 8000, 50, "55"},
};

START_TEST(holes_in_a_tone)
{
	struct ear *ear;
	char keys[8] = "";

	ck_assert_int_eq(ear_new(&ear), 0);
	ear_begin(ear, true, true);
	for (int p = 0; p < 6; p++) {
		uint8_t packet[160];
		for (int i = 0; i < 160; i++) {
			double t = 2 * M_PI * (p * 160 + i) / 8000;
			packet[i] =
			    tts_ulaw_encode((int16_t)(4000 * (sin(t * 770) + sin(t * 1336))));
		}
		for (int k = 0; p == 3 && k < holes[_i].late; k++)
			ear_silence(ear);
		ear_hear(ear, RTP_PCMU, packet, sizeof packet, p == 3 ? holes[_i].gap : 0);
		for (char key; (key = ear_key(ear)) != 0;) {
			keys[strlen(keys)] = key;
			ear_known(
			    ear); /* as the first key makes it: no second one out of this tone */
		}
	}
	ck_assert_msg(strcmp(keys, holes[_i].keys) == 0, "%s: %s", holes[_i].what, keys);
	ear_free(ear);
}
END_TEST

START_TEST(there_is_no_key_in_speech)
{
	struct speech_config config = speech_fixture_config();
	struct problems problems;
	struct mailbox *box;
	struct line_voice voice = {.ops = &speech_openjtalk};
	struct ear *ear;
	int16_t *samples;
	size_t n, seconds = 0;

	problems_init(&problems);
	ck_assert_int_eq(mailbox_new(8, &box), 0);
	ck_assert_int_eq(voice.ops->start(&config, box, &problems, &voice.speech), 0);
	ck_assert_int_eq(ear_new(&ear), 0);
	for (size_t i = 0; i < n_line_sounds; i++)
		for (double gain = 0.5; gain <= 2; gain *= 2) {
			char keys[64] = "";
			if (strchr(line_sounds[i].parts, '+'))
				continue; /* keys are pressed in it */
			ck_assert_int_eq(
			    line_sound_make(&line_sounds[i], &voice, gain, 20, &samples, &n), 0);
			ear_begin(ear, true, true);
			hear(ear, RTP_PCMU, samples, n, keys);
			ck_assert_msg(keys[0] == 0, "%s: \"%s\" was heard", line_sounds[i].what,
				      keys);
			seconds += n / 8000;
			free(samples);
		}
	ck_assert_uint_gt(seconds, 300);
	ear_free(ear);
	voice.ops->stop(voice.speech);
	mailbox_free(box, NULL);
	problems_free(&problems);
}
END_TEST

/* What is too soft for a key is not given to the filters: they must find the same keys as if it
 * were, down to the softest, with quiet before and after. */
START_TEST(quiet_hides_no_key)
{
	enum { QUIET = 8000, TONE = 800, ONE = QUIET + TONE };
	/* Between 190 and 160 it is chance: where the filters' blocks begin decides. */
	static const double loudness[] = {8000, 2000, 800, 400, 300, 250,
					  220,  200,  190, 160, 120, 4000};
	enum { N = sizeof loudness / sizeof *loudness };
	static int16_t sound[N * ONE + QUIET];
	char keys[64] = "", all[64] = "";
	struct ear *ear;
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
		double t = (double)i / 8000, a = i / ONE < N ? loudness[i / ONE] : 0;
		x = x * 1664525 + 1013904223;
		double v = (int)(x >> 25) - 64; /* a quiet room */
		if (i % ONE >= QUIET)
			v += a * (sin(2 * M_PI * 770 * t) + sin(2 * M_PI * 1336 * t));
		sound[i] = (int16_t)v;
	}
	ck_assert_int_eq(ear_new(&ear), 0);
	ear_begin(ear, true, false);
	hear(ear, RTP_PCMU, sound, sizeof sound / sizeof *sound, keys);
	ear_free(ear);

	dtmf_rx_state_t *rx = dtmf_rx_init(NULL, NULL, NULL);
	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++) {
		int16_t v = ulaw_to_linear(tts_ulaw_encode(sound[i]));
		dtmf_rx(rx, &v, 1);
	}
	dtmf_rx_get(rx, all, sizeof all - 1);
	dtmf_rx_free(rx);
	ck_assert_uint_eq(strlen(all), N - 2); /* the softest are no keys to the filters either */
	ck_assert_str_eq(keys, all);
}
END_TEST

static TCase *keys_case(void)
{
	TCase *t = tcase_create("keys");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, one_press_is_one_key, 0, sizeof presses / sizeof *presses);
	tcase_add_loop_test(t, info_bodies, 0, sizeof bodies / sizeof *bodies);
	tcase_add_test(t, tones_are_keys);
	tcase_add_loop_test(t, holes_in_a_tone, 0, sizeof holes / sizeof *holes);
	tcase_add_test(t, quiet_hides_no_key);
	tcase_add_test(t, there_is_no_key_in_speech);
	return t;
}

UNIT_MAIN("voice keys", keys_case)
