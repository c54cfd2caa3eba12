/*
 * The SMS of a campaign: composed, checked and counted, from the configuration and the specs alone
 * (any thread). Every value of a text is public and of the campaign, so all targets of a run get
 * the same words.
 */
#ifndef ENGINE_TURN_MESSAGE_H
#define ENGINE_TURN_MESSAGE_H

#include "engine/config/config.h"
#include "engine/turn/record.h"
#include "engine/turn/specs.h"

/* The finished and checked text. E_NOTFOUND, E_INVALID, E_LIMIT: `why` says it. */
int message_text(const struct config *config, const struct specs *specs, const struct campaign *c,
		 const char *text_id, char buf[SMS_TEXT_BYTES], char why[MAX_WORDS]) MUST_CHECK;
/* Its segments; 0 if it cannot be sent. */
int message_segments(const struct config *config, const struct specs *specs,
		     const struct campaign *c, const char *text_id);
/* What a run will cost; zeros without its campaign. */
struct forecast message_forecast(const struct config *config, const struct specs *specs,
				 const struct run_rec *run);

#endif
