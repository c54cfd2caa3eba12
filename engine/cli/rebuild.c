/*
 * osame results rebuild N --out FILE: the bytes of outgoing file N, made again and
 * checked by the engine, into a new file of the operator's. An existing file is
 * never written over, and what was not given whole is removed.
 * … --again --reason WHY: the file is put into the drop once more.
 * osame scenario export CAMPAIGN --out FILE, import and verify CAMPAIGN --file FILE: its
 * document; osame campaign …: the campaign's own file.
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

/* The answer is the caller's, whatever came. */
static enum cli_status answer_of(const struct cli *cli, const char *method,
				 const struct json *params, int fd, struct json **ret_answer)
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
	*ret_answer = answer;
	line_close(&l);
	return status;
}

static enum cli_status ask(const struct cli *cli, const char *method, const struct json *params,
			   int fd)
{
	struct json *answer = NULL;
	enum cli_status status = answer_of(cli, method, params, fd, &answer);
	json_free(answer);
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

/* ---- documents ---- */

static void method_of(const char *what, const char *verb, char out[64])
{
	snprintf(out, 64, "%.20s.%.20s", what, verb);
}

enum cli_status cli_document_export(const struct cli *cli, const char *what, const char *campaign)
{
	char *end, method[64];
	const char *edition = cli_value(cli, "edition");
	long long n = strtoll(edition ? edition : "1", &end, 10);
	if (*end || n < 1 || n > UINT32_MAX || !cli->out)
		return cli_fail(CLI_USAGE, "%s export CAMPAIGN --out FILE [--edition N]", what);
	struct json *params = json_new_object();
	json_put_str(params, "campaign", campaign);
	if (edition)
		json_put_int(params, "edition", n);
	method_of(what, "export", method);
	enum cli_status status = to_file(cli, method, params);
	json_free(params);
	return status;
}

static enum cli_status open_document(const struct cli *cli, const char *what, const char *verb,
				     int *ret_fd)
{
	const char *path = cli_value(cli, "file");
	if (!path)
		return cli_fail(CLI_USAGE, "%s %s CAMPAIGN --file FILE", what, verb);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *ret_fd < 0 ? cli_fail(CLI_BAD_FILE, "%s: %s", path, strerror(errno)) : CLI_OK;
}

enum cli_status cli_document_import(const struct cli *cli, const char *what, const char *campaign)
{
	const char *note = cli_value(cli, "note"), *seen = cli_value(cli, "sha256");
	char method[64];
	int fd = -1;
	enum cli_status status = open_document(cli, what, "import", &fd);
	if (status != CLI_OK)
		return status;
	struct json *params = json_new_object();
	json_put_str(params, "campaign", campaign);
	if (note)
		json_put_str(params, "note", note);
	if (seen)
		json_put_str(params, "sha256", seen);
	method_of(what, "import", method);
	status = ask(cli, method, params, fd);
	json_free(params);
	close(fd);
	return status;
}

/* A document with errors is a bad file: whoever imports only what verify passes goes by that. */
enum cli_status cli_document_verify(const struct cli *cli, const char *what, const char *campaign)
{
	/* "check" of a campaign is another thing, and older: of the files as they are. */
	const char *method = strcmp(what, "campaign") == 0 ? "campaign.verify" : "scenario.check";
	struct json *answer = NULL;
	int64_t errors = 0;
	int fd = -1;
	enum cli_status status = open_document(cli, what, "verify", &fd);
	if (status != CLI_OK)
		return status;
	struct json *params = json_new_object();
	json_put_str(params, "campaign", campaign);
	status = answer_of(cli, method, params, fd, &answer);
	if (status == CLI_OK &&
	    (!json_get_int(json_get(answer, "result"), "errors", &errors) || errors > 0))
		status = CLI_BAD_FILE;
	json_free(answer);
	json_free(params);
	close(fd);
	return status;
}
