/*
 * The engine's inside: shared by the files of engine/turn/ only. The rest of the
 * program sees engine/turn/turn.h.
 *
 * How a turn works (turn.c, transact.c): take messages; in one transaction apply them and write
 * the intents that can start now; commit once; only then run the effects, which
 * change memory, post to the channels and answer whoever asked. So:
 *
 *   - a handler (on_*, and what it calls) may read memory and write records through
 *     e->tx; it changes no memory but by effect_add();
 *   - it may run again after an abort: nothing it did then remains;
 *   - an effect cannot fail in a way that matters: what it could not do is done by
 *     the next turn, or at the next start from the records.
 */
#ifndef ENGINE_TURN_ENGINE_H
#define ENGINE_TURN_ENGINE_H

#include "engine/config/config.h"
#include "engine/drop.h"
#include "engine/event.h"
#include "engine/intake.h"
#include "engine/mailbox.h"
#include "engine/plan/plan.h"
#include "engine/registry.h"
#include "engine/turn/archiver.h"
#include "engine/turn/db.h"
#include "engine/turn/fresh.h"
#include "engine/turn/map.h"
#include "engine/turn/match.h"
#include "engine/turn/memory.h"
#include "engine/turn/paying.h"
#include "engine/turn/recent.h"
#include "engine/turn/specs.h"
#include "engine/turn/turn.h"
#include "engine/voice.h"
#include "spool/spool.h"

#include <pthread.h>
#include <stdatomic.h>

struct callbacks;
struct engine;
struct filter; /* filter.h */
struct people; /* people.h */
struct handed;
struct spec_in;
struct hand_in;
struct spec_files;
struct edit;
struct putting;
struct rebuilding;
struct expect_view;
struct touched; /* touched.h */
struct trial_rec;

/* ---- effects: what happens once the transaction is on disk ---- */

typedef void (*effect_fn)(struct engine *e, void *arg);
/* On commit `run(e, arg)` is called, in the order of adding; on abort `drop(arg)`. Each must free
 * arg; drop NULL: there is nothing to free. E_NOMEM: arg was dropped. */
int effect_add(struct engine *e, effect_fn run, void *arg, void (*drop)(void *)) MUST_CHECK;

/* ---- of the transaction under way ---- */

/* A record of a run that this turn has in hand: read once, written once. */
struct work_run {
	struct work_run *next;
	struct run_rec rec;
	bool dirty;
};

/* A call that came in within this transaction. */
struct work_inbound {
	struct work_inbound *next;
	uint64_t inbound, id;
};

struct sms_last {
	const struct campaign *campaign; /* of the specs, which outlive it */
	char text[MAX_ID], finished[SMS_TEXT_BYTES];
};

struct effect {
	effect_fn run;
	void *arg;
	void (*drop)(void *);
};

/* Rows about holds or numbers that wait for a file (bookrows.c). */
struct book_view {
	uint64_t next, filed;
	int64_t pending_ms;
	bool wanted; /* the specs have a layout for them */
};

struct engine {
	const struct config *config;
	const struct ports *ports;
	struct specs *specs;
	struct spool *spool;

	uint8_t account_key[32]; /* account_seal.c; set at the start alone */
	bool account_key_gone;   /* secrets are sealed, and there is no key: nothing is sealed */
	size_t accounts_shut;    /* whose secrets this key does not open; disabled ones are */
	size_t accounts_stopped; /* counted apart: nobody misses them */

	struct store *store;
	struct arena *arena;           /* of the transaction; a step of it may give back its part */
	struct arena *in_hand;         /* records that stay in hand until its end */
	struct tx tx;                  /* what it reads lies in `arena` */
	struct counters counters;      /* of the transaction under way */
	int64_t now_ms;                /* of this turn */
	struct work_run *work_runs;    /* in in_hand */
	struct work_money *work_money; /* likewise: money.c */
	struct effect *effects;
	size_t n_effects, cap_effects;
	struct work_inbound *work_inbound; /* likewise: callback.c */
	size_t intents_now;                /* written in this transaction, by channel */
	size_t messages_now;
	size_t preparing_now;  /* targets whose prompts it asks for */
	size_t looks_now;      /* targets that it read to start or to end them */
	size_t messages_back;  /* places of submissions that this transaction gives back */
	uint64_t transactions; /* begun; those that are run again are counted again */
	size_t calls_in_now;   /* that came in */
	size_t transfers_now;
	/* What staff's legs of calls of no run may still cost, by department; of this transaction.
	 */
	int64_t staff_sen[CONFIG_MOST_DEPARTMENTS], staff_now_sen[CONFIG_MOST_DEPARTMENTS];

