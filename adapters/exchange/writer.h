/* Outgoing files: bytes that depend on the layout and the rows alone. */
#ifndef ADAPTERS_EXCHANGE_WRITER_H
#define ADAPTERS_EXCHANGE_WRITER_H

#include "adapters/exchange/layout.h"

int exchange_writer_open(const struct layout *l, int (*sink)(void *arg, const void *p, size_t n),
			 void *arg, struct exchange_writer **ret_writer);
int exchange_writer_row(struct exchange_writer *w, const struct out_field *fields, size_t n);
unsigned exchange_writer_replaced(const struct exchange_writer *w);
int exchange_writer_close(struct exchange_writer *w);
int exchange_file_name(const struct layout *l, uint32_t number, int64_t stamp_ms, const char *city,
		       char out[MAX_FILE_NAME]);

#endif
