/*
 * Attempts that a crash left: each intent on the open list is looked at once, at start.
 * One without an outcome may have rung, so it is 90 and is never repeated by itself; one
 * that the gateway has goes on waiting for its receipt.
 */
#include "engine/turn/finish.h"

#include "engine/log.h"
#include "engine/turn/callback.h"
#include "engine/turn/comeback.h"
#include "engine/turn/expiry.h"
#include "engine/turn/transfer.h"

#include <stdlib.h>
#include <string.h>

static int open_found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	return key.n == 8 ? ids_add(arg, read_u64(key.p)) : E_CORRUPT;
}

struct comeback {
	struct flight *flight;
	struct map_place *place;
};

static void come_back(struct engine *e, void *arg)
{
	struct comeback *c = arg;
	struct flight *f = c->flight;
	BUG_IF(map_put_place(e->flights, c->place) != 0);
	expiry_add(e->expiry, f);
	e->trials += f->trial;
	if (f->channel == CHANNEL_VOICE)
		e->lines_used += 1 + f->transfer;
	else
		e->sms_waiting++;
	free(c);
}

static void comeback_free(void *arg)
{
	struct comeback *c = arg;
	map_place_free(c->place);
	free(c->flight);
	free(c);
}

int come_back_later(struct engine *e, const struct flight *like)
{
	struct comeback *c = calloc(1, sizeof *c);
	if (!c)
		return E_NOMEM;
	c->flight = malloc(sizeof *c->flight);
	if (!c->flight ||
	    map_place_new(&like->attempt, sizeof like->attempt, c->flight, &c->place)) {
		comeback_free(c);
		return E_NOMEM;
	}
	*c->flight = *like;
	return effect_add(e, come_back, c, comeback_free);
}

static int attempt_comes_back(struct engine *e, const struct attempt *a, bool ghost,
			      int64_t until_ms, bool transfer)
{
	struct flight f = {.attempt = a->id,
			   .run = a->run,
			   .channel = a->channel,
			   .ghost = ghost,
			   .transfer = transfer,
			   .submitted = !ghost,
			   .until_ms = until_ms};
	memcpy(f.digits, a->digits, strnlen(a->digits, MAX_NUMBER - 1));
	return come_back_later(e, &f);
}

/* A call that came in, and nobody who was meant: only its number and its line are held. */
static int recover_callback(struct engine *e, const struct callback_rec *r, int64_t transfer_ms)
{
	struct number_rec n;
	struct attempt line = {.id = r->id, .channel = CHANNEL_VOICE, .digits = r->digits};
	int64_t until = r->ended_ms + r->limit_ms + transfer_ms;
	int err = 0;

	if (r->state == CALLBACK_MISSED)
		return 0;
	if (r->kind == CALLER_KNOWN)
		err = db_number_get(&e->tx, r->digits, &n);
	if (!err && r->kind == CALLER_KNOWN) {
		if (n.attempt == r->id)
			n.attempt = 0;
		n.locked_ms = until > n.locked_ms ? until : n.locked_ms;
		err = db_number_put(&e->tx, &n);
	}
	return err ? err : attempt_comes_back(e, &line, true, until, transfer_ms > 0);
}

/* An intent without an outcome: it may have rung. It counts, says so (90), is not repeated in its
 * wave; its number is locked and its line counted busy for as long as the call could last. */
static int recover_one(struct engine *e, uint64_t id)
{
	struct attempt a;
	struct target t;
	struct number_rec n;
	bool inbound, has_attempt;
	struct callback_rec r;
	int64_t transfer_ms = 0;
	int err = callback_recover(e, id, &inbound, &has_attempt, &r);
	if (!err)
		err = transfer_recover(e, id, &transfer_ms);
	if (err || (inbound && !has_attempt))
		return err ? err : recover_callback(e, &r, transfer_ms);
	err = finish_load(e, id, &a, &t);
	if (err)
		return err;
	if (a.state == ATTEMPT_SUBMITTED)
		return attempt_comes_back(e, &a, false,
					  a.placed_ms + e->config->engine.receipt_wait, false);
	if (a.state == ATTEMPT_UNKNOWN) /* a second crash: its line may still be busy */
		return attempt_comes_back(e, &a, true, a.ended_ms + a.limit_ms + transfer_ms,
					  transfer_ms > 0);
	log_warn("event=recovery attempt=%llu state=\"%s\" next=unknown", (unsigned long long)id,
		 attempt_state_word(a.state));
	a.code = OUT_UNKNOWN;
	if (a.channel == CHANNEL_SMS)
		err = watch_begin(e, &a);
	if (!err)
		err = finish_attempt(e, &a, &t, ATTEMPT_UNKNOWN);
	if (err || a.channel != CHANNEL_VOICE)
		return err;
	int64_t until = e->now_ms + a.limit_ms + transfer_ms;
	err = db_number_get(&e->tx, a.digits, &n);
	if (err)
		return err;
	n.locked_ms = until;
	err = db_number_put(&e->tx, &n);
	if (!err)
		err = db_open_put(&e->tx,
				  id); /* on the list until the line is free: expire_receipts() */
	return err ? err : attempt_comes_back(e, &a, true, until, transfer_ms > 0);
}

int outcome_recover(struct engine *e)
{
	struct ids s = {0};
	int err = db_scan(&e->tx, T_OPEN, "", 0, 0, 0, open_found, &s);
	for (size_t i = 0; i < s.n && !err; i++) { /* MAX_FLIGHTS of them */
		struct arena_mark step = arena_mark(e->arena);
		err = recover_one(e, s.list[i]);
		arena_release(e->arena, step);
	}
	ids_free(&s);
	return err;
}
