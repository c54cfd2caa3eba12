/* The voice port over Sofia-SIP. See docs/voice.md. */
#ifndef ADAPTERS_VOICE_VOICE_H
#define ADAPTERS_VOICE_VOICE_H

#include "engine/voice.h"

extern const struct voice_ops voice_sofia;

#endif
