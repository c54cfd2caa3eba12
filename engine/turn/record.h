/*
 * What the store keeps: one struct a record, its key, and its bytes.
 *
 * Read this first to learn where something is recorded: an attempt's outcome is
 * `struct attempt` in T_ATTEMPT, a debt's result `struct debt` in T_DEBT, what goes
 * back to the core system `struct outrow` in T_OUTROW under a file of T_OUTFILE.
 *
 * Decoded strings point into the bytes that were decoded (engine/turn/db.c copies
 * those into the turn's arena first).
 */
#ifndef ENGINE_TURN_RECORD_H
#define ENGINE_TURN_RECORD_H

#include "engine/exchange.h"
#include "engine/limits.h"
#include "engine/plan/exclusion.h"
#include "engine/plan/plan.h"
#include "engine/scenario.h"
#include "engine/store.h"
#include "engine/turn/codec.h"
#include "engine/turn/state.h"

#define SCHEMA_VERSION 1
#define MAX_RECORD_BYTES (128 * 1024)

enum out_kind {
	KIND_CONTACTS,
	KIND_RESULTS,
	KIND_CORRECTIONS,
	KIND_ERRORS,
	KIND_RECEIPT,
	RUN_KINDS,              /* those above are counted in their run's record */
	KIND_HOLDS = RUN_KINDS, /* 保留 and 番号台帳: of no run (holdrec.h) */
	KIND_NUMBERS,
	OUT_KINDS
};
#define BOOK_KINDS (OUT_KINDS - RUN_KINDS)

/* T_META: one record of counters, under key "counters". */
struct counters {
	uint64_t turn; /* of the last committed transaction */
	uint32_t next_intake, next_run, next_file;
	uint64_t next_attempt;
	uint32_t schema;
	uint32_t next_hold;
	uint64_t book_next[BOOK_KINDS], book_filed[BOOK_KINDS]; /* as run_rec.next_row, filed */
};

/* What becomes of the debts that a full file of targets does not hold (fullfile.c). */
enum full_step {
	FULL_NO,       /* 差分, or not a targets file */
	FULL_COUNT,    /* counting what is missing */
	FULL_ASK,      /* too many: an operator's word is awaited */
	FULL_WITHDRAW, /* withdrawing them */
	FULL_KEEP,     /* an operator said: they stay */
	FULL_DONE,     /* they were withdrawn, or none was missing */
	FULL_STEPS
};

/* T_INTAKE */
struct intake_rec {
	uint32_t id;
	enum file_state state;
	enum layout_kind kind; /* meaningful once a layout was found */
	const char *drop;      /* the drop that it came from (configuration) */
	const char *name;      /* in the drop */
	int64_t size, mtime_s;
	const char *sha256;
	const char *arriving;          /* the local name before the first move */
	const char *layout, *campaign; /* ids; "" if none */
	const char *why, *code;        /* refused: the reason, and its E000x; else "" */
	int64_t received_ms, ended_ms;
	uint32_t rows_total, rows_done; /* data rows of the file; already committed */
	uint32_t rows_taken, rows_refused, rows_warned;
	uint32_t rows_matched; /* payments: rows that settled or reduced a debt of ours */
	uint32_t run;          /* targets: the run that it made, or 0 */
	bool moved;            /* the remote file was moved to taken/ or refused/ */
	uint32_t row_errors;   /* records in T_ROWERR */
	/* version 3 */
	enum full_step full;                  /* a full file (全件) of targets: fullfile.c */
	uint32_t full_run, full_row;          /* how far that step came: the last debt looked at */
	uint32_t full_expected, full_missing; /* open debts of the campaign; not in the file */
	const char
	    *by; /* the user who handed it in; "": it came by the drop. moved says nothing then */
	/* version 9 */
	uint64_t order; /* targets: the print of the order in which the rows are loaded (rows_done
			 * counts in it); 0: the file's */
	/* version 11 */
	bool lost; /* given up, and our copy was gone: it is in no folder and in no archive */
};

const char *out_kind_word(enum out_kind k);

