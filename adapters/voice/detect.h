/*
 * Who is on the line: a person, an answering machine, a device that asks who calls
 * (防犯電話, call screening), a fax. Pure: a state and 20 ms of sound in, an event out.
 *
 * Nothing is certain here, so each event is one whose mistake is mild: a person taken
 * for a screening device hears who calls and is asked again when he speaks; a machine
 * taken for a person hears what anybody may hear. The caller stops listening at the
 * first key (docs/voice.md says how it decides, and what it mistakes).
 */
#ifndef ADAPTERS_VOICE_DETECT_H
#define ADAPTERS_VOICE_DETECT_H

#include <stdbool.h>
#include <stdint.h>

#define DETECT_FRAME 160     /* samples: 20 ms at 8 kHz */
#define DETECT_MOST_MS 60000 /* nothing is said after this */

enum detect_event {
	DETECT_NOTHING, /* unsure */
	DETECT_PERSON,  /* a few words, then silence: somebody waits for us */
	DETECT_MACHINE, /* a beep is over: it records now */
	DETECT_SCREEN,  /* a long greeting, then silence without a beep */
	DETECT_FAX,
};

struct detect {
	uint32_t now_ms;
	/* words */
	uint32_t voiced_ms, quiet_ms; /* how long it has been so */
	uint32_t words_ms;            /* sound of the utterance, pauses not counted; 0: none */
	uint32_t spoken_ms;           /* all sound of voices until now */
	bool told;                    /* this utterance has had its event */
	bool answered;                /* an utterance was judged: SCREEN comes of the first alone */
	/* a tone */
	uint32_t tone_ms, after_tone_ms;
	float tone_hz;
	bool beep; /* the last tone was long enough */
};

/* The beginning is all zeros. */
enum detect_event detect_feed(struct detect *d, const int16_t frame[DETECT_FRAME]);
const char *detect_word(enum detect_event event); /* "person", for logs */

#endif