	struct mailbox *inbox, *rows;

	struct voice *voice;
	struct text *text;
	struct speech *speech;
	pthread_mutex_t speech_lock;   /* a reader speaks by it now (reads_say.c) */
	struct recogniser *recogniser; /* the voice channel's; NULL: spoken answers are off */
	struct intake *intake;
	struct builder *builder;
	struct archiver *archiver;
	struct callbacks *callbacks; /* calls that come in (callback.h) */
	struct archive_view archive;
	struct sounds_view sounds; /* recordings that go to the archiver (sounds.h) */
	struct purge_view purge;

	struct run_view **runs;
	size_t n_runs, cap_runs;
	size_t n_ended;
	struct ended_run ended[MOST_LATELY]; /* lately, and without a view (recent.h) */
	struct run_view *spare_views;        /* had before the commit: the effects need no memory */
	struct map *flights;                 /* attempt id -> struct flight */
	struct bynumber *bynumber;           /* those that are with a channel */
	struct expiry *expiry;               /* those of them that end by time: submitted, ghosts */
	struct map *ready;                   /* run, target -> struct ready */
	struct map *jobs;                    /* speech job id -> struct ready */
	uint64_t next_job;
	size_t lines_used, sms_used, sms_waiting, preparing;
	size_t trials; /* of the flights */
	double tokens; /* the pacer's */
	int64_t tokens_boot_ms;
	size_t first_run, next_first_run; /* in runs: with which starting begins; after this turn */
	bool more;                        /* the last turn left work that can go on at once */
	struct sms_last sms_last;         /* the finished text that passed its check last */

	struct drop_view drops[CONFIG_MOST_DROPS];
	size_t n_drops;
	uint64_t next_drop_job;
	uint32_t next_intake;    /* ids given to fetches under way are above the stored counter */
	size_t files_in;         /* intakes between received and taken or refused */
	size_t payments_in;      /* … of those kinds that hush (hush.h) … */
	size_t payments_now;     /* … that this transaction received */
	struct hushing *hushing; /* those of payments_in, in no order */
	uint32_t hush_named;     /* the intake that the alert names */
	size_t files_out;        /* outgoing files not yet delivered */
	struct again *again;     /* outgoing files */
	struct again *reload;    /* incoming files */
	size_t n_fresh;
	struct fresh fresh[MOST_FRESH]; /* payments, by drop */
	size_t n_sweeps;
	struct sweep {
		uint32_t intake;
		char campaign[MAX_ID];
		bool asks;       /* nothing to do before an operator's word */
	} sweeps[MAX_OPEN_RUNS]; /* full files whose missing debts are looked for (fullfile.c) */
	struct {
		char key[MAX_KEY_BYTES]; /* where the sweep of kept payments goes on (early.c) */
		size_t n;
		int64_t due_boot_ms;
	} expire;
	struct handed *handed;    /* copies what staff hand in */
	struct putting *puttings; /* whose command is not answered yet (put.c) */
	struct rebuilding *rebuilds;
	struct spec_in *spec_in;  /* reads documents that staff hand in … */
	struct hand_in *hand_ins; /* … those whose command is not answered yet */
	uint64_t next_hand_in;
	struct spec_files *spec_files; /* writes documents that staff change */
	struct edit *edits;            /* that are on their way to their files (edit.c) */
	size_t n_edits, edits_now;     /* …; begun in this transaction */
	uint64_t next_edit;
	struct expect_view *expects;  /* what came so far, one a section [expect] (expects.c) */
	struct filter *named;         /* who has other names (names.c): perhaps */
	struct filter *held, *marked; /* who has holds, which numbers are in the book: perhaps */
	int64_t promise_ms;           /* when promises are looked at next */
	struct book_view book[BOOK_KINDS];
	struct people *loaded; /* load.c: who has debts in run loaded_run; or NULL */
	uint32_t loaded_run;
	struct trunk_view trunks[MAX_TRUNKS];
	bool trunk_up; /* one of them at least */
	int trunk_status;
	size_t trunk_lines; /* of those that are up; 0: as many as [voice] says */
	int trunk_rate;     /* calls a second of those that are up; 0: as many as [engine] says */

