/*
 * See expect.h. Patterns are matched by our own small matcher and not by fnmatch(3)
 * with pieces cut out: {n} must be a whole run of digits, and a star before it must
 * not eat its first ones (stars take as little as they can). What cannot be read as a number is no
 * match, so a file is then nobody's expectation and is taken as ever.
 */
#include "engine/plan/expect.h"

#include <string.h>

enum { DEPTH = 64, DAYS_BACK = 40 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool match(const char *p, const char *s, struct expect_name *ret, int depth);

/* All the digits that stand there. */
static size_t run_of_digits(const char *s, uint64_t *ret)
{
	size_t n = 0;
	*ret = 0;
	while (n < 18 && is_digit(s[n]))
		*ret = *ret * 10 + (uint64_t)(s[n++] - '0');
	return is_digit(s[n]) ? 0 : n;
}

static bool match_number(const char *p, const char *s, struct expect_name *ret, int depth)
{
	uint64_t v;
	size_t n = run_of_digits(s, &v);
	if (n == 0 || !match(p, s + n, ret, depth + 1))
		return false;
	ret->has_n = true;
	ret->n = v;
	return true;
}

static bool match_part(const char *p, const char *s, struct expect_name *ret, int depth)
{
	uint64_t v;
	size_t n = run_of_digits(s, &v);
	if (n == 0 || v == 0 || v > 999 || !match(p, s + n, ret, depth + 1))
		return false;
	ret->part = (int)v;
	return true;
}

static bool match_set(const char *p, const char *s, struct expect_name *ret, int depth)
{
	size_t most = 0;
	while (is_word(s[most]) && most + 1 < sizeof ret->set)
		most++;
	for (size_t n = most; n > 0; n--)
		if (match(p, s + n, ret, depth + 1)) {
			memcpy(ret->set, s, n);
			ret->set[n] = '\0';
			return true;
		}
	return false;
}

static bool match_star(const char *p, const char *s, struct expect_name *ret, int depth)
{
	for (;; s++) {
		if (match(p, s, ret, depth + 1))
			return true;
		if (!*s)
			return false;
	}
}

static bool match(const char *p, const char *s, struct expect_name *ret, int depth)
{
	static const char *const n = "{n}", *const set = "{set}", *const part = "{part}";
	if (depth > DEPTH)
		return false;
	for (;; p++, s++) {
		if (strncmp(p, n, 3) == 0)
			return match_number(p + 3, s, ret, depth);
		if (strncmp(p, set, 5) == 0)
			return match_set(p + 5, s, ret, depth);
		if (strncmp(p, part, 6) == 0)
			return match_part(p + 6, s, ret, depth);
		if (*p == '*')
			return match_star(p + 1, s, ret, depth);
		if (!*p || !*s)
			return *p == *s;
		if (*p != '?' && *p != *s)
			return false;
	}
}

bool expect_match(const char *pattern, const char *name, struct expect_name *ret)
{
	*ret = (struct expect_name){.has_n = false};
	return match(pattern, name, ret, 0);
}

/* ---- may it be taken? ---- */

static bool is_there(const struct expect_question *q, const struct expect_rule *rule,
		     const char *set, int part)
{
	struct expect_name x;
	for (size_t i = 0; i < q->n_files; i++)
		if (expect_match(rule->pattern, q->files[i].name, &x) && strcmp(x.set, set) == 0 &&
		    (part == 0 || x.part == part))
			return true;
	return false;
}

static const struct expect_rule *rule_named(const struct expect_question *q, const char *name,
					    size_t n)
{
	for (size_t i = 0; i < q->n_rules; i++)
		if (strlen(q->rules[i].name) == n && memcmp(q->rules[i].name, name, n) == 0)
			return &q->rules[i];
	return NULL;
}

static bool parts_are_there(const struct expect_question *q, const struct expect_rule *rule,
			    const char *set)
{
	for (int part = 1; part <= rule->parts; part++)
		if (!is_there(q, rule, set, part))
			return false;
	return rule->parts > 0 || is_there(q, rule, set, 0);
}

static bool set_is_whole(const struct expect_question *q, const struct expect_name *x)
{
	const struct expect_rule *rule = &q->rules[q->rule];
	if (rule->parts > 0 && !parts_are_there(q, rule, x->set))
		return false;
	for (const char *at = rule->with; *at;) {
		size_t n = strcspn(at, " ");
		const struct expect_rule *other = n ? rule_named(q, at, n) : NULL;
		if (other && !parts_are_there(q, other, x->set))
			return false;
		at += n;
		at += strspn(at, " ");
	}
	return true;
}

enum expect_verdict expect_judge(const struct expect_question *q, uint64_t *ret_missing)
{
	const struct expect_rule *rule = &q->rules[q->rule];
	const struct expect_file *file = &q->files[q->file];
	struct expect_name x;

	*ret_missing = 0;
	if (!expect_match(rule->pattern, file->name, &x))
		return EXPECT_TAKE;
	if (rule->stale_ms && q->now_ms - file->mtime_ms > rule->stale_ms)
		return EXPECT_STALE;
	if (x.has_n && q->last_n && x.n <= q->last_n && rule->parts == 0)
		return EXPECT_AGAIN;
	if (x.has_n && q->last_n && x.n > q->last_n + 1) {
		*ret_missing = q->last_n + 1;
		if (rule->waits)
			return EXPECT_WAIT;
	}
	if (!set_is_whole(q, &x))
		return EXPECT_SET;
	return *ret_missing ? EXPECT_GAP : EXPECT_TAKE;
}

/* ---- late ---- */

static bool is_day(const struct expect_rule *rule, const struct calendar *cal, int32_t day)
{
	return rule->every_day ||
	       (civil_from_day(day).weekday < 5 && !calendar_is_holiday(cal, day));
}

int64_t expect_deadline(const struct expect_rule *rule, const struct calendar *cal, int64_t now_ms)
{
	int32_t today = civil_day_at(now_ms);
	if (rule->by_min < 0)
		return INT64_MIN;
	for (int32_t day = today; day > today - DAYS_BACK; day--) {
		int64_t at = civil_day_start(day) + rule->by_min * MS_PER_MIN;
		if (at <= now_ms && is_day(rule, cal, day))
			return at;
	}
	return INT64_MIN;
}

bool expect_is_late(const struct expect_rule *rule, const struct calendar *cal, int64_t now_ms,
		    int64_t last_ms)
{
	int64_t due = expect_deadline(rule, cal, now_ms);
	if (due == INT64_MIN)
		return false;
	/* What came after the deadline before this one is today's: files often come in the
	 * evening. */
	return last_ms <= expect_deadline(rule, cal, due - 1);
}
