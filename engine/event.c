/*
 * See event.h. An event owns what it points at, and this is the only place that
 * knows what each kind points at: a channel that must drop its unsent events at
 * shutdown, and a mailbox that is freed, both come here.
 */
#include "engine/event.h"

#include "engine/spec_in.h"
#include "engine/turn/archiver.h"

#include <stdlib.h>

struct event *event_new(enum event_kind kind)
{
	struct event *e = calloc(1, sizeof *e);
	if (e)
		e->kind = kind;
	return e;
}

static void free_drop(struct drop_done *done)
{
	if (!done)
		return;
	free(done->entries);
	free(done);
}

void event_free(void *event)
{
	struct event *e = event;

	if (!e)
		return;
	switch (e->kind) {
	case EV_CALL_ENDED:
		if (e->call)
			sounds_free(e->call->sounds);
		free(e->call);
		break;
	case EV_RENDERED:
		prompt_set_unref(e->rendered.set);
		break;
	case EV_DROP_DONE:
		free_drop(e->drop);
		break;
	case EV_ROWS:
		row_batch_free(e->batch);
		break;
	case EV_ARCHIVE:
		archive_done_free(e->archive);
		break;
	case EV_SPEC_READ:
		spec_read_free(e->read);
		break;
	case EV_DROPPED:
	case EV_TOO_LATE:
	case EV_PLACED:
	case EV_ANSWERED:
	case EV_INBOUND:
	case EV_INBOUND_GONE:
	case EV_TRANSFER:
	case EV_TRANSFERRED:
	case EV_SMS_RESULT:
	case EV_SMS_RECEIPT:
	case EV_GATEWAY:
	case EV_TRUNK:
	case EV_DROP_STATE:
	case EV_INTAKE_CHECKED:
	case EV_INTAKE_END:
	case EV_OUT_BUILT:
	case EV_HANDED:
	case EV_REBUILT:
	case EV_SPEC_WRITTEN:
	case EV_COMMAND: /* the command stays the control thread's */
	case EV_STOP:
		break;
	}
	free(e);
}
