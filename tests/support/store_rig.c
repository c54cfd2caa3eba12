/* See store_rig.h. */
#include "tests/support/store_rig.h"

#include <ftw.h>
#include <string.h>

static _Thread_local long long total;

static int add_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type == FTW_F)
		total += st->st_size;
	return 0;
}

long long rig_size(const char *dir)
{
	total = 0;
	nftw(dir, add_one, 16, FTW_PHYS);
	return total;
}

struct bytes rig_str(const char *s)
{
	return (struct bytes){s, strlen(s)};
}

struct bytes rig_u32(unsigned char out[4], uint32_t n)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(n >> (24 - 8 * i));
	return (struct bytes){out, 4};
}
