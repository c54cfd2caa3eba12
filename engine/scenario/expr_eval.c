/* The evaluator of expr.h: pure; a tree as deep as its text is long at most. */
#include "engine/scenario/expr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A copy of a short text that must outlive its writer. */
static int keep(struct expr_scratch *scratch, const char *a, const char *b, struct value *ret_value)
{
	size_t n = strlen(a), m = strlen(b);
	char *to = scratch->bytes + scratch->used;

	if (n + m + 1 > sizeof scratch->bytes - scratch->used)
		return E_LIMIT;
	memcpy(to, a, n);
	memcpy(to + n, b, m + 1);
	scratch->used += n + m + 1;
	*ret_value = value_string(to);
	return 0;
}

static int eval_name(const struct expr *e, const struct expr_env *env, struct expr_scratch *scratch,
		     struct value *ret_value)
{
	struct value index = {0}, v;
	char date[11];
	double i = 0;
	int err;

	if (e->name->indexed) {
		if ((err = expr_eval(e->a, env, scratch, &index)) != 0)
			return err;
		i = value_to_number(index);
		if (!(i >= 0 && i < MAX_TARGET_DEBTS && i <= floor(i)))
			return E_NOTFOUND;
	}
	if ((err = name_value(e->name, (size_t)i, env->vars, date, &v)) != 0)
		return err;
	if (v.type == VALUE_STRING && v.string == date)
		return keep(scratch, date, "", ret_value);
	*ret_value = v;
	return 0;
}

static int add(struct value a, struct value b, struct expr_scratch *scratch,
	       struct value *ret_value)
{
	char left[VALUE_TEXT], right[VALUE_TEXT];

	if (a.type == VALUE_STRING || b.type == VALUE_STRING)
		return keep(scratch, value_to_string(a, left), value_to_string(b, right),
			    ret_value);
	*ret_value = value_number(value_to_number(a) + value_to_number(b));
	return 0;
}

/* ECMAScript compares two strings as strings, all else as numbers; NaN is never less nor more. */
static bool compare(enum expr_op op, struct value a, struct value b)
{
	double x = value_to_number(a), y = value_to_number(b);

	if (a.type == VALUE_STRING && b.type == VALUE_STRING) {
		int order = strcmp(a.string, b.string);
		x = order;
		y = 0;
	}
	switch (op) {
	case EXPR_LESS:
		return x < y;
	case EXPR_LESS_EQUAL:
		return x <= y;
	case EXPR_GREATER:
		return x > y;
	default:
		return x >= y;
	}
}

static bool is_month_day(struct value v)
{
	static const int longest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	char text[VALUE_TEXT];
	const char *s = value_to_string(v, text);

	if (strlen(s) != 4 || strspn(s, "0123456789") != 4)
		return false;
	int month = (s[0] - '0') * 10 + (s[1] - '0'), day = (s[2] - '0') * 10 + (s[3] - '0');
	return month >= 1 && month <= 12 && day >= 1 && day <= longest[month - 1];
}

int32_t expr_keyed_day(const char *keyed, int32_t today, int most)
{
	if (strlen(keyed) != 4 || strspn(keyed, "0123456789") != 4)
		return DAY_NONE;
	int month = (keyed[0] - '0') * 10 + (keyed[1] - '0'),
	    day = (keyed[2] - '0') * 10 + (keyed[3] - '0');
	for (int32_t at = today; at <= today + most; at++) {
		struct civil c = civil_from_day(at);
		if (c.month == month && c.day == day)
			return at;
	}
	return DAY_NONE;
}

/* "" when it is not in reach: false in a condition. */
static int eval_date_of(const struct expr *e, const struct expr_env *env,
			struct expr_scratch *scratch, struct value *ret_value)
{
	char text[VALUE_TEXT], date[11] = "";
	struct value keyed;
	int err = expr_eval(e->a, env, scratch, &keyed);

	if (err)
		return err;
	int32_t day = expr_keyed_day(value_to_string(keyed, text), env->vars->call.day,
				     (int)value_to_number(e->literal));
	if (day != DAY_NONE)
		civil_format_date(day, date);
	return keep(scratch, date, "", ret_value);
}

static double arithmetic(enum expr_op op, double x, double y)
{
	switch (op) {
	case EXPR_SUBTRACT:
		return x - y;
	case EXPR_MULTIPLY:
		return x * y;
	case EXPR_DIVIDE:
		return x / y;
	default:
		return fmod(x, y);
	}
}

