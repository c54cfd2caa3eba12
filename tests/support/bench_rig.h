/*
 * What the benchmarks of the engine share: a folder with specs, a configuration in
 * memory, and a run of many targets put straight into a real store. Whatever fails
 * ends the program: a benchmark has nothing to save.
 */
#ifndef TESTS_SUPPORT_BENCH_RIG_H
#define TESTS_SUPPORT_BENCH_RIG_H

#include "engine/config/config.h"
#include "engine/turn/db.h"

struct bench_rig {
	char folder[256]; /* var, specs and drop are inside */
	struct config config;
	int64_t now_ms; /* the campaign's first day, nine in the morning */
};

/* A campaign "bench" of one wave: `waves` is its XML. The program runs in the repository's root. */
void bench_rig_open(struct bench_rig *rig, const char *waves);
void bench_rig_close(struct bench_rig *rig);

struct bench_run {
	uint32_t targets, debts; /* debts are dealt out in turn; at least one a target */
	unsigned attempts;       /* of each target; then they are done, with results */
};
/* Run 1, running, with all that it refers to; outgoing file 1 of all its results, if it has any. */
void bench_fill(const struct bench_rig *rig, const struct bench_run *run);

double bench_now_s(void);
double bench_peak_mb(void); /* VmHWM: shared pages of the store included */
_Noreturn void bench_die(const char *what, int err);
void bench_must(int err, const char *what);

#endif
