/* See speech_fixture.h. */
#include "tests/support/speech_fixture.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct speech_config speech_fixture_config(void)
{
	return (struct speech_config){
	    .program = "/usr/bin/open_jtalk",
	    .dictionary = "/var/lib/mecab/dic/open-jtalk/naist-jdic",
	    .voice = "/usr/share/hts-voice/nitech-jp-atr503-m001/nitech_jp_atr503_m001.htsvoice",
	    .lexicon = "specs/lexicon",
	    .workers = 2,
	    .timeout_ms = 20000,
	    .cache_bytes = 16 << 20,
	    .speed = 1.0,
	};
}

struct speech_job *speech_fixture_job(uint64_t id, uint64_t version, const char *const *texts)
{
	struct speech_job *job = calloc(1, sizeof *job);

	job->id = id;
	job->debts_version = version;
	job->texts = calloc(MAX_PROMPTS, sizeof *job->texts);
	for (; *texts; texts++) {
		struct prompt_texts *t = &job->texts[job->n++];
		for (; *texts; texts++)
			if (**texts)
				t->text[t->n++] = strdup(*texts);
	}
	return job;
}

struct event *speech_fixture_wait(struct mailbox *box, int ms)
{
	struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
	struct event *e;

	/* The descriptor may be readable once with nothing inside (mailbox.c). */
	while ((e = mailbox_take(box)) == NULL)
		if (poll(&p, 1, ms) <= 0)
			return NULL;
	return e;
}

void speech_fixture_free(struct event *e)
{
	if (e)
		prompt_set_unref(e->rendered.set);
	free(e);
}
