/* The rows of the fake layouts (fake_exchange.h says how they look), read from one line. */
#ifndef TESTS_SUPPORT_FAKE_ROWS_H
#define TESTS_SUPPORT_FAKE_ROWS_H

#include "engine/exchange.h"

/* Into the batch, whose lists have room. `row`: of the file; `place`: in the order of loading. */
void fake_row(struct row_batch *b, char *line, uint32_t row, uint32_t place);

#endif
