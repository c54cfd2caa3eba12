/*
 * Placing a call. invite() is the last function before nua_invite, and what must
 * never happen is refused there, whoever asked: a number that is not plain digits
 * (a header or another host could hide in it), one outside the allow table, a
 * call that was recalled meanwhile, prompts of an older state of the debts.
 *
 * What is refused here was certainly not sent: EV_DROPPED.
 */
#include "adapters/voice/call.h"
#include "engine/clock.h"
#include "engine/log.h"
#include "engine/plan/phone.h"

#include <inttypes.h>
#include <sofia-sip/sip_tag.h>
#include <stdio.h>
#include <string.h>

#define TRY 1 /* of this attempt: trunk failover, which would count it up, is not built */

bool place_is_number(const char *s)
{
	size_t n = strnlen(s, MAX_NUMBER);
	return n > 0 && n < MAX_NUMBER && strspn(s, "0123456789") == n;
}

static int prepare(struct call *c)
{
	struct voice *v = c->voice;
	struct media_open how = {
	    .addr = v->config.media_bind,
	    .from = v->config.media_from,
	    .to = v->config.media_to,
	    .owner = c,
	    .prompts = c->intent->prompts,
	    .tones = v->config.tones,
	    .detect = v->config.detect,
	};
	c->sdp = (struct sdp_ours){.addr = v->config.media_bind, .session = c->intent->attempt};
	int err = interp_new(c->intent->scenario, &c->intent->vars, &c->interp);
	if (!err)
		err = media_open(v->media, &how, &c->leg, &c->sdp.port);
	if (!err)
		err = sdp_write(&c->sdp, c->sdp_text);
	if (!err && !(c->handle = nua_handle(v->nua, c, TAG_END())))
		err = E_NOMEM;
	return err;
}

/* Why this call must not be sent now; NULL: it may. */
static const char *refusal(const struct call *c)
{
	const struct voice_intent *i = c->intent;
	if (c->recalled)
		return "recalled";
	if (i->not_after_boot_ms && clock_boot_ms() >= i->not_after_boot_ms)
		return "the window closed"; /* a slow disk, a full mailbox: however long it took */
	if (!place_is_number(i->number) || !phone_may_dial(i->number))
		return "the number is not in the allow table";
	if (!place_is_number(i->caller))
		return "the caller number is not digits";
	if (!i->prompts || i->prompts->debts_version != i->debts_version)
		return "the prompts are of an older state of the debts";
	if (atomic_load(&c->voice->stopping))
		return "shutting down";
	if (!sip_has_room(c->voice))
		return "the engine does not take its events"; /* a recall may lie unread */
	return c->voice->reg.up ? NULL : "the trunk is not registered";
}

/* The last function before nua_invite. NULL: sent. */
static const char *invite(struct call *c)
{
	struct voice *v = c->voice;
	const struct voice_intent *i = c->intent;
	char to[192], from[192], identity[224], call_id[128];

	sip_drain(v); /* a recall that was posted before this instant is seen */
	const char *why = refusal(c);
	if (why)
		return why;
	snprintf(to, sizeof to, "sip:%s@%s", i->number, v->config.domain);
	snprintf(from, sizeof from, "<sip:%s@%s>", i->caller, v->config.domain);
	snprintf(identity, sizeof identity, "P-Preferred-Identity: %s", from);
	snprintf(call_id, sizeof call_id, "%" PRIu64 ".%d@%s", i->attempt, TRY, v->config.bind);

	call_move(c, CALL_CALLING);
	c->placed_ms = sip_now_ms();
	c->ring_due_ms = c->placed_ms + i->ring_ms;
	c->limit_due_ms = c->placed_ms + i->limit_ms;
	c->order->first->kind = EV_PLACED;
	sip_post(v, c->order->first);
	c->order->first = NULL;
	nua_invite(c->handle, NUTAG_URL(to), SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from),
		   SIPTAG_CALL_ID_STR(call_id), SIPTAG_HEADER_STR(identity),
		   SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(c->sdp_text),
		   TAG_END());
	return NULL;
}

void call_place(struct call *c)
{
	char masked[20];
	int err = c->recalled ? 0 : prepare(c);
	const char *why = err ? err_str(err) : invite(c);
	if (why) {
		log_info("call dropped attempt=%" PRIu64 " number=%s why=\"%s\"",
			 c->intent->attempt, log_number(c->intent->number, masked), why);
		call_drop(c, why);
		return;
	}
	log_info("call placed attempt=%" PRIu64 " number=%s line=%zu", c->intent->attempt,
		 log_number(c->intent->number, masked), c->line);
}
