/* See bench_rig.h. */
#include "tests/support/bench_rig.h"
#include "tests/support/store_rig.h"
#include "tests/support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapters/store/store.h"
#include "engine/log.h"
#include "engine/turn/debts.h"
#include "engine/turn/dues.h"

enum {
	BATCH = 2000,
	ARENA_BYTES = 256 << 20,
	RUN = 1,
};

double bench_now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_peak_mb(void)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return (double)kb / 1024;
}

_Noreturn void bench_die(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, err_str(err));
	exit(1);
}

void bench_must(int err, const char *what)
{
	if (err)
		bench_die(what, err);
}

/* ---- the folder ---- */

static void make_folder(const struct bench_rig *rig, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", rig->folder, name);
	if (mkdir(path, 0700))
		bench_die(path, E_IO);
}

static void link_spec(const struct bench_rig *rig, const char *name)
{
	char cwd[256], from[512], to[512];
	if (!getcwd(cwd, sizeof cwd))
		bench_die("getcwd", E_IO);
	snprintf(from, sizeof from, "%s/specs/%s", cwd, name);
	snprintf(to, sizeof to, "%s/specs/%s", rig->folder, name);
	if (symlink(from, to))
		bench_die(to, E_IO);
}

static void put_campaign(const struct bench_rig *rig, const char *waves)
{
	char path[512], start[11], end[11], demand[11];
	int32_t day = civil_day_at(rig->now_ms);

	civil_format_date(day, start);
	civil_format_date(day + 9, end);
	civil_format_date(day + 20, demand);
	snprintf(path, sizeof path, "%s/specs/campaigns/bench.xml", rig->folder);
	FILE *f = fopen(path, "w");
	if (!f)
		bench_die(path, E_IO);
	fprintf(f,
		"<?xml version=\"1.0\"?>\n"
		"<campaign xmlns=\"urn:osame:campaign:1\" id=\"bench\" department=\"zeimu\" "
		"kind=\"reminder\">"
		"<title>計測</title><files layout=\"targets-015\" pattern=\"bench*.csv\"/>"
		"<dates start=\"%s\" end=\"%s\" demand=\"%s\"/>"
		"<voice scenario=\"reminder\" caller=\"0265784111\" limit=\"5 min\"/>"
		"<sms sender=\"0265784111\"/>%s</campaign>",
		start, end, demand, waves);
	if (fclose(f))
		bench_die(path, E_IO);
}

static void configure(struct bench_rig *rig)
{
	struct config *c = &rig->config;
	struct config_department *d = &c->department[c->n_departments++];

	snprintf(c->engine.var, sizeof c->engine.var, "%s/var", rig->folder);
	snprintf(c->engine.specs, sizeof c->engine.specs, "%s/specs", rig->folder);
	snprintf(c->engine.schemas, sizeof c->engine.schemas, "schemas");
	snprintf(c->engine.city, sizeof c->engine.city, "202096");
	snprintf(c->engine.city_name, sizeof c->engine.city_name, "伊那市");
	c->engine.tick = 10;
	d->payments_check = PAYMENTS_OFF;
	c->engine.payments_kept = 14 * MS_PER_DAY; /* what is kept is looked up for each batch */
	c->engine.number_attempts_day = 3;
	c->engine.number_conversations_day = 1;
	c->engine.receipt_wait = 30 * MS_PER_MIN;
	c->engine.results_every = 10 * MS_PER_MIN;
	c->engine.results_rows = 10000;
	c->engine.poll = 3600000;
	snprintf(c->path, sizeof c->path, "bench");
	snprintf(d->id, sizeof d->id, "zeimu");
	snprintf(d->name, sizeof d->name, "税務課");
	snprintf(d->phone, sizeof d->phone, "0265784111");
}

void bench_rig_open(struct bench_rig *rig, const char *waves)
{
	static const char *const folders[] = {"var", "specs", "specs/campaigns"};
	static const char *const specs[] = {"layouts", "calendars", "texts", "lexicon",
					    "scenarios"};
	int32_t day;

	memset(rig, 0, sizeof *rig);
	log_level_set(LOG_ERROR);
	if (!civil_day_of(2026, 12, 7, &day))
		bench_die("2026-12-07", E_INVALID);
	rig->now_ms = civil_day_start(day) + 9 * 60 * MS_PER_MIN;
	temp_folder(rig->folder, "bench");
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		make_folder(rig, folders[i]);
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
		link_spec(rig, specs[i]);
	put_campaign(rig, waves);
	configure(rig);
}

void bench_rig_close(struct bench_rig *rig)
{
	temp_remove(rig->folder);
}

/* ---- the records ---- */

struct filling {
	struct tx tx;
	const struct bench_rig *rig;
	const struct bench_run *run;
	struct bulk debts, keys, targets, attempts, outrows;
	struct due_adding dues;
	uint64_t seq; /* of the next result: targets end one after another, each with its debts */
};

static bool is_done(const struct filling *f)
{
	return f->run->attempts > 0;
}

