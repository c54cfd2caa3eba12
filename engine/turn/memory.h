/*
 * What the engine's memory knows, besides the store: runs that are open, attempts under
 * way, prompts that are ready, the drops, what the archive and the deletion are at, and
 * what other threads may look at. All of it is made again at a start. Embedded in struct
 * engine (engine.h); for the files of engine/turn/ alone.
 */
#ifndef ENGINE_TURN_MEMORY_H
#define ENGINE_TURN_MEMORY_H

#include "engine/config/config.h"
#include "engine/drop.h"
#include "engine/plan/plan.h"
#include "engine/turn/db.h"
#include "engine/turn/fresh.h"
#include "engine/turn/specs.h"
#include "engine/voice.h"

#define MOST_FRESH CONFIG_MOST_DROPS

/* A place in a run's due list; all zero: its front. */
struct look_place {
	int64_t due_ms;
	uint32_t target;
};

/* What memory keeps of a run that is open or has rows that are in no file yet. */
struct run_view {
	struct run_view *next_spare; /* of those that are nobody's yet */
	uint32_t id;
	enum run_state state;
	bool loaded;
	enum outcome ending;
	char drop[MAX_ID];
	struct campaign *campaign; /* a reference, or NULL: not in the specs any more */
	struct scenario *scenario; /* likewise */
	char campaign_version[65];
	uint64_t next_row[OUT_KINDS], filed[OUT_KINDS];
	int64_t pending_ms[OUT_KINDS]; /* since when rows wait for a file; 0: none */
	struct common_texts *common;   /* what its calls say to everybody (compose.c); or NULL */
	size_t n_ready;                /* its entries of e->ready … */
	size_t n_failed;               /* … and those of them that failed */
	struct look_place looked;      /* where the next turn's look goes on (start.c) */
	struct look_place hunted;      /* likewise, while only messages can start */
	int64_t gate_ms;               /* no window is open before; 0: look now */
	bool stale;            /* it stands still for want of payments, and the alert says so */
	int64_t money_ms;      /* the guard of money lets nothing start before; 0: look */
	int64_t reserved_sen;  /* what is under way may still cost */
	int64_t reserving_sen; /* … of this transaction's intents */
};

/* An attempt under way (until its final event), or a line counted busy after a crash. */
struct flight {
	uint64_t attempt;
	uint32_t run;
	enum channel channel;
	char digits[MAX_NUMBER];
	bool submitted;        /* sms: the gateway has it; waits for receipts */
	int64_t until_ms;      /* submitted: ends as 61 then; ghost: the line is free then */
	bool ghost;            /* a call that a crash left: its line only */
	bool recalled;         /* told its channel: once is enough, and fits its mailbox */
	bool hushed;           /* a call: the same, of VC_HUSH */
	size_t heap_at;        /* in e->expiry: its place + 1; 0: not in it */
	uint64_t back_tx;      /* sms: its place was given back in this transaction already */
	int64_t reserve_sen;   /* of its run's reserved_sen */
	bool inbound, talking; /* it came in; it was answered */
	uint32_t target;       /* inbound and talking: whom it speaks to, or 0 */
	bool trial;            /* of no attempt: trial.h; its reserve_sen is its department's */
	bool transfer;         /* staff's leg takes a second line */
	int64_t transfer_sen;  /* of its run's reserved_sen, for that; of no run: of staff_sen */
	size_t transfer_department; /* its place in the configuration */
	char transfer_to[MAX_ID];
	struct flight *same_next, **same_at; /* bynumber.c: its chain; NULL: not in one */
};

#define MAX_FLIGHTS 200000
#define FLIGHTS_FOR_CALLERS 1000 /* of them: what we begin leaves these to who rings */

/* A target whose prompts are being made or are ready; in memory only. */
struct ready {
	uint32_t run, target;
	uint64_t job;
	uint64_t debts_version;
	bool done;
	int err; /* done: 0, E_INVALID (cannot be spoken) */
	struct prompt_set *set;
	int64_t since_ms; /* real time */
	int32_t day;      /* the day that its dates are counted from; DAY_NONE: it speaks none */
	uint64_t print;   /* of the debts that it speaks of (debts_print) */
};

