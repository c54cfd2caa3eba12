/*
 * What other threads may see of the engine between turns: a copy, under a lock that is
 * held for the copying alone, so that no reader ever makes a turn wait.
 */
#include "engine/turn/status.h"

#include "engine/clock.h"
#include "engine/control.h"
#include "engine/turn/apply.h"
#include "engine/turn/hush.h"

#include <string.h>

void status_publish(struct engine *e)
{
	struct engine_status *s = &e->status;

	pthread_mutex_lock(&e->status_lock);
	s->now_ms = clock_now_ms();
	s->rehearsal = clock_is_rehearsal();
	s->starting = apply_may_start(e);
	s->trunk_up = e->trunk_up;
	s->trunk_status = e->trunk_status;
	s->n_trunks = e->config->voice.n_trunks;
	memcpy(s->trunks, e->trunks, sizeof s->trunks);
	s->lines = trunks_lines(e);
	s->lines_used = e->lines_used;
	s->sms_in_flight = e->sms_used;
	s->sms_waiting = e->sms_waiting;
	s->preparing = e->preparing;
	s->ready = map_count(e->ready) - e->preparing;
	s->files_in = e->files_in;
	s->files_out = e->files_out;
	const struct hushing *h = hush_oldest(e);
	s->hushing = e->payments_in;
	s->hushed_by = h ? h->intake : 0;
	s->hushed_since_ms = h ? h->since_ms : 0;
	s->n_drops = e->n_drops;
	for (size_t i = 0; i < e->n_drops; i++) {
		memcpy(s->drops[i].id, e->drops[i].config->id, MAX_ID);
		s->drops[i].up = e->drops[i].up;
	}
	s->turns = e->turns;
	s->turn_longest_ms = e->turn_longest_ms;
	s->n_fresh = e->n_fresh;
	memcpy(s->fresh, e->fresh, e->n_fresh * sizeof *e->fresh);
	s->n_alerts = e->n_alerts;
	memcpy(s->alerts, e->alerts, e->n_alerts * sizeof *e->alerts);
	pthread_mutex_unlock(&e->status_lock);
}

void engine_status(struct engine *e, struct engine_status *ret_status)
{
	pthread_mutex_lock(&e->status_lock);
	*ret_status = e->status;
	pthread_mutex_unlock(&e->status_lock);
}
