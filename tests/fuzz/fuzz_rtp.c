/*
 * Fuzz target: datagrams that come to an RTP port, several in one input (length
 * in one byte, then that many bytes), through the reader and the key machine of
 * one call. Corpus: corpus/rtp/, run by tests/unit/test_voice_corpus.c.
 */
#include "adapters/voice/dtmf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dtmf keys = {0};
	int64_t now_ms = 0;

	while (size > 0) {
		size_t n = data[0] < size - 1 ? data[0] : size - 1;
		struct rtp packet;
		if (rtp_read(data + 1, n, &packet) == 0) {
			if (packet.payload < data + 1 + RTP_HEADER ||
			    packet.payload + packet.n > data + 1 + n)
				abort();
			char key = dtmf_feed(&keys, &packet, now_ms);
			if (key && !strchr("0123456789*#", key))
				abort();
		}
		now_ms += 20;
		data += n + 1;
		size -= n + 1;
	}
	return 0;
}
