/* See rowview.h. What the sample holds is shown on the terminal of whoever gave it: it is his. */
#include "engine/cli/rowview.h"

#include "engine/json.h"
#include "engine/plan/person_words.h"
#include "engine/plan/phone.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64, ROOM = 40 };

/* One row's values, by our names. */
struct view {
	size_t n;
	struct {
		const char *name, *value;
	} list[MOST];
	char room[MOST][ROOM]; /* of values that are no strings */
};

static void put(struct view *v, const char *name, const char *value)
{
	if (v->n < MOST && value && *value) {
		v->list[v->n].name = name;
		v->list[v->n++].value = value;
	}
}

static void put_int(struct view *v, const char *name, int64_t n)
{
	if (v->n == MOST)
		return;
	snprintf(v->room[v->n], ROOM, "%lld", (long long)n);
	put(v, name, v->room[v->n]);
}

static void put_day(struct view *v, const char *name, int32_t day)
{
	if (v->n == MOST || day == DAY_NONE)
		return;
	civil_format_date(day, v->room[v->n]);
	put(v, name, v->room[v->n]);
}

static void put_key(struct view *v, const struct debt_key *k)
{
	put(v, "person", k->person);
	put(v, "gyomu", k->gyomu);
	put(v, "tax", k->tax);
	put(v, "fuka_year", k->fuka_year);
	put(v, "chotei_year", k->chotei_year);
	put(v, "period", k->period);
	put(v, "notice", k->notice);
}

static void put_numbers(struct view *v, const struct target_row *t)
{
	static const char *const names[MAX_NUMBERS] = {"number1", "number2", "number3"};

	for (size_t i = 0; i < t->n_numbers && v->n < MOST; i++) {
		const struct number *n = &t->numbers[i];
		char *room = v->room[v->n];
		snprintf(room, ROOM, "%s %s %s%s", n->digits,
			 phone_line_name(phone_line(n->digits)), number_kind_word(n->kind),
			 n->sms ? " sms" : "");
		put(v, names[i], room);
	}
}

static void put_target(struct view *v, const struct target_row *t)
{
	put_key(v, &t->key);
	put(v, "tax_words", t->tax_words);
	put_day(v, "due_date", t->due_day);
	if (!t->no_debt)
		put_int(v, "amount", t->amount);
	if (t->late_charge)
		put_int(v, "late_charge", t->late_charge);
	put(v, "contact", contact_kind_word(t->contact));
	put(v, "name", t->name);
	put(v, "kana", t->kana);
	put(v, "owner_name", t->owner_name);
	if (t->birth_md)
		put_int(v, "birth_md", t->birth_md);
	put(v, "care", care_word(t->care));
	put(v, "language", t->language);
	put(v, "name_group", t->name_group);
	put(v, "household", t->household);
	put(v, "pay_method", pay_method_word(t->pay_method));
	put_day(v, "demand_sent", t->demand_sent_day);
	put_day(v, "slip_until", t->slip_until_day);
	put_numbers(v, t);
	for (size_t i = 0; i < t->n_carried; i++)
		put(v, t->carried_name[i], t->carried[i]);
}

static void put_payment(struct view *v, const struct payment_row *p)
{
	static const char *const kinds[PAYMENT_KINDS] = {
	    "full", "part", "preliminary", "void", "debit-wait", "debit-failed", "reassessed"};
	put_key(v, &p->key);
	put(v, "payment", kinds[p->kind]);
	if (p->kind == PAYMENT_PART || p->kind == PAYMENT_REASSESSED)
		put_int(v, "rest", p->rest);
	put_day(v, "paid_date", p->paid_day);
	put_day(v, "wait_until", p->wait_day);
	put_day(v, "as_of", p->as_of_day);
}

static void put_exclusion(struct view *v, const struct exclusion_row *x)
{
	put_key(v, &x->key);
	put(v, "action", x->lifted ? "lift" : "set");
	put(v, "exclusion", exclusion_name(x->reason));
	put(v, "words", x->words);
	put_day(v, "from_date", x->from_day);
	put_day(v, "until_date", x->until_day);
}

static void put_key_change(struct view *v, const struct key_change_row *k)
{
	put_key(v, &k->from);
	put(v, "new_person", k->to.person);
	put(v, "new_gyomu", k->to.gyomu);
	put(v, "new_tax", k->to.tax);
	put(v, "new_fuka_year", k->to.fuka_year);
	put(v, "new_chotei_year", k->to.chotei_year);
	put(v, "new_period", k->to.period);
	put(v, "new_notice", k->to.notice);
}

static void put_hold(struct view *v, const struct hold_row *h)
{
	static const char *const kinds[HOLD_KINDS] = {"promise", "paid", "staff", "complaint",
						      "care"};

	put(v, "person", h->person);
	put(v, "gyomu", h->gyomu);
	put(v, "action", h->lifted ? "lift" : "set");
	put(v, "hold", kinds[h->kind]);
	put_day(v, "until_date", h->until_day);
	put(v, "words", h->words);
}

static void put_number(struct view *v, const struct number_row *n)
{
	static const char *const marks[NUMBER_MARKS] = {"dead", "wrong", "stop"};

	put(v, "number", n->digits);
	put(v, "person", n->person);
	put(v, "action", n->lifted ? "lift" : "set");
	put(v, "mark", marks[n->mark]);
	put_day(v, "found_date", n->day);
	put(v, "words", n->words);
}

