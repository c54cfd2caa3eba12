/*
 * The parser of expr.h, by recursive descent. Depth is counted, so that a document
 * of a thousand parentheses ends in a message and not in the stack guard.
 */
#include "engine/scenario/expr.h"

#include "engine/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EXPR_DEPTH 64

struct parser {
	struct arena *arena;
	const struct expr_scope *scope;
	const char *at;
	int depth;
	int err;
	char *why;
};

static struct expr *parse_choose(struct parser *p);

PRINTF_LIKE(2, 3) static struct expr *fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->err)
		return NULL; /* the first one is the one to mend */
	p->err = E_INVALID;
	va_start(ap, fmt);
	vsnprintf(p->why, EXPR_WHY, fmt, ap);
	va_end(ap);
	return NULL;
}

static void skip_space(struct parser *p)
{
	p->at += strspn(p->at, " \t\r\n");
}

static bool take(struct parser *p, const char *token)
{
	size_t n = strlen(token);

	skip_space(p);
	if (strncmp(p->at, token, n) != 0)
		return false;
	p->at += n;
	return true;
}

static struct expr *node(struct parser *p, enum expr_op op, struct expr *a, struct expr *b)
{
	struct expr *e;

	if (p->err)
		return NULL;
	e = arena_take(p->arena, sizeof *e);
	if (!e) {
		p->err = E_NOMEM;
		return NULL;
	}
	*e = (struct expr){.op = op, .a = a, .b = b, .slot = -1};
	return e;
}

static struct expr *literal(struct parser *p, struct value v)
{
	struct expr *e = node(p, EXPR_LITERAL, NULL, NULL);

	if (e)
		e->literal = v;
	return e;
}

static struct expr *parse_number(struct parser *p)
{
	const char *s = p->at;
	size_t n = strspn(s, "0123456789");
	char text[24];

	if (s[n] == '.')
		n += 1 + strspn(s + n + 1, "0123456789");
	if (n >= sizeof text || isalpha((unsigned char)s[n]) || s[n] == '_')
		return fail(p, "\"%.20s\" is not a number: write decimal digits", s);
	if (n > 1 && s[0] == '0' && s[1] != '.')
		return fail(p, "a number has no leading 0: write digits to compare as '%.*s'",
			    (int)n, s);
	memcpy(text, s, n);
	text[n] = '\0';
	p->at += n;
	return literal(p, value_number(strtod(text, NULL)));
}

/* No escapes but \\ and the quote: the language has no use for others. */
static struct expr *parse_string(struct parser *p)
{
	char quote = *p->at++;
	size_t most = strlen(p->at), n = 0;
	char *text = arena_take(p->arena, most + 1);

	if (!text) {
		p->err = E_NOMEM;
		return NULL;
	}
	while (*p->at != quote) {
		if (*p->at == '\\' && (p->at[1] == '\\' || p->at[1] == quote))
			p->at++;
		else if (*p->at == '\\')
			return fail(p, "\\%c is not known: only \\\\ and the quote are escaped",
				    p->at[1]);
		if (*p->at == '\0')
			return fail(p, "a string is not closed: put a %c at its end", quote);
		text[n++] = *p->at++;
	}
	p->at++;
	text[n] = '\0';
	return literal(p, value_string(text));
}

/* A letter of a name: ASCII, or any character beyond it (fields may have Japanese names). */
static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t dotted_length(const char *s)
{
	size_t n = 0;

	while (in_name(s[n]) || (s[n] == '.' && in_name(s[n + 1])))
		n++;
	return n;
}

static struct expr *parse_debt(struct parser *p)
{
	struct expr *index = parse_choose(p), *e;
	size_t n;

	if (!index)
		return NULL;
	if (!take(p, "]") || !take(p, "."))
		return fail(p, "write target.debts[i].tax, .year, .period, .due, .amount, "
			       ".late_charge, .method, .demand_sent, .slip_until or .slip_over");
	n = dotted_length(p->at);
	e = node(p, EXPR_NAME, index, NULL);
	if (!e)
		return NULL;
	e->name = name_find_of_debt(p->at, n);
	if (!e->name)
		return fail(p, "a debt has no \"%.*s\": it has tax, year, period, due, amount",
			    (int)n, p->at);
	p->at += n;
	return e;
}

static struct expr *parse_matches_birth(struct parser *p)
{
	struct expr *field = parse_choose(p);

