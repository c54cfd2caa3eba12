/* See launch.h. */
#include "engine/turn/launch.h"

#include "engine/log.h"
#include "engine/turn/bynumber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void launch_free(void *launch)
{
	struct launch *l = launch;
	voice_intent_free(l->voice.intent);
	text_message_free(l->text.message);
	event_free(l->refused);
	map_place_free(l->place);
	free(l->flight);
	free(l);
}

int launch_ready(uint64_t attempt, enum channel channel, const char *digits, struct launch *l)
{
	l->flight = calloc(1, sizeof *l->flight);
	l->refused = event_new(EV_DROPPED);
	if (!l->flight || !l->refused ||
	    map_place_new(&attempt, sizeof attempt, l->flight, &l->place))
		return E_NOMEM;
	l->flight->attempt = attempt;
	l->flight->channel = channel;
	snprintf(l->flight->digits, sizeof l->flight->digits, "%s", digits);
	return 0;
}

/* The channel did not take it. Our mailbox is full as well: recovery is safer than an attempt that
 * nobody has. */
static void refused(struct engine *e, struct launch *l, int err)
{
	struct event *ev = l->refused;

	BUG_IF(err != E_NOMEM);
	l->refused = NULL;
	ev->attempt = l->flight->attempt;
	snprintf(ev->why, sizeof ev->why, "%s", err_str(err));
	BUG_IF(mailbox_post(e->inbox, ev) != 0);
}

/* What it may cost at most: of its run, or of its department. */
static void reserve(struct engine *e, const struct flight *f)
{
	struct run_view *run = run_view(e, f->run);

	if (run)
		run->reserved_sen += f->reserve_sen;
	else if (f->trial)
		e->staff_sen[f->transfer_department] += f->reserve_sen;
}

void launch_run(struct engine *e, void *launch)
{
	struct launch *l = launch;
	struct flight *f = l->flight;
	int err;

	/* Intents are credits: the table holds as many as there are lines. */
	BUG_IF(map_put_place(e->flights, l->place) != 0);
	l->place = NULL;
	bynumber_add(e->bynumber, f);
	reserve(e, f);
	e->trials += f->trial;
	if (f->channel == CHANNEL_VOICE) {
		e->lines_used++;
		e->tokens--;
		err = e->ports->voice->post(e->voice, &l->voice);
		if (!err)
			l->voice.intent = NULL;
	} else {
		e->sms_used++;
		err = e->ports->text->post(e->text, &l->text);
		if (!err)
			l->text.message = NULL;
	}
	if (err)
		refused(e, l, err);
	l->flight = NULL;
	launch_free(l);
}
