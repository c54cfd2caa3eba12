/*
 * The inside of the text thread, shared by text.c (the port, the mailbox, the thread),
 * submit.c (messages on their way to a gateway) and watch.c (asking for results).
 * Everything but the mailboxes and the stop flag is touched by the thread alone.
 */
#ifndef ADAPTERS_TEXT_INNER_H
#define ADAPTERS_TEXT_INNER_H

#include "adapters/text/gateway.h"
#include "adapters/text/receipts.h"
#include "adapters/text/sockets.h"
#include "engine/event.h"

#include <pthread.h>
#include <stdatomic.h>

/* A posted command, or an event on its way to the engine. */
struct item {
	struct item *next, **at_prev; /* at_prev: what points at it */
	enum text_cmd_kind kind;
	uint64_t attempt;
	struct text_message *message; /* TC_SUBMIT: owned */
	struct event *event;          /* its one answer; owned until posted */
	struct http *http;            /* flying */
	size_t tried;                 /* how many of message->order certainly took nothing */
	size_t at;                    /* flying: the gateway's place in the configuration */
	bool recalled;                /* while it flew: nobody else is asked to take it */
	/* TC_WATCH */
	struct text_order order;
	char ref[TEXT_REF_BYTES];
	int64_t until_ms;
};

struct list {
	struct item *first, **end;
};
void list_add(struct list *l, struct item *item);
void list_add_first(struct list *l, struct item *item);
void list_remove(struct list *l, struct item *item);
struct item *list_find(const struct list *l, uint64_t attempt);
struct item *item_new(uint64_t attempt); /* with an event; NULL: no memory */
void item_free(void *item);              /* NULL is fine */

/* So many a second, with a tenth of a second's worth at once. Zero: without limit. */
struct pace {
	int rate;
	double tokens;
	int64_t at_ms;
};
/* 0: take one now (it is taken); else how many ms to wait. */
int64_t pace_take(struct pace *p, int64_t now_ms);

/* A gateway and what the thread knows of it. Instants are boot ms. */
struct line {
	const struct gateway *ops;
	const struct text_gateway *config;
	struct pace sends, asks;
	bool down;              /* said so by EV_GATEWAY */
	int64_t rests_until_ms; /* it took nothing: others are tried first */
	int64_t slow_until_ms;  /* it asked for fewer messages */
	int64_t asks_until_ms;  /* … for fewer questions */
};

struct watches;

struct text {
	struct text_config config;
	struct line lines[MAX_GATEWAYS];
	struct mailbox *in, *again, *to_engine; /* again: TC_WATCH */
	struct receipts *receipts;
	CURLM *multi;
	struct sockets *sockets;
	pthread_t thread;
	atomic_bool stop;
	struct list waiting, flying;
	struct list unsent; /* items whose event the engine could not take */
	int n_flying;
	struct watches *watches;
};

/* ---- text.c ---- */
void tell(struct text *t, struct item *item); /* its event goes to the engine, now or later */
void tell_dropped(struct text *t, struct item *item, const char *why);
struct told {
	enum text_result result;
	int code, gateway;
	int64_t retry_ms;
	const char *ref, *why;
};
void tell_result(struct text *t, struct item *item, struct told told);
void tell_gateway(struct text *t, size_t at, bool up, int status, const char *why);
void drain_mailbox(struct text *t);

/* ---- submit.c ---- */
/* Submits what may go now; the answer is how long at most nothing will change. */
int64_t submit_waiting(struct text *t);
void submit_unfly(struct text *t, struct item *item); /* takes its request away */

/* ---- watch.c ---- */
int watches_new(struct watches **ret) MUST_CHECK;
void watches_free(struct watches *w); /* NULL is fine; the requests of t->multi are removed first */
/* The message's results are asked for from now on. Where `item` is given its fate is unknown: it is
 * answered when the gateway was asked for it (the item is taken, whatever happens). */
void watch_add(struct text *t, const struct item *command, struct item *item);
int64_t watch_run(struct text *t); /* asks what is due; ms until the next is */
void watch_stop(struct text *t);   /* answers the items it holds as unknown */

#endif
