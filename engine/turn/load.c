/*
 * Rows of a targets file become debts, merged into targets: one a person in this
 * run. The batch comes sorted by person, so a target is read and written once a
 * batch. All in the turn's transaction, with the progress of the intake: a crash
 * goes on after the last committed row.
 */
#include "engine/turn/debts.h"
#include "engine/turn/dues.h"
#include "engine/turn/early.h"
#include "engine/turn/message.h"
#include "engine/turn/engine.h"
#include "engine/turn/found.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/identities.h"

#include "engine/log.h"
#include "engine/turn/names.h"
#include "engine/turn/people.h"
#include "engine/turn/person.h"
#include "engine/turn/renamed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int row_error(struct engine *e, struct intake_rec *in, uint32_t row, bool warning, const char *code,
	      const char *item, const char *words)
{
	struct rowerr r = {.intake = in->id,
			   .row = row,
			   .n = in->row_errors,
			   .warning = warning,
			   .code = code,
			   .item = item,
			   .words = words};
	in->row_errors++;
	return db_rowerr_put(&e->tx, &r);
}

/* What one batch writes: collected, then put table by table in key order. */
struct loading {
	struct engine *e;
	struct intake_rec *in;
	struct run_rec *run;
	struct load_counts *counts;
	struct bulk debts, keys, targets, names;
	struct due_adding dues;
	struct early early; /* payments that were known before */
	uint32_t seen;      /* rows of a full file that are known already */
	bool personal;      /* a text of its campaign differs from person to person */
};

static int refuse(struct loading *l, uint32_t row, const char *words)
{
	l->counts->refused++;
	return row_error(l->e, l->in, row, false, "E0004", "", words);
}

static int refuse_long(struct loading *l, uint32_t row)
{
	l->counts->refused++;
	return row_error(l->e, l->in, row, false, "E0003", "",
			 "行が長すぎます(引き継ぐ項目の合計128KBまで)");
}

/* ---- what is known of a person ---- */

enum { MOST_KNOWN = 10000 };

/* A debt of this person that stands in the store or in this batch. */
struct known {
	const char *identity;
	size_t n;
	uint32_t run, row;
	uint32_t file_row; /* of this batch; 0: the debt says it */
};

/* Of a new run, alone open in its campaign, all that is known was loaded since its first row, and
 * is kept in memory. A load that goes on after a restart, or beside another open run, looks
 * everybody up. */
static void people_begin(struct engine *e, const struct intake_rec *in, const struct run_rec *run)
{
	if (in->rows_done != 0)
		return; /* e->loaded is of this load if loaded_run says so, else of nobody's */
	e->loaded_run = 0;
	for (size_t i = 0; i < e->n_runs; i++) {
		const struct run_view *v = e->runs[i];
		bool other = v->campaign && strcmp(v->campaign->id, run->campaign) != 0;
		if (v->id != in->run && run_is_open(v->state) && !other)
			return;
	}
	load_forget_people(e); /* an aborted first batch may come again */
	e->loaded = people_new();
	e->loaded_run = e->loaded ? in->run : 0;
}

void load_forget_people(struct engine *e)
{
	people_free(e->loaded);
	e->loaded = NULL;
	e->loaded_run = 0;
}

struct person {
	struct loading *l;
	size_t n, cap;
	struct known *list;
	size_t n_targets; /* of this run, that his key leads to: his, or of another name of his */
	uint32_t targets[MOST_NAMES];
	uint32_t target;            /* his own in this run, or 0 */
	struct naming names;        /* of the debts of this batch */
	struct message_person says; /* of the rows of this batch */
	size_t n_says;
};

static int known_add(struct person *p, struct known known)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct known *list =
		    cap > MOST_KNOWN ? NULL : arena_take(p->l->e->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (p->n)
			memcpy(list, p->list, p->n * sizeof *list);
		p->list = list;
		p->cap = cap;
	}
	p->list[p->n++] = known;
	return 0;
}

static void note_target(struct person *p, uint32_t id)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i] == id)
			return;
	if (p->n_targets < MOST_NAMES)
		p->targets[p->n_targets++] = id;
}

static int known_found(void *arg, struct bytes key, struct bytes value)
{
	struct person *p = arg;
	uint32_t run, row;

	if (key.n < 8 || value.n != 4)
		return E_CORRUPT;
	key_identity_row_read(key, &run, &row);
	if (run == p->l->in->run)
		note_target(p, read_u32(value.p));
	const struct run_view *view = run_view(p->l->e, run);
	/* Repeats are those of open runs of the same campaign, this one among them. */
	if (!view || !view->campaign || !run_is_open(view->state) ||
	    strcmp(view->campaign->id, p->l->run->campaign) != 0)
		return 0;
	const char *copy = arena_copy(p->l->e->arena, key.p, key.n - 8);
	return copy ? known_add(p, (struct known){copy, key.n - 8, run, row, 0}) : E_NOMEM;
}

