/*
 * Registration at a trunk. Sofia refreshes it before it expires; what fails is
 * tried again after a growing wait, on a fresh handle, and not before a Retry-After
 * that came with the refusal. One challenge is answered, a second one means that
 * the password is wrong.
 */
#include "adapters/voice/route.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <sofia-sip/sip_tag.h>
#include <stdio.h>
#include <string.h>

static void set(struct trunk *t, bool up, int status, const char *why)
{
	t->reg.up = up;
	t->reg.status = status;
	snprintf(t->reg.why, sizeof t->reg.why, "%s", why);
}

static void send_register(struct trunk *t)
{
	char who[256], expires[16];
	struct registration *r = &t->reg;
	snprintf(who, sizeof who, "<sip:%s@%s>", t->config->user, t->config->domain);
	snprintf(expires, sizeof expires, "%d", t->config->register_s);
	r->challenged = false;
	r->again_ms = 0;
	r->handle = trunk_handle(t, NULL);
	if (!r->handle) {
		r->again_ms = sip_now_ms() + r->wait_ms;
		return;
	}
	nua_register(r->handle, TRUNK_TAGS(t), NUTAG_REGISTRAR(t->proxy), SIPTAG_FROM_STR(who),
		     SIPTAG_TO_STR(who), SIPTAG_EXPIRES_STR(expires), TAG_END());
}

static void drop_handle(struct registration *r)
{
	nua_handle_t *handle = r->handle;
	r->handle = NULL;
	if (handle)
		nua_handle_destroy(handle);
}

void reg_start(struct trunk *t)
{
	t->reg.wait_ms = TRUNK_WAIT_FIRST_MS;
	if (!t->config->do_register) {
		set(t, true, 0, "no registration needed");
		return;
	}
	set(t, false, 0, "registering");
	send_register(t);
}

static void failed(struct trunk *t, int status, bool local, int64_t rest_ms)
{
	char why[96];
	struct registration *r = &t->reg;
	snprintf(why, sizeof why,
		 local ? "no answer to REGISTER (%d)" : "the trunk refused to register us: %d",
		 status);
	drop_handle(r);
	if (t->leaving)
		return;
	int64_t wait = r->wait_ms > rest_ms ? r->wait_ms : rest_ms;
	r->again_ms = sip_now_ms() + wait;
	r->wait_ms = trunk_wait_next(r->wait_ms);
	log_warn("trunk %s: register failed status=%d local=%d again_in_ms=%lld", t->config->id,
		 status, local, (long long)wait);
	set(t, false, status, why);
}

void reg_answer(struct trunk *t, int status, const sip_t *sip)
{
	struct registration *r = &t->reg;
	bool local = sip_is_local(sip);
	if (status < 200)
		return;
	if (status < 300) {
		r->challenged = false;
		r->wait_ms = TRUNK_WAIT_FIRST_MS;
		if (!t->leaving)
			set(t, true, status, "registered");
		else
			drop_handle(r);
		return;
	}
	if ((status == 401 || status == 407) && !local && !r->challenged &&
	    trunk_authenticate(t, r->handle, sip)) {
		r->challenged = true;
		return;
	}
	uint64_t after = !local && sip->sip_retry_after ? sip->sip_retry_after->af_delta : 0;
	failed(t, status, local, route_rest_ms(after));
}

void reg_tick(struct trunk *t, int64_t now_ms)
{
	if (t->reg.again_ms && now_ms >= t->reg.again_ms && !t->leaving)
		send_register(t);
}

void reg_stop(struct trunk *t)
{
	t->reg.challenged = false;
	if (t->reg.handle && t->reg.up)
		nua_unregister(t->reg.handle, TAG_END());
	else
		drop_handle(&t->reg);
}
