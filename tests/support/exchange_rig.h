/* What the exchange tests and benchmarks share: temporary files, the layouts that ship. */
#ifndef TESTS_SUPPORT_EXCHANGE_RIG_H
#define TESTS_SUPPORT_EXCHANGE_RIG_H

#include "engine/exchange.h"

/* Each aborts on failure. Paths are relative to the repository, where tests run. */
struct layouts *xrig_layouts(void);
/* The same in CP932; what goes out has 〓 for what that lacks. */
struct layouts *xrig_layouts_cp932(void);
/* The layout file `from`, with its encoding changed to CP932. */
void xrig_layout_cp932(const char *from, const char *to);
void xrig_folder(char out[64]); /* a new empty one; the caller removes it */
void xrig_write(const char *path, const void *p, size_t n);
/* A temporary file of these bytes; the caller unlinks it. */
void xrig_file(const void *p, size_t n, char out_path[64]);

#endif
