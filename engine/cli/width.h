/* How many columns of a terminal text takes: East Asian wide characters take two. */
#ifndef ENGINE_CLI_WIDTH_H
#define ENGINE_CLI_WIDTH_H

#include <stddef.h>

/* Of UTF-8; bytes that are not UTF-8 and control characters count as the '?' that is printed. */
size_t width_of(const char *s);

#endif
