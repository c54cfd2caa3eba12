/* Recordings of what answers a telephone, made of spoken words, tones and silence: persons,
 * machines, devices that ask who calls, faxes. For the detector's table test and its benchmark. */
#ifndef TESTS_SUPPORT_LINE_SOUNDS_H
#define TESTS_SUPPORT_LINE_SOUNDS_H

#include "adapters/voice/detect.h"
#include "engine/speech.h"

#include <stddef.h>

struct line_sound {
	const char *what;
	enum detect_event truth;
	/* Parts with | between: "words" or "words=kana" (for a speaker that reads kana alone),
	 * "~ms" silence, "@hz,ms" a tone, "@hz+hz,ms" two at once. */
	const char *parts;
};
extern const struct line_sound line_sounds[];
extern const size_t n_line_sounds;

/* Of the voices: the real synthesiser, or espeak-ng by its command (other = true). */
struct line_voice {
	const struct speech_ops *ops;
	struct speech *speech;
	bool other;
};
/* 8 kHz samples, the caller's to free. E_IO: the voice failed. `noise`: mean |sample| of white
 * noise under all of it; `gain`: 1.0 as it is. */
int line_sound_make(const struct line_sound *s, const struct line_voice *voice, double gain,
		    int noise, int16_t **ret_samples, size_t *ret_n) MUST_CHECK;
/* What the detector says of it in the end: a fax or machine wins over what was said before. */
enum detect_event line_sound_verdict(const int16_t *samples, size_t n);

#endif
