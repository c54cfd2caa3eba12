/*
 * osame: the command line of operators. Online it speaks to the engine's socket,
 * as the Unix user that runs it; offline it checks the files of specs/.
 *
 * Exit status: 0 done; 1 the engine said no; 2 usage; 3 the engine cannot be
 * reached; 4 a file that was given is wrong.
 */
#include "engine/cli/cli.h"
#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/version.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: osame [-c SOCKET|CONFIG] [--json] COMMAND\n"
    "\n"
    "  status                      what the engine does now\n"
    "  alerts                      what needs attention\n"
    "  spool                       files in the spool\n"
    "  campaign [list | show ID | check ID]\n"
    "  run [list [--state S] | show N]\n"
    "  run submit | approve | start | pause | resume | close | stop N\n"
    "  target list --run N [--state S] | target show --run N PERSON\n"
    "  target unmask PERSON --run N --reason WHY   his whole names and numbers; on record\n"
    "  attempts [--run N] [--person PERSON] [--open]\n"
    "  intake [list | show N]      files that came in\n"
    "  intake put FILE [--drop ID] [--as NAME]   hand a file in, through the same checks\n"
    "  intake withdraw | keep N    what a full file (全件) lacks is taken back, or stays\n"
    "  intake refuse N --reason WHY   give up a file that stands (its copy is lost)\n"
    "  expect [list]               files that are expected, and the number that came last\n"
    "  expect reset NAME [--number N] --reason WHY   set that number; none: any is the next\n"
    "  outfiles [--run N]          files that go out\n"
    "  payments                    of each drop: the last payments file, and is it new enough\n"
    "  exclusion [list [--person P]]   who must not be contacted, why, until when\n"
    "  exclusion override | restore PERSON --reason R [--words WORDS]\n"
    "  hold [list [--person P] [--broken] [--ended]]\n"
    "  hold add PERSON --kind promise|paid|staff|complaint|care [--until DAY]\n"
    "           [--promise DAY] [--gyomu G] --reason WHY\n"
    "  hold end N --person P --reason WHY\n"
    "  number [list [--number N] [--person P] [--ended] [--whole --reason W]]\n"
    "  number add | end NUMBER --mark dead|wrong|stop [--person P] --reason WHY\n"
    "           [--channel voice|sms]\n"
    "  results rebuild N --out FILE | --again --reason WHY\n"
    "                              a file that went out, once more: the same bytes\n"
    "  retention plan | run        what is over its time; delete it\n"
    "  money [--month 2026-12]     what was spent, the limits, what is to come\n"
    "  sms resend ATTEMPT --reason WORDS [--anyway]   send one message again\n"
    "  recordings [--call ID] [--untyped] | recording type ID --n N --words -\n"
    "  recording fetch ID [--n N] --out FILE       what a resident said, as WAV\n"
    "  callbacks [--open] [--run RUN] [--whole --reason W] | callback done ID --reason WORDS\n"
    "                              who rang back; a wish is seen to\n"
    "  settings | holidays         what the configuration and the calendars say\n"
    "  inbound                     who rings back: numbers, hours, what is said\n"
    "  text [list]                 SMS texts as they would be sent\n"
    "  text check TEXT --campaign ID | text preview NAME --run N --person P\n"
    "  text show | editions NAME   what it says; what staff saved before\n"
    "  text save NAME --template T [--note WORDS] | text restore NAME --edition N\n"
    "  text diff NAME --edition N [--against M]\n"
    "  campaign verify CAMPAIGN --file FILE        what is wrong in it; nothing is kept\n"
    "  campaign import CAMPAIGN --file FILE [--note WORDS]\n"
    "  campaign export CAMPAIGN --out FILE [--edition N]\n"
    "  campaign editions | parts CAMPAIGN          who changed it; what it may have\n"
    "  campaign diff CAMPAIGN --edition N [--against M] | restore CAMPAIGN --edition N\n"
    "  scenario show | editions CAMPAIGN           what its calls say; who changed it\n"
    "  scenario try CAMPAIGN [--steps 10401]       walk through it by keys\n"
    "  scenario verify CAMPAIGN --file FILE        what is wrong in it; nothing is kept\n"
    "  scenario import CAMPAIGN --file FILE [--note WORDS]\n"
    "  scenario export CAMPAIGN --out FILE [--edition N]\n"
    "  scenario diff CAMPAIGN --edition N [--against M] | restore CAMPAIGN --edition N\n"
    "  user [list]                 accounts of the console\n"
    "  user add | change NAME --name N --department D --role ROLES [--until DAY]\n"
    "  user reset NAME [--lost] | user disable | enable NAME\n"
    "  user certificate NAME --fingerprint HEX|-   a client certificate instead of codes\n"
    "  user token NAME --kind totp|hotp --seed - [--form base32] [--digits 8] [--step 60]\n"
    "           [--counter N]      a hardware token's seed, from standard input\n"
    "  audit [--user NAME]         who did and saw what; audit check: is the log whole?\n"
    "  stop-all                    emergency stop of every run\n"
    "\n"
    "without the engine:\n"
    "  layout check FILE...        check layouts\n"
    "  layout try FILE SAMPLE...   each row of a sample as it is understood; nothing is kept\n"
    "  layout describe FILE...     a layout as a page, column by column\n"
    "  scenario check FILE...      check scenarios: structure, expressions, secrecy (-c CONFIG:\n"
    "                              may it record? Else a warning)\n"
    "  scenario say FILE           its sentences as they will be read; --out DIR: as sound;\n"
    "                              --target name=N,kana=K,birth=MMDD,language=L,inbound=yes,\n"
    "                              debt=TAX/YEAR/PERIOD/YYYY-MM-DD/YEN: to this resident\n"
    "  spec check DIR              check a whole folder of specs (-c CONFIG: its departments)\n"
    "  archive verify [DIR]        is the archive as it was sealed? --key PUB: and signed by it;\n"
    "                              --from DAY, --to DAY; --hash SHA256: of a receipt\n"
    "  archive list [DIR]          its days (-c CONFIG: the archive of that configuration)\n"
    "  archive keygen FILE         a pair of keys: FILE, FILE.pub; --password-file FILE\n"
    "\n"
    "  --json        the raw answer, a line each\n"
    "  --limit N     at most N rows of a listing\n"
    "  --watch       again every 2 s (of a run: until it is over)\n"
    "  --specs DIR   folder of specs for the offline checks (default: the file's)\n"
    "  --schemas DIR folder of XML Schemas (default: schemas, then the installed ones)\n"
    "  --write-schemas DIR, --manual   the methods as JSON Schemas, as a Markdown table\n"
    "\n"
    "  -c also comes from OSAME_SOCKET; default " CLI_SOCKET "\n";

