/* See edition.h. */
#include "engine/turn/edition.h"

#include <stdlib.h>
#include <string.h>

enum { BESIDE = 4096 }; /* a record without its bytes is smaller */

const char *edition_state_word(enum edition_state s)
{
	static const char *const words[EDITION_STATES] = {"writing", "kept", "lost"};
	return (unsigned)s < EDITION_STATES ? words[s] : "?";
}

/* ---- keys ---- */

size_t key_editions(char *k, enum edition_kind kind, const char *doc)
{
	size_t n = strnlen(doc, MAX_ID - 1);
	k[0] = (char)kind;
	memcpy(k + 1, doc, n);
	k[n + 1] = '\x1f'; /* below every character of an id */
	return n + 2;
}

size_t key_edition(char *k, enum edition_kind kind, const char *doc, uint32_t n)
{
	size_t at = key_editions(k, kind, doc);
	return at + key_u32(k + at, UINT32_MAX - n);
}

/* ---- bytes ---- */

static void fields(struct codec *c, struct edition_rec *r)
{
	CODEC_ENUM(c, r->kind, EDITION_KINDS);
	codec_str(c, &r->doc);
	codec_u32(c, &r->n);
	CODEC_ENUM(c, r->state, EDITION_STATES);
	codec_i64(c, &r->at_ms);
	codec_str(c, &r->user);
	codec_str(c, &r->name);
	codec_str(c, &r->sha256);
	codec_str(c, &r->before);
	codec_u32(c, &r->from);
	codec_str(c, &r->note);
	codec_str(c, &r->bytes);
}

int edition_read(struct bytes value, struct edition_rec *ret)
{
	struct codec c;
	codec_read(&c, value, DB_RECORD_VERSION);
	*ret = (struct edition_rec){0};
	fields(&c, ret);
	return codec_end(&c);
}

static int decoded(struct tx *tx, struct bytes value, struct edition_rec *ret)
{
	struct codec c;
	int err = db_decode(tx, value, &c);
	if (err)
		return err;
	*ret = (struct edition_rec){0};
	fields(&c, ret);
	return codec_end(&c);
}

/* ---- store ---- */

int db_edition_get(struct tx *tx, enum edition_kind kind, const char *doc, uint32_t n,
		   struct edition_rec *ret)
{
	char key[MAX_KEY_BYTES];
	struct codec c;
	int err = db_bytes_get(tx, T_EDITION, key, key_edition(key, kind, doc, n), &c);
	if (err)
		return err;
	*ret = (struct edition_rec){0};
	fields(&c, ret);
	return codec_end(&c);
}

struct search {
	struct tx *tx;
	struct edition_rec *ret;
	bool kept, found;
};

static int look(void *arg, struct bytes key, struct bytes value)
{
	struct search *s = arg;
	struct edition_rec r;
	(void)key;
	int err = edition_read(value, &r);
	if (err || (s->kept && r.state != EDITION_KEPT))
		return err;
	s->found = true;
	err = decoded(s->tx, value, s->ret);
	return err ? err : 1;
}

static int find(struct tx *tx, enum edition_kind kind, const char *doc, bool kept,
		struct edition_rec *ret)
{
	char key[MAX_KEY_BYTES];
	struct search s = {.tx = tx, .ret = ret, .kept = kept};
	size_t n = key_editions(key, kind, doc);
	int err = db_scan(tx, T_EDITION, key, n, n, MAX_EDITIONS + 1, look, &s);
	if (err)
		return err;
	return s.found ? 0 : E_NOTFOUND;
}

int db_edition_newest(struct tx *tx, enum edition_kind kind, const char *doc,
		      struct edition_rec *ret)
{
	return find(tx, kind, doc, false, ret);
}

int db_edition_kept(struct tx *tx, enum edition_kind kind, const char *doc, struct edition_rec *ret)
{
	return find(tx, kind, doc, true, ret);
}

static int forget(struct tx *tx, const struct edition_rec *r)
{
	char key[MAX_KEY_BYTES];
	if (r->n <= MAX_EDITIONS)
		return 0;
	size_t n = key_edition(key, r->kind, r->doc, r->n - MAX_EDITIONS);
	int err = tx->ops->del(tx->txn, T_EDITION, (struct bytes){key, n});
	return err == E_NOTFOUND ? 0 : err;
}

int db_edition_put(struct tx *tx, const struct edition_rec *r)
{
	char key[MAX_KEY_BYTES];
	struct edition_rec copy = *r;
	struct codec c;
	size_t size = strlen(r->bytes) + BESIDE;
	char *buf = size <= STORE_MAX_VALUE ? malloc(size) : NULL;
	if (!buf)
		return size <= STORE_MAX_VALUE ? E_NOMEM : E_LIMIT;
	codec_write(&c, buf, size, DB_RECORD_VERSION);
	fields(&c, &copy);
	int err = db_bytes_put(tx, T_EDITION, key, key_edition(key, r->kind, r->doc, r->n), &c);
	free(buf);
	return err ? err : forget(tx, r);
}
