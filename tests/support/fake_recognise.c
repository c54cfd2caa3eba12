/* See fake_recognise.h. */
#include "tests/support/fake_recognise.h"

#include <pthread.h>
#include <stdlib.h>

#define MOST 64

struct recogniser {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t thread;
	bool hold, stopping;
	size_t most, n, n_script, said;
	struct recognise_job *queue[MOST];
	struct {
		int err, word, score;
	} script[MOST];
};

static void answer(struct recognise_job *job)
{
	if (mailbox_post(job->to, job) != 0)
		abort();
}

static struct recognise_job *take_locked(struct recogniser *r)
{
	struct recognise_job *job = r->queue[0];

	for (size_t i = 1; i < r->n; i++)
		r->queue[i - 1] = r->queue[i];
	r->n--;
	if (r->said < r->n_script) {
		job->err = r->script[r->said].err;
		job->word = r->script[r->said].word;
		job->score = r->script[r->said++].score;
	}
	return job;
}

static void *run(void *arg)
{
	struct recogniser *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->stopping) {
		if (r->n == 0 || r->hold)
			pthread_cond_wait(&r->more, &r->lock);
		else
			answer(take_locked(r));
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static int start(const struct recognise_config *config, struct problems *problems,
		 struct recogniser **ret_recogniser)
{
	struct recogniser *r = calloc(1, sizeof *r);

	(void)problems;
	if (!r)
		return E_NOMEM;
	r->most = config->queue < MOST ? (size_t)config->queue : MOST;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->more, NULL);
	if (pthread_create(&r->thread, NULL, run, r))
		abort();
	*ret_recogniser = r;
	return 0;
}

static int post(struct recogniser *r, struct recognise_job *job)
{
	int err = 0;

	pthread_mutex_lock(&r->lock);
	if (r->n == r->most)
		err = E_FULL;
	else
		r->queue[r->n++] = job;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	return err;
}

static void stop(struct recogniser *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	while (r->n > 0) {
		struct recognise_job *job = take_locked(r);
		job->err = E_STATE;
		answer(job);
	}
	pthread_cond_destroy(&r->more);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

void fake_recognise_script(struct recogniser *r, int err, int word, int score)
{
	pthread_mutex_lock(&r->lock);
	if (r->n_script == MOST)
		abort();
	r->script[r->n_script].err = err;
	r->script[r->n_script].word = word;
	r->script[r->n_script++].score = score;
	pthread_mutex_unlock(&r->lock);
}

void fake_recognise_hold(struct recogniser *r, bool hold)
{
	pthread_mutex_lock(&r->lock);
	r->hold = hold;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
}

const struct recognise_ops recognise_fake = {
    .name = "fake",
    .version = "fake",
    .start = start,
    .post = post,
    .stop = stop,
};
