/*
 * osame results rebuild N --out FILE: the bytes of outgoing file N, made again and
 * checked by the engine, into a new file of the operator's. An existing file is
 * never written over, and what was not given whole is removed.
 * … --again --reason WHY: the file is put into the drop once more.
 * osame recording fetch CALL --n N --out FILE: what a resident said, in the same way.
 */
#include "engine/cli/rebuild.h"

#include "engine/cli/call.h"
#include "engine/cli/online.h"
#include "engine/cli/show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *option(const struct cli *cli, const char *name, bool *ret_given)
{
	for (int i = 0; i < cli->n_options; i++)
		if (strcmp(cli->option[i].name, name) == 0) {
			*ret_given = true;
			return cli->option[i].value;
		}
	*ret_given = false;
	return NULL;
}

static void show(const struct cli *cli, const struct json *result)
{
	char *text;
	size_t n;
	if (!cli->json && json_kind(result) == JSON_KIND_OBJECT)
		show_object(result, stdout);
	else if (json_text(result, &text, &n) == 0) {
		puts(cli->json ? text : "ok");
		free(text);
	}
}

static enum cli_status ask(const struct cli *cli, const char *method, const struct json *params,
			   int fd)
{
	char path[MAX_PATH_BYTES];
	struct line l = {.fd = -1};
	struct json *answer = NULL;
	enum cli_status status = online_socket(cli, path);
	if (status == CLI_OK && line_open(path, &l) != 0)
		status = cli_fail(CLI_UNREACHABLE, "cannot reach the engine at %s: %s", path,
				  strerror(errno));
	int err = status == CLI_OK ? line_call_file(&l, method, params, fd, &answer) : 0;
	if (err)
		status = online_lost(err);
	if (status == CLI_OK && json_get(answer, "error"))
		status = online_refused(cli, json_get(answer, "error"));
	if (status == CLI_OK)
		show(cli, json_get(answer, "result"));
	json_free(answer);
	line_close(&l);
	return status;
}

static enum cli_status to_file(const struct cli *cli, const char *method, const struct json *params)
{
	int fd = open(cli->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return cli_fail(CLI_BAD_FILE, "%s: %s", cli->out, strerror(errno));
	enum cli_status status = ask(cli, method, params, fd);
	if (status == CLI_OK && fsync(fd) != 0)
		status = cli_fail(CLI_BAD_FILE, "%s: %s", cli->out, strerror(errno));
	close(fd);
	if (status != CLI_OK)
		unlink(cli->out);
	return status;
}

enum cli_status cli_rebuild(const struct cli *cli, const char *number)
{
	char *end;
	bool again, has_reason;
	long long n = strtoll(number, &end, 10);
	const char *reason = option(cli, "reason", &has_reason);
	option(cli, "again", &again);
	if (*end || n < 1 || n > UINT32_MAX)
		return cli_fail(CLI_USAGE, "%s is no number of a file: see osame outfiles", number);
	if (again == (cli->out != NULL))
		return cli_fail(CLI_USAGE, "either --out FILE, or --again --reason WHY");
	if (again != has_reason)
		return cli_fail(CLI_USAGE, "--again needs a --reason, for the record");
	struct json *params = json_new_object();
	json_put_int(params, "file", n);
	if (again)
		json_put_str(params, "reason", reason);
	enum cli_status status =
	    again ? ask(cli, "outfile.again", params, -1) : to_file(cli, "outfile.rebuild", params);
	json_free(params);
	return status;
}

enum cli_status cli_recording(const struct cli *cli, const char *call)
{
	char *end, *end_n;
	const char *which = cli_value(cli, "n");
	long long id = strtoll(call, &end, 10), n = strtoll(which ? which : "1", &end_n, 10);
	if (*end || id < 1 || *end_n || n < 1 || !cli->out)
		return cli_fail(CLI_USAGE,
				"recording fetch CALL [--n N] --out FILE: see osame recordings");
	struct json *params = json_new_object();
	json_put_int(params, "call", id);
	json_put_int(params, "n", n);
	enum cli_status status = to_file(cli, "recording.fetch", params);
	json_free(params);
	return status;
}
