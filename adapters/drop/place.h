/*
 * What a drop's thread (worker.h) needs of the place behind it. One caller at a
 * time. Every function waits at most timeout_ms without progress, and returns
 * soon once stop_fd is readable.
 */
#ifndef ADAPTERS_DROP_PLACE_H
#define ADAPTERS_DROP_PLACE_H

#include "engine/digest.h"
#include "engine/drop.h"

enum { PLACE_PIECE = 128 * 1024 };

struct place {
	const struct drop_config *config; /* outlives the place */
	int stop_fd;
	char piece[PLACE_PIECE]; /* of the file that is being moved; too big for a stack */
};

struct place_ops {
	const char *name;
	/* Checks the configuration (E_INVALID); no network yet. */
	int (*make)(const struct drop_config *config, int stop_fd, struct place **ret_place);
	/* 0, E_AGAIN (not reachable), E_AUTH, E_IO; `why` gets words. */
	int (*connect)(struct place *p, char why[MAX_WORDS]);
	bool (*connected)(const struct place *p);
	int (*fd)(const struct place *p); /* hang-up is watched for while idle; -1: none */
	void (*disconnect)(struct place *p);
	/* A round trip when nothing happened for a while; a dead peer disconnects. */
	void (*idle)(struct place *p);
	/* Fills all of *done but its job. After a lost connection connected() is false. */
	void (*perform)(struct place *p, const struct drop_job *job, struct drop_done *done);
	void (*unmake)(struct place *p); /* NULL is fine */
};

#endif
