/* See retire.h. A class of a day goes as a whole, or waits as a whole for the last of its files. */
#include "engine/turn/retire.h"

#include "engine/archive/days.h"
#include "engine/archive/retain.h"
#include "engine/config/value.h"
#include "engine/log.h"
#include "engine/plan/civil.h"
#include "engine/turn/db.h"
#include "engine/turn/expect.h"
#include "engine/turn/found.h"
#include "spool/afile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct held {
	int32_t day;
	const char *class_name;
};
struct due {
	int32_t day;
	int class_no;
};

struct retire {
	const struct archiver_config *c;
	const char *root;
	int64_t now_ms;
	struct retire_plan plan;
	struct ids open;    /* runs that are at work */
	struct ids over;    /* runs that may go, before it is known whether they have rows */
	struct ids intakes; /* of runs at work */
	size_t n_held, n_due;
	struct held *held;
	struct due *due;
	const struct retire_order *order;
};

static bool has(const struct ids *ids, uint64_t id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->list[i] == id)
			return true;
	return false;
}

static int hold(struct retire *r, int64_t ms, const char *class_name)
{
	struct held *list = realloc(r->held, (r->n_held + 1) * sizeof *list);
	if (!list)
		return E_NOMEM;
	r->held = list;
	list[r->n_held++] = (struct held){civil_day_at(ms), class_name};
	return 0;
}

static bool is_held(const struct retire *r, int32_t day, const char *class_name)
{
	for (size_t i = 0; i < r->n_held; i++)
		if (r->held[i].day == day && strcmp(r->held[i].class_name, class_name) == 0)
			return true;
	return false;
}

/* ---- the store: what is at work ---- */

static bool all_filed(const struct run_rec *run)
{
	for (int i = 0; i < RUN_KINDS; i++)
		if (run->next_row[i] > run->filed[i])
			return false;
	return true;
}

/* Its approvals: those days are held while it is open. */
static int hold_approvals(struct retire *r, const struct run_rec *run)
{
	const int64_t at[] = {run->submitted_ms, run->approved_ms, run->started_ms};
	int err = 0;
	for (size_t i = 0; i < sizeof at / sizeof *at && !err; i++)
		if (at[i])
			err = hold(r, at[i], CLASS_APPROVALS);
	return err;
}

static int run_found(void *arg, struct bytes key, struct bytes value)
{
	struct retire *r = arg;
	struct run_rec run;
	(void)key;
	if (found_run(value, &run))
		return E_CORRUPT;
	bool over = !run_is_open(run.state) && all_filed(&run) && run.done >= run.targets;
	if (over) {
		if (r->plan.run_keep_ms && run.ended_ms + r->plan.run_keep_ms <= r->now_ms)
			return ids_add(&r->over, run.id);
		return 0;
	}
	int err = ids_add(&r->open, run.id);
	if (!err)
		err = ids_add(&r->intakes, run.intake);
	return err ? err : hold_approvals(r, &run);
}

/* A file that is not delivered: its run and its intake are at work. */
static int undelivered_found(void *arg, struct bytes key, struct bytes value)
{
	struct retire *r = arg;
	struct outfile f;
	(void)key;
	int err = found_outfile(value, &f);
	if (!err && f.state != OUTFILE_DELIVERED && f.run)
		err = ids_add(&r->open, f.run);
	if (!err && f.state != OUTFILE_DELIVERED && f.intake)
		err = ids_add(&r->intakes, f.intake);
	return err;
}

static int delivered_found(void *arg, struct bytes key, struct bytes value)
{
	struct retire *r = arg;
	struct outfile f;
	(void)key;
	int err = found_outfile(value, &f);
	if (!err && f.state == OUTFILE_DELIVERED &&
	    ((f.run && has(&r->open, f.run)) || (f.intake && has(&r->intakes, f.intake))))
		err = hold(r, f.delivered_ms, CLASS_OUT);
	return err;
}

