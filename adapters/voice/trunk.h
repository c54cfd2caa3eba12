/*
 * One trunk: whether it takes calls now, and what is told about it. It does if it
 * is registered (where it wants that), answers OPTIONS (where it is asked), and
 * does not rest after a failure. The sip thread's alone.
 */
#ifndef ADAPTERS_VOICE_TRUNK_H
#define ADAPTERS_VOICE_TRUNK_H

#include "adapters/voice/sip.h"

struct registration {
	nua_handle_t *handle;
	bool up;
	bool challenged;
	int status;
	int64_t again_ms; /* when to try again; 0: not waiting */
	int64_t wait_ms;
	char why[96];
};

struct ping {
	nua_handle_t *handle; /* while a question is out */
	bool alive;
	int status;
	int64_t asked_ms;
	int64_t again_ms;
	int64_t wait_ms;
};

struct trunk {
	struct voice *voice;
	const struct voice_trunk *config;
	size_t place;
	char proxy[sizeof((struct voice_trunk *)0)->uri + 16]; /* always sip:, with its transport */
	bool datagram, tls;
	char contact[224]; /* TLS: ours; "": as Sofia makes it */
	struct registration reg;
	struct ping ping;
	int used;        /* calls on it */
	int64_t next_us; /* the pacer: route.h */
	int64_t rest_until_ms, rest_wait_ms;
	int rest_status;
	bool leaving;
	bool told, told_up; /* told: the engine knows of told_up and told_status */
	int told_status;
};

/* trunk.c */
int trunks_new(struct voice *v) MUST_CHECK; /* any thread, before the sip thread runs */
void trunks_start(struct voice *v);
bool trunks_want_tls(const struct voice *v);
void trunks_tick(struct voice *v, int64_t now_ms);
void trunks_stop(struct voice *v);
bool trunks_busy(const struct voice *v); /* farewells are under way */
/* False: it is not about a trunk's own handle. */
bool trunk_event(struct voice *v, nua_handle_t *nh, nua_event_t event, int status,
		 const sip_t *sip);
bool trunk_is_up(const struct trunk *t);
/* A handle for requests to the trunk; NULL: no memory. The first request must carry TRUNK_TAGS:
 * given to the handle itself Sofia ignores them. Requests after it go the same way. */
#define TRUNK_TAGS(t)                                                                              \
	NUTAG_PROXY((t)->proxy), NUTAG_SESSION_TIMER((unsigned)(t)->config->session_s),            \
	    TAG_IF((t)->contact[0], SIPTAG_CONTACT_STR((t)->contact))
nua_handle_t *trunk_handle(struct trunk *t, void *owner);
/* Answers a challenge; false: it cannot or must not be answered. */
bool trunk_authenticate(const struct trunk *t, nua_handle_t *nh, const sip_t *sip);
/* What a call learned: the trunk spoke; our stack could not reach it, or it stayed silent; it asked
 * for a rest (503 with Retry-After). */
void trunk_heard(struct trunk *t);
void trunk_failed(struct trunk *t, int status);
void trunk_rest(struct trunk *t, uint64_t retry_after_s);
/* Twice as long, to a minute. */
int64_t trunk_wait_next(int64_t wait_ms);
#define TRUNK_WAIT_FIRST_MS 1000

/* reg.c */
void reg_start(struct trunk *t);
void reg_answer(struct trunk *t, int status, const sip_t *sip);
void reg_tick(struct trunk *t, int64_t now_ms);
void reg_stop(struct trunk *t);

/* ping.c */
void ping_start(struct trunk *t);
void ping_answer(struct trunk *t, int status, const sip_t *sip);
void ping_tick(struct trunk *t, int64_t now_ms);
void ping_soon(struct trunk *t);
void ping_stop(struct trunk *t);

#endif
