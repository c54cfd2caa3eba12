/* Helpers that both places share: filling an answer, the list of entries, local files. */
#ifndef ADAPTERS_DROP_ANSWER_H
#define ADAPTERS_DROP_ANSWER_H

#include "engine/digest.h"
#include "engine/drop.h"
#include <stddef.h>

/* Sets err and why; returns err. */
int answer(struct drop_done *done, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A listing being made: names are checked here, before anybody sees them. */
struct listing {
	struct drop_entry *entries;
	size_t n, room;
	size_t odd;  /* names that cannot be taken */
	size_t over; /* beyond MAX_DROP_ENTRIES */
};
/* `name` has `n` bytes as they came. Temporary names are passed over in silence. */
int listing_add(struct listing *l, const char *temporary, const char *name, size_t n,
		const struct drop_entry *facts) MUST_CHECK;
/* Sorts, hands the entries to *done and says in `why` what was left out. */
void listing_end(struct listing *l, struct drop_done *done);
void listing_free(struct listing *l);

/* E_INVALID with words unless the names of the job may touch a path. */
int answer_check_names(const struct drop_job *job, struct drop_done *done) MUST_CHECK;

/* The file to put: opened without following links, its size; E_LIMIT, E_NOTFOUND, E_IO. */
int answer_open_source(const struct drop_job *job, struct drop_done *done, int *ret_fd,
		       int64_t *ret_size) MUST_CHECK;
/* Reads again after EINTR; 0 at the end, -1 with errno. */
ptrdiff_t answer_read(int fd, void *p, size_t n);

#endif
