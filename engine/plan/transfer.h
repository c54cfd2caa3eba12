/*
 * How a transfer to staff ended: the values that the form item variable takes (W3C
 * VoiceXML 2.0, 2.3.7), and what a contact's record says of it. Pure.
 */
#ifndef ENGINE_PLAN_TRANSFER_H
#define ENGINE_PLAN_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

/* Stored: new ones at the end. */
enum transfer_result {
	TRANSFER_NONE,         /* not over */
	TRANSFER_BUSY,         /* staff's telephone is busy */
	TRANSFER_NOANSWER,     /* nobody answered within connecttimeout */
	TRANSFER_NETWORK_BUSY, /* no line, no trunk, no circuit, no money */
	TRANSFER_NEAR_END,     /* connected; the resident ended it: by a key, or he hung up */
	TRANSFER_FAR_END,      /* connected; staff hung up */
	TRANSFER_NETWORK,      /* connected; the network, or we, ended it */
	TRANSFER_MAXTIME,      /* connected; maxtime was over */
	TRANSFER_UNKNOWN,      /* none of these: refused, a wrong number, a crash */
	TRANSFER_GIVEN_UP, /* the call ended before staff answered; the document never sees it */
	TRANSFER_RESULTS
};

/* What a scenario asks for; `to` names a [transfer] section. */
struct transfer_ask {
	const char *to;
	uint32_t connect_ms, most_ms;
};

const char *transfer_value(enum transfer_result r); /* "far_end_disconnect"; "" for NONE */
const char *transfer_words(enum transfer_result r); /* 接続, 話中, 不応答 …; "" for NONE */
/* Both sides spoke, or could. */
bool transfer_connected(enum transfer_result r);

#endif
