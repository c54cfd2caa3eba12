/*
 * The pool: a bounded queue and threads with a decoder each. A thread that cannot load
 * the model answers E_IO and tries again with the next utterance, so that a package that
 * is being replaced heals by itself; calls go on by keys meanwhile.
 */
#include "adapters/recognise/decode.h"
#include "adapters/recognise/recognise.h"
#include "engine/log.h"

#include <pthread.h>
#include <sphinxbase/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_WORKERS 16

struct recogniser {
	struct recognise_config config;
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool stopping;
	size_t first, n, most;
	struct recognise_job **queue;
	int n_threads;
	pthread_t threads[MOST_WORKERS];
};

static struct recognise_job *take(struct recogniser *r)
{
	struct recognise_job *job = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->n == 0 && !r->stopping)
		pthread_cond_wait(&r->more, &r->lock);
	if (r->n > 0 && !r->stopping) {
		job = r->queue[r->first];
		r->first = (r->first + 1) % r->most;
		r->n--;
	}
	pthread_mutex_unlock(&r->lock);
	return job;
}

static void answer(struct recognise_job *job)
{
	if (mailbox_post(job->to, job) != 0) {
		/* The owner promised room; its call would wait for an answer that is gone. */
		log_error("recognition: the mailbox of a call is full: an utterance is lost");
		recognise_job_free(job);
	}
}

static void hear(struct recogniser *r, struct decoder *d, struct recognise_job *job)
{
	int word = -1, score = 0;

	job->err = d ? decoder_hear(d, &job->words, job->samples, job->n, &word, &score) : E_NOMEM;
	job->score = score;
	job->word = !job->err && score >= r->config.least_score ? word : -1;
	if (job->err)
		log_warn("recognition: an utterance could not be heard: %s", err_str(job->err));
	answer(job);
}

static void *run(void *arg)
{
	struct recogniser *r = arg;
	struct decoder *d = NULL;
	struct recognise_job *job;

	log_thread_name("listen");
	while ((job = take(r)) != NULL) {
		if (!d && decoder_new(r->config.model, &d) != 0)
			d = NULL;
		hear(r, d, job);
	}
	decoder_free(d);
	return NULL;
}

static int check(const struct recognise_config *c, struct problems *problems)
{
	static const char *const files[] = {"mdef", "means", "variances", "transition_matrices",
					    "feat.params"};
	char path[sizeof c->model + 32];

	if (c->workers < 1 || c->workers > MOST_WORKERS || c->queue < 1)
		return E_INVALID;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", c->model, files[i]);
		if (access(path, R_OK) == 0)
			continue;
		problems_error(problems, path, 0,
			       "the acoustic model of spoken answers cannot be read: install "
			       "pocketsphinx-en-us, or name its folder");
		return E_INVALID;
	}
	return 0;
}

static void join(struct recogniser *r)
{
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->more);
	pthread_mutex_unlock(&r->lock);
	for (int i = 0; i < r->n_threads; i++)
		pthread_join(r->threads[i], NULL);
}

static void stop(struct recogniser *r)
{
	if (!r)
		return;
	join(r);
	for (; r->n > 0; r->n--) {
		struct recognise_job *job = r->queue[r->first];
		r->first = (r->first + 1) % r->most;
		job->err = E_STATE;
		answer(job);
	}
	pthread_cond_destroy(&r->more);
	pthread_mutex_destroy(&r->lock);
	free(r->queue);
	free(r);
}

static int start(const struct recognise_config *config, struct problems *problems,
		 struct recogniser **ret_recogniser)
{
	struct recogniser *r;
	int err = check(config, problems);

	if (err)
		return err;
	r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	err_set_logfp(NULL); /* it prints what it hears */
	r->config = *config;
	r->most = (size_t)config->queue;
	r->queue = calloc(r->most, sizeof *r->queue);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->more, NULL);
	for (; r->queue && r->n_threads < config->workers; r->n_threads++)
		if (pthread_create(&r->threads[r->n_threads], NULL, run, r))
			break;
	if (!r->queue || r->n_threads < config->workers) {
		stop(r);
		return E_NOMEM;
	}
	*ret_recogniser = r;
	return 0;
}

static int post(struct recogniser *r, struct recognise_job *job)
{
	int err = 0;

	pthread_mutex_lock(&r->lock);
	if (r->n == r->most || r->stopping) {
		err = E_FULL;
	} else {
		r->queue[(r->first + r->n++) % r->most] = job;
		pthread_cond_signal(&r->more);
	}
	pthread_mutex_unlock(&r->lock);
	return err;
}

const struct recognise_ops recognise_sphinx = {
    .name = "pocketsphinx",
    .version = "pocketsphinx en-us",
    .start = start,
    .post = post,
    .stop = stop,
};
