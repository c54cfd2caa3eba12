/* DROP_PUT over SFTP: fills all of *done but its job. */
#ifndef ADAPTERS_DROP_SFTP_PUT_H
#define ADAPTERS_DROP_SFTP_PUT_H

#include "adapters/drop/session.h"

void sftp_put(struct session *s, const struct drop_job *job, struct drop_done *done);

#endif
