/* How long to wait before a refused change of a call is asked for again. See glare.c. Pure. */
#ifndef ADAPTERS_VOICE_GLARE_H
#define ADAPTERS_VOICE_GLARE_H

#include <stdbool.h>
#include <stdint.h>

/* After `status`. ours: the call was placed by us, so the Call-ID is ours. */
uint32_t glare_wait_ms(int status, bool ours, uint32_t random);

#endif
