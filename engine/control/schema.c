/*
 * The table, written out: a JSON Schema of each method's params (schemas/control/)
 * and the manual's table (docs/control.md). `make docs` writes both, tests compare.
 */
#include "engine/control/methods.h"
#include "engine/control/rpc.h"

#include <stdlib.h>
#include <string.h>

static struct json *choices_of(const char *choices)
{
	struct json *list = json_new_array();
	char word[64];
	for (;;) {
		size_t n = strcspn(choices, "|");
		snprintf(word, sizeof word, "%.*s", (int)n, choices);
		json_add(list, json_new_str(word));
		if (!choices[n])
			return list;
		choices += n + 1;
	}
}

static struct json *schema_of(const struct param *p)
{
	static const char *const types[] = {[PARAM_ID] = "string",
					    [PARAM_TEXT] = "string",
					    [PARAM_INT] = "integer",
					    [PARAM_BOOL] = "boolean",
					    [PARAM_CHOICE] = "string"};
	struct json *s = json_new_object();
	json_put_str(s, "description", p->words);
	json_put_str(s, "type", types[p->type]);
	if (p->type == PARAM_ID) {
		json_put_str(s, "pattern", "^[a-zA-Z0-9._-]+$");
		json_put_int(s, "maxLength", MAX_ID - 1);
	} else if (p->type == PARAM_TEXT) {
		json_put_int(s, "minLength", 1);
		json_put_int(s, "maxLength", p->most);
	} else if (p->type == PARAM_INT) {
		json_put_int(s, "minimum", p->least);
		json_put_int(s, "maximum", p->most);
	} else if (p->type == PARAM_CHOICE) {
		json_put(s, "enum", choices_of(p->choices));
	}
	return s;
}

int control_schema(const struct method *m, char **ret_text)
{
	char id[MAX_ID + 32];
	size_t n;
	struct json *schema = json_new_object();
	struct json *properties = json_new_object();
	struct json *required = json_new_array();
	snprintf(id, sizeof id, "urn:osame:control:1:%s", m->name);
	json_put_str(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_str(schema, "$id", id);
	json_put_str(schema, "title", m->name);
	json_put_str(schema, "description", m->words);
	json_put_str(schema, "type", "object");
	for (size_t i = 0; i < m->n_params; i++) {
		json_put(properties, m->params[i].name, schema_of(&m->params[i]));
		if (m->params[i].required)
			json_add(required, json_new_str(m->params[i].name));
	}
	for (size_t i = 0; m->listing && i < sizeof param_listing / sizeof *param_listing; i++)
		json_put(properties, param_listing[i].name, schema_of(&param_listing[i]));
	json_put(schema, "properties", properties);
	json_put(schema, "required", required);
	json_put_bool(schema, "additionalProperties", false);
	int err = json_text(schema, ret_text, &n);
	json_free(schema);
	return err;
}

static void manual_params(const struct method *m, FILE *to)
{
	if (m->n_params == 0 && !m->listing)
		fputs("none", to);
	for (size_t i = 0; i < m->n_params; i++)
		fprintf(to, "%s`%s`%s", i ? ", " : "", m->params[i].name,
			m->params[i].required ? "" : " (optional)");
	if (m->listing)
		fprintf(to, "%s`after`, `limit`", m->n_params ? ", " : "");
}

void control_manual(FILE *to)
{
	char roles[96];
	fputs("| method | does | kind | params | roles |\n| --- | --- | --- | --- | --- |\n", to);
	for (size_t i = 0; i < METHODS; i++) {
		const struct method *m = &control_methods[i];
		fprintf(to, "| `%s` | %s | %s | ", m->name, m->words,
			m->console               ? "console"
			: m->kind == METHOD_READ ? "read"
						 : "command");
		manual_params(m, to);
		fprintf(to, " | %s |\n",
			m->roles == ROLES_ALL ? "all" : config_role_words(m->roles, roles));
	}
}
