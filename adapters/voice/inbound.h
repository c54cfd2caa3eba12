/*
 * Calls that come in: looked at, told to the engine, answered by its order. The sip
 * thread's alone. See docs/inbound.md.
 */
#ifndef ADAPTERS_VOICE_INBOUND_H
#define ADAPTERS_VOICE_INBOUND_H

#include "adapters/voice/call.h"

/* At start: where calls may come from. */
void inbound_open(struct voice *v);
/* An INVITE outside of any call. */
void inbound_invite(struct voice *v, nua_handle_t *nh, const sip_t *sip);
/* VC_ANSWER and VC_REFUSE; takes the order. */
void inbound_order(struct voice *v, struct order *order);

/* Of calls in CALL_OFFERED and CALL_ACCEPTED: */
void inbound_acked(struct call *c, const sip_t *sip);
/* He is gone, or the stack gave up. c is gone too. */
void inbound_over(struct call *c, bool by_him);
/* We give up: refused, or ended by BYE. */
void inbound_hang_up(struct call *c);
void inbound_tick(struct call *c, int64_t now_ms);

#endif
