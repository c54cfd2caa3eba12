/* See loud.h. */
#include "adapters/voice/loud.h"

#include <stdlib.h>

#define LEAST 80.0f /* mean |sample|: below it a G.711 line is silent */

bool loud_frame(struct loud *l, const int16_t frame[LOUD_FRAME])
{
	int sum = 0;
	for (size_t i = 0; i < LOUD_FRAME; i++)
		sum += abs(frame[i]);
	float level = (float)sum / LOUD_FRAME, least = level;

	l->floor[l->at] = level;
	l->at = (l->at + 1) % LOUD_FLOOR;
	if (l->n < LOUD_FLOOR)
		l->n++;
	for (size_t i = 0; i < l->n; i++)
		least = l->floor[i] < least ? l->floor[i] : least;
	return level > LEAST && level > least * 2.2f + 20;
}