	int64_t wall_ms, boot_ms; /* at the last turn: the guard against clock jumps */
	int64_t turn_boot_ms;     /* when the last turn began its work */
	int64_t settle_boot_ms;   /* nothing starts or expires before */
	int64_t busy_boot_ms;     /* last time something was in progress (rehearsal) */
	bool commit_trouble;
	int64_t retry_boot_ms;

	struct alert alerts[MAX_ALERTS];
	size_t n_alerts;
	pthread_mutex_t status_lock;
	struct engine_status status;
	uint64_t turns;
	uint32_t turn_longest_ms;
	bool stopping;
	atomic_bool stop_asked; /* engine_stop(), any thread */
};

/* ---- transact.c ---- */
/* The run's record in this transaction; change it and call run_touch. */
int run_work(struct engine *e, uint32_t id, struct run_rec **ret_run) MUST_CHECK;
void run_touch(struct engine *e, const struct run_rec *run);
void run_forget(struct engine *e, uint32_t id); /* it was deleted: it is not written back */
/* To read records that stay in hand: as e->tx, and a step does not give them back. */
struct tx tx_in_hand(const struct engine *e);
/* Ends the transaction of recovery: writes back, commits, runs the effects; `err`: aborts it. */
int recover_commit(struct engine *e, int err) MUST_CHECK;
const char *keep(struct engine *e, const char *s); /* into the turn's arena; "" without memory */

/* ---- life.c ---- */
void channels_stop(struct engine *e); /* voice, text, speech; their last events are in the inbox */

/* ---- trunks.c ---- */
void trunks_said(struct engine *e, const struct event *ev); /* EV_TRUNK; memory alone */
size_t trunks_lines(const struct engine *e);                /* most calls at once, now */
double trunks_rate(const struct engine *e);                 /* most calls in a second, now */

