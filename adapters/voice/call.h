/* One call: its states, its ends, its conversation. The sip thread's alone. */
#ifndef ADAPTERS_VOICE_CALL_H
#define ADAPTERS_VOICE_CALL_H

#include "adapters/voice/renew.h"
#include "adapters/voice/sip.h"

enum call_state {
	CALL_WAITING,    /* the intent is here; nothing was sent */
	CALL_CALLING,    /* the INVITE is out */
	CALL_RINGING,    /* 18x came */
	CALL_CANCELLING, /* we gave up; waiting for the final answer */
	CALL_TALKING,    /* 200 came, the scenario runs */
	CALL_ENDING,     /* our BYE is out; waiting for its answer */
	CALL_ENDED,      /* the outcome is told */
	CALL_OFFERED,    /* somebody rings: the engine was asked (inbound.c) */
	CALL_ACCEPTED,   /* our 200 to him is out; waiting for the ACK */
	CALL_STATES
};
bool call_may_move(enum call_state from, enum call_state to);

struct call {
	struct voice *voice;
	struct trunk *trunk; /* of the try under way; NULL: none is */
	struct call *next;   /* while CALL_WAITING */
	size_t line;
	enum call_state state;
	struct order *order;
	const struct voice_intent *intent; /* order's; CALL_OFFERED: NULL */
	uint64_t inbound;                  /* a call that came in: its own id; else 0 */
	struct interp *interp;
	struct leg *leg;
	nua_handle_t *handle;
	struct sdp_ours sdp;
	struct sdp_peer peer;
	char sdp_text[SDP_WRITE];
	uint8_t key[CIPHER_KEY]; /* ours, of the trunk under way, if it wants SRTP */
	char key_text[CIPHER_TEXT];
	bool has_peer;

	bool recalled; /* CALL_WAITING: must not be placed */
	bool hushed;   /* no INVITE more; what is out already goes on */
	bool challenged, bye_challenged;
	bool heard_trunk, rang, cancelled, answered, by_us, local;
	bool provisional; /* a 101–199 came: somebody may have been reached */
	bool looking;     /* CALL_CALLING, but between two tries: no trunk could take it yet */
	unsigned tried;   /* trunks, a bit each */
	int tries;
	int sip_status, q850;
	struct keys keys;
	unsigned serial;                     /* of what plays: older MR_PLAYED are ignored */
	const struct recognise_words *words; /* listened for now; NULL: none */
	unsigned listen_serial;              /* of that wish; 0: none */
	struct staff *staff;                 /* the transfer under way, or being ended; NULL */
	int transfers;                       /* asked for so far */
	enum transfer_result untransferred;  /* why none began; NONE: nothing to be told */
	/* what is kept of it (keep.c) */
	struct sound *sounds;               /* in the order of their ends */
	size_t n_sounds, kept_bytes;        /* bytes: counted for, in v->kept_bytes too */
	const char *keep;                   /* words listened for now are kept under this */
	const struct record_ask *recording; /* a message is under way; NULL */
	uint32_t record_at_ms;
	bool record_over; /* the interpreter is owed `recorded` */
	enum recorded recorded;
	unsigned record_serial;
	int64_t over_ms; /* since then all but its transfer's end is done; 0: it is not over */
	int unheard;     /* why nobody can listen; 0: somebody does */
	struct renewal renewal;

	int64_t placed_ms, tried_ms, answered_ms; /* 0: not yet; tried_ms: the try under way */
	int64_t held_ms;                          /* CALL_WAITING: since when no trunk took it */
	/* instants at which something is due; 0: nothing */
	int64_t ring_due_ms, limit_due_ms, timer_due_ms, bye_due_ms, free_due_ms;
};

/* call.c */
/* Takes the order. NULL: no memory, or no line free; the order is still the caller's. */
struct call *call_new(struct voice *v, struct order *order);
void call_free(struct call *c); /* without an event; NULL is fine */
void call_move(struct call *c, enum call_state to);
void call_drop(struct call *c, const char *why);                /* EV_DROPPED; c is gone */
void call_answer(struct call *c, int status, const sip_t *sip); /* to our INVITE */
void call_bye_came(struct call *c);
void call_bye_answered(struct call *c, int status, const sip_t *sip);
void call_terminated(struct call *c);
void call_hang_up(struct call *c); /* in order, whatever state it is in (but CALL_WAITING) */
void call_tick(struct call *c, int64_t now_ms);
void call_finish(struct call *c); /* its outcome is told, c is gone */
/* RFC 3326: the first of protocol Q.850 counts; 0: none. */
int call_cause_of(const sip_t *sip);
/* E_NOTFOUND: the message has none. */
int call_read_sdp(const sip_t *sip, struct sdp_peer *ret_peer) MUST_CHECK;
/* The same, to a description of ours: what was asked for, and not less. A description in the clear
 * where SRTP is required is refused, and so is a key that nobody asked for. */
int call_take_sdp(const struct sdp_ours *ours, const sip_t *sip,
		  struct sdp_peer *ret_peer) MUST_CHECK;

/* What renew.c needs of it. */
struct changing call_changing(struct call *c);
void call_renewed(struct call *c, bool update, int status, const sip_t *sip);

/* place.c */
/* Sends the INVITE, or drops the call: true, and c may be gone. False: no trunk can take it now. */
bool call_place(struct call *c);
/* A try failed (or c is looking): sends another, or goes on looking for a trunk. False: this was
 * the last one; c has what it found. */
bool call_elsewhere(struct call *c);
/* Its handle, and its place among the trunk's lines. */
void call_leave_trunk(struct call *c);
/* The digits that stand in a SIP URI, and nothing else. */
bool place_is_number(const char *s);

/* talk.c */
void talk_step(struct call *c, enum interp_event_kind kind, char digit);
void talk_event(struct call *c, const struct interp_event *ev);
/* A press that began at `ms`; told once, whichever ways it comes. */
void talk_key(struct call *c, enum key_way way, char key, int64_t ms);
void talk_info(struct call *c, const sip_t *sip);
void talk_report(struct call *c, const struct media_report *report);

#endif
