/* See audit_head.h. Rows are read from the newest back; a day that is over gets none any more. */
#include "engine/turn/audit_head.h"

#include "engine/archive/days.h"
#include "engine/plan/civil.h"
#include "engine/turn/account.h"

#include <stdio.h>
#include <string.h>

struct heads {
	const struct archiver_config *c;
	int32_t after, to;
	int32_t day; /* of the last one that was written */
	int err;
};

static int keep_head(struct heads *h, const struct audit_rec *r, int32_t day)
{
	char name[64], date[11], folder[16], text[256];
	civil_format_date(day, date);
	day_folder(day, folder);
	snprintf(name, sizeof name, "head-%010llu.txt", (unsigned long long)r->row);
	int n = snprintf(text, sizeof text, "# osame audit head 1\nday %s\nrow %llu\nhash %s\n",
			 date, (unsigned long long)r->row, r->hash);
	return spool_archive_text(h->c->spool, folder, CLASS_AUDIT, name, text, (size_t)n);
}

/* 1: all days were found. */
static int one_row(void *arg, struct bytes key, struct bytes value)
{
	struct heads *h = arg;
	struct audit_rec r;
	(void)key;
	int err = audit_read(value, &r);
	if (err)
		return err;
	int32_t day = civil_day_at(r.at_ms);
	if (day > h->to || day == h->day)
		return 0;
	if (day <= h->after)
		return 1;
	h->day = day;
	h->err = keep_head(h, &r, day);
	return h->err ? 1 : 0;
}

int audit_heads_keep(const struct archiver_config *c, int32_t after, int32_t to)
{
	struct heads h = {.c = c, .after = after, .to = to, .day = DAY_NONE};
	const struct store_ops *ops = c->ports->store;
	struct bytes all = {"", 0};
	struct store_txn *snapshot = NULL;
	int err = ops->snapshot(c->store, &snapshot);
	if (!err)
		err = ops->scan(snapshot, T_AUDIT, all, all, 0, one_row, &h);
	ops->abort(snapshot);
	return h.err ? h.err : err < 0 ? err : 0;
}
