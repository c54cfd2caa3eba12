/* What is kept of a call's sound: messages and spoken answers. The sip thread's. */
#ifndef ADAPTERS_VOICE_KEEP_H
#define ADAPTERS_VOICE_KEEP_H

#include "adapters/voice/call.h"

/* IA_RECORD, IA_RECORD_END, IA_RECORD_DROP. How it ended stands in c->recorded when
 * c->record_over is set, at once where nothing can be recorded. */
void keep_record(struct call *c, const struct record_ask *ask);
void keep_record_end(struct call *c);
void keep_record_drop(struct call *c);
void keep_report(struct call *c, const struct media_report *report);
/* A spoken answer that just ended, if it is to be kept. */
void keep_utterance(struct call *c, const int16_t *samples, size_t n);
/* The line goes: a message under way ends with it. */
void keep_stop(struct call *c);
struct sound *keep_take(struct call *c); /* all of it: the caller's */
void keep_free(struct call *c);

#endif
