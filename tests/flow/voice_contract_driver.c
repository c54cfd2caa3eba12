/* The voice port's contract on the real port: voice_contract_driver TRUNK USER PASSWORD LISTENS
 * BUSY NEVER_ANSWERS. Prints what is broken; status 0 if nothing is. For calls that come in it asks
 * who runs it, by a line on the output ("ring PORT", "gives-up"), and waits for a line in answer.
 */
#include "adapters/voice/voice.h"
#include "tests/flow/voice_interp.h"
#include "tests/support/voice_contract.h"

#include <stdio.h>
#include <stdlib.h>

static void ask(const char *what, int port)
{
	char line[16];
	printf("%s %d\n", what, port);
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		exit(3);
}

static void ring(struct voice *v)
{
	ask("ring", voice_sofia.bound_port(v));
}

static void gives_up(struct voice *v)
{
	ask("gives-up", voice_sofia.bound_port(v));
}

int main(int argc, char **argv)
{
	struct voice_contract c = {
	    .ops = &voice_sofia,
	    .config = {.bind = "127.0.0.1",
		       .media_bind = "127.0.0.1",
		       .n_trunks = 1,
		       .trunks = {{.id = "main",
				   .domain = "ina.example",
				   .do_register = true,
				   .register_s = 60}},
		       .lines = 2,
		       .inbound = true,
		       .hangup_wait_ms = 1500},
	    .scenario = voice_interp_scenario(0),
	    .asking = voice_interp_scenario(100),
	    .ring = ring,
	    .gives_up = gives_up,
	};
	if (argc != 7)
		return 2;
	struct voice_trunk *t = &c.config.trunks[0];
	snprintf(t->uri, sizeof t->uri, "%s", argv[1]);
	snprintf(t->user, sizeof t->user, "%s", argv[2]);
	snprintf(t->password, sizeof t->password, "%s", argv[3]);
	c.listens = argv[4];
	c.busy = argv[5];
	c.never_answers = argv[6];
	c.waits = argv[4];
	c.asks = argv[4];
	const char *bad = voice_contract(&c);
	scenario_unref(c.scenario);
	scenario_unref(c.asking);
	if (bad)
		printf("broken: %s\n", bad);
	return bad != NULL;
}
