/*
 * The sip thread: the user agent, its events, the orders of the engine, the one
 * coarse tick. It is the only thread that touches a Sofia object; Sofia's own
 * second thread is switched off.
 *
 * Sofia spins for up to a millisecond before each su_timer, so there is none of
 * ours: su_root_step returns at least every SIP_TICK_MS, and what is due is found
 * by looking.
 */
#include "adapters/voice/sip.h"
#include "adapters/voice/call.h"
#include "adapters/voice/inbound.h"
#include "adapters/voice/listen.h"
#include "adapters/voice/staff.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PLACE_AT_ONCE 50 /* INVITEs between two looks at the network */
#define PORT_TRIES 8
#define SHUTDOWN_MS 3000
#define UNREGISTER_MS 1500
#define SOCKET_BYTES 4000000
/* Messages that wait for a connection that is being made, or is slow; Sofia's 64 are less than a
 * second's calls, and one more is refused as if the connection had failed. */
#define QUEUED_MOST 1000 /* the most that Sofia takes */
#define QUIET_MS 40000
#define MIN_SE_S 90 /* of RFC 4028 */

int64_t sip_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool sip_is_local(const sip_t *sip)
{
	return !sip || (sip->sip_flags & SIP_FLAG_LOCAL);
}

/* ---- to the engine ---- */

static void flush(struct outbox *o)
{
	while (o->n > 0 && mailbox_post(o->to, o->ring[o->first]) == 0) {
		o->first = (o->first + 1) % o->most;
		o->n--;
	}
}

void sip_post(struct voice *v, struct event *ev)
{
	struct outbox *o = &v->outbox;
	BUG_IF(o->n == o->most); /* sip_drain keeps room for all that may come */
	o->ring[(o->first + o->n++) % o->most] = ev;
	flush(o);
}

/* ---- from the engine ---- */

static struct call *find(struct voice *v, uint64_t attempt)
{
	for (int i = 0; i < v->config.lines; i++)
		if (v->calls[i] && v->calls[i]->intent && v->calls[i]->intent->attempt == attempt)
			return v->calls[i];
	return NULL;
}

static void take_intent(struct voice *v, struct order *order)
{
	struct call *c = call_new(v, order);
	if (c) {
		*v->waiting_end = c;
		v->waiting_end = &c->next;
		return;
	}
	struct event *ev = order->first;
	order->first = NULL;
	snprintf(ev->why, sizeof ev->why, "no line free");
	log_warn("intent dropped attempt=%" PRIu64 ": no line free", order->cmd.attempt);
	sip_post(v, ev);
	order_free(order);
}

static void take_recall(struct voice *v, struct order *order)
{
	struct call *c = find(v, order->cmd.attempt);
	struct event *ev = order->first;
	if (c && c->state == CALL_WAITING) {
		c->recalled = true; /* the intent's own EV_DROPPED is the answer */
	} else {
		order->first = NULL;
		ev->kind = EV_TOO_LATE;
		sip_post(v, ev);
		if (c && c->state == CALL_TALKING)
			talk_step(c, IE_STALE, 0);
		else if (c && c->interp)
			c->recalled = true; /* told to the scenario when it starts */
	}
	order_free(order);
}

/* Before the first INVITE the intent's own EV_DROPPED is the answer, as to a recall. Between two
 * tries the call ends as the last one did: it was sent, so it is not dropped. */
static void take_hush(struct voice *v, struct order *order)
{
	struct call *c = find(v, order->cmd.attempt);
	if (c)
		c->hushed = true;
	if (!c || c->state != CALL_WAITING) {
		struct event *ev = order->first;
		order->first = NULL;
		ev->kind = EV_TOO_LATE;
		sip_post(v, ev);
	}
	order_free(order);
}

static void take_hangup(struct voice *v, struct order *order)
{
	struct call *c = find(v, order->cmd.attempt);
	if (c && c->state == CALL_WAITING)
		c->recalled = true;
	else if (c)
		call_hang_up(c);
	order_free(order);
}

/* Room for what each line may still say: dropped or placed, answered, ended. */
bool sip_has_room(const struct voice *v)
{
	return v->outbox.n + 3 * (size_t)v->config.lines + 8 < v->outbox.most;
}