static const struct known *repeat_of(const struct person *p, const char *identity, size_t n)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].n == n && memcmp(p->list[i].identity, identity, n) == 0)
			return &p->list[i];
	return NULL;
}

/* ---- the target ---- */

static void add_numbers(struct target *t, const struct target_row *row)
{
	for (size_t i = 0; i < row->n_numbers; i++) {
		bool known = false;
		for (size_t j = 0; j < t->n_numbers; j++)
			known = known || strcmp(t->numbers[j].digits, row->numbers[i].digits) == 0;
		if (!known && t->n_numbers < MAX_NUMBERS)
			t->numbers[t->n_numbers++] = row->numbers[i];
	}
}

/* The rows of one person, which lie together in the batch. */
struct rows {
	const struct target_row *list;
	size_t n;
};

/* He was met in an earlier batch, and no row of this one is a repeat of what is loaded: his target,
 * read; else p->target is 0. */
static int met_before(struct person *p, uint32_t id, const struct rows *rows, struct target *t)
{
	struct engine *e = p->l->e;
	char key[MAX_KEY_BYTES];
	size_t n;

	for (size_t i = 0; i < rows->n; i++)
		if (key_identity(key, &n, &rows->list[i].key) == 0 &&
		    people_has_debt(e->loaded, key, n))
			return 0;
	int err = db_target_get(&e->tx, p->l->in->run, id, t);
	if (err)
		return err == E_NOTFOUND ? 0 : err; /* of a batch that was not committed */
	if (strcmp(t->person, rows->list[0].key.person) == 0)
		p->target = id;
	return 0;
}

/* A debt that is known by his key too may be that of another 宛名番号, whose target may even be of
 * this batch and not in the store yet. */
static int own_target(struct person *p, const char *person, struct target *t)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		int err = db_target_get(&p->l->e->tx, p->l->in->run, p->targets[i], t);
		if (err && err != E_NOTFOUND)
			return err;
		if (!err && strcmp(t->person, person) == 0) {
			p->target = p->targets[i];
			return 0;
		}
	}
	return 0;
}

/* What is known of him: his target of this run, if he has one (read into *t), and the debts that a
 * row may repeat. */
static int look_up(struct person *p, const struct rows *rows, struct target *t)
{
	struct engine *e = p->l->e;
	struct people *loaded = e->loaded_run == p->l->in->run ? e->loaded : NULL;
	char prefix[MAX_PERSON + 1];
	size_t n = key_person(prefix, rows->list[0].key.person);
	uint32_t id = 0;
	enum people_word word = loaded ? people_find(loaded, prefix, n, &id) : PEOPLE_PERHAPS;

	if (word == PEOPLE_NEW)
		return 0;
	int err = word == PEOPLE_KNOWN ? met_before(p, id, rows, t) : 0;
	if (err || p->target)
		return err;
	err = identities_scan(&e->tx, prefix, n, known_found, p);
	return err ? err : own_target(p, rows->list[0].key.person, t);
}

static void target_open(struct person *p, const struct target_row *row, struct target *t)
{
	if (p->target)
		return;
	*t = (struct target){
	    .run = p->l->in->run,
	    .person = row->key.person,
	    .state = TARGET_WAITING,
	    .name = row->name,
	    .kana = row->kana,
	    .birth_md = row->birth_md,
	    .debts_version = 1,
	    .branch_text = "",
	};
	person_from_row(t, row);
}

static bool has_sms(const struct target *t)
{
	for (size_t i = 0; i < t->n_numbers; i++)
		if (t->numbers[i].sms)
			return true;
	return false;
}

/* `had_sms`: before this batch's rows it was counted already. */
static int target_close(struct person *p, struct target *t, bool had_sms)
{
	struct loading *l = p->l;
	char key[MAX_KEY_BYTES];
	if (l->e->loaded_run == l->in->run) /* before its debts are put: too early does no harm */
		people_add(l->e->loaded, key, key_person(key, t->person), t->id);
	if (t->n_debts == 0)
		return 0; /* all rows of a new person were refused */
	if (!had_sms && has_sms(t)) {
		l->run->sms_targets++;
		if (l->personal)
			message_count(l->e->config, l->e->specs, l->run, &p->says);
	}
	if (!p->target) {
		t->due_ms = DUE_AT_ONCE; /* it waits for nothing but its run */
		int err = dues_add(&l->dues, t->id);
		if (err)
			return err;
	}
	return bulk_target(&l->e->tx, &l->targets, t);
}

