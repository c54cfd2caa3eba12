/*
 * Which debt is meant by a name (T_DEBTKEY): a debt's identity, run and place lead to
 * its target. All names of a person begin with his 宛名番号.
 *
 * A load puts the debts of a person whom it meets for the first time in one entry, a
 * group: person, a byte that no name has, run, target; a name each in its value. Names
 * that come one by one (a key change, further debts of his, older releases) are entries
 * of their own. Readers see names, whatever holds them.
 */
#ifndef ENGINE_TURN_IDENTITIES_H
#define ENGINE_TURN_IDENTITIES_H

#include "engine/turn/db.h"

/* The debts of one person and one batch. */
struct naming {
	struct tx *tx;
	struct bulk *to;
	uint32_t run;
	size_t n, cap;
	char *bytes; /* of the group; in the arena */
	bool single; /* each an entry of its own */
};
/* `single`: he may have a group in this run already, which would be lost. */
int naming_begin(struct naming *w, struct tx *tx, struct bulk *to, uint32_t run, size_t n_debts,
		 bool single) MUST_CHECK;
/* `identity`: key_identity(). */
int naming_add(struct naming *w, const char *identity, size_t n, uint32_t row,
	       uint32_t target) MUST_CHECK;
int naming_end(struct naming *w, const char *person, uint32_t target) MUST_CHECK;

/* For each name of the person (`prefix`: key_person()): key_identity_row() and the target, four
 * bytes, as if each were an entry of its own. */
int identities_scan(struct tx *tx, const char *prefix, size_t n, store_scan_fn fn,
		    void *arg) MUST_CHECK;
/* The key of the group that may hold the names of this target; for whoever removes it. */
size_t key_group_of_names(char *key, const char *person, uint32_t run, uint32_t target);

#endif
