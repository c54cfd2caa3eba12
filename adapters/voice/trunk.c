/*
 * See trunk.h. A trunk goes up and down by what registration, OPTIONS and calls
 * tell of it; each change is told to the engine once. A failure of a call to reach
 * it lets it rest for a growing time, so that a dead trunk without registration
 * does not spend one attempt of everybody.
 */
#include "adapters/voice/trunk.h"
#include "adapters/voice/route.h"
#include "engine/log.h"

#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip_extra.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MOST_MS 60000

int64_t trunk_wait_next(int64_t wait_ms)
{
	return wait_ms * 2 < WAIT_MOST_MS ? wait_ms * 2 : WAIT_MOST_MS;
}

bool trunk_is_up(const struct trunk *t)
{
	return t->reg.up && t->ping.alive && !t->rest_until_ms;
}

/* ---- to the engine ---- */

static void because(const struct trunk *t, int *ret_status, char why[128])
{
	*ret_status = t->reg.status;
	if (t->reg.up && t->ping.alive && !t->rest_until_ms)
		snprintf(why, 128, "%s", t->reg.why);
	else if (!t->reg.up)
		snprintf(why, 128, "%s", t->reg.why);
	else if (!t->ping.alive) {
		*ret_status = t->ping.status;
		snprintf(why, 128, t->ping.status ? "does not answer OPTIONS" : "not asked yet");
	} else {
		*ret_status = t->rest_status;
		snprintf(why, 128, "rests after a call that failed");
	}
}

/* Tells the engine, or leaves it to the next tick. */
static void tell(struct trunk *t)
{
	char why[128];
	int status;
	bool up = trunk_is_up(t);
	because(t, &status, why);
	if ((t->told && t->told_up == up && t->told_status == status) || !sip_has_room(t->voice))
		return;
	struct event *ev = event_new(EV_TRUNK);
	if (!ev)
		return;
	if (!t->told || t->told_up != up)
		log_info("trunk %s %s status=%d why=\"%s\"", t->config->id, up ? "up" : "down",
			 status, why);
	ev->trunk.up = up;
	ev->trunk.status = status;
	ev->trunk.place = (unsigned)t->place;
	ev->trunk.lines = t->config->lines;
	ev->trunk.per_second = t->config->per_second;
	snprintf(ev->trunk.why, sizeof ev->trunk.why, "%s", why);
	snprintf(ev->why, sizeof ev->why, "%s", t->config->id);
	t->told = true;
	t->told_up = up;
	t->told_status = status;
	sip_post(t->voice, ev);
}

/* ---- what calls learn ---- */

void trunk_heard(struct trunk *t)
{
	t->rest_wait_ms = TRUNK_WAIT_FIRST_MS;
}

static void rest(struct trunk *t, int64_t ms, int status)
{
	int64_t until = sip_now_ms() + ms;
	if (ms > 0 && until > t->rest_until_ms) {
		log_warn("trunk %s rests ms=%lld status=%d", t->config->id, (long long)ms, status);
		t->rest_until_ms = until;
		t->rest_status = status;
	}
	tell(t);
}

void trunk_failed(struct trunk *t, int status)
{
	if (t->rest_until_ms)
		return; /* calls that were under way fail together: once is enough */
	ping_soon(t);
	rest(t, t->rest_wait_ms, status);
	t->rest_wait_ms = trunk_wait_next(t->rest_wait_ms);
}

void trunk_rest(struct trunk *t, uint64_t retry_after_s)
{
	rest(t, route_rest_ms(retry_after_s), 503);
}

/* ---- its life ---- */

/* Our own form of the proxy's address: the scheme sip:, the transport always written. */
static int set_proxy(struct trunk *t)
{
	const char *uri = t->config->uri;
	bool sips = strncmp(uri, "sips:", 5) == 0;
	const char *tail = strchr(uri, ';');
	const char *transport = tail ? tail + 1 : sips ? "transport=tls" : "transport=udp";
	int n = snprintf(t->proxy, sizeof t->proxy, "sip:%.*s;%s",
			 (int)strcspn(uri + (sips ? 5 : 4), ";"), uri + (sips ? 5 : 4), transport);
	t->datagram = strcmp(transport, "transport=udp") == 0;
	t->tls = strcmp(transport, "transport=tls") == 0;
	return n < (int)sizeof t->proxy ? 0 : E_LIMIT;
}

