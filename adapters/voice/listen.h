/* Spoken answers of a call: from the interpreter's wish to listen to the word that was said. The
 * sip thread's. */
#ifndef ADAPTERS_VOICE_LISTEN_H
#define ADAPTERS_VOICE_LISTEN_H

#include "adapters/voice/call.h"

/* IA_LISTEN and IA_DEAF. Where nobody can listen, c->unheard says why. */
void listen_start(struct call *c, const struct recognise_words *words);
void listen_stop(struct call *c);
void listen_report(struct call *c, const struct media_report *report);
/* What the pool has answered. */
void listen_answers(struct voice *v);
/* Waits for what the pool still has of ours: it must not answer to a mailbox that is gone. */
void listen_close(struct voice *v);

#endif
