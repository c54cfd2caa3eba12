/* See fake_rows.h. */
#include "tests/support/fake_rows.h"

#include "engine/arena.h"
#include "engine/plan/hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next part up to `sep`, into the arena. */
static const char *part(struct arena *a, char **at, const char *sep)
{
	char *p = *at ? strsep(at, sep) : NULL;
	return arena_str(a, p ? p : "");
}

static struct debt_key key_of(struct arena *a, char **at)
{
	struct debt_key k;
	k.person = part(a, at, ";");
	k.gyomu = part(a, at, ";");
	k.tax = part(a, at, ";");
	k.fuka_year = k.chotei_year = part(a, at, ";");
	k.period = part(a, at, ";");
	k.notice = part(a, at, ";");
	return k;
}

/* "NAME!" is 音声不可; "GUARDIAN/NAME" has a contact; "NAME@GROUP" a 名寄せ番号; "NAME#" owes
 * nothing (勧奨). */
static void person(struct arena *a, struct target_row *t)
{
	size_t n = strlen(t->name);
	char *name = arena_copy(a, t->name, n + 1), *slash;

	if (!name)
		abort();
	if (n > 0 && name[n - 1] == '#') {
		t->no_debt = true;
		name[--n] = '\0';
	}
	if (n > 0 && name[n - 1] == '!') {
		t->care = CARE_NO_VOICE;
		name[n - 1] = '\0';
	}
	char *group = strchr(name, '@');
	if (group) {
		*group = '\0';
		t->name_group = group + 1;
	}
	slash = strchr(name, '/');
	if (slash) {
		*slash = '\0';
		t->contact = CONTACT_GUARDIAN;
		t->owner_name = slash + 1;
	}
	t->name = name;
}

static void target(struct row_batch *b, uint32_t row, char *at)
{
	struct target_row *t = &b->targets[b->n++];
	memset(t, 0, sizeof *t);
	t->row = row;
	t->place = row;
	t->key = key_of(b->arena, &at);
	t->tax_words = t->key.tax;
	t->due_day = t->demand_sent_day = t->slip_until_day = DAY_NONE;
	t->owner_name = t->language = t->name_group = t->household = "";
	t->amount = atoll(part(b->arena, &at, ";"));
	t->name = part(b->arena, &at, ";");
	person(b->arena, t);
	t->kana = "カナ";
	t->birth_md = atoi(part(b->arena, &at, ";"));
	t->n_carried = 1;
	t->carried_name[0] = "memo";
	t->carried[0] = arena_printf(b->arena, "memo %u", row);
	while (at && *at && t->n_numbers < MAX_NUMBERS) {
		struct number *n = &t->numbers[t->n_numbers++];
		const char *p = part(b->arena, &at, ",");
		size_t len = strspn(p, "0123456789");
		memcpy(n->digits, p, len);
		n->kind = p[len] == 'h' ? KIND_HOME : p[len] == 'w' ? KIND_WORK : KIND_MOBILE;
		n->sms = p[len] == 'm';
	}
}

static const char *const payment_words[PAYMENT_KINDS] = {
    [PAYMENT_FULL] = "full",
    [PAYMENT_PRELIMINARY] = "prelim",
    [PAYMENT_PRELIMINARY_VOID] = "void",
    [PAYMENT_DEBIT_WAIT] = "debit",
    [PAYMENT_DEBIT_FAILED] = "failed",
    [PAYMENT_REASSESSED] = "now",
    [PAYMENT_UNREADABLE] = "doubt",
};

static void payment(struct row_batch *b, uint32_t row, char *at)
{
	struct payment_row *p = &b->payments[b->n++];
	memset(p, 0, sizeof *p);
	p->row = row;
	p->paid_day = p->wait_day = p->as_of_day = DAY_NONE;
	p->key = key_of(b->arena, &at);
	const char *what = part(b->arena, &at, ";");
	p->paid_day = p->wait_day = p->as_of_day = DAY_NONE;
	p->kind = PAYMENT_PART;
	for (int i = 0; i < PAYMENT_KINDS; i++)
		if (payment_words[i] &&
		    strncmp(what, payment_words[i], strlen(payment_words[i])) == 0)
			p->kind = (enum payment_kind)i;
	if (p->kind == PAYMENT_PART)
		p->rest = atoll(what);
	if (p->kind == PAYMENT_REASSESSED)
		p->rest = atoll(what + strlen(payment_words[PAYMENT_REASSESSED]));
}

