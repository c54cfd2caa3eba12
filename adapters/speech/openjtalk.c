/*
 * See openjtalk.h and docs/speech.md. The pool: a bounded queue of jobs, render
 * threads that take them, answers posted to the engine's mailbox. While that is
 * full a thread keeps its answer and tries again; it takes no new job meanwhile,
 * so that nothing piles up and nothing is lost.
 *
 * Ends: stop() wakes everyone by one eventfd that children's waits watch too, so
 * that it takes no longer than killing them. Jobs not begun are freed.
 */
#include "adapters/speech/openjtalk.h"

#include "adapters/speech/tts_prompt.h"
#include "engine/event.h"
#include "engine/log.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { UNSENT_WAIT_MS = 20, SWEEP_MS = 30000 };

struct speech {
	struct speech_config config;
	struct tts_maker maker;
	struct mailbox *to_engine;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct speech_job *queue[OPENJTALK_QUEUE];
	size_t head, n;
	bool stopping;
	int n_threads;
	pthread_t threads[OPENJTALK_WORKERS_MOST];
};

static bool is_stopping(struct speech *s)
{
	pthread_mutex_lock(&s->lock);
	bool stopping = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return stopping;
}

/* ---- one job ---- */

/* Where a job failed and why; the words never hold the text. */
struct fault {
	int err;
	size_t prompt;
	char why[256];
};

static void set_fault(struct fault *f, int err, const char *bad)
{
	f->err = err == E_LIMIT ? E_INVALID : err;
	if (err == E_INVALID && bad[0])
		snprintf(f->why, sizeof f->why, "cannot be read aloud: %s", bad);
	else if (err == E_INVALID)
		snprintf(f->why, sizeof f->why, "there is nothing that can be read aloud");
	else if (err == E_LIMIT)
		snprintf(f->why, sizeof f->why, "too long: at most %d characters a sentence",
			 MAX_SENTENCE_CHARS);
	else
		snprintf(f->why, sizeof f->why, "the speech program failed: %s", err_str(err));
	if (err != E_INVALID && err != E_LIMIT && err != E_TIMEOUT)
		f->err = E_IO;
}

static bool is_the_texts_fault(int err)
{
	return err == E_INVALID || err == E_LIMIT;
}

/* A fault of the machine is tried once more, and never makes us fall back to a lesser text. */
static int make_prompt(struct speech *s, uint64_t who, const struct prompt_texts *texts,
		       struct prompt *ret_prompt, struct fault *fault)
{
	char bad[8] = "";
	int err = 0;

	for (size_t k = 0; k < texts->n; k++) {
		const struct speech_words words = {.text = texts->text[k],
						   .rate = texts->rate,
						   .n_sounds = texts->n_sounds,
						   .sounds = texts->sounds};
		err = tts_prompt_make(&s->maker, &words, who, ret_prompt, NULL, 0, bad);
		if (err && err != E_CLOSED && !is_the_texts_fault(err))
			err = tts_prompt_make(&s->maker, &words, who, ret_prompt, NULL, 0, bad);
		if (!err)
			return 0;
		if (k == 0 || !is_the_texts_fault(err))
			set_fault(fault, err, bad);
		if (!is_the_texts_fault(err))
			return err;
	}
	return err;
}

static int make_set(struct speech *s, const struct speech_job *job, struct prompt_set **ret_set,
		    struct fault *fault)
{
	struct prompt_set *set = NULL;
	int err = prompt_set_new(job->n, &set);

	if (err)
		set_fault(fault, err, "");
	for (size_t i = 0; !err && i < job->n; i++) {
		fault->prompt = i;
		err = make_prompt(s, job->id, &job->texts[i], &set->prompts[i], fault);
	}
	if (err) {
		prompt_set_unref(set);
		return err;
	}
	set->debts_version = job->debts_version;
	*ret_set = set;
	return 0;
}