/* ---- one row ---- */

static int add_name(struct person *p, const struct target_row *row, const struct target *t,
		    const struct debt_key *name)
{
	struct engine *e = p->l->e;
	char key[MAX_KEY_BYTES];
	size_t n;
	int err = key_identity(key, &n, name);
	if (err)
		return err == E_LIMIT ? 0 : err; /* no row can name it so */
	size_t len = n;
	const char *identity = arena_copy(e->arena, key, n);
	if (!identity)
		return E_NOMEM;
	if (e->loaded_run == t->run) { /* or rows by that name would be thought new */
		people_add_debt(e->loaded, key, n);
		n = key_person(key, name->person);
		people_add(e->loaded, key, n, 0);
	}
	err = renamed_hook(e, (struct match){t->run, row->place}, t->id, name);
	return err ? err
		   : known_add(p, (struct known){identity, len, t->run, row->place, row->row});
}

/* Of this batch, and not in the store yet: another person's, whom a key change made known by this
 * name. 0: there is none at that place. */
static uint32_t file_row_in_batch(const struct loading *l, const struct known *repeat)
{
	for (size_t i = 0; i < l->debts.n && repeat->run == l->in->run; i++) {
		const struct bulk_pair *pair = &l->debts.pairs[i];
		struct debt d;
		if (read_u32((const char *)pair->key.p + 4) == repeat->row &&
		    found_debt(pair->value, &d) == 0)
			return d.file_row;
	}
	return 0;
}

static int refuse_repeat(struct loading *l, uint32_t row, const struct known *repeat)
{
	char words[MAX_WORDS];
	struct debt d = {.file_row = repeat->file_row};
	int err = d.file_row ? 0 : db_debt_get(&l->e->tx, repeat->run, repeat->row, &d);

	if (err == E_NOTFOUND)
		d.file_row = file_row_in_batch(l, repeat);
	else if (err)
		return err;
	if (d.file_row == 0)
		d.file_row = repeat->row; /* an older release's name of a debt that is gone */
	snprintf(words, sizeof words, "同じ明細が配信%uの%u行目にあります(未終了の同じ配信業務)",
		 repeat->run, d.file_row);
	return refuse(l, row, words);
}

/* A row of a full file, about a debt of an open run. */
static int confirm(struct loading *l, const struct target_row *row, const struct known *repeat)
{
	struct debt_key names[MOST_KEYS];
	size_t n;
	int err = renamed_keys(l->e, &row->key, names, &n);
	if (err)
		return err;
	l->seen++;
	l->counts->taken++;
	l->counts->matched++;
	return full_seen(l->e, l->in, (struct match){repeat->run, repeat->row},
			 &(struct full_row){&l->early, names, n, row->amount});
}

static int add_debt(struct person *p, const struct target_row *row, struct target *t)
{
	struct loading *l = p->l;
	char key[MAX_KEY_BYTES];
	size_t n;

	int err = key_identity(key, &n, &row->key);
	if (err)
		return refuse(l, row->row, "明細を特定する項目が長すぎます");
	const struct known *repeat = repeat_of(p, key, n);
	if (repeat && l->in->full != FULL_NO && repeat->run != l->in->run)
		return confirm(l, row, repeat);
	if (repeat)
		return refuse_repeat(l, row->row, repeat);
	if (!person_same_contact(t, row))
		return refuse(l, row->row,
			      "同じ宛名番号の前の行と連絡先が違います。誰に話すかを決められません");
	if (t->n_debts == MAX_TARGET_DEBTS)
		return refuse(l, row->row, "一人の明細が100件を超えました");
	bool first = t->id == 0;
	if (first)
		t->id = ++l->run->targets;
	struct debt debt = {.run = l->in->run,
			    .row = row->place,
			    .file_row = row->row,
			    .target = t->id,
			    .key = row->key,
			    .tax_words = row->tax_words,
			    .due_day = row->due_day,
			    .amount = row->amount,
			    .amount_first = row->amount,
			    .n_carried = row->n_carried,
			    .pay_method = row->pay_method,
			    .demand_sent_day = row->demand_sent_day,
			    .slip_until_day = row->slip_until_day,
			    .late_charge = row->late_charge,
			    .no_debt = row->no_debt};
	memcpy(debt.carried, row->carried, sizeof debt.carried);
	memcpy(debt.carried_name, row->carried_name, sizeof debt.carried_name);
	struct debt_key names[MOST_KEYS];
	size_t n_names;
	err = renamed_keys(l->e, &row->key, names, &n_names);
	if (!err)
		err = early_apply(&l->early, &debt, names, n_names);
	if (err)
		return err;
	err = bulk_debt(&l->e->tx, &l->debts, &debt);
	if (err == E_LIMIT) {
		if (first) {
			l->run->targets--; /* nothing was added: the number is free again */
			t->id = 0;
		}
		return refuse_long(l, row->row);
	}
	const char *identity = err ? NULL : arena_copy(l->e->arena, key, n);
	if (!err)
		err = identity ? known_add(p, (struct known){identity, n, l->in->run, row->place,
							     row->row})
			       : E_NOMEM;
	if (l->e->loaded_run == l->in->run)
		people_add_debt(l->e->loaded, key, n);
	if (!err)
		err = naming_add(&p->names, key, n, row->place, t->id);
	for (size_t i = 1; i < n_names && !err; i++) /* a key change that came before it */
		err = add_name(p, row, t, &names[i]);
	if (err)
		return err;
	t->debts[t->n_debts++] = row->place;
	if (l->personal)
		message_person_row(&p->says, row->n_carried, row->carried_name, row->carried,
				   p->n_says++ == 0);
	add_numbers(t, row);
	person_merge(t, row);
	l->counts->taken++;
	return 0;
}

