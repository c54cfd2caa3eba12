/* osame archive keygen | verify | list: without the engine. */
#ifndef ENGINE_CLI_ARCHIVE_H
#define ENGINE_CLI_ARCHIVE_H

#include "engine/cli/cli.h"

/* words[0] is "archive". */
enum cli_status cli_archive(const struct cli *cli, int n, char **words);

#endif
