/* A sound file's head: RIFF, format 7 (µ-law), one channel, 8 kHz. Players and browsers know it. */
#ifndef ENGINE_WAV_H
#define ENGINE_WAV_H

#include <stddef.h>

#define WAV_HEAD 46
/* Of so many samples, which follow it, a byte each. */
void wav_head(unsigned char head[WAV_HEAD], size_t samples);

#endif