int trunks_new(struct voice *v)
{
	v->trunks = calloc(v->config.n_trunks, sizeof *v->trunks);
	if (!v->trunks)
		return E_NOMEM;
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		struct trunk *t = &v->trunks[i];
		t->voice = v;
		t->config = &v->config.trunks[i];
		t->place = i;
		t->rest_wait_ms = TRUNK_WAIT_FIRST_MS;
		int err = set_proxy(t);
		if (err)
			return err;
	}
	return 0;
}

bool trunks_want_tls(const struct voice *v)
{
	bool tls = false;
	for (size_t i = 0; i < v->config.n_trunks; i++)
		tls = tls || v->trunks[i].tls;
	return tls;
}

/* For a request to sip:… Sofia would name our open port, and what the trunk sends in the call would
 * come past TLS. */
static void set_contact(struct trunk *t)
{
	const struct voice *v = t->voice;
	if (t->tls)
		snprintf(t->contact, sizeof t->contact, "<sip:%s@%s:%d;transport=tls>",
			 t->config->user[0] ? t->config->user : "osame", v->config.bind,
			 v->tls_port);
}

void trunks_start(struct voice *v)
{
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		set_contact(&v->trunks[i]);
		reg_start(&v->trunks[i]);
		ping_start(&v->trunks[i]);
		tell(&v->trunks[i]);
	}
}

void trunks_tick(struct voice *v, int64_t now_ms)
{
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		struct trunk *t = &v->trunks[i];
		if (t->rest_until_ms && now_ms >= t->rest_until_ms)
			t->rest_until_ms = 0;
		reg_tick(t, now_ms);
		ping_tick(t, now_ms);
		tell(t);
	}
}

void trunks_stop(struct voice *v)
{
	for (size_t i = 0; i < v->config.n_trunks; i++) {
		v->trunks[i].leaving = true;
		ping_stop(&v->trunks[i]);
		reg_stop(&v->trunks[i]);
	}
}

bool trunks_busy(const struct voice *v)
{
	for (size_t i = 0; i < v->config.n_trunks; i++)
		if (v->trunks[i].reg.handle)
			return true;
	return false;
}

bool trunk_event(struct voice *v, nua_handle_t *nh, nua_event_t event, int status, const sip_t *sip)
{
	for (size_t i = 0; nh && i < v->config.n_trunks; i++) {
		struct trunk *t = &v->trunks[i];
		if (nh != t->reg.handle && nh != t->ping.handle)
			continue;
		if (event == nua_r_register || event == nua_r_unregister)
			reg_answer(t, status, sip);
		else if (event == nua_r_options)
			ping_answer(t, status, sip);
		tell(t);
		return true;
	}
	return false;
}

nua_handle_t *trunk_handle(struct trunk *t, void *owner)
{
	return nua_handle(t->voice->nua, owner, TAG_END());
}

bool trunk_authenticate(const struct trunk *t, nua_handle_t *nh, const sip_t *sip)
{
	char auth[512];
	const msg_auth_t *a =
	    sip->sip_www_authenticate ? sip->sip_www_authenticate : sip->sip_proxy_authenticate;
	if (!a || !a->au_scheme || strcasecmp(a->au_scheme, "Digest") != 0 || !t->config->user[0])
		return false;
	const char *realm = msg_params_find(a->au_params, "realm=");
	size_t n = realm ? strnlen(realm, 200) : 0;
	/* The realm is the peer's text and goes into a string with separators: only whole and
	 * quoted, without a quote inside. */
	if (n < 2 || n == 200 || realm[0] != '"' || realm[n - 1] != '"' ||
	    memchr(realm + 1, '"', n - 2) || memchr(realm, '\\', n))
		return false;
	int k = snprintf(auth, sizeof auth, "Digest:%s:%s:%s", realm, t->config->user,
			 t->config->password);
	bool fits = k > 0 && (size_t)k < sizeof auth;
	if (fits)
		nua_authenticate(nh, NUTAG_AUTH(auth), TAG_END());
	explicit_bzero(auth, sizeof auth);
	return fits;
}