static void do_job(struct speech *s, const struct speech_job *job, struct event *answer)
{
	struct fault fault = {0};
	struct prompt_set *set = NULL;

	if (make_set(s, job, &set, &fault) != 0) {
		answer->rendered.err = fault.err;
		answer->rendered.bad_prompt = fault.prompt;
		memcpy(answer->rendered.why, fault.why, sizeof fault.why);
		if (!is_stopping(s))
			log_info("speech job=%llu prompt=%zu err=\"%s\" next=answer",
				 (unsigned long long)job->id, fault.prompt, err_str(fault.err));
	}
	answer->rendered.set = set;
}

/* ---- the pool ---- */

/* With the lock held. */
static void wait_ms(struct speech *s, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&s->wake, &s->lock, &until);
}

/* NULL: stop. */
static struct speech_job *take_job(struct speech *s)
{
	struct speech_job *job = NULL;

	pthread_mutex_lock(&s->lock);
	while (!s->stopping && s->n == 0) {
		wait_ms(s, SWEEP_MS);
		tts_cache_sweep(s->maker.cache, tts_now_ms());
	}
	if (!s->stopping) {
		job = s->queue[s->head];
		s->head = (s->head + 1) % OPENJTALK_QUEUE;
		s->n--;
	}
	pthread_mutex_unlock(&s->lock);
	return job;
}

static void answer_free(struct event *answer)
{
	prompt_set_unref(answer->rendered.set);
	free(answer);
}

static void deliver(struct speech *s, struct event *answer)
{
	while (mailbox_post(s->to_engine, answer) != 0) {
		if (is_stopping(s)) {
			answer_free(answer);
			return;
		}
		usleep(UNSENT_WAIT_MS * 1000);
	}
}

static void *render_thread(void *arg)
{
	struct speech *s = arg;
	struct speech_job *job;

	log_thread_name("render");
	while ((job = take_job(s)) != NULL) {
		/* The answer's memory first: a job is not begun that could not be answered. */
		struct event *answer;
		while ((answer = calloc(1, sizeof *answer)) == NULL && !is_stopping(s))
			usleep(UNSENT_WAIT_MS * 1000);
		if (answer) {
			answer->kind = EV_RENDERED;
			answer->rendered.id = job->id;
			answer->rendered.debts_version = job->debts_version;
			do_job(s, job, answer);
			if (answer->rendered.err && is_stopping(s))
				answer_free(answer); /* we killed its children ourselves */
			else
				deliver(s, answer);
		}
		speech_job_free(job);
	}
	return NULL;
}

