/* The exchange port over files: CSV by libcsv, layouts and campaigns by libxml2. */
#ifndef ADAPTERS_EXCHANGE_EXCHANGE_H
#define ADAPTERS_EXCHANGE_EXCHANGE_H

#include "engine/exchange.h"

extern const struct exchange_ops exchange_files;

#endif
