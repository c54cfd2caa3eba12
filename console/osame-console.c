/*
 * osame-console: the web console. Not built yet: it says so and fails, so that
 * nobody takes a silent program for a running console.
 */
#include "engine/version.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("usage: osame-console --help | --version\n"
		     "The web console is not built yet. Use osame, the command line.");
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("osame-console " OSAME_VERSION);
		return 0;
	}
	fputs("osame-console: not built yet; use osame, the command line\n", stderr);
	return 1;
}
