/* A synthesiser that hangs, crashes, prints garbage or far too much: none of it reaches the engine
 * but as an error, in bounded time; and what the pool promises about sharing and stopping. */
#include "adapters/speech/openjtalk.h"
#include "tests/support/speech_fixture.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[64], script[128], count[128];

/* The start's own test sentence goes to the real program, everything else is `misdeed`. */
static void write_script(const char *misdeed)
{
	temp_folder(dir, "speech");
	snprintf(script, sizeof script, "%s/voice", dir);
	snprintf(count, sizeof count, "%s/count", dir);
	FILE *f = fopen(script, "we");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"#!/bin/sh\nIFS= read -r line\nreal() { printf '%%s\\n' \"$line\" | open_jtalk "
		"\"$@\"; exit $?; }\ncase $line in テスト*) real \"$@\";; esac\necho x >> %s\n%s\n",
		count, misdeed);
	fclose(f);
	ck_assert_int_eq(chmod(script, 0755), 0);
}

static size_t runs(void)
{
	struct stat st;
	return stat(count, &st) == 0 ? (size_t)st.st_size / 2 : 0;
}

static void remove_script(void)
{
	unlink(count);
	unlink(script);
	ck_assert_int_eq(rmdir(dir), 0);
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct speech *start(int timeout_ms, struct mailbox **ret_box)
{
	struct speech_config c = speech_fixture_config();
	struct problems p;
	struct speech *s;

	snprintf(c.program, sizeof c.program, "%s", script);
	c.timeout_ms = timeout_ms;
	problems_init(&p);
	ck_assert_int_eq(mailbox_new(600, ret_box), 0);
	ck_assert_int_eq(speech_openjtalk.start(&c, *ret_box, &p, &s), 0);
	problems_free(&p);
	return s;
}

static void free_event(void *e)
{
	speech_fixture_free(e);
}

static const struct {
	const char *what, *script;
	int err;
} misdeeds[] = {
    {"hangs", "sleep 60", E_TIMEOUT},
    {"hangs with its outputs closed", "exec >&- 3>&-; sleep 60", E_TIMEOUT},
    {"aborts", "kill -ABRT $$", E_IO},
    {"fails without a word", "exit 1", E_IO},
    {"fails with another status", "exit 7", E_IO},
    {"says nothing, successfully", "exit 0", E_IO},
    {"prints garbage", "echo garbage; echo garbage >&3", E_IO},
    {"prints too much audio", "exec cat /dev/zero", E_IO},
    {"prints too much trace", "cat /dev/zero >&3", E_IO},
    {"leaves a child behind that holds the pipes", "sleep 60 & exit 0", E_IO},
};

START_TEST(a_bad_child_is_an_error)
{
	static const char *const texts[] = {"はい。", NULL, NULL};
	struct mailbox *box;
	struct event *e;
	double began;

	write_script(misdeeds[_i].script);
	struct speech *s = start(1000, &box);
	began = now_s();
	ck_assert_int_eq(speech_openjtalk.post(s, speech_fixture_job(7, 1, texts)), 0);
	e = speech_fixture_wait(box, 20000);
	ck_assert_msg(e != NULL, "%s: no answer", misdeeds[_i].what);
	ck_assert_msg(e->rendered.err == misdeeds[_i].err, "%s: %d", misdeeds[_i].what,
		      e->rendered.err);
	ck_assert_ptr_null(e->rendered.set);
	ck_assert_msg(now_s() - began < 40, "%s: %g s", misdeeds[_i].what, now_s() - began);
	ck_assert_uint_ge(runs(), 2); /* the machine's fault is tried once more */
	speech_fixture_free(e);
	speech_openjtalk.stop(s);
	mailbox_free(box, NULL);
	remove_script();
}
END_TEST

START_TEST(the_same_sentence_is_made_once)
{
	static const char *const texts[] = {"はい。", NULL, "はい。", NULL, NULL};
	struct mailbox *box;
	struct audio *one = NULL;

	write_script("sleep 0.3\nreal \"$@\"");
	struct speech *s = start(20000, &box);
	for (uint64_t i = 0; i < 6; i++)
		ck_assert_int_eq(speech_openjtalk.post(s, speech_fixture_job(i, 1, texts)), 0);
	for (int i = 0; i < 6; i++) {
		struct event *e = speech_fixture_wait(box, 20000);
		ck_assert_ptr_nonnull(e);
		ck_assert_int_eq(e->rendered.err, 0);
		for (int k = 0; k < 2; k++) {
			struct audio *a = e->rendered.set->prompts[k].pieces[0];
			ck_assert(one == NULL || a == one);
			one = a; /* the cache holds it */
		}
		speech_fixture_free(e);
	}
	ck_assert_uint_eq(runs(), 1);
	speech_openjtalk.stop(s);
	mailbox_free(box, NULL);
	remove_script();
}
END_TEST

START_TEST(full_queue_then_stop_at_once)
{
	static const char *const texts[] = {"はい。", NULL, NULL};
	struct mailbox *box;
	struct speech_job *job;
	size_t taken = 0;
	double began;
	int err;

	write_script("sleep 60");
	struct speech *s = start(30000, &box);
	for (;;) {
		job = speech_fixture_job(taken, 1, texts);
		err = speech_openjtalk.post(s, job);
		if (err)
			break;
		ck_assert_uint_lt(++taken, 1000);
	}
	ck_assert_int_eq(err, E_FULL);
	speech_job_free(job); /* still ours */
	ck_assert_uint_ge(taken, OPENJTALK_QUEUE);
	began = now_s();
	speech_openjtalk.stop(s);
	ck_assert_msg(now_s() - began < 20, "stop took %g s", now_s() - began);
	mailbox_free(box, free_event);
	remove_script();
}
END_TEST

START_TEST(start_says_what_is_wrong)
{
	struct speech_config c = speech_fixture_config();
	struct problems p;
	struct mailbox *box;
	struct speech *s = NULL;

	ck_assert_int_eq(mailbox_new(4, &box), 0);
	problems_init(&p);
	strcpy(c.program, "/nowhere/open_jtalk");
	strcpy(c.dictionary, "/nowhere");
	strcpy(c.voice, "/nowhere.htsvoice");
	strcpy(c.lexicon, "/nowhere");
	c.workers = 0;
	c.timeout_ms = 1;
	c.cache_bytes = 1;
	c.speed = 9;
	ck_assert_int_eq(speech_openjtalk.start(&c, box, &p, &s), E_INVALID);
	ck_assert_uint_eq(p.errors, 9); /* all of them at once */
	problems_free(&p);
	problems_init(&p);
	c = speech_fixture_config();
	strcpy(c.program, "/bin/true"); /* runs, and does not speak */
	ck_assert_int_eq(speech_openjtalk.start(&c, box, &p, &s), E_INVALID);
	ck_assert_uint_eq(p.errors, 1);
	ck_assert_ptr_null(s);
	problems_free(&p);
	mailbox_free(box, NULL);
}
END_TEST

static TCase *child_case(void)
{
	TCase *t = tcase_create("child");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_bad_child_is_an_error, 0, sizeof misdeeds / sizeof *misdeeds);
	tcase_add_test(t, the_same_sentence_is_made_once);
	tcase_add_test(t, full_queue_then_stop_at_once);
	tcase_add_test(t, start_says_what_is_wrong);
	return t;
}

UNIT_MAIN("speech_child", child_case)