/* ---- alert.c ---- */
void alert_raise(struct engine *e, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void alert_clear(struct engine *e, const char *key);
bool alert_stands(struct engine *e, const char *key); /* raised, and not cleared */

/* ---- runs.c: what staff command ---- */
int runs_recover(struct engine *e) MUST_CHECK;
int on_command(struct engine *e, struct command *command) MUST_CHECK;

/* ---- run_views.c: what memory keeps of runs ---- */
struct run_view *run_view(struct engine *e, uint32_t id);          /* or NULL */
void run_view_update(struct engine *e, const struct run_rec *run); /* an effect's work */
/* Before the commit: memory for the views of the runs that it changes. */
int run_views_reserve(struct engine *e) MUST_CHECK;
int run_views_room(struct engine *e, size_t n) MUST_CHECK; /* … and for n that are new */
void run_views_free(struct engine *e);
void run_view_drop(struct engine *e, uint32_t id);

/* ---- incoming.c: files that come in ---- */
int on_fetched(struct engine *e, const struct drop_view *d, const struct drop_done *done,
	       uint32_t intake) MUST_CHECK;
int on_moved(struct engine *e, uint32_t intake) MUST_CHECK;
/* The layout of an incoming file by its name, or NULL: none, or several. */
const struct layout *incoming_layout(struct engine *e, const char *name);
int on_checked(struct engine *e, const struct event *ev) MUST_CHECK;
int on_rows(struct engine *e, const struct row_batch *batch) MUST_CHECK;
int on_intake_end(struct engine *e, const struct event *ev) MUST_CHECK;
/* All of its rows are in, and what they ask for is done: `taken`. */
int incoming_taken(struct engine *e, struct intake_rec *in) MUST_CHECK;
/* Refused whole, for good; without a run. */
int incoming_give_up(struct engine *e, struct intake_rec *in, const char *words) MUST_CHECK;

/* ---- incoming_recover.c, steps.c ---- */
int incoming_recover(struct engine *e) MUST_CHECK; /* at start: go on where each file stood */
/* Before its end: in arriving/ or received/ of the spool. */
bool incoming_copy_stands(const struct engine *e, const struct intake_rec *in);
int step_retry(struct engine *e) MUST_CHECK; /* files that the moment refused */

/* ---- load.c, pay.c: rows ---- */
struct load_counts {
	uint32_t taken, refused, warned, matched;
};
int load_targets(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		 struct load_counts *counts) MUST_CHECK;
int load_payments(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		  struct load_counts *counts) MUST_CHECK;
int load_withdrawals(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		     struct load_counts *counts) MUST_CHECK;
int load_exclusions(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		    struct load_counts *counts) MUST_CHECK;
int load_key_changes(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		     struct load_counts *counts) MUST_CHECK;
/* A warning: the debts of runs that matter no more were too many, and are as they were. */
int row_cut(struct engine *e, struct intake_rec *in, uint32_t row,
	    struct load_counts *counts) MUST_CHECK;
/* To this debt, as a row that came at that time. Here and below: a debt that changes is put, and
 * its target added to `touched`, which the caller settles. */
int payment_settle(struct engine *e, const struct payment_row *pay, struct match where,
		   int64_t at_ms, struct touched *touched) MUST_CHECK;
/* How payments are applied now. */
struct paying paying_now(const struct engine *e);
/* Nobody can say which of several debts a row means: no contact about this one. */
int debt_hold(struct engine *e, struct match where, struct touched *touched) MUST_CHECK;
/* Taken back, if it is not paid. */
int debt_withdraw(struct engine *e, struct match where, struct touched *touched) MUST_CHECK;
/* For whoever writes T_DEBTKEY while another file is being loaded: its next rows look everybody up.
 */
void load_forget_people(struct engine *e);
/* Adds a row error; *n counts those of this intake. */
int row_error(struct engine *e, struct intake_rec *in, uint32_t row, bool warning, const char *code,
	      const char *item, const char *words) MUST_CHECK;

/* ---- target.c: what becomes of a target ---- */
/* Its debts into the arena: those that are asked for now (standing.h). */
struct asked {
	struct debt *debts;
	size_t n;
};
int target_active(struct engine *e, const struct target *t, struct asked *ret) MUST_CHECK;
/* Which debts, and what is owed of each: two lists that would be spoken differently differ here.
 * Time alone changes the list (a wait for a debit ends, an exclusion begins), without a new
 * version. */
uint64_t debts_print(const struct debt *debts, size_t n);
/* Waiting: next due time, or done. The record is put. */
int target_settle(struct engine *e, struct target *t) MUST_CHECK;
/* When and how next, with the number book asked. */
int target_plan(struct engine *e, const struct target *t, const struct run_view *run,
		struct plan *ret_plan) MUST_CHECK;
/* A debt changed (paid, reduced, held): what waits is prepared anew, what flies is recalled. */
int target_changed(struct engine *e, struct target *t) MUST_CHECK;
/* What flies for it is recalled after the commit: its attempt, and a message that staff sent again.
 */
int target_recall(struct engine *e, const struct target *t) MUST_CHECK;
/* Waiting until `due_ms`; what was prepared for it is forgotten. The record is put. */
int target_later(struct engine *e, struct target *t, int64_t due_ms) MUST_CHECK;
/* Memory: tells the channel, once, not to send this one. */
void flight_recall(struct engine *e, struct flight *f);
int ready_forget_later(struct engine *e, uint32_t run, uint32_t target) MUST_CHECK;

/* ---- prepare.c: prompts rendered ahead ---- */
struct ready *prepare_ready(struct engine *e, uint32_t run, uint32_t target); /* or NULL */
/* There is room for one more, with what this transaction asks for. */
bool prepare_room(const struct engine *e);
/* Taken out of e->ready already: counted out, and freed. */
void prepare_forget(struct engine *e, struct ready *r);
int prepare_target(struct engine *e, const struct target *t, const struct run_view *run,
		   const struct asked *asked) MUST_CHECK;
/* A run that may not call now keeps no prepared prompts: their places are for the runs that may. */
int prepare_give_back(struct engine *e, struct run_view *run) MUST_CHECK;
void on_rendered(struct engine *e, struct event *ev); /* memory only */

/* ---- intend.c: the intent of one attempt, handed to its channel after the commit ---- */
/* What was found out about the attempt that may start now, in this transaction. */
struct intending {
	struct plan plan;
	struct number_rec number; /* of plan.number */
	struct asked asked;
};
int intend_call(struct engine *e, struct target *t, const struct run_view *run,
		const struct intending *how, const struct ready *ready) MUST_CHECK;
/* `branch`: the scenario of a call asked for it. A text that may not be sent makes the target wait.
 */
int intend_message(struct engine *e, struct target *t, const struct run_view *run,
		   const struct intending *how, const char *text, bool branch) MUST_CHECK;
struct resend {
	uint64_t of;
	const char *reason;
};
/* Staff send a message again: the target's own course is left alone. Not sent: the text is not fit,
 * or there is no money. */
int intend_resend(struct engine *e, struct target *t, const struct run_view *run,
		  const struct intending *how, const char *text, const struct resend *again,
		  bool *ret_sent) MUST_CHECK;

/* ---- start.c: who is due, and may it start now? ---- */
bool start_sms_free(const struct engine *e); /* a submission more may be under way */
/* May this number be contacted now, over all departments? Not before *ret_ms; 0: now. */
int start_number_rule(struct engine *e, const struct target *t, int number, enum channel channel,
		      struct number_rec *ret_number, int64_t *ret_ms) MUST_CHECK;
int start_attempts(struct engine *e) MUST_CHECK;
int64_t
start_next_due(struct engine *e); /* earliest instant at which a run has work, or INT64_MAX */

/* ---- money.c: what was spent, and the guard ---- */
struct money_room {
	int64_t sen;   /* that may be spent still; INT64_MAX: no limit */
	bool reserved; /* something under way may give room back */
};
int money_room(struct engine *e, const struct run_view *run, struct money_room *ret) MUST_CHECK;
/* Charges an attempt once, in this transaction; the caller puts `a`. */
int money_charge(struct engine *e, struct attempt *a) MUST_CHECK;
/* What an attempt may cost at most. */
int64_t money_worst(const struct engine *e, const struct run_view *run, enum channel channel,
		    int64_t segments);
/* May this run start anything at all? If not, run->money_ms says when to look again. */
int money_gate(struct engine *e, struct run_view *run, bool *ret_open) MUST_CHECK;
/* May it start an attempt that costs `sen` at most? If not, the target waits. */
int money_allows(struct engine *e, struct target *t, const struct run_view *run, int64_t sen,
		 bool *ret_yes) MUST_CHECK;
/* A call that came in, without an attempt. */
int money_charge_callback(struct engine *e, const char *department, int64_t answered_ms,
			  int64_t talk_ms, int64_t *ret_sen) MUST_CHECK;
int money_write_back(struct engine *e) MUST_CHECK;
struct transfer_rec;
/* May staff's leg cost `sen` at most? run 0: only the city's and the department's limits hold. */
int money_allows_transfer(struct engine *e, uint32_t run, const char *department, int64_t sen,
			  bool *ret_yes) MUST_CHECK;
/* Charges it, and sets its cost_sen. */
/* To the department and the city, in its month; once. */
int money_charge_trial(struct engine *e, struct trial_rec *r) MUST_CHECK;
int money_charge_transfer(struct engine *e, struct transfer_rec *r, bool answered) MUST_CHECK;

/* ---- resend.c ---- */
int on_resend(struct engine *e, struct command *command) MUST_CHECK;

/* ---- watch.c: results that have to be asked for ---- */
int watch_begin(struct engine *e, const struct attempt *a) MUST_CHECK; /* if its gateway is asked */
int watch_end(struct engine *e, uint64_t attempt) MUST_CHECK;
int watch_recover(struct engine *e) MUST_CHECK; /* at start: forgets what is over */
int watch_resume(struct engine *e) MUST_CHECK;  /* the channels run: asks again */

/* ---- outcome.c, receipt.c: what the channels report ---- */
int on_dropped(struct engine *e, const struct event *ev) MUST_CHECK;
int on_placed(struct engine *e, const struct event *ev) MUST_CHECK;
int on_answered(struct engine *e, const struct event *ev) MUST_CHECK;
int on_call_ended(struct engine *e, const struct event *ev) MUST_CHECK;
int on_sms_result(struct engine *e, const struct event *ev) MUST_CHECK;
int on_sms_receipt(struct engine *e, const struct event *ev) MUST_CHECK;
int expire_receipts(struct engine *e) MUST_CHECK;
enum outcome receipt_code(enum text_receipt r); /* 61 where it is not final */

/* ---- outcome_recover.c ---- */
int outcome_recover(struct engine *e) MUST_CHECK; /* at start: intents without an outcome */

/* ---- outgoing.c, deliver.c: rows and files that go back, and how they get there ---- */
int outrow_add(struct engine *e, struct outrow *row) MUST_CHECK; /* gives it its number */
/* Makes a file of f's rows: gives it its number, has it built. */
int outfile_assign(struct engine *e, struct outfile *f) MUST_CHECK;
/* An effect: has the bytes made. `fresh`: for the first time. */
int outfile_build_later(struct engine *e, uint32_t number, bool fresh) MUST_CHECK;
int outfile_for_intake(struct engine *e, const struct intake_rec *in) MUST_CHECK;
int cut_files(struct engine *e) MUST_CHECK;
int on_built(struct engine *e, const struct event *ev) MUST_CHECK;
int on_put(struct engine *e, const struct drop_done *done, uint32_t number) MUST_CHECK;
int on_stat(struct engine *e, const struct drop_done *done, uint32_t number) MUST_CHECK;
/* Memory: try a file again later. Takes the note, which is made before the commit: nothing may be
 * refused after it. */
void outgoing_again(struct engine *e, struct again *a);
struct again *again_new(uint32_t number); /* NULL: no memory */
int outgoing_retry(struct engine *e) MUST_CHECK;
/* It was delivered and is `sending` again: our copy comes back, the drop is asked first. */
int outgoing_again_now(struct engine *e, const struct outfile *f) MUST_CHECK;
int outgoing_recover(struct engine *e) MUST_CHECK;
int64_t outgoing_next_due(struct engine *e);

/* ---- drops.c: one job at a time for each drop ---- */
int drops_start(struct engine *e) MUST_CHECK;
void drops_stop(struct engine *e);
void drops_work(struct engine *e); /* after each turn: posts the next job of each idle drop */
int on_drop_done(struct engine *e, const struct event *ev) MUST_CHECK; /* in the transaction */
void drops_done(struct engine *e, struct event *ev);                   /* memory, after it */
struct drop_view *drop_by_id(struct engine *e, const char *id);        /* or NULL */
/* An effect: queue a job about a file. */
int file_work_later(struct engine *e, const char *drop, const struct drop_job *job, uint32_t intake,
		    uint32_t number) MUST_CHECK;
bool drops_quiet(struct engine *e); /* listed since the last activity, nothing to do */

/* ---- archive.c: what is kept for auditors ---- */
int archive_key_load(struct engine *e, struct problems *problems) MUST_CHECK; /* at start */
int archive_recover(struct engine *e) MUST_CHECK;
/* After each turn: days that are over go to the archiver. */
void archive_work(struct engine *e);
int on_archive(struct engine *e, const struct event *ev) MUST_CHECK; /* in the transaction */
void archive_done(struct engine *e, const struct event *ev);         /* memory, after it */
/* Memory: configuration and specs, if they changed, go to the archive. */
void archive_keep(struct engine *e);
/* Effects' work: puts a whole file into the archive, under the day of `ms`. */
int archive_file(struct engine *e, int64_t ms, const char *class_name, const char *path,
		 const char *name) MUST_CHECK;
int archive_text(struct engine *e, int64_t ms, const char *class_name, const char *name,
		 const void *p, size_t n) MUST_CHECK;
/* An effect: a record of what was commanded about a run, by whom. */
int archive_note_later(struct engine *e, const struct run_rec *run, const char *verb,
		       const char *user, int64_t at_ms) MUST_CHECK;
/* An effect: the record of another command. `again`: made at a start, from the store. */
int archive_record_later(struct engine *e, const char *name, const char *text, int64_t at_ms,
			 bool again) MUST_CHECK;

/* The day in whose folder a file of this instant belongs. */
int32_t archive_day(const struct engine *e, int64_t ms);
void archive_day_folder(int32_t day, char out[16]); /* any thread */

/* ---- retention.c ---- */
bool is_retention_command(int m);
/* 0: it is answered later, by the archiver's plan. */
int on_retention_command(struct engine *e, struct command *cmd, int m) MUST_CHECK;
void retention_daily(struct engine *e, int64_t now_ms);                        /* memory */
int retention_mark(struct engine *e, const struct archive_done *d) MUST_CHECK; /* transaction */
void retention_answer(struct engine *e, const struct archive_done *d);         /* memory */
void retention_ended(struct engine *e, const struct archive_done *d);          /* memory */

/* ---- rehearse.c ---- */
void rehearse(struct engine *e); /* jumps if nothing is in progress */

#endif
