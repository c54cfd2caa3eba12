/*
 * JSON, as control messages need it: bounded when read, one line when written.
 * Implemented in adapters/json/ (jansson, which stays there).
 *
 * Reading: a text over its depth, with a key twice, with a NUL or with bytes that
 * are not UTF-8 is refused. Values that are read live as long as their root.
 *
 * Writing: building cannot fail where it stands, so that a handler reads well; what
 * memory did not allow is remembered for this thread, and its next json_text()
 * answers E_NOMEM instead of a text with holes. Build and write in one thread.
 */
#ifndef ENGINE_JSON_H
#define ENGINE_JSON_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH 8 /* of control messages */

struct json;

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_INT,
	JSON_KIND_REAL,
	JSON_KIND_STR,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT
};

/* An object or an array. E_INVALID, E_LIMIT (deeper than `depth`), E_NOMEM. */
int json_parse(const char *text, size_t n, int depth, struct json **ret) MUST_CHECK;
void json_free(struct json *j); /* NULL is fine */

/* Members: NULL, or false and *ret untouched, where there is none of that name and kind. All of
 * these take NULL: nothing is in it. */
enum json_kind json_kind(const struct json *j);
const struct json *json_get(const struct json *object, const char *key);
bool json_get_str(const struct json *object, const char *key, const char **ret);
bool json_get_int(const struct json *object, const char *key, int64_t *ret);
bool json_get_bool(const struct json *object, const char *key, bool *ret);
const char *json_str(const struct json *j); /* "" if it is no string */
int64_t json_int(const struct json *j);     /* 0 if it is no integer */
double json_real_of(const struct json *j);  /* 0 if it is no number */
bool json_bool_of(const struct json *j);    /* false if it is not true */
size_t json_count(const struct json *j);    /* members of an array or object, else 0 */
const struct json *json_at(const struct json *array, size_t i);
/* Each member in the order of the text, until `fn` does not return 0: its value is returned. */
int json_each(const struct json *object,
	      int (*fn)(void *arg, const char *key, const struct json *value), void *arg);

struct json *json_new_object(void);
struct json *json_new_array(void);
/* Bytes that are not UTF-8 (a file's name may hold any) become U+FFFD. NULL: null. */
struct json *json_new_str(const char *s);
struct json *json_new_int(int64_t n);
struct json *json_new_real(double d);
struct json *json_new_bool(bool yes);
struct json *json_new_null(void);
/* These take the value. */
void json_put(struct json *object, const char *key, struct json *value);
void json_add(struct json *array, struct json *value);
void json_put_str(struct json *object, const char *key, const char *s);
void json_put_int(struct json *object, const char *key, int64_t n);
void json_put_bool(struct json *object, const char *key, bool yes);

/* One line without its end, malloc'ed, NUL at its end. E_NOMEM: see above. */
int json_text(const struct json *j, char **ret_text, size_t *ret_n) MUST_CHECK;

#endif