/* It is in the batch for what it names alone. */
static bool is_refused(const struct row_batch *b, size_t i)
{
	return b->payments && b->payments[i].kind == PAYMENT_UNREADABLE;
}

/* The i-th row of the batch; its number in the file. */
static uint32_t view_row(const struct row_batch *b, size_t i, struct view *v)
{
	v->n = 0;
	if (b->targets) {
		put_target(v, &b->targets[i]);
		return b->targets[i].row;
	}
	if (b->payments) {
		if (!is_refused(b, i))
			put_payment(v, &b->payments[i]);
		return b->payments[i].row;
	}
	if (b->withdrawals) {
		put_key(v, &b->withdrawals[i].key);
		put(v, "words", b->withdrawals[i].words);
		return b->withdrawals[i].row;
	}
	if (b->exclusions) {
		put_exclusion(v, &b->exclusions[i]);
		return b->exclusions[i].row;
	}
	if (b->key_changes) {
		put_key_change(v, &b->key_changes[i]);
		return b->key_changes[i].row;
	}
	if (b->holds) {
		put_hold(v, &b->holds[i]);
		return b->holds[i].row;
	}
	put_number(v, &b->numbers[i]);
	return b->numbers[i].row;
}

static int print_json(struct json *j)
{
	char *text = NULL;
	size_t n;
	int err = json_text(j, &text, &n);

	json_free(j);
	if (!err)
		puts(text);
	free(text);
	return err;
}

/* A value with a line end would look like another row. */
static void print_value(const char *s)
{
	for (; *s; s++)
		putchar((unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s);
}

static int print_row(bool json, uint32_t row, const struct view *v)
{
	if (json) {
		struct json *j = json_new_object(), *fields = json_new_object();
		json_put_int(j, "row", row);
		for (size_t i = 0; i < v->n; i++)
			json_put_str(fields, v->list[i].name, v->list[i].value);
		json_put(j, "fields", fields);
		return print_json(j);
	}
	printf("row %u:", row);
	for (size_t i = 0; i < v->n; i++) {
		printf(" %s=", v->list[i].name);
		print_value(v->list[i].value);
	}
	putchar('\n');
	return 0;
}

static int print_error(bool json, const struct row_error *e)
{
	if (json) {
		struct json *j = json_new_object();
		json_put_int(j, "row", e->row);
		json_put_str(j, e->warning ? "warning" : "error", e->code);
		json_put_str(j, "item", e->item);
		json_put_str(j, "words", e->words);
		return print_json(j);
	}
	printf("row %u: %s %s %s: %s\n", e->row, e->warning ? "warning" : "ERROR", e->code, e->item,
	       e->words);
	return 0;
}

/* Targets come sorted by person; here the file's order is wanted. */
struct place {
	uint32_t row;
	size_t i;
};

static int by_row(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return (x->row > y->row) - (x->row < y->row);
}

int rowview_batch(bool json, const struct row_batch *b, struct rowview_counts *counts)
{
	struct place *order = calloc(b->n + 1, sizeof *order);
	struct view *v = malloc(sizeof *v);
	size_t e = 0, good = 0;
	int err = order && v ? 0 : E_NOMEM;

	for (size_t i = 0; !err && i < b->n; i++)
		order[i] = (struct place){view_row(b, i, v), i};
	if (!err)
		qsort(order, b->n, sizeof *order, by_row);
	for (size_t i = 0; !err && i <= b->n; i++) {
		/* a row's warnings stand before it */
		for (; !err && e < b->n_errors && (i == b->n || b->errors[e].row <= order[i].row);
		     e++) {
			counts->warnings += b->errors[e].warning;
			err = print_error(json, &b->errors[e]);
		}
		if (err || i == b->n || is_refused(b, order[i].i))
			continue;
		good++;
		err = print_row(json, view_row(b, order[i].i, v), v);
	}
	if (!err && b->last_row >= b->first_row) {
		counts->rows += b->last_row - b->first_row + 1;
		counts->good += (uint32_t)good;
		counts->refused = counts->rows - counts->good;
	}
	free(order);
	free(v);
	return err;
}

/* What follows is of this sample; said where there are several. */
void rowview_file(bool json, const char *path)
{
	if (!json) {
		printf("== %s\n", path);
		fflush(stdout); /* before what is said of it on standard error */
		return;
	}
	struct json *j = json_new_object();
	json_put_str(j, "file", path);
	if (print_json(j))
		puts("{\"file\":\"\"}");
}

void rowview_refusal(bool json, const struct refusal *why)
{
	if (!json) {
		printf("REFUSED %s row %u: %s\n", why->code, why->row, why->words);
		return;
	}
	struct json *j = json_new_object();
	json_put_str(j, "refused", why->code);
	json_put_int(j, "row", why->row);
	json_put_str(j, "words", why->words);
	if (print_json(j))
		puts("{\"refused\":\"\"}");
}

void rowview_counts(bool json, const struct rowview_counts *c)
{
	printf(json ? "{\"rows\":%u,\"good\":%u,\"refused\":%u,\"warnings\":%u}\n"
		    : "%u rows: %u good, %u refused; %u warnings\n",
	       c->rows, c->good, c->refused, c->warnings);
}
