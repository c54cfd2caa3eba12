/*
 * The turn, the heart of the system (engine.h says how it works): wait, gather, transact
 * (transact.c), then what changes memory alone.
 *
 * Promise: the intent is on disk before the telephone rings, and an outcome is on
 * disk before anyone sees it.
 */
#include "engine/clock.h"
#include "engine/log.h"
#include "engine/turn/apply.h"
#include "engine/turn/builder.h"
#include "engine/turn/callback.h"
#include "engine/turn/company.h"
#include "engine/turn/expects.h"
#include "engine/turn/holds.h"
#include "engine/turn/hush.h"
#include "engine/turn/status.h"
#include "engine/turn/transact.h"

#include <poll.h>

enum {
	MOST_EVENTS = 256, /* messages of one turn */
	MOST_GATHER_MS = 20,
	CLOCK_JUMP_MS = 5000,
	CLOCK_SETTLE_MS = 10000,
	BACKLOG_MS = 20,
};

/* ---- waiting ---- */

static void guard_clock(struct engine *e)
{
	int64_t wall = clock_real_ms(), boot = clock_boot_ms();
	int64_t drift = (wall - e->wall_ms) - (boot - e->boot_ms);

	if (e->wall_ms && (drift > CLOCK_JUMP_MS || drift < -CLOCK_JUMP_MS)) {
		e->settle_boot_ms = boot + CLOCK_SETTLE_MS;
		log_warn("event=clock-jump ms=%lld next=wait", (long long)drift);
		alert_raise(e, "clock",
			    "the machine's clock jumped by %lld s: nothing starts for %d s; "
			    "check its time service",
			    (long long)(drift / 1000), CLOCK_SETTLE_MS / 1000);
	} else if (e->settle_boot_ms && boot >= e->settle_boot_ms) {
		e->settle_boot_ms = 0;
		alert_clear(e, "clock");
	}
	e->wall_ms = wall;
	e->boot_ms = boot;
}

/* How long there is nothing to do, at most `most` ms. */
static int idle_ms(struct engine *e, int most)
{
	int64_t due = start_next_due(e), other = outgoing_next_due(e);
	int64_t book = bookrows_next_due(e), promise = promises_next_due(e);
	other = book < other ? book : other;
	other = promise < other ? promise : other;
	int64_t ms = (due < other ? due : other) - clock_now_ms();
	int64_t boot = clock_boot_ms();

	if (e->more)
		return 0;
	if (callbacks_wait(e) && most > BACKLOG_MS)
		most = BACKLOG_MS; /* his prompts may be late */
	if (ms < BACKLOG_MS)
		ms = BACKLOG_MS; /* due, and waiting for a line, prompts or the pacer */
	for (size_t i = 0; i < e->n_drops; i++)
		if (!e->drops[i].busy && e->drops[i].poll_real - boot < ms)
			ms = e->drops[i].poll_real - boot;
	if (ms > most)
		ms = most;
	return ms < 0 ? 0 : (int)ms;
}

/* Under a load of messages: not each answer by itself (company.h). */
static void wait_for_company(struct engine *e)
{
	struct company c = {.last_ms = e->turn_boot_ms,
			    .most = MOST_EVENTS - 1,
			    .unanswered = e->sms_used,
			    .unreceipted = e->sms_waiting};
	int ms;

	do {
		c.now_ms = clock_boot_ms();
		c.came = mailbox_count(e->inbox);
		ms = company_wait_ms(&c);
		if (ms)
			poll(NULL, 0, ms);
	} while (ms);
}

static void wait_for_work(struct engine *e, int most)
{
	struct pollfd fds[] = {{.fd = mailbox_fd(e->inbox), .events = POLLIN},
			       {.fd = mailbox_fd(e->rows), .events = POLLIN}};

	/* What is due is looked up on the disk: only where there is nothing else to do. */
	if (mailbox_count(e->inbox) == 0)
		poll(fds, 2, idle_ms(e, most));
	if (!e->more && mailbox_count(e->rows) == 0)
		wait_for_company(e);
}

/* Commands and outcomes first; a row batch only when there is room left in the turn. */
static size_t gather(struct engine *e, struct event **events)
{
	int64_t end = clock_boot_ms() + MOST_GATHER_MS;
	size_t n = 0;
	struct event *ev;

	while (n < MOST_EVENTS - 1 && (ev = mailbox_take(e->inbox)) != NULL) {
		events[n++] = ev;
		if (clock_boot_ms() > end)
			break;
	}
	if (n < MOST_EVENTS / 2 && (ev = mailbox_take(e->rows)) != NULL)
		events[n++] = ev;
	return n;
}

/* ---- the turn ---- */

int engine_turn(struct engine *e, int wait)
{
	struct event *events[MOST_EVENTS];

	wait_for_work(e, wait);
	guard_clock(e);
	int64_t from = clock_boot_ms();
	e->turn_boot_ms = from;
	e->more = false;
	size_t n = gather(e, events);
	for (size_t i = 0; i < n; i++)
		e->stopping =
		    e->stopping || events[i]->kind == EV_STOP; /* its own turn starts nothing */
	int err = transact(e, events, n);
	for (size_t i = 0; i < n; i++) {
		if (!err)
			apply_memory(e, events[i]);
		event_free(events[i]);
	}
	if (err)
		return err;
	if (n == MOST_EVENTS)
		e->more = true;
	e->first_run = e->next_first_run;
	expects_look(e);
	hush_look(e);
	announcements_ask(e);
	drops_work(e);
	archive_work(e);
	rehearse(e);
	e->turns++;
	int64_t took = clock_boot_ms() - from;
	if (took > e->turn_longest_ms)
		e->turn_longest_ms = (uint32_t)took;
	status_publish(e);
	return 0;
}

/* An orderly stop loses nothing: the channels end what is in progress and report it, and those
 * last messages are applied. What they could not report is unknown after recovery. */
static int drain(struct engine *e)
{
	struct event *events[MOST_EVENTS];
	size_t n;
	int err = 0;

	e->stopping = true;
	channels_stop(e);
	intake_stop(e->intake); /* a file under way goes on at the next start */
	e->intake = NULL;
	while (!err && (n = gather(e, events)) > 0) {
		err = transact(e, events, n);
		for (size_t i = 0; i < n; i++)
			event_free(events[i]);
	}
	return err;
}

int engine_run(struct engine *e)
{
	log_thread_name("engine");
	while (!e->stopping && !atomic_load(&e->stop_asked)) {
		int err = engine_turn(e, (int)e->config->engine.tick);
		if (err)
			return err;
	}
	return drain(e);
}

void engine_stop(struct engine *e)
{
	struct event *ev = event_new(EV_STOP);
	atomic_store(&e->stop_asked, true);
	if (ev && mailbox_post(e->inbox, ev))
		event_free(ev); /* full: the flag is looked at once a turn too */
}

struct mailbox *engine_inbox(struct engine *e)
{
	return e->inbox;
}

const struct ports *engine_ports(struct engine *e)
{
	return e->ports;
}

struct store *engine_store(struct engine *e)
{
	return e->store;
}

const struct config *engine_config(struct engine *e)
{
	return e->config;
}

struct specs *engine_specs(struct engine *e)
{
	return e->specs;
}
