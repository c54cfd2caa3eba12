/*
 * See tts_cache.h. Entries are found by SHA-256, and the text is compared as well:
 * no collision, made by whom ever, can speak another's amount. Two lists, each by
 * last use: `once` (one job has asked) and `kept`.
 *
 * An entry is freed when it is in no list and nobody waits on it (`users`).
 */
#include "adapters/speech/tts_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, ONCE_SHARE = 4 };

enum entry_state { MAKING, MADE, FAILED };

struct tts_cache_entry {
	struct tts_cache_entry *next_in_bucket, *newer, *older;
	struct list *list; /* NULL while it is made */
	unsigned char hash[crypto_hash_sha256_BYTES];
	enum entry_state state;
	struct tts_spoken spoken;
	uint64_t who;
	int64_t used_ms;
	size_t bytes;
	unsigned users;
	char text[];
};

struct list {
	struct tts_cache_entry *newest, *oldest;
	size_t bytes;
};

struct tts_cache {
	pthread_mutex_t lock;
	pthread_cond_t made;
	size_t most;
	struct list once, kept;
	struct tts_cache_stats stats;
	struct tts_cache_entry *buckets[BUCKETS];
	char identity[];
};

void tts_spoken_clear(struct tts_spoken *s)
{
	audio_unref(s->audio);
	free(s->reading);
	*s = (struct tts_spoken){0};
}

static int spoken_copy(const struct tts_spoken *from, struct tts_spoken *ret)
{
	struct tts_spoken s = *from;

	s.reading = from->reading ? strdup(from->reading) : NULL;
	if (from->reading && !s.reading)
		return E_NOMEM;
	if (s.audio)
		audio_ref(s.audio);
	*ret = s;
	return 0;
}

int tts_cache_new(size_t most_bytes, const char *identity, struct tts_cache **ret_cache)
{
	size_t n = strlen(identity) + 1;
	struct tts_cache *c = calloc(1, sizeof *c + n);

	if (!c)
		return E_NOMEM;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->made, NULL);
	c->most = most_bytes;
	memcpy(c->identity, identity, n);
	*ret_cache = c;
	return 0;
}

static struct tts_cache_entry **bucket_of(struct tts_cache *c, const unsigned char *hash)
{
	return &c->buckets[(hash[0] | (size_t)hash[1] << 8) % BUCKETS];
}

static void list_remove(struct tts_cache_entry *e)
{
	struct list *l = e->list;

	*(e->newer ? &e->newer->older : &l->newest) = e->older;
	*(e->older ? &e->older->newer : &l->oldest) = e->newer;
	l->bytes -= e->bytes;
	e->list = NULL;
	e->newer = e->older = NULL;
}

static void list_add(struct list *l, struct tts_cache_entry *e)
{
	e->list = l;
	e->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = e;
	l->newest = e;
	l->bytes += e->bytes;
}

static void entry_free(struct tts_cache_entry *e)
{
	tts_spoken_clear(&e->spoken);
	sodium_memzero(e->text, strlen(e->text)); /* a name, perhaps */
	free(e);
}

static void forget(struct tts_cache *c, struct tts_cache_entry *e)
{
	struct tts_cache_entry **at = bucket_of(c, e->hash);

	while (*at != e)
		at = &(*at)->next_in_bucket;
	*at = e->next_in_bucket;
	if (e->list) {
		list_remove(e);
		c->stats.evicted++;
	}
	if (e->users == 0)
		entry_free(e);
}

void tts_cache_free(struct tts_cache *c)
{
	if (!c)
		return;
	for (size_t b = 0; b < BUCKETS; b++)
		while (c->buckets[b])
			forget(c, c->buckets[b]);
	pthread_cond_destroy(&c->made);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void shrink(struct tts_cache *c, struct list *l, size_t most)
{
	struct tts_cache_entry *newer;

	for (struct tts_cache_entry *e = l->oldest; e && l->bytes > most; e = newer) {
		newer = e->newer;
		forget(c, e);
	}
}

static void make_room(struct tts_cache *c)
{
	shrink(c, &c->once, c->most / ONCE_SHARE);
	shrink(c, &c->kept, c->most - c->once.bytes);
}

static void expire(struct tts_cache *c, struct list *l, int64_t before_ms)
{
	struct tts_cache_entry *newer;

	for (struct tts_cache_entry *e = l->oldest; e && e->used_ms < before_ms; e = newer) {
		newer = e->newer;
		forget(c, e);
	}
}

static void sweep(struct tts_cache *c, int64_t now_ms)
{
	expire(c, &c->once, now_ms - TTS_CACHE_ONCE_MS);
	expire(c, &c->kept, now_ms - TTS_CACHE_IDLE_MS);
}

void tts_cache_sweep(struct tts_cache *c, int64_t now_ms)
{
	pthread_mutex_lock(&c->lock);
	sweep(c, now_ms);
	pthread_mutex_unlock(&c->lock);
}

static void hash_of(const struct tts_cache *c, const char *sentence, unsigned char *hash)
{
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const unsigned char *)c->identity, strlen(c->identity) + 1);
	crypto_hash_sha256_update(&s, (const unsigned char *)sentence, strlen(sentence));
	crypto_hash_sha256_final(&s, hash);
}

