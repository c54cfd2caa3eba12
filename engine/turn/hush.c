/* See hush.h. */
#include "engine/turn/hush.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/engine.h"

#include <stdlib.h>

bool hush_is(const struct engine *e)
{
	return e->payments_in + e->payments_now > 0;
}

struct calling_back {
	struct engine *e;
	size_t messages, calls;
};

/* The channel alone knows whether anything was sent. Once a call: what is out then is out. */
static bool hush_call(struct engine *e, struct flight *f)
{
	if (f->ghost || f->inbound || f->hushed || f->recalled || !e->voice)
		return false;
	int err = e->ports->voice->post(
	    e->voice, &(struct voice_cmd){.kind = VC_HUSH, .attempt = f->attempt});
	BUG_IF(err != 0); /* as a recall that is lost (flight_recall) */
	f->hushed = true;
	return true;
}

static int call_back(void *arg, void *value)
{
	struct calling_back *c = arg;
	struct flight *f = value;

	if (f->trial)
		return 0; /* it speaks of nobody */
	if (f->channel == CHANNEL_VOICE) {
		c->calls += hush_call(c->e, f);
	} else if (!f->submitted && !f->recalled) {
		flight_recall(c->e, f);
		c->messages++;
	}
	return 0;
}

static void call_all_back(struct engine *e, void *arg)
{
	struct calling_back c = {.e = e};

	(void)arg;
	if (e->sms_used + e->lines_used == 0)
		return;
	map_each(e->flights, call_back, &c);
	log_info("event=hush messages=%zu calls=%zu next=recall", c.messages, c.calls);
}

int hush_begin(struct engine *e)
{
	return effect_add(e, call_all_back, NULL, NULL);
}

/* ---- which files they are ---- */

void hush_add(struct engine *e, struct hushing *file)
{
	file->next = e->hushing;
	e->hushing = file;
}

void hush_gone(struct engine *e, uint32_t intake)
{
	for (struct hushing **at = &e->hushing; *at; at = &(*at)->next)
		if ((*at)->intake == intake) {
			struct hushing *gone = *at;
			*at = gone->next;
			free(gone);
			return;
		}
}

void hush_free(struct engine *e)
{
	while (e->hushing) {
		struct hushing *gone = e->hushing;
		e->hushing = gone->next;
		free(gone);
	}
}

const struct hushing *hush_oldest(const struct engine *e)
{
	const struct hushing *oldest = e->hushing;
	for (const struct hushing *h = oldest; h; h = h->next)
		if (h->since_ms < oldest->since_ms ||
		    (h->since_ms == oldest->since_ms && h->intake < oldest->intake))
			oldest = h;
	return oldest;
}

void hush_look(struct engine *e)
{
	const struct hushing *h = hush_oldest(e);

	if (h && clock_now_ms() - h->since_ms >= e->config->engine.hush_alert) {
		if (!alert_stands(e, "hush") || e->hush_named != h->intake)
			alert_raise(e, "hush",
				    "nobody new is called or written to since intake %u came: it "
				    "may say who must not be, and is not read to its end; osame "
				    "intake show %u says how far it is, osame alerts whether it "
				    "stands",
				    h->intake, h->intake);
		e->hush_named = h->intake;
	} else {
		alert_clear(e, "hush");
	}
}
