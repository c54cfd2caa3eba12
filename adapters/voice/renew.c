/*
 * What changes in a call under way, or in one with staff: re-INVITE and UPDATE of the other side
 * (hold, another address), and session refreshes (RFC 4028).
 *
 * Sofia negotiates the session timer, refuses intervals that are too short (422),
 * asks again when we are refused so, refreshes at half of the interval if that is
 * ours to do, and hangs up shortly before its end if it is theirs and they did not.
 * Here is what it leaves to us: which method they understand, what the answer to a
 * refresh says about the sound, and a refresh that failed, which Sofia would not
 * repeat. A call whose refresh fails for good (408, 481) is ended by Sofia; one that
 * is only refused goes on until they end it, or its hard limit does.
 */
#include "adapters/voice/renew.h"
#include "adapters/voice/call.h"
#include "adapters/voice/glare.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <inttypes.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <strings.h>
#include <sys/random.h>

#define AGAIN_MOST 3
#define FIRST_MS 400       /* for each second of the interval */
#define EVERY_MOST_S 86400 /* no call lasts so long */

/* ---- theirs ---- */

/* The same stream again; hold, and another address, are followed. */
static int follow(const struct changing *d, const struct sdp_peer *peer)
{
	d->sdp->version++;
	d->sdp->answer_to = peer;
	int err = sdp_write(d->sdp, d->sdp_text);
	d->sdp->answer_to = NULL;
	if (!err)
		err = media_peer(d->leg, peer, d->key);
	if (!err)
		*d->peer = *peer;
	return err;
}

static void refuse(const struct changing *d)
{
	nua_respond(d->handle, SIP_488_NOT_ACCEPTABLE, NUTAG_WITH_THIS(d->trunk->voice->nua),
		    TAG_END());
}

static void agree(const struct changing *d)
{
	nua_respond(d->handle, SIP_200_OK, NUTAG_WITH_THIS(d->trunk->voice->nua),
		    SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(d->sdp_text),
		    TAG_END());
}

void renew_reinvited(const struct changing *d, const sip_t *sip)
{
	struct sdp_peer peer;
	int err = d->talking ? call_take_sdp(d->sdp, sip, &peer) : E_STATE;
	if (err == E_NOTFOUND) { /* no offer: ours stands in the answer, theirs is unchanged */
		peer = *d->peer;
		err = 0;
	}
	if (!err)
		err = follow(d, &peer);
	if (err)
		refuse(d);
	else
		agree(d);
}

void renew_offered(const struct changing *d)
{
	d->renewal->offered = d->talking;
}

/* Before the answer to the INVITE an UPDATE may not carry an offer: ours is not answered yet in any
 * way that they could be sure of (RFC 3311, 5.1). Nor while another offer of ours is on its way
 * (5.2): Sofia says so to a re-INVITE, not to an UPDATE. */
void renew_updated(const struct changing *d, const sip_t *sip)
{
	struct sdp_peer peer;
	int err = call_take_sdp(d->sdp, sip, &peer);
	if (err == E_NOTFOUND) {
		nua_respond(d->handle, SIP_200_OK, NUTAG_WITH_THIS(d->trunk->voice->nua),
			    TAG_END());
		return;
	}
	if (!err && d->talking && d->renewal->offered) {
		nua_respond(d->handle, SIP_491_REQUEST_PENDING,
			    NUTAG_WITH_THIS(d->trunk->voice->nua), TAG_END());
		return;
	}
	if (!err)
		err = d->talking ? follow(d, &peer) : E_STATE;
	if (err)
		refuse(d);
	else
		agree(d);
}

/* ---- ours ---- */

void renew_learn(const struct changing *d, const sip_t *sip)
{
	/* Unsaid: UPDATE is tried; its 405 tells us better. */
	d->renewal->by_invite =
	    sip->sip_allow && !sip_is_allowed(sip->sip_allow, sip_method_update, "UPDATE");
	if (d->renewal->by_invite)
		nua_set_hparams(d->handle, NUTAG_UPDATE_REFRESH(0), TAG_END());
}

/* Sofia's own refresh by re-INVITE repeats the last INVITE of ours. A call that came in has none,
 * and would be refreshed by one without a description: so the first of them is made here, before.
 */
void renew_caller(const struct changing *d, const sip_t *invite)
{
	const sip_session_expires_t *x = invite->sip_session_expires;
	renew_learn(d, invite);
	if (!d->renewal->by_invite || !x || !x->x_refresher ||
	    strcasecmp(x->x_refresher, "uas") != 0)
		return;
	unsigned long every = x->x_delta, most = (unsigned long)d->trunk->config->session_s;
	if (most && every > most)
		every = most;
	d->renewal->first_ms = every < EVERY_MOST_S ? (int64_t)every * FIRST_MS : 0;
}

void renew_again(const struct changing *d)
{
	if (!d->renewal->by_invite) {
		nua_update(d->handle, TAG_END());
		return;
	}
	d->sdp->version++;
	d->sdp->answer_to = d->peer;
	int err = sdp_write(d->sdp, d->sdp_text);
	d->sdp->answer_to = NULL;
	if (!err)
		nua_invite(d->handle, SIPTAG_CONTENT_TYPE_STR("application/sdp"),
			   SIPTAG_PAYLOAD_STR(d->sdp_text), TAG_END());
}

static bool confirmed(const struct changing *d, const sip_t *sip)
{
	struct sdp_peer peer;
	d->renewal->refused = 0;
	d->renewal->challenged = false;
	int err = call_take_sdp(d->sdp, sip, &peer);
	if (err == E_NOTFOUND)
		return true;
	if (!err)
		err = media_peer(d->leg, &peer, d->key);
	if (!err)
		*d->peer = peer;
	else
		log_warn("call unusable attempt=%" PRIu64 ": the SDP of a refresh: %s", d->attempt,
			 err_str(err));
	return !err;
}

/* Without a random number the shortest wait will do. */
static uint32_t drawn(void)
{
	uint32_t random = 0;
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = 0;
	return random;
}

static void refused(const struct changing *d, bool update, int status)
{
	/* They allow it and do not know it, or they said nothing. (A 501 ends the call: Sofia.) */
	if (update && status == 405) {
		d->renewal->by_invite = true;
		d->renewal->due_ms = sip_now_ms();
		return;
	}
	if (++d->renewal->refused < AGAIN_MOST)
		d->renewal->due_ms = sip_now_ms() + glare_wait_ms(status, !d->came_in, drawn());
	log_warn("call not confirmed attempt=%" PRIu64 " status=%d again=%d", d->attempt, status,
		 d->renewal->due_ms != 0);
}

bool renew_answer(const struct changing *d, bool update, int status, const sip_t *sip)
{
	if (!d->talking || status < 200)
		return true;
	bool offered = d->renewal->offered;
	if (!update)
		d->renewal->offered = false;
	if (status < 300)
		return confirmed(d, sip);
	if ((status == 401 || status == 407) && !sip_is_local(sip) && !d->renewal->challenged &&
	    trunk_authenticate(d->trunk, d->handle, sip)) {
		d->renewal->challenged = true;
		d->renewal->offered = offered; /* Sofia sends it again and does not say so */
	} else {
		refused(d, update, status);
	}
	return true;
}