/* In struct run_rec, of an SMS wave: targets whose message can be made and cannot, its segments. */
struct run_sms {
	uint32_t fit, unfit, least, most;
	uint64_t segments;
};
/* T_RUN */
struct run_rec {
	uint32_t id;
	enum run_state state;
	const char *campaign, *campaign_version, *scenario_version, *department, *layout;
	const char *drop; /* where its files came from and go to */
	uint32_t intake;
	bool loaded; /* its intake is taken: no due entry is read before */
	bool rehearsal;
	int64_t created_ms, submitted_ms, approved_ms, started_ms, ended_ms;
	const char *submitter, *approver; /* user names; "" if none */
	bool self_approved;               /* under the rehearsal clock only */
	const char *approval;             /* SHA-256 over what was approved */
	uint32_t debts, targets, done;    /* targets: also the id given last */
	enum outcome ending; /* OUT_NONE, or the code by which waiting targets are being ended */
	uint64_t calls, messages, dropped;
	uint32_t sms_targets; /* that have a number which may get messages */
	/* Texts that differ from person to person, as they were made when the file was loaded; of
	 * others nothing stands here. sms_print: which texts these were. */
	size_t n_sms_waves;
	struct run_sms sms_wave[MAX_WAVES];
	uint64_t sms_print;
	int64_t budget_ms; /* since then the guard of money starts nothing; 0: it does not */
	/* per kind of outgoing rows: the next sequence number, and how many are in files already */
	uint64_t next_row[RUN_KINDS], filed[RUN_KINDS];
};

/* In struct target: a counted attempt, as planning needs it. */
struct target_attempt {
	uint64_t id;
	struct past_attempt past;
};

/* T_TARGET */
struct target {
	uint32_t run, id;   /* id: 1… in its run, in the order of loading */
	const char *person; /* 宛名番号 */
	enum target_state state;
	enum outcome why; /* the not-tried code that ended it (80-89), or OUT_NONE */
	const char *name, *kana;
	int birth_md;
	size_t n_numbers;
	struct number numbers[MAX_NUMBERS];
	size_t n_debts;
	uint32_t debts[MAX_TARGET_DEBTS]; /* places */
	uint64_t debts_version;           /* grows with each change of an amount */
	uint64_t attempt;                 /* the one under way, or 0 */
	int64_t due_ms;                   /* its key in T_DUE, or 0 if it has none */
	bool unspeakable;                 /* its prompts cannot be made: no calls */
	int64_t not_before_ms;            /* a gateway or trunk asked to wait; 0 if not */
	const char *branch_text;          /* o:sms asked for this text; "" if none */
	int branch_number, branch_wave;   /* the number that answered; the wave of that call */
	uint32_t attempt_count;           /* ids given, dropped ones too */
	size_t n_past;
	struct target_attempt past[MAX_TARGET_ATTEMPTS];
	enum contact_kind contact; /* whose name, kana and birth_md are above */
	const char *owner_name;    /* the debtor's, where the contact is somebody else; else "" */
	enum care care;            /* not CARE_NONE: never called, whatever the waves say */
	const char *language, *name_group, *household; /* "" if unknown */
	bool unwritable;                               /* its message cannot be made: no SMS */
	bool held; /* a hold kept its last attempt from being made */
	/* version 5 */
	uint64_t resend; /* a message that staff sent again and that may still be recalled, or 0 */
};

enum settled { SETTLED_NO, SETTLED_PAID, SETTLED_WITHDRAWN };

/* T_DEBT */
struct debt {
	uint32_t run, row, target; /* row: its place in the order of loading, which names it */
	struct debt_key key;
	const char *tax_words;
	int32_t due_day;
	int64_t amount;       /* unpaid now */
	int64_t amount_first; /* as it came */
	enum settled settled;
	int64_t settled_ms;
	enum outcome result; /* OUT_NONE until its target is done */
	bool held;           /* a payment that matched several debts: not spoken, not called for */
	size_t n_carried;
	const char *carried[MAX_CARRIED], *carried_name[MAX_CARRIED];
	enum pay_method pay_method;
	int32_t demand_sent_day, slip_until_day; /* or DAY_NONE */
	int64_t late_charge;
	bool no_debt; /* a matter of a general campaign: amount is 0, and nothing is owed */
	/* version 3 */
	bool preliminary; /* SETTLED_PAID by a 速報: a 速報取消 may take it back */
	int64_t preliminary_until_ms; /* its target is done then, if nothing else comes */
	int64_t amount_before;        /* preliminary: what a 速報取消 brings back */
	int64_t debit_until_ms; /* 口座振替結果待ち: no contact before; 0: none is awaited */
	uint64_t since_attempt; /* attempts with greater ids began after it was settled, held … */
	enum exclusion reason;  /* result 82: why */
	uint32_t seen;          /* the last full file that held it */
	/* version 5: where it stood as its result was made, or corrected last. Time alone changes
	 * that afterwards (an exclusion ends), and changes no result. */
	bool stood;
	enum outcome stood_code; /* 80, 81, 82, 88; OUT_NONE: it was asked for */
	enum exclusion stood_reason;
	uint64_t stood_since;
	uint32_t file_row; /* the row of the file, as people know it: version 9 */
};

