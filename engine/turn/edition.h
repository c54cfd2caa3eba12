/*
 * Editions: the versions of a document of the specs folder that staff change by the
 * console or `osame` (T_EDITION). One record a saving: who, when, the bytes, and the
 * hash of what stood there before. What stood there before the first saving, or was put
 * there by who keeps the machine, gets an edition of its own, without an author.
 *
 *	writing  it was decided and is on its way to its file
 *	kept     it was written, and is what the engine went on with
 *	lost     the file could not be written: nothing changed
 *
 * The file is the truth. An edition found `writing` at a start becomes what the file
 * says: kept if its bytes stand there, else lost. The newest MAX_EDITIONS of a document
 * stay; what was in force on a day is in that day's archive (keep.h).
 */
#ifndef ENGINE_TURN_EDITION_H
#define ENGINE_TURN_EDITION_H

#include "engine/turn/db.h"

/* In keys and records: new ones go last. */
enum edition_kind { EDITION_TEXT, EDITION_SCENARIO, EDITION_CAMPAIGN, EDITION_KINDS };
enum edition_state { EDITION_WRITING, EDITION_KEPT, EDITION_LOST, EDITION_STATES };
const char *edition_state_word(enum edition_state s);

struct edition_rec {
	enum edition_kind kind;
	const char *doc; /* its id: the file's name without its end */
	uint32_t n;      /* 1…, by document */
	enum edition_state state;
	int64_t at_ms;
	const char *user, *name;     /* who saved it; "": it was found in the file */
	const char *sha256, *before; /* of its bytes; of those that it replaced, or "" */
	uint32_t from;               /* the edition that was taken back, or 0 */
	const char *note;            /* why, in his words, or "" */
	const char *bytes;           /* the file; text without NUL */
};

size_t key_edition(char *k, enum edition_kind kind, const char *doc, uint32_t n); /* newest first */
size_t key_editions(char *k, enum edition_kind kind, const char *doc);    /* … of a document */
int edition_read(struct bytes value, struct edition_rec *ret) MUST_CHECK; /* strings in `value` */
int db_edition_get(struct tx *tx, enum edition_kind kind, const char *doc, uint32_t n,
		   struct edition_rec *ret) MUST_CHECK;
/* The newest; E_NOTFOUND. */
int db_edition_newest(struct tx *tx, enum edition_kind kind, const char *doc,
		      struct edition_rec *ret) MUST_CHECK;
/* The newest that was kept; E_NOTFOUND. */
int db_edition_kept(struct tx *tx, enum edition_kind kind, const char *doc,
		    struct edition_rec *ret) MUST_CHECK;
/* The one MAX_EDITIONS behind it goes. E_LIMIT: too big for a record. */
int db_edition_put(struct tx *tx, const struct edition_rec *r) MUST_CHECK;

#endif
