/*
 * File names that others chose: checked before they touch a path, and turned into
 * names of ours. A name of theirs is shown and kept as words; on our disk stands
 * only "<intake id>.<safe suffix>", so that no name can climb out of its folder,
 * hide, collide with another, or be run by somebody's shell pattern.
 */
#ifndef SPOOL_NAME_H
#define SPOOL_NAME_H

#include "engine/err.h"
#include <stdbool.h>
#include <stdint.h>

#define NAME_LOCAL_MOST 96 /* bytes of a name of ours, with the NUL */

/* 1…255 bytes of UTF-8 without '/', '\\' or control characters; not "." or "..". */
bool name_is_safe(const char *name);
/* True if one of the space-separated fnmatch patterns fits ("*.tmp *.part .*"). */
bool name_matches(const char *patterns, const char *name);
/* "0000000012.targets_1122.csv": the id in ten digits, and what is left of the name in ASCII. */
void name_local(uint32_t id, const char *name, char out[NAME_LOCAL_MOST]);
/* The id in a name that name_local made; false for any other name. */
bool name_local_id(const char *local, uint32_t *ret_id);

#endif