/* T_PAYMENT: a row of a payments file, for debts that come later (early.c). */
struct payment_rec {
	struct debt_key key; /* as the file named it; parts may be empty */
	enum payment_kind kind;
	int64_t rest;
	int32_t wait_day;
	int64_t at_ms;
	uint32_t intake, row;
};

/* T_EXCLUSION: an exclusion (除外) in force until it is lifted, or one department's override of it:
 * the same key and reason, with the department's name. */
struct exclusion_rec {
	struct debt_key key; /* parts that are empty match any */
	enum exclusion reason;
	const char *department;      /* of an override; "" is the exclusion itself */
	int32_t from_day, until_day; /* both inclusive; DAY_NONE is open */
	uint64_t since_attempt;      /* attempts with greater ids began under it */
	int64_t at_ms;               /* recorded */
	uint32_t intake, row;        /* where it came from; 0: a command */
	const char *words, *by;      /* reason in words; override: who */
};

/* Of a call that came in (callback.h). */
enum inbound {
	INBOUND_NO,
	INBOUND_OWN,    /* his scenario; the target is in this attempt */
	INBOUND_BESIDE, /* his scenario, beside the target's own course: it is done, or in another
			 */
	INBOUND_ANNOUNCED, /* an announcement */
	INBOUNDS
};
#define INBOUND_WAVE (-1) /* a callback is of no wave */

/* T_ATTEMPT: an attempt and its outcome. */
struct attempt {
	uint64_t id;
	uint32_t run, target;
	const char *person;
	enum channel channel;
	enum attempt_state state;
	int wave, number;
	bool branch;               /* an SMS that a call's scenario asked for */
	const char *digits, *text; /* text: id of the SMS text */
	enum number_kind number_kind;
	uint64_t debts_version;
	int64_t intended_ms, placed_ms, answered_ms, ended_ms;
	int64_t limit_ms; /* voice: how long the call may last at most, for recovery */
	enum outcome code;
	enum reached reached;
	bool heard;
	int sip_status, q850, gateway_code;
	bool local, by_us;
	uint32_t ring_ms, talk_ms;
	const char *why; /* dropped: the reason */
	size_t n_replies;
	struct {
		const char *name, *value;
		enum reply_by by; /* whose answer it is */
	} replies[MAX_REPLIES];
	int receipts; /* how many came */
	bool receipt_final;
	const char *gateway, *ref; /* sms: which one has it, and its id there; "" */
	uint32_t segments;         /* sms */
	bool charged;              /* its cost is in T_MONEY */
	int64_t cost_sen;
	uint64_t resend_of;   /* sms: sent again by staff in place of this one, or 0 */
	const char *reason;   /* … why; "" */
	enum inbound inbound; /* version 7 */
	/* spoken answers: what was taken for what, by which engine; fields that nobody could hear
	 */
	const char *listener;
	int unheard;
	size_t n_spoken;
	struct {
		const char *field, *word;
		int score;
	} spoken[MAX_SPOKEN];
};

enum money_kind { MONEY_CITY = 1, MONEY_DEPARTMENT, MONEY_CAMPAIGN };

/* T_MONEY */
struct money_rec {
	enum money_kind kind;
	int month;      /* 202612; 0: all months (campaigns) */
	const char *id; /* of the department or campaign; "" */
	int64_t sen;
	uint64_t calls, answered, steps, talk_ms, messages, segments;
};

/* T_NUMBER: shared by all departments; says nothing of whose it is. */
struct number_rec {
	const char *digits;
	int32_t day; /* of the counts */
	uint32_t attempts, conversations;
	uint64_t attempt;  /* a call under way, or 0 */
	int64_t locked_ms; /* no call before then (recovery) */
};

/* T_ROWERR */
struct rowerr {
	uint32_t intake, row;
	uint32_t n;
	bool warning;
	const char *code, *item, *words;
};

