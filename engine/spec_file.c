/* See spec_file.h. */
#include "engine/spec_file.h"

#include "engine/job_thread.h"
#include "spool/afile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct spec_files {
	const struct digest_ops *digest;
	struct mailbox *to_engine;
	struct job_thread *thread;
};

void spec_file_job_free(void *job)
{
	struct spec_file_job *j = job;
	if (j)
		free(j->bytes);
	free(j);
}

int spec_file_write(const struct digest_ops *digest, const struct spec_file_job *job)
{
	struct stat st;
	char now[65];

	int err = digest_file(digest, job->path, now);
	if (err == E_NOTFOUND || (!err && strcmp(now, job->before) != 0))
		return E_STATE;
	if (err)
		return err;
	mode_t mode = stat(job->path, &st) == 0 ? st.st_mode & 0777 : 0640;
	err = afile_put(job->path, job->bytes, job->n, mode, AFILE_REPLACE);
	/* The name holds the new bytes already: once more costs nothing, and may reach the disk. */
	return err == E_UNKNOWN
		   ? afile_put(job->path, job->bytes, job->n, mode, AFILE_REPLACE) ? E_UNKNOWN : 0
		   : err;
}

/* Stopped: the next start finds out what stands in the file. */
static void work(void *ctx, struct job_thread *w, void *arg)
{
	const struct spec_files *s = ctx;
	const struct spec_file_job *job = arg;
	struct event *ev = job_thread_event(w, EV_SPEC_WRITTEN);
	if (!ev)
		return;
	ev->spec.id = job->id;
	ev->spec.err = spec_file_write(s->digest, job);
	job_thread_tell(w, s->to_engine, ev);
}

int spec_files_start(const struct digest_ops *digest, struct mailbox *to_engine,
		     struct spec_files **ret)
{
	struct spec_files *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->digest = digest;
	s->to_engine = to_engine;
	int err = job_thread_start(&(struct job_thread_config){.name = "specs",
							       .queue = SPEC_FILE_QUEUE,
							       .work = work,
							       .free_job = spec_file_job_free,
							       .ctx = s},
				   &s->thread);
	if (err)
		free(s);
	else
		*ret = s;
	return err;
}

int spec_files_post(struct spec_files *s, struct spec_file_job *job)
{
	return job_thread_post(s->thread, job);
}

void spec_files_stop(struct spec_files *s)
{
	if (s)
		job_thread_stop(s->thread);
	free(s);
}
