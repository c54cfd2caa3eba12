/* Reference counts of audio and prompt sets: what is shared lives as long as its last user. Leaks
 * and uses after the end show under SAN=address. */
#include "engine/speech.h"
#include "tests/support/unit.h"

#include <string.h>

static struct audio *silence(size_t n)
{
	struct audio *a;
	ck_assert_int_eq(audio_new(n, &a), 0);
	memset(a->ulaw, 0xff, n);
	return a;
}

START_TEST(audio_is_shared_by_sets)
{
	struct prompt_set *one, *two;
	struct audio *a = silence(800);

	ck_assert_int_eq(prompt_set_new(3, &one), 0);
	ck_assert_int_eq(prompt_set_new(1, &two), 0);
	one->prompts[1].pieces = calloc(2, sizeof(struct audio *));
	one->prompts[1].pieces[0] = audio_ref(a);
	one->prompts[1].pieces[1] = audio_ref(a);
	one->prompts[1].n = 2;
	two->prompts[0].pieces = calloc(1, sizeof(struct audio *));
	two->prompts[0].pieces[0] = a;
	two->prompts[0].n = 1;
	ck_assert_uint_eq(prompt_samples(&one->prompts[0]), 0);
	ck_assert_uint_eq(prompt_samples(&one->prompts[1]), 1600);
	ck_assert_int_eq(atomic_load(&a->refs), 3);
	prompt_set_unref(one);
	ck_assert_int_eq(atomic_load(&a->refs), 1);
	ck_assert_ptr_eq(prompt_set_ref(two), two);
	prompt_set_unref(two);
	ck_assert_uint_eq(prompt_samples(&two->prompts[0]), 800);
	prompt_set_unref(two);
}
END_TEST

START_TEST(limits_and_nothing)
{
	struct prompt_set *set = NULL;
	struct audio *a = NULL;

	ck_assert_int_eq(prompt_set_new(MAX_PROMPT_SLOTS + 1, &set), E_LIMIT);
	ck_assert_ptr_null(set);
	ck_assert_int_eq(audio_new((size_t)MAX_PROMPT_MS * 8 + 1, &a), E_LIMIT);
	ck_assert_ptr_null(a);
	ck_assert_int_eq(prompt_set_new(0, &set), 0);
	prompt_set_unref(set);
	prompt_set_unref(NULL);
	audio_unref(NULL);
	speech_job_free(NULL);
}
END_TEST

START_TEST(job_owns_its_texts)
{
	struct speech_job *job = calloc(1, sizeof *job);
	job->n = 2;
	job->texts = calloc(2, sizeof *job->texts);
	job->texts[0].n = 2;
	job->texts[0].text[0] = strdup("タナカ様");
	job->texts[0].text[1] = strdup("田中様");
	speech_job_free(job);
	speech_job_free(calloc(1, sizeof *job)); /* half made */
}
END_TEST

static TCase *refs_case(void)
{
	TCase *t = tcase_create("refs");
	tcase_add_test(t, audio_is_shared_by_sets);
	tcase_add_test(t, limits_and_nothing);
	tcase_add_test(t, job_owns_its_texts);
	return t;
}

UNIT_MAIN("speech_refs", refs_case)
