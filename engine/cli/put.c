/*
 * osame intake put FILE: the file's descriptor goes to the engine, which copies it;
 * then its progress is asked for until it is taken or refused, and what the receipt
 * in the drop says is printed too.
 *
 * Whatever breaks on the way, the same command again is safe: the same file (name,
 * size, content) is the same intake, and gets the same answer.
 */
#include "engine/cli/put.h"

#include "engine/cli/call.h"
#include "engine/cli/online.h"
#include "engine/cli/show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_US 300000

static const char *option(const struct cli *cli, const char *name, const char *none)
{
	for (int i = 0; i < cli->n_options; i++)
		if (strcmp(cli->option[i].name, name) == 0)
			return cli->option[i].value;
	return none;
}

static enum cli_status open_file(const char *path, int *ret_fd)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return cli_fail(CLI_BAD_FILE, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return cli_fail(CLI_BAD_FILE, "%s: not a regular file", path);
	}
	*ret_fd = fd;
	return CLI_OK;
}

static enum cli_status call(const struct cli *cli, struct line *l, const char *method,
			    const struct json *params, int file, struct json **ret)
{
	int err = line_call_file(l, method, params, file, ret);
	if (err)
		return online_lost(err);
	const struct json *error = json_get(*ret, "error");
	if (!error)
		return CLI_OK;
	enum cli_status status = online_refused(cli, error);
	json_free(*ret);
	*ret = NULL;
	return status;
}

/* One look: the intake's own object, without its row errors. */
static enum cli_status look(const struct cli *cli, struct line *l, int64_t intake,
			    struct json **ret)
{
	struct json *params = json_new_object();
	json_put_int(params, "intake", intake);
	json_put_int(params, "limit", 100);
	enum cli_status status = call(cli, l, "intake.show", params, -1, ret);
	json_free(params);
	return status;
}

static bool is_over(const struct json *in)
{
	const char *state = "";
	json_get_str(in, "state", &state);
	return strcmp(state, "taken") == 0 || strcmp(state, "refused") == 0;
}

static void progress(const struct json *in)
{
	int64_t done = 0, rows = 0;
	const char *state = "";
	json_get_int(in, "done", &done);
	json_get_int(in, "rows", &rows);
	json_get_str(in, "state", &state);
	fprintf(stderr, "\r%s, %lld of %lld rows ", state, (long long)done, (long long)rows);
}

static void print_end(const struct cli *cli, const struct json *result)
{
	char *text;
	size_t n;
	if (!cli->json) {
		struct table t = {0};
		show_object(json_get(result, "intake"), stdout);
		table_rows(&t, json_get(result, "rows"), stdout);
	} else if (json_text(result, &text, &n) == 0) {
		puts(text);
		free(text);
	}
}

static enum cli_status follow(const struct cli *cli, struct line *l, int64_t intake)
{
	bool terminal = isatty(STDERR_FILENO);
	for (;;) {
		struct json *answer;
		enum cli_status status = look(cli, l, intake, &answer);
		if (status != CLI_OK)
			return status;
		const struct json *result = json_get(answer, "result"),
				  *in = json_get(result, "intake");
		if (terminal)
			progress(in);
		if (is_over(in)) {
			const char *state = "";
			if (terminal)
				fputc('\n', stderr);
			print_end(cli, result);
			json_get_str(in, "state", &state);
			status = strcmp(state, "taken") == 0 ? CLI_OK : CLI_REFUSED;
			json_free(answer);
			return status;
		}
		json_free(answer);
		usleep(ASK_US);
	}
}

enum cli_status cli_put(const struct cli *cli, const char *path)
{
	char socket[MAX_PATH_BYTES];
	struct line l = {.fd = -1};
	struct json *params = json_new_object(), *answer = NULL;
	const char *slash = strrchr(path, '/'), *drop = option(cli, "drop", NULL);
	int64_t intake = 0;
	int fd = -1;

	json_put_str(params, "name", option(cli, "as", slash ? slash + 1 : path));
	if (drop)
		json_put_str(params, "drop", drop);
	enum cli_status status = open_file(path, &fd);
	if (status == CLI_OK)
		status = online_socket(cli, socket);
	if (status == CLI_OK && line_open(socket, &l) != 0)
		status = cli_fail(CLI_UNREACHABLE, "cannot reach the engine at %s: %s", socket,
				  strerror(errno));
	if (status == CLI_OK)
		status = call(cli, &l, "intake.put", params, fd, &answer);
	if (status == CLI_OK) {
		bool known = false;
		json_get_int(json_get(answer, "result"), "intake", &intake);
		json_get_bool(json_get(answer, "result"), "known", &known);
		if (known)
			fprintf(stderr, "osame: this very file is intake %lld already\n",
				(long long)intake);
		status = follow(cli, &l, intake);
	}
	json_free(answer);
	json_free(params);
	if (fd >= 0)
		close(fd);
	line_close(&l);
	return status;
}
