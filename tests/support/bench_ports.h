/*
 * Ports of an engine that is measured alone: voice and text take what they get and
 * never answer, speech finds every sentence in its cache. All else is real.
 */
#ifndef TESTS_SUPPORT_BENCH_PORTS_H
#define TESTS_SUPPORT_BENCH_PORTS_H

#include "engine/registry.h"

struct ports bench_ports(void);
size_t bench_taken(void); /* intents that voice and text took so far */

#endif