void sip_drain(struct voice *v)
{
	struct order *order;
	while (sip_has_room(v) && (order = mailbox_take(v->orders)) != NULL) {
		if (order->cmd.kind == VC_INTENT)
			take_intent(v, order);
		else if (order->cmd.kind == VC_RECALL)
			take_recall(v, order);
		else if (order->cmd.kind == VC_HUSH)
			take_hush(v, order);
		else if (order->cmd.kind == VC_TRANSFER)
			staff_order(v, find(v, order->cmd.attempt), order);
		else if (order->cmd.kind == VC_ANSWER || order->cmd.kind == VC_REFUSE)
			inbound_order(v, order);
		else
			take_hangup(v, order);
	}
}

/* Those that no trunk can take just now wait on, in their order; a recall finds them. */
static void place_some(struct voice *v)
{
	/* Placing takes orders, which may add to the list: it is taken out first. */
	struct call *list = v->waiting, *kept = NULL, **kept_end = &kept;
	v->waiting = NULL;
	v->waiting_end = &v->waiting;
	v->held = false;
	for (int placed = 0; list;) {
		struct call *c = list;
		list = c->next;
		c->next = NULL;
		bool may = placed < PLACE_AT_ONCE && sip_has_room(v);
		if (may && call_place(c)) { /* c may be gone */
			placed++;
			continue;
		}
		v->held = v->held || may;
		*kept_end = c;
		kept_end = &c->next;
	}
	if (!kept)
		return;
	*kept_end = v->waiting;
	if (!v->waiting)
		v->waiting_end = kept_end;
	v->waiting = kept;
}

/* ---- from the network ---- */

static void call_event(struct voice *v, struct call *c, nua_event_t event, int status,
		       const sip_t *sip)
{
	if (c->over_ms)
		return;
	struct changing d = call_changing(c);
	switch (event) {
	case nua_r_invite:
		call_answer(c, status, sip);
		break;
	case nua_i_invite:
		renew_reinvited(&d, sip);
		break;
	case nua_i_update:
		renew_updated(&d, sip);
		break;
	case nua_i_state: /* only those of offer_left() */
		renew_offered(&d);
		break;
	case nua_r_update:
		call_renewed(c, true, status, sip);
		break;
	case nua_i_bye:
		call_bye_came(c);
		break;
	case nua_r_bye:
		call_bye_answered(c, status, sip);
		break;
	case nua_i_terminated:
		call_terminated(c);
		break;
	case nua_i_ack:
		inbound_acked(c, sip);
		break;
	case nua_i_info:
		talk_info(c, sip);
		break;
	case nua_i_refer:
		nua_respond(c->handle, SIP_603_DECLINE, NUTAG_WITH_THIS(v->nua), TAG_END());
		break;
	default:
		break;
	}
}

/* Told as 100: Sofia has sent the INVITE where they pointed, and cannot be told not to. Taken for
 * the 305 that it was, it ends the try, and the handle is gone before that place can answer: it
 * gets a CANCEL or a BYE, and never a sound. */
static int status_of(nua_event_t event, int status, const sip_t *sip)
{
	bool followed = event == nua_r_invite && status == 100 && sip && sip->sip_status &&
			sip->sip_status->st_status == 305;
	return followed ? 305 : status;
}

/* Sofia's word that a request of ours has left, its own refreshes among them, with a description.
 */
static bool offer_left(int status, tagi_t tags[])
{
	int offered = 0;
	tl_gets(tags, NUTAG_OFFER_SENT_REF(offered), TAG_END());
	return status == 0 && offered;
}

static void on_event(nua_event_t event, int status, const char *phrase, nua_t *nua, struct voice *v,
		     nua_handle_t *nh, nua_hmagic_t *hmagic, const sip_t *sip, tagi_t tags[])
{
	(void)phrase, (void)nua;
	if (event == nua_i_state && !offer_left(status, tags))
		return;
	status = status_of(event, status, sip);
	if (event == nua_r_shutdown)
		v->shut = status >= 200;
	else if (hmagic)
		call_event(v, hmagic, event, status, sip);
	else if (trunk_event(v, nh, event, status, sip) || staff_event(v, nh, event, status, sip))
		return;
	else if (event == nua_i_invite)
		inbound_invite(v, nh, sip);
}

