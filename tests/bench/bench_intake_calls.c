/*
 * Intake of a targets file with calls being paced meanwhile: rows a second, and what
 * the intake costs the calls. Figures are printed, never asserted.
 *
 *	bench_intake_calls [--legs N] [--seconds S] [--sorted] [rows...]
 *	                   150 legs, 5 s, no order, 10000 100000
 *
 * For each size, in UTF-8 and in CP932, in one run: the legs alone for S seconds
 * (--legs 0: none); then the same legs while the engine takes the file: from the
 * intake record to `taken`, with everything that is done to a file that came by a
 * drop (whole-file check, layout, row checks, batches in synced transactions). The
 * pacing error is that of bench_pace.h.
 *
 * The engine is the real one, with a local drop, on the real store; its own voice and
 * text take nothing. The legs are those of the real media thread, in this process, as
 * calls are. Each size is a child process, so that its peak memory is its own.
 */
#include "engine/clock.h"
#include "engine/turn/engine.h"
#include "tests/support/bench_pace.h"
#include "tests/support/bench_ports.h"
#include "tests/support/bench_rig.h"
#include "tests/support/exchange_rig.h"

#include "adapters/exchange/cp932.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	size_t legs;
	double seconds;
	bool sorted;
} how = {.legs = 150, .seconds = 5};

/* ---- the file ---- */

/* The same numbers each time, in an order that looks like none. */
static uint32_t mix(uint32_t x)
{
	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;
	return x ^ x >> 16;
}

/* Debts of 0.6 people a row. */
static void write_row(FILE *f, uint32_t rows, uint32_t i, bool cp932)
{
	static const char *const names[] = {"太郎", "花子", "次郎", "三郎"};
	char line[1024], out[1024];
	size_t n_out;
	uint32_t people = rows / 5 * 3 + 1;
	uint32_t p = how.sorted ? (uint32_t)((uint64_t)i * people / rows) : mix(i) % people;
	int n = snprintf(
	    line, sizeof line,
	    "\"202096\",\"%012llu\",\"伊那　%s\",\"イナ　タロウ\",\"19%u-0%u-1%u\",\"002\","
	    "\"2026\","
	    "\"2026\",\"%u\",\"N%09u\",\"2026-11-30\",\"%u\",\"0265%06u\",\"1\",\"0\",\"090%08u\","
	    "\"2\",\"1\",\"\",\"\",\"\",\"S%u\",\"備考\"\r\n",
	    100000000000ull + p, names[p % 4], 50 + p % 50, 1 + p % 9, p % 10, 1 + i % 12, i,
	    1000 + mix(i + 1) % 200000, 700000 + p % 99999, 10000000 + p % 89999999, i);

	if (!cp932) {
		fwrite(line, 1, (size_t)n, f);
		return;
	}
	bench_must(cp932_encode(line, (size_t)n, out, &n_out, NULL), "CP932");
	fwrite(out, 1, n_out, f);
}

static void make_file(const char *path, uint32_t rows, bool cp932)
{
	static const char header[] =
	    "市区町村コード,宛名番号,氏名,フリガナ,生年月日,科目,調定年度,賦課年度,期別,通知書番号,"
	    "納期限,未納額,電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,SMS可否2,電話番号3,"
	    "電話区分3,SMS可否3,整理番号,備考\r\n";
	char out[sizeof header];
	size_t n = sizeof header - 1;
	FILE *f = fopen(path, "w");

	if (!f)
		bench_die(path, E_IO);
	if (cp932)
		bench_must(cp932_encode(header, n, out, &n, NULL), "CP932");
	fwrite(cp932 ? out : header, 1, n, f);
	for (uint32_t i = 0; i < rows; i++)
		write_row(f, rows, i, cp932);
	if (fclose(f))
		bench_die(path, E_IO);
}

/* ---- the engine ---- */

static void make_folder(const struct bench_rig *rig, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	if (mkdir(path, 0700))
		bench_die(path, E_IO);
}

/* One layout is enough, beside those of the files that go back. */
static void layouts_in_cp932(const struct bench_rig *rig)
{
	char path[512];
	snprintf(path, sizeof path, "%s/specs/layouts", rig->folder);
	if (unlink(path))
		bench_die(path, E_IO);
	make_folder(rig, "specs/layouts");
	snprintf(path, sizeof path, "%s/specs/layouts/targets-015.xml", rig->folder);
	xrig_layout_cp932("specs/layouts/targets-015.xml", path);
	snprintf(path, sizeof path, "%s/specs/layouts/receipt.xml", rig->folder);
	xrig_layout_cp932("specs/layouts/receipt.xml", path);
}

static void open_rig(struct bench_rig *rig, bool cp932)
{
	struct drop_config *d = &rig->config.drop[0];

	bench_rig_open(rig,
		       "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" "
		       "attempts=\"3\"><window days=\"all\" from=\"0:00\" to=\"24:00\"/></wave>");
	make_folder(rig, "drop");
	make_folder(rig, "drop/in");
	make_folder(rig, "drop/out");
	if (cp932)
		layouts_in_cp932(rig);
	rig->config.n_drops = 1;
	rig->config.engine.poll = 100;
	snprintf(d->id, sizeof d->id, "core");
	snprintf(d->kind, sizeof d->kind, "local");
	snprintf(d->folder, sizeof d->folder, "%.240s/drop", rig->folder);
}

static struct engine *start_engine(struct bench_rig *rig)
{
	static struct ports ports;
	struct problems problems;
	struct engine *e;

