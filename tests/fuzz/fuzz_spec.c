/*
 * Fuzz target: any bytes as a layout and as a campaign. Refused means that a problem
 * says why. The corpus also runs in test_exchange_corpus.
 */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_layout(const char *dir)
{
	struct layouts *all = NULL;
	struct problems p;

	problems_init(&p);
	int err = exchange_files.layouts_load(dir, "schemas", &p, &all);
	if (err == 0)
		exchange_files.layouts_free(all);
	if ((err == 0) != (p.errors == 0))
		abort();
	problems_free(&p);
}

static void as_campaign(const char *path)
{
	struct campaign *c = NULL;
	struct problems p;

	problems_init(&p);
	int err = exchange_files.campaign_load(path, "schemas", &p, &c);
	if (err == 0)
		campaign_unref(c);
	if ((err == 0) != (p.errors == 0))
		abort();
	problems_free(&p);
}

static char dir[TEMP_MAX], path[TEMP_MAX + 16];

static void end(void)
{
	temp_remove(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!*dir) {
		atexit(end);
		temp_folder(dir, "exchange");
		snprintf(path, sizeof path, "%s/fuzz.xml", dir);
	}
	temp_write(path, data, size);
	as_layout(dir);
	as_campaign(path);
	unlink(path);
	return 0;
}
