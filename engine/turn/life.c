/*
 * The engine's start and end. Nothing is dialled before recovery is on disk: every
 * intent that a crash left without an outcome is `unknown` first.
 */
#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/spec_in.h"
#include "engine/spec_file.h"
#include "engine/turn/account.h"
#include "engine/turn/builder.h"
#include "engine/turn/bynumber.h"
#include "engine/turn/callback.h"
#include "engine/turn/campaign_edit.h"
#include "engine/turn/edit.h"
#include "engine/turn/expiry.h"
#include "engine/turn/filter.h"
#include "engine/turn/expects.h"
#include "engine/turn/holds.h"
#include "engine/turn/hush.h"
#include "engine/turn/names.h"
#include "engine/turn/people.h"
#include "engine/turn/put.h"
#include "engine/turn/rebuild.h"
#include "engine/turn/hand_in.h"
#include "engine/turn/scenario_edit.h"
#include "engine/turn/sounds.h"
#include "engine/turn/text_edit.h"
#include "engine/turn/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INBOX = 16384,            /* outcomes and receipts; a channel keeps what does not fit */
	ARENA_BYTES = 256 << 20,  /* a turn's records; a batch of 2,000 rows needs a few MB */
	IN_HAND_BYTES = 64 << 20, /* runs and sums: 1 kB each */
	RECOVER_TRIES = 5,
};

static int open_clock(struct engine *e, struct problems *problems)
{
	char path[MAX_PATH_BYTES * 2];
	if (!e->config->engine.rehearsal)
		return 0;
	snprintf(path, sizeof path, "%s/clock.log", spool_root(e->spool));
	int err = clock_rehearse(e->config->engine.rehearsal_start, path);
	if (err)
		problems_error(problems, path, 0,
			       "cannot be written: the rehearsal clock needs it");
	return err ? E_INVALID : 0;
}

static int open_files(struct engine *e, struct problems *problems)
{
	const struct config *c = e->config;
	char home[MAX_PATH_BYTES * 2];
	struct spool_swept swept;

	int err = spool_open(c->engine.var, &e->spool);
	if (err) {
		problems_error(problems, c->engine.var, 0,
			       "the spool cannot be used: %s (the log says more)",
			       err == E_AGAIN ? "another osamed has it" : err_str(err));
		return E_INVALID;
	}
	err = spool_sweep(e->spool, &swept);
	if (err)
		return err;
	if (swept.removed || swept.odd)
		log_info("event=sweep removed=%zu odd=%zu", swept.removed, swept.odd);
	if (c->store.home[0])
		snprintf(home, sizeof home, "%s", c->store.home);
	else
		snprintf(home, sizeof home, "%s/store", c->engine.var);
	struct store_config store = {
	    .home = home, .cache_bytes = c->store.cache, .checkpoint_bytes = c->store.checkpoint};
	err = e->ports->store->open(&store, &e->store);
	if (err)
		problems_error(problems, home, 0, "the store cannot be opened: %s",
			       err == E_AGAIN ? "another osamed has it" : err_str(err));
	return err ? E_INVALID : 0;
}

static int make_memory(struct engine *e)
{
	int err = mailbox_new(INBOX, &e->inbox);
	if (!err)
		err = mailbox_new(MAX_BATCHES, &e->rows);
	if (!err)
		err = arena_new(ARENA_BYTES, &e->arena);
	if (!err)
		err = arena_new(IN_HAND_BYTES, &e->in_hand);
	e->named = calloc(1, sizeof *e->named);
	e->held = calloc(1, sizeof *e->held);
	e->marked = calloc(1, sizeof *e->marked);
	if (!err && (!e->named || !e->held || !e->marked))
		err = E_NOMEM;
	if (!err)
		err = callbacks_new(e);
	if (!err)
		err = map_new(MAX_FLIGHTS, &e->flights);
	if (!err)
		err = bynumber_new(&e->bynumber);
	if (!err)
		err = expiry_new(MAX_FLIGHTS, &e->expiry);
	if (!err)
		err = map_new(MAX_PREPARING, &e->ready);
	if (!err)
		err = map_new(MAX_PREPARING, &e->jobs);
	return err;
}