/* T_OUTROW: a row that goes back. What it names is immutable; what may change is copied here, so
 * that a file's bytes depend on its rows alone. */
struct outrow {
	enum out_kind kind;
	uint32_t run;
	uint64_t seq;
	int64_t at_ms;
	uint64_t attempt; /* contacts */
	uint32_t row;     /* results, corrections: the debt */
	enum outcome code, old_code;
	enum reached reached;
	bool heard;
	int64_t amount;
	uint32_t attempts;
	enum exclusion reason; /* version 3: of code 82 */
};

/* T_OUTFILE */
struct outfile {
	uint32_t number;
	enum out_kind kind;
	enum outfile_state state;
	uint32_t run;      /* contacts, results, corrections; else 0 */
	uint32_t intake;   /* errors, receipt; else 0 */
	uint64_t from, to; /* rows [from, to) of the run */
	const char *layout;
	const char *drop; /* where it goes */
	int64_t stamp_ms;
	const char *name, *sha256;
	int64_t size, delivered_ms;
	uint32_t rows;
	const char *archive_hash; /* receipt: of the last sealed day's manifest; "" if none */
	uint32_t tries;           /* that failed, since it is `sending`: version 4 */
	int64_t failed_ms;        /* the last of them */
	const char *why;          /* … in the drop's words; "" */
	/* version 6 */
	const char *completion; /* suffix of its completion file, as the layout had it; "" */
	uint32_t book_rows;     /* holds, numbers: how many of the rows [from, to) are its drop's */
};

/* T_META, under key "archive". */
struct archive_rec {
	int32_t day;        /* the last sealed one, or DAY_NONE */
	const char *sha256; /* of its manifest */
	int64_t sealed_ms;
};

/* ---- keys; each returns the length written; the buffer holds MAX_KEY_BYTES ---- */
#define MAX_KEY_BYTES 512
size_t key_u32(char *k, uint32_t v);
size_t key_u64(char *k, uint64_t v);
size_t key_target(char *k, uint32_t run, uint32_t id);
size_t key_debt(char *k, uint32_t run, uint32_t row);
/* The identity alone (a prefix of T_DEBTKEY's keys); E_LIMIT if it does not fit. */
int key_identity(char *k, size_t *ret_n, const struct debt_key *key) MUST_CHECK;
size_t key_identity_row(char *k, size_t n, uint32_t run, uint32_t row); /* appends */
void key_identity_row_read(struct bytes key, uint32_t *ret_run, uint32_t *ret_row);
size_t key_person(char *k, const char *person); /* the prefix of all debts of a person */
size_t key_due(char *k, uint32_t run, int64_t due_ms, uint32_t target);
int key_due_read(struct bytes key, int64_t *ret_due_ms, uint32_t *ret_target) MUST_CHECK;
size_t key_rowerr(char *k, uint32_t intake, uint32_t row, uint32_t n);
size_t key_money(char *k, enum money_kind kind, int month, const char *id);
size_t key_outrow(char *k, enum out_kind kind, uint32_t run, uint64_t seq);
/* The exclusion's: person, then the rest, reason and department. E_LIMIT. */
int key_exclusion(char *k, size_t *ret_n, const struct exclusion_rec *r) MUST_CHECK;
int key_drop(char *k, size_t *ret_n, const char *drop, const char *name, int64_t size,
	     int64_t mtime_s, const char *sha256) MUST_CHECK;
uint32_t read_u32(const void *p);
uint64_t read_u64(const void *p);

/* ---- bytes; both directions (codec.h) ---- */
void debt_key_fields(struct codec *c, struct debt_key *k);
void counters_fields(struct codec *c, struct counters *r);
void intake_fields(struct codec *c, struct intake_rec *r);
void run_fields(struct codec *c, struct run_rec *r);
void target_fields(struct codec *c, struct target *r);
void debt_fields(struct codec *c, struct debt *r);
void attempt_fields(struct codec *c, struct attempt *r);
void number_fields(struct codec *c, struct number_rec *r);
void rowerr_fields(struct codec *c, struct rowerr *r);
void outrow_fields(struct codec *c, struct outrow *r);
void money_fields(struct codec *c, struct money_rec *r);
void outfile_fields(struct codec *c, struct outfile *r);
void payment_fields(struct codec *c, struct payment_rec *r);
void exclusion_fields(struct codec *c, struct exclusion_rec *r);
void archive_fields(struct codec *c, struct archive_rec *r);

#endif
