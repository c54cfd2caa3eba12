/* RTP packets (RFC 3550): built and read, nothing else. Pure. */
#ifndef ADAPTERS_VOICE_RTP_H
#define ADAPTERS_VOICE_RTP_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTP_HEADER 12
#define RTP_FRAME 160 /* samples, and bytes, of 20 ms at 8 kHz */
#define RTP_MOST 1500 /* a longer datagram is nobody's G.711 */

#define RTP_PCMU 0
#define RTP_PCMA 8

struct rtp {
	uint8_t type;
	bool marker;
	uint16_t seq;
	uint32_t stamp, source; /* timestamp, SSRC */
	const uint8_t *payload; /* into the datagram */
	size_t n;
};

void rtp_write(const struct rtp *head, uint8_t out[RTP_HEADER]);
/* E_PROTO: not RTP version 2, or its lengths lie. */
int rtp_read(const uint8_t *p, size_t n, struct rtp *ret_rtp) MUST_CHECK;

/* G.711: the A-law byte whose sound is nearest to each µ-law byte. */
void rtp_alaw_table(uint8_t ret_table[256]);
/* The other way round. */
void rtp_ulaw_table(uint8_t ret_table[256]);
uint8_t rtp_ulaw_of(int sample); /* of 16 bits */

#endif