static int start_workers(struct engine *e)
{
	struct builder_config builder = {.config = e->config,
					 .ports = e->ports,
					 .store = e->store,
					 .specs = e->specs,
					 .spool = e->spool,
					 .to_engine = e->inbox};
	struct archiver_config archiver = {.config = e->config,
					   .ports = e->ports,
					   .store = e->store,
					   .spool = e->spool,
					   .key = e->archive.key,
					   .to_engine = e->inbox};
	int err = intake_start(e->ports->exchange, e->inbox, e->rows, &e->intake);
	if (!err)
		err = handed_start(e->ports->digest, e->inbox, &e->handed);
	if (!err)
		err = spec_in_start(e, e->inbox, &e->spec_in);
	if (!err)
		err = spec_files_start(e->ports->digest, e->inbox, &e->spec_files);
	if (!err)
		err = builder_start(&builder, &e->builder);
	if (!err)
		err = archiver_start(&archiver, &e->archiver);
	return err ? err : drops_start(e);
}

/* The pool that hears spoken answers is the calls': it starts before them and ends after them. */
static int start_voice(struct engine *e, struct problems *problems)
{
	struct voice_config voice = e->config->voice;
	int err = 0;

	if (e->config->recognise.enabled)
		err = e->ports->recognise->start(&e->config->recognise, problems, &e->recogniser);
	voice.listen = e->ports->recognise;
	voice.recogniser = e->recogniser;
	if (!err)
		err = e->ports->voice->start(&voice, e->inbox, &e->voice);
	explicit_bzero(&voice, sizeof voice); /* the trunks' passwords */
	return err;
}

static int start_channels(struct engine *e, struct problems *problems)
{
	size_t before = problems->errors;
	int err = e->ports->speech->start(&e->config->speech, e->inbox, problems, &e->speech);
	if (!err)
		err = e->ports->text->start(&e->config->sms, e->inbox, &e->text);
	if (!err)
		err = start_voice(e, problems);
	if (err && problems->errors == before)
		problems_error(problems, e->config->path, 0,
			       "a channel cannot start: %s (the log says which and why)",
			       err_str(err));
	return err;
}

/* One transaction: what a crash left becomes what it must be. */
static int recover(struct engine *e, struct problems *problems)
{
	int version;

	e->now_ms = clock_now_ms();
	arena_reset(e->in_hand);
	e->work_runs = NULL; /* of a try that was not committed */
	e->work_money = NULL;
	e->tx = (struct tx){.ops = e->ports->store, .arena = e->arena};
	int err = e->tx.ops->begin(e->store, &e->tx.txn);
	if (err)
		return err;
	err = db_version_check(&e->tx, &version);
	if (err == E_INVALID)
		problems_error(
		    problems, e->config->path, 0,
		    "the store was written by a newer Osame (records of version %d; this "
		    "one knows %d): install that version again, or restore the backup "
		    "made before the upgrade. Nothing was changed",
		    version, DB_RECORD_VERSION);
	if (!err)
		err = db_counters_get(&e->tx, &e->counters);
	if (!err)
		err = account_seal_recover(e, problems);
	if (!err)
		err = runs_recover(e);
	if (!err)
		err = names_recover(e);
	if (!err)
		err = holds_recover(e);
	if (!err)
		err = numbers_recover(e);
	if (!err)
		err = expects_recover(e);
	if (!err)
		err = outcome_recover(e);
	if (!err)
		err = trials_recover(e);
	if (!err)
		err = watch_recover(e);
	if (!err)
		err = incoming_recover(e);
	if (!err)
		err = outgoing_recover(e);
	if (!err)
		err = texts_recover(e);
	if (!err)
		err = scenarios_recover(e);
	if (!err)
		err = campaigns_recover(e);
	if (!err)
		err = archive_recover(e);
	return recover_commit(e, err);
}

