/*
 * Two sides that change one call at the same moment answer each other 491, and if
 * both ask again after the same while they meet again. So RFC 3261 (14.1) has whoever
 * made the Call-ID wait 2.1 to 4 s, and the other side up to 2 s, both in steps of
 * 10 ms; RFC 3311 says the same of UPDATE. Any other refusal says nothing about a
 * second asker; half of the session's interval is left then, and 2 s are little of it.
 */
#include "adapters/voice/glare.h"

enum { PENDING = 491, STEP_MS = 10, OTHERWISE_MS = 2000 };
enum { OURS_FIRST = 210, OURS_STEPS = 191, THEIRS_STEPS = 201 };

uint32_t glare_wait_ms(int status, bool ours, uint32_t random)
{
	if (status != PENDING)
		return OTHERWISE_MS;
	if (ours)
		return (OURS_FIRST + random % OURS_STEPS) * STEP_MS;
	return random % THEIRS_STEPS * STEP_MS;
}
