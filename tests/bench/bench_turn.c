/*
 * Intents in a second through the engine's own turn, one sync a turn, on the real
 * store. Figures are printed, never asserted.
 *
 *	bench_turn [targets...]        default 10000 100000
 *
 * What is measured is the turn: due targets are planned, intents written, committed,
 * handed over. So the channels only take what they get: SMS and calls stay in
 * flight. Speech answers at once with sentences that were rendered before, as from
 * its cache: making them is the work of other threads.
 *
 * Three limits would measure themselves, and are raised in the configuration's
 * struct in memory: calls_per_second (200 at most: an installation's pacer), lines
 * (2,000), sms.in_flight (1,000). The limits of a turn itself (512 targets looked
 * at, 256 events taken) stay. Each measurement is a child process.
 */
#include "adapters/store/store.h"
#include "engine/clock.h"
#include "engine/turn/engine.h"
#include "tests/support/bench_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct digest_ops digest_sodium;

static size_t taken; /* by the channels */

/* ---- channels that take, and never answer ---- */

static int voice_start(const struct voice_config *config, struct mailbox *to, struct voice **ret)
{
	struct event *ev = event_new(EV_TRUNK);
	(void)config;
	if (!ev)
		return E_NOMEM;
	ev->trunk.up = true;
	*ret = (struct voice *)ev; /* any pointer but NULL: nobody looks inside */
	return mailbox_post(to, ev);
}

static int voice_post(struct voice *v, const struct voice_cmd *cmd)
{
	(void)v;
	voice_intent_free(cmd->intent);
	taken++;
	return 0;
}

static void voice_stop(struct voice *v)
{
	(void)v;
}

static int voice_port(struct voice *v)
{
	(void)v;
	return 5060;
}

static int text_start(const struct text_config *config, struct mailbox *to, struct text **ret)
{
	(void)config;
	*ret = (struct text *)to;
	return 0;
}

static int text_post(struct text *t, const struct text_cmd *cmd)
{
	(void)t;
	text_message_free(cmd->message);
	taken++;
	return 0;
}

static void text_stop(struct text *t)
{
	(void)t;
}

static int text_port(struct text *t)
{
	(void)t;
	return 0;
}

/* ---- speech that finds everything in its cache ---- */

static struct audio *sentence; /* all of them */
static struct mailbox *speech_to;
enum { UNSENT = 1024 };
static struct event *unsent[UNSENT];
static size_t n_unsent;

static int speech_start(const struct speech_config *config, struct mailbox *to,
			struct problems *problems, struct speech **ret)
{
	(void)config;
	(void)problems;
	speech_to = to;
	*ret = (struct speech *)to;
	return audio_new(800, &sentence);
}

static void speech_flush(void)
{
	size_t sent = 0;
	while (sent < n_unsent && mailbox_post(speech_to, unsent[sent]) == 0)
		sent++;
	n_unsent -= sent;
	memmove(unsent, unsent + sent, n_unsent * sizeof *unsent);
}

static int speech_post(struct speech *s, struct speech_job *job)
{
	struct prompt_set *set;
	(void)s;
	speech_flush();
	if (n_unsent == UNSENT)
		return E_FULL;
	struct event *ev = event_new(EV_RENDERED);
	if (!ev || prompt_set_new(job->n, &set))
		bench_die("speech", E_NOMEM);
	for (size_t i = 0; i < job->n; i++) {
		struct prompt *p = &set->prompts[i];
		p->pieces = malloc(sizeof(struct audio *));
		if (!p->pieces)
			bench_die("speech", E_NOMEM);
		p->pieces[0] = audio_ref(sentence);
		p->n = 1;
	}
	set->debts_version = ev->rendered.debts_version = job->debts_version;
	ev->rendered.id = job->id;
	ev->rendered.set = set;
	unsent[n_unsent++] = ev;
	speech_job_free(job);
	speech_flush();
	return 0;
}

static void speech_stop(struct speech *s)
{
	(void)s;
}

static int speech_say(struct speech *s, const char *text, struct prompt *ret_prompt, char *reading,
		      size_t reading_size, char ret_bad[8])
{
	(void)s, (void)text, (void)ret_prompt, (void)reading, (void)reading_size, (void)ret_bad;
	return E_STATE; /* nobody asks it here */
}

static const struct speech_ops speech_taker = {.name = "taker",
					       .start = speech_start,
					       .post = speech_post,
					       .stop = speech_stop,
					       .say = speech_say};
static const struct voice_ops voice_taker = {.name = "taker",
					     .start = voice_start,
					     .post = voice_post,
					     .stop = voice_stop,
					     .bound_port = voice_port};
static const struct text_ops text_taker = {.name = "taker",
					   .start = text_start,
					   .post = text_post,
					   .stop = text_stop,
					   .bound_port = text_port};

