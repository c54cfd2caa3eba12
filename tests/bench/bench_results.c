/*
 * Result rows in a second: the builder makes one file of all results of a run, from
 * a real store through the writer and its layout into the spool, as the engine asks
 * it to. Figures are printed, never asserted.
 *
 *	bench_results [rows...]        default 100000 1000000
 *
 * Each size is a child process, so that its peak memory is its own; VmHWM includes
 * the store's cache. A run has 0.6 people a row, each called twice.
 */
#include "adapters/store/store.h"
#include "engine/event.h"
#include "engine/turn/builder.h"
#include "tests/support/bench_rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct event *wait_built(struct mailbox *box)
{
	struct event *ev;
	while ((ev = mailbox_take(box)) == NULL) {
		struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
		poll(&p, 1, 1000);
	}
	return ev;
}

static void build(struct bench_rig *rig, uint32_t rows)
{
	struct problems problems;
	struct builder_config b = {.config = &rig->config, .ports = registry()};
	struct builder *builder;
	char home[512];

	problems_init(&problems);
	bench_must(b.ports->digest->init(), "digest");
	int err = specs_load(&rig->config, b.ports, &problems, &b.specs);
	problems_print(&problems, stderr);
	bench_must(err, "specs");
	bench_must(spool_open(rig->config.engine.var, &b.spool), "spool");
	snprintf(home, sizeof home, "%s/var/store", rig->folder);
	bench_must(b.ports->store->open(&(struct store_config){.home = home}, &b.store), "store");
	bench_must(mailbox_new(16, &b.to_engine), "mailbox");
	bench_must(builder_start(&b, &builder), "builder");

	double start = bench_now_s();
	bench_must(builder_post(builder, 1), "post");
	struct event *ev = wait_built(b.to_engine);
	double took = bench_now_s() - start;
	bench_must(ev->built.err, "the file");
	printf("%9u %9.0f %7.1f %9.1f %9.0f  %s\n", rows, rows / took,
	       (double)ev->built.size / took / 1e6, took, bench_peak_mb(), ev->built.sha256);

	event_free(ev);
	builder_stop(builder);
	mailbox_free(b.to_engine, event_free);
	b.ports->store->close(b.store);
	spool_close(b.spool);
	specs_free(b.specs);
	problems_free(&problems);
}

/* Filling is a process of its own too: its memory is not the builder's. */
static void in_child(void (*what)(struct bench_rig *, uint32_t), struct bench_rig *rig,
		     uint32_t rows)
{
	int status;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		what(rig, rows);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		bench_die("child", E_IO);
}

static void fill(struct bench_rig *rig, uint32_t rows)
{
	struct bench_run run = {.debts = rows,
				.targets = rows * 3ull / 5 ? (uint32_t)(rows * 3ull / 5) : 1,
				.attempts = 2};
	bench_fill(rig, &run);
}

static void bench(uint32_t rows)
{
	static struct bench_rig rig;
	bench_rig_open(
	    &rig, "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"3\">"
		  "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>");
	in_child(fill, &rig, rows);
	in_child(build, &rig, rows);
	bench_rig_close(&rig);
}

int main(int argc, char **argv)
{
	static const uint32_t usual[] = {100000, 1000000};

	printf("%9s %9s %7s %9s %9s  %s\n", "rows", "rows/s", "MB/s", "seconds", "VmHWM MB",
	       "SHA-256");
	if (argc < 2)
		for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
			bench(usual[i]);
	for (int i = 1; i < argc; i++) {
		unsigned long rows = strtoul(argv[i], NULL, 10);
		if (rows < 2 || rows > 1000000 * 5ul)
			bench_die(argv[i], E_INVALID);
		bench((uint32_t)rows);
	}
	return 0;
}
