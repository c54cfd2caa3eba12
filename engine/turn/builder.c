/* See builder.h. Snapshots are short: a chunk of rows each, so that the writer's old versions of
 * pages can go. The rows of a file never change once it is assigned, so chunks agree. */
#include "engine/turn/builder.h"

#include "engine/event.h"
#include "engine/log.h"
#include "engine/turn/bookfields.h"
#include "engine/turn/fields.h"
#include "spool/afile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHUNK = 1000,
	QUEUE = 1024,
	REBUILDS = 8,
	ARENA = 64 << 20,
	TICK_MS = 50,
	BUFFER = 64 * 1024
};

struct builder {
	struct builder_config config;
	struct mailbox *jobs, *rebuilds;
	pthread_t thread;
	bool started;
	_Atomic bool stopping;
	struct arena *arena;
	char *buffer; /* rows that are in no file yet */
};

/* One file under way. */
struct making {
	struct builder *b;
	struct tx tx;
	struct outfile file;
	struct run_rec run;
	struct intake_rec intake;
	struct file_facts facts;
	struct arena *keep; /* what lives as long as the file */
	struct exchange_writer *writer;
	struct afile *out;
	struct sha256_state hash;
	int64_t size;
	uint32_t replaced;
	size_t held;        /* bytes in the builder's buffer */
	uint64_t next;      /* the next row */
	char error_key[16]; /* errors: where the next chunk begins */
	size_t n_error_key;
	int err;
	enum spool_kind where; /* outgoing/, or tmp/ to be made again */
	char path[MAX_PATH_BYTES];
};

/* Bytes go to the file and into its hash, a buffer at a time. */
static int flush(struct making *m)
{
	size_t n = m->held;
	m->held = 0;
	m->b->config.ports->digest->sha256_add(&m->hash, m->b->buffer, n);
	m->size += (int64_t)n;
	return afile_write(m->out, m->b->buffer, n);
}

static int sink(void *arg, const void *p, size_t n)
{
	struct making *m = arg;
	for (const char *at = p; n > 0;) {
		size_t part = n < BUFFER - m->held ? n : BUFFER - m->held;
		memcpy(m->b->buffer + m->held, at, part);
		m->held += part;
		at += part;
		n -= part;
		int err = m->held == BUFFER ? flush(m) : 0;
		if (err)
			return err;
	}
	return 0;
}

static int write_fields(struct making *m, const struct fields *f)
{
	return m->b->config.ports->exchange->writer_row(m->writer, f->list, f->n);
}

/* ---- rows of a run ---- */

struct chunk {
	size_t n;
	struct outrow rows[CHUNK];
};

static int chunk_found(void *arg, struct bytes key, struct bytes value)
{
	struct chunk *c = arg;
	struct codec codec;
	(void)key;
	struct outrow *row = &c->rows[c->n];
	memset(row, 0, sizeof *row);
	codec_read(&codec, value, DB_RECORD_VERSION);
	outrow_fields(&codec, row);
	int err = codec_end(&codec);
	if (err)
		return err;
	c->n++;
	return c->n == CHUNK;
}

static int run_chunk(struct making *m, struct chunk *c)
{
	char key[MAX_KEY_BYTES];
	size_t n = key_outrow(key, m->file.kind, m->file.run, m->next);

	c->n = 0;
	int err = db_scan(&m->tx, T_OUTROW, key, n, 5, CHUNK, chunk_found, c);
	for (size_t i = 0; i < c->n && !err && m->next < m->file.to; i++) {
		struct fields f;
		if (c->rows[i].seq != m->next)
			return E_CORRUPT; /* a row of the range is missing */
		err = m->file.kind == KIND_CONTACTS
			  ? fields_contact(&m->tx, &m->facts, &c->rows[i], &f)
			  : fields_result(&m->tx, &m->facts, &c->rows[i], &f);
		if (!err)
			err = write_fields(m, &f);
		m->next++;
	}
	return err || c->n ? err : E_CORRUPT;
}

/* ---- rows of no run: holds and numbers ---- */

