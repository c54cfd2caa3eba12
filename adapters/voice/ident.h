/*
 * Who rings, and what he dialled, from the headers of an INVITE. Pure: bytes from
 * outside in, digits or nothing out. A number is believed as far as the trunk is,
 * and proves nothing: only what is said afterwards depends on it.
 */
#ifndef ADAPTERS_VOICE_IDENT_H
#define ADAPTERS_VOICE_IDENT_H

#include "engine/plan/phone.h"
#include "engine/voice.h"

#include <stdbool.h>

#define IDENT_HEADERS 4 /* P-Asserted-Identity may come more than once */

struct ident_in {
	const char *asserted[IDENT_HEADERS]; /* P-Asserted-Identity's values; NULL: none */
	const char *from;                    /* From's user part, or NULL */
	bool privacy;                        /* Privacy asks for id, user, header or critical */
	enum caller_id believe;
};
/* `number` is "" unless the answer is CALLER_KNOWN. */
enum caller_kind ident_caller(const struct ident_in *in, char number[MAX_NUMBER]);
/* One word of a Privacy header asks for the caller to be hidden. */
bool ident_hides(const char *word);
/* A user part as a national number; false: it is none, `number` is "". */
bool ident_number(const char *user, char number[MAX_NUMBER]);

#endif
