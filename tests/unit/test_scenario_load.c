/* The model scenarios load clean; documents that are not in the profile are refused with their line
 * and a reason. */
#include "adapters/scenario/voicexml.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

START_TEST(model_scenarios_are_clean)
{
	static const char *const paths[] = {"specs/scenarios/notice.vxml",
					    "specs/scenarios/reminder.vxml"};
	struct scenario_words *words = st_words();

	for (size_t i = 0; i < 2; i++) {
		struct problems p;
		struct scenario *s = NULL;
		problems_init(&p);
		int err = scenario_voicexml.load(paths[i], words, &p, &s);
		if (p.n > 0)
			problems_print(&p, stderr);
		ck_assert_int_eq(err, 0);
		ck_assert_uint_eq(p.errors + p.warnings, 0);
		ck_assert_uint_eq(strlen(scenario_version(s)), 64);
		ck_assert_uint_gt(scenario_prompts(s), 5);
		scenario_unref(s);
		problems_free(&p);
	}
	scenario_voicexml.words_free(words);
}
END_TEST

static TCase *load_case(void)
{
	TCase *t = tcase_create("load");
	tcase_add_test(t, model_scenarios_are_clean);
	return t;
}

UNIT_MAIN("scenario_load", load_case)
