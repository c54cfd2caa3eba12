/*
 * Receipts of SMS gateways: a loopback HTTP listener, driven by the text thread.
 * Path /receipt/<attempt id>/<HMAC in hex>?s=<status>. Not thread-safe: one thread
 * calls it all.
 */
#ifndef ADAPTERS_TEXT_RECEIPTS_H
#define ADAPTERS_TEXT_RECEIPTS_H

#include "engine/mailbox.h"
#include "engine/text.h"

struct receipts;

int receipts_start(const struct text_config *config, struct mailbox *to_engine,
		   struct receipts **ret_receipts) MUST_CHECK;
void receipts_stop(struct receipts *r); /* NULL is fine */
/* Readable when receipts_run should be called; also after receipts_timeout_ms at the latest. */
int receipts_fd(const struct receipts *r);
int receipts_timeout_ms(const struct receipts *r, int most_ms);
void receipts_run(struct receipts *r);
int receipts_port(const struct receipts *r);

#define RECEIPT_URL_BYTES 320
/* The URL that the gateway fetches for this attempt; it ends in "%d", for the gateway to fill in.
 */
void receipts_url(const struct receipts *r, uint64_t attempt, char out[RECEIPT_URL_BYTES]);

#define RECEIPT_TAG_BYTES 64
/* Our name of an attempt at gateways that keep one: no other installation has the same. */
void receipts_tag(const struct receipts *r, uint64_t attempt, char out[RECEIPT_TAG_BYTES]);

#endif