static void person_of(uint32_t target, char out[MAX_PERSON])
{
	snprintf(out, MAX_PERSON, "%012u", target);
}

static void number_of(uint32_t target, bool mobile, char out[MAX_NUMBER])
{
	if (mobile)
		snprintf(out, MAX_NUMBER, "090%08u", 10000000 + target % 80000000);
	else
		snprintf(out, MAX_NUMBER, "0265%06u", 200000 + target % 790000);
}

static const char *kept(struct filling *f, const char *s)
{
	const char *copy = arena_str(f->tx.arena, s);
	if (!copy)
		bench_die("arena", E_NOMEM);
	return copy;
}

static void add_debt(struct filling *f, uint32_t target, uint32_t row, const char *person)
{
	char key[MAX_KEY_BYTES], id[4], notice[16];
	size_t n;
	struct debt d = {
	    .run = RUN,
	    .row = row,
	    .file_row = row,
	    .target = target,
	    .tax_words = "固定資産税",
	    .due_day = civil_day_at(f->rig->now_ms) - 7,
	    .amount = 1000 + row % 90000,
	    .amount_first = 1000 + row % 90000,
	    .result = is_done(f) ? OUT_ANSWERED : OUT_NONE,
	    .n_carried = 2,
	    .carried_name = {"整理番号", "備考"},
	    .carried = {"S12345", "備考"},
	};

	snprintf(notice, sizeof notice, "N%09u", row);
	d.key = (struct debt_key){.person = person,
				  .gyomu = "015",
				  .tax = "002",
				  .fuka_year = "2026",
				  .chotei_year = "2026",
				  .period = "3",
				  .notice = kept(f, notice)};
	bench_must(bulk_debt(&f->tx, &f->debts, &d), "debt");
	bench_must(key_identity(key, &n, &d.key), "identity");
	n = key_identity_row(key, n, RUN, row);
	bench_must(bulk_add(&f->tx, &f->keys, key, n, id, key_u32(id, target)), "identity");
}

static void add_attempt(struct filling *f, const struct target *t, uint64_t id)
{
	char key[8], buf[4096];
	struct codec c;
	struct attempt a = {
	    .id = id,
	    .run = RUN,
	    .target = t->id,
	    .person = t->person,
	    .channel = CHANNEL_VOICE,
	    .state = ATTEMPT_ENDED,
	    .digits = t->numbers[0].digits,
	    .text = "",
	    .why = "",
	    .number_kind = t->numbers[0].kind,
	    .debts_version = 1,
	    .intended_ms = f->rig->now_ms,
	    .placed_ms = f->rig->now_ms,
	    .answered_ms = f->rig->now_ms,
	    .ended_ms = f->rig->now_ms + 60000,
	    .limit_ms = 300000,
	    .code = OUT_ANSWERED,
	    .heard = true,
	    .sip_status = 200,
	    .n_replies = 1,
	    .replies = {{"pay", "1"}},
	};
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	attempt_fields(&c, &a);
	bench_must(c.err, "attempt");
	bench_must(bulk_add(&f->tx, &f->attempts, key, key_u64(key, id), c.buf, c.n), "attempt");
}

static void add_outrow(struct filling *f, uint32_t row)
{
	char key[MAX_KEY_BYTES], buf[256];
	struct codec c;
	struct outrow r = {.kind = KIND_RESULTS,
			   .run = RUN,
			   .seq = f->seq++,
			   .at_ms = f->rig->now_ms,
			   .row = row,
			   .code = OUT_ANSWERED,
			   .old_code = OUT_NONE,
			   .amount = 1000 + row % 90000,
			   .attempts = f->run->attempts};
	size_t n = key_outrow(key, r.kind, r.run, r.seq);
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	outrow_fields(&c, &r);
	bench_must(c.err, "outrow");
	bench_must(bulk_add(&f->tx, &f->outrows, key, n, c.buf, c.n), "outrow");
}

/* The rows of a person lie together, as a load has them. */
static uint32_t first_row(const struct filling *f, uint32_t id)
{
	return (uint32_t)((uint64_t)(id - 1) * f->run->debts / f->run->targets) + 1;
}

static void add_target(struct filling *f, uint32_t id)
{
	char person[MAX_PERSON];
	struct target t = {.run = RUN,
			   .id = id,
			   .state = is_done(f) ? TARGET_DONE : TARGET_WAITING,
			   .name = "伊那　太郎",
			   .kana = "イナ　タロウ",
			   .birth_md = 512,
			   .n_numbers = 2,
			   .debts_version = 1,
			   .branch_text = "",
			   .attempt_count = f->run->attempts};

	person_of(id, person);
	t.person = kept(f, person);
	number_of(id, false, t.numbers[0].digits);
	t.numbers[0].kind = KIND_HOME;
	number_of(id, true, t.numbers[1].digits);
	t.numbers[1].kind = KIND_MOBILE;
	t.numbers[1].sms = true;
	for (uint32_t row = first_row(f, id);
	     row < first_row(f, id + 1) && t.n_debts < MAX_TARGET_DEBTS; row++) {
		t.debts[t.n_debts++] = row;
		add_debt(f, id, row, t.person);
		if (is_done(f))
			add_outrow(f, row);
	}
	for (unsigned i = 0; i < f->run->attempts; i++) {
		uint64_t attempt = (uint64_t)(id - 1) * f->run->attempts + i + 1;
		add_attempt(f, &t, attempt);
		t.past[t.n_past++] = (struct target_attempt){
		    .id = attempt, .past = {.channel = CHANNEL_VOICE, .code = OUT_ANSWERED}};
	}
	if (!is_done(f)) { /* as load.c does */
		t.due_ms = DUE_AT_ONCE;
		bench_must(dues_add(&f->dues, id), "due");
	}
	bench_must(bulk_target(&f->tx, &f->targets, &t), "target");
}

