/* What the engine puts into a file of the operator's, or takes from one. */
#ifndef ENGINE_CLI_REBUILD_H
#define ENGINE_CLI_REBUILD_H

#include "engine/cli/cli.h"

/* osame recording fetch CALL. */
enum cli_status cli_recording(const struct cli *cli, const char *call);
/* A document of a campaign: "scenario", or "campaign" for its own file. */
/* osame WHAT export CAMPAIGN --out FILE [--edition N]. */
enum cli_status cli_document_export(const struct cli *cli, const char *what, const char *campaign);
/* osame WHAT import CAMPAIGN --file FILE [--note WORDS] [--sha256 HASH]. */
enum cli_status cli_document_import(const struct cli *cli, const char *what, const char *campaign);
/* osame WHAT verify CAMPAIGN --file FILE: keeps nothing. */
enum cli_status cli_document_verify(const struct cli *cli, const char *what, const char *campaign);
/* osame results rebuild N. */
enum cli_status cli_rebuild(const struct cli *cli, const char *number);

#endif
