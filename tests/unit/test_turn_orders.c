/*
 * Every order of up to four rows about one debt, with its targets file before, between or
 * after them: the debt must end as the words of docs/payments.md say, wherever it came.
 *
 * One engine does them all: each sequence and moment is a person of its own, and the rows of
 * one step are one file. What is right is written down a second time below, from the words.
 */
#include "tests/unit/turn_rig.inc"

enum { FULL, PART, PRELIM, VOID, DEBIT, FAILED, MORE, NOTHING, DOUBT, KINDS };
static const char *const words[KINDS] = {"full",   "5000",    "prelim", "void", "debit",
					 "failed", "now7000", "now0",   "doubt"};
enum { MOST_STEPS = 4, OWED = 12000 };

/* ---- what is right, from the words ---- */

struct right {
	enum { OWES, PAID, TAKEN_BACK } is;
	bool perhaps; /* paid as 速報 says, and not yet for certain */
	bool awaited; /* a debit's result */
	bool doubted; /* by a row that nobody can read, until one says what is owed */
	int64_t owed, before;
};

static void settled(struct right *r, int how)
{
	*r = (struct right){.is = how};
}

static void owes(struct right *r, int64_t yen)
{
	r->is = OWES;
	r->perhaps = false;
	r->owed = yen;
}

static void row(struct right *r, int kind)
{
	if (r->is != OWES && !r->perhaps)
		return; /* what is settled for good stays */
	switch (kind) {
	case FULL:
		settled(r, PAID);
		break;
	case NOTHING:
		settled(r, TAKEN_BACK);
		break;
	case PART: /* also the final word after a 速報 */
		owes(r, 5000);
		r->doubted = false;
		break;
	case PRELIM:
		if (!r->perhaps)
			r->before = r->owed;
		r->is = PAID;
		r->perhaps = true;
		r->owed = 0;
		break;
	case VOID: /* with the amount from before */
		if (r->perhaps)
			owes(r, r->before);
		break;
	case DEBIT:
		r->awaited = true;
		break;
	case FAILED:
		r->awaited = false;
		break;
	case MORE:
		if (r->perhaps)
			r->before = 7000;
		else
			r->owed = 7000;
		r->doubted = false;
		break;
	case DOUBT:
		r->doubted = true;
		break;
	}
}

/* ---- all of them ---- */

/* Sequence number `i` of `n` rows. */
static int kind_at(int i, int n, int step)
{
	for (int k = n - 1; k > step; k--)
		i /= KINDS;
	return i % KINDS;
}

static int power(int n)
{
	int p = 1;
	while (n-- > 0)
		p *= KINDS;
	return p;
}

static void text_of(int i, int n, int moment, char text[128])
{
	size_t at = 0;
	for (int k = 0; k <= n; k++) {
		if (k == moment)
			at += (size_t)snprintf(text + at, 128 - at, "[debt] ");
		if (k < n)
			at += (size_t)snprintf(text + at, 128 - at, "%s ", words[kind_at(i, n, k)]);
	}
}

/* The person of sequence i whose debt comes before row `moment` (n: after the last). */
static void person_of(int i, int moment, char id[32])
{
	snprintf(id, 32, "s%05dm%d", i, moment);
}

static FILE *file_of(const char *kind, int step)
{
	char path[600];
	snprintf(path, sizeof path, "%s/drop/in/%s-1%d", folder, kind, step);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	return f;
}

static void give_debts(int n, int moment)
{
	FILE *f = file_of("targets", moment);
	for (int i = 0; i < power(n); i++) {
		char id[32];
		person_of(i, moment, id);
		fprintf(f, "T %s;14;kotei;2026;3;n1;%d;長野太郎;503;090%d%07dm\n", id, OWED,
			1 + moment, i);
	}
	fclose(f);
	settle_drop();
}

static void give_rows(int n, int step)
{
	FILE *f = file_of("pay", step);
	for (int i = 0; i < power(n); i++)
		for (int moment = 0; moment <= n; moment++) {
			char id[32];
			person_of(i, moment, id);
			fprintf(f, "P %s;14;kotei;2026;3;n1;%s\n", id, words[kind_at(i, n, step)]);
		}
	fclose(f);
	settle_drop();
}

