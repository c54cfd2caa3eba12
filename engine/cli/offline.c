/*
 * Checks that need no engine: scenarios, a whole folder of specs; and a
 * scenario's sentences as they will be read. They use the same adapters as the
 * engine, so that what passes here loads there.
 */
#include "engine/cli/archive.h"
#include "engine/cli/cli.h"
#include "engine/cli/resident.h"
#include "engine/cli/say.h"

#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/registry.h"
#include "engine/turn/specs.h"

#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTALLED_SCHEMAS "/usr/local/share/osame/schemas"

/* ---- where things are ---- */

const char *cli_schemas(const struct cli *cli)
{
	if (cli->schemas)
		return cli->schemas;
	return access("schemas", R_OK) == 0 ? "schemas" : INSTALLED_SCHEMAS;
}

/* The folder above the file's: specs/scenarios/a.vxml is of specs. */
static void specs_of(const struct cli *cli, const char *file, char out[MAX_PATH_BYTES])
{
	char copy[MAX_PATH_BYTES];
	if (cli->specs) {
		snprintf(out, MAX_PATH_BYTES, "%s", cli->specs);
		return;
	}
	snprintf(copy, sizeof copy, "%s", file);
	char *folder = dirname(copy);
	snprintf(out, MAX_PATH_BYTES, "%.*s/..", MAX_PATH_BYTES - 8, folder);
}

enum cli_status cli_report(struct problems *p, const char *what)
{
	problems_print(p, stderr);
	enum cli_status status = p->errors ? CLI_BAD_FILE : CLI_OK;
	if (status == CLI_OK)
		printf("%s: ok%s\n", what, p->warnings ? ", with warnings" : "");
	problems_free(p);
	return status;
}

void cli_note(struct problems *p, const char *file, int err)
{
	if (err != 0 && err != E_INVALID && p->errors == 0)
		problems_error(p, file, 0, "%s", err_str(err));
	else if (err == E_INVALID && p->errors == 0)
		problems_error(p, file, 0, "is not valid");
}

/* ---- scenarios ---- */

static int scenario_load(const struct cli *cli, const struct ports *ports, const char *file,
			 struct problems *p, struct scenario **ret)
{
	char specs[MAX_PATH_BYTES], lexicon[MAX_PATH_BYTES + 16];
	struct scenario_words *words = NULL;
	specs_of(cli, file, specs);
	snprintf(lexicon, sizeof lexicon, "%s/lexicon", specs);
	int err = ports->scenario->words_load(lexicon, p, &words);
	if (err == 0)
		err = ports->scenario->load(file, words, p, ret);
	if (words)
		ports->scenario->words_free(words);
	cli_note(p, file, err);
	return err;
}

/* Whether anything is recorded is said by the configuration that -c names. A socket there (it is
 * given for the other commands) says nothing. */
static int sound_kept(const struct cli *cli, struct problems *p, enum sound_kept *ret)
{
	struct stat st;
	struct config *config = NULL;
	*ret = SOUND_KEPT_UNKNOWN;
	if (!cli->socket || (stat(cli->socket, &st) == 0 && S_ISSOCK(st.st_mode)))
		return 0;
	int err = config_load(cli->socket, p, &config);
	if (err == 0)
		*ret = config->voice.keep_sound ? SOUND_KEPT : SOUND_NOT_KEPT;
	config_free(config);
	return err;
}

static enum cli_status scenario_check(const struct cli *cli, const struct ports *ports,
				      const char *file)
{
	struct problems p;
	struct scenario *s = NULL;
	enum sound_kept kept;
	problems_init(&p);
	int err = sound_kept(cli, &p, &kept);
	cli_note(&p, cli->socket, err);
	if (scenario_load(cli, ports, file, &p, &s) == 0) {
		scenario_check_sound(s, kept, file, &p);
		scenario_unref(s);
	}
	return cli_report(&p, file);
}

static enum cli_status scenario_say(const struct cli *cli, const struct ports *ports,
				    const char *file)
{
	struct problems p;
	struct scenario *s = NULL;
	char specs[MAX_PATH_BYTES], why[MAX_WORDS];
	struct resident *resident = malloc(sizeof *resident);
	if (!resident)
		return cli_fail(CLI_REFUSED, "%s", err_str(E_NOMEM));
	if (resident_of(cli_value(cli, "target"), resident, why) != 0) {
		free(resident);
		return cli_fail(CLI_USAGE, "%s", why);
	}
	problems_init(&p);
	specs_of(cli, file, specs);
	int err = scenario_load(cli, ports, file, &p, &s);
	if (err == 0) {
		err = say_scenario(ports->speech, s, specs, &resident->vars, cli->out, &p);
		cli_note(&p, file, err);
		scenario_unref(s);
	}
	free(resident);
	return cli_report(&p, file);
}

/* ---- specs ---- */

static void add_department(struct config *c, const char *id)
{
	if (config_department(c, id) || c->n_departments == CONFIG_MOST_DEPARTMENTS)
		return;
	struct config_department *d = &c->department[c->n_departments++];
	snprintf(d->id, MAX_ID, "%s", id);
	/* as long as real ones, so that texts are counted right */
	snprintf(d->name, sizeof d->name, "某某課");
	snprintf(d->phone, sizeof d->phone, "0265784111");
	snprintf(d->caller, sizeof d->caller, "0265784111");
}

