/*
 * What the files of the sip thread share: the channel and its parts. Everything
 * here is the sip thread's alone, but for what says otherwise.
 */
#ifndef ADAPTERS_VOICE_SIP_H
#define ADAPTERS_VOICE_SIP_H

#include "adapters/voice/media.h"
#include "engine/event.h"
#include "engine/voice.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define NUA_MAGIC_T struct voice
#define SU_ROOT_MAGIC_T struct voice
#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/su_wait.h>

#define SIP_TICK_MS 20
/* Set by Sofia on answers that it made itself: nobody sent them. */
#define SIP_FLAG_LOCAL 0x8000

/* A command with all that answering it will need, so that no outcome is ever lost for want of
 * memory. Made in the caller's thread. */
struct order {
	struct voice_cmd cmd;
	struct event *first, *answered, *ended; /* first: EV_DROPPED, EV_PLACED, EV_TOO_LATE */
};
void order_free(void *order);

/* Events that the engine's mailbox did not take yet, in order; never more than `most`. */
struct outbox {
	struct mailbox *to;
	struct event **ring;
	size_t most, first, n;
};

#define INBOUND_ADDRESSES 16
struct inbound {
	uint32_t from[INBOUND_ADDRESSES]; /* network order: who may ring */
	size_t n_from;
	uint64_t last;      /* id given last */
	uint64_t strangers; /* calls from elsewhere */
	int64_t log_ms;     /* the next line about them, not before */
};

struct call;
struct trunk;
struct voice {
	struct voice_config config;
	struct mailbox *orders; /* any thread posts */
	struct media *media;
	pthread_t thread;
	sem_t started;
	int start_err;
	atomic_int port;
	atomic_bool stopping;
	int wake; /* eventfd: stop() */

	su_root_t *root;
	nua_t *nua;
	int tls_port;
	bool shut;
	su_wait_t waits[4];
	struct inbound inbound;
	struct trunk *trunks; /* config.n_trunks of them, in the order of the configuration */
	struct outbox outbox;
	struct mailbox *heard;            /* the pool's answers (listen.c) */
	size_t listening, most_listening; /* utterances that the pool has of ours */
	unsigned listen_serial;
	struct call **calls;                 /* config.lines of them; NULL: a free line */
	struct call *waiting, **waiting_end; /* intents not placed yet, oldest first */
	size_t kept_bytes;                   /* of all calls under way: keep.c */
	size_t n_calls, n_staff;             /* n_staff: second legs of transfers: a line each */
	bool held;                           /* those that wait, wait for a trunk's line or pace */
	int64_t next_tick_ms;
	int64_t trim_ms; /* when what ended calls used goes back to the system; 0: it did */
};

/* sip.c */
int sip_open(struct voice *v) MUST_CHECK; /* root, user agent, port */
void sip_close(struct voice *v);          /* bounded time */
void *sip_run(void *voice);
int64_t sip_now_ms(void);
/* Takes all that the mailbox holds: new intents wait, recalls are noted. */
void sip_drain(struct voice *v);
void sip_post(struct voice *v, struct event *ev);
/* False: the engine takes no events; no orders are taken either, so nothing may be placed. */
bool sip_has_room(const struct voice *v);
bool sip_is_local(const sip_t *sip);

#endif
