/*
 * The text port: SMS gateways. One thread, one curl_multi, the loopback listener for
 * receipts. A submission that was sent and not answered is unknown, never repeated.
 *
 * A message names the gateways that may take it, in order. The next one is tried only
 * where the one before certainly took nothing (no connection, no such host, an answer
 * that is documented to keep nothing). A gateway that can be asked is asked: for the
 * result of what it took, and whether it has what it did not answer.
 */
#ifndef ENGINE_TEXT_H
#define ENGINE_TEXT_H

#include "engine/limits.h"
#include "engine/mailbox.h"
#include <stdbool.h>
#include <stdint.h>

#define TEXT_REF_BYTES 40 /* a gateway's id of a message: a UUID and the NUL */

struct text_gateway {
	char id[MAX_ID];    /* of [gateway NAME] */
	char kind[16];      /* "kannel", "karaden" */
	char url[256];      /* kannel: …/cgi-bin/sendsms; karaden: …/api */
	char user[64];      /* kannel */
	char smsc[64];      /* kannel */
	char tenant[64];    /* karaden */
	char version[16];   /* karaden: Karaden-Version */
	char password[256]; /* kannel: of the user; karaden: the token */
	int service;        /* karaden: service_id */
	int timeout_ms;     /* connect and answer */
	int rate;           /* messages a second; 0: as fast as it answers */
	int validity_min;
	int poll_ms;   /* karaden: the first look for a result after this */
	int poll_rate; /* karaden: looks a second */
};

struct text_config {
	int in_flight; /* submissions at once */
	char receipt_bind[64];
	int receipt_port;        /* 0: any free one */
	char receipt_host[128];  /* as the gateway sees us; "" = receipt_bind */
	uint8_t receipt_key[32]; /* HMAC key of receipt URLs and of tags */
	size_t n_gateways;
	struct text_gateway gateway[MAX_GATEWAYS];
};

/* Places in text_config.gateway, in the order in which they are tried. */
struct text_order {
	uint8_t n;
	uint8_t at[MAX_GATEWAYS];
};

struct text_message {
	uint64_t attempt;
	char to[MAX_NUMBER], from[MAX_NUMBER];
	struct text_order order;   /* n = 0: the first gateway only */
	int64_t not_after_boot_ms; /* CLOCK_BOOTTIME: the window closes then; 0: no limit */
	char *text;                /* owned; finished and checked UTF-8 */
};

enum text_cmd_kind {
	TC_SUBMIT,
	TC_RECALL,
	TC_WATCH, /* after a restart: ask for the result of an earlier message */
};
struct text_cmd {
	enum text_cmd_kind kind;
	uint64_t attempt;
	struct text_message *message; /* TC_SUBMIT: owned once posted */
	/* TC_WATCH */
	struct text_order order;  /* who may have it; those that cannot be asked are left out */
	char ref[TEXT_REF_BYTES]; /* its id there; "": not known, asked for by our tag */
	int64_t until_boot_ms;    /* not asked for after */
};
void text_message_free(struct text_message *m); /* NULL is fine */

enum text_result {
	TEXT_ACCEPTED, /* the gateway has it */
	TEXT_REFUSED,  /* for good */
	TEXT_RETRY,    /* certainly not sent; not before retry_ms */
	TEXT_UNKNOWN,  /* sent, no answer; and a gateway that can be asked does not know it */
};
enum text_receipt {
	RECEIPT_DELIVERED,   /* final */
	RECEIPT_FAILED,      /* final: 63 */
	RECEIPT_OUT_OF_AREA, /* final: 62 */
	RECEIPT_REJECTED,    /* final: 64 */
	RECEIPT_BUFFERED,    /* not final: the gateway has it */
	RECEIPT_NONE,        /* the gateway will say no more: what is known stands */
};

struct text;
struct text_ops {
	const char *name;
	int (*start)(const struct text_config *config, struct mailbox *to_engine,
		     struct text **ret_text);
	/* E_NOMEM: nothing was taken, and nothing is sent. Copies cmd. Immediately before the
	 * submission the channel drains its mailbox into the recall set, then looks; what was
	 * recalled at a gateway (EV_TOO_LATE) is not submitted again if that took nothing. Events
	 * for each message: EV_DROPPED, or EV_SMS_SENT (about to be sent, may be left out) and
	 * EV_SMS_RESULT; any number of EV_SMS_RECEIPT before or after. TC_WATCH answers in receipts
	 * only; E_LIMIT: more than MAX_WATCHED. EV_GATEWAY says when a gateway begins or ends to
	 * take nothing.
	 */
	int (*post)(struct text *t, const struct text_cmd *cmd);
	void (*stop)(struct text *t);
	int (*bound_port)(struct text *t); /* of the receipts' listener */
};

/* True if that kind of gateway has to be asked for results (else it sends receipts). */
bool text_is_asked(const struct text_gateway *g);
/* The most UTF-16 units that a gateway of that kind takes. */
size_t text_most_units(const struct text_gateway *g);

#endif
