/* See voice_interp.c. */
#ifndef TESTS_FLOW_VOICE_INTERP_H
#define TESTS_FLOW_VOICE_INTERP_H

#include "engine/scenario.h"

struct scenario *voice_interp_scenario(int keys); /* NULL: no memory */

#endif