static struct debt debt_at(int i, int moment)
{
	return debt_of((uint32_t)moment + 1, (uint32_t)i + 1);
}

static struct right right_of(int i, int n)
{
	struct right r = {.is = OWES, .owed = OWED};
	for (int k = 0; k < n; k++)
		row(&r, kind_at(i, n, k));
	return r;
}

static void check_one(int i, int n, int moment)
{
	static const enum settled settled_as[] = {SETTLED_NO, SETTLED_PAID, SETTLED_WITHDRAWN};
	struct right r = right_of(i, n);
	struct debt d = debt_at(i, moment);
	char text[128];

	text_of(i, n, moment, text);
	ck_assert_msg(d.settled == settled_as[r.is] && d.preliminary == r.perhaps,
		      "%s: settled %d, preliminary %d", text, (int)d.settled, d.preliminary);
	ck_assert_msg(d.amount == r.owed, "%s: %lld yen, not %lld", text, (long long)d.amount,
		      (long long)r.owed);
	if (r.is == OWES)
		ck_assert_msg((d.debit_until_ms > clock_now_ms()) == r.awaited, "%s: awaited %d",
			      text, r.awaited);
	ck_assert_msg(d.held == (r.doubted && (r.is == OWES || r.perhaps)), "%s: held %d", text,
		      d.held);
}

static void go_through(int n)
{
	start_rig((struct rig){.lines = 200, .calls_per_second = 1000, .prepare_ahead = 1000});
	for (int k = 0; k <= n; k++) {
		give_debts(n, k);
		if (k < n)
			give_rows(n, k);
		if (k == n / 2)
			crash();
	}
	for (int i = 0; i < power(n); i++)
		for (int moment = 0; moment <= n; moment++)
			check_one(i, n, moment);
}

START_TEST(every_order_ends_right)
{
	go_through(_i);
	end_rig();
}
END_TEST

/* By a row that came after the debt: its result was made then (88), and what comes later makes a
 * correction and calls nobody. */
static bool was_doubted(int i, int n, int moment)
{
	struct right r = {.is = OWES, .owed = OWED};
	for (int k = 0; k < n; k++) {
		row(&r, kind_at(i, n, k));
		if (k >= moment && r.is == OWES && r.doubted && !r.awaited)
			return true;
	}
	return false;
}

static bool was_dialled(int i, int moment)
{
	char number[32];
	snprintf(number, sizeof number, "090%d%07d", 1 + moment, i);
	return dialled(number) > 0;
}

/* And those are called who owe something that is not awaited, nobody else; after the days of 速報
 * and debits, who owes it then. */
START_TEST(who_is_called)
{
	enum { N = 2 };
	go_through(N);
	for (uint32_t run = 1; run <= N + 1; run++)
		if (run_of(run).state == RUN_DRAFT) {
			must(M_RUN_SUBMIT, run);
			must(M_RUN_APPROVE, run);
			must(M_RUN_START, run);
		}
	for (int later = 0; later < 2; later++) {
		go_to(at(later ? 11 : 7, 12, 0));
		for (int i = 0; i < power(N); i++)
			for (int moment = 0; moment <= N; moment++) {
				struct right r = right_of(i, N);
				char text[128];
				text_of(i, N, moment, text);
				bool asked =
				    r.is == OWES && !r.doubted && !was_doubted(i, N, moment);
				ck_assert_msg(was_dialled(i, moment) ==
						  (asked && (later || !r.awaited)),
					      "%s: called %d", text, was_dialled(i, moment));
			}
	}
	end_rig();
}
END_TEST

static TCase *orders(void)
{
	TCase *t = tcase_create("orders");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, every_order_ends_right, 1, MOST_STEPS + 1);
	tcase_add_test(t, who_is_called);
	return t;
}

UNIT_MAIN("turn_orders", orders)
