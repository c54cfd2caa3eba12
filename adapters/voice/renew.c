/*
 * What changes in a call under way: re-INVITE and UPDATE of the other side (hold,
 * another address), and session refreshes (RFC 4028).
 *
 * Sofia negotiates the session timer, refuses intervals that are too short (422),
 * asks again when we are refused so, refreshes at half of the interval if that is
 * ours to do, and hangs up shortly before its end if it is theirs and they did not.
 * Here is what it leaves to us: which method they understand, what the answer to a
 * refresh says about the sound, and a refresh that failed, which Sofia would not
 * repeat. A call whose refresh fails for good (408, 481) is ended by Sofia; one that
 * is only refused goes on until they end it, or its hard limit does.
 */
#include "adapters/voice/call.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <inttypes.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <strings.h>

#define AGAIN_MS 2000 /* after 491 and other refusals: half of the interval is left for it */
#define AGAIN_MOST 3
#define FIRST_MS 400       /* for each second of the interval */
#define EVERY_MOST_S 86400 /* no call lasts so long */

/* ---- theirs ---- */

/* The same stream again; hold, and another address, are followed. */
static int follow(struct call *c, const struct sdp_peer *peer)
{
	c->sdp.version++;
	c->sdp.answer_to = peer;
	int err = sdp_write(&c->sdp, c->sdp_text);
	c->sdp.answer_to = NULL;
	if (!err)
		err = media_peer(c->leg, peer, c->key);
	if (!err)
		c->peer = *peer;
	return err;
}

static void refuse(struct call *c)
{
	nua_respond(c->handle, SIP_488_NOT_ACCEPTABLE, NUTAG_WITH_THIS(c->voice->nua), TAG_END());
}

static void agree(struct call *c)
{
	nua_respond(c->handle, SIP_200_OK, NUTAG_WITH_THIS(c->voice->nua),
		    SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(c->sdp_text),
		    TAG_END());
}

void renew_reinvited(struct call *c, const sip_t *sip)
{
	struct sdp_peer peer;
	int err = c->state == CALL_TALKING ? call_take_sdp(c, sip, &peer) : E_STATE;
	if (err == E_NOTFOUND) { /* no offer: ours stands in the answer, theirs is unchanged */
		peer = c->peer;
		err = 0;
	}
	if (!err)
		err = follow(c, &peer);
	if (err)
		refuse(c);
	else
		agree(c);
}

/* Before the answer to the INVITE an UPDATE may not carry an offer: ours is not answered yet in any
 * way that they could be sure of (RFC 3311, 5.1). */
void renew_updated(struct call *c, const sip_t *sip)
{
	struct sdp_peer peer;
	int err = call_take_sdp(c, sip, &peer);
	if (err == E_NOTFOUND) {
		nua_respond(c->handle, SIP_200_OK, NUTAG_WITH_THIS(c->voice->nua), TAG_END());
		return;
	}
	if (!err)
		err = c->state == CALL_TALKING ? follow(c, &peer) : E_STATE;
	if (err)
		refuse(c);
	else
		agree(c);
}

/* ---- ours ---- */

bool renew_by_invite(nua_handle_t *handle, const sip_t *sip)
{
	if (!sip->sip_allow || sip_is_allowed(sip->sip_allow, sip_method_update, "UPDATE"))
		return false; /* unsaid: UPDATE is tried; its 405 tells us better */
	nua_set_hparams(handle, NUTAG_UPDATE_REFRESH(0), TAG_END());
	return true;
}

void renew_learn(struct call *c, const sip_t *sip)
{
	c->renew_invites = renew_by_invite(c->handle, sip);
}

/* Sofia's own refresh by re-INVITE repeats the last INVITE of ours. A call that came in has none,
 * and would be refreshed by one without a description: so the first of them is made here, before.
 */
void renew_caller(struct call *c, const sip_t *invite)
{
	const sip_session_expires_t *x = invite->sip_session_expires;
	renew_learn(c, invite);
	if (!c->renew_invites || !x || !x->x_refresher || strcasecmp(x->x_refresher, "uas") != 0)
		return;
	unsigned long every = x->x_delta, most = (unsigned long)c->trunk->config->session_s;
	if (most && every > most)
		every = most;
	c->renew_first_ms = every < EVERY_MOST_S ? (int64_t)every * FIRST_MS : 0;
}

void renew_again(struct call *c)
{
	if (!c->renew_invites) {
		nua_update(c->handle, TAG_END());
		return;
	}
	c->sdp.version++;
	c->sdp.answer_to = &c->peer;
	int err = sdp_write(&c->sdp, c->sdp_text);
	c->sdp.answer_to = NULL;
	if (!err)
		nua_invite(c->handle, SIPTAG_CONTENT_TYPE_STR("application/sdp"),
			   SIPTAG_PAYLOAD_STR(c->sdp_text), TAG_END());
}

static void confirmed(struct call *c, const sip_t *sip)
{
	struct sdp_peer peer;
	c->renewals = 0;
	c->renew_challenged = false;
	int err = call_take_sdp(c, sip, &peer);
	if (err == E_NOTFOUND)
		return;
	if (!err)
		err = media_peer(c->leg, &peer, c->key);
	if (!err) {
		c->peer = peer;
		return;
	}
	log_warn("call unusable attempt=%" PRIu64 ": the SDP of a refresh: %s", c->intent->attempt,
		 err_str(err));
	call_hang_up(c);
}

static void refused(struct call *c, bool update, int status)
{
	/* They allow it and do not know it, or they said nothing. (A 501 ends the call: Sofia.) */
	if (update && status == 405) {
		c->renew_invites = true;
		c->renew_due_ms = sip_now_ms();
		return;
	}
	if (++c->renewals < AGAIN_MOST)
		c->renew_due_ms = sip_now_ms() + AGAIN_MS;
	log_warn("call not confirmed attempt=%" PRIu64 " status=%d again=%d", c->intent->attempt,
		 status, c->renew_due_ms != 0);
}

void renew_answer(struct call *c, bool update, int status, const sip_t *sip)
{
	if (c->state != CALL_TALKING || status < 200)
		return;
	if (status < 300) {
		confirmed(c, sip);
	} else if ((status == 401 || status == 407) && !sip_is_local(sip) && !c->renew_challenged &&
		   trunk_authenticate(c->trunk, c->handle, sip)) {
		c->renew_challenged = true;
	} else {
		refused(c, update, status);
	}
}
