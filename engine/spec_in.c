/* See spec_in.h. */
#include "engine/spec_in.h"

#include "engine/job_thread.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDLE_MS 200

struct spec_in {
	const void *ctx;
	struct mailbox *to_engine;
	struct job_thread *thread;
};

void spec_in_job_free(void *job)
{
	struct spec_in_job *j = job;
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->bytes);
	free(j);
}

void spec_read_free(struct spec_read *r)
{
	if (r && r->doc)
		r->kind->free(r->doc);
	free(r);
}

int spec_in_bytes(int fd, char **ret, size_t *ret_n)
{
	struct stat st;
	size_t n = 0;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return E_INVALID; /* a pipe that nobody fills would keep the thread for ever */
	if (st.st_size > (off_t)MAX_EDIT_BYTES)
		return E_LIMIT;
	char *bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return E_NOMEM;
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, bytes + n, (size_t)st.st_size - n, (off_t)n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	int err = n < (size_t)st.st_size ? E_IO : memchr(bytes, '\0', n) ? E_INVALID : 0;
	if (err) {
		free(bytes);
		return err;
	}
	bytes[n] = '\0';
	*ret = bytes;
	*ret_n = n;
	return 0;
}

static void first_error(const struct problems *p, struct spec_read *r)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].kind == PROBLEM_ERROR) {
			snprintf(r->why, sizeof r->why, "line %d: %s", p->list[i].line,
				 p->list[i].what);
			break;
		}
	r->errors = p->errors;
}

static void read_one(const struct spec_in *s, struct spec_in_job *j, struct spec_read *r)
{
	struct problems problems;
	problems_init(&problems);
	r->id = j->id;
	r->kind = j->kind;
	r->err = j->bytes ? 0 : spec_in_bytes(j->fd, &j->bytes, &j->n);
	if (!r->err)
		r->err = j->kind->read(s->ctx, j->name, j->bytes, j->n, &problems, &r->doc);
	first_error(&problems, r);
	problems_free(&problems);
}

static struct spec_read *read_new(const struct job_thread *w)
{
	struct spec_read *r;
	while ((r = calloc(1, sizeof *r)) == NULL && !*job_thread_stopping(w))
		poll(NULL, 0, IDLE_MS);
	return r;
}

static void work(void *ctx, struct job_thread *w, void *arg)
{
	const struct spec_in *s = ctx;
	struct event *ev = job_thread_event(w, EV_SPEC_READ);
	if (!ev)
		return;
	ev->read = read_new(w);
	if (!ev->read) {
		event_free(ev);
		return;
	}
	read_one(s, arg, ev->read);
	job_thread_tell(w, s->to_engine, ev);
}

int spec_in_start(const void *ctx, struct mailbox *to_engine, struct spec_in **ret)
{
	struct spec_in *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->ctx = ctx;
	s->to_engine = to_engine;
	int err = job_thread_start(&(struct job_thread_config){.name = "spec-in",
							       .queue = MAX_EDITS,
							       .work = work,
							       .free_job = spec_in_job_free,
							       .ctx = s},
				   &s->thread);
	if (err)
		free(s);
	else
		*ret = s;
	return err;
}

int spec_in_post(struct spec_in *s, struct spec_in_job *job)
{
	return job_thread_post(s->thread, job);
}

void spec_in_stop(struct spec_in *s)
{
	if (s)
		job_thread_stop(s->thread);
	free(s);
}
