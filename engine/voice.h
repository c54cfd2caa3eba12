/*
 * The voice port: calls. One thread owns signalling and the scenario interpreter
 * of each call, another the packets. Commands in, events out; neither blocks.
 */
#ifndef ENGINE_VOICE_H
#define ENGINE_VOICE_H

#include "engine/mailbox.h"
#include "engine/scenario.h"
#include "engine/speech.h"

/* Which header names the caller to a trunk that hides From (RFC 3325). */
enum voice_identity { IDENTITY_PREFERRED, IDENTITY_ASSERTED, IDENTITY_NONE };
/* Sound in the clear; or encrypted, or no call (RFC 4568, RFC 3711): over TLS only. */
enum voice_srtp { SRTP_NO, SRTP_REQUIRED };

/* A way out: a telephone company's trunk, or a gateway of ours. */
struct voice_trunk {
	char id[MAX_ID];
	char uri[128];    /* its proxy: "sip:192.0.2.10:5060;transport=tcp"; sips: is TLS */
	char domain[128]; /* of From, To and registration: "ina.example" */
	char user[64], password[128];
	bool do_register;
	int register_s;  /* asked expiry */
	int lines;       /* most calls at once on it; 0: no limit of its own */
	int per_second;  /* most calls started on it in a second; 0: no limit of its own */
	int priority;    /* the lowest that can take a call takes it; equal ones share */
	int keepalive_s; /* OPTIONS so often; 0: none */
	int identity;    /* enum voice_identity */
	int srtp;        /* enum voice_srtp */
	int session_s;   /* a call is confirmed so often (RFC 4028); 0: only if the trunk asks */
};

struct voice_config {
	char bind[64];                   /* SIP: our address, "127.0.0.1" */
	int port;                        /* 0: any free one */
	char media_bind[64];             /* RTP: our address */
	int media_from, media_to;        /* even ports of a range; 0, 0: any free one */
	int tls_port;                    /* TLS: 0: any free one; without a TLS trunk unused */
	char tls_folder[MAX_PATH_BYTES]; /* cafile.pem, and agent.pem if we have one */
	size_t n_trunks;
	struct voice_trunk trunks[MAX_TRUNKS];
	int lines;          /* most calls at once, over all trunks */
	bool tones;         /* keys in the sound are heard also where the peer sends events */
	bool keep_sound;    /* what residents say may be kept */
	bool detect;        /* machines, screening devices and faxes are looked for */
	int min_se_s;       /* the least interval of it that is taken; 0: 90 s */
	int hangup_wait_ms; /* a peer that never answers BYE or CANCEL frees its line after this */
	bool inbound;       /* calls that come in are told to the engine; else they are refused */
	char inbound_from[256]; /* IPv4 addresses that they may come from; "": the trunk's */
	bool hear_all;          /* the SIP port answers strangers too: else it hears trunks alone */
	int caller_id;          /* enum caller_id */
	int called_id;          /* enum called_id */
	/* Spoken answers: the pool, which must outlive the channel. NULL: keys alone. */
	const struct recognise_ops *listen;
	struct recogniser *recogniser;
};
/* Where it stands who rings, and what he dialled: in the order of the configuration's words. */
enum caller_id { CALLER_ID_EITHER, CALLER_ID_ASSERTED, CALLER_ID_FROM };
enum called_id { CALLED_ID_REQUEST, CALLED_ID_TO };

struct arena;
/* Everything that a call needs; owned by the channel once posted. */
struct voice_intent {
	uint64_t attempt;
	char number[MAX_NUMBER]; /* national digits; the allow table is asked again before
				    nua_invite */
	char caller[MAX_NUMBER];
	uint32_t ring_ms, limit_ms;
	int64_t not_after_boot_ms; /* CLOCK_BOOTTIME: the window closes then; 0: no limit */
	uint64_t debts_version;
	struct scenario *scenario;  /* a reference */
	struct prompt_set *prompts; /* a reference; prompts->debts_version == debts_version */
	struct scenario_vars vars;  /* what expressions need; strings inside `arena` */
	struct arena *arena;        /* engine/arena.h; freed with the intent */
};
void voice_intent_free(struct voice_intent *intent); /* NULL is fine */

