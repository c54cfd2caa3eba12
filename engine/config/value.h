/* One value of the configuration: words into a struct's member. */
#ifndef ENGINE_CONFIG_VALUE_H
#define ENGINE_CONFIG_VALUE_H

#include "engine/config/table.h"

/* Checks and stores. E_INVALID: `why` says what is wrong and what to do. `folder`: of the
 * configuration, for relative paths. The member is untouched on failure. */
int value_parse(const struct config_key *k, const char *folder, const char *text, void *member,
		char why[MAX_WORDS]) MUST_CHECK;
/* A number of the smallest unit that shows it whole: "30 s", "128 MiB"; for people. */
void value_duration(int64_t ms, char out[32]);
void value_size(int64_t bytes, char out[32]);

#endif
