/* See voice.h: what the port's users and implementations share. */
#include "engine/voice.h"
#include "engine/arena.h"

#include <stdlib.h>

void voice_intent_free(struct voice_intent *intent)
{
	if (!intent)
		return;
	scenario_unref(intent->scenario);
	prompt_set_unref(intent->prompts);
	arena_free(intent->arena);
	free(intent);
}