static int intake_found(void *arg, struct bytes key, struct bytes value)
{
	struct retire *r = arg;
	struct intake_rec in;
	(void)key;
	if (found_intake(value, &in))
		return E_CORRUPT;
	bool at_work = has(&r->intakes, in.id) || (in.run && has(&r->open, in.run));
	return at_work && in.ended_ms ? hold(r, in.ended_ms, CLASS_IN) : 0;
}

static int count_target(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(uint64_t *)arg;
	return 0;
}

/* Runs that still have people. Those whose file is not delivered stay. */
static int look_at_runs(struct retire *r, struct tx *tx)
{
	struct retire_plan *p = &r->plan;
	int err = 0;
	for (size_t i = 0; i < r->over.n && !err && p->n_runs < RETIRE_MOST_RUNS; i++) {
		char key[4];
		uint32_t run = (uint32_t)r->over.list[i];
		uint64_t targets = 0;
		if (has(&r->open, run))
			continue;
		err = db_scan(tx, T_TARGET, key, key_u32(key, run), 4, 0, count_target, &targets);
		if (targets)
			p->runs[p->n_runs++] = run;
		p->targets += targets;
	}
	return err;
}

static int read_store(struct retire *r)
{
	struct tx tx = {.ops = r->c->ports->store};
	int err = tx.ops->snapshot(r->c->store, &tx.txn);
	if (err)
		return err;
	err = db_scan(&tx, T_RUN, "", 0, 0, 0, run_found, r);
	if (!err)
		err = db_scan(&tx, T_OUTFILE, "", 0, 0, 0, undelivered_found, r);
	if (!err)
		err = db_scan(&tx, T_OUTFILE, "", 0, 0, 0, delivered_found, r);
	if (!err)
		err = db_scan(&tx, T_INTAKE, "", 0, 0, 0, intake_found, r);
	if (!err)
		err = look_at_runs(r, &tx);
	tx.ops->abort(tx.txn);
	return err;
}

/* ---- the archive: what is over its time ---- */

static int add_due(struct retire *r, int32_t day, int class_no, const struct retain_class *there)
{
	struct retire_class *c = &r->plan.list[class_no];
	if (is_held(r, day, c->name)) {
		c->held_days++;
		return 0;
	}
	struct due *list = realloc(r->due, (r->n_due + 1) * sizeof *list);
	if (!list)
		return E_NOMEM;
	r->due = list;
	list[r->n_due++] = (struct due){day, class_no};
	c->days++;
	c->files += there->files;
	c->bytes += there->bytes;
	if (c->first == DAY_NONE)
		c->first = day;
	c->last = day;
	return 0;
}

static int look_at_day(struct retire *r, int32_t day)
{
	struct retain_day there;
	int err = retain_look(r->root, day, &there);
	for (size_t i = 0; !err && i < there.n; i++)
		for (int k = 0; k < RETIRE_CLASSES && !err; k++) {
			const struct retire_class *c = &r->plan.list[k];
			if (strcmp(c->name, there.list[i].name) == 0 && c->keep_ms &&
			    civil_day_start(day + 1) + c->keep_ms <= r->now_ms)
				err = add_due(r, day, k, &there.list[i]);
		}
	return err;
}

/* Of the other classes nothing is over its time. */
static void recordings_alone(struct retire_plan *p)
{
	for (int i = 0; i < RETIRE_CLASSES; i++)
		if (strcmp(p->list[i].name, CLASS_RECORDINGS) != 0)
			p->list[i].keep_ms = 0;
	p->run_keep_ms = 0;
}

