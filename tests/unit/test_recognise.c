/*
 * The recognition port: one contract for pocketsphinx and the scripted fake; readings as
 * phones; and what is heard of words that Open JTalk and espeak-ng speak, by telephone
 * (8 kHz, µ-law), with and without noise. The benchmark bench_recognise has more voices.
 */
#include "adapters/recognise/decode.h"
#include "adapters/recognise/kana.h"
#include "adapters/recognise/recognise.h"
#include "adapters/speech/openjtalk.h"
#include "tests/support/fake_recognise.h"
#include "tests/support/line_sounds.h"
#include "tests/support/speech_fixture.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const struct recognise_ops *const all[] = {&recognise_sphinx, &recognise_fake};

static struct recogniser *started(const struct recognise_ops *ops, int workers, int queue)
{
	struct recognise_config c = {
	    .model = RECOGNISE_MODEL, .workers = workers, .queue = queue, .least_score = 55};
	struct recogniser *r = NULL;
	struct problems problems;

	problems_init(&problems);
	ck_assert_int_eq(ops->start(&c, &problems, &r), 0);
	problems_free(&problems);
	return r;
}

static struct recognise_job *job_of(struct mailbox *to, uint64_t id, size_t n)
{
	struct recognise_job *job;

	ck_assert_int_eq(recognise_job_new(n, &job), 0);
	job->id = id;
	job->serial = (unsigned)id + 7;
	job->to = to;
	job->words.n = 2;
	strcpy(job->words.reading[0], "ハイ");
	strcpy(job->words.reading[1], "イイエ");
	return job;
}

static struct recognise_job *take(struct mailbox *box)
{
	struct recognise_job *job;

	while ((job = mailbox_take(box)) == NULL) {
		struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
		ck_assert_int_gt(poll(&p, 1, 60000), 0);
	}
	return job;
}

START_TEST(every_job_comes_back_once)
{
	const struct recognise_ops *ops = all[_i];
	struct recogniser *r = started(ops, 2, 16);
	struct mailbox *box;
	unsigned seen = 0;

	ck_assert_str_ne(ops->version, "");
	ck_assert_int_eq(mailbox_new(16, &box), 0);
	for (uint64_t id = 0; id < 6; id++)
		ck_assert_int_eq(ops->post(r, job_of(box, id, id * 400)),
				 0); /* also an empty one */
	for (int i = 0; i < 6; i++) {
		struct recognise_job *job = take(box);
		ck_assert_uint_lt(job->id, 6);
		ck_assert_uint_eq(job->serial, job->id + 7);
		ck_assert_int_eq(job->err, 0);
		ck_assert_int_eq(job->word, -1); /* silence is none of the words */
		ck_assert_int_ge(job->score, 0);
		ck_assert_int_le(job->score, 100);
		ck_assert_uint_eq(seen & 1u << job->id, 0);
		seen |= 1u << job->id;
		recognise_job_free(job);
	}
	ops->stop(r);
	ck_assert_ptr_null(mailbox_take(box));
	mailbox_free(box, recognise_job_free);
}
END_TEST

/* 4 s an utterance: the pool cannot have done them before all are posted, however slow we are,
 * unless we are held up for longer than it takes to hear them; then post more. */
START_TEST(a_full_queue_says_so_and_stop_answers_what_waits)
{
	const struct recognise_ops *ops = all[_i];
	struct recogniser *r = started(ops, 1, 2);
	struct mailbox *box;
	size_t posted = 0, answered = 0, refused = 0;
	struct recognise_job *job;

	ck_assert_int_eq(mailbox_new(4096, &box), 0);
	if (ops == &recognise_fake)
		fake_recognise_hold(r, true);
	while (refused == 0 && posted < 4000) {
		job = job_of(box, posted, MAX_UTTERANCE);
		if (ops->post(r, job) == 0) {
			posted++;
		} else {
			refused++;
			recognise_job_free(job); /* still ours */
		}
	}
	ck_assert_uint_eq(refused, 1);
	ck_assert_uint_ge(posted, 2);
	ops->stop(r);
	while ((job = mailbox_take(box)) != NULL) {
		ck_assert(job->err == 0 || job->err == E_STATE);
		answered++;
		recognise_job_free(job);
	}
	ck_assert_uint_eq(answered, posted);
	mailbox_free(box, NULL);
}
END_TEST