/* ---- opening and closing ---- */

/* Sofia prints whole messages at its higher levels: numbers and digests. Nothing of it is shown. */
static void be_silent(void *stream, const char *fmt, va_list ap)
{
	(void)stream, (void)fmt, (void)ap;
}

/* A port that is free for UDP and TCP; Sofia cannot say which one it took. */
static int pick_port(const char *addr)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof at;
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port = -1, on = 1;
	/* As Sofia binds it: connections that ended lately do not count. */
	if (udp >= 0 && tcp >= 0 &&
	    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    inet_pton(AF_INET, addr, &at.sin_addr) == 1 &&
	    bind(udp, (struct sockaddr *)&at, sizeof at) == 0 &&
	    getsockname(udp, (struct sockaddr *)&at, &n) == 0 &&
	    bind(tcp, (struct sockaddr *)&at, sizeof at) == 0)
		port = ntohs(at.sin_port);
	if (udp >= 0)
		close(udp);
	if (tcp >= 0)
		close(tcp);
	return port;
}

/* NTATAG_PASS_100 stays off: a call that fails after a passed 100 leaks its handle, 2.9 kB. */
static nua_t *create(struct voice *v, int port)
{
	char url[128], secure[128];
	bool tls = trunks_want_tls(v);
	unsigned min_se = v->config.min_se_s > 0 ? (unsigned)v->config.min_se_s : MIN_SE_S;
	v->tls_port = v->config.tls_port ? v->config.tls_port : tls ? pick_port(v->config.bind) : 0;
	if (tls && v->tls_port <= 0)
		return NULL;
	snprintf(url, sizeof url, "sip:%s:%d", v->config.bind, port);
	snprintf(secure, sizeof secure, "sips:%s:%d", v->config.bind, v->tls_port);
	/* SUBJECTS_ALL: by itself Sofia accepts any certificate, of anybody. */
	return nua_create(v->root, on_event, v, NUTAG_URL(url), TAG_IF(tls, NUTAG_SIPS_URL(secure)),
			  TAG_IF(tls, NUTAG_CERTIFICATE_DIR(v->config.tls_folder)),
			  TPTAG_TLS_VERIFY_POLICY(TPTLS_VERIFY_SUBJECTS_ALL),
			  TPTAG_TLS_VERIFY_DATE(1), NUTAG_MEDIA_ENABLE(0), NUTAG_AUTO302(0),
			  NUTAG_MAX_RETRY_AFTER(0), NUTAG_AUTOANSWER(0), NUTAG_AUTOALERT(0),
			  NUTAG_SESSION_TIMER(0), NUTAG_MIN_SE(min_se), NUTAG_UPDATE_REFRESH(1),
			  NUTAG_APPL_METHOD("UPDATE"),
			  NUTAG_OUTBOUND("no-outbound no-validate no-natify no-options-keepalive"),
			  NTATAG_UDP_MTU(8192), NTATAG_USE_NAPTR(0), TPTAG_UDP_RMEM(SOCKET_BYTES),
			  TPTAG_UDP_WMEM(SOCKET_BYTES), TPTAG_QUEUESIZE(QUEUED_MOST),
			  SIPTAG_USER_AGENT_STR("Osame"),
			  SIPTAG_ALLOW_STR("INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"),
			  SIPTAG_SUPPORTED_STR("timer"), TAG_END());
}

static int on_wake(struct voice *v, su_wait_t *w, su_wakeup_arg_t *arg)
{
	(void)v, (void)w, (void)arg;
	return 0; /* being awake is all: sip_run looks everywhere */
}

static int watch(struct voice *v, int i, int fd)
{
	return su_wait_create(&v->waits[i], fd, SU_WAIT_IN) ||
		       su_root_register(v->root, &v->waits[i], on_wake, NULL, 0) < 0
		   ? E_IO
		   : 0;
}