static int book_found(void *arg, struct bytes key, struct bytes value)
{
	struct making *m = arg;
	struct codec codec;
	struct bookrow row = {0};
	struct fields f;
	(void)key;
	if (m->next == m->file.to)
		return 1;
	codec_read(&codec, value, DB_RECORD_VERSION);
	bookrow_fields(&codec, &row);
	int err = codec_end(&codec);
	if (err)
		return err;
	if (row.seq != m->next)
		return E_CORRUPT; /* a row of the range is missing */
	m->next++;
	if (row.drop[0] && strcmp(row.drop, m->file.drop) != 0)
		return 0; /* another core system's */
	fields_book(&m->tx, &m->facts, &row, &f);
	return write_fields(m, &f);
}

static int book_chunk(struct making *m)
{
	char key[MAX_KEY_BYTES];
	size_t n = key_outrow(key, m->file.kind, 0, m->next);
	uint64_t before = m->next;
	int err = db_scan(&m->tx, T_OUTROW, key, n, 5, CHUNK, book_found, m);
	return err || m->next > before ? err : E_CORRUPT;
}

/* ---- errors of an intake ---- */

static int error_found(void *arg, struct bytes key, struct bytes value)
{
	struct making *m = arg;
	struct codec codec;
	struct rowerr row = {0};
	struct fields f;
	arena_reset(m->tx.arena);
	if (key.n >= sizeof m->error_key)
		return E_CORRUPT;
	void *copy = arena_copy(m->tx.arena, value.p, value.n);
	if (!copy)
		return E_NOMEM;
	memcpy(m->error_key, key.p, key.n);
	m->error_key[key.n] = '\0'; /* the next chunk begins right behind this row */
	m->n_error_key = key.n + 1;
	codec_read(&codec, (struct bytes){copy, value.n}, DB_RECORD_VERSION);
	rowerr_fields(&codec, &row);
	int err = codec_end(&codec);
	if (!err)
		err = fields_error(&m->tx, &m->facts, &m->intake, &row, &f);
	if (!err)
		err = write_fields(m, &f);
	m->next++;
	return err;
}

static int intake_rows(struct making *m)
{
	struct fields f;
	uint64_t before = m->next;

	if (m->file.kind == KIND_RECEIPT) {
		m->next = m->file.to;
		int err = fields_receipt(&m->tx, &m->facts, &m->intake, &f);
		return err ? err : write_fields(m, &f);
	}
	if (m->n_error_key == 0)
		m->n_error_key = key_u32(m->error_key, m->file.intake);
	int err = db_scan(&m->tx, T_ROWERR, m->error_key, m->n_error_key, 4, CHUNK, error_found, m);
	return err || m->next > before ? err : E_CORRUPT; /* fewer than the record says */
}

/* ---- a file ---- */

static int look(struct making *m, uint32_t number)
{
	struct tx keep = m->tx;
	keep.arena = m->keep;
	int err = db_outfile_get(&keep, number, &m->file);
	if (!err && m->file.run)
		err = db_run_get(&keep, m->file.run, &m->run);
	if (!err && m->file.intake)
		err = db_intake_get(&keep, m->file.intake, &m->intake);
	if (err)
		return err;
	const struct campaign *c =
	    m->file.run ? specs_campaign(m->b->config.specs, m->run.campaign) : NULL;
	m->facts = (struct file_facts){
	    .config = m->b->config.config,
	    .file = &m->file,
	    .run = m->file.run ? &m->run : NULL,
	    .campaign_title = c ? c->title : "",
	};
	fields_head(&keep, &m->facts);
	m->next = m->file.from;
	return 0;
}

static int snapshot(struct making *m)
{
	arena_reset(m->b->arena);
	fields_forget(&m->facts);
	m->tx = (struct tx){.ops = m->b->config.ports->store, .arena = m->b->arena};
	return m->tx.ops->snapshot(m->b->config.store, &m->tx.txn);
}

static void snapshot_end(struct making *m)
{
	m->tx.ops->abort(m->tx.txn);
	m->tx.txn = NULL;
}

