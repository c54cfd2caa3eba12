/* osame intake put FILE. */
#ifndef ENGINE_CLI_PUT_H
#define ENGINE_CLI_PUT_H

#include "engine/cli/cli.h"

enum cli_status cli_put(const struct cli *cli, const char *path);

#endif
