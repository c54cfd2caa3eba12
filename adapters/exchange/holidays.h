/* The Cabinet Office's list of holidays, read as it is published. */
#ifndef ADAPTERS_EXCHANGE_HOLIDAYS_H
#define ADAPTERS_EXCHANGE_HOLIDAYS_H

#include "engine/exchange.h"

/* exchange_ops.holidays_load: adds to *cal, which stays sorted. */
int holidays_file_load(const char *path, struct problems *problems,
		       struct calendar *cal) MUST_CHECK;

#endif
