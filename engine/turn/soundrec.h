/*
 * What is known of a sound that was kept: T_SOUND, under the attempt's (or callback's) id
 * and its number in the call. The sound itself is a file of the archive, of the class
 * `recordings`, which goes long before this record does. Written with the call's outcome;
 * the file follows, and may be lost.
 */
#ifndef ENGINE_TURN_SOUNDREC_H
#define ENGINE_TURN_SOUNDREC_H

#include "engine/turn/db.h"

struct sound_rec {
	uint64_t call; /* attempt or callback */
	uint32_t n;    /* from 1 */
	const char *department;
	const char *field;  /* of the scenario */
	bool message;       /* a <record>; else a spoken answer */
	int64_t ended_ms;   /* the call's end */
	uint32_t at_ms, ms; /* where it began in the call; how long it is */
	int32_t day;        /* the folder of the archive */
	const char *lost;   /* why there is no file; "": there should be one */
	/* what staff heard, by their own word */
	const char *typed, *typed_by;
	int64_t typed_ms;
};

size_t key_sound(char *k, uint64_t call); /* prefix of all of a call */
int db_sound_get(struct tx *tx, uint64_t call, uint32_t n, struct sound_rec *ret) MUST_CHECK;
int db_sound_put(struct tx *tx, const struct sound_rec *r) MUST_CHECK;
int db_sounds_del(struct tx *tx, uint64_t call) MUST_CHECK; /* all of a call; none is fine */
/* Decodes a scanned value; its strings are the value's. */
int found_sound(struct bytes value, struct sound_rec *ret) MUST_CHECK;

#define SOUND_NAME 48
void sound_name(const struct sound_rec *r, char out[SOUND_NAME]); /* its file's */

#endif