int engine_new(const struct config *config, const struct ports *ports, struct problems *problems,
	       struct engine **ret_engine)
{
	struct engine *e = calloc(1, sizeof *e);
	if (!e)
		return E_NOMEM;
	e->config = config;
	e->ports = ports;
	pthread_mutex_init(&e->status_lock, NULL);
	pthread_mutex_init(&e->speech_lock, NULL);
	e->tokens_boot_ms = e->busy_boot_ms = clock_boot_ms();
	int err = registry_check(ports, problems);
	if (!err)
		err = ports->digest->init();
	if (!err)
		err = archive_key_load(e, problems);
	if (!err)
		err = specs_load(config, ports, problems, &e->specs);
	if (!err && config->engine.person_width == 0)
		log_warn("event=person-width what=\"engine.person_width is not set: a 宛名番号 "
			 "that lost "
			 "its zeros in a spreadsheet is not noticed\"");
	if (!err)
		err = open_files(e, problems);
	if (!err)
		err = open_clock(e, problems);
	if (!err)
		err = make_memory(e);
	if (!err)
		err = start_workers(e);
	/* Not done: nothing was changed, so once more is harmless. */
	for (int i = 0; !err && (err = recover(e, problems)) == E_AGAIN && i < RECOVER_TRIES; i++)
		err = 0;
	if (!err)
		err = start_channels(e, problems);
	if (!err)
		err = watch_resume(e);
	if (err) {
		engine_free(e);
		return err;
	}
	*ret_engine = e;
	return 0;
}

static void ready_free(void *value)
{
	struct ready *r = value;
	prompt_set_unref(r->set);
	free(r);
}

void channels_stop(struct engine *e)
{
	if (e->voice)
		e->ports->voice->stop(e->voice);
	if (e->recogniser)
		e->ports->recognise->stop(e->recogniser);
	if (e->text)
		e->ports->text->stop(e->text);
	/* Readers still run: one may be speaking a sentence just now. */
	pthread_mutex_lock(&e->speech_lock);
	if (e->speech)
		e->ports->speech->stop(e->speech);
	e->speech = NULL;
	pthread_mutex_unlock(&e->speech_lock);
	e->voice = NULL;
	e->recogniser = NULL;
	e->text = NULL;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	channels_stop(e); /* first: nothing new comes */
	callbacks_free(e);
	drops_stop(e);
	intake_stop(e->intake);
	handed_stop(e->handed);
	spec_in_stop(e->spec_in);
	spec_files_stop(e->spec_files);
	puttings_free(e);
	hush_free(e);
	edits_free(e);
	hand_ins_free(e);
	rebuilds_free(e);
	expects_free(e);
	builder_stop(e->builder);
	sounds_close(e);
	archiver_stop(e->archiver);
	e->ports->sign->secret_free(e->archive.key);
	if (e->inbox)
		mailbox_free(e->inbox, event_free);
	if (e->rows)
		mailbox_free(e->rows, event_free);
	if (e->store)
		e->ports->store->close(e->store);
	spool_close(e->spool);
	run_views_free(e);
	ids_free(&e->purge.runs);
	map_free(e->jobs, NULL);
	map_free(e->ready, ready_free);
	expiry_free(e->expiry);
	bynumber_free(e->bynumber);
	map_free(e->flights, free);
	while (e->reload) {
		struct again *a = e->reload;
		e->reload = a->next;
		free(a);
	}
	while (e->again) {
		struct again *a = e->again;
		e->again = a->next;
		free(a);
	}
	specs_free(e->specs);
	free(e->effects);
	free(e->named);
	free(e->held);
	free(e->marked);
	people_free(e->loaded);
	arena_free(e->arena);
	arena_free(e->in_hand);
	pthread_mutex_destroy(&e->status_lock);
	pthread_mutex_destroy(&e->speech_lock);
	free(e);
}