START_TEST(a_missing_model_is_named)
{
	struct recognise_config c = {
	    .model = "/nonexistent/model", .workers = 1, .queue = 1, .least_score = 50};
	struct recogniser *r = NULL;
	struct problems problems;

	problems_init(&problems);
	ck_assert_int_eq(recognise_sphinx.start(&c, &problems, &r), E_INVALID);
	ck_assert_ptr_null(r);
	ck_assert_uint_eq(problems.errors, 1);
	ck_assert_str_eq(problems.list[0].file, "/nonexistent/model/mdef");
	problems_free(&problems);
}
END_TEST

START_TEST(a_job_has_limits)
{
	struct recognise_job *job = NULL;

	ck_assert_int_eq(recognise_job_new(MAX_UTTERANCE + 1, &job), E_LIMIT);
	ck_assert_ptr_null(job);
	recognise_job_free(NULL);
	recognise_sphinx.stop(NULL);
}
END_TEST

/* ---- kana ---- */

static const struct {
	const char *kana;
	int err;
	const char *phones; /* must be among the ways */
} readings[] = {
    {"ハイ", 0, "HH AY"},
    {"はい", 0, "HH AY"},
    {"ハイ", 0, "HH AA IY"},
    {"イイエ", 0, "IY IY EH"},
    {"モウイチド", 0, "M OW IY CH IY D OW"},
    {"ノウフショ", 0, "N OW F UW SH AO"},
    {"ノーフショ", 0, "N OW F UW SH AO"},
    {"ショクイン", 0, "SH AO K UW IY N"},
    {"ハライマシタ", 0, "HH AA D AY M AA SH T AA"},
    {"キャッシュ", 0, "K Y AA SH UW"},
    {"ティ", 0, "T IY"},
    {"ツヅキ", 0, "T S UW Z UW K IY"},
    {"ヴァ", 0, "V AA"},
    {"納付書", E_INVALID, NULL},
    {"hai", E_INVALID, NULL},
    {"ハイ。", E_INVALID, NULL},
    {"", E_INVALID, NULL},
    {"ッ", E_INVALID, NULL},
    {"ー", E_INVALID, NULL},
    {"\xe3\x83", E_INVALID, NULL},
};

START_TEST(readings_become_phones)
{
	for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
		struct kana_phones p;
		bool found = readings[i].phones == NULL;
		int err = kana_to_phones(readings[i].kana, &p);
		ck_assert_msg(err == readings[i].err, "%s: %d", readings[i].kana, err);
		for (size_t k = 0; !err && k < p.n; k++)
			found = found || strcmp(p.text[k], readings[i].phones) == 0;
		ck_assert_msg(found, "%s is not said %s", readings[i].kana, readings[i].phones);
	}
	char many[MAX_READING_BYTES * 3] = "";
	struct kana_phones p;
	for (int i = 0; i < 65; i++)
		strcat(many, "ア");
	ck_assert_int_eq(kana_to_phones(many, &p), E_LIMIT);
}
END_TEST

/* ---- voices ---- */

static const struct spoken {
	const char *parts; /* of tests/support/line_sounds.h */
	size_t grammar;
	int word; /* -1: must be rejected */
} spoken[] = {
    {"~200|はい。=ハイ。|~300", 0, 0},
    {"~200|いいえ。=イイエ。|~300", 0, 1},
    {"~200|もう一度。=モウイチド。|~300", 1, 0},
    {"~200|納付書。=ノウフショ。|~300", 2, 2},
    {"~200|払いました。=ハライマシタ。|~300", 2, 0},
    {"~200|相談。=ソウダン。|~300", 2, 3},
    {"~200|わかりません。=ワカリマセン。|~300", 0, -1},
    {"~200|今忙しいです。=イマイソガシイデス。|~300", 0, -1},
    {"~200|今日はいい天気ですね。=キョウワイイテンキデスネ。|~300", 1, -1},
    {"~200|どちら様ですか。=ドチラサマデスカ。|~300", 2, -1},
    {"~200|電話番号は。=デンワバンゴウワ。|~300", 1, -1},
    {"~1500", 0, -1},
    {"~200|@400,500|~500|@400,500|~300", 0, -1},
    {"~200|@1000,600|~300", 0, -1},
};
static const struct recognise_words grammars[] = {
    {2, {"ハイ", "イイエ"}},
    {3, {"モウイチド", "ノウフショ", "ショクイン"}},
    {4, {"ハライマシタ", "コレカラ", "ノウフショ", "ソウダン"}},
};

