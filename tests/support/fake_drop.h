/*
 * A drop in memory, for tests of the engine. post() does the work at once and posts
 * the event; no thread. Failures are scripted. The contract test runs against it too.
 */
#ifndef TESTS_SUPPORT_FAKE_DROP_H
#define TESTS_SUPPORT_FAKE_DROP_H

#include "engine/drop.h"

extern const struct drop_ops drop_fake;

/* The core system's side. Paths: "in/a.csv", "out/b.csv", "in/taken/a.csv.1". */
void fake_drop_give(struct drop *d, const char *path, const void *p, size_t n, int64_t mtime_s);
const void *fake_drop_read(struct drop *d, const char *path, size_t *ret_n); /* NULL: not there */
void fake_drop_remove(struct drop *d, const char *path);
/* The next `times` jobs are answered by err; `done` = the work is done all the same (E_UNKNOWN). */
void fake_drop_fail(struct drop *d, int err, unsigned times, bool done);
/* Posts EV_DROP_STATE. */
void fake_drop_state(struct drop *d, bool up);
/* Offers again what a full mailbox did not take. */
void fake_drop_pump(struct drop *d);
size_t fake_drop_jobs(struct drop *d); /* jobs so far */

#endif
