/*
 * What differs between SMS gateways, for the text thread: how a message is asked to be
 * sent, what an answer says, and, where a gateway can be asked, how. Pure but for the
 * handle they fill: no gateway of these waits or keeps anything.
 */
#ifndef ADAPTERS_TEXT_GATEWAY_H
#define ADAPTERS_TEXT_GATEWAY_H

#include "adapters/text/http.h"
#include "engine/text.h"

enum judged {
	JUDGED_ACCEPTED,
	JUDGED_REFUSED,   /* this message, for good */
	JUDGED_NOT_SENT,  /* nothing was kept: another gateway may take it */
	JUDGED_SLOW_DOWN, /* nothing was kept: the same gateway, later */
	JUDGED_UNKNOWN,
};

enum found {
	FOUND,       /* the gateway has the message */
	FOUND_NOT,   /* it answered, and does not */
	FOUND_LATER, /* no answer that says anything: ask again */
	FOUND_SLOW,  /* … and not so often */
};
struct finding {
	enum found what;
	char ref[TEXT_REF_BYTES];
	enum text_receipt receipt;
	bool over; /* no other result will come */
	int code;  /* the gateway's word as a number, for people: docs/sms.md */
	int segments;
};

struct gateway {
	const char *kind;
	/* The request for one message into `h`. `tag` is our name of the message at a gateway that
	 * can be asked, `receipt_url` is for one that cannot; the other is "". URLs and headers may
	 * hold a password: neither is ever logged. */
	int (*prepare)(struct http *h, const struct text_gateway *config,
		       const struct text_message *m, const char *receipt_url, const char *tag);
	/* What a complete answer says; its id of the message into ref ("" if it gives none). */
	enum judged (*judge)(const struct http *h, char ref[TEXT_REF_BYTES]);
	/* MAY (both or none): the question for one message, by its ref or, if that is "", by tag;
	 * and what the answer says. */
	int (*prepare_ask)(struct http *h, const struct text_gateway *config, const char *ref,
			   const char *tag);
	void (*understand)(const struct http *h, const char *ref, const char *tag,
			   struct finding *ret);
};

extern const struct gateway gateway_kannel, gateway_karaden;
extern const struct text_ops text_gateways;

#endif
