/*
 * The only way threads speak to each other: a bounded queue with an eventfd.
 *
 * Posting never blocks: a full mailbox answers E_FULL and the sender keeps what
 * it had (a channel keeps an unsent outcome in the call's own object). Any thread
 * may post; one thread takes. The descriptor is readable while there may be
 * something to take.
 */
#ifndef ENGINE_MAILBOX_H
#define ENGINE_MAILBOX_H

#include "engine/err.h"
#include <stddef.h>

struct mailbox;

int mailbox_new(size_t most, struct mailbox **ret_box) MUST_CHECK;
/* Whatever is still inside is passed to `free_item` (may be NULL). */
void mailbox_free(struct mailbox *box, void (*free_item)(void *));
/* 0: the item belongs to the taker. E_FULL: it still belongs to the caller. */
int mailbox_post(struct mailbox *box, void *item) MUST_CHECK;
/* The oldest item, or NULL. */
void *mailbox_take(struct mailbox *box);
/* For poll(2)/epoll: readable when items may wait. Call mailbox_take until NULL. */
int mailbox_fd(const struct mailbox *box);
/* Wakes whoever waits at mailbox_fd without posting anything: he was asked to stop. */
void mailbox_wake(struct mailbox *box);
size_t mailbox_count(struct mailbox *box);

#endif
