/*
 * Registration at the trunk. Sofia refreshes it before it expires; what fails is
 * tried again after a growing wait, on a fresh handle. One challenge is answered,
 * a second one means that the password is wrong. While it is not up, intents are
 * dropped, and the engine was told by EV_TRUNK.
 */
#include "adapters/voice/sip.h"
#include "engine/log.h"

#include <sofia-sip/sip_tag.h>
#include <stdio.h>
#include <string.h>

#define WAIT_FIRST_MS 1000
#define WAIT_MOST_MS 60000

/* Tells the engine, or leaves it to the next tick. */
static void tell(struct voice *v)
{
	struct registration *r = &v->reg;
	if ((r->told && r->told_up == r->up && r->told_status == r->status) || !sip_has_room(v))
		return;
	struct event *ev = event_new(EV_TRUNK);
	if (!ev)
		return;
	ev->trunk.up = r->up;
	ev->trunk.status = r->status;
	snprintf(ev->trunk.why, sizeof ev->trunk.why, "%s", r->why);
	r->told = true;
	r->told_up = r->up;
	r->told_status = r->status;
	sip_post(v, ev);
}

static void set(struct voice *v, bool up, int status, const char *why)
{
	struct registration *r = &v->reg;
	if (r->up != up || !r->told)
		log_info("trunk %s status=%d why=\"%s\"", up ? "up" : "down", status, why);
	r->up = up;
	r->status = status;
	snprintf(r->why, sizeof r->why, "%s", why);
	tell(v);
}

static void send_register(struct voice *v)
{
	char who[256], expires[16];
	struct registration *r = &v->reg;
	snprintf(who, sizeof who, "<sip:%s@%s>", v->config.user, v->config.domain);
	snprintf(expires, sizeof expires, "%d", v->config.register_s);
	r->challenged = false;
	r->again_ms = 0;
	r->handle = nua_handle(v->nua, NULL, TAG_END());
	if (!r->handle) {
		r->again_ms = sip_now_ms() + WAIT_MOST_MS;
		return;
	}
	nua_register(r->handle, NUTAG_REGISTRAR(v->config.trunk), SIPTAG_FROM_STR(who),
		     SIPTAG_TO_STR(who), SIPTAG_EXPIRES_STR(expires), TAG_END());
}

static void drop_handle(struct registration *r)
{
	if (r->handle)
		nua_handle_destroy(r->handle);
	r->handle = NULL;
}

void reg_start(struct voice *v)
{
	v->reg.wait_ms = WAIT_FIRST_MS;
	if (!v->config.do_register) {
		set(v, true, 0, "the trunk needs no registration");
		return;
	}
	set(v, false, 0, "registering");
	send_register(v);
}

static void failed(struct voice *v, int status, bool local)
{
	char why[96];
	struct registration *r = &v->reg;
	snprintf(why, sizeof why,
		 local ? "no answer to REGISTER (%d)" : "the trunk refused to register us: %d",
		 status);
	drop_handle(r);
	if (r->leaving)
		return;
	r->again_ms = sip_now_ms() + r->wait_ms;
	r->wait_ms = r->wait_ms * 2 < WAIT_MOST_MS ? r->wait_ms * 2 : WAIT_MOST_MS;
	log_warn("register failed status=%d local=%d again_in_ms=%lld", status, local,
		 (long long)(r->again_ms - sip_now_ms()));
	set(v, false, status, why);
}

void reg_answer(struct voice *v, int status, const sip_t *sip)
{
	struct registration *r = &v->reg;
	bool local = sip_is_local(sip);
	if (status < 200)
		return;
	if (status < 300) {
		r->challenged = false;
		r->wait_ms = WAIT_FIRST_MS;
		if (!r->leaving)
			set(v, true, status, "registered");
		else
			drop_handle(r);
		return;
	}
	if ((status == 401 || status == 407) && !local && !r->challenged &&
	    sip_authenticate(v, r->handle, sip)) {
		r->challenged = true;
		return;
	}
	failed(v, status, local);
}

void reg_tick(struct voice *v, int64_t now_ms)
{
	tell(v);
	if (v->reg.again_ms && now_ms >= v->reg.again_ms && !v->reg.leaving)
		send_register(v);
}

void reg_stop(struct voice *v)
{
	v->reg.leaving = true;
	v->reg.challenged = false;
	if (v->reg.handle && v->reg.up)
		nua_unregister(v->reg.handle, TAG_END());
	else
		drop_handle(&v->reg);
}
