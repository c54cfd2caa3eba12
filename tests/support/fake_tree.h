/*
 * An ordered map of bytes whose old versions stay as they are: every change gives
 * a new root that shares what did not change. So a snapshot is a root, and an abort
 * forgets one. A persistent treap; out of memory aborts the test.
 */
#ifndef TESTS_SUPPORT_FAKE_TREE_H
#define TESTS_SUPPORT_FAKE_TREE_H

#include "engine/store.h"

struct fake_tree; /* a root; NULL is the empty map */

struct fake_tree *fake_tree_ref(struct fake_tree *t);
void fake_tree_free(struct fake_tree *t);
/* A new root; `t` is not touched. */
struct fake_tree *fake_tree_put(const struct fake_tree *t, struct bytes key, struct bytes value);
struct fake_tree *fake_tree_del(const struct fake_tree *t, struct bytes key);
bool fake_tree_get(const struct fake_tree *t, struct bytes key, struct bytes *ret_value);
/* In order from the first key >= `from`; stops when `fn` answers other than 0, and gives that. */
int fake_tree_walk(const struct fake_tree *t, struct bytes from, store_scan_fn fn, void *arg);

#endif
