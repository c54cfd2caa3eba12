/*
 * What a leg hears in the sound itself: keys as tones (spandsp), and who is there
 * (detect.h). The media thread's; ear_new and ear_free alone allocate.
 */
#ifndef ADAPTERS_VOICE_EAR_H
#define ADAPTERS_VOICE_EAR_H

#include "adapters/voice/detect.h"
#include "adapters/voice/utter.h"
#include "engine/err.h"

#include <stddef.h>

struct ear;

int ear_new(struct ear **ret_ear) MUST_CHECK;
void ear_free(struct ear *ear); /* NULL is fine */
/* For a new call. */
void ear_begin(struct ear *ear, bool hear_keys, bool detect);
/* Who is there is known: only keys are heard from now on. */
void ear_known(struct ear *ear);
/* G.711 of RTP type 0 (µ-law) or 8 (A-law), at most RTP_MOST bytes. `missing`: samples between this
 * and the packet before, by their timestamps: silence that was not sent, or lost packets. */
void ear_hear(struct ear *ear, int codec, const uint8_t *sound, size_t n, uint32_t missing);
/* 20 ms in which nothing came: the detector must know that time passes. */
void ear_silence(struct ear *ear);
/* Listens for an utterance, into `utter`, which stays the caller's; NULL: for none. */
void ear_listen(struct ear *ear, struct utter *utter);
/* A key is told of by a packet: what is heard meanwhile is its tone. */
void ear_tone(struct ear *ear);
enum utter_event ear_said(struct ear *ear);
/* What was found since the last call: a key ('0'-'9', '*', '#') or 0; and one event. */
char ear_key(struct ear *ear);
enum detect_event ear_event(struct ear *ear);

#endif
