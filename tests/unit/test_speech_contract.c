/* The speech port's contract: the same jobs_table against the real voice and the fake. */
#include "adapters/speech/openjtalk.h"
#include "tests/support/fake_speech.h"
#include "tests/support/speech_fixture.h"
#include "tests/support/unit.h"

#include <string.h>

static const struct speech_ops *const all[] = {&speech_openjtalk, &speech_fake};

struct bench {
	const struct speech_ops *ops;
	struct speech *s;
	struct mailbox *box;
	struct problems problems;
};

static void begin(struct bench *b, int which)
{
	struct speech_config c = speech_fixture_config();

	b->ops = all[which];
	problems_init(&b->problems);
	ck_assert_int_eq(mailbox_new(2, &b->box), 0);
	ck_assert_int_eq(b->ops->start(&c, b->box, &b->problems, &b->s), 0);
	ck_assert_uint_eq(b->problems.errors, 0);
}

static void free_event(void *e)
{
	speech_fixture_free(e);
}

static void end(struct bench *b)
{
	b->ops->stop(b->s);
	mailbox_free(b->box, free_event);
	problems_free(&b->problems);
}

static struct event *ask(struct bench *b, uint64_t id, const char *const *texts)
{
	struct event *e;

	ck_assert_int_eq(b->ops->post(b->s, speech_fixture_job(id, 42, texts)), 0);
	e = speech_fixture_wait(b->box, 30000);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->kind, EV_RENDERED);
	ck_assert_uint_eq(e->rendered.id, id);
	ck_assert_uint_eq(e->rendered.debts_version, 42);
	return e;
}

static const struct {
	const char *what;
	const char *texts[8];
	int err;
	size_t prompts, bad_prompt;
	size_t pieces[3];
	const char *why; /* in the words */
} jobs_table[] = {
    {"one sentence", {"はい。", NULL, NULL}, 0, 1, 0, {1}, NULL},
    {"two sentences are two pieces", {"はい。どうぞ。", NULL, NULL}, 0, 1, 0, {2}, NULL},
    {"a prompt without meaning has no pieces",
     {"はい。", NULL, "", NULL, "どうぞ。", NULL, NULL},
     0,
     3,
     0,
     {1, 0, 1},
     NULL},
    {"the second alternative, when the first cannot be read",
     {"😀様。", "はい。", NULL, NULL},
     0,
     1,
     0,
     {1},
     NULL},
    {"an alternative that fails in its second sentence leaves nothing of the first",
     {"どうぞ。😀。", "はい。", NULL, NULL},
     0,
     1,
     0,
     {1},
     NULL},
    {"no alternative can be read: the prompt and the character",
     {"はい。", NULL, "あ😀い", "い😀", NULL, NULL},
     E_INVALID,
     0,
     1,
     {0},
     "😀"},
    {"nothing but punctuation", {"。", NULL, NULL}, E_INVALID, 0, 0, {0}, ""},
};

START_TEST(jobs)
{
	struct bench b;

	begin(&b, _i);
	for (size_t k = 0; k < sizeof jobs_table / sizeof *jobs_table; k++) {
		struct event *e = ask(&b, k, jobs_table[k].texts);
		ck_assert_msg(e->rendered.err == jobs_table[k].err, "%s: err %d",
			      jobs_table[k].what, e->rendered.err);
		ck_assert_msg(!e->rendered.set == (jobs_table[k].err != 0), "%s",
			      jobs_table[k].what);
		if (jobs_table[k].err) {
			ck_assert_uint_eq(e->rendered.bad_prompt, jobs_table[k].bad_prompt);
			ck_assert_ptr_nonnull(strstr(e->rendered.why, jobs_table[k].why));
			ck_assert_ptr_null(strstr(e->rendered.why, "あ")); /* never the text */
		} else {
			ck_assert_uint_eq(e->rendered.set->debts_version, 42);
			ck_assert_uint_eq(e->rendered.set->n, jobs_table[k].prompts);
			for (size_t p = 0; p < jobs_table[k].prompts; p++)
				ck_assert_msg(e->rendered.set->prompts[p].n ==
						  jobs_table[k].pieces[p],
					      "%s: %zu pieces", jobs_table[k].what,
					      e->rendered.set->prompts[p].n);
			ck_assert_uint_gt(prompt_samples(&e->rendered.set->prompts[0]), 800);
		}
		speech_fixture_free(e);
	}
	end(&b);
}
END_TEST

START_TEST(a_full_mailbox_loses_nothing)
{
	static const char *const texts[] = {"はい。", NULL, NULL};
	struct bench b;
	bool seen[6] = {false};

	begin(&b, _i);
	for (uint64_t i = 0; i < 6; i++) /* the mailbox holds two */
		ck_assert_int_eq(b.ops->post(b.s, speech_fixture_job(i, 42, texts)), 0);
	for (int i = 0; i < 6; i++) {
		if (b.ops == &speech_fake)
			fake_speech_flush(b.s);
		struct event *e = speech_fixture_wait(b.box, 30000);
		ck_assert_ptr_nonnull(e);
		ck_assert(!seen[e->rendered.id]);
		seen[e->rendered.id] = true;
		speech_fixture_free(e);
	}
	end(&b);
}
END_TEST

