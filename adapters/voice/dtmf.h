/* Keys from RFC 4733 telephone events: one press is one key. Pure. */
#ifndef ADAPTERS_VOICE_DTMF_H
#define ADAPTERS_VOICE_DTMF_H

#include "adapters/voice/rtp.h"

#define DTMF_SEEN 4       /* presses remembered against late and repeated packets */
#define DTMF_AGAIN_MS 100 /* an ended press that begins again after this is another press */

struct dtmf_press {
	bool used, ended;
	uint8_t code;
	uint16_t duration;
	uint32_t stamp, source;
	int64_t last_ms;
};
struct dtmf {
	struct dtmf_press seen[DTMF_SEEN];
	unsigned latest;
};

/* Feeds one telephone-event packet; its key ('0'…'9', '*', '#') when a press begins, else 0. A
 * packet that is no event, or is A-D or a tone of fax machines, is 0 too. */
char dtmf_feed(struct dtmf *d, const struct rtp *packet, int64_t now_ms);

#endif
