/* Campaigns that staff hand in: `campaign.import`, `campaign.restore`; and what may be changed. */
#ifndef ENGINE_TURN_CAMPAIGN_EDIT_H
#define ENGINE_TURN_CAMPAIGN_EDIT_H

#include "engine/control.h"
#include "engine/turn/engine.h"

bool is_campaign_command(int method);
/* 0: it is answered later. */
int on_campaign_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;
int campaigns_recover(struct engine *e) MUST_CHECK; /* at start */

/* A campaign as somebody wrote it, and what it would call with. */
struct campaign_in {
	struct campaign *campaign;
	struct scenario
	    *scenario; /* NULL: none; or there is none of that name for its department */
};
void campaign_in_free(struct campaign_in *in); /* NULL is fine */
/* Of bytes that are to be the file of campaign `id`; any thread, and it reads the disk. E_INVALID:
 * `problems` say why. */
int campaign_in_read(const struct engine *e, const char *id, const char *bytes, size_t n,
		     struct problems *problems, struct campaign_in **ret) MUST_CHECK;
/* Could the engine go on with it in place of `old`, and may staff change that? Any thread. */
void campaign_in_fits(const struct engine *e, const struct campaign *old,
		      const struct campaign_in *in, struct problems *problems);
/* A scenario that only other departments' campaigns have: for this one it does not exist. */
bool scenario_is_anothers(const struct specs *specs, const char *id, const char *department);

#endif
