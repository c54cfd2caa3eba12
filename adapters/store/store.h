/*
 * The store on Berkeley DB 5.3 (docs/store.md: files, settings, recovery).
 *
 * One process opens a home; a lock file keeps a second one out before it could
 * touch anything. After E_CORRUPT from any call, or COMMIT_UNKNOWN, the store is
 * dead when every later call answers E_CORRUPT: the process exits, the supervisor
 * starts it again, and `open` recovers what was committed.
 */
#ifndef ADAPTERS_STORE_STORE_H
#define ADAPTERS_STORE_STORE_H

#include "engine/store.h"

extern const struct store_ops store_bdb;

#endif
