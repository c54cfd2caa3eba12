/*
 * Staff's leg of a transfer: a second call, by us, whose sound is joined with the
 * resident's. The sip thread's alone. One at a time for each call.
 *
 *   asked ──► calling ──► talking ──► ending ──► gone
 *     │         │  │                              ▲
 *     │         │  └──► cancelling ──► ending ────┤
 *     └─────────┴─────────────────────────────────┘
 *
 * asked: the engine was asked, nothing was sent. Each state ends by itself: `asked` when no
 * answer comes, calling after the ring time, talking after its most, the others when the peer
 * does not answer us.
 */
#ifndef ADAPTERS_VOICE_STAFF_H
#define ADAPTERS_VOICE_STAFF_H

#include "adapters/voice/call.h"

enum staff_state {
	STAFF_ASKED,
	STAFF_CALLING,
	STAFF_TALKING,
	STAFF_CANCELLING,
	STAFF_ENDING,
	STAFF_GONE,
	STAFF_STATES
};
bool staff_may_move(enum staff_state from, enum staff_state to);

struct staff {
	struct call *call;
	enum staff_state state;
	struct transfer_ask ask;
	struct order *order; /* the engine's; NULL while it is asked */
	struct trunk *trunk; /* NULL: nothing was sent */
	nua_handle_t *handle;
	struct leg *leg;
	struct sdp_ours sdp;
	struct sdp_peer peer;
	char sdp_text[SDP_WRITE];
	uint8_t key[CIPHER_KEY];
	char key_text[CIPHER_TEXT];
	bool has_peer, challenged, bye_challenged, heard_trunk, rang, local, cancelled;
	int sip_status, q850;
	enum transfer_result result; /* NONE until it is known */
	int64_t placed_ms, answered_ms, ended_ms;
	int64_t due_ms; /* when its state ends by itself */
	struct renewal renewal;
	int64_t limit_left_ms; /* of the resident's call: its clock stands still meanwhile */
};

/* From the interpreter: whom it asks for; its key that ends it. What cannot begin is told by
 * c->untransferred. */
void staff_ask(struct call *c, const struct transfer_ask *ask);
void staff_rejoin(struct call *c);
/* VC_TRANSFER; c: its call, or NULL. Takes the order. */
void staff_order(struct voice *v, struct call *c, struct order *order);
/* The call is over, or being ended: staff are hung up on. May end at once, with call_finish of a
 * call that waits for it. Nothing to do without a transfer. */
void staff_leave(struct call *c);
/* True: the call may be gone. */
bool staff_tick(struct call *c, int64_t now_ms);
/* False: it is of no staff's leg. */
bool staff_event(struct voice *v, nua_handle_t *nh, nua_event_t event, int status,
		 const sip_t *sip);
/* Its leg and its handle to this trunk, and our description: for place.c. */
int staff_open(struct staff *s, struct trunk *t) MUST_CHECK;
void staff_free(struct staff *s); /* without an event; NULL is fine */

/* place.c: sends the INVITE. NULL: sent; else why not, and nothing was. */
const char *place_staff(struct staff *s);

#endif
