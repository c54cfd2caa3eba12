/*
 * Rows and files that go back. Each row gets a number in its run when it is made;
 * a file takes a range of them in one transaction (`assigned`), its bytes are made
 * from the store by the builder thread, and name, size and hash are recorded
 * (`sending`) before it is put into the drop. So the same file number always has
 * the same bytes, and each row is in exactly one file. How they get there: deliver.c.
 */
#include "engine/turn/engine.h"

int outrow_add(struct engine *e, struct outrow *row)
{
	struct run_rec *run;
	int err = run_work(e, row->run, &run);
	if (err)
		return err;
	row->seq = run->next_row[row->kind]++;
	run_touch(e, run);
	return db_outrow_put(&e->tx, row);
}

/* ---- making files ---- */

int outfile_assign(struct engine *e, struct outfile *f)
{
	f->number = ++e->counters.next_file;
	f->state = OUTFILE_ASSIGNED;
	f->stamp_ms = e->now_ms;
	f->name = f->sha256 = f->why = f->completion = "";
	f->archive_hash = f->kind == KIND_RECEIPT ? keep(e, e->archive.sha256) : "";
	int err = db_outfile_put(&e->tx, f);
	return err ? err : outfile_build_later(e, f->number, true);
}

static const char *layout_of(const struct campaign *c, enum out_kind kind)
{
	static const char *const usual[OUT_KINDS] = {"contacts", "results", "corrections", "errors",
						     "receipt"};
	const char *id = "";
	if (c)
		id = kind == KIND_CONTACTS      ? c->contact_layout
		     : kind == KIND_RESULTS     ? c->result_layout
		     : kind == KIND_CORRECTIONS ? c->correction_layout
		     : kind == KIND_ERRORS      ? c->error_layout
						: c->receipt_layout;
	return id[0] ? id : usual[kind];
}

int outfile_for_intake(struct engine *e, const struct intake_rec *in)
{
	const struct campaign *c = specs_campaign(e->specs, in->campaign);
	struct outfile f = {.kind = KIND_RECEIPT,
			    .intake = in->id,
			    .drop = in->drop,
			    .layout = layout_of(c, KIND_RECEIPT),
			    .to = 1};
	int err = outfile_assign(e, &f);
	if (err || in->row_errors == 0)
		return err;
	struct outfile errors = {.kind = KIND_ERRORS,
				 .intake = in->id,
				 .drop = in->drop,
				 .layout = layout_of(c, KIND_ERRORS),
				 .to = in->row_errors};
	return outfile_assign(e, &errors);
}

static int cut(struct engine *e, const struct run_view *view, enum out_kind kind)
{
	struct run_rec *run;
	int err = run_work(e, view->id, &run);
	if (err)
		return err;
	uint64_t rows = run->next_row[kind] - run->filed[kind],
		 most = (uint64_t)e->config->engine.results_rows;
	struct outfile f = {
	    .kind = kind,
	    .run = run->id,
	    .drop = run->drop,
	    .layout = layout_of(view->campaign, kind),
	    .from = run->filed[kind],
	    .to = run->filed[kind] + (rows < most ? rows : most),
	};
	run->filed[kind] = f.to;
	run_touch(e, run);
	return outfile_assign(e, &f);
}

/* Rows of one kind go out when there are enough, when the oldest has waited long enough, and at
 * once when their run is over. */
static bool is_time(struct engine *e, const struct run_view *v, enum out_kind kind)
{
	uint64_t rows = v->next_row[kind] - v->filed[kind];
	if (rows == 0)
		return false;
	return rows >= (uint64_t)e->config->engine.results_rows || !run_is_open(v->state) ||
	       e->now_ms >= v->pending_ms[kind] + e->config->engine.results_every;
}

int cut_files(struct engine *e)
{
	for (size_t i = 0; i < e->n_runs; i++)
		for (enum out_kind k = KIND_CONTACTS; k <= KIND_CORRECTIONS; k++)
			if (is_time(e, e->runs[i], k)) {
				int err = cut(e, e->runs[i], k);
				if (err)
					return err;
			}
	return 0;
}

int64_t outgoing_next_due(struct engine *e)
{
	int64_t first = INT64_MAX;
	for (size_t i = 0; i < e->n_runs; i++)
		for (enum out_kind k = KIND_CONTACTS; k <= KIND_CORRECTIONS; k++) {
			const struct run_view *v = e->runs[i];
			int64_t due = v->pending_ms[k] + e->config->engine.results_every;
			if (!run_is_open(v->state))
				due = e->now_ms; /* it closed in the last turn, after files were cut
						  */
			if (v->next_row[k] > v->filed[k] && due < first)
				first = due;
		}
	return first;
}
