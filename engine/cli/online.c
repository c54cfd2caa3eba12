/*
 * Commands that speak to the engine. One table: words of the command line, the
 * method, which parameter the word behind them is. Everything else (parameters,
 * their limits, the columns) comes from the table of methods and from the answer.
 */
#include "engine/cli/call.h"
#include "engine/cli/cli.h"
#include "engine/cli/online.h"
#include "engine/cli/put.h"
#include "engine/cli/rebuild.h"
#include "engine/cli/show.h"

#include "engine/control/methods.h"
#include "engine/control/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCH_S 2

struct verb {
	const char *words; /* "run show" */
	enum control_method method;
	const char *operand; /* the parameter that the next word is; NULL: none */
};

static const struct verb verbs[] = {
    {"status", M_STATUS, NULL},
    {"spool", M_SPOOL_LIST, NULL},
    {"alerts", M_ALERT_LIST, NULL},
    {"campaign list", M_CAMPAIGN_LIST, NULL},
    {"campaign show", M_CAMPAIGN_SHOW, "campaign"},
    {"campaign check", M_CAMPAIGN_CHECK, "campaign"},
    {"campaign editions", M_CAMPAIGN_EDITIONS, "campaign"},
    {"campaign diff", M_CAMPAIGN_DIFF, "campaign"},
    {"campaign restore", M_CAMPAIGN_RESTORE, "campaign"},
    {"campaign parts", M_CAMPAIGN_PARTS, "campaign"},
    {"campaign", M_CAMPAIGN_LIST, NULL},
    {"run list", M_RUN_LIST, NULL},
    {"run show", M_RUN_SHOW, "run"},
    {"scenario show", M_SCENARIO_SHOW, "campaign"},
    {"scenario try", M_SCENARIO_TRY, "campaign"},
    {"scenario editions", M_SCENARIO_EDITIONS, "campaign"},
    {"scenario diff", M_SCENARIO_DIFF, "campaign"},
    {"scenario restore", M_SCENARIO_RESTORE, "campaign"},
    {"run count", M_RUN_COUNT, "run"},
    {"run submit", M_RUN_SUBMIT, "run"},
    {"run approve", M_RUN_APPROVE, "run"},
    {"run start", M_RUN_START, "run"},
    {"run pause", M_RUN_PAUSE, "run"},
    {"run resume", M_RUN_RESUME, "run"},
    {"run close", M_RUN_CLOSE, "run"},
    {"run stop", M_RUN_STOP, "run"},
    {"run", M_RUN_LIST, NULL},
    {"stop-all", M_STOP_ALL, NULL},
    {"target list", M_TARGET_LIST, NULL},
    {"target show", M_TARGET_SHOW, "person"},
    {"target unmask", M_TARGET_UNMASK, "person"},
    {"target", M_TARGET_LIST, NULL},
    {"attempts count", M_ATTEMPT_COUNT, NULL},
    {"attempts", M_ATTEMPT_LIST, NULL},
    {"windows", M_WINDOW_LIST, NULL},
    {"intake list", M_INTAKE_LIST, NULL},
    {"intake show", M_INTAKE_SHOW, "intake"},
    {"intake withdraw", M_INTAKE_WITHDRAW, "intake"},
    {"intake keep", M_INTAKE_KEEP, "intake"},
    {"intake refuse", M_INTAKE_REFUSE, "intake"},
    {"intake", M_INTAKE_LIST, NULL},
    {"outfiles", M_OUTFILE_LIST, NULL},
    {"retention plan", M_RETENTION_PLAN, NULL},
    {"retention run", M_RETENTION_RUN, NULL},
    {"hold list", M_HOLD_LIST, NULL},
    {"hold add", M_HOLD_ADD, "person"},
    {"hold end", M_HOLD_END, "hold"},
    {"hold", M_HOLD_LIST, NULL},
    {"number list", M_NUMBER_LIST, NULL},
    {"number add", M_NUMBER_ADD, "number"},
    {"number end", M_NUMBER_END, "number"},
    {"number", M_NUMBER_LIST, NULL},
    {"payments", M_PAYMENT_LIST, NULL},
    {"exclusion list", M_EXCLUSION_LIST, NULL},
    {"exclusion override", M_EXCLUSION_OVERRIDE, "person"},
    {"exclusion restore", M_EXCLUSION_RESTORE, "person"},
    {"exclusion", M_EXCLUSION_LIST, NULL},
    {"expect list", M_EXPECT_LIST, NULL},
    {"expect reset", M_EXPECT_RESET, "expect"},
    {"expect", M_EXPECT_LIST, NULL},
    {"settings", M_SETTINGS_LIST, NULL},
    {"holidays", M_HOLIDAY_LIST, NULL},
    {"inbound", M_INBOUND_LIST, NULL},
    {"text list", M_TEXT_LIST, NULL},
    {"text check", M_TEXT_CHECK, "template"},
    {"text preview", M_TEXT_PREVIEW, "text"},
    {"text show", M_TEXT_SHOW, "text"},
    {"text save", M_TEXT_SAVE, "text"},
    {"text restore", M_TEXT_RESTORE, "text"},
    {"text editions", M_TEXT_EDITIONS, "text"},
    {"text diff", M_TEXT_DIFF, "text"},
    {"text trial", M_TEXT_TRIAL, "text"},
    {"trial list", M_TRIAL_LIST, NULL},
    {"trial numbers", M_TRIAL_NUMBERS, NULL},
    {"trial", M_TRIAL_LIST, NULL},
    {"text", M_TEXT_LIST, NULL},
    {"user list", M_USER_LIST, NULL},
    {"user add", M_USER_ADD, "user"},
    {"user change", M_USER_CHANGE, "user"},
    {"user reset", M_USER_RESET, "user"},
    {"user disable", M_USER_DISABLE, "user"},
    {"user enable", M_USER_ENABLE, "user"},
    {"user certificate", M_USER_CERTIFICATE, "user"},
    {"user token", M_USER_TOKEN, "user"},
    {"user", M_USER_LIST, NULL},
    {"audit check", M_AUDIT_CHECK, NULL},
    {"audit", M_AUDIT_LIST, NULL},
    {"money", M_MONEY_LIST, NULL},
    {"sms resend", M_SMS_RESEND, "attempt"},
    {"callbacks", M_CALLBACK_LIST, NULL},
    {"recordings", M_RECORDING_LIST, NULL},
    {"recording type", M_RECORDING_TYPE, "call"},
    {"callback done", M_CALLBACK_DONE, "callback"},
};

