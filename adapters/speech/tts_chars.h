/*
 * What kinds of characters there are for the voice: pauses, numerals, kana. Shared
 * by the text that goes in and the check of the trace that comes out, so that both
 * agree on what may be silent.
 */
#ifndef ADAPTERS_SPEECH_TTS_CHARS_H
#define ADAPTERS_SPEECH_TTS_CHARS_H

#include <stdbool.h>
#include <stdint.h>

/* Punctuation: the voice makes a pause or nothing of it, and nobody misses it. */
bool tts_char_is_pause(uint32_t cp);
/* 0-9, full-width digits, and the kanji numerals that the synthesiser rewrites. */
bool tts_char_is_numeral(uint32_t cp);
bool tts_char_is_digit(uint32_t cp); /* 0-9 only */
bool tts_char_is_dash(uint32_t cp);
bool tts_char_is_latin(uint32_t cp); /* A-Z a-z, full-width too */
bool tts_char_is_kana(uint32_t cp);
/* As Open JTalk prints it: ASCII becomes full-width. */
uint32_t tts_char_widen(uint32_t cp);
/* Hiragana becomes katakana; others stay. */
uint32_t tts_char_katakana(uint32_t cp);
/* The character for people: itself, or "U+0007" where it cannot be shown. */
void tts_char_name(uint32_t cp, char out[8]);

#endif
