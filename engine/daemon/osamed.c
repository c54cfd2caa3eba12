/*
 * osamed: the engine. This file is its command line: it reads the configuration,
 * checks it, or says what it may hold. It exits before touching anything if the
 * configuration has one error.
 *
 * Exit status: 0 done; 1 the engine failed; 2 usage; 4 the configuration is wrong.
 */
#include "engine/config/config.h"
#include "engine/version.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_USAGE = 2, EXIT_BAD_FILE = 4 };

static const char usage[] =
    "usage: osamed -c FILE            run the engine\n"
    "       osamed --check FILE       check a configuration; nothing is started\n"
    "       osamed --dump             print every key with its meaning and default\n"
    "       osamed --dump=man         the same as tables in Markdown\n"
    "       osamed --version | --help\n";

static int check(const char *path)
{
	struct problems problems;
	struct config *config = NULL;
	problems_init(&problems);
	int err = config_load(path, &problems, &config);
	problems_print(&problems, stderr);
	if (err == 0)
		printf("%s: ok\n", path);
	else if (problems.errors == 0)
		fprintf(stderr, "osamed: %s: %s\n", path, err_str(err));
	else
		fprintf(stderr, "osamed: %s: %zu error%s; nothing was started\n", path,
			problems.errors, problems.errors == 1 ? "" : "s");
	config_free(config);
	problems_free(&problems);
	return err == 0 ? 0 : EXIT_BAD_FILE;
}

static int run(const char *path)
{
	int status = check(path);
	if (status != 0)
		return status;
	fputs("osamed: the engine itself is not built yet\n", stderr);
	return 1;
}

static int dump(const char *form)
{
	if (!form)
		config_dump(stdout);
	else if (strcmp(form, "man") == 0)
		config_manual(stdout);
	else {
		fprintf(stderr, "osamed: --dump=%s: write --dump or --dump=man\n", form);
		return EXIT_USAGE;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"check",   required_argument, NULL, 'k'},
            {"config",  required_argument, NULL, 'c'},
	    {"dump",    optional_argument, NULL, 'd'},
            {"version", no_argument,       NULL, 'v'},
	    {"help",    no_argument,       NULL, 'h'},
            {NULL,      0,                 NULL, 0  }
        };
	int option = getopt_long(argc, argv, "c:h", options, NULL);
	if (optind != argc)
		option = '?';
	switch (option) {
	case 'k':
		return check(optarg);
	case 'c':
		return run(optarg);
	case 'd':
		return dump(optarg);
	case 'v':
		printf("osamed %s\n", OSAME_VERSION);
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 0;
	default:
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
}