START_TEST(say_answers_at_once)
{
	struct bench b;
	struct prompt p = {0};
	char reading[256], bad[8];
	const struct speech_words yes = {.text = "ハイ。"}, odd = {.text = "あ😀"},
				  nothing = {.text = ""};

	begin(&b, _i);
	ck_assert_int_eq(b.ops->say(b.s, &yes, &p, reading, sizeof reading, bad), 0);
	ck_assert_uint_eq(p.n, 1);
	ck_assert_ptr_nonnull(strstr(reading, "ハイ"));
	prompt_clear(&p);
	ck_assert_int_eq(b.ops->say(b.s, &yes, &p, NULL, 0, NULL), 0);
	prompt_clear(&p);
	ck_assert_int_eq(b.ops->say(b.s, &odd, &p, reading, sizeof reading, bad), E_INVALID);
	ck_assert_str_eq(bad, "😀");
	ck_assert_int_eq(b.ops->say(b.s, &nothing, &p, NULL, 0, NULL), E_INVALID);
	ck_assert_uint_eq(p.n, 0);
	end(&b);
}
END_TEST

/* Words and recordings in their order; the recording as it is, not a copy. */
START_TEST(recordings_stand_between_words)
{
	struct bench b;
	struct prompt p = {0};
	struct audio *bell, *gong;
	char reading[256], bad[8];

	ck_assert_int_eq(audio_new(800, &bell), 0);
	ck_assert_int_eq(audio_new(1600, &gong), 0);
	memset(bell->ulaw, 0x80, bell->n);
	memset(gong->ulaw, 0x80, gong->n);
	struct audio *const sounds[] = {bell, gong};
	static const struct {
		const char *text;
		size_t n, bell_at; /* pieces; 9: no bell */
		int err;
	} cases[] = {
	    {PROMPT_SOUND, 1, 0, 0},
	    {"ハイ。" PROMPT_SOUND "ハイ。", 3, 1, 0},
	    {"ハイ。" PROMPT_SOUND "。" PROMPT_SOUND, 3, 1, 0},
	    {PROMPT_SOUND PROMPT_SOUND, 2, 0, 0},
	    {"ハイ。", 1, 9, 0},
	    {PROMPT_SOUND PROMPT_SOUND PROMPT_SOUND, 0, 9, E_INVALID},
	    {PROMPT_SOUND "あ😀", 0, 9, E_INVALID},
	};
	begin(&b, _i);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct speech_words words = {
		    .text = cases[i].text, .n_sounds = 2, .sounds = sounds};
		ck_assert_int_eq(b.ops->say(b.s, &words, &p, reading, sizeof reading, bad),
				 cases[i].err);
		ck_assert_uint_eq(p.n, cases[i].n);
		if (cases[i].bell_at < p.n)
			ck_assert_ptr_eq(p.pieces[cases[i].bell_at], bell);
		prompt_clear(&p);
	}
	end(&b);
	ck_assert_int_eq(atomic_load(&bell->refs), 1); /* nobody kept one */
	audio_unref(bell);
	audio_unref(gong);
}
END_TEST

/* Open JTalk changes its pauses more than its words: docs/speech.md has what was measured. */
START_TEST(the_rate_makes_it_longer_or_shorter)
{
	static const int rates[] = {60, 0, 170};
	size_t n[3];
	struct bench b;

	begin(&b, _i);
	for (int i = 0; i < 3; i++) {
		const struct speech_words words = {.text = "伊那市役所からのお知らせです。",
						   .rate = rates[i]};
		struct prompt p = {0};
		ck_assert_int_eq(b.ops->say(b.s, &words, &p, NULL, 0, NULL), 0);
		n[i] = prompt_samples(&p);
		prompt_clear(&p);
	}
	ck_assert_uint_gt(n[0], n[1] + n[1] / 12);
	ck_assert_uint_lt(n[2], n[1] - n[1] / 20);
	end(&b);
}
END_TEST

START_TEST(stop_with_work_waiting)
{
	static const char *const texts[] = {"こちらは、伊那市役所、税務課です。", NULL, NULL};
	struct bench b;

	begin(&b, _i);
	for (uint64_t i = 0; i < 20; i++)
		ck_assert_int_eq(b.ops->post(b.s, speech_fixture_job(i, 1, texts)), 0);
	end(&b);
	b.ops->stop(NULL);
}
END_TEST

static TCase *contract_case(void)
{
	TCase *t = tcase_create("contract");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, jobs, 0, 2);
	tcase_add_loop_test(t, a_full_mailbox_loses_nothing, 0, 2);
	tcase_add_loop_test(t, say_answers_at_once, 0, 2);
	tcase_add_loop_test(t, recordings_stand_between_words, 0, 2);
	tcase_add_loop_test(t, the_rate_makes_it_longer_or_shorter, 0, 2);
	tcase_add_loop_test(t, stop_with_work_waiting, 0, 2);
	return t;
}

UNIT_MAIN("speech_contract", contract_case)
