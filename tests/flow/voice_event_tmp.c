/* Events for voice_driver until engine/event.c is here; weak, so that it gives way. */
#include "engine/event.h"

#include <stdlib.h>

__attribute__((weak)) struct event *event_new(enum event_kind kind)
{
	struct event *e = calloc(1, sizeof *e);
	if (e)
		e->kind = kind;
	return e;
}

__attribute__((weak)) void event_free(void *event)
{
	struct event *e = event;
	if (e && e->kind == EV_CALL_ENDED)
		free(e->call);
	free(e);
}