static int rows(struct making *m, struct chunk *c)
{
	int err = 0;
	while (m->next < m->file.to && !err && !m->b->stopping) {
		err = snapshot(m);
		if (err)
			return err;
		err = m->file.kind >= RUN_KINDS ? book_chunk(m)
		      : m->file.intake          ? intake_rows(m)
						: run_chunk(m, c);
		snapshot_end(m);
		if (err == E_DEADLOCK)
			return err;
	}
	return m->b->stopping && !err && m->next < m->file.to ? E_CLOSED : err;
}

static int make_file(struct making *m, uint32_t number, char sha256[65])
{
	const struct exchange_ops *x = m->b->config.ports->exchange;
	const struct digest_ops *d = m->b->config.ports->digest;
	char name[MAX_FILE_NAME];
	uint8_t raw[32];
	struct chunk *c = malloc(sizeof *c);

	int err = c ? snapshot(m) : E_NOMEM;
	if (!err) {
		err = look(m, number);
		snapshot_end(m);
	}
	const struct layout *l =
	    err ? NULL : x->layout_find(specs_layouts(m->b->config.specs), m->file.layout);
	if (!err && !l)
		err = E_NOTFOUND;
	if (!err)
		err = x->file_name(l, number, m->file.stamp_ms, m->b->config.config->engine.city,
				   name);
	if (!err)
		err = spool_path(m->b->config.spool, m->where, number, name, m->path);
	if (!err)
		err = afile_open(m->path, 0600, AFILE_REPLACE, &m->out);
	if (!err) {
		d->sha256_begin(&m->hash);
		err = x->writer_open(l, sink, m, &m->writer);
	}
	if (!err)
		err = rows(m, c);
	if (m->writer) {
		m->replaced = x->writer_replaced(m->writer);
		int closed = x->writer_close(m->writer);
		err = err ? err : closed;
	}
	if (!err)
		err = flush(m);
	if (!err) {
		struct afile *out = m->out;
		m->out = NULL;
		err = afile_commit(out);
	}
	if (!err) {
		d->sha256_end(&m->hash, raw);
		digest_hex(raw, sizeof raw, sha256);
	}
	afile_abort(m->out);
	free(c);
	return err;
}

static void answer(struct builder *b, struct event *ev)
{
	while (mailbox_post(b->config.to_engine, ev)) {
		if (b->stopping) {
			event_free(ev); /* the next start builds it again */
			return;
		}
		poll(NULL, 0, TICK_MS);
	}
}

/* Before the work, and waited for: a file of which nobody hears would stay until the next start. */
static struct event *new_answer(struct builder *b)
{
	struct event *ev;
	while ((ev = event_new(EV_OUT_BUILT)) == NULL && !b->stopping)
		poll(NULL, 0, TICK_MS);
	return ev;
}

/* A writer conflict is the store's, not ours: the same again. */
static int make_again(struct making *m, uint32_t number, char sha256[65])
{
	int err = E_DEADLOCK;
	for (int i = 0; err == E_DEADLOCK && i < 10; i++) {
		m->size = 0;
		m->held = 0;
		m->n_error_key = 0;
		m->writer = NULL;
		m->out = NULL;
		err = make_file(m, number, sha256);
	}
	return err;
}

/* ---- made again for staff ---- */

struct rebuild_job {
	uint32_t number;
	int fd;
};

static void rebuild_free(void *arg)
{
	struct rebuild_job *job = arg;
	close(job->fd);
	free(job);
}

static int copy_to(const char *path, int to)
{
	char buf[16384];
	ssize_t n = 0;
	int err = 0, from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return E_IO;
	while (!err && (n = read(from, buf, sizeof buf)) > 0)
		for (ssize_t at = 0, w; at < n && !err; at += w) {
			w = write(to, buf + at, (size_t)(n - at));
			if (w < 0)
				err = errno == ENOSPC ? E_NOSPC : E_IO;
		}
	close(from);
	return n < 0 ? E_IO : err;
}

