/*
 * OPTIONS as a keep-alive: it holds the way through an address translation open,
 * and finds out that a trunk is gone before a call does. Any answer of the trunk
 * will do (404 and 405 are common); a 503, an error of our own stack, or silence
 * for ANSWER_MS means that it takes no calls. Asked again after a growing wait.
 */
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <sofia-sip/sip_tag.h>
#include <stdio.h>

/* Five copies of a datagram; Sofia's own limit, 32 s, is too long to send calls into the dark. */
#define ANSWER_MS 8000

static bool asks(const struct trunk *t)
{
	return t->config->keepalive_s > 0;
}

static void drop_handle(struct ping *p)
{
	nua_handle_t *handle = p->handle;
	p->handle = NULL;
	if (handle)
		nua_handle_destroy(handle);
}

static void ask(struct trunk *t)
{
	char to[160], from[256];
	struct ping *p = &t->ping;
	p->again_ms = 0;
	p->asked_ms = sip_now_ms();
	p->handle = trunk_handle(t, NULL);
	if (!p->handle) {
		p->again_ms = p->asked_ms + p->wait_ms;
		return;
	}
	snprintf(to, sizeof to, "sip:%s", t->config->domain);
	snprintf(from, sizeof from, "<sip:%s@%s>", t->config->user[0] ? t->config->user : "osame",
		 t->config->domain);
	nua_options(p->handle, TRUNK_TAGS(t), NUTAG_URL(to), SIPTAG_TO_STR(to),
		    SIPTAG_FROM_STR(from), TAG_END());
}

void ping_start(struct trunk *t)
{
	t->ping.wait_ms = TRUNK_WAIT_FIRST_MS;
	t->ping.alive = !asks(t);
	if (asks(t))
		ask(t);
}

static void dead(struct trunk *t, int status)
{
	struct ping *p = &t->ping;
	int64_t every = (int64_t)t->config->keepalive_s * 1000;
	drop_handle(p);
	if (p->alive || !p->status)
		log_warn("trunk %s: no good answer to OPTIONS status=%d", t->config->id, status);
	p->alive = false;
	p->status = status;
	p->again_ms = sip_now_ms() + (p->wait_ms < every ? p->wait_ms : every);
	p->wait_ms = trunk_wait_next(p->wait_ms);
}

void ping_answer(struct trunk *t, int status, const sip_t *sip)
{
	struct ping *p = &t->ping;
	if (status < 200)
		return;
	if (sip_is_local(sip) || status == 503) {
		dead(t, status);
		return;
	}
	drop_handle(p);
	p->alive = true;
	p->status = status;
	p->wait_ms = TRUNK_WAIT_FIRST_MS;
	p->again_ms = sip_now_ms() + (int64_t)t->config->keepalive_s * 1000;
}

void ping_tick(struct trunk *t, int64_t now_ms)
{
	struct ping *p = &t->ping;
	if (!asks(t) || t->leaving)
		return;
	if (p->handle && now_ms - p->asked_ms >= ANSWER_MS)
		dead(t, 408);
	else if (!p->handle && p->again_ms && now_ms >= p->again_ms)
		ask(t);
}

void ping_soon(struct trunk *t)
{
	if (asks(t) && !t->ping.handle && !t->leaving)
		t->ping.again_ms = sip_now_ms();
}

void ping_stop(struct trunk *t)
{
	drop_handle(&t->ping);
}