	if (!field)
		return NULL;
	if (field->op != EXPR_SLOT)
		return fail(p, "matches_birth() takes a field's name");
	return node(p, EXPR_MATCHES_BIRTH, field, NULL);
}

/* The reach is written down, since every date in it is a sentence to render. */
static struct expr *parse_date_of(struct parser *p)
{
	struct expr *field = parse_choose(p), *days = NULL, *e;

	if (field && field->op != EXPR_SLOT)
		return fail(p, "date_of() takes a field's name first");
	if (field && take(p, ","))
		days = parse_choose(p);
	if (p->err)
		return NULL;
	double n = days && days->op == EXPR_LITERAL && days->literal.type == VALUE_NUMBER
		       ? days->literal.number
		       : 0;
	if (!(n >= 1 && n <= MAX_KEYED_DAYS && n <= (int)n))
		return fail(p, "date_of(field, 30): how many days ahead, from 1 to %d",
			    MAX_KEYED_DAYS);
	e = node(p, EXPR_DATE_OF, field, NULL);
	if (e)
		e->literal = days->literal;
	return e;
}

static struct expr *parse_call(struct parser *p, const char *name, size_t n)
{
	struct expr *e;

	if (n == 13 && memcmp(name, "matches_birth", n) == 0) {
		e = parse_matches_birth(p);
	} else if (n == 12 && memcmp(name, "is_month_day", n) == 0) {
		e = parse_choose(p);
		e = e ? node(p, EXPR_IS_MONTH_DAY, e, NULL) : NULL;
	} else if (n == 11 && memcmp(name, "birth_known", n) == 0) {
		e = node(p, EXPR_BIRTH_KNOWN, NULL, NULL);
	} else if (n == 7 && memcmp(name, "date_of", n) == 0) {
		e = parse_date_of(p);
	} else if (n == 7 && memcmp(name, "inbound", n) == 0) {
		e = node(p, EXPR_INBOUND, NULL, NULL);
	} else if (n == 4 && memcmp(name, "open", n) == 0) {
		e = node(p, EXPR_OPEN, NULL, NULL);
	} else if (n == 5 && memcmp(name, "level", n) == 0) {
		e = node(p, EXPR_LEVEL, NULL, NULL);
	} else {
		return fail(
		    p,
		    "there is no function \"%.*s\": use matches_birth(field), "
		    "birth_known(), level(), inbound(), open(), is_month_day(x) or date_of(field, "
		    "30)",
		    (int)n, name);
	}
	if (e && !take(p, ")"))
		return fail(p, "\")\" is missing after %.*s(", (int)n, name);
	return e;
}

static bool is_word(const char *name, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(name, word, n) == 0;
}

static struct expr *unknown_name(struct parser *p, const char *name, size_t n)
{
	if (is_word(name, n, "target.birth_md"))
		return fail(p, "target.birth_md cannot be named: ask matches_birth(field) or "
			       "birth_known()");
	if (is_word(name, n, "target.debts"))
		return fail(p, "target.debts takes an index: target.debts[0].amount, or .length");
	return fail(p,
		    "there is no \"%.*s\": declare it by <var> or <field>, or use a name of "
		    "target.*, campaign.*, department.*",
		    (int)n, name);
}

static struct expr *parse_name(struct parser *p)
{
	const char *name = p->at;
	size_t n = dotted_length(name);
	struct expr *e;
	int slot;

	p->at += n;
	if (is_word(name, n, "true") || is_word(name, n, "false"))
		return literal(p, value_bool(*name == 't'));
	if (is_word(name, n, "undefined"))
		return literal(p, value_undefined());
	if (take(p, "("))
		return parse_call(p, name, n);
	if (is_word(name, n, "target.debts") && take(p, "["))
		return parse_debt(p);
	slot = p->scope ? p->scope->slot(p->scope->context, name, n) : -1;
	const struct name_def *def = name_find(name, n);
	if (slot < 0 && !def)
		return unknown_name(p, name, n);
	e = node(p, slot >= 0 ? EXPR_SLOT : EXPR_NAME, NULL, NULL);
	if (e) {
		e->slot = slot;
		e->name = slot >= 0 ? NULL : def;
	}
	return e;
}

static struct expr *parse_primary(struct parser *p)
{
	struct expr *e;

