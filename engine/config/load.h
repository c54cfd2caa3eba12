/* One loading of a configuration: shared by read.c, secret.c and check.c alone. */
#ifndef ENGINE_CONFIG_LOAD_H
#define ENGINE_CONFIG_LOAD_H

#include "engine/config/table.h"

/* Where each key of one section stood; 0: it did not. */
struct seen {
	int line;                         /* of the [section] */
	int key[CONFIG_MOST_KEYS];        /* KEY = */
	bool from_file[CONFIG_MOST_KEYS]; /* KEY_file = (secrets) */
};

struct load {
	struct config *c;
	struct problems *problems;
	const char *path;
	char folder[MAX_PATH_BYTES]; /* of the file */
	struct seen *seen[SECTIONS]; /* config_sections[].most of each */
	bool others_read;            /* the file's mode lets everybody read it */
	/* while reading */
	int line;
	enum section section; /* SECTIONS: none, or one to be skipped */
	size_t index;
	bool skip;
};

/* How many sections of this kind there are: 1 for single ones. */
size_t load_count(const struct load *l, enum section section);
/* The key's place in its section's table, or -1. */
int load_key(enum section section, const char *name, size_t n);
/* The line of a key, else of its section, else 0. */
int load_line(const struct load *l, enum section section, size_t index, const char *key);
/* True if the file itself has it. */
bool load_has(const struct load *l, enum section section, size_t index, const char *key);
/* An error at a key's line: "[section name] key WORDS". */
void load_error(struct load *l, enum section section, size_t index, const char *key,
		const char *fmt, ...) PRINTF_LIKE(5, 6);

/* load.c: a whole configuration from its text, which is used up; for the fuzz target too. */
int load_text(const char *path, char *text, size_t n, bool others_read, struct problems *problems,
	      struct config **ret) MUST_CHECK;
/* read.c */
void read_text(struct load *l, char *text, size_t n);
/* secret.c: a file of ours that nobody else can read; E_INVALID with a sentence. */
int secret_file_check(const char *path, int *ret_fd, char why[MAX_WORDS]) MUST_CHECK;
/* Its first line, without the line end, into `out`. */
int secret_file_read(const char *path, char *out, size_t size, char why[MAX_WORDS]) MUST_CHECK;
/* A key of 32 bytes as hex: from the file that is named, else from `own` under engine.var, which is
 * made if it does not exist. */
int secret_key_load(const struct config *c, const char *named, const char *own, const char *setting,
		    void (*random)(void *, size_t), uint8_t key[32],
		    struct problems *problems) MUST_CHECK;
/* check.c: what no single key can tell. */
void check_all(struct load *l);

#endif