/* One step of work with the outside about a file. */
struct file_work {
	struct file_work *next;
	struct drop_job job;
	uint32_t intake, number; /* of the file, or 0 */
	struct again *again;     /* number: the note that it is to be tried again */
	int64_t not_before_real; /* boot ms */
	int tries;
};

struct seen {
	char name[MAX_FILE_NAME];
	int64_t size, mtime_s;
	bool busy;    /* being fetched, or known and waiting for its move */
	bool here;    /* in the last listing */
	bool settled; /* the same in two listings */
	bool waits;   /* an expectation keeps it in the drop: looked at again at each listing */
};

struct drop_view {
	const struct drop_config *config;
	const struct drop_ops *ops;
	struct drop *drop;
	bool up, busy;          /* connected; a job is under way */
	struct file_work *work; /* to do, in order */
	struct file_work *current;
	int64_t poll_real; /* boot ms of the next listing */
	bool quiet;        /* listed since the last activity, and nothing was new */
	size_t n_seen;
	struct seen *seen; /* at most MAX_SEEN */
};
#define MAX_SEEN 4096

#define MAX_ALERTS 64
struct alert {
	char key[MAX_ID];
	char words[MAX_WORDS]; /* what happened, what to do */
	int64_t first_ms, last_ms;
	uint64_t count;
	bool cleared;
};

/* A trunk, as its last EV_TRUNK said. */
struct trunk_view {
	char id[MAX_ID]; /* "": nothing was said yet */
	bool up;
	int status, lines, per_second;
	char why[128];
};

/* What other threads may look at: copied under a lock once a turn. */
struct engine_status {
	int64_t now_ms;
	bool rehearsal, trunk_up, starting;
	int trunk_status;
	size_t n_trunks;
	struct trunk_view trunks[MAX_TRUNKS];
	size_t lines, lines_used, sms_in_flight, sms_waiting, preparing, ready;
	size_t files_in, files_out;
	size_t hushing; /* files because of which nobody new is contacted … */
	uint32_t hushed_by;
	int64_t hushed_since_ms; /* … the oldest of them */
	size_t n_drops;
	struct {
		char id[MAX_ID];
		bool up;
	} drops[CONFIG_MOST_DROPS];
	uint64_t turns;
	uint32_t turn_longest_ms;
	size_t n_fresh;
	struct fresh fresh[MOST_FRESH];
	size_t n_alerts;
	struct alert alerts[MAX_ALERTS];
};

/* A file that hushes (hush.h), and since when. */
struct hushing {
	struct hushing *next;
	uint32_t intake;
	int64_t since_ms;
};

/* A file to look at again, outgoing or incoming. */
struct again {
	struct again *next;
	uint32_t number;
	int64_t wait_ms; /* 0: the usual */
	int64_t boot_ms;
};

/* The archive as memory knows it. */
struct archive_view {
	int32_t day; /* the last sealed one, or DAY_NONE */
	char sha256[65];
	int32_t sealing; /* days up to this one are being sealed now; or DAY_NONE */
	int32_t asked;   /* days up to this one are sealed or have no files; or DAY_NONE */
	size_t jobs;     /* with the archiver */
	int64_t not_before_boot;
	struct sign_key *key;
	bool retiring;   /* a plan or a deletion is with the archiver */
	int32_t retired; /* the day of the last daily deletion */
	int32_t looked;  /* the day on which no recordings were found to be over their time */
};

/* Recordings on their way to the archive (sounds.c). */
struct sound_file;
struct sounds_view {
	struct sound_file *list; /* that wait for the archiver, oldest first */
	size_t bytes, posted;    /* of all that have no file yet; with the archiver */
	int32_t day;             /* of the last one … */
	size_t of_day; /* … and how many since the start: its other files need room too */
};

/* Runs whose rows are being removed (purge.c), and how far the first of them is. */
struct purge_view {
	struct ids runs;
	bool unhooked, attempts_gone;
	uint32_t next_row;
	uint64_t next_id; /* of an attempt or a callback */
};

#endif
