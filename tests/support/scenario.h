/* What the scenario tests share: the words of specs/lexicon/, documents from a few lines, and one
 * resident. Tests run from the repository's root. */
#ifndef TESTS_SUPPORT_SCENARIO_H
#define TESTS_SUPPORT_SCENARIO_H

#include "engine/scenario.h"

struct scenario_words *st_words(void);
/* A scenario that must load; the test fails with its problems if not. */
struct scenario *st_load(const char *path);
/* Loads `body` between <vxml … o:kind=KIND> (line 1) and </vxml>: the body's first line is line 2.
 */
int st_load_body(const char *kind, const char *body, struct problems *problems,
		 struct scenario **ret_scenario);
/* 田中太郎 タナカタロウ, born on 3 May, two debts: 固定資産税 第3期 12,300円, 国民健康保険税
 * 4,500円; called on 2026-12-07. */
struct scenario_vars st_vars(void);

#endif