static int eval_binary(const struct expr *e, const struct expr_env *env,
		       struct expr_scratch *scratch, struct value *ret_value)
{
	struct value a, b;
	int err;

	if ((err = expr_eval(e->a, env, scratch, &a)) != 0 ||
	    (err = expr_eval(e->b, env, scratch, &b)) != 0)
		return err;
	switch (e->op) {
	case EXPR_ADD:
		return add(a, b, scratch, ret_value);
	case EXPR_LESS:
	case EXPR_LESS_EQUAL:
	case EXPR_GREATER:
	case EXPR_GREATER_EQUAL:
		*ret_value = value_bool(compare(e->op, a, b));
		return 0;
	case EXPR_EQUAL:
		*ret_value = value_bool(value_equal(a, b));
		return 0;
	case EXPR_NOT_EQUAL:
		*ret_value = value_bool(!value_equal(a, b));
		return 0;
	case EXPR_SAME:
		*ret_value = value_bool(value_strictly_equal(a, b));
		return 0;
	case EXPR_NOT_SAME:
		*ret_value = value_bool(!value_strictly_equal(a, b));
		return 0;
	default:
		*ret_value =
		    value_number(arithmetic(e->op, value_to_number(a), value_to_number(b)));
		return 0;
	}
}

/* && || ?: evaluate only what they need: `target.debts.length > 1 && target.debts[1].amount > 0`.
 */
static int eval_lazy(const struct expr *e, const struct expr_env *env, struct expr_scratch *scratch,
		     struct value *ret_value)
{
	struct value a;
	int err = expr_eval(e->a, env, scratch, &a);

	if (err)
		return err;
	bool truth = value_truth(a);
	if (e->op == EXPR_CHOOSE)
		return expr_eval(truth ? e->b : e->c, env, scratch, ret_value);
	if (truth == (e->op == EXPR_OR)) {
		*ret_value = a;
		return 0;
	}
	return expr_eval(e->b, env, scratch, ret_value);
}

static int eval_unary(const struct expr *e, const struct expr_env *env,
		      struct expr_scratch *scratch, struct value *ret_value)
{
	struct value a;
	int err = expr_eval(e->a, env, scratch, &a);
	char text[VALUE_TEXT];

	if (err)
		return err;
	switch (e->op) {
	case EXPR_NOT:
		*ret_value = value_bool(!value_truth(a));
		break;
	case EXPR_NEGATE:
		*ret_value = value_number(-value_to_number(a));
		break;
	case EXPR_PLUS:
		*ret_value = value_number(value_to_number(a));
		break;
	case EXPR_MATCHES_BIRTH:
		*ret_value = value_bool(env->matches_birth && a.type != VALUE_UNDEFINED &&
					env->matches_birth(env->context, value_to_string(a, text)));
		break;
	default:
		*ret_value = value_bool(is_month_day(a));
		break;
	}
	return 0;
}

int expr_eval(const struct expr *e, const struct expr_env *env, struct expr_scratch *scratch,
	      struct value *ret_value)
{
	switch (e->op) {
	case EXPR_LITERAL:
		*ret_value = e->literal;
		return 0;
	case EXPR_NAME:
		return eval_name(e, env, scratch, ret_value);
	case EXPR_SLOT:
		*ret_value = env->slots ? env->slots[e->slot] : value_undefined();
		return 0;
	case EXPR_NOT:
	case EXPR_NEGATE:
	case EXPR_PLUS:
	case EXPR_MATCHES_BIRTH:
	case EXPR_IS_MONTH_DAY:
		return eval_unary(e, env, scratch, ret_value);
	case EXPR_DATE_OF:
		return eval_date_of(e, env, scratch, ret_value);
	case EXPR_BIRTH_KNOWN:
		*ret_value = value_bool(env->vars->target.birth_md != 0);
		return 0;
	case EXPR_INBOUND:
		*ret_value = value_bool(env->vars->call.inbound);
		return 0;
	case EXPR_OPEN:
		*ret_value = value_bool(env->vars->call.open);
		return 0;
	case EXPR_LEVEL:
		*ret_value = value_number(env->level);
		return 0;
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_CHOOSE:
		return eval_lazy(e, env, scratch, ret_value);
	default:
		return eval_binary(e, env, scratch, ret_value);
	}
}
