/* osame: the command line. Not built yet: it says so and fails. */
#include "engine/version.h"

#include <stdio.h>

int main(void)
{
	fputs("osame " OSAME_VERSION ": not built yet\n", stderr);
	return 3;
}
