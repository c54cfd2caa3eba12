/*
 * Expressions: a closed subset of ECMAScript with a parser of our own. Literals,
 * names of the closed list (names.h), the scenario's own variables, operators and
 * five functions; no assignment, no objects, no calls of anything else, so nothing
 * can loop and nothing can reach what a scenario must not know.
 *
 *	expression  or ["?" expression ":" expression]
 *	or          and {"||" and}
 *	and         equality {"&&" equality}
 *	equality    relation {("=="|"!="|"==="|"!==") relation}
 *	relation    sum {("<"|"<="|">"|">=") sum}
 *	sum         product {("+"|"-") product}
 *	product     unary {("*"|"/"|"%") unary}
 *	unary       {"!"|"-"|"+"} primary
 *	primary     number | string | true | false | undefined | "(" expression ")"
 *	            | name | "target.debts[" expression "]." item | function "(" … ")"
 */
#ifndef ENGINE_SCENARIO_EXPR_H
#define ENGINE_SCENARIO_EXPR_H

#include "engine/arena.h"
#include "engine/scenario/names.h"
#include "engine/scenario/value.h"

enum expr_op {
	EXPR_LITERAL,
	EXPR_NAME, /* names.h; a = the index of a debt */
	EXPR_SLOT, /* a variable or field of the scenario */
	EXPR_NOT,
	EXPR_NEGATE,
	EXPR_PLUS, /* unary */
	EXPR_ADD,
	EXPR_SUBTRACT,
	EXPR_MULTIPLY,
	EXPR_DIVIDE,
	EXPR_MODULO,
	EXPR_LESS,
	EXPR_LESS_EQUAL,
	EXPR_GREATER,
	EXPR_GREATER_EQUAL,
	EXPR_EQUAL,
	EXPR_NOT_EQUAL,
	EXPR_SAME,
	EXPR_NOT_SAME,
	EXPR_AND,
	EXPR_OR,
	EXPR_CHOOSE,        /* a ? b : c */
	EXPR_MATCHES_BIRTH, /* matches_birth(field): a = the field */
	EXPR_BIRTH_KNOWN,   /* birth_known() */
	EXPR_LEVEL,         /* level(): the secrecy level now */
	EXPR_IS_MONTH_DAY,  /* is_month_day(x): four digits that are a day of some year */
	EXPR_DATE_OF, /* date_of(field, n): the next day of that month and day, at most n ahead */
	EXPR_INBOUND, /* inbound(): the resident rang us */
	EXPR_OPEN,    /* open(): the department's telephone is answered now */
};

struct expr {
	enum expr_op op;
	struct expr *a, *b, *c;
	struct value literal; /* EXPR_DATE_OF: n */
	const struct name_def *name;
	int slot;
};

/* How the parser finds the scenario's own variables: its slot, or -1. */
struct expr_scope {
	int (*slot)(void *context, const char *name, size_t n);
	void *context;
};

#define EXPR_WHY 256
/* E_INVALID: ret_why says what is wrong and what to do. */
int expr_parse(struct arena *arena, const char *text, const struct expr_scope *scope,
	       struct expr **ret_expr, char ret_why[EXPR_WHY]) MUST_CHECK;

/* Calls fn for each node, parents first. */
typedef void expr_visit_fn(const struct expr *e, void *context);
void expr_walk(const struct expr *e, expr_visit_fn *fn, void *context);

struct expr_env {
	const struct scenario_vars *vars;
	const struct value *slots; /* NULL: only names may stand in the expression (prompts) */
	int level;
	bool (*matches_birth)(void *context, const char *digits); /* NULL: always false */
	void *context;
};
#define EXPR_SCRATCH 4096
struct expr_scratch {
	size_t used;
	char bytes[EXPR_SCRATCH];
};
/* The first day from `today` on, at most `most` days ahead, that `keyed` (four digits, month and
 * day) means; DAY_NONE: none is. */
int32_t expr_keyed_day(const char *keyed, int32_t today, int most);
/* E_NOTFOUND: a debt's index is out of range; E_LIMIT: a string grew too long. The value's string
 * may lie in `scratch`, in vars or in the scenario. */
int expr_eval(const struct expr *e, const struct expr_env *env, struct expr_scratch *scratch,
	      struct value *ret_value) MUST_CHECK;

#endif
