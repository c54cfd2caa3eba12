/*
 * The text port: SMS gateways. One thread, one curl_multi, and the loopback
 * listener for receipts. A submission that was sent and not answered is unknown,
 * never repeated.
 */
#ifndef ENGINE_TEXT_H
#define ENGINE_TEXT_H

#include "engine/limits.h"
#include "engine/mailbox.h"
#include <stdint.h>

struct text_config {
	char kind[16]; /* "kannel" */
	char url[256]; /* http://127.0.0.1:13013/cgi-bin/sendsms */
	char user[64], password[128], smsc[64];
	int timeout_ms; /* connect and answer */
	int in_flight;  /* submissions at once */
	char receipt_bind[64];
	int receipt_port;        /* 0: any free one */
	char receipt_host[128];  /* as the gateway sees us; "" = receipt_bind */
	uint8_t receipt_key[32]; /* HMAC key of receipt URLs */
	int validity_min;
};

struct text_message {
	uint64_t attempt;
	char to[MAX_NUMBER], from[MAX_NUMBER];
	int64_t not_after_boot_ms; /* CLOCK_BOOTTIME: the window closes then; 0: no limit */
	char *text;                /* owned; finished and checked UTF-8 */
};

enum text_cmd_kind { TC_SUBMIT, TC_RECALL };
struct text_cmd {
	enum text_cmd_kind kind;
	uint64_t attempt;
	struct text_message *message; /* TC_SUBMIT: owned once posted */
};
void text_message_free(struct text_message *m); /* NULL is fine */

enum text_result {
	TEXT_ACCEPTED, /* the gateway has it */
	TEXT_REFUSED,  /* for good */
	TEXT_RETRY,    /* certainly not sent; not before retry_ms */
	TEXT_UNKNOWN,  /* sent, no answer */
};
enum text_receipt {
	RECEIPT_DELIVERED,   /* final */
	RECEIPT_FAILED,      /* final: 63 */
	RECEIPT_OUT_OF_AREA, /* final: 62 */
	RECEIPT_REJECTED,    /* final: 64 */
	RECEIPT_BUFFERED,    /* not final */
};

struct text;
struct text_ops {
	const char *name;
	int (*start)(const struct text_config *config, struct mailbox *to_engine,
		     struct text **ret_text);
	/* Copies cmd. Immediately before the submission the channel drains its mailbox into the
	 * recall set, then looks. Events for each message: EV_DROPPED, or EV_SMS_SENT (about to be
	 * sent, may be left out) and EV_SMS_RESULT; any number of EV_SMS_RECEIPT before or after.
	 */
	int (*post)(struct text *t, const struct text_cmd *cmd);
	void (*stop)(struct text *t);
	int (*bound_port)(struct text *t); /* of the receipts' listener */
};

#endif
