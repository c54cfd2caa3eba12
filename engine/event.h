/*
 * What reaches the engine's mailboxes: one struct, owned by whoever holds it.
 * Channels never stamp times: the engine does, by its own clock (which may be the
 * rehearsal's).
 */
#ifndef ENGINE_EVENT_H
#define ENGINE_EVENT_H

#include "engine/drop.h"
#include "engine/exchange.h"
#include "engine/plan/phone.h"
#include "engine/scenario.h"
#include "engine/sound.h"
#include "engine/speech.h"
#include "engine/text.h"

enum event_kind {
	/* voice and text */
	EV_DROPPED,    /* recall or a local refusal: the channel certifies that nothing was sent */
	EV_TOO_LATE,   /* recall: it was sent already */
	EV_PLACED,     /* voice: the INVITE is being sent */
	EV_ANSWERED,   /* voice: 200 came */
	EV_CALL_ENDED, /* voice: the outcome */
	EV_INBOUND,    /* voice: somebody rings; VC_ANSWER or VC_REFUSE is awaited */
	EV_INBOUND_GONE, /* voice: he was not answered, and is gone: why */
	EV_TRANSFER,     /* voice: the scenario asks for staff; VC_TRANSFER is awaited */
	EV_TRANSFERRED,  /* voice: staff's leg is over: its line is free */
	EV_SMS_RESULT,
	EV_SMS_RECEIPT,
	EV_GATEWAY, /* sms: a gateway takes nothing, or takes messages again (trunk; why: its id) */
	EV_TRUNK,   /* a trunk takes calls, or takes none any more (trunk; why: its id) */
	/* speech */
	EV_RENDERED,
	/* drop */
	EV_DROP_DONE,
	EV_DROP_STATE, /* connected, or not: for status and alerts */
	/* intake */
	EV_INTAKE_CHECKED, /* the whole file was looked at: rows, or a refusal */
	EV_ROWS,           /* a batch (the rows mailbox) */
	EV_INTAKE_END,     /* after the last batch (the rows mailbox) */
	EV_OUT_BUILT,      /* bytes of an outgoing file are on our disk */
	EV_REBUILT,        /* a file that went out was made again for staff (built) */
	EV_HANDED,         /* a copy of a file that staff handed in, or why there is none */
	EV_SPEC_READ,      /* a document that staff handed in */
	EV_SPEC_WRITTEN, /* a file of the specs folder has the bytes that staff saved, or has not */
	/* archive */
	EV_ARCHIVE, /* the archiver: a day was sealed, a job ended */
	/* control */
	EV_COMMAND,
	EV_STOP, /* shut down in order */
};

struct call_end {
	enum outcome code;
	int sip_status; /* of the final answer, or 0 */
	int q850;       /* cause of a Reason header (RFC 3326), or 0 */
	bool local;     /* the failure was made on our side */
	bool by_us;     /* we hung up */
	uint32_t ring_ms, talk_ms;
	struct interp_result result;
	char listener[MAX_ID]; /* what heard the spoken answers: engine and model; "" */
	struct sound *sounds;  /* what is kept of it, in its order; owned */
};

/* A copy in the spool's arriving/ of what was handed in (engine/handed.h). */
struct handed_file {
	uint32_t intake;
	int err;
	int64_t size;
	char sha256[65];
	char name[MAX_FILE_NAME];
};

struct event {
	enum event_kind kind;
	uint64_t attempt; /* voice and text */
	uint64_t inbound; /* voice: the channel's own id of a call that came in; else 0 */
	union {
		struct call_end *call; /* owned */
		struct {
			enum caller_kind kind;
			char number[MAX_NUMBER]; /* CALLER_KNOWN: national digits; else "" */
			char called[MAX_NUMBER]; /* that was dialled; "" if it is no number */
		} caller;                        /* EV_INBOUND */
		struct {
			int n; /* the n-th of this call, from 1 */
			char to[MAX_ID];
			uint32_t connect_ms, most_ms;
		} ask; /* EV_TRANSFER */
		struct {
			int n;
			enum transfer_result result; /* not NONE */
			bool placed;                 /* an INVITE was sent */
			int sip_status, q850;
			uint32_t ring_ms, talk_ms;
		} transferred; /* EV_TRANSFERRED */
		struct {
			enum text_result result;
			int code;         /* the gateway's HTTP status */
			int64_t retry_ms; /* TEXT_RETRY */
			int gateway;      /* place in the configuration; -1: none was reached */
			char ref[TEXT_REF_BYTES]; /* its id there, or "" */
			char why[128];
		} sms;
		struct {
			enum text_receipt receipt;
			int code;     /* as the gateway said it */
			int segments; /* that the gateway bills, where it says so; else 0 */
			int gateway;  /* place in the configuration; -1: not said */
			char ref[TEXT_REF_BYTES];
		} receipt;
		struct {
			bool up;
			int status;
			char why[128];
			unsigned place;        /* EV_TRUNK: in the configuration */
			int lines, per_second; /* EV_TRUNK: its own limits; 0: none */
		} trunk; /* also EV_DROP_STATE, EV_GATEWAY; event.why names the drop, the gateway */
		struct {
			uint64_t id;
			uint64_t debts_version;
			int err; /* 0, E_INVALID (cannot be spoken), E_TIMEOUT, E_IO */
			struct prompt_set *set; /* a reference, or NULL */
			size_t bad_prompt;
			char why[256]; /* never the text itself; the character only */
		} rendered;
		struct drop_done *drop; /* owned */
		struct {
			uint32_t intake;
			int err;
			uint32_t rows;
			uint64_t order; /* the print of that in which targets are loaded */
			struct refusal why;
		} checked;               /* and EV_INTAKE_END */
		struct row_batch *batch; /* owned */
		struct spec_read *read;  /* owned: engine/spec_in.h */
		struct {
			uint32_t number;
			int err;
			int64_t size;
			char sha256[65];
			uint32_t replaced; /* characters that its encoding lacks: 〓 stands there */
		} built;
		struct archive_done *archive; /* owned: engine/turn/archiver.h */
		struct handed_file handed;
		struct {
			uint64_t id;
			int err;
		} spec;                  /* EV_SPEC_WRITTEN: engine/spec_file.h */
		struct command *command; /* engine/control.h; owned by the control thread */
	};
	char why[128]; /* EV_DROPPED, EV_INBOUND_GONE: why */
};

struct event *event_new(enum event_kind kind); /* zeroed; NULL: no memory */
void event_free(void *event);                  /* with all that it owns; NULL is fine */

#endif
