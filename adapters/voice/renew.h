/*
 * What changes in a dialog that stands: a call's, or that with staff. See renew.c.
 * The sip thread's alone.
 */
#ifndef ADAPTERS_VOICE_RENEW_H
#define ADAPTERS_VOICE_RENEW_H

#include "adapters/voice/sip.h"

/* Of our refreshes: each dialog keeps one. */
struct renewal {
	int refused;     /* times, of the refresh under way */
	bool challenged; /* the same */
	bool by_invite;  /* they take no UPDATE */
	bool offered;    /* a description of ours has no answer yet */
	int64_t
	    first_ms;   /* the first refresh of a call that came in, from its answer; 0: Sofia's */
	int64_t due_ms; /* renew_again(); 0: nothing is due */
};

/* Whose dialog it is: borrowed from a call or a transfer for one event. */
struct changing {
	uint64_t attempt;
	bool talking; /* the INVITE was answered, and nobody ends it */
	bool came_in; /* they called us: the Call-ID is theirs */
	struct trunk *trunk;
	nua_handle_t *handle;
	struct leg *leg;
	struct sdp_ours *sdp;
	char *sdp_text; /* SDP_WRITE */
	struct sdp_peer *peer;
	const uint8_t *key;
	struct renewal *renewal;
};

void renew_reinvited(const struct changing *d, const sip_t *sip); /* their re-INVITE */
void renew_updated(const struct changing *d, const sip_t *sip);   /* their UPDATE */
void renew_offered(const struct changing *d); /* a request of ours left, with a description */
/* Their first answer: what they allow. */
void renew_learn(const struct changing *d, const sip_t *sip);
/* Who rings: the same, and how often. */
void renew_caller(const struct changing *d, const sip_t *invite);
/* An answer to a refresh of ours. False: it cannot go on, hang up. */
bool renew_answer(const struct changing *d, bool update, int status, const sip_t *sip);
void renew_again(const struct changing *d);

#endif
