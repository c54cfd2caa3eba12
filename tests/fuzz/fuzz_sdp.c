/*
 * Fuzz target: the session description that a callee answers with. What is read
 * must be usable, and our answer to it must be readable. Corpus: corpus/sdp/, run
 * by tests/unit/test_voice_corpus.c.
 */
#include "adapters/voice/rtp.h"
#include "adapters/voice/sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_peer peer, again;
	char text[SDP_WRITE];

	if (sdp_read((const char *)data, size, &peer))
		return 0;
	if (peer.port == 0 || !memchr(peer.addr, 0, sizeof peer.addr) ||
	    (peer.codec != RTP_PCMU && peer.codec != RTP_PCMA) || peer.events > 127)
		abort();
	struct sdp_ours ours = {.addr = "127.0.0.1", .port = 4000, .answer_to = &peer};
	if (sdp_write(&ours, text) || sdp_read(text, strlen(text), &again) ||
	    again.codec != peer.codec || again.events != peer.events)
		abort();
	return 0;
}
