/*
 * The archiver thread: all of the archive's work that takes long. It hashes and
 * seals days, keeps versions of configuration and specs, and deletes what is over
 * its time. It reads the store by snapshots, never writes it; what the engine must
 * record or do comes back as EV_ARCHIVE. One job at a time, in the order of posting.
 *
 * The engine's own part (which day, when, what is recorded) is archive.c.
 */
#ifndef ENGINE_TURN_ARCHIVER_H
#define ENGINE_TURN_ARCHIVER_H

#include "engine/config/config.h"
#include "engine/mailbox.h"
#include "engine/registry.h"
#include "spool/spool.h"

/* The classes: folders of a day. */
#define CLASS_IN "exchange-in"
#define CLASS_OUT "exchange-out"
#define CLASS_APPROVALS "approvals"
#define CLASS_CONFIGURATION "configuration"
#define CLASS_RECORDINGS "recordings"
#define CLASS_CERTIFICATES "certificates" /* never deleted */

enum archive_job_kind {
	ARCHIVE_KEEP,   /* configuration and specs, if they are not as they were kept last */
	ARCHIVE_SEAL,   /* the days behind `after` up to `day` */
	ARCHIVE_PLAN,   /* what is over its time? */
	ARCHIVE_DELETE, /* … and delete it */
	ARCHIVE_SOUND,  /* a recording into its day's folder */
	ARCHIVE_GIVE,   /* a recording into a file of staff's */
};

/* A recording on its way to its file. */
struct sound_file {
	struct sound_file *next;
	uint64_t call;
	uint32_t number;
	int32_t day;
	char name[64];
	uint8_t *bytes;
	size_t n;
};
void sound_file_free(struct sound_file *f); /* wiped; NULL is fine */

struct archive_job {
	enum archive_job_kind kind;
	int32_t day, after; /* KEEP, DELETE: today; PLAN, DELETE: `after` is the last sealed day */
	int64_t now_ms;
	char by[MAX_ID];          /* DELETE */
	bool recordings;          /* DELETE: that class alone */
	struct command *command;  /* PLAN, DELETE: who waits for the plan; or NULL. GIVE */
	struct sound_file *sound; /* SOUND: owned once posted */
	char name[64];            /* GIVE */
	int fd;                   /* GIVE: owned once posted */
};
struct retire_plan;

struct archive_done {
	enum archive_job_kind kind;
	bool ended; /* of the job; else one day was sealed, and more may come */
	int err;
	int32_t day;
	char sha256[65];
	size_t odd;               /* entries that are no files of ours, beside the sealed ones */
	struct retire_plan *plan; /* owned: PLAN, DELETE: before its end */
	struct command *command;
	char by[MAX_ID];
	size_t files, left; /* DELETE, at its end: files deleted, and not */
	bool recordings;    /* DELETE: of the job */
	uint64_t call;      /* SOUND: which, and its size */
	uint32_t number;
	size_t bytes;
	char words[MAX_WORDS];
};

void archive_done_free(struct archive_done *d); /* NULL is fine */

struct archiver;
struct archiver_config {
	const struct config *config;
	const struct ports *ports;
	struct store *store;
	struct spool *spool;
	const struct sign_key *key; /* NULL: not signed */
	struct mailbox *to_engine;
};
int archiver_start(const struct archiver_config *config, struct archiver **ret) MUST_CHECK;
/* E_FULL, E_NOMEM: again later. The job is copied. */
int archiver_post(struct archiver *a, const struct archive_job *job) MUST_CHECK;
void archiver_stop(struct archiver *a); /* NULL is fine; the file under way is left */

#endif
