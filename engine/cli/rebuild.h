/* What the engine puts into a file of the operator's. */
#ifndef ENGINE_CLI_REBUILD_H
#define ENGINE_CLI_REBUILD_H

#include "engine/cli/cli.h"

/* osame recording fetch CALL. */
enum cli_status cli_recording(const struct cli *cli, const char *call);
/* osame results rebuild N. */
enum cli_status cli_rebuild(const struct cli *cli, const char *number);

#endif