int retire_plan(const struct archiver_config *c, const char *root, const struct archive_job *job,
		struct retire **ret)
{
	const struct config_retention *keep = &c->config->retention;
	struct days days = {0};
	struct retire *r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	r->c = c;
	r->root = root;
	r->now_ms = job->now_ms;
	r->plan = (struct retire_plan){
	    .list = {{.name = CLASS_IN, .keep_ms = keep->exchange_in},
		     {.name = CLASS_OUT, .keep_ms = keep->exchange_out},
		     {.name = CLASS_APPROVALS, .keep_ms = keep->approvals},
		     {.name = CLASS_CONFIGURATION, .keep_ms = keep->configuration},
		     {.name = CLASS_RECORDINGS, .keep_ms = keep->recordings}},
	    .run_keep_ms = keep->run_data};
	if (job->recordings)
		recordings_alone(&r->plan);
	for (int i = 0; i < RETIRE_CLASSES; i++)
		r->plan.list[i].first = r->plan.list[i].last = DAY_NONE;
	int err = job->recordings ? 0 : read_store(r); /* nothing holds that class */
	if (!err)
		err = days_list(root, &days);
	for (size_t i = 0; !err && i < days.n && days.list[i] <= job->after; i++)
		err = look_at_day(r, days.list[i]);
	days_free(&days);
	if (err) {
		retire_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

const struct retire_plan *retire_shown(const struct retire *r)
{
	return &r->plan;
}

void retire_free(struct retire *r)
{
	if (!r)
		return;
	ids_free(&r->open);
	ids_free(&r->over);
	ids_free(&r->intakes);
	free(r->held);
	free(r->due);
	free(r);
}

/* ---- deleting ---- */

struct deleting {
	struct retire *r;
	struct expected *expected; /* of that day: knows where the spool's own copies lie */
};

static int copy_certificate(void *arg, const char *name, const void *p, size_t n)
{
	const struct deleting *d = arg;
	char day[16];
	day_folder(d->r->order->today, day);
	return spool_archive_text(d->r->c->spool, day, CLASS_CERTIFICATES, name, p, n);
}

/* The same file stands in taken/, refused/ or sent/ under a second name. */
static int remove_copies(void *arg, int32_t day, const char *path)
{
	const struct deleting *d = arg;
	char in_spool[MAX_PATH_BYTES];
	int err = expected_place(d->r->c, d->expected, day, path, in_spool);
	if (!err)
		err = afile_remove_durable(in_spool);
	return err == E_NOTFOUND ? 0 : err;
}

static int delete_one(struct retire *r, const struct due *due, struct retained *ret)
{
	const struct retire_class *c = &r->plan.list[due->class_no];
	struct deleting d = {.r = r};
	struct retain_config rc = {.seal = {.root = r->root,
					    .sum = r->order->sum,
					    .sign = r->c->ports->sign,
					    .key = r->c->key},
				   .by = r->order->by,
				   .at_ms = r->now_ms,
				   .copy = copy_certificate,
				   .copies = remove_copies,
				   .arg = &d};
	value_duration(c->keep_ms, rc.kept);
	int err = expected_read(r->c, due->day - 1, due->day, &d.expected);
	if (!err)
		err = retain_delete(&rc, due->day, c->name, ret);
	expected_free(d.expected);
	return err;
}

int retire_delete(struct retire *r, const struct retire_order *order, size_t *ret_files,
		  size_t *ret_left, char why[MAX_WORDS])
{
	int err = 0;
	r->order = order;
	*ret_files = *ret_left = 0;
	for (size_t i = 0; i < r->n_due && !err; i++) {
		const char *name = r->plan.list[r->due[i].class_no].name;
		struct retained done;
		char day[11];
		civil_format_date(r->due[i].day, day);
		err = delete_one(r, &r->due[i], &done);
		if (err) {
			snprintf(why, MAX_WORDS, "%s of %s: %s", name, day, err_str(err));
			return err;
		}
		*ret_files += done.files;
		*ret_left += done.left;
		log_info("event=deleted day=%s class=%s files=%zu left=%zu by=%s", day, name,
			 done.files, done.left, order->by);
	}
	return 0;
}