static void add_batch(struct filling *f, uint32_t from, uint32_t to)
{
	size_t debts = (size_t)(to - from) * (f->run->debts / f->run->targets + 1);
	struct bulk *all[] = {&f->debts, &f->keys, &f->targets, &f->attempts, &f->outrows};
	static const enum store_table tables[] = {T_DEBT, T_DEBTKEY, T_TARGET, T_ATTEMPT, T_OUTROW};

	dues_begin(&f->dues, &f->tx, RUN);
	for (size_t i = 0; i < 5; i++)
		bench_must(bulk_new(&f->tx, debts * (f->run->attempts + 1), all[i]), "arena");
	for (uint32_t id = from; id < to; id++)
		add_target(f, id);
	bench_must(dues_end(&f->dues), "due");
	bench_must(debts_pack(&f->tx, &f->debts, first_row(f, from)), "debts");
	for (size_t i = 0; i < 5; i++)
		bench_must(bulk_put(&f->tx, all[i], tables[i]), store_table_name(tables[i]));
}

static void add_run(struct filling *f)
{
	const struct bench_run *b = f->run;
	struct counters c = {.turn = 1,
			     .next_intake = 1,
			     .next_run = 1,
			     .next_file = is_done(f),
			     .schema = SCHEMA_VERSION,
			     .next_attempt = (uint64_t)b->targets * b->attempts};
	struct run_rec run = {
	    .id = RUN,
	    .state = RUN_RUNNING,
	    .campaign = "bench",
	    .campaign_version = "",
	    .scenario_version = "",
	    .department = "zeimu",
	    .layout = "targets-015",
	    .drop = "core",
	    .intake = 1,
	    .loaded = true,
	    .submitter = "",
	    .approver = "",
	    .approval = "",
	    .created_ms = f->rig->now_ms,
	    .debts = b->debts,
	    .targets = b->targets,
	    .done = is_done(f) ? b->targets : 0,
	    .ending = OUT_NONE,
	};
	struct intake_rec in = {
	    .id = 1,
	    .state = FILE_TAKEN,
	    .kind = LAYOUT_TARGETS,
	    .drop = "core",
	    .name = "bench.csv",
	    .sha256 = "",
	    .arriving = "",
	    .layout = "targets-015",
	    .campaign = "bench",
	    .why = "",
	    .rows_total = b->debts,
	    .rows_done = b->debts,
	    .rows_taken = b->debts,
	    .run = RUN,
	    .moved = true,
	};
	struct outfile file = {.number = 1,
			       .kind = KIND_RESULTS,
			       .state = OUTFILE_ASSIGNED,
			       .run = RUN,
			       .from = 0,
			       .to = b->debts,
			       .layout = "results",
			       .drop = "core",
			       .stamp_ms = f->rig->now_ms,
			       .name = "",
			       .sha256 = ""};
	if (is_done(f))
		run.next_row[KIND_RESULTS] = run.filed[KIND_RESULTS] = b->debts;
	bench_must(db_counters_put(&f->tx, &c), "counters");
	bench_must(db_intake_put(&f->tx, &in), "intake");
	bench_must(db_run_put(&f->tx, &run), "run");
	if (is_done(f))
		bench_must(db_outfile_put(&f->tx, &file), "outfile");
}

void bench_fill(const struct bench_rig *rig, const struct bench_run *run)
{
	struct filling f = {.tx = {.ops = &store_bdb}, .rig = rig, .run = run};
	struct arena *arena;
	struct store *store;
	char home[512];

	snprintf(home, sizeof home, "%s/var/store", rig->folder);
	bench_must(store_bdb.open(&(struct store_config){.home = home}, &store), home);
	bench_must(arena_new(ARENA_BYTES, &arena), "arena");
	f.tx.arena = arena;
	for (uint32_t id = 1; id <= run->targets;) {
		uint32_t to = id + BATCH > run->targets + 1 ? run->targets + 1 : id + BATCH;
		int err;
		arena_reset(arena);
		bench_must(store_bdb.begin(store, &f.tx.txn), "begin");
		add_batch(&f, id, to);
		if (to > run->targets)
			add_run(&f);
		if (store_bdb.commit(f.tx.txn, &err) != COMMIT_DONE)
			bench_die("commit", err);
		id = to;
	}
	arena_free(arena);
	store_bdb.close(store);
}