static int load_person(struct loading *l, const struct rows *rows)
{
	struct person p = {.l = l};
	struct target t = {0};

	int err = look_up(&p, rows, &t);
	if (!err)
		err = early_person(&l->early, rows->list[0].key.person);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	target_open(&p, &rows->list[0], &t);
	message_person_of(&t, &p.says);
	bool had_sms = p.target && has_sms(&t);
	err = naming_begin(&p.names, &l->e->tx, &l->keys, l->in->run, rows->n, p.target != 0);
	for (size_t i = 0; i < rows->n && !err; i++)
		err = add_debt(&p, &rows->list[i], &t);
	if (!err)
		err = naming_end(&p.names, t.person, t.id);
	if (!err && t.n_debts)
		err = names_join(l->e, &l->names, t.person, t.name_group);
	if (!err)
		err = early_person_end(&l->early, t.n_debts ? t.id : 0);
	return err ? err : target_close(&p, &t, had_sms);
}

static struct rows rows_of_person(const struct row_batch *batch, size_t from)
{
	struct rows rows = {.list = &batch->targets[from], .n = 1};
	while (from + rows.n < batch->n &&
	       strcmp(rows.list[rows.n].key.person, rows.list[0].key.person) == 0)
		rows.n++;
	return rows;
}

static int load_all(struct loading *l, const struct row_batch *batch)
{
	struct tx *tx = &l->e->tx;
	struct {
		struct bulk *bulk;
		enum store_table table;
	} bulks[] = {{&l->debts, T_DEBT},
		     {&l->keys, T_DEBTKEY},
		     {&l->targets, T_TARGET},
		     {&l->names, T_ALIAS}};
	enum { BULKS = sizeof bulks / sizeof *bulks };
	int err = 0;

	for (size_t i = 0; i < BULKS && !err; i++) /* two entries tell of a group */
		err = bulk_new(tx, batch->n * (bulks[i].table == T_ALIAS ? 2 : 1), bulks[i].bulk);
	dues_begin(&l->dues, tx, l->in->run);
	for (size_t i = 0; i < batch->n && !err;) {
		struct rows rows = rows_of_person(batch, i);
		err = load_person(l, &rows);
		i += rows.n;
	}
	if (!err)
		err = debts_pack(tx, &l->debts, batch->first_row);
	for (size_t i = 0; i < BULKS && !err; i++)
		err = bulk_put(tx, bulks[i].bulk, bulks[i].table);
	if (!err)
		err = dues_end(&l->dues);
	if (!err)
		err = names_joined(l->e, &l->names);
	return err ? err : early_rest(&l->early, l->in, l->in->run, &l->counts->warned);
}

int load_targets(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		 struct load_counts *counts)
{
	struct loading l = {.e = e, .in = in, .counts = counts};

	int err = run_work(e, in->run, &l.run);
	if (!err) {
		const struct campaign *c = specs_campaign(e->specs, l.run->campaign);
		l.personal = c && message_print(e->specs, c);
		people_begin(e, in, l.run);
	}
	if (!err && batch->n)
		err =
		    early_read(e, batch->targets[0].key.person,
			       batch->targets[batch->n - 1].key.person, batch->first_row, &l.early);
	l.early.e = e;
	if (!err)
		err = load_all(&l, batch);
	early_end(&l.early);
	if (err)
		return err;
	l.run->debts += counts->taken - l.seen;
	run_touch(e, l.run);
	return 0;
}