	ports = bench_ports();
	problems_init(&problems);
	int err = engine_new(&rig->config, &ports, &problems, &e);
	problems_print(&problems, stderr);
	problems_free(&problems);
	bench_must(err, "engine");
	return e;
}

static void *run_engine(void *arg)
{
	bench_must(engine_run(arg), "engine");
	return NULL;
}

/* The state of intake 1 as it is on disk; FILE_ARRIVING: there is none yet. */
static enum file_state state_of(struct engine *e, struct arena *arena, uint32_t *ret_taken)
{
	struct tx tx = {.ops = engine_ports(e)->store, .arena = arena};
	struct intake_rec in;

	arena_reset(arena);
	bench_must(tx.ops->snapshot(engine_store(e), &tx.txn), "snapshot");
	int err = db_intake_get(&tx, 1, &in);
	tx.ops->abort(tx.txn);
	if (err == E_NOTFOUND)
		return FILE_ARRIVING;
	bench_must(err, "intake");
	*ret_taken = in.rows_taken;
	return in.state;
}

/* ---- one measurement ---- */

static double cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void rest(struct bench_pace *pace)
{
	poll(NULL, 0, 2);
	if (pace)
		bench_pace_work(pace);
}

struct taking {
	double took_s, cpu_s;
	uint32_t taken;
};

/* Seconds from the intake record to `taken`. */
static struct taking take_file(struct engine *e, const struct bench_rig *rig,
			       struct bench_pace *pace)
{
	char from[512], to[512];
	double start = 0, cpu = 0;
	struct arena *arena;
	struct taking r = {0};
	enum file_state state;

	bench_must(arena_new(1 << 20, &arena), "arena");
	snprintf(from, sizeof from, "%s/source.csv", rig->folder);
	snprintf(to, sizeof to, "%s/drop/in/bench.csv", rig->folder);
	if (rename(from, to))
		bench_die(to, E_IO);
	while ((state = state_of(e, arena, &r.taken)) != FILE_TAKEN) {
		if (state == FILE_REFUSED)
			bench_die("the file was refused", E_INVALID);
		if (state != FILE_ARRIVING && start == 0) {
			start = bench_now_s();
			cpu = cpu_s();
		}
		rest(pace);
	}
	r.took_s = bench_now_s() - start;
	r.cpu_s = cpu_s() - cpu;
	arena_free(arena);
	return r;
}

static void print_pace(const char *when, struct bench_pace *pace)
{
	struct pace_stat s;
	bench_pace_stat(pace, &s);
	printf("    %-10s %9llu packets: p50 %.2f  p99 %.2f  p99.9 %.2f  worst %.2f ms; %llu ticks "
	       "over 10 ms late\n",
	       when, (unsigned long long)s.packets, s.p50_ms, s.p99_ms, s.p999_ms, s.worst_ms,
	       (unsigned long long)s.late);
}

static void measure(struct bench_rig *rig, uint32_t rows, bool cp932)
{
	struct engine *e = start_engine(rig);
	struct bench_pace *pace = how.legs ? bench_pace_start(how.legs) : NULL;
	struct engine_status status;
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_engine, e))
		bench_die("engine", E_NOMEM);
	double end = bench_now_s() + (pace ? how.seconds : 0);
	for (double settled = bench_now_s() + 0.5; bench_now_s() < end;) {
		rest(pace);
		if (settled && bench_now_s() > settled) {
			bench_pace_reset(pace); /* the beginning of the calls is over */
			settled = 0;
		}
	}
	if (pace) {
		print_pace("alone", pace);
		bench_pace_reset(pace);
	}
	struct taking r = take_file(e, rig, pace);
	if (pace)
		print_pace("meanwhile", pace);
	engine_status(e, &status);
	printf("%9u %-6s %11.0f %9.2f %9.2f %9.0f %10u\n", rows, cp932 ? "CP932" : "UTF-8",
	       r.taken / r.took_s, r.took_s, r.cpu_s, bench_peak_mb(), status.turn_longest_ms);
	fflush(stdout);
	_exit(r.taken == rows ? 0 : 1); /* an orderly stop would be no part of it */
}

static void bench(uint32_t rows, bool cp932)
{
	static struct bench_rig rig;
	char path[512];
	int status;

	open_rig(&rig, cp932);
	snprintf(path, sizeof path, "%s/source.csv", rig.folder);
	make_file(path, rows, cp932);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		measure(&rig, rows, cp932);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		bench_die("measurement", E_IO);
	bench_rig_close(&rig);
}

static int usage(void)
{
	fputs("usage: bench_intake_calls [--legs N] [--seconds S] [--sorted] [rows...]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static char *usual[] = {"10000", "100000", NULL};
	int i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--sorted") == 0)
			how.sorted = true;
		else if (strcmp(argv[i], "--legs") == 0 && i + 1 < argc)
			how.legs = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
			how.seconds = strtod(argv[++i], NULL);
		else
			return usage();
	}
	bench_must(cp932_init(), "CP932");
	printf("%zu legs, rows %s; pacing error by packet\n", how.legs,
	       how.sorted ? "sorted by person" : "in no order");
	printf("%9s %-6s %11s %9s %9s %9s %10s\n", "rows", "", "rows/s", "seconds", "cpu s",
	       "VmHWM MB", "longest ms");
	for (char **a = i < argc ? argv + i : usual; *a; a++) {
		unsigned long rows = strtoul(*a, NULL, 10);
		if (rows < 1 || rows > MAX_ROWS)
			return usage();
		bench((uint32_t)rows, false);
		bench((uint32_t)rows, true);
	}
	return 0;
}
