/*
 * See campaign.h: the reference count and the words of the kinds. A campaign is
 * one block, with the file's bytes beside it, made by the loader (calloc, refs = 1)
 * and never changed afterwards, so threads share it without a lock.
 */
#include "engine/plan/campaign.h"

#include "engine/log.h"

#include <stdlib.h>

struct campaign *campaign_ref(struct campaign *c)
{
	/* Whoever refs holds a reference, so nothing else need be ordered. */
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void campaign_unref(struct campaign *c)
{
	if (!c)
		return;
	int before = atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel);
	BUG_IF(before < 1);
	if (before == 1) {
		free(c->source);
		free(c);
	}
}

const char *campaign_kind_word(enum campaign_kind kind)
{
	switch (kind) {
	case CAMPAIGN_NOTICE:
		return "notice";
	case CAMPAIGN_REMINDER:
		return "reminder";
	case CAMPAIGN_GENERAL:
		return "general";
	}
	return "";
}
