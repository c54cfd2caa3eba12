/*
 * Pages: rows are turned into text as they come, so that the page's bytes are
 * known and memory is one line's. A page ends at its row limit, at the line's
 * bytes or at its time; it always takes one row or one look forward, so that a
 * client that resumes comes to an end.
 *
 * `next` is the store's key in hex. It comes back from outside: answer_from takes
 * it only if it begins with the handler's own prefix, so that nobody reads another
 * run by editing a key.
 */
#include "engine/control/answer.h"

#include "engine/digest.h"
#include "engine/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t monotonic_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void answer_init(struct answer *a, const struct query *q)
{
	int64_t limit = MAX_READ_ROWS;
	*a = (struct answer){.listing = q->method->listing,
			     .deadline_ms = monotonic_ms() + READ_MOST_MS};
	json_get_int(q->params, "limit", &limit);
	a->limit = (size_t)limit;
}

void answer_free(struct answer *a)
{
	json_free(a->result);
	free(a->rows);
}

void answer_untimed(struct answer *a)
{
	a->deadline_ms = INT64_MAX;
}

int answer_refuse(struct answer *a, int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(a->why, sizeof a->why, fmt, ap);
	va_end(ap);
	a->err = err;
	return err;
}

void answer_set(struct answer *a, struct json *result)
{
	json_free(a->result);
	a->result = result;
}

void answer_put(struct answer *a, const char *name, struct json *value)
{
	if (!a->result)
		a->result = json_new_object();
	json_put(a->result, name, value);
}

/* ---- where a listing begins ---- */

/* Whole bytes, lower case: what answer_text wrote. */
static bool from_hex(const char *hex, uint8_t *out, size_t size, size_t *ret_n)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(hex);
	if (n == 0 || n % 2 || n / 2 > size)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *d = strchr(digits, hex[i]);
		if (!d)
			return false;
		uint8_t four = (uint8_t)(d - digits);
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | four : four << 4);
	}
	*ret_n = n / 2;
	return true;
}

int answer_from(struct answer *a, const struct query *q, struct bytes prefix,
		struct bytes *ret_from)
{
	const char *after;
	size_t n;
	if (!json_get_str(q->params, "after", &after)) {
		*ret_from = prefix;
		return 0;
	}
	if (!from_hex(after, a->from, sizeof a->from, &n) || n < prefix.n ||
	    (prefix.n && memcmp(a->from, prefix.p, prefix.n) != 0))
		return answer_refuse(a, E_INVALID,
				     "after is not a `next` of this listing: begin without it");
	*ret_from = (struct bytes){a->from, n};
	return 0;
}

/* ---- rows ---- */

int answer_look(struct answer *a, struct bytes key)
{
	BUG_IF(key.n > sizeof a->look);
	bool first = a->look_n == 0;
	memcpy(a->look, key.p, key.n);
	a->look_n = key.n;
	if (a->n >= a->limit || (!first && monotonic_ms() >= a->deadline_ms))
		a->full = true;
	return a->full;
}

static int append(struct answer *a, const char *text, size_t n)
{
	if (a->rows_n + n + 1 > a->rows_size) {
		size_t size = a->rows_size ? a->rows_size * 2 : 4096;
		while (size < a->rows_n + n + 1)
			size *= 2;
		char *rows = realloc(a->rows, size);
		if (!rows)
			return E_NOMEM;
		a->rows = rows;
		a->rows_size = size;
	}
	if (a->n > 0)
		a->rows[a->rows_n++] = ',';
	memcpy(a->rows + a->rows_n, text, n);
	a->rows_n += n;
	a->n++;
	return 0;
}

int answer_row(struct answer *a, struct json *row)
{
	char *text = NULL;
	size_t n = 0;
	int err = json_text(row, &text, &n);
	json_free(row);
	if (err != 0)
		return err;
	if (a->n > 0 && a->rows_n + n + 1 > ROWS_MOST_BYTES) {
		a->full = true; /* this row's key was looked at: the next page begins with it */
		err = 1;
	} else {
		err = append(a, text, n);
	}
	free(text);
	return err;
}

/* ---- the text ---- */

/* The object's text, with rows (and next) put before its closing brace. */
static char *page_text(struct answer *a, const char *head, size_t head_n, size_t *ret_n)
{
	char hex[2 * LIST_KEY_MOST + 1] = "";
	size_t size = head_n + a->rows_n + sizeof hex + 64;
	char *text = malloc(size);
	if (!text)
		return NULL;
	if (a->full)
		digest_hex(a->look, a->look_n, hex);
	int n = snprintf(text, size, "%.*s%s\"rows\":[%.*s]%s%s%s}", (int)head_n - 1, head,
			 head_n > 2 ? "," : "", (int)a->rows_n, a->rows ? a->rows : "",
			 a->full ? ",\"next\":\"" : "", hex, a->full ? "\"" : "");
	*ret_n = (size_t)n;
	return text;
}

static int finish_listing(struct answer *a, char **ret_text, size_t *ret_n)
{
	char *head = NULL;
	size_t n;
	if (!a->result)
		a->result = json_new_object();
	int err = json_text(a->result, &head, &n);
	if (err != 0)
		return err;
	*ret_text = page_text(a, head, n, ret_n);
	free(head);
	return *ret_text ? 0 : E_NOMEM;
}

int answer_text(struct answer *a, char **ret_text, size_t *ret_n)
{
	char *text = NULL;
	size_t n = 0;
	if (!a->listing && !a->result)
		a->result = json_new_bool(true);
	int err = a->listing ? finish_listing(a, &text, &n) : json_text(a->result, &text, &n);
	if (err != 0)
		return err;
	if (n > ANSWER_MOST_BYTES) {
		free(text);
		return E_LIMIT;
	}
	*ret_text = text;
	*ret_n = n;
	return 0;
}