static void hear_all(struct decoder *d, const struct line_voice *v, int noise)
{
	for (size_t i = 0; i < sizeof spoken / sizeof *spoken; i++) {
		const struct line_sound s = {.parts = spoken[i].parts};
		int16_t *samples;
		size_t n;
		int word = -1, score = 0;
		ck_assert_int_eq(line_sound_make(&s, v, 1.0, noise, &samples, &n), 0);
		ck_assert_int_eq(
		    decoder_hear(d, &grammars[spoken[i].grammar], samples, n, &word, &score), 0);
		if (score < 50)
			word = -1;
		ck_assert_msg(word == spoken[i].word, "%s by %s, noise %d: word %d, score %d",
			      spoken[i].parts, v->other ? "espeak-ng" : "Open JTalk", noise, word,
			      score);
		free(samples);
	}
}

START_TEST(words_are_heard_and_others_rejected)
{
	struct speech_config config = speech_fixture_config();
	struct line_voice v = {.ops = &speech_openjtalk};
	struct decoder *d = NULL;
	struct problems problems;
	struct mailbox *box;

	problems_init(&problems);
	ck_assert_int_eq(mailbox_new(8, &box), 0);
	ck_assert_int_eq(v.ops->start(&config, box, &problems, &v.speech), 0);
	ck_assert_int_eq(decoder_new(RECOGNISE_MODEL, &d), 0);
	for (int other = 0; other <= 1; other++) {
		v.other = other;
		hear_all(d, &v, 0);
		hear_all(d, &v, 20);
	}
	decoder_free(d);
	v.ops->stop(v.speech);
	mailbox_free(box, NULL);
	problems_free(&problems);
}
END_TEST

/* More fields than a decoder keeps: it begins afresh, and still hears. */
START_TEST(a_decoder_outlives_many_grammars)
{
	static const char *const kana[] = {"ア", "カ", "サ", "タ", "ナ",
					   "ハ", "マ", "ヤ", "ラ", "ワ"};
	static int16_t silence[4000];
	struct decoder *d = NULL;
	int word, score;

	ck_assert_int_eq(decoder_new(RECOGNISE_MODEL, &d), 0);
	for (size_t i = 0; i < 100; i++) {
		struct recognise_words w = {.n = 2};
		snprintf(w.reading[0], sizeof w.reading[0], "%s%s", kana[i % 10], kana[i / 10]);
		strcpy(w.reading[1], "ハイ");
		ck_assert_int_eq(decoder_hear(d, &w, silence, 4000, &word, &score), 0);
	}
	struct recognise_words none = {.n = 0}, kanji = {1, {"納付書"}};
	ck_assert_int_eq(decoder_hear(d, &none, silence, 4000, &word, &score), E_INVALID);
	ck_assert_int_eq(decoder_hear(d, &kanji, silence, 4000, &word, &score), E_INVALID);
	decoder_free(d);
	ck_assert_int_eq(decoder_new("/nonexistent", &d), 0);
	ck_assert_int_eq(decoder_hear(d, &grammars[0], silence, 4000, &word, &score), E_IO);
	decoder_free(d);
}
END_TEST

static TCase *contract_case(void)
{
	TCase *t = tcase_create("contract");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, every_job_comes_back_once, 0, 2);
	tcase_add_loop_test(t, a_full_queue_says_so_and_stop_answers_what_waits, 0, 2);
	tcase_add_test(t, a_missing_model_is_named);
	tcase_add_test(t, a_job_has_limits);
	return t;
}

static TCase *words_case(void)
{
	TCase *t = tcase_create("words");
	tcase_set_timeout(t, 600);
	tcase_add_test(t, readings_become_phones);
	tcase_add_test(t, words_are_heard_and_others_rejected);
	tcase_add_test(t, a_decoder_outlives_many_grammars);
	return t;
}

UNIT_MAIN("recognise", contract_case, words_case)