static void withdrawal(struct row_batch *b, uint32_t row, char *at)
{
	struct withdrawal_row *w = &b->withdrawals[b->n++];
	*w = (struct withdrawal_row){.row = row, .key = key_of(b->arena, &at), .words = ""};
}

/* reason;set|lift[;last day of December[;first day]] */
static void exclusion(struct row_batch *b, uint32_t row, char *at)
{
	struct exclusion_row *x = &b->exclusions[b->n++];
	*x = (struct exclusion_row){.row = row,
				    .key = key_of(b->arena, &at),
				    .words = "",
				    .from_day = DAY_NONE,
				    .until_day = DAY_NONE};
	const char *reason = part(b->arena, &at, ";");
	for (int i = 1; i < EXCLUSIONS; i++)
		if (strcmp(reason, exclusion_name((enum exclusion)i)) == 0)
			x->reason = (enum exclusion)i;
	x->lifted = strcmp(part(b->arena, &at, ";"), "lift") == 0;
	int day = atoi(part(b->arena, &at, ";"));
	if (day)
		(void)civil_day_of(2026, 12, day, &x->until_day);
	day = atoi(part(b->arena, &at, ";"));
	if (day)
		(void)civil_day_of(2026, 12, day, &x->from_day);
}

static void key_change(struct row_batch *b, uint32_t row, char *at)
{
	struct key_change_row *k = &b->key_changes[b->n++];
	k->row = row;
	k->from = key_of(b->arena, &at);
	k->to = key_of(b->arena, &at);
}

/* "H person;gyomu;kind;until or -;set or lift" */
static void hold(struct row_batch *b, uint32_t row, char *at)
{
	struct hold_row *h = &b->holds[b->n++];
	memset(h, 0, sizeof *h);
	h->row = row;
	h->person = part(b->arena, &at, ";");
	h->gyomu = part(b->arena, &at, ";");
	if (!hold_kind_of(part(b->arena, &at, ";"), &h->kind))
		abort();
	if (civil_parse_date(part(b->arena, &at, ";"), &h->until_day))
		h->until_day = DAY_NONE;
	h->lifted = strcmp(part(b->arena, &at, ";"), "lift") == 0;
	h->words = "from a file";
}

/* "M digits;person;mark;set or lift" */
static void number(struct row_batch *b, uint32_t row, char *at)
{
	struct number_row *n = &b->numbers[b->n++];
	memset(n, 0, sizeof *n);
	n->row = row;
	snprintf(n->digits, sizeof n->digits, "%s", part(b->arena, &at, ";"));
	n->person = part(b->arena, &at, ";");
	if (!mark_of(part(b->arena, &at, ";"), &n->mark))
		abort();
	n->day = DAY_NONE;
	n->lifted = strcmp(part(b->arena, &at, ";"), "lift") == 0;
	n->words = "from a file";
}

static void error(struct row_batch *b, uint32_t row, const char *line)
{
	struct row_error *e = &b->errors[b->n_errors++];
	memset(e, 0, sizeof *e);
	e->row = row;
	e->warning = line[0] == 'W';
	snprintf(e->code, sizeof e->code, "%.5s", line + 2);
	snprintf(e->words, sizeof e->words, "%.400s", line + 8);
}

void fake_row(struct row_batch *b, char *line, uint32_t row, uint32_t place)
{
	static const struct {
		char letter;
		void (*read)(struct row_batch *b, uint32_t row, char *at);
	} kinds[] = {{'P', payment},    {'B', withdrawal}, {'N', exclusion},
		     {'K', key_change}, {'H', hold},       {'M', number}};

	if (line[0] == 'T') {
		target(b, row, line + 2);
		b->targets[b->n - 1].place = place;
		return;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (line[0] == kinds[i].letter) {
			kinds[i].read(b, place, line + 2);
			return;
		}
	error(b, row, line);
}
