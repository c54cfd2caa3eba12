/*
 * Fuzz target: one line of a client, up to the handler; and an answer, as the
 * command line shows it. Every line must get an answer that is one line of JSON
 * with the id that came. Its corpus, tests/fuzz/corpus/control/, runs in
 * tests/unit/test_control_corpus.c.
 */
#include "engine/cli/show.h"
#include "engine/control/methods.h"
#include "engine/control/rpc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line, size_t n)
{
	struct json *j = NULL;
	if (!line || n == 0 || line[n - 1] != '\n' || memchr(line, '\n', n - 1) ||
	    n > MAX_CONTROL_LINE || json_parse(line, n, JSON_DEPTH, &j) != 0 || !json_get(j, "id"))
		abort();
	json_free(j);
}

static void try_show(const struct json *j, FILE *to)
{
	struct table t = {0};
	table_rows(&t, json_get(j, "rows"), to);
	show_object(j, to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct rpc rpc;
	char why[MAX_WORDS] = "";
	size_t n = 0;
	char *line;
	if (size > MAX_CONTROL_LINE)
		return 0;
	int code = rpc_parse((const char *)data, size, &rpc, why);
	if (code == 0) {
		const struct method *m = method_find(control_methods, METHODS, rpc.method);
		code = m ? param_check(m, rpc.params, why) : RPC_METHOD;
	}
	line = code == 0 ? rpc_result(rpc.id, "{}", 2, &n) : rpc_error(rpc.id, code, why, 0, &n);
	check_line(line, n);
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (rpc.root && nowhere)
		try_show(rpc.root, nowhere);
	free(line);
	rpc_free(&rpc);
	return 0;
}
