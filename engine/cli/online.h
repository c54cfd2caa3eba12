/* What commands with a way of their own (put.c, rebuild.c) share with online.c. */
#ifndef ENGINE_CLI_ONLINE_H
#define ENGINE_CLI_ONLINE_H

#include "engine/cli/cli.h"
#include "engine/json.h"
#include "engine/limits.h"

/* The socket's path: -c, OSAME_SOCKET or the default; -c may name a configuration. */
enum cli_status online_socket(const struct cli *cli, char out[MAX_PATH_BYTES]);
/* What is said when a call did not come back, or was refused. */
enum cli_status online_lost(int err);
enum cli_status online_refused(const struct cli *cli, const struct json *error);

#endif
