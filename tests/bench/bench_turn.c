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
 * struct in memory: calls_per_second (500 at most: an installation's pacer), lines
 * (2,000), sms.in_flight (1,000). The limits of a turn itself (512 targets looked
 * at, 256 events taken) stay. Each measurement is a child process.
 */
#include "adapters/store/store.h"
#include "engine/clock.h"
#include "engine/turn/engine.h"
#include "tests/support/bench_ports.h"
#include "tests/support/bench_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

	ports = bench_ports();
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
	while (bench_taken() < targets && idle < 1000) {
		size_t was = bench_taken();
		e->busy_boot_ms =
		    clock_boot_ms() + MS_PER_DAY; /* the rehearsal clock does not jump */
		bench_must(engine_turn(e, 0), "turn");
		idle = bench_taken() == was ? idle + 1 : 0;
	}
	double took = bench_now_s() - start;
	size_t taken = bench_taken();
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
