/*
 * What files a core system is expected to put into its drop, as pure rules: which
 * number and set a name says, whether a file may be taken now, whether one is late.
 * Time and what lies in the folder are arguments.
 */
#ifndef ENGINE_PLAN_EXPECT_H
#define ENGINE_PLAN_EXPECT_H

#include "engine/plan/plan.h"

struct expect_rule {
	const char *name;    /* of the section */
	const char *pattern; /* fnmatch(3), with {n} (digits), {set} (letters, digits), {part} */
	bool waits;          /* after a gap in {n}: the file waits; else it is taken, and said */
	const char *with;    /* names of other rules, spaces between: the same {set} of each */
	int parts;           /* {part} 1..parts of a {set} must all be there; 0: no parts */
	int by_min;       /* minutes after midnight by which a file must have come; -1: no time */
	bool every_day;   /* … each day; else on weekdays that are no holidays */
	int64_t stale_ms; /* an older file is not taken by itself; 0: any age is good */
};

struct expect_name {
	bool has_n;
	uint64_t n;
	char set[64]; /* "" if the pattern has none */
	int part;     /* 0 if it has none */
};
/* True if the name is one that the rule expects. */
bool expect_match(const char *pattern, const char *name, struct expect_name *ret);

struct expect_file {
	const char *name;
	int64_t mtime_ms;
};

enum expect_verdict {
	EXPECT_TAKE,
	EXPECT_GAP,   /* it may be taken, but numbers are missing before it: say so */
	EXPECT_WAIT,  /* numbers are missing before it: it waits */
	EXPECT_AGAIN, /* its number came already: it stays, a person looks at it */
	EXPECT_SET,   /* others of its set are not there yet: it waits */
	EXPECT_STALE, /* left over from another day: it stays */
};
struct expect_question {
	const struct expect_rule *rules;
	size_t n_rules, rule;
	const struct expect_file *files; /* all that lies in the folder */
	size_t n_files, file;
	uint64_t last_n; /* of this rule; 0: none came yet, any is the first */
	int64_t now_ms;
};
/* *ret_missing: the first number that is missing (GAP, WAIT). */
enum expect_verdict expect_judge(const struct expect_question *q, uint64_t *ret_missing);

/* The last instant at or before now by which a file had to come; INT64_MIN: there is none yet. */
int64_t expect_deadline(const struct expect_rule *rule, const struct calendar *cal, int64_t now_ms);
/* A file that came at last_ms (0: never) leaves the deadline that is over unmet. */
bool expect_is_late(const struct expect_rule *rule, const struct calendar *cal, int64_t now_ms,
		    int64_t last_ms);

#endif
