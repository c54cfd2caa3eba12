/* What the store's tests share: a folder's size, and words for short keys. */
#ifndef TESTS_SUPPORT_STORE_RIG_H
#define TESTS_SUPPORT_STORE_RIG_H

#include "engine/store.h"
#include "tests/support/temp.h"

/* Older names. */
#define rig_folder(out) temp_folder(out, "store")
#define rig_remove(dir) temp_remove(dir)
/* The size of what is in the folder, bytes. */
long long rig_size(const char *dir);

static inline struct bytes rig_bytes(const void *p, size_t n)
{
	return (struct bytes){p, n};
}
struct bytes rig_str(const char *s);
/* Big-endian into `out`. */
struct bytes rig_u32(unsigned char out[4], uint32_t n);

#endif
