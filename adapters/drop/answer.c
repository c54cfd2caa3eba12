/* See answer.h. Names from the other side enter here, and nowhere else. */
#include "adapters/drop/answer.h"

#include "spool/afile.h"
#include "spool/name.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int answer(struct drop_done *done, int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(done->why, sizeof done->why, fmt, ap);
	va_end(ap);
	done->err = err;
	return err;
}

static bool room_for_one(struct listing *l)
{
	if (l->n < l->room)
		return true;
	size_t room = l->room ? l->room * 2 : 64;
	struct drop_entry *more = realloc(l->entries, room * sizeof *more);
	if (!more)
		return false;
	l->entries = more;
	l->room = room;
	return true;
}

int listing_add(struct listing *l, const char *temporary, const char *name, size_t n,
		const struct drop_entry *facts)
{
	/* A NUL inside would make two names out of one. */
	if (n >= MAX_FILE_NAME || memchr(name, 0, n) || !name_is_safe(name)) {
		l->odd++;
		return 0;
	}
	if (name_matches(temporary, name) || afile_is_temporary(name))
		return 0;
	if (l->n == MAX_DROP_ENTRIES) {
		l->over++;
		return 0;
	}
	if (!room_for_one(l))
		return E_NOMEM;
	l->entries[l->n] = *facts;
	memcpy(l->entries[l->n].name, name, n + 1);
	l->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct drop_entry *x = a, *y = b;
	return strcmp(x->name, y->name);
}

void listing_end(struct listing *l, struct drop_done *done)
{
	if (l->n > 0)
		qsort(l->entries, l->n, sizeof *l->entries, by_name);
	done->entries = l->entries;
	done->n_entries = l->n;
	l->entries = NULL;
	if (l->odd + l->over == 0)
		(void)answer(done, 0, "%s", "");
	else
		(void)answer(done, 0,
			     "left out: %zu names that cannot be taken (not UTF-8, control "
			     "characters, slashes), %zu files beyond the limit of %d",
			     l->odd, l->over, MAX_DROP_ENTRIES);
}

void listing_free(struct listing *l)
{
	free(l->entries);
	l->entries = NULL;
}

int answer_check_names(const struct drop_job *job, struct drop_done *done)
{
	if (job->kind == DROP_LIST)
		return 0;
	if (!name_is_safe(job->name) || afile_is_temporary(job->name))
		return answer(done, E_INVALID, "not a file name that can be taken");
	if (job->kind == DROP_MOVE && !name_is_safe(job->to_name))
		return answer(done, E_INVALID, "not a file name that can be given");
	if (job->kind == DROP_MOVE && strcmp(job->folder, "taken") != 0 &&
	    strcmp(job->folder, "refused") != 0)
		return answer(done, E_INVALID, "folder must be taken or refused");
	return 0;
}

int answer_open_source(const struct drop_job *job, struct drop_done *done, int *ret_fd,
		       int64_t *ret_size)
{
	struct stat st;
	int fd = job->path[0] ? open(job->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
			      : memfd_create("empty", MFD_CLOEXEC);

	if (fd < 0)
		return answer(done, errno == ENOENT ? E_NOTFOUND : E_IO,
			      "our file cannot be opened: errno %d", errno);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE_BYTES) {
		close(fd);
		return answer(done, E_IO, "our file is not a file of at most %lld bytes",
			      (long long)MAX_FILE_BYTES);
	}
	*ret_fd = fd;
	*ret_size = st.st_size;
	return 0;
}

ptrdiff_t answer_read(int fd, void *p, size_t n)
{
	ssize_t r;
	do
		r = read(fd, p, n);
	while (r < 0 && errno == EINTR);
	return r;
}
