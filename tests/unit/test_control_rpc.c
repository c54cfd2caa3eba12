/* The messages and the table: what is refused before anybody acts. Pure. */
#include "engine/control/methods.h"
#include "engine/control/rpc.h"
#include "tests/support/unit.h"

#include <string.h>

START_TEST(lines)
{
	static const struct {
		const char *what, *line;
		int code;
		const char *id, *words;
	} cases[] = {
	    {"a call", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}", 0, "1", ""},
	    {"with params", "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"x\",\"params\":{}}", 0,
	     "\"a\"", ""},
	    {"an id that needs escapes", "{\"jsonrpc\":\"2.0\",\"id\":\"\\\"\",\"method\":\"x\"}",
	     0, "\"\\\"\"", ""},
	    {"no JSON", "hello", RPC_PARSE, "null", "not right JSON"},
	    {"an empty line", "", RPC_PARSE, "null", "not right JSON"},
	    {"too deep", "[[[[[[[[[1]]]]]]]]]", RPC_PARSE, "null", "too deeply"},
	    {"a batch", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}]", RPC_REQUEST, "null",
	     "batches"},
	    {"no id: a notification", "{\"jsonrpc\":\"2.0\",\"method\":\"x\"}", RPC_REQUEST, "null",
	     "id"},
	    {"id null", "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"x\"}", RPC_REQUEST, "null",
	     "id"},
	    {"id a fraction", "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"x\"}", RPC_REQUEST,
	     "null", "id"},
	    {"id too long",
	     "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"id\":"
	     "\"0123456789012345678901234567890123456789"
	     "0123456789012345678901234567890123456789\"}",
	     RPC_REQUEST, "null", "short string"},
	    {"version 1", "{\"id\":1,\"method\":\"x\"}", RPC_REQUEST, "1", "jsonrpc"},
	    {"another version", "{\"jsonrpc\":\"2.1\",\"id\":1,\"method\":\"x\"}", RPC_REQUEST, "1",
	     "jsonrpc"},
	    {"no method", "{\"jsonrpc\":\"2.0\",\"id\":1}", RPC_REQUEST, "1", "method"},
	    {"method a number", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", RPC_REQUEST, "1",
	     "method"},
	    {"method too long",
	     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"0123456789012345678901234567890123456789"
	     "0123456789012345678901234567890123456789\"}",
	     RPC_METHOD, "1", "no such method"},
	    {"params a list", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":[1]}",
	     RPC_PARAMS, "1", "by name"},
	    {"a key twice", "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"x\"}", RPC_PARSE,
	     "null", "not right JSON"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rpc rpc;
		char why[MAX_WORDS] = "";
		int code = rpc_parse(cases[i].line, strlen(cases[i].line), &rpc, why);
		ck_assert_msg(code == cases[i].code, "%s: %d %s", cases[i].what, code, why);
		ck_assert_msg(strcmp(rpc.id, cases[i].id) == 0, "%s: %s", cases[i].what, rpc.id);
		ck_assert_msg(strstr(why, cases[i].words) != NULL, "%s: %s", cases[i].what, why);
		rpc_free(&rpc);
	}
}
END_TEST

