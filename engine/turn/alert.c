/*
 * Alerts: what an operator must know, with what to do. One a key: raised again it
 * counts; cleared it stays on the list, marked, until others need its place.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct alert *find(struct engine *e, const char *key)
{
	for (size_t i = 0; i < e->n_alerts; i++)
		if (strcmp(e->alerts[i].key, key) == 0)
			return &e->alerts[i];
	return NULL;
}

static struct alert *place(struct engine *e)
{
	struct alert *oldest = NULL;

	if (e->n_alerts < MAX_ALERTS)
		return &e->alerts[e->n_alerts++];
	for (size_t i = 0; i < e->n_alerts; i++) {
		struct alert *a = &e->alerts[i];
		bool better = !oldest || (a->cleared && !oldest->cleared) ||
			      (a->cleared == oldest->cleared && a->last_ms < oldest->last_ms);
		if (better)
			oldest = a;
	}
	return oldest;
}

void alert_raise(struct engine *e, const char *key, const char *fmt, ...)
{
	struct alert *a = find(e, key);
	int64_t now = clock_now_ms();
	va_list ap;

	if (!a) {
		a = place(e);
		memset(a, 0, sizeof *a);
		snprintf(a->key, sizeof a->key, "%s", key);
	}
	if (a->count == 0 || a->cleared)
		a->first_ms = now;
	bool fresh = a->count == 0 || a->cleared;
	a->cleared = false;
	a->last_ms = now;
	a->count++;
	va_start(ap, fmt);
	vsnprintf(a->words, sizeof a->words, fmt, ap);
	va_end(ap);
	if (fresh)
		log_warn("event=alert key=%s words=\"%s\"", key, a->words);
}

void alert_clear(struct engine *e, const char *key)
{
	struct alert *a = find(e, key);
	if (a && !a->cleared) {
		a->cleared = true;
		log_info("event=alert-cleared key=%s", key);
	}
}

bool alert_stands(struct engine *e, const char *key)
{
	const struct alert *a = find(e, key);
	return a && a->count > 0 && !a->cleared;
}
