/* Scenarios that staff hand in: `scenario.import`, `scenario.restore`; and whose one is. */
#ifndef ENGINE_TURN_SCENARIO_EDIT_H
#define ENGINE_TURN_SCENARIO_EDIT_H

#include "engine/control.h"
#include "engine/turn/engine.h"

bool is_scenario_command(int method);
/* 0: it is answered later. */
int on_scenario_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;
int scenarios_recover(struct engine *e) MUST_CHECK; /* at start */

/* The campaign's scenario, if its department alone has it. Any thread. E_NOTFOUND; E_DENIED: other
 * departments' campaigns, or announcements to callers, are the same document. */
int scenario_owned(const struct engine *e, const char *campaign, const char *department,
		   const struct campaign **ret_c, struct scenario **ret_s) MUST_CHECK;
/* Can every campaign that has this document call with `s`? What not goes to `problems`. */
void scenario_fits(const struct engine *e, const char *doc, const struct scenario *s,
		   struct problems *problems);
/* What it sends and only other departments' campaigns send, as if that did not exist. Any thread.
 */
void scenario_check_texts(const struct specs *specs, const struct campaign *c,
			  const struct scenario *s, struct problems *problems);

#endif
