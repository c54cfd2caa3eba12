/* See sample.h. */
#include "engine/turn/sample.h"

#include "engine/turn/engine.h"

#include "engine/clock.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

void sample_of(const struct engine *e, const struct campaign *c, struct sample *s)
{
	const struct config_department *d = config_department(e->config, c->department);
	int32_t today = civil_day_at(clock_now_ms());
	s->debt = (struct scenario_debt){.tax = "固定資産税",
					 .year = "2026",
					 .period = "3",
					 .due_day = c->due_day == DAY_NONE ? today : c->due_day,
					 .amount = 12300,
					 .method = "",
					 .demand_sent_day = DAY_NONE,
					 .slip_until_day = DAY_NONE};
	s->vars = (struct scenario_vars){
	    .target = {.name = "伊那太郎",
		       .kana = "イナ タロウ",
		       .language = "",
		       .birth_md = 401,
		       .total = s->debt.amount,
		       .n_debts = 1,
		       .debts = &s->debt},
	    .campaign = {.title = c->title,
			 .caller = c->caller,
			 .due_day = c->due_day,
			 .base_day = c->base_day},
	    .department = {.name = d ? d->name : "", .phone = d ? d->phone : "", .hours = ""},
	    .call = {.day = today, .open = true},
	};
}

int sample_find(const struct query *q, struct answer *a, const struct campaign **ret_c,
		struct scenario **ret_s)
{
	const struct engine *e = q->ctx;
	const char *id = "";
	json_get_str(q->params, "campaign", &id);
	const struct campaign *c = specs_campaign(e->specs, id);
	if (!c || strcmp(c->department, q->who->department) != 0)
		return answer_refuse(a, E_NOTFOUND, "there is no campaign %s", id);
	struct scenario *s = specs_scenario(e->specs, id);
	if (!s)
		return answer_refuse(a, E_NOTFOUND, "campaign %s calls nobody: it has no scenario",
				     id);
	*ret_c = c;
	*ret_s = s;
	return 0;
}

void sample_put_words(struct json *j, const struct scenario *s, const struct sample *sample,
		      size_t prompt)
{
	struct prompt_texts texts = {0};
	char words[MAX_CONTROL_LINE / 16] = "";
	int err = scenario_prompt_texts(s, prompt, &sample->vars, &texts);
	if (!err && texts.n) {
		const char *at = texts.text[0], *end = at + strlen(at);
		for (size_t n = 0; at < end && n + 8 < sizeof words;) {
			bool sound = strncmp(at, PROMPT_SOUND, strlen(PROMPT_SOUND)) == 0;
			uint32_t cp = 0;
			size_t len = utf8_next(at, (size_t)(end - at), &cp);
			if (len == 0)
				break;
			n += (size_t)snprintf(words + n, sizeof words - n, "%.*s", (int)len,
					      sound ? "♪" : at);
			at += len;
		}
	}
	prompt_texts_free(&texts);
	json_put_str(j, "words", words);
}

int sample_say(struct engine *e, const struct prompt_texts *texts, struct prompt *ret,
	       char *reading, size_t size, char bad[8])
{
	int err = E_INVALID;
	for (size_t i = 0; i < texts->n && err == E_INVALID; i++) {
		const struct speech_words words = {.text = texts->text[i],
						   .rate = texts->rate,
						   .n_sounds = texts->n_sounds,
						   .sounds = texts->sounds};
		err = e->ports->speech->say(e->speech, &words, ret, reading, size, bad);
	}
	return err;
}