/* Without a configuration the departments are not known: those that campaigns name are taken to
 * exist. What is wrong with a campaign itself is said later, by specs_load. */
static void departments_of(const struct ports *ports, struct config *c)
{
	char pattern[MAX_PATH_BYTES + 32];
	glob_t found = {0};
	snprintf(pattern, sizeof pattern, "%s/campaigns/*.xml", c->engine.specs);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct problems quiet;
		struct campaign *campaign = NULL;
		problems_init(&quiet);
		if (ports->exchange->campaign_load(found.gl_pathv[i], c->engine.schemas, &quiet,
						   &campaign) == 0) {
			add_department(c, campaign->department);
			campaign_unref(campaign);
		}
		problems_free(&quiet);
	}
	globfree(&found);
}

/* -c names a configuration: its departments count. Else an invented one. */
static int config_for(const struct cli *cli, const struct ports *ports, const char *folder,
		      struct problems *p, struct config **ret)
{
	struct config *c = NULL;
	int err = 0;
	if (cli->socket)
		err = config_load(cli->socket, p, &c);
	else
		c = calloc(1, sizeof *c);
	if (err != 0 || !c)
		return err != 0 ? err : E_NOMEM;
	snprintf(c->engine.specs, sizeof c->engine.specs, "%s", folder);
	if (cli->schemas || !cli->socket)
		snprintf(c->engine.schemas, sizeof c->engine.schemas, "%s", cli_schemas(cli));
	if (!cli->socket) {
		snprintf(c->engine.city_name, sizeof c->engine.city_name, "某某市");
		departments_of(ports, c);
	}
	*ret = c;
	return 0;
}

static enum cli_status spec_check(const struct cli *cli, const struct ports *ports,
				  const char *folder)
{
	struct problems p;
	struct config *config = NULL;
	struct specs *specs = NULL;
	if (access(folder, R_OK | X_OK) != 0)
		return cli_fail(CLI_BAD_FILE, "%s: %s", folder, strerror(errno));
	problems_init(&p);
	int err = config_for(cli, ports, folder, &p, &config);
	if (err == 0)
		err = specs_load(config, ports, &p, &specs);
	cli_note(&p, folder, err);
	specs_free(specs);
	config_free(config);
	return cli_report(&p, folder);
}

/* ---- the commands ---- */

typedef enum cli_status (*offline_fn)(const struct cli *cli, const struct ports *ports,
				      const char *file);

struct offline {
	const char *object, *verb;
	offline_fn run;
	bool many;                       /* files */
	bool exchange, scenario, speech; /* the ports that it needs */
};

static const struct offline commands[] = {
    {.object = "scenario", .verb = "check", .run = scenario_check, .many = true, .scenario = true},
    {.object = "scenario",
     .verb = "say",
     .run = scenario_say,
     .many = true,
     .scenario = true,
     .speech = true},
    {.object = "spec", .verb = "check", .run = spec_check, .exchange = true, .scenario = true},
};

static const struct offline *find(int n, char **words)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands && n >= 2; i++)
		if (strcmp(words[0], commands[i].object) == 0 &&
		    strcmp(words[1], commands[i].verb) == 0)
			return &commands[i];
	return NULL;
}

bool cli_is_offline(int n, char **words)
{
	return find(n, words) != NULL || strcmp(words[0], "archive") == 0 ||
	       strcmp(words[0], "layout") == 0;
}

enum cli_status cli_offline(const struct cli *cli, int n, char **words)
{
	const struct offline *c = find(n, words);
	const struct ports *ports = registry();
	enum cli_status status = CLI_OK;
	if (!c && strcmp(words[0], "layout") == 0)
		return cli_layout(cli, n, words);
	if (!c)
		return cli_archive(cli, n, words);
	if (n < 3 || (n > 3 && !c->many))
		return cli_fail(CLI_USAGE, "%s %s needs %s", c->object, c->verb,
				c->many ? "one or several files" : "one folder");
	if ((c->exchange && !ports->exchange) || (c->scenario && !ports->scenario) ||
	    (c->speech && !ports->speech) || ports->digest->init() != 0)
		return cli_fail(CLI_REFUSED, "%s %s: not built yet", c->object, c->verb);
	for (int i = 2; i < n; i++) {
		enum cli_status one = c->run(cli, ports, words[i]);
		if (one != CLI_OK)
			status = one;
	}
	return status;
}

/* ---- the schemas of the control messages ---- */

enum cli_status cli_write_schemas(const char *folder)
{
	char path[MAX_PATH_BYTES];
	for (size_t i = 0; i < METHODS; i++) {
		char *text = NULL;
		snprintf(path, sizeof path, "%s/%s.json", folder, control_methods[i].name);
		if (control_schema(&control_methods[i], &text) != 0)
			return cli_fail(CLI_REFUSED, "out of memory");
		FILE *to = fopen(path, "w");
		bool ok = to && fprintf(to, "%s\n", text) > 0;
		if (to)
			ok = fclose(to) == 0 && ok;
		free(text);
		if (!ok)
			return cli_fail(CLI_BAD_FILE, "%s: %s", path, strerror(errno));
	}
	return CLI_OK;
}
