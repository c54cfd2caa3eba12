/*
 * A voice port without a telephone: what happens to a call is scripted by its
 * number. It answers in the caller's thread, in post(), so tests are exact; it
 * keeps the port's promises (order of events, recall, nothing lost when the
 * engine's mailbox is full), which test_voice_contract checks.
 */
#ifndef TESTS_SUPPORT_FAKE_VOICE_H
#define TESTS_SUPPORT_FAKE_VOICE_H

#include "engine/plan/phone.h"
#include "engine/voice.h"

extern const struct voice_ops voice_fake;

enum fake_call_kind {
	FAKE_END,  /* placed, [answered,] ended at once */
	FAKE_HOLD, /* placed[, answered]: lives until VC_HANGUP or fake_voice_end */
	FAKE_DROP, /* dropped: nothing was sent */
	FAKE_WAIT, /* nothing yet: a recall drops it, fake_voice_end places and ends it */
};
struct fake_call {
	enum fake_call_kind kind;
	bool answered;
	enum outcome code; /* FAKE_END, and of VC_HANGUP */
	int sip_status;
	bool heard;
	enum reached reached;
	const char *reply_name, *reply_value; /* one reply, or NULL */
	const char *sms_text; /* o:sms: the text that the scenario asked for, or NULL */
	/* Once answered, the scenario asks for these staff; NULL: it does not. FAKE_END ends when
	 * that is over; FAKE_HOLD speaks with them until fake_voice_transferred, or its own end. */
	const char *transfer_to;
	enum transfer_result transfer; /* FAKE_END: how it ends, once it is ordered */
	uint32_t transfer_ms;          /* … and how long they spoke */
	/* So many sounds of a second are kept of it: messages, field "message"; the last of them
	 * was lost. */
	unsigned sounds;
	bool last_lost;
};

/* For each later call to `number`; NULL: for all numbers without a script of their own. Without
 * any: answered, heard, 10. */
void fake_voice_script(struct voice *v, const char *number, const struct fake_call *call);
/* Ends a call of FAKE_HOLD or FAKE_WAIT; false: there is none. */
bool fake_voice_end(struct voice *v, uint64_t attempt, enum outcome code);
/* Ends it as `call` says: answered now, if it was not before. */
bool fake_voice_end_as(struct voice *v, uint64_t attempt, struct fake_call call);
/* Staff's leg of a call of FAKE_HOLD ends; false: there is none. */
bool fake_voice_transferred(struct voice *v, uint64_t attempt, enum transfer_result result,
			    uint32_t talk_ms);
/* What the scenario of the last transfer was told; NONE: nothing yet. */
enum transfer_result fake_voice_told(struct voice *v);
/* Tries again what the engine's mailbox did not take. */
void fake_voice_flush(struct voice *v);
void fake_voice_trunk(struct voice *v, bool up);

/* Somebody rings: the channel's id of the call. `call` is what happens once he is answered
 * (FAKE_END, FAKE_HOLD). 0: no line is free, and nobody was told. */
uint64_t fake_voice_ring(struct voice *v, enum caller_kind kind, const char *number,
			 const char *called, const struct fake_call *call);
/* He gives up; `tell`: the engine hears of it, else its order will find him gone. False: he was
 * answered or refused already. */
bool fake_voice_give_up(struct voice *v, uint64_t inbound, bool tell);
struct fake_inbound {
	uint64_t inbound, attempt; /* attempt: 0 until he is answered */
	int status;                /* of VC_REFUSE; 200: answered; 0: it rings, or he gave up */
	const struct scenario *scenario; /* that he is to hear: compare only */
	bool vars_inbound;
	char name[64];
	size_t n_debts;
};
bool fake_voice_inbound(struct voice *v, uint64_t inbound, struct fake_inbound *ret);

struct fake_dialled {
	uint64_t attempt, debts_version;
	bool staff; /* the second leg of a transfer */
	char number[MAX_NUMBER], caller[MAX_NUMBER];
	uint32_t ring_ms, limit_ms;
};
/* All calls that were placed so far, in order. */
size_t fake_voice_dialled(struct voice *v, const struct fake_dialled **ret_list);

#endif
