/* The drop port (engine/drop.h) twice: over SFTP, and in a folder of this machine. */
#ifndef ADAPTERS_DROP_DROP_H
#define ADAPTERS_DROP_DROP_H

#include "engine/drop.h"

extern const struct drop_ops drop_sftp;
extern const struct drop_ops drop_local;

#endif