/* ---- one measurement ---- */

struct kind {
	const char *name, *waves;
};
static const struct kind kinds[] = {
    {"sms",
     "<wave id=\"a\" channel=\"sms\" from-day=\"0\" to-day=\"4\" attempts=\"1\" text=\"reminder\">"
     "<window days=\"all\" from=\"0:00\" to=\"24:00\"/></wave>"},
    {"calls", "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"3\">"
	      "<window days=\"all\" from=\"0:00\" to=\"24:00\"/></wave>"},
};

static struct engine *start_engine(struct bench_rig *rig)
{
	static struct ports ports;
	struct problems problems;
	struct engine *e;
	char log[512];

	ports = *registry();
	ports.voice = &voice_taker;
	ports.text = &text_taker;
	ports.speech = &speech_taker;
	rig->config.engine.calls_per_second = 1000000;
	rig->config.engine.prepare_ahead = MAX_PREPARING;
	rig->config.voice.lines = MAX_FLIGHTS;
	rig->config.sms.in_flight = MAX_FLIGHTS;
	snprintf(log, sizeof log, "%s/clock.log", rig->folder);
	bench_must(clock_rehearse(rig->now_ms, log), log);
	problems_init(&problems);
	int err = engine_new(&rig->config, &ports, &problems, &e);
	problems_print(&problems, stderr);
	problems_free(&problems);
	bench_must(err, "engine");
	return e;
}

/* Recovery paused the run, since nobody approved it: it runs by our word. */
static void let_run(struct engine *e)
{
	struct tx tx = {.ops = e->ports->store, .arena = e->arena};
	struct run_rec run;
	int err = 0;

	bench_must(tx.ops->begin(e->store, &tx.txn), "begin");
	bench_must(db_run_get(&tx, 1, &run), "run");
	run.state = RUN_RUNNING;
	bench_must(db_run_put(&tx, &run), "run");
	if (tx.ops->commit(tx.txn, &err) != COMMIT_DONE)
		bench_die("commit", err);
	run_view_update(e, &run);
}

static void measure(struct bench_rig *rig, const char *name, uint32_t targets)
{
	struct store_stat before, after;
	struct engine *e = start_engine(rig);
	int idle = 0;

	let_run(e);
	double start = bench_now_s();

	bench_must(store_bdb.stat(e->store, &before), "stat");
	while (taken < targets && idle < 1000) {
		size_t was = taken;
		e->busy_boot_ms =
		    clock_boot_ms() + MS_PER_DAY; /* the rehearsal clock does not jump */
		bench_must(engine_turn(e, 0), "turn");
		idle = taken == was ? idle + 1 : 0;
	}
	double took = bench_now_s() - start;
	bench_must(store_bdb.stat(e->store, &after), "stat");
	uint64_t syncs = after.commits - before.commits;
	printf("%-6s %8u %9zu %11.0f %8llu %8llu %14.0f %10u %9.0f\n", name, targets, taken,
	       (double)taken / took, (unsigned long long)e->turns, (unsigned long long)syncs,
	       syncs ? (double)taken / (double)syncs : 0, e->turn_longest_ms, bench_peak_mb());
	fflush(stdout);
	_exit(taken == targets ? 0 : 1); /* an orderly stop would be no part of it */
}

static void in_child(struct bench_rig *rig, const char *name, uint32_t targets, bool filling)
{
	int status;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (!filling)
			measure(rig, name, targets);
		bench_fill(rig, &(struct bench_run){.targets = targets, .debts = targets});
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		bench_die(name, E_IO);
}

static void bench(const struct kind *k, uint32_t targets)
{
	static struct bench_rig rig;
	bench_rig_open(&rig, k->waves);
	in_child(&rig, k->name, targets, true);
	in_child(&rig, k->name, targets, false);
	bench_rig_close(&rig);
}

int main(int argc, char **argv)
{
	static const uint32_t usual[] = {10000, 100000};

	puts("calls_per_second, lines and in_flight are raised in memory: the pacer of an "
	     "installation allows 200/s");
	printf("%-6s %8s %9s %11s %8s %8s %14s %10s %9s\n", "", "targets", "intents", "intents/s",
	       "turns", "syncs", "intents/sync", "longest ms", "VmHWM MB");
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		for (size_t i = 0; argc < 2 && i < sizeof usual / sizeof *usual; i++)
			bench(&kinds[k], usual[i]);
		for (int i = 1; i < argc; i++) {
			unsigned long n = strtoul(argv[i], NULL, 10);
			if (n < 1 || n >= MAX_FLIGHTS)
				bench_die(argv[i], E_LIMIT);
			bench(&kinds[k], (uint32_t)n);
		}
	}
	return 0;
}
