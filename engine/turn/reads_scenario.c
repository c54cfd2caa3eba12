/*
 * `scenario.show` and `scenario.say`: what a campaign's calls say and ask, box by box,
 * and how each sentence sounds. Both are said to an invented resident, so nobody sees
 * or hears anybody's debts here.
 *
 * A box is a form item of the document (a menu is one box). Where it leads, what it
 * records and at which secrecy level each sentence stands is what the checker and the
 * interpreter use themselves: nothing is worked out a second time.
 *
 * scenario.say runs the synthesiser in the reader's own thread, which takes as long as a
 * sentence does (some hundred ms): one at a time, so that three readers are left for the
 * others; E_AGAIN while somebody else listens. The engine waits for it before it stops
 * the synthesiser.
 */
#include "engine/scenario/model.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"

#include "engine/clock.h"
#include "engine/utf8.h"
#include "engine/wav.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READING = 4096 };

/* ---- the invented resident ---- */

struct sample {
	struct scenario_debt debt;
	struct scenario_vars vars;
};

static void sample_of(const struct engine *e, const struct campaign *c, struct sample *s)
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

/* The campaign's scenario, behind the department's wall. */
static int find(const struct query *q, struct answer *a, const struct campaign **ret_c,
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

/* ---- boxes ---- */

struct drawing {
	const struct scenario *s;
	const struct sample *sample;
	const char *when; /* "", or the event whose handler is walked */
	struct json *says, *does, *goes;
};

/* As it is spoken, recordings by a mark of their own; "": it has no meaning for the sample. */
static void put_words(struct json *j, const struct drawing *d, const struct model_prompt *p)
{
	struct prompt_texts texts = {0};
	char words[MAX_CONTROL_LINE / 16] = "";
	int err = scenario_prompt_texts(d->s, p->index, &d->sample->vars, &texts);
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

static void add_prompt(const struct drawing *d, const struct model_prompt *p)
{
	struct json *j = json_new_object();
	json_put_int(j, "prompt", (int64_t)p->index);
	json_put_str(j, "when", d->when);
	json_put_int(j, "level", p->level);
	json_put_str(j, "because", p->because ? p->because : "");
	json_put_bool(j, "secret", p->secret);
	json_put_bool(j, "conditional", p->cond != NULL);
	json_put_int(j, "count", p->count);
	put_words(j, d, p);
	json_add(d->says, j);
}

static void add_goes(const struct drawing *d, const char *how, size_t dialog)
{
	struct json *j = json_new_object();
	json_put_str(j, "how", how);
	json_put_str(j, "to", d->s->dialogs[dialog].id);
	json_add(d->goes, j);
}

static void add_does(const struct drawing *d, const char *what, const char *words)
{
	struct json *j = json_new_object();
	json_put_str(j, "what", what);
	json_put_str(j, "words", words ? words : "");
	json_put_str(j, "when", d->when);
	json_add(d->does, j);
}

static void add_node(const struct model_node *n, void *context)
{
	const struct drawing *d = context;
	static const char *const levels[] = {"L0", "L1", "L2"};
	switch (n->kind) {
	case NODE_PROMPT:
		add_prompt(d, n->prompt);
		break;
	case NODE_GOTO:
		add_goes(d, d->when, n->target);
		break;
	case NODE_EXIT:
		add_does(d, "exit", "");
		break;
	case NODE_SMS:
		add_does(d, "sms", n->text);
		break;
	case NODE_REPLY:
		add_does(d, "reply", n->text);
		break;
	case NODE_TASK:
		add_does(d, "task", n->text);
		break;
	case NODE_LEVEL:
		add_does(d, "level", n->number >= 0 && n->number <= 2 ? levels[n->number] : "");
		break;
	case NODE_REACHED:
		add_does(d, "reached", reached_words((enum reached)n->number));
		break;
	default:
		break;
	}
}

static struct json *keys_of(const struct drawing *d, const struct model_item *item)
{
	struct json *list = json_new_array();
	for (size_t i = 0; i < item->n_options; i++) {
		const struct model_option *o = &item->options[i];
		struct json *j = json_new_object();
		char key[2] = {o->key, '\0'};
		json_put_str(j, "key", key);
		json_put_str(j, "value", o->value ? o->value : "");
		json_add(list, j);
		if (o->jumps && !o->event)
			add_goes(d, key, o->dialog);
	}
	return list;
}

static struct json *box_json(const struct scenario *s, const struct sample *sample,
			     const struct model_dialog *dialog, size_t place)
{
	static const char *const kinds[] = {[ITEM_BLOCK] = "block",
					    [ITEM_FIELD] = "field",
					    [ITEM_TRANSFER] = "transfer",
					    [ITEM_RECORD] = "record"};
	_Static_assert(sizeof kinds / sizeof *kinds == ITEM_KINDS, "each kind has its word");
	const struct model_item *item = &dialog->items[place];
	struct drawing d = {.s = s,
			    .sample = sample,
			    .when = "",
			    .says = json_new_array(),
			    .does = json_new_array(),
			    .goes = json_new_array()};
	struct json *j = json_new_object(), *words = json_new_array();

	json_put_str(j, "dialog", dialog->id);
	json_put_int(j, "box", (int64_t)place + 1);
	json_put_str(j, "kind", kinds[item->kind]);
	json_put_str(j, "name", item->name ? item->name : "");
	json_put_int(j, "line", item->line);
	json_put_int(j, "least_digits", item->min_digits);
	json_put_int(j, "most_digits", item->max_digits);
	json_put_bool(j, "birth", item->birth);
	for (const struct model_prompt *p = item->prompts; p; p = p->next)
		add_prompt(&d, p);
	json_put(j, "keys", keys_of(&d, item));
	for (size_t i = 0; item->voice && i < item->n_words; i++)
		json_add(words, json_new_str(item->words[i].text));
	json_put(j, "words", words);
	model_walk_nodes(item->body, add_node, &d);
	for (const struct model_handler *h = item->handlers; h; h = h->next) {
		d.when = h->names & 1u << EVENT_NOINPUT   ? "noinput"
			 : h->names & 1u << EVENT_NOMATCH ? "nomatch"
							  : "event";
		model_walk_nodes(h->body, add_node, &d);
	}
	json_put(j, "says", d.says);
	json_put(j, "does", d.does);
	json_put(j, "goes", d.goes);
	return j;
}

int read_scenario(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct scenario *s;
	struct sample sample;
	struct bytes from;
	int err = find(q, a, &c, &s);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (err)
		return err;
	sample_of(q->ctx, c, &sample);
	answer_put(a, "scenario", json_new_str(c->scenario));
	answer_put(a, "sha256", json_new_str(scenario_version(s)));
	for (size_t i = 0; i < s->n_dialogs; i++)
		for (size_t k = 0; k < s->dialogs[i].n_items; k++) {
			const unsigned char key[2] = {(unsigned char)i, (unsigned char)k};
			if (from.n == sizeof key && memcmp(key, from.p, sizeof key) < 0)
				continue; /* of an earlier page */
			if (answer_look(a, (struct bytes){key, sizeof key}) ||
			    answer_row(a, box_json(s, &sample, &s->dialogs[i], k)))
				return 0;
		}
	return 0;
}

/* ---- sound ---- */

static int write_all(int fd, const void *data, size_t n)
{
	const char *at = data;
	while (n > 0) {
		ssize_t w = write(fd, at, n);
		if (w <= 0)
			return E_IO;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

static int write_sound(int fd, const struct prompt *p)
{
	unsigned char head[WAV_HEAD];
	wav_head(head, prompt_samples(p));
	int err = write_all(fd, head, sizeof head);
	for (size_t i = 0; i < p->n && !err; i++)
		err = write_all(fd, p->pieces[i]->ulaw, p->pieces[i]->n);
	return err;
}

/* The first of its texts that can be read, as in a call. */
static int speak(struct engine *e, const struct prompt_texts *texts, struct prompt *ret,
		 char reading[READING])
{
	int err = E_INVALID;
	if (pthread_mutex_trylock(&e->speech_lock) != 0)
		return E_AGAIN;
	for (size_t i = 0; i < texts->n && err == E_INVALID && e->speech; i++) {
		const struct speech_words words = {.text = texts->text[i],
						   .rate = texts->rate,
						   .n_sounds = texts->n_sounds,
						   .sounds = texts->sounds};
		err = e->ports->speech->say(e->speech, &words, ret, reading, READING, NULL);
	}
	pthread_mutex_unlock(&e->speech_lock);
	return err;
}

int read_scenario_say(const struct query *q, struct answer *a)
{
	struct engine *e = q->ctx;
	const struct campaign *c;
	struct scenario *s;
	struct sample sample;
	struct prompt_texts texts = {0};
	struct prompt prompt = {0};
	char reading[READING] = "";
	int64_t number = 0;
	struct stat st;
	int err = find(q, a, &c, &s);

	if (err)
		return err;
	/* A pipe that nobody reads would keep this thread, and its snapshot, for ever. */
	if (fstat(q->file, &st) != 0 || !S_ISREG(st.st_mode))
		return answer_refuse(a, E_INVALID, "the sound goes into a regular file");
	json_get_int(q->params, "prompt", &number);
	if (number < 0 || (uint64_t)number >= scenario_prompts(s))
		return answer_refuse(a, E_NOTFOUND, "the scenario has no prompt %lld",
				     (long long)number);
	sample_of(e, c, &sample);
	err = scenario_prompt_texts(s, (size_t)number, &sample.vars, &texts);
	if (!err && texts.n == 0)
		err = answer_refuse(a, E_NOTFOUND, "prompt %lld has no meaning for the sample",
				    (long long)number);
	if (!err)
		err = speak(e, &texts, &prompt, reading);
	if (err == E_INVALID)
		err =
		    answer_refuse(a, E_INVALID, "it cannot be read: a character is in no lexicon");
	else if (err == E_AGAIN)
		err = answer_refuse(a, E_AGAIN, "somebody else listens now: try again");
	if (!err)
		err = write_sound(q->file, &prompt);
	if (!err) {
		struct json *j = json_new_object();
		json_put_str(j, "reading", reading);
		json_put_int(j, "ms", (int64_t)prompt_samples(&prompt) / 8);
		answer_set(a, j);
	}
	prompt_clear(&prompt);
	prompt_texts_free(&texts);
	return err;
}
