/* See reads.h: the files that came in and those that went out. */
#include "engine/turn/reads.h"
#include "engine/turn/reading.h"

#include "engine/turn/fields.h"
#include "engine/turn/specs.h"
#include "engine/turn/turn.h"

#include <string.h>

/* A file belongs to whoever owns its campaign; payments, and what no campaign owns, to all. */
static bool file_is_mine(const struct reading *r, const char *campaign)
{
	struct engine *e = r->q->ctx;
	const struct campaign *c = specs_campaign(engine_specs(e), campaign);
	return !campaign[0] || !c || strcmp(c->department, r->q->who->department) == 0;
}

static struct json *intake_json(const struct intake_rec *in)
{
	struct json *j = json_new_object();
	json_put_int(j, "intake", in->id);
	json_put_str(j, "name", in->name);
	json_put_str(j, "layout", in->layout);
	json_put_str(j, "campaign", in->campaign);
	json_put_str(j, "state", file_state_word(in->state));
	json_put_int(j, "rows", in->rows_total);
	json_put_int(j, "done", in->rows_done);
	json_put_int(j, "taken", in->rows_taken);
	json_put_int(j, "refused", in->rows_refused);
	json_put_int(j, "warned", in->rows_warned);
	json_put_int(j, "matched", in->rows_matched);
	json_put_int(j, "run", in->run);
	read_put_time(j, "received", in->received_ms);
	json_put_str(j, "by", in->by);
	return j;
}

static int intake_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct intake_rec in = {0};
	if (answer_look(r->a, key))
		return 1;
	DECODE(intake_fields, value, in);
	return file_is_mine(r, in.campaign) ? answer_row(r->a, intake_json(&in)) : 0;
}

int read_intakes(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	int err = reading_open(&r, q, a);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_INTAKE, from, (struct bytes){"", 0}, 0,
				     intake_found, &r);
	return reading_close(&r, err);
}

static int rowerr_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct rowerr row = {0};
	if (answer_look(r->a, key))
		return 1;
	DECODE(rowerr_fields, value, row);
	struct json *j = json_new_object();
	json_put_int(j, "row", row.row);
	json_put_str(j, "kind", row.warning ? "warning" : "refused");
	json_put_str(j, "code", row.code);
	json_put_str(j, "item", row.item);
	json_put_str(j, "words", row.words);
	return answer_row(r->a, j);
}

int read_intake(const struct query *q, struct answer *a)
{
	struct reading r;
	struct intake_rec in;
	struct bytes from;
	char prefix[4];
	int64_t id = 0;
	int err = reading_open(&r, q, a);
	json_get_int(q->params, "intake", &id);
	struct bytes of_intake = {prefix, key_u32(prefix, (uint32_t)id)};
	if (!err)
		err = db_intake_get(&r.tx, (uint32_t)id, &in);
	if (err == E_NOTFOUND || (!err && !file_is_mine(&r, in.campaign)))
		return reading_close(
		    &r, answer_refuse(a, E_NOTFOUND, "there is no intake %lld", (long long)id));
	if (!err) {
		struct json *j = intake_json(&in);
		json_put_str(j, "why", in.why);
		json_put_str(j, "sha256", in.sha256);
		json_put_int(j, "bytes", in.size);
		if (in.lost)
			json_put_bool(j, "lost", true);
		answer_put(a, "intake", j);
		err = answer_from(a, q, of_intake, &from);
	}
	if (!err)
		err = q->store->scan(q->snapshot, T_ROWERR, from, of_intake, 0, rowerr_found, &r);
	return reading_close(&r, err);
}

static int outfile_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct outfile f = {0};
	bool mine = true;
	if (answer_look(r->a, key))
		return 1;
	DECODE(outfile_fields, value, f);
	if (r->run && r->run != f.run)
		return 0;
	struct json *j = json_new_object();
	json_put_int(j, "file", f.number);
	json_put_str(j, "kind", out_kind_word(f.kind));
	json_put_str(j, "state", outfile_state_word(f.state));
	json_put_int(j, "rows", f.book_rows ? (int64_t)f.book_rows : (int64_t)(f.to - f.from));
	json_put_int(j, "run", f.run);
	json_put_int(j, "intake", f.intake);
	json_put_str(j, "drop", f.drop);
	json_put_str(j, "name", f.name);
	json_put_int(j, "bytes", f.size);
	json_put_str(j, "sha256", f.sha256);
	read_put_time(j, "since", f.stamp_ms);
	read_put_time(j, "delivered", f.delivered_ms);
	json_put_int(j, "tries", f.tries);
	json_put_str(j, "why", f.why);
	int err = f.run ? reading_may_see(r, f.run, &mine) : 0;
	if (err || !mine) {
		json_free(j);
		return err;
	}
	return answer_row(r->a, j);
}

int read_outfiles(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	int err = reading_open(&r, q, a);
	json_get_int(q->params, "run", &r.run);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_OUTFILE, from, (struct bytes){"", 0}, 0,
				     outfile_found, &r);
	return reading_close(&r, err);
}
