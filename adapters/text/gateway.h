/* What differs between SMS gateways, for the text thread (text.c). */
#ifndef ADAPTERS_TEXT_GATEWAY_H
#define ADAPTERS_TEXT_GATEWAY_H

#include "engine/text.h"
#include <curl/curl.h>

struct gateway {
	const char *name;
	/* The request for one message into `easy`: the URL, and what the gateway needs beside it.
	 * The URL may hold a password: it is never logged. */
	int (*prepare)(CURL *easy, const struct text_config *config, const struct text_message *m,
		       const char *receipt_url);
	/* What a complete answer's HTTP status says. */
	enum text_result (*judge)(long status);
};

int text_start(const struct gateway *gateway, const struct text_config *config,
	       struct mailbox *to_engine, struct text **ret_text) MUST_CHECK;
int text_post(struct text *t, const struct text_cmd *cmd) MUST_CHECK;
void text_stop(struct text *t); /* NULL is fine */
int text_bound_port(struct text *t);

#endif
