/* The thread of a started drop, over any place. */
#ifndef ADAPTERS_DROP_WORKER_H
#define ADAPTERS_DROP_WORKER_H

#include "adapters/drop/place.h"

int worker_start(const struct place_ops *ops, const struct drop_config *config,
		 struct mailbox *to_engine, struct drop **ret_drop) MUST_CHECK;
int worker_post(struct drop *d, const struct drop_job *job) MUST_CHECK;
void worker_stop(struct drop *d);
int worker_perform(struct drop *d, const struct drop_job *job, struct drop_done *ret_done);

#endif
