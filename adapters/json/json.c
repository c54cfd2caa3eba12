/*
 * engine/json.h on jansson. `struct json` is jansson's json_t under our name; no
 * object of ours wraps it.
 *
 * The depth is counted before jansson sees the text: its own limit (2,048) would
 * let a few bytes a level cost us a deep recursion when the value is freed.
 */
#include "engine/json.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "engine/utf8.h"

static _Thread_local bool lost; /* a builder had no memory since the last json_text() */

/* Passwords, codes and sessions are parsed and written here: nothing of them stays in freed
 * memory. jansson does not say how long a block is, glibc does. */
static void wipe_and_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

__attribute__((constructor)) static void wipe_what_is_freed(void)
{
	json_set_alloc_funcs(malloc, wipe_and_free);
}

static json_t *in(const struct json *j)
{
	return (json_t *)(uintptr_t)j;
}

static struct json *out(json_t *j)
{
	if (!j)
		lost = true;
	return (struct json *)j;
}

/* ---- reading ---- */

/* The deepest nesting of brackets outside strings. Text that is no JSON may be counted wrongly: the
 * parser refuses it afterwards. */
static int depth_of(const char *s, size_t n)
{
	int depth = 0, most = 0;
	bool quoted = false;
	for (size_t i = 0; i < n; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '[' || s[i] == '{'))
			most = ++depth > most ? depth : most;
		else if (!quoted && (s[i] == ']' || s[i] == '}'))
			depth--;
	}
	return most;
}

int json_parse(const char *text, size_t n, int depth, struct json **ret)
{
	json_error_t error;
	if (depth_of(text, n) > depth)
		return E_LIMIT;
	json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (!j)
		return json_error_code(&error) == json_error_out_of_memory ? E_NOMEM : E_INVALID;
	*ret = (struct json *)j;
	return 0;
}

void json_free(struct json *j)
{
	json_decref(in(j));
}

enum json_kind json_kind(const struct json *j)
{
	if (!j)
		return JSON_KIND_NULL;
	switch (json_typeof(in(j))) {
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_ARRAY:
		return JSON_KIND_ARRAY;
	case JSON_STRING:
		return JSON_KIND_STR;
	case JSON_INTEGER:
		return JSON_KIND_INT;
	case JSON_REAL:
		return JSON_KIND_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOL;
	case JSON_NULL:
		break;
	}
	return JSON_KIND_NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
	return (const struct json *)json_object_get(in(object), key);
}

bool json_get_str(const struct json *object, const char *key, const char **ret)
{
	const char *s = json_string_value(in(json_get(object, key)));
	if (s)
		*ret = s;
	return s != NULL;
}

bool json_get_int(const struct json *object, const char *key, int64_t *ret)
{
	json_t *j = in(json_get(object, key));
	if (!json_is_integer(j))
		return false;
	*ret = json_integer_value(j);
	return true;
}

bool json_get_bool(const struct json *object, const char *key, bool *ret)
{
	json_t *j = in(json_get(object, key));
	if (!json_is_boolean(j))
		return false;
	*ret = json_is_true(j);
	return true;
}

const char *json_str(const struct json *j)
{
	const char *s = json_string_value(in(j));
	return s ? s : "";
}

int64_t json_int(const struct json *j)
{
	return json_integer_value(in(j));
}

double json_real_of(const struct json *j)
{
	return json_number_value(in(j));
}

bool json_bool_of(const struct json *j)
{
	json_t *t = in(j);
	return json_is_true(t);
}

size_t json_count(const struct json *j)
{
	json_t *t = in(j);
	return json_is_array(t) ? json_array_size(t) : json_object_size(t);
}

const struct json *json_at(const struct json *array, size_t i)
{
	return (const struct json *)json_array_get(in(array), i);
}

int json_each(const struct json *object,
	      int (*fn)(void *arg, const char *key, const struct json *value), void *arg)
{
	const char *key;
	json_t *value;
	json_object_foreach(in(object), key, value)
	{
		int answer = fn(arg, key, (const struct json *)value);
		if (answer != 0)
			return answer;
	}
	return 0;
}

/* ---- building ---- */

struct json *json_new_object(void)
{
	return out(json_object());
}

struct json *json_new_array(void)
{
	return out(json_array());
}

/* Copies s with each bad byte replaced. */
static json_t *repaired(const char *s, size_t n)
{
	char *good = malloc(n * 3 + 1);
	size_t m = 0;
	if (!good)
		return NULL;
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		size_t len = utf8_next(s + i, n - i, &cp);
		memcpy(good + m, len ? s + i : "\xef\xbf\xbd", len ? len : 3);
		m += len ? len : 3;
		i += len ? len : 1;
	}
	json_t *j = json_stringn(good, m);
	free(good);
	return j;
}

struct json *json_new_str(const char *s)
{
	if (!s)
		return json_new_null();
	size_t n = strlen(s);
	return out(utf8_valid(s, n, NULL) ? json_stringn(s, n) : repaired(s, n));
}

struct json *json_new_int(int64_t n)
{
	return out(json_integer(n));
}

/* Not a number and infinities have no JSON: null. */
struct json *json_new_real(double d)
{
	json_t *j = json_real(d);
	return j ? out(j) : json_new_null();
}

struct json *json_new_bool(bool yes)
{
	return out(json_boolean(yes));
}

struct json *json_new_null(void)
{
	return out(json_null());
}

void json_put(struct json *object, const char *key, struct json *value)
{
	if (json_object_set_new(in(object), key, in(value)) != 0)
		lost = true;
}

void json_add(struct json *array, struct json *value)
{
	if (json_array_append_new(in(array), in(value)) != 0)
		lost = true;
}

void json_put_str(struct json *object, const char *key, const char *s)
{
	json_put(object, key, json_new_str(s));
}

void json_put_int(struct json *object, const char *key, int64_t n)
{
	json_put(object, key, json_new_int(n));
}

void json_put_bool(struct json *object, const char *key, bool yes)
{
	json_put(object, key, json_new_bool(yes));
}

int json_text(const struct json *j, char **ret_text, size_t *ret_n)
{
	bool holes = lost;
	lost = false;
	if (holes || !j)
		return E_NOMEM;
	char *text = json_dumps(in(j), JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return E_NOMEM;
	*ret_text = text;
	*ret_n = strlen(text);
	return 0;
}
