/* Shared by the command line's files. */
#ifndef ENGINE_CLI_CLI_H
#define ENGINE_CLI_CLI_H

#include "engine/problems.h"
#include <stdbool.h>

/* Exit statuses. */
enum cli_status {
	CLI_OK = 0,
	CLI_REFUSED = 1, /* the engine said no */
	CLI_USAGE = 2,
	CLI_UNREACHABLE = 3, /* no engine there, or no answer */
	CLI_BAD_FILE = 4,    /* a file that was given is wrong */
};

#define CLI_SOCKET "/run/osame/operators.sock" /* the default of engine.socket */
#define CLI_VALUES 16

struct cli {
	const char
	    *socket; /* of the engine, or a configuration file that names it; NULL: default */
	const char *specs, *schemas; /* folders, for the offline checks */
	const char *out;             /* --out: folder for audio */
	bool json, watch;
	long limit; /* --limit: most rows in all; 0: all */
	/* --run 7, --state S, --open: names of methods' parameters. Value NULL: a flag. */
	struct {
		const char *name, *value;
	} option[CLI_VALUES];
	int n_options;
};

/* The value of --NAME; NULL: it is not given. */
const char *cli_value(const struct cli *cli, const char *name);

enum cli_status cli_online(const struct cli *cli, int n, char **words);
/* The same for words that are no online command; CLI_USAGE if they are none of these either. */
enum cli_status cli_offline(const struct cli *cli, int n, char **words);
bool cli_is_offline(int n, char **words);
enum cli_status cli_write_schemas(const char *folder);

/* layout check | try | describe (layout.c); the same statuses */
enum cli_status cli_layout(const struct cli *cli, int n, char **words);

/* offline.c */
const char *cli_schemas(const struct cli *cli); /* the folder of XML Schemas */
/* Prints what was found, frees it; the status. */
enum cli_status cli_report(struct problems *p, const char *what);
/* Adds a failure that is no fault of the file. */
void cli_note(struct problems *p, const char *file, int err);

/* "osame: WORDS" on standard error; returns status. */
enum cli_status cli_fail(enum cli_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
