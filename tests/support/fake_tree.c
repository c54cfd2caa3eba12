/* See fake_tree.h. The priority is a hash of the key, so equal keys have equal priorities and the
 * tree's shape depends on its keys alone. References are atomic: readers are other threads. */
#include "tests/support/fake_tree.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	_Atomic int refs;
	size_t key_n, value_n;
	unsigned char bytes[];
};

struct fake_tree {
	_Atomic int refs;
	uint32_t priority;
	struct pair *pair;
	struct fake_tree *left, *right;
};

static void *must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static struct bytes key_of(const struct fake_tree *t)
{
	return (struct bytes){t->pair->bytes, t->pair->key_n};
}

static struct bytes value_of(const struct fake_tree *t)
{
	return (struct bytes){t->pair->bytes + t->pair->key_n, t->pair->value_n};
}

static int compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

static uint32_t hash(struct bytes key)
{
	const unsigned char *p = key.p;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ p[i]) * 16777619u;
	h ^= h >> 15;
	h *= 0x2c1b3c6du; /* FNV alone leaves neighbours close: the tree would lean */
	return h ^ h >> 12;
}

static struct pair *new_pair(struct bytes key, struct bytes value)
{
	struct pair *p = must(malloc(sizeof *p + key.n + value.n));

	atomic_init(&p->refs, 1);
	p->key_n = key.n;
	p->value_n = value.n;
	if (key.n > 0)
		memcpy(p->bytes, key.p, key.n);
	if (value.n > 0)
		memcpy(p->bytes + key.n, value.p, value.n);
	return p;
}

static struct pair *pair_ref(struct pair *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

/* Takes what it is given. */
static struct fake_tree *node(struct pair *pair, uint32_t priority, struct fake_tree *left,
			      struct fake_tree *right)
{
	struct fake_tree *t = must(malloc(sizeof *t));

	atomic_init(&t->refs, 1);
	t->priority = priority;
	t->pair = pair;
	t->left = left;
	t->right = right;
	return t;
}

static struct fake_tree *with(const struct fake_tree *t, struct fake_tree *left,
			      struct fake_tree *right)
{
	return node(pair_ref(t->pair), t->priority, left, right);
}

struct fake_tree *fake_tree_ref(struct fake_tree *t)
{
	if (t != NULL)
		atomic_fetch_add(&t->refs, 1);
	return t;
}

void fake_tree_free(struct fake_tree *t)
{
	if (t == NULL || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	fake_tree_free(t->left);
	fake_tree_free(t->right);
	if (atomic_fetch_sub(&t->pair->refs, 1) == 1)
		free(t->pair);
	free(t);
}

static void split(const struct fake_tree *t, struct bytes key, struct fake_tree **ret_below,
		  struct fake_tree **ret_above)
{
	struct fake_tree *part;

	if (t == NULL) {
		*ret_below = *ret_above = NULL;
	} else if (compare(key_of(t), key) < 0) {
		split(t->right, key, &part, ret_above);
		*ret_below = with(t, fake_tree_ref(t->left), part);
	} else {
		split(t->left, key, ret_below, &part);
		*ret_above = with(t, part, fake_tree_ref(t->right));
	}
}

static struct fake_tree *merge(struct fake_tree *a, struct fake_tree *b)
{
	if (a == NULL || b == NULL)
		return fake_tree_ref(a == NULL ? b : a);
	if (a->priority > b->priority)
		return with(a, fake_tree_ref(a->left), merge(a->right, b));
	return with(b, merge(a, b->left), fake_tree_ref(b->right));
}

static struct fake_tree *put(const struct fake_tree *t, struct bytes key, struct pair *pair,
			     uint32_t priority)
{
	struct fake_tree *below, *above;

	if (t == NULL)
		return node(pair, priority, NULL, NULL);
	if (priority > t->priority) { /* an equal key would have stood above */
		split(t, key, &below, &above);
		return node(pair, priority, below, above);
	}
	int d = compare(key, key_of(t));
	if (d == 0)
		return node(pair, priority, fake_tree_ref(t->left), fake_tree_ref(t->right));
	if (d < 0)
		return with(t, put(t->left, key, pair, priority), fake_tree_ref(t->right));
	return with(t, fake_tree_ref(t->left), put(t->right, key, pair, priority));
}

struct fake_tree *fake_tree_put(const struct fake_tree *t, struct bytes key, struct bytes value)
{
	return put(t, key, new_pair(key, value), hash(key));
}

struct fake_tree *fake_tree_del(const struct fake_tree *t, struct bytes key)
{
	if (t == NULL)
		return NULL;
	int d = compare(key, key_of(t));
	if (d == 0)
		return merge(t->left, t->right);
	if (d < 0)
		return with(t, fake_tree_del(t->left, key), fake_tree_ref(t->right));
	return with(t, fake_tree_ref(t->left), fake_tree_del(t->right, key));
}

bool fake_tree_get(const struct fake_tree *t, struct bytes key, struct bytes *ret_value)
{
	while (t != NULL) {
		int d = compare(key, key_of(t));
		if (d == 0) {
			*ret_value = value_of(t);
			return true;
		}
		t = d < 0 ? t->left : t->right;
	}
	return false;
}

int fake_tree_walk(const struct fake_tree *t, struct bytes from, store_scan_fn fn, void *arg)
{
	int ret = 0;

	if (t == NULL)
		return 0;
	bool here = compare(key_of(t), from) >= 0;
	if (here)
		ret = fake_tree_walk(t->left, from, fn, arg);
	if (ret == 0 && here)
		ret = fn(arg, key_of(t), value_of(t));
	return ret != 0 ? ret : fake_tree_walk(t->right, from, fn, arg);
}