int sip_open(struct voice *v)
{
	su_log_redirect(NULL, be_silent, NULL);
	v->root = su_root_create(v);
	if (!v->root)
		return E_NOMEM;
	su_root_threading(v->root, 0);
	for (int i = 0; i < PORT_TRIES && !v->nua; i++) {
		int port = v->config.port ? v->config.port : pick_port(v->config.bind);
		if (port > 0 && (v->nua = create(v, port)) != NULL)
			atomic_store(&v->port, port);
		if (v->config.port)
			break;
	}
	if (!v->nua || watch(v, 0, mailbox_fd(v->orders)) || watch(v, 1, media_fd(v->media)) ||
	    watch(v, 2, v->wake) || watch(v, 3, mailbox_fd(v->heard)))
		return E_IO;
	return 0;
}

static void step_until(struct voice *v, bool (*done)(struct voice *), int64_t ms)
{
	int64_t until = sip_now_ms() + ms;
	while (!done(v) && sip_now_ms() < until) {
		su_root_step(v->root, SIP_TICK_MS);
		flush(&v->outbox);
	}
}

static bool is_shut(struct voice *v)
{
	return v->shut;
}

static bool is_unregistered(struct voice *v)
{
	return !trunks_busy(v);
}

void sip_close(struct voice *v)
{
	if (v->nua) {
		trunks_stop(v);
		step_until(v, is_unregistered, UNREGISTER_MS);
		nua_shutdown(v->nua);
		step_until(v, is_shut, SHUTDOWN_MS);
	}
	if (v->nua && !v->shut) {
		/* nua_destroy would abort; the process is about to end anyway. */
		log_warn("sip: the user agent did not shut down in time");
		return;
	}
	if (v->nua)
		nua_destroy(v->nua);
	if (v->root)
		su_root_destroy(v->root);
	v->nua = NULL;
	v->root = NULL;
}

/* ---- the thread ---- */

/* The memory of many calls goes back to the system when no call has been there for longer than
 * Sofia remembers one (32 s): the C library keeps it otherwise. */
static void give_back(struct voice *v, int64_t now)
{
	if (v->n_calls > 0) {
		v->trim_ms = now + QUIET_MS;
	} else if (v->trim_ms && now >= v->trim_ms) {
		v->trim_ms = 0;
		malloc_trim(0);
	}
}

static void tick(struct voice *v)
{
	int64_t now = sip_now_ms();
	if (now < v->next_tick_ms)
		return;
	v->next_tick_ms = now + SIP_TICK_MS;
	trunks_tick(v, now);
	give_back(v, now);
	for (int i = 0; i < v->config.lines; i++)
		if (v->calls[i] && v->calls[i]->state != CALL_WAITING)
			call_tick(v->calls[i], now);
}

static void turn(struct voice *v)
{
	struct media_report report;
	su_root_step(v->root, v->waiting && !v->held ? 0 : SIP_TICK_MS);
	flush(&v->outbox);
	if (!sip_has_room(
		v)) /* the engine does not take events: its orders must wait, and so do we */
		usleep(SIP_TICK_MS * 1000);
	sip_drain(v);
	while (media_next(v->media, &report))
		talk_report(report.owner, &report);
	listen_answers(v);
	place_some(v);
	tick(v);
}

/* Ends all calls in order; what cannot be told stays without an outcome. */
static void end_all(struct voice *v)
{
	int64_t until = sip_now_ms() + v->config.hangup_wait_ms + 500;
	for (int i = 0; i < v->config.lines; i++)
		if (v->calls[i])
			call_hang_up(v->calls[i]);
	while (v->n_calls > 0 && sip_now_ms() < until)
		turn(v);
	for (int i = 0; i < v->config.lines; i++)
		call_free(v->calls[i]);
}

void *sip_run(void *arg)
{
	struct voice *v = arg;
	log_thread_name("sip");
	v->start_err = sip_open(v);
	if (!v->start_err) {
		inbound_open(v);
		trunks_start(v);
	}
	int err = v->start_err;
	sem_post(&v->started);
	while (!err && !atomic_load(&v->stopping))
		turn(v);
	if (!err)
		end_all(v);
	sip_close(v);
	return NULL;
}