enum cli_status cli_fail(enum cli_status status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("osame: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return status;
}

enum {
	O_JSON = 256,
	O_WATCH,
	O_LIMIT,
	O_SPECS,
	O_SCHEMAS,
	O_OUT,
	O_WRITE,
	O_MANUAL,
	O_VERSION,
	O_VALUE, /* a method's parameter with a value */
	O_FLAG,  /* … without */
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, O_VERSION},
    {"json", no_argument, NULL, O_JSON},
    {"watch", no_argument, NULL, O_WATCH},
    {"limit", required_argument, NULL, O_LIMIT},
    {"specs", required_argument, NULL, O_SPECS},
    {"schemas", required_argument, NULL, O_SCHEMAS},
    {"out", required_argument, NULL, O_OUT},
    {"write-schemas", required_argument, NULL, O_WRITE},
    {"manual", no_argument, NULL, O_MANUAL},
    {"target", required_argument, NULL, O_VALUE},
    /* Those of the offline commands. Parameters of methods are options too: options_all(). */
    {"key", required_argument, NULL, O_VALUE},
    {"from", required_argument, NULL, O_VALUE},
    {"to", required_argument, NULL, O_VALUE},
    {"hash", required_argument, NULL, O_VALUE},
    {"password-file", required_argument, NULL, O_VALUE},
    {"drop", required_argument, NULL, O_VALUE},
    {"again", no_argument, NULL, O_FLAG},
    {"as", required_argument, NULL, O_VALUE},
    {NULL, 0, NULL, 0},
};

