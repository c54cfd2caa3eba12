/*
 * One press is one key, whichever ways it comes: RFC 4733 events, tones in the sound,
 * SIP INFO. A trunk may carry two of them at once. Pure.
 */
#ifndef ADAPTERS_VOICE_KEYS_H
#define ADAPTERS_VOICE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

enum key_way { KEY_EVENT, KEY_TONE, KEY_INFO };

#define KEYS_SEEN 8
#define KEYS_TOGETHER_MS 1000 /* the same press by another way comes within this */

struct keys {
	struct {
		char key;
		unsigned ways; /* bits of key_way that have told of it */
		int64_t ms;
	} seen[KEYS_SEEN];
	unsigned next;
};

/* True: a press that was not told yet. `ms`: when it began, as far as the way knows. */
bool keys_offer(struct keys *k, enum key_way way, char key, int64_t ms);

/* The key of an INFO body (application/dtmf-relay: "Signal=5", "Duration=160"; application/dtmf:
 * "5"); 0: none. ret_duration_ms: 0 if it is not said. */
char keys_of_info(const char *type, const char *body, unsigned n, int *ret_duration_ms);

#endif
