/*
 * Bytes of stored records. A record is: version byte, then fields in order, then
 * nothing. Integers are LEB128 (zigzag where signed), strings are length, bytes
 * and a NUL, so that a decoded string can be used where it lies.
 *
 * One function a record serves both directions: it visits the fields with a codec
 * that either writes or reads them, so that the two can never disagree. A field
 * added later is visited last, under `codec_has(c, version)`.
 */
#ifndef ENGINE_TURN_CODEC_H
#define ENGINE_TURN_CODEC_H

#include "engine/store.h"
#include <stdbool.h>

struct codec {
	bool writing;
	int err;     /* the first failure; later calls do nothing */
	int version; /* of the record */
	char *buf;   /* writing: the caller's space */
	size_t size, n;
	const char *in, *end; /* reading */
};

void codec_write(struct codec *c, char *buf, size_t size, int version);
/* E_CORRUPT in c->err if the version is newer than `newest`. The bytes must stay while strings are
 * used. */
void codec_read(struct codec *c, struct bytes from, int newest);
/* Reading: all was consumed and fits. Returns c->err. */
int codec_end(struct codec *c) MUST_CHECK;
bool codec_has(const struct codec *c, int version);

void codec_u64(struct codec *c, uint64_t *v);
void codec_i64(struct codec *c, int64_t *v);
void codec_u32(struct codec *c, uint32_t *v);
void codec_i32(struct codec *c, int32_t *v);
void codec_int(struct codec *c, int *v);
void codec_bool(struct codec *c, bool *v);
void codec_size(struct codec *c, size_t *v, size_t most); /* E_CORRUPT over most */
void codec_str(struct codec *c, const char **v);          /* never NULL when read */
void codec_chars(struct codec *c, char *v, size_t size);  /* a string in an array */

/* An enum is stored as an integer; a value out of the enum's range is a damaged record. */
#define CODEC_ENUM(c, field, most)                                                                 \
	do {                                                                                       \
		int value_ = (int)(field);                                                         \
		codec_int(c, &value_);                                                             \
		if (!(c)->writing && !(c)->err) {                                                  \
			if (value_ < 0 || value_ >= (int)(most))                                   \
				(c)->err = E_CORRUPT;                                              \
			else                                                                       \
				(field) = (__typeof__(field))value_;                               \
		}                                                                                  \
	} while (0)

#endif
