/* See descriptors.h. */
#include "engine/daemon/descriptors.h"

#include <sys/resource.h>

/* The store's files, mailboxes, child processes' pipes, operators, drops, what libraries open. */
#define OTHERS 512
/* A call that ended keeps its socket for 20 ms; more of them end in that time than lines / 8 at
 * no rate that can be configured. */
#define CLOSING(lines) ((lines) / 8)

size_t descriptors_wanted(const struct config *config)
{
	size_t lines = (size_t)config->voice.lines;
	return OTHERS + lines + CLOSING(lines) + (size_t)config->sms.in_flight;
}

int descriptors_raise(size_t wanted, size_t *ret_most)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r))
		return E_IO;
	if (r.rlim_cur >= wanted)
		return 0;
	if (r.rlim_max < wanted) {
		*ret_most = r.rlim_max;
		return E_LIMIT;
	}
	r.rlim_cur = wanted;
	return setrlimit(RLIMIT_NOFILE, &r) ? E_IO : 0;
}
