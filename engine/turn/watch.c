/*
 * Messages whose results have to be asked for (gateways that send no receipts).
 *
 * The text thread asks; what it is to ask for is on disk here, in T_WATCH, written with
 * the outcome that made it necessary and taken away with the final one. So after a crash
 * or an orderly stop the questions go on: by the gateway's id where one is known, by our
 * tag where the answer was lost. 72 hours after the intent nothing is asked any more.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"

#include <stdio.h>
#include <string.h>

enum { KEEP_MS = 72 * 3600 * 1000 };

/* The gateways that may have it and can be asked. */
static struct text_order who(const struct engine *e, const struct attempt *a,
			     const char *department)
{
	const struct config_department *d = config_department(e->config, department);
	const struct text_config *sms = &e->config->sms;
	struct text_order order = {0};

	for (size_t i = 0; i < sms->n_gateways; i++) {
		bool theirs = *a->gateway && strcmp(sms->gateway[i].id, a->gateway) == 0;
		for (size_t k = 0; !*a->gateway && d && k < d->order.n; k++)
			theirs = theirs || d->order.at[k] == i;
		if (theirs && text_is_asked(&sms->gateway[i]))
			order.at[order.n++] = (uint8_t)i;
	}
	return order;
}

int watch_begin(struct engine *e, const struct attempt *a)
{
	struct run_rec *run;
	int err = run_work(e, a->run, &run);
	if (err || who(e, a, run->department).n == 0)
		return err;
	return db_watch_put(&e->tx, a->id);
}

int watch_end(struct engine *e, uint64_t attempt)
{
	return db_watch_del(&e->tx, attempt);
}

/* ---- at start ---- */

static int watch_found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	return key.n == 8 ? ids_add(arg, read_u64(key.p)) : E_CORRUPT;
}

int watch_recover(struct engine *e)
{
	struct ids list = {0};
	int err = db_scan(&e->tx, T_WATCH, "", 0, 0, 0, watch_found, &list);
	for (size_t i = 0; i < list.n && !err; i++) {
		struct attempt a;
		err = db_attempt_get(&e->tx, list.list[i], &a);
		if (err == E_NOTFOUND || (!err && e->now_ms > a.intended_ms + KEEP_MS))
			err = db_watch_del(&e->tx, list.list[i]);
	}
	ids_free(&list);
	return err;
}

static int resume_one(struct engine *e, struct tx *tx, uint64_t id)
{
	struct attempt a;
	struct run_rec run;
	int err = db_attempt_get(tx, id, &a);
	if (!err)
		err = db_run_get(tx, a.run, &run);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	struct text_cmd cmd = {.kind = TC_WATCH,
			       .attempt = id,
			       .order = who(e, &a, run.department),
			       .until_boot_ms =
				   clock_boot_ms() + (a.intended_ms + KEEP_MS - e->now_ms)};
	snprintf(cmd.ref, sizeof cmd.ref, "%s", a.ref);
	if (cmd.order.n == 0)
		return 0; /* that gateway is not configured any more */
	err = e->ports->text->post(e->text, &cmd);
	if (err)
		log_warn("event=sms-watch attempt=%llu err=\"%s\" next=61-or-90",
			 (unsigned long long)id, err_str(err));
	return err == E_NOMEM ? err : 0;
}

int watch_resume(struct engine *e)
{
	struct tx tx = {.ops = e->ports->store, .arena = e->arena};
	struct ids list = {0};

	arena_reset(e->arena);
	int err = tx.ops->snapshot(e->store, &tx.txn);
	if (err)
		return err;
	err = db_scan(&tx, T_WATCH, "", 0, 0, 0, watch_found, &list);
	for (size_t i = 0; i < list.n && !err; i++) {
		if (i % 1000 == 0)
			arena_reset(e->arena);
		err = resume_one(e, &tx, list.list[i]);
	}
	tx.ops->abort(tx.txn);
	ids_free(&list);
	return err;
}