/* How many of the words the verb's are, or 0 if it is another. */
static int matches(const struct verb *v, int n, char **words)
{
	const char *s = v->words;
	int i = 0;
	while (*s) {
		size_t len = strcspn(s, " ");
		if (i == n || strlen(words[i]) != len || memcmp(words[i], s, len) != 0)
			return 0;
		s += len + (s[len] == ' ');
		i++;
	}
	return i;
}

/* ---- parameters ---- */

static const struct param *param_of(const struct method *m, const char *name)
{
	for (size_t i = 0; i < m->n_params; i++)
		if (strcmp(m->params[i].name, name) == 0)
			return &m->params[i];
	return NULL;
}

/* What is typed, as the parameter's JSON; a word that is no number stays a string, and the check
 * that follows says what is wanted. */
static struct json *value_of(const struct param *p, const char *text)
{
	char *end;
	if (!text)
		return json_new_bool(true);
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (p->type == PARAM_INT && *text && !*end && !errno)
		return json_new_int(n);
	return json_new_str(text);
}

/* A secret: the first line of standard input. */
static struct json *line_from_input(void)
{
	char line[MAX_WORDS] = "";
	if (fgets(line, sizeof line, stdin))
		line[strcspn(line, "\r\n")] = '\0';
	struct json *j = json_new_str(line);
	explicit_bzero(line, sizeof line);
	return j;
}

static enum cli_status params_of(const struct cli *cli, const struct verb *v, const char *operand,
				 struct json *params)
{
	const struct method *m = &control_methods[v->method];
	char why[MAX_WORDS];
	if (operand)
		json_put(params, v->operand, value_of(param_of(m, v->operand), operand));
	for (int i = 0; i < cli->n_options; i++) {
		const struct param *p = param_of(m, cli->option[i].name);
		if (!p)
			return cli_fail(CLI_USAGE, "%s takes no --%s", v->words,
					cli->option[i].name);
		if ((p->type == PARAM_BOOL) != (cli->option[i].value == NULL))
			return cli_fail(CLI_USAGE, "--%s %s", p->name,
					p->type == PARAM_BOOL ? "takes no value" : "needs a value");
		const char *value = cli->option[i].value;
		if (p->secret && value && strcmp(value, "-") != 0)
			return cli_fail(CLI_USAGE,
					"--%s - : it is read from standard input; arguments are "
					"seen by everybody on this machine",
					p->name);
		if (p->secret)
			json_put(params, p->name, line_from_input());
		else
			json_put(params, p->name, value_of(p, cli->option[i].value));
	}
	if (param_check(m, params, why) != 0)
		return cli_fail(CLI_USAGE, "%s", why);
	return CLI_OK;
}

/* ---- the engine ---- */

