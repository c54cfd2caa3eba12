/*
 * See mailbox.h. A ring under a mutex: at a few thousand messages a second the
 * lock is never the cost, and a lock-free queue would have to be proved.
 *
 * The eventfd is written only when the ring goes from empty to not empty, and
 * read (cleared) only when a take finds the ring empty, both under the lock, which
 * also knows whether it is readable: so it can be readable with nothing inside (after
 * mailbox_wake, too), never the other way round, and an empty mailbox that is looked
 * at again and again costs no system call.
 */
#include "engine/mailbox.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
	pthread_mutex_t lock;
	int fd;
	size_t most, head, n;
	bool readable; /* the eventfd was written since it was read last */
	void *ring[];
};

int mailbox_new(size_t most, struct mailbox **ret_box)
{
	struct mailbox *box = calloc(1, sizeof *box + most * sizeof *box->ring);
	if (!box)
		return E_NOMEM;
	box->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (box->fd < 0) {
		free(box);
		return E_IO;
	}
	box->most = most;
	pthread_mutex_init(&box->lock, NULL);
	*ret_box = box;
	return 0;
}

void mailbox_free(struct mailbox *box, void (*free_item)(void *))
{
	void *item;
	if (!box)
		return;
	while ((item = mailbox_take(box)) != NULL)
		if (free_item)
			free_item(item);
	close(box->fd);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

/* Under the lock, where it is not readable. */
static void signal_reader(struct mailbox *box)
{
	uint64_t one = 1;
	ssize_t w = write(box->fd, &one, sizeof one);
	(void)w; /* a counter of one does not overflow */
	box->readable = true;
}

int mailbox_post(struct mailbox *box, void *item)
{
	int err = 0;
	pthread_mutex_lock(&box->lock);
	if (box->n == box->most) {
		err = E_FULL;
	} else {
		box->ring[(box->head + box->n) % box->most] = item;
		if (box->n++ == 0 && !box->readable)
			signal_reader(box);
	}
	pthread_mutex_unlock(&box->lock);
	return err;
}

void *mailbox_take(struct mailbox *box)
{
	void *item = NULL;
	pthread_mutex_lock(&box->lock);
	if (box->n > 0) {
		item = box->ring[box->head];
		box->head = (box->head + 1) % box->most;
		box->n--;
	} else if (box->readable) {
		uint64_t count;
		ssize_t r = read(box->fd, &count, sizeof count);
		(void)r;
		box->readable = false;
	}
	pthread_mutex_unlock(&box->lock);
	return item;
}

int mailbox_fd(const struct mailbox *box)
{
	return box->fd;
}

void mailbox_wake(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	if (!box->readable)
		signal_reader(box);
	pthread_mutex_unlock(&box->lock);
}

size_t mailbox_count(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	size_t n = box->n;
	pthread_mutex_unlock(&box->lock);
	return n;
}