	skip_space(p);
	if (*p->at == '\0')
		return fail(p, "the expression ends too early");
	if (isdigit((unsigned char)*p->at))
		return parse_number(p);
	if (*p->at == '\'' || *p->at == '"')
		return parse_string(p);
	if (in_name(*p->at))
		return parse_name(p);
	if (!take(p, "("))
		return fail(p, "\"%.12s\" is not part of the expression language", p->at);
	e = parse_choose(p);
	if (e && !take(p, ")"))
		return fail(p, "a \")\" is missing");
	return e;
}

static struct expr *parse_unary(struct parser *p)
{
	struct expr *e = NULL;
	enum expr_op op;

	skip_space(p);
	if (*p->at == '!')
		op = EXPR_NOT;
	else if (*p->at == '-')
		op = EXPR_NEGATE;
	else if (*p->at == '+')
		op = EXPR_PLUS;
	else
		return parse_primary(p);
	p->at++;
	if (++p->depth > MAX_EXPR_DEPTH)
		return fail(p, "the expression is nested too deeply");
	e = parse_unary(p);
	p->depth--;
	return e ? node(p, op, e, NULL) : NULL;
}

struct binary {
	const char *token;
	enum expr_op op;
	int rank; /* binds tighter with a higher one */
};
/* Longer tokens first: "<=" must not be read as "<". */
static const struct binary binaries[] = {
    {"===", EXPR_SAME, 3},     {"!==", EXPR_NOT_SAME, 3},  {"==", EXPR_EQUAL, 3},
    {"!=", EXPR_NOT_EQUAL, 3}, {"<=", EXPR_LESS_EQUAL, 4}, {">=", EXPR_GREATER_EQUAL, 4},
    {"&&", EXPR_AND, 2},       {"||", EXPR_OR, 1},         {"<", EXPR_LESS, 4},
    {">", EXPR_GREATER, 4},    {"+", EXPR_ADD, 5},         {"-", EXPR_SUBTRACT, 5},
    {"*", EXPR_MULTIPLY, 6},   {"/", EXPR_DIVIDE, 6},      {"%", EXPR_MODULO, 6},
};

static const struct binary *peek_binary(struct parser *p)
{
	skip_space(p);
	for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
		if (strncmp(p->at, binaries[i].token, strlen(binaries[i].token)) == 0)
			return &binaries[i];
	return NULL;
}

/* Precedence climbing: all operators of `rank` and above, from the left. */
static struct expr *parse_binary(struct parser *p, int rank)
{
	struct expr *left = parse_unary(p);
	const struct binary *op;

	while (left && (op = peek_binary(p)) != NULL && op->rank >= rank) {
		p->at += strlen(op->token);
		struct expr *right = parse_binary(p, op->rank + 1);
		left = right ? node(p, op->op, left, right) : NULL;
	}
	return left;
}

static struct expr *parse_choose(struct parser *p)
{
	struct expr *e = NULL, *yes, *no;

	if (++p->depth > MAX_EXPR_DEPTH)
		return fail(p, "the expression is nested too deeply");
	e = parse_binary(p, 1);
	if (e && take(p, "?")) {
		yes = parse_choose(p);
		if (yes && !take(p, ":"))
			return fail(p, "a \":\" is missing after \"?\"");
		no = yes ? parse_choose(p) : NULL;
		e = no ? node(p, EXPR_CHOOSE, e, yes) : NULL;
		if (e)
			e->c = no;
	}
	p->depth--;
	return e;
}

int expr_parse(struct arena *arena, const char *text, const struct expr_scope *scope,
	       struct expr **ret_expr, char ret_why[EXPR_WHY])
{
	struct parser p = {.arena = arena, .scope = scope, .at = text, .why = ret_why};
	struct expr *e;

	if (strlen(text) >= MAX_EXPR_BYTES) {
		snprintf(ret_why, EXPR_WHY, "the expression is too long: at most %d bytes",
			 MAX_EXPR_BYTES - 1);
		return E_INVALID;
	}
	e = parse_choose(&p);
	skip_space(&p);
	if (e && *p.at != '\0')
		fail(&p, "\"%.12s\" is not part of the expression language here", p.at);
	if (p.err)
		return p.err;
	*ret_expr = e;
	return 0;
}

void expr_walk(const struct expr *e, expr_visit_fn *fn, void *context)
{
	if (!e)
		return;
	fn(e, context);
	expr_walk(e->a, fn, context);
	expr_walk(e->b, fn, context);
	expr_walk(e->c, fn, context);
}