enum cli_status online_socket(const struct cli *cli, char out[MAX_PATH_BYTES])
{
	struct stat st;
	const char *path = cli->socket ? cli->socket : getenv("OSAME_SOCKET");
	if (!path || !*path)
		path = CLI_SOCKET;
	snprintf(out, MAX_PATH_BYTES, "%s", path);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return CLI_OK; /* connect says what is wrong */
	struct problems problems;
	struct config *config = NULL;
	problems_init(&problems);
	int err = config_load(path, &problems, &config);
	if (err == 0)
		snprintf(out, MAX_PATH_BYTES, "%s", config->engine.socket);
	else
		problems_print(&problems, stderr);
	config_free(config);
	problems_free(&problems);
	return err == 0
		   ? CLI_OK
		   : cli_fail(CLI_BAD_FILE, "%s: cannot be used; -c also takes the socket", path);
}

enum cli_status online_lost(int err)
{
	switch (err) {
	case E_TIMEOUT:
		return cli_fail(CLI_UNREACHABLE,
				"no answer within %d s; a command may have been carried out: look "
				"before you repeat it",
				CALL_WAIT_MS / 1000);
	case E_CLOSED:
		return cli_fail(CLI_UNREACHABLE, "the engine closed the connection");
	default:
		return cli_fail(CLI_UNREACHABLE, "the call failed: %s", err_str(err));
	}
}

enum cli_status online_refused(const struct cli *cli, const struct json *error)
{
	char *text = NULL;
	size_t n;
	if (cli->json && json_text(error, &text, &n) == 0)
		printf("{\"error\":%s}\n", text);
	free(text);
	int64_t code = json_int(json_get(error, "code"));
	const char *words = json_str(json_get(error, "message"));
	return cli_fail(code == RPC_STRANGER ? CLI_UNREACHABLE : CLI_REFUSED, "%s", words);
}

/* ---- answers ---- */

static bool print_line(const struct json *j)
{
	char *text;
	size_t n;
	if (json_text(j, &text, &n) != 0)
		return false;
	puts(text);
	free(text);
	return true;
}

/* What a listing says beside its rows: once, above them. */
struct beside {
	struct json *object;
};

static int keep_beside(void *arg, const char *name, const struct json *value)
{
	char *text;
	size_t n;
	struct json *copy;
	struct beside *b = arg;
	if (strcmp(name, "rows") == 0 || strcmp(name, "next") == 0)
		return 0;
	if (json_kind(value) == JSON_KIND_STR)
		json_put_str(b->object, name, json_str(value));
	else if (json_kind(value) == JSON_KIND_INT)
		json_put_int(b->object, name, json_int(value));
	else if (json_kind(value) == JSON_KIND_BOOL)
		json_put_bool(b->object, name, json_bool_of(value));
	else if (json_text(value, &text, &n) == 0) {
		if (json_parse(text, n, JSON_DEPTH, &copy) == 0)
			json_put(b->object, name, copy);
		free(text);
	}
	return 0;
}

static void show_beside(const struct json *result)
{
	struct beside b = {.object = json_new_object()};
	json_each(result, keep_beside, &b);
	if (json_count(b.object) > 0) {
		show_object(b.object, stdout);
		putchar('\n');
	}
	json_free(b.object);
}

static void show_page(struct table *t, const struct json *result, bool first)
{
	if (first)
		show_beside(result);
	table_rows(t, json_get(result, "rows"), stdout);
}

/* A check that found errors is a refusal, though the call went well. */
static enum cli_status verdict(const struct json *result)
{
	bool ok = true;
	json_get_bool(result, "ok", &ok);
	return ok ? CLI_OK : CLI_REFUSED;
}

static enum cli_status show(const struct cli *cli, const struct json *result)
{
	if (cli->json)
		print_line(result);
	else if (json_kind(result) == JSON_KIND_OBJECT)
		show_object(result, stdout);
	else if (json_kind(result) == JSON_KIND_STR)
		puts(json_str(result));
	else
		puts("ok");
	return verdict(result);
}

struct session {
	const struct cli *cli;
	const struct verb *verb;
	const struct method *method;
	struct json *params;
	struct line line;
};

static enum cli_status one_call(struct session *s, struct json **ret_answer)
{
	int err = line_call(&s->line, s->method->name, s->params, ret_answer);
	if (err != 0)
		return online_lost(err);
	const struct json *error = json_get(*ret_answer, "error");
	if (!error)
		return CLI_OK;
	enum cli_status status = online_refused(s->cli, error);
	json_free(*ret_answer);
	return status;
}

/* Page by page, until the end or --limit rows. */
static enum cli_status list(struct session *s)
{
	struct table t = {0};
	enum cli_status status;
	long rows = 0;
	bool more = true, first = true;
	while (more) {
		struct json *answer;
		const char *next;
		if (s->cli->limit && s->cli->limit - rows < MAX_READ_ROWS)
			json_put_int(s->params, "limit", s->cli->limit - rows);
		status = one_call(s, &answer);
		if (status != CLI_OK)
			return status;
		const struct json *result = json_get(answer, "result");
		if (s->cli->json)
			print_line(result);
		else
			show_page(&t, result, first);
		rows += (long)json_count(json_get(result, "rows"));
		more =
		    json_get_str(result, "next", &next) && (!s->cli->limit || rows < s->cli->limit);
		if (more)
			json_put_str(s->params, "after", next);
		json_free(answer);
		first = false;
	}
	if (!s->cli->json && rows == 0)
		puts("none");
	return CLI_OK;
}