START_TEST(parameters)
{
	static const struct {
		const char *what;
		enum control_method method;
		const char *params; /* NULL: none */
		const char *words;  /* NULL: accepted */
	} cases[] = {
	    {"none where none are needed", M_STATUS, NULL, NULL},
	    {"an empty object", M_STATUS, "{}", NULL},
	    {"one that is not known", M_STATUS, "{\"x\":1}", "status takes no parameter \"x\""},
	    {"a run", M_RUN_APPROVE, "{\"run\":1}", NULL},
	    {"the largest run", M_RUN_APPROVE, "{\"run\":4294967295}", NULL},
	    {"a run too large", M_RUN_APPROVE, "{\"run\":4294967296}", "from 1 to 4294967295"},
	    {"run 0", M_RUN_APPROVE, "{\"run\":0}", "run must be a whole number"},
	    {"a run below 0", M_RUN_APPROVE, "{\"run\":-1}", "run must be a whole number"},
	    {"a run as text", M_RUN_APPROVE, "{\"run\":\"1\"}", "run must be a whole number"},
	    {"a run as a fraction", M_RUN_APPROVE, "{\"run\":1.0}", "run must be a whole number"},
	    {"no run", M_RUN_APPROVE, "{}", "needs the parameter \"run\": number of the run"},
	    {"no params at all", M_RUN_APPROVE, NULL, "needs the parameter \"run\""},
	    {"a null", M_RUN_APPROVE, "{\"run\":null}", "run must be a whole number"},
	    {"a listing's limit", M_RUN_LIST, "{\"limit\":1000}", NULL},
	    {"a limit too large", M_RUN_LIST, "{\"limit\":1001}", "from 1 to 1000"},
	    {"no limit for what is no listing", M_STATUS, "{\"limit\":1}", "takes no parameter"},
	    {"a state", M_TARGET_LIST, "{\"run\":1,\"state\":\"in attempt\"}", NULL},
	    {"half a state", M_TARGET_LIST, "{\"run\":1,\"state\":\"in\"}",
	     "one of waiting|in attempt"},
	    {"an empty state", M_TARGET_LIST, "{\"run\":1,\"state\":\"\"}", "one of"},
	    {"a person", M_TARGET_SHOW, "{\"run\":1,\"person\":\"000000000012345\"}", NULL},
	    {"a person too long", M_TARGET_SHOW, "{\"run\":1,\"person\":\"0000000000123456\"}",
	     "1 to 15 bytes"},
	    {"a person with a newline", M_TARGET_SHOW, "{\"run\":1,\"person\":\"1\\n2\"}",
	     "no control characters"},
	    {"an empty person", M_TARGET_SHOW, "{\"run\":1,\"person\":\"\"}", "1 to 15 bytes"},
	    {"a reason", M_HOLD_END, "{\"person\":\"1\",\"hold\":1,\"reason\":\" 申出　\"}", NULL},
	    {"a reason of blanks", M_HOLD_END, "{\"person\":\"1\",\"hold\":1,\"reason\":\"   \"}",
	     "not blank"},
	    {"of full-width ones", M_HOLD_END, "{\"person\":\"1\",\"hold\":1,\"reason\":\"　 　\"}",
	     "not blank"},
	    {"of some that nobody sees", M_TARGET_UNMASK,
	     "{\"run\":1,\"person\":\"1\",\"reason\":\"\\u200b\\u00a0\"}", "not blank"},
	    {"where it may be left out", M_NUMBER_LIST, "{\"whole\":true,\"reason\":\"　\"}",
	     "not blank"},
	    {"a password of blanks is for its check to judge", M_SESSION_OPEN,
	     "{\"user\":\"hanako\",\"password\":\"  \",\"code\":\"000000\"}", NULL},
	    {"a campaign", M_CAMPAIGN_SHOW, "{\"campaign\":\"reminder-2026.1_a\"}", NULL},
	    {"a campaign that climbs", M_CAMPAIGN_SHOW, "{\"campaign\":\"../x\"}", "identifier"},
	    {"a flag", M_ATTEMPT_LIST, "{\"open\":true}", NULL},
	    {"a flag as a number", M_ATTEMPT_LIST, "{\"open\":1}", "true or false"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char why[MAX_WORDS] = "";
		struct json *params = NULL;
		if (cases[i].params)
			ck_assert_int_eq(
			    json_parse(cases[i].params, strlen(cases[i].params), 4, &params), 0);
		int code = param_check(&control_methods[cases[i].method], params, why);
		ck_assert_msg(code == (cases[i].words ? RPC_PARAMS : 0), "%s: %s", cases[i].what,
			      why);
		ck_assert_msg(!cases[i].words || strstr(why, cases[i].words), "%s: %s",
			      cases[i].what, why);
		json_free(params);
	}
}
END_TEST

START_TEST(the_table_is_whole)
{
	for (size_t i = 0; i < METHODS; i++) {
		const struct method *m = &control_methods[i];
		ck_assert_msg(m->name && *m->name, "place %zu is empty", i);
		ck_assert_uint_lt(strlen(m->name), MAX_ID);
		ck_assert_uint_ne(m->roles, 0);
		ck_assert_ptr_nonnull(m->words);
		ck_assert_ptr_eq(method_find(control_methods, METHODS, m->name), m);
		ck_assert_int_eq((int)control_method_of(m), (int)i);
		for (size_t k = 0; k < m->n_params; k++) {
			const struct param *p = &m->params[k];
			ck_assert_ptr_nonnull(p->words);
			ck_assert(p->type != PARAM_CHOICE || p->choices);
			ck_assert(p->type != PARAM_INT || p->least < p->most);
			ck_assert(p->type != PARAM_TEXT || p->most > 0);
		}
		/* an auditor changes nothing; the vendor sees no campaign, run, file or person */
		if (m->console) /* everybody signs in and out */
			continue;
		ck_assert(m->kind == METHOD_READ || !(m->roles & (ROLE_AUDITOR | ROLE_VENDOR)));
		ck_assert(!(m->roles & ROLE_VENDOR) || i == M_STATUS || i == M_ALERT_LIST);
	}
	ck_assert(control_methods[M_RUN_APPROVE].not_root);
	ck_assert_uint_eq(control_methods[M_RUN_APPROVE].roles, ROLE_MANAGER);
	ck_assert(!(control_methods[M_TARGET_LIST].roles & (ROLE_ADMINISTRATOR | ROLE_OPERATOR)));
	ck_assert_ptr_null(method_find(control_methods, METHODS, "run"));
}
END_TEST

static char *slurp(const char *path)
{
	char *text = calloc(1, 1 << 18);
	FILE *from = fopen(path, "r");
	ck_assert_msg(from != NULL,
		      "%s is missing: run `make docs`, and tests from the project's folder", path);
	ck_assert_uint_lt(fread(text, 1, (1 << 18) - 1, from), (1 << 18) - 1);
	fclose(from);
	return text;
}

START_TEST(the_schemas_are_the_table)
{
	for (size_t i = 0; i < METHODS; i++) {
		char path[256], *made;
		snprintf(path, sizeof path, "schemas/control/%s.json", control_methods[i].name);
		char *kept = slurp(path);
		ck_assert_int_eq(control_schema(&control_methods[i], &made), 0);
		size_t n = strlen(made);
		ck_assert_msg(strncmp(kept, made, n) == 0 && strcmp(kept + n, "\n") == 0,
			      "%s is old: run `make docs`", path);
		free(kept);
		free(made);
	}
}
END_TEST

START_TEST(the_manual_is_the_table)
{
	char *made = NULL;
	size_t n;
	FILE *to = open_memstream(&made, &n);
	control_manual(to);
	fclose(to);
	char *doc = slurp("docs/control.md");
	ck_assert_msg(strstr(doc, made) != NULL, "docs/control.md is old: run `make docs`");
	free(doc);
	free(made);
}
END_TEST

static TCase *rpc_case(void)
{
	TCase *t = tcase_create("rpc");
	tcase_add_test(t, lines);
	tcase_add_test(t, parameters);
	tcase_add_test(t, the_table_is_whole);
	tcase_add_test(t, the_schemas_are_the_table);
	tcase_add_test(t, the_manual_is_the_table);
	return t;
}

UNIT_MAIN("control-rpc", rpc_case)
