/* Session descriptions (RFC 4566, 3264): the one audio stream that we offer and read. Pure. */
#ifndef ADAPTERS_VOICE_SDP_H
#define ADAPTERS_VOICE_SDP_H

#include "adapters/voice/srtp.h"
#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SDP_MOST 8192  /* bytes of a description that we read */
#define SDP_WRITE 1400 /* bytes that one of ours never reaches */
#define SDP_OTHERS 160 /* bytes of lines for streams that we refuse */
#define SDP_EVENTS 101 /* payload type of telephone-event in our offer */

/* Where and how the other side wants its audio. */
struct sdp_peer {
	char addr[16]; /* IPv4, dotted */
	uint16_t port;
	int codec;    /* RTP_PCMU or RTP_PCMA: its first choice of the two */
	int events;   /* payload type of telephone-event, or -1 */
	bool listens; /* false: on hold (sendonly, inactive, 0.0.0.0): send it nothing */
	bool speaks;
	bool secure; /* SRTP, with this key */
	uint8_t key[CIPHER_KEY];
	int tag; /* of its crypto line: an answer names it */
	/* Its other streams (video, a second audio), before and behind ours: an answer must name
	 * each of them, in their order, and refuses them by the port 0 (RFC 3264, 6). */
	char before[SDP_OTHERS], after[SDP_OTHERS];
};

/* E_PROTO: nonsense. E_REFUSED: well-formed, but no audio that we can do. */
int sdp_read(const char *s, size_t n, struct sdp_peer *ret_peer) MUST_CHECK;

struct sdp_ours {
	const char *addr;
	uint16_t port;
	uint64_t session;
	unsigned version;
	const char *key;                  /* ours, in base64: SRTP; NULL: in the clear */
	const struct sdp_peer *answer_to; /* NULL: an offer of everything we can do */
};
/* E_LIMIT cannot happen with a valid address; the text ends with NUL. */
int sdp_write(const struct sdp_ours *ours, char out[SDP_WRITE]) MUST_CHECK;

#endif