static void one_rebuild(struct builder *b, struct rebuild_job *job)
{
	struct making m = {.b = b, .where = SPOOL_TMP};
	struct event *ev = new_answer(b);
	if (!ev)
		return;
	ev->kind = EV_REBUILT;
	int err = arena_new(ARENA, &m.keep);
	if (!err)
		err = make_again(&m, job->number, ev->built.sha256);
	if (!err && strcmp(m.file.sha256, ev->built.sha256) != 0)
		err = E_EXISTS;
	if (!err)
		err = copy_to(m.path, job->fd);
	if (m.path[0] && unlink(m.path) != 0 && errno != ENOENT)
		log_warn("event=rebuild file=%u what=\"tmp file stays until the next start\"",
			 job->number);
	arena_free(m.keep);
	ev->built.number = job->number;
	ev->built.err = err;
	ev->built.size = m.size;
	answer(b, ev);
}

/* ---- the thread ---- */

static void one_job(struct builder *b, uint32_t number)
{
	struct making m = {.b = b, .where = SPOOL_OUTGOING};
	struct event *ev = new_answer(b);
	if (!ev)
		return;
	int err = arena_new(ARENA, &m.keep);

	if (!err)
		err = make_again(&m, number, ev->built.sha256);
	arena_free(m.keep);
	if (err == E_CLOSED) {
		event_free(ev);
		return;
	}
	if (err)
		log_error("event=build file=%u row=%llu err=\"%s\"", number,
			  (unsigned long long)m.next, err_str(err));
	ev->built.number = number;
	ev->built.err = err;
	ev->built.size = m.size;
	ev->built.replaced = m.replaced;
	answer(b, ev);
}

static void *builder_main(void *arg)
{
	struct builder *b = arg;
	log_thread_name("builder");
	while (!b->stopping) {
		void *job = mailbox_take(b->jobs);
		if (job) {
			one_job(b, (uint32_t)(uintptr_t)job);
			continue;
		}
		struct rebuild_job *again = mailbox_take(b->rebuilds);
		if (again) {
			one_rebuild(b, again);
			rebuild_free(again);
			continue;
		}
		struct pollfd p[] = {{.fd = mailbox_fd(b->jobs), .events = POLLIN},
				     {.fd = mailbox_fd(b->rebuilds), .events = POLLIN}};
		poll(p, 2, 200);
	}
	return NULL;
}

int builder_start(const struct builder_config *config, struct builder **ret_builder)
{
	struct builder *b = calloc(1, sizeof *b);
	if (!b)
		return E_NOMEM;
	b->config = *config;
	int err = mailbox_new(QUEUE, &b->jobs);
	if (!err)
		err = mailbox_new(REBUILDS, &b->rebuilds);
	b->buffer = malloc(BUFFER);
	if (!err && !b->buffer)
		err = E_NOMEM;
	if (!err)
		err = arena_new(ARENA, &b->arena);
	if (!err && pthread_create(&b->thread, NULL, builder_main, b) != 0)
		err = E_NOMEM;
	if (err) {
		builder_stop(b);
		return err;
	}
	b->started = true;
	*ret_builder = b;
	return 0;
}

int builder_post(struct builder *b, uint32_t number)
{
	return mailbox_post(b->jobs, (void *)(uintptr_t)number);
}

int builder_rebuild(struct builder *b, uint32_t number, int fd)
{
	struct rebuild_job *job = malloc(sizeof *job);
	if (!job) {
		close(fd);
		return E_NOMEM;
	}
	*job = (struct rebuild_job){number, fd};
	int err = mailbox_post(b->rebuilds, job);
	if (err)
		rebuild_free(job);
	return err == E_FULL ? E_AGAIN : err;
}

void builder_stop(struct builder *b)
{
	if (!b)
		return;
	b->stopping = true;
	if (b->jobs)
		mailbox_wake(b->jobs);
	if (b->started)
		pthread_join(b->thread, NULL);
	if (b->jobs)
		mailbox_free(b->jobs, NULL);
	if (b->rebuilds)
		mailbox_free(b->rebuilds, rebuild_free);
	arena_free(b->arena);
	free(b->buffer);
	free(b);
}
