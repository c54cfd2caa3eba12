/* The scenario port over VoiceXML, read by libxml2. */
#ifndef ADAPTERS_SCENARIO_VOICEXML_H
#define ADAPTERS_SCENARIO_VOICEXML_H

#include "engine/scenario.h"

extern const struct scenario_ops scenario_voicexml;

/* As scenario_voicexml.load, from memory: for tests and fuzzing. `file` is what messages name. */
int voicexml_load_memory(const char *file, const char *bytes, size_t n,
			 const struct scenario_words *words, struct problems *problems,
			 struct scenario **ret_scenario) MUST_CHECK;

#endif