enum voice_cmd_kind {
	VC_INTENT, /* place this call */
	VC_RECALL, /* do not place it; answers EV_DROPPED or EV_TOO_LATE. A call in progress is told
		    * that its debts are stale (IE_STALE) */
	VC_HUSH, /* do not place it, if nothing of it was sent: EV_DROPPED. Else EV_TOO_LATE, and a
		  * call that rings or speaks is left alone; but after a try that reached nobody
		  * there is no other */
	VC_HANGUP, /* end a call in progress in order: its outcome follows */
	VC_ANSWER, /* answer this call that came in: the intent says with what (its number and ring
		    * time mean nothing here) */
	VC_REFUSE, /* do not answer it; nothing follows */
	VC_TRANSFER, /* the answer to an EV_TRANSFER: call staff, or do not */
};
/* Staff's leg of a transfer. */
struct voice_transfer {
	int n;                   /* of the EV_TRANSFER */
	char number[MAX_NUMBER]; /* national digits, as an intent's; "": it is refused */
	char caller[MAX_NUMBER];
	uint32_t ring_ms, most_ms;    /* from its INVITE, from its answer: its hard limits */
	enum transfer_result refused; /* number "": what the scenario is told */
};
struct voice_cmd {
	enum voice_cmd_kind kind;
	uint64_t attempt;
	struct voice_intent *intent;    /* VC_INTENT, VC_ANSWER: owned */
	uint64_t inbound;               /* VC_ANSWER, VC_REFUSE: of EV_INBOUND */
	int status;                     /* VC_REFUSE: the final SIP status, 400 to 699 */
	struct voice_transfer transfer; /* VC_TRANSFER */
};

struct voice;
struct voice_ops {
	const char *name;
	int (*start)(const struct voice_config *config, struct mailbox *to_engine,
		     struct voice **ret_voice);
	/* E_NOMEM: nothing was taken, and nothing is sent. E_FULL is a bug of the caller, who keeps
	 * to `lines` (the mailbox holds 6 × lines + 16). Copies cmd. Immediately before nua_invite
	 * the channel drains its mailbox into the recall set, then looks. Events, in order, for
	 * each intent: EV_DROPPED, or EV_PLACED, [EV_ANSWERED], EV_CALL_ENDED.
	 *
	 * A call that comes in takes a line. EV_INBOUND, then EV_INBOUND_GONE (he gave up, or no
	 * order came in bounded time), or VC_REFUSE and nothing more, or VC_ANSWER and its
	 * intent's events: EV_DROPPED (he was gone, or it could not be answered: nothing was
	 * said), or EV_PLACED (our 200 is being sent), [EV_ANSWERED], EV_CALL_ENDED. All of them
	 * have the call's `inbound`. An order for a call that is gone is no mistake.
	 *
	 * A scenario that asks for staff: EV_TRANSFER, which waits for a VC_TRANSFER (in bounded
	 * time; then the scenario goes on without). One with a number takes another line and is
	 * answered by one EV_TRANSFERRED, before the call's EV_CALL_ENDED; if the call was over
	 * or waited no more when it came, after it, and nothing was sent. The number goes through
	 * the same allow table. While staff's leg lasts the call's own limit_ms stands still. */
	int (*post)(struct voice *v, const struct voice_cmd *cmd);
	/* Ends calls in progress with BYE/CANCEL, unregisters, waits for the threads; bounded time.
	 * Calls that were placed and not reported stay without an outcome (recovery makes them
	 * unknown). */
	void (*stop)(struct voice *v);
	/* The port that the SIP socket got (for tests and status). */
	int (*bound_port)(struct voice *v);
};

#endif
