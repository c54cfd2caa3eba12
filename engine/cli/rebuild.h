/* osame results rebuild N. */
#ifndef ENGINE_CLI_REBUILD_H
#define ENGINE_CLI_REBUILD_H

#include "engine/cli/cli.h"

enum cli_status cli_rebuild(const struct cli *cli, const char *number);

#endif