static bool is_over(const struct json *result)
{
	const char *state;
	return json_get_str(result, "state", &state) &&
	       (strcmp(state, "closed") == 0 || strcmp(state, "stopped") == 0);
}

/* *ret_over: nothing will change any more. */
static enum cli_status once(struct session *s, bool *ret_over)
{
	struct json *answer;
	*ret_over = false;
	if (s->method->listing)
		return list(s);
	enum cli_status status = one_call(s, &answer);
	if (status != CLI_OK)
		return status;
	const struct json *result = json_get(answer, "result");
	status = show(s->cli, result);
	*ret_over = is_over(result);
	json_free(answer);
	return status;
}

static enum cli_status watch(struct session *s, const char *operand)
{
	bool over, terminal = isatty(STDOUT_FILENO);
	for (;;) {
		if (terminal && !s->cli->json)
			fputs("\033[H\033[2J", stdout);
		enum cli_status status = once(s, &over);
		fflush(stdout);
		if (status != CLI_OK || over)
			return status;
		json_free(s->params); /* a listing left its place in them */
		s->params = json_new_object();
		status = params_of(s->cli, s->verb, operand, s->params);
		if (status != CLI_OK)
			return status;
		sleep(WATCH_S);
	}
}

static enum cli_status run_verb(const struct cli *cli, const struct verb *v, const char *operand)
{
	struct session s = {.cli = cli,
			    .verb = v,
			    .method = &control_methods[v->method],
			    .params = json_new_object(),
			    .line = {.fd = -1}};
	char path[MAX_PATH_BYTES];
	bool over;
	enum cli_status status = params_of(cli, v, operand, s.params);
	if (status == CLI_OK && cli->watch && s.method->kind == METHOD_COMMAND)
		status =
		    cli_fail(CLI_USAGE, "%s cannot be watched: it would be repeated", v->words);
	if (status == CLI_OK)
		status = online_socket(cli, path);
	if (status == CLI_OK && line_open(path, &s.line) != 0)
		status = cli_fail(CLI_UNREACHABLE, "cannot reach the engine at %s: %s", path,
				  strerror(errno));
	if (status == CLI_OK)
		status = cli->watch ? watch(&s, operand) : once(&s, &over);
	json_free(s.params);
	line_close(&s.line);
	return status;
}

static bool begins(int n, char **words, const char *first, const char *second)
{
	return n >= 2 && strcmp(words[0], first) == 0 && strcmp(words[1], second) == 0;
}

typedef enum cli_status (*cli_document_fn)(const struct cli *cli, const char *what,
					   const char *campaign);

static cli_document_fn document_verb(int n, char **words)
{
	static const struct {
		const char *verb;
		cli_document_fn fn;
	} list[] = {{"verify", cli_document_verify},
		    {"import", cli_document_import},
		    {"export", cli_document_export}};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (begins(n, words, "scenario", list[i].verb) ||
		    begins(n, words, "campaign", list[i].verb))
			return list[i].fn;
	return NULL;
}

enum cli_status cli_online(const struct cli *cli, int n, char **words)
{
	if (begins(n, words, "results", "rebuild"))
		return n == 3 ? cli_rebuild(cli, words[2])
			      : cli_fail(CLI_USAGE, "results rebuild needs the number of a file");
	if (begins(n, words, "recording", "fetch"))
		return n == 3 ? cli_recording(cli, words[2])
			      : cli_fail(CLI_USAGE, "recording fetch needs the number of a call");
	cli_document_fn document = document_verb(n, words);
	if (document)
		return n == 3 ? document(cli, words[0], words[2])
			      : cli_fail(CLI_USAGE, "%s %s needs the campaign", words[0], words[1]);
	if (begins(n, words, "intake", "put"))
		return n == 3 ? cli_put(cli, words[2])
			      : cli_fail(CLI_USAGE, "intake put needs one FILE");
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		const struct verb *v = &verbs[i];
		int used = matches(v, n, words);
		if (!used)
			continue;
		if (v->operand && n == used)
			return cli_fail(CLI_USAGE, "%s needs the %s", v->words, v->operand);
		if (n > used + (v->operand != NULL))
			return cli_fail(CLI_USAGE, "%s: one word too many: %s", v->words,
					words[used + (v->operand != NULL)]);
		return run_verb(cli, v, v->operand ? words[used] : NULL);
	}
	return cli_fail(CLI_USAGE, "no such command: %s; see osame --help", words[0]);
}
