/*
 * Versions of configuration and specs, for the archive's class `configuration`.
 *
 * A list names every file that is in force, with its hash
 * ("versions-<time>-<hash>.sha256", lines "<sha256>  specs/campaigns/x.xml"); the
 * files themselves stand beside it as "<first half of the hash>.<name with _ for />".
 * A new list is made only when something differs from the newest one, and then only
 * the files that it did not have are copied. Secrets of the configuration are left
 * out ("(secret)"): passwords have no place in an archive.
 */
#ifndef ENGINE_TURN_KEEP_H
#define ENGINE_TURN_KEEP_H

#include "engine/turn/archiver.h"

/* Files first, the list last: after a crash it is done again. `why` names the file that fails. */
int keep_versions(const struct archiver_config *c, int32_t today, int64_t now_ms,
		  char why[MAX_WORDS]) MUST_CHECK;

#endif
