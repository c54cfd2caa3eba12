/*
 * See diff.h. The longest common subsequence by its table of lengths; a byte a step is
 * not enough to find the way back, so the whole table is kept: at most 2 MB for the time
 * of a call, which the limit on what differs sees to.
 */
#include "engine/diff.h"

#include "engine/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *diff_kind_word(enum diff_kind kind)
{
	static const char *const words[] = {
	    [DIFF_SAME] = "same", [DIFF_GONE] = "gone", [DIFF_NEW] = "new"};
	return words[kind];
}

/* A text as its characters: the n-th begins at at[n]; at[n] is its end. */
struct chars {
	const char *s;
	size_t n;
	size_t *at;
};

/* Pieces that touch are said as one. */
struct saying {
	diff_fn fn;
	void *arg;
	enum diff_kind kind;
	const char *from;
	size_t n;
	int err;
};

static size_t line_len(const char *s, size_t left)
{
	const char *end = memchr(s, '\n', left);
	return end ? (size_t)(end - s) + 1 : left;
}

static int split(const char *s, bool lines, struct chars *ret)
{
	size_t left = strlen(s), at = 0;
	ret->s = s;
	ret->n = 0;
	ret->at = malloc((left + 1) * sizeof *ret->at);
	if (!ret->at)
		return E_NOMEM;
	while (left > 0) {
		uint32_t c;
		size_t len = lines ? line_len(s + at, left) : utf8_next(s + at, left, &c);
		len = len ? len : 1;
		ret->at[ret->n++] = at;
		at += len;
		left -= len;
	}
	ret->at[ret->n] = at;
	return 0;
}

static bool same(const struct chars *a, size_t i, const struct chars *b, size_t k)
{
	size_t n = a->at[i + 1] - a->at[i];
	return n == b->at[k + 1] - b->at[k] && memcmp(a->s + a->at[i], b->s + b->at[k], n) == 0;
}

static void flush(struct saying *s)
{
	if (s->n && !s->err)
		s->err = s->fn(s->arg, s->kind, s->from, s->n);
	s->n = 0;
}

static void say(struct saying *s, enum diff_kind kind, const struct chars *of, size_t from,
		size_t to)
{
	const char *p = of->s + of->at[from];
	if (from == to)
		return;
	if (s->n == 0 || s->kind != kind || s->from + s->n != p) {
		flush(s);
		s->kind = kind;
		s->from = p;
	}
	s->n += of->at[to] - of->at[from];
}

/* a[i…a_end) and b[k…b_end) differ at both ends. */
static int middle(const struct chars *a, size_t i, size_t a_end, const struct chars *b, size_t k,
		  size_t b_end, struct saying *s)
{
	size_t n = a_end - i, m = b_end - k, w = m + 1;
	uint16_t *t;

	if (n == 0 || m == 0 || n > DIFF_MOST || m > DIFF_MOST) {
		say(s, DIFF_GONE, a, i, a_end);
		say(s, DIFF_NEW, b, k, b_end);
		return 0;
	}
	t = calloc((n + 1) * w, sizeof *t); /* t[x][y]: of a from x, of b from y */
	if (!t)
		return E_NOMEM;
	for (size_t x = n; x-- > 0;)
		for (size_t y = m; y-- > 0;) {
			uint16_t down = t[(x + 1) * w + y], right = t[x * w + y + 1];
			t[x * w + y] = same(a, i + x, b, k + y)
					   ? (uint16_t)(t[(x + 1) * w + y + 1] + 1)
				       : down > right ? down
						      : right;
		}
	for (size_t x = 0, y = 0; x < n || y < m;) {
		if (x < n && y < m && same(a, i + x, b, k + y)) {
			say(s, DIFF_SAME, b, k + y, k + y + 1);
			x++;
			y++;
		} else if (x < n && (y == m || t[(x + 1) * w + y] >= t[x * w + y + 1])) {
			say(s, DIFF_GONE, a, i + x, i + x + 1);
			x++;
		} else {
			say(s, DIFF_NEW, b, k + y, k + y + 1);
			y++;
		}
	}
	free(t);
	return 0;
}

static int diff(const char *old, const char *new, bool lines, diff_fn fn, void *arg)
{
	struct chars a = {0}, b = {0};
	struct saying s = {.fn = fn, .arg = arg};
	size_t head = 0, tail = 0;

	int err = split(old, lines, &a);
	if (!err)
		err = split(new, lines, &b);
	if (err)
		goto out;
	while (head < a.n && head < b.n && same(&a, head, &b, head))
		head++;
	while (tail < a.n - head && tail < b.n - head &&
	       same(&a, a.n - tail - 1, &b, b.n - tail - 1))
		tail++;
	say(&s, DIFF_SAME, &b, 0, head);
	err = middle(&a, head, a.n - tail, &b, head, b.n - tail, &s);
	if (!err) {
		say(&s, DIFF_SAME, &b, b.n - tail, b.n);
		flush(&s);
		err = s.err;
	}
out:
	free(a.at);
	free(b.at);
	return err;
}

int diff_text(const char *old, const char *new, diff_fn fn, void *arg)
{
	return diff(old, new, false, fn, arg);
}

int diff_lines(const char *old, const char *new, diff_fn fn, void *arg)
{
	return diff(old, new, true, fn, arg);
}
