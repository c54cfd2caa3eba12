/* See paying.h. */
#include "engine/turn/paying.h"

void paying_unasked(struct debt *d, const struct paying *p)
{
	/* Not asked for already, by a 速報, a debit or a hold: the calls since then were not about
	 * it, whatever settles it now. */
	if (d->settled == SETTLED_NO && !d->held && d->debit_until_ms <= p->now_ms)
		d->since_attempt = p->attempt;
}

static void over(struct debt *d, enum settled how, const struct paying *p)
{
	paying_unasked(d, p);
	d->settled = how;
	d->settled_ms = p->now_ms;
	d->amount = 0;
	d->held = d->preliminary = false;
	d->debit_until_ms = 0;
}

static void asked_again(struct debt *d, int64_t amount)
{
	d->settled = SETTLED_NO;
	d->settled_ms = 0;
	d->preliminary = false;
	d->amount = amount;
}

static bool part(struct debt *d, int64_t rest, const struct paying *p)
{
	if (rest <= 0) {
		over(d, SETTLED_PAID, p);
		return true;
	}
	if (d->preliminary) { /* the final word: not all of it was paid */
		asked_again(d, rest);
		d->held = false;
		return true;
	}
	if (d->amount == rest && !d->held)
		return false;
	d->amount = rest;
	d->held = false; /* what remains is known again, whatever made it doubtful */
	return true;
}

static bool reassessed(struct debt *d, int64_t amount, const struct paying *p)
{
	if (amount <= 0) {
		over(d, SETTLED_WITHDRAWN, p); /* nothing is owed any more, and nobody paid */
		return true;
	}
	int64_t *what = d->preliminary ? &d->amount_before : &d->amount;
	if (*what == amount && !d->held)
		return false;
	*what = amount;
	d->held = false;
	return true;
}

bool paying_doubt(struct debt *d, const struct paying *p)
{
	if (d->held || (d->settled != SETTLED_NO && !d->preliminary))
		return false;
	paying_unasked(d, p);
	d->held = true; /* under a 速報 too: taken back, it leaves the debt held */
	return true;
}

static bool preliminary(struct debt *d, const struct paying *p)
{
	if (d->preliminary)
		return false;
	int64_t before = d->amount, debit = d->debit_until_ms;
	bool held = d->held;
	over(d, SETTLED_PAID, p);
	d->preliminary = true;
	d->held = held; /* a 速報取消 leaves it as it was: held, or with a debit to wait for */
	d->debit_until_ms = debit;
	d->preliminary_until_ms = p->now_ms + p->preliminary_ms;
	d->amount_before = before;
	return true;
}

static bool debit_wait(struct debt *d, int32_t wait_day, const struct paying *p)
{
	int64_t until =
	    wait_day == DAY_NONE ? p->now_ms + p->debit_ms : civil_day_start(wait_day + 1);
	/* While a 速報 stands too: a 速報取消 leaves the wait. */
	if (until <= d->debit_until_ms)
		return false;
	paying_unasked(d, p);
	d->debit_until_ms = until;
	return true;
}

bool paying_apply(struct debt *d, enum payment_kind kind, int64_t rest, int32_t wait_day,
		  const struct paying *p)
{
	if (d->settled == SETTLED_WITHDRAWN || (d->settled == SETTLED_PAID && !d->preliminary))
		return false;
	switch (kind) {
	case PAYMENT_FULL:
		over(d, SETTLED_PAID, p);
		return true;
	case PAYMENT_PART:
		return part(d, rest, p);
	case PAYMENT_PRELIMINARY:
		return preliminary(d, p);
	case PAYMENT_PRELIMINARY_VOID:
		if (!d->preliminary)
			return false;
		asked_again(d, d->amount_before);
		return true;
	case PAYMENT_DEBIT_WAIT:
		return debit_wait(d, wait_day, p);
	case PAYMENT_DEBIT_FAILED:
		if (!d->debit_until_ms)
			return false;
		d->debit_until_ms = 0;
		return true;
	case PAYMENT_REASSESSED:
		return reassessed(d, rest, p);
	case PAYMENT_UNREADABLE:
		return paying_doubt(d, p);
	case PAYMENT_KINDS:
		break;
	}
	return false;
}
