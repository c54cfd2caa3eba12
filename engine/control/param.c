/*
 * Parameters, checked by the table: unknown ones, wrong kinds, values out of
 * range, missing ones. What passes is small and needs no second look by handlers;
 * what a handler looks up by it may still not exist, or not be the caller's.
 */
#include "engine/control/rpc.h"

#include "engine/utf8.h"

#include <string.h>

const struct param param_listing[2] = {
    {.name = "after",
     .type = PARAM_TEXT,
     .most = 2 * LIST_KEY_MOST,
     .words = "go on from here: `next` of the answer before"},
    {.name = "limit",
     .type = PARAM_INT,
     .least = 1,
     .most = MAX_READ_ROWS,
     .words = "most rows of this answer"},
};

static bool is_id(const char *s)
{
	size_t n = strlen(s);
	return n > 0 && n < MAX_ID &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static bool is_one_of(const char *choices, const char *s)
{
	size_t n = strlen(s);
	for (;;) {
		size_t len = strcspn(choices, "|");
		if (len == n && memcmp(choices, s, n) == 0)
			return true;
		if (!choices[len])
			return false;
		choices += len + 1;
	}
}

static bool value_ok(const struct param *p, const struct json *value)
{
	const char *s = json_str(value);
	bool str = json_kind(value) == JSON_KIND_STR;
	switch (p->type) {
	case PARAM_ID:
		return str && is_id(s);
	case PARAM_TEXT: /* control characters: it may end in a log or a file for people; blanks
			  * alone: a reason that says nothing is none. A password is no words. */
		return str && *s && strlen(s) <= (size_t)p->most &&
		       !utf8_has_control(s, strlen(s)) && (p->secret || !utf8_is_blank(s));
	case PARAM_CHOICE:
		return str && is_one_of(p->choices, s);
	case PARAM_INT:
		return json_kind(value) == JSON_KIND_INT && json_int(value) >= p->least &&
		       json_int(value) <= p->most;
	case PARAM_BOOL:
		return json_kind(value) == JSON_KIND_BOOL;
	}
	return false;
}

static void say_wrong(const struct param *p, char why[MAX_WORDS])
{
	switch (p->type) {
	case PARAM_ID:
		snprintf(why, MAX_WORDS, "%s must be an identifier (a-z, A-Z, 0-9, - _ .)",
			 p->name);
		break;
	case PARAM_TEXT:
		snprintf(why, MAX_WORDS,
			 "%s must be a string of 1 to %lld bytes, no control characters, not blank",
			 p->name, (long long)p->most);
		break;
	case PARAM_CHOICE:
		snprintf(why, MAX_WORDS, "%s must be one of %s", p->name, p->choices);
		break;
	case PARAM_INT:
		snprintf(why, MAX_WORDS, "%s must be a whole number from %lld to %lld", p->name,
			 (long long)p->least, (long long)p->most);
		break;
	case PARAM_BOOL:
		snprintf(why, MAX_WORDS, "%s must be true or false", p->name);
		break;
	}
}

static const struct param *find(const struct method *m, const char *name)
{
	for (size_t i = 0; i < m->n_params; i++)
		if (strcmp(m->params[i].name, name) == 0)
			return &m->params[i];
	for (size_t i = 0; m->listing && i < sizeof param_listing / sizeof *param_listing; i++)
		if (strcmp(param_listing[i].name, name) == 0)
			return &param_listing[i];
	return NULL;
}

struct check {
	const struct method *m;
	char *why;
};

static int check_one(void *arg, const char *name, const struct json *value)
{
	struct check *c = arg;
	const struct param *p = find(c->m, name);
	if (!p) {
		snprintf(c->why, MAX_WORDS, "%s takes no parameter \"%.60s\"", c->m->name, name);
		return RPC_PARAMS;
	}
	if (!value_ok(p, value)) {
		say_wrong(p, c->why);
		return RPC_PARAMS;
	}
	return 0;
}

int param_check(const struct method *m, const struct json *params, char why[MAX_WORDS])
{
	struct check c = {.m = m, .why = why};
	int code = params ? json_each(params, check_one, &c) : 0;
	for (size_t i = 0; code == 0 && i < m->n_params; i++) {
		if (!m->params[i].required || (params && json_get(params, m->params[i].name)))
			continue;
		snprintf(why, MAX_WORDS, "%s needs the parameter \"%s\": %s", m->name,
			 m->params[i].name, m->params[i].words);
		code = RPC_PARAMS;
	}
	return code;
}
