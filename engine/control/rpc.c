/*
 * See rpc.h. Narrower than JSON-RPC 2.0 in two ways, both said in docs/control.md:
 * no batches, and no notifications (a command whose failure nobody hears).
 */
#include "engine/control/rpc.h"

#include <stdlib.h>
#include <string.h>

static int say(char why[MAX_WORDS], int code, const char *words)
{
	snprintf(why, MAX_WORDS, "%s", words);
	return code;
}

/* The id comes back as it was: kept as JSON text. */
static int read_id(const struct json *root, char id[RPC_ID])
{
	const struct json *j = json_get(root, "id");
	char *text = NULL;
	size_t n;
	int err = E_INVALID;
	if (!j || (json_kind(j) != JSON_KIND_INT && json_kind(j) != JSON_KIND_STR))
		return E_INVALID;
	if (json_text(j, &text, &n) == 0 && n < RPC_ID) {
		memcpy(id, text, n + 1);
		err = 0;
	}
	free(text);
	return err;
}

static int read_call(struct rpc *rpc, char why[MAX_WORDS])
{
	const char *version, *method;
	if (json_kind(rpc->root) == JSON_KIND_ARRAY)
		return say(why, RPC_REQUEST, "batches are not supported: send one call a line");
	if (read_id(rpc->root, rpc->id) != 0)
		return say(why, RPC_REQUEST, "id must be an integer or a short string");
	if (!json_get_str(rpc->root, "jsonrpc", &version) || strcmp(version, "2.0") != 0)
		return say(why, RPC_REQUEST, "jsonrpc must be \"2.0\"");
	if (!json_get_str(rpc->root, "method", &method))
		return say(why, RPC_REQUEST, "method must be a string");
	if (strlen(method) >= sizeof rpc->method)
		return say(why, RPC_METHOD, "there is no such method");
	snprintf(rpc->method, sizeof rpc->method, "%s", method);
	rpc->params = json_get(rpc->root, "params");
	if (rpc->params && json_kind(rpc->params) != JSON_KIND_OBJECT)
		return say(why, RPC_PARAMS, "params must be an object, by name");
	return 0;
}

int rpc_parse(const char *line, size_t n, struct rpc *ret, char why[MAX_WORDS])
{
	*ret = (struct rpc){.id = "null"};
	int err = json_parse(line, n, JSON_DEPTH, &ret->root);
	if (err == E_NOMEM)
		return say(why, RPC_INTERNAL, "out of memory");
	if (err != 0)
		return say(why, RPC_PARSE,
			   err == E_LIMIT ? "nested too deeply" : "the line is not right JSON");
	return read_call(ret, why);
}

void rpc_free(struct rpc *rpc)
{
	json_free(rpc->root);
	rpc->root = NULL;
}

char *rpc_result(const char *id, const char *result, size_t result_n, size_t *ret_n)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":";
	size_t n = sizeof head + strlen(id) + result_n + 16;
	char *line = malloc(n);
	if (!line)
		return NULL;
	*ret_n =
	    (size_t)snprintf(line, n, "%s%s,\"result\":%.*s}\n", head, id, (int)result_n, result);
	return line;
}

char *rpc_error(const char *id, int code, const char *words, int err, size_t *ret_n)
{
	struct json *error = json_new_object();
	char *text = NULL, *line = NULL;
	size_t n;
	json_put_int(error, "code", code);
	json_put_str(error, "message", words);
	if (err != 0) {
		struct json *data = json_new_object();
		json_put_str(data, "reason", err_str(err));
		json_put(error, "data", data);
	}
	if (json_text(error, &text, &n) == 0) {
		size_t size = n + strlen(id) + 64;
		line = malloc(size);
		if (line)
			*ret_n = (size_t)snprintf(
			    line, size, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":%s}\n", id, text);
	}
	free(text);
	json_free(error);
	return line;
}

int rpc_code_of(int err)
{
	switch (err) {
	case E_NOTFOUND:
		return RPC_NOTFOUND;
	case E_STATE:
	case E_EXISTS:
		return RPC_STATE;
	case E_DENIED:
		return RPC_DENIED;
	case E_AGAIN:
	case E_FULL:
	case E_DEADLOCK:
		return RPC_BUSY;
	case E_INVALID:
		return RPC_INVALID;
	case E_AUTH:
		return RPC_WRONG;
	case E_CLOSED:
		return RPC_STOPPING;
	default:
		return RPC_FAILED;
	}
}

const struct method *method_find(const struct method *methods, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}