/* The fixed ones, and one for each parameter of a method: the table of methods is the only list of
 * them. (Written beside it, one was forgotten three times.) */
enum { MOST_OPTIONS = 128 };
static struct option all[MOST_OPTIONS];

static bool has_option(size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return true;
	return false;
}

static void options_all(void)
{
	size_t n = sizeof options / sizeof *options - 1;
	memcpy(all, options, sizeof options);
	for (size_t m = 0; m < METHODS; m++)
		for (size_t i = 0; !control_methods[m].console && i < control_methods[m].n_params;
		     i++) {
			const struct param *p = &control_methods[m].params[i];
			if (has_option(n, p->name) || n == MOST_OPTIONS - 1)
				continue;
			bool flag = p->type == PARAM_BOOL;
			all[n++] = (struct option){p->name, flag ? no_argument : required_argument,
						   NULL, flag ? O_FLAG : O_VALUE};
		}
	all[n] = (struct option){0};
}

const char *cli_value(const struct cli *cli, const char *name)
{
	for (int i = 0; i < cli->n_options; i++)
		if (strcmp(cli->option[i].name, name) == 0)
			return cli->option[i].value;
	return NULL;
}

static bool keep_option(struct cli *cli, const char *name, const char *value)
{
	for (int i = 0; i < cli->n_options; i++)
		if (strcmp(cli->option[i].name, name) == 0)
			return false;
	if (cli->n_options == CLI_VALUES)
		return false;
	cli->option[cli->n_options].name = name;
	cli->option[cli->n_options++].value = value;
	return true;
}

static bool limit_of(struct cli *cli, const char *text)
{
	char *end;
	cli->limit = strtol(text, &end, 10);
	return *text && !*end && cli->limit > 0;
}

/* CLI_OK, or the status to end with; *ret_write is the folder of --write-schemas. */
static int read_options(int argc, char **argv, struct cli *cli, const char **ret_write)
{
	int option, index = 0;
	options_all();
	while ((option = getopt_long(argc, argv, "c:h", all, &index)) != -1) {
		bool ok = true;
		switch (option) {
		case 'c':
			cli->socket = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(CLI_OK);
		case O_VERSION:
			puts("osame " OSAME_VERSION);
			exit(CLI_OK);
		case O_MANUAL:
			control_manual(stdout);
			exit(CLI_OK);
		case O_JSON:
			cli->json = true;
			break;
		case O_WATCH:
			cli->watch = true;
			break;
		case O_LIMIT:
			ok = limit_of(cli, optarg);
			break;
		case O_SPECS:
			cli->specs = optarg;
			break;
		case O_SCHEMAS:
			cli->schemas = optarg;
			break;
		case O_OUT:
			cli->out = optarg;
			break;
		case O_WRITE:
			*ret_write = optarg;
			break;
		case O_VALUE:
		case O_FLAG:
			ok = keep_option(cli, all[index].name, optarg);
			break;
		default:
			return CLI_USAGE; /* getopt said why */
		}
		if (!ok)
			return (int)cli_fail(CLI_USAGE, "--%s: wrong, or given twice",
					     all[index].name);
	}
	return CLI_OK;
}

int main(int argc, char **argv)
{
	struct cli cli = {.socket = NULL};
	const char *write = NULL;
	log_level_set(LOG_ERROR);
	int status = read_options(argc, argv, &cli, &write);
	if (status != CLI_OK)
		return status;
	if (write)
		return (int)cli_write_schemas(write);
	if (optind == argc) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	int n = argc - optind;
	char **words = argv + optind;
	status = (int)(cli_is_offline(n, words) ? cli_offline(&cli, n, words)
						: cli_online(&cli, n, words));
	/* a full disk behind a redirection must not look like success */
	if (fflush(stdout) != 0 && status == CLI_OK)
		status = (int)cli_fail(CLI_REFUSED, "cannot write the output");
	return status;
}