static struct tts_cache_entry *find(struct tts_cache *c, const unsigned char *hash,
				    const char *sentence)
{
	struct tts_cache_entry *e = *bucket_of(c, hash);
	while (e && (memcmp(e->hash, hash, sizeof e->hash) != 0 || strcmp(e->text, sentence) != 0))
		e = e->next_in_bucket;
	return e;
}

static int begin(struct tts_cache *c, const unsigned char *hash, const char *sentence, uint64_t who,
		 struct tts_cache_entry **ret_mine)
{
	size_t n = strlen(sentence) + 1;
	struct tts_cache_entry *e = calloc(1, sizeof *e + n);

	if (!e)
		return E_NOMEM;
	memcpy(e->hash, hash, sizeof e->hash);
	memcpy(e->text, sentence, n);
	e->who = who;
	e->users = 1;
	e->next_in_bucket = *bucket_of(c, hash);
	*bucket_of(c, hash) = e;
	c->stats.misses++;
	*ret_mine = e;
	return E_NOTFOUND;
}

/* Another job asks for the same: it is no one's own sentence. The same job twice proves nothing. */
static void touch(struct tts_cache *c, struct tts_cache_entry *e, uint64_t who, int64_t now_ms)
{
	struct list *l = e->list;

	if (!l)
		return;
	list_remove(e);
	e->used_ms = now_ms;
	list_add(who == e->who ? l : &c->kept, e);
}

static int wait_and_copy(struct tts_cache *c, struct tts_cache_entry *e, uint64_t who,
			 int64_t now_ms, struct tts_spoken *ret)
{
	int err;

	e->users++;
	while (e->state == MAKING)
		pthread_cond_wait(&c->made, &c->lock);
	touch(c, e, who, now_ms);
	err = spoken_copy(&e->spoken, ret);
	c->stats.hits++;
	if (--e->users == 0 && e->list == NULL)
		entry_free(e); /* it was forgotten while we waited */
	return err;
}

int tts_cache_take(struct tts_cache *c, const char *sentence, uint64_t who, int64_t now_ms,
		   struct tts_spoken *ret, struct tts_cache_entry **ret_mine)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct tts_cache_entry *e;
	int err;

	hash_of(c, sentence, hash);
	pthread_mutex_lock(&c->lock);
	sweep(c, now_ms);
	e = find(c, hash, sentence);
	err = e ? wait_and_copy(c, e, who, now_ms, ret) : begin(c, hash, sentence, who, ret_mine);
	pthread_mutex_unlock(&c->lock);
	return err;
}

void tts_cache_give(struct tts_cache *c, struct tts_cache_entry *mine,
		    const struct tts_spoken *spoken, int64_t now_ms)
{
	pthread_mutex_lock(&c->lock);
	if (spoken_copy(spoken, &mine->spoken) != 0)
		mine->spoken.err = E_NOMEM;
	mine->users--;
	if (mine->spoken.err != 0 && mine->spoken.err != E_INVALID) {
		mine->state = FAILED;
		forget(c, mine);
	} else {
		mine->state = MADE;
		mine->used_ms = now_ms;
		mine->bytes = sizeof *mine + strlen(mine->text) +
			      (mine->spoken.audio ? mine->spoken.audio->n : 0) +
			      (mine->spoken.reading ? strlen(mine->spoken.reading) : 0);
		list_add(&c->once, mine);
		make_room(c);
	}
	pthread_cond_broadcast(&c->made);
	pthread_mutex_unlock(&c->lock);
}

struct tts_cache_stats tts_cache_stats(struct tts_cache *c)
{
	struct tts_cache_stats s;

	pthread_mutex_lock(&c->lock);
	s = c->stats;
	s.bytes = c->once.bytes + c->kept.bytes;
	s.entries = 0;
	for (struct tts_cache_entry *e = c->once.newest; e; e = e->older)
		s.entries++;
	for (struct tts_cache_entry *e = c->kept.newest; e; e = e->older)
		s.entries++;
	pthread_mutex_unlock(&c->lock);
	return s;
}
