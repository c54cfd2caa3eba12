/* See scenario.h. */
#include "tests/support/scenario.h"

#include "adapters/scenario/voicexml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int err, const struct problems *p, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, err_str(err));
	problems_print(p, stderr);
	abort();
}

struct scenario_words *st_words(void)
{
	struct scenario_words *words = NULL;
	struct problems p;

	problems_init(&p);
	must(scenario_voicexml.words_load("specs/lexicon", &p, &words), &p, "specs/lexicon");
	problems_free(&p);
	return words;
}

struct scenario *st_load(const char *path)
{
	struct scenario_words *words = st_words();
	struct scenario *s = NULL;
	struct problems p;

	problems_init(&p);
	must(scenario_voicexml.load(path, words, &p, &s), &p, path);
	problems_free(&p);
	scenario_voicexml.words_free(words);
	return s;
}

int st_load_body(const char *kind, const char *body, struct problems *problems,
		 struct scenario **ret_scenario)
{
	struct scenario_words *words = st_words();
	char *text = NULL;
	int n, err;

	n = asprintf(&text,
		     "<vxml version=\"2.1\" xmlns=\"http://www.w3.org/2001/vxml\" "
		     "xmlns:o=\"urn:osame:scenario:1\" o:kind=\"%s\">\n%s\n</vxml>\n",
		     kind, body);
	if (n < 0)
		abort();
	err = voicexml_load_memory("body.vxml", text, (size_t)n, words, problems, ret_scenario);
	free(text);
	scenario_voicexml.words_free(words);
	return err;
}

struct scenario_vars st_vars(void)
{
	static struct scenario_debt debts[2] = {
	    {.tax = "固定資産税", .year = "2025", .period = "3", .amount = 12300},
	    {.tax = "国民健康保険税", .year = "2025", .period = "5", .amount = 4500},
	};
	struct scenario_vars v = {
	    .target = {.name = "田中太郎",
		       .kana = "タナカタロウ",
		       .birth_md = 503,
		       .total = 16800,
		       .n_debts = 2,
		       .debts = debts},
	    .campaign = {.title = "固定資産税の催告", .caller = "0265784111"},
	    .department = {.name = "税務課", .phone = "0265784111"},
	};
	if (!civil_day_of(2025, 12, 25, &debts[0].due_day) ||
	    !civil_day_of(2026, 1, 31, &debts[1].due_day) ||
	    !civil_day_of(2026, 12, 25, &v.campaign.due_day) ||
	    !civil_day_of(2026, 11, 20, &v.campaign.base_day) ||
	    !civil_day_of(2026, 12, 7, &v.call.day))
		abort();
	return v;
}
