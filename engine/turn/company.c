/* See company.h. */
#include "engine/turn/company.h"

int company_wait_ms(const struct company *c)
{
	/* Who waits is a place for the next submission, or nobody at all. */
	size_t under_way = c->unanswered ? c->unanswered : c->unreceipted;
	int64_t left = c->last_ms + COMPANY_MS - c->now_ms;

	if (c->came == 0 || c->came >= c->most || 2 * c->came >= under_way)
		return 0;
	if (left <= 0 || left > COMPANY_MS) /* a clock that went back is no reason to wait */
		return 0;
	return left < COMPANY_STEP_MS ? (int)left : COMPANY_STEP_MS;
}