static int openjtalk_post(struct speech *s, struct speech_job *job)
{
	int err = 0;

	pthread_mutex_lock(&s->lock);
	if (s->stopping) {
		err = E_CLOSED;
	} else if (s->n == OPENJTALK_QUEUE) {
		err = E_FULL;
	} else {
		s->queue[(s->head + s->n++) % OPENJTALK_QUEUE] = job;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

static void openjtalk_stop(struct speech *s)
{
	const uint64_t one = 1;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	if (s->maker.voice.stop_fd >= 0 && write(s->maker.voice.stop_fd, &one, sizeof one) < 0)
		log_error("speech stop=eventfd next=wait_for_timeouts");
	for (int i = 0; i < s->n_threads; i++)
		pthread_join(s->threads[i], NULL);
	for (; s->n > 0; s->n--) {
		speech_job_free(s->queue[s->head]);
		s->head = (s->head + 1) % OPENJTALK_QUEUE;
	}
	if (s->maker.voice.stop_fd >= 0)
		close(s->maker.voice.stop_fd);
	tts_cache_free(s->maker.cache);
	tts_lexicon_free(s->maker.lexicon);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int openjtalk_say(struct speech *s, const struct speech_words *words,
			 struct prompt *ret_prompt, char *reading, size_t reading_size,
			 char ret_bad[8])
{
	char bad[8] = "";
	int err =
	    tts_prompt_make(&s->maker, words, UINT64_MAX, ret_prompt, reading, reading_size, bad);
	if (ret_bad && err)
		memcpy(ret_bad, bad, sizeof bad);
	return err;
}

/* ---- the start ---- */

static void check_paths(const struct speech_config *c, struct problems *problems)
{
	char file[sizeof c->dictionary + sizeof "/sys.dic"];
	struct stat st;

	if (stat(c->program, &st) != 0 || !S_ISREG(st.st_mode) || access(c->program, X_OK) != 0)
		problems_error(problems, c->program, 0,
			       "is not a program that can be run: install open-jtalk");
	snprintf(file, sizeof file, "%s/sys.dic", c->dictionary);
	if (access(file, R_OK) != 0)
		problems_error(problems, c->dictionary, 0,
			       "holds no dictionary: install open-jtalk-mecab-naist-jdic");
	if (stat(c->voice, &st) != 0 || !S_ISREG(st.st_mode) || access(c->voice, R_OK) != 0)
		problems_error(problems, c->voice, 0,
			       "cannot be read: install hts-voice-nitech-jp-atr503-m001 or name "
			       "another .htsvoice");
}

static void check_values(const struct speech_config *c, struct problems *problems)
{
	if (c->workers < 1 || c->workers > OPENJTALK_WORKERS_MOST)
		problems_error(problems, "speech", 0, "workers must be 1 to %d",
			       OPENJTALK_WORKERS_MOST);
	if (c->timeout_ms < 100 || c->timeout_ms > OPENJTALK_TIMEOUT_MS_MOST)
		problems_error(problems, "speech", 0, "the time-out must be 0.1 to 60 seconds");
	if (c->cache_bytes < OPENJTALK_CACHE_LEAST)
		problems_error(problems, "speech", 0, "the cache must be at least 1 MB");
	if (!(c->speed >= 0.5 && c->speed <= 2.0))
		problems_error(problems, "speech", 0, "the speed must be 0.5 to 2.0");
}

/* A word aloud: what is installed may be of another version, or another program altogether. */
static int check_speaks(struct speech *s, struct problems *problems)
{
	struct tts_spoken spoken = {0};
	int err = tts_render(&s->maker.voice, "テスト。", &spoken);

	if (err)
		problems_error(problems, s->config.program, 0,
			       "does not speak with this dictionary and voice: %s", err_str(err));
	tts_spoken_clear(&spoken);
	return err ? E_INVALID : 0;
}

static int start_threads(struct speech *s)
{
	for (; s->n_threads < s->config.workers; s->n_threads++)
		if (pthread_create(&s->threads[s->n_threads], NULL, render_thread, s) != 0)
			return E_NOMEM;
	return 0;
}

static int speech_new(const struct speech_config *config, struct mailbox *to_engine,
		      struct speech **ret_speech)
{
	struct speech *s = calloc(1, sizeof *s);
	pthread_condattr_t attr;

	if (!s)
		return E_NOMEM;
	s->config = *config;
	s->to_engine = to_engine;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	s->maker.voice = (struct tts_voice){
	    .program = s->config.program,
	    .dictionary = s->config.dictionary,
	    .voice = s->config.voice,
	    .speed = config->speed,
	    .timeout_ms = config->timeout_ms,
	    .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	*ret_speech = s;
	return s->maker.voice.stop_fd < 0 ? E_IO : 0;
}

static int openjtalk_start(const struct speech_config *config, struct mailbox *to_engine,
			   struct problems *problems, struct speech **ret_speech)
{
	size_t before = problems->errors;
	char identity[sizeof config->voice + 32];
	struct speech *s = NULL;
	int err = sodium_init() < 0 ? E_IO : 0;

	check_paths(config, problems);
	check_values(config, problems);
	if (!err)
		err = speech_new(config, to_engine, &s);
	if (!err)
		err = tts_lexicon_load(config->lexicon, problems, &s->maker.lexicon);
	if (!err && problems->errors > before)
		err = E_INVALID;
	snprintf(identity, sizeof identity, "%s %.2f", config->voice, config->speed);
	if (!err)
		err = tts_cache_new(config->cache_bytes, identity, &s->maker.cache);
	if (!err)
		err = check_speaks(s, problems);
	if (!err)
		err = start_threads(s);
	if (err) {
		openjtalk_stop(s);
		return err;
	}
	*ret_speech = s;
	return 0;
}

const struct speech_ops speech_openjtalk = {
    .name = "openjtalk",
    .start = openjtalk_start,
    .post = openjtalk_post,
    .stop = openjtalk_stop,
    .say = openjtalk_say,
};
