/*
 * The specs of an installation, read and checked at start: layouts, campaigns with
 * their scenarios, SMS texts, holidays, words. Immutable afterwards, but for documents that
 * staff change (specs_..._set()); any thread.
 */
#ifndef ENGINE_TURN_SPECS_H
#define ENGINE_TURN_SPECS_H

#include "engine/config/config.h"
#include "engine/registry.h"
#include "engine/sms.h"

struct specs;

/* All that is wrong goes to `problems`; E_INVALID if anything is an error. A campaign whose dates
 * are over is no error. */
int specs_load(const struct config *config, const struct ports *ports, struct problems *problems,
	       struct specs **ret_specs) MUST_CHECK;
void specs_free(struct specs *s); /* NULL is fine */

const struct layouts *specs_layouts(const struct specs *s);
const struct calendar *specs_calendar(const struct specs *s);
const struct sms_words *specs_words(const struct specs *s);
/* Which names that it may transfer to the configuration has: scenario_vars.call.staff. */
uint64_t specs_staff(const struct config *config, const struct scenario *scenario);
/* NULL if there is none. */
struct campaign *specs_campaign(const struct specs *s, const char *id);
struct campaign *specs_campaign_at(const struct specs *s, size_t n);
struct scenario *specs_scenario(const struct specs *s, const char *campaign);
/* What the n-th department says to who rings back, besides scenarios; NULL: there is none. */
enum announcement { ANNOUNCE_GENERAL, ANNOUNCE_CLOSED, ANNOUNCE_NOTHING, ANNOUNCEMENTS };
struct scenario *specs_announcement(const struct specs *s, size_t department,
				    enum announcement which);
const struct sms_text *specs_text(const struct specs *s, const char *id);
/* All of them, in the order of their ids; NULL: no more. */
const struct sms_text *specs_text_at(const struct specs *s, size_t n, const char **ret_id);
/* What this text says of the file, this campaign's file has, and may be said. E_INVALID: why. */
int specs_text_fits(const struct specs *s, const struct campaign *c, const struct sms_text *t,
		    char why[MAX_WORDS]) MUST_CHECK;
/* The one thing that changes: a text that staff saved. Other threads may be reading the old one:
 * it stays until specs_free(), so there is a limit: a bug without room for one more. The engine's
 * thread; takes `t`. */
bool specs_text_room(const struct specs *s);
void specs_text_set(struct specs *s, const char *id, struct sms_text *t);

/* ---- scenarios that staff change ---- */

const struct scenario_words *specs_scenario_words(const struct specs *s);
/* By its own name; NULL: no campaign has it. Any thread. */
struct scenario *specs_scenario_of(const struct specs *s, const char *id);
/* Could this campaign call with `scenario`? Any thread. */
void specs_scenario_check(const struct specs *s, const struct config *config,
			  const struct campaign *c, const struct scenario *scenario,
			  struct problems *problems);
/* Is there room for one more specs_scenario_set()? Old ones stay until the end, since readers may
 * look at them. */
bool specs_scenario_room(const struct specs *s);
/* The engine's thread: all campaigns that have it go on with `fresh`, whose reference it takes. */
void specs_scenario_set(struct specs *s, const char *id, struct scenario *fresh);

/* From its file, for a campaign that is to have it; any thread, and it reads the disk. */
int specs_scenario_load(const struct specs *s, const struct config *config, const char *id,
			struct problems *problems, struct scenario **ret) MUST_CHECK;

/* ---- campaigns that staff change ---- */

/* Are its layouts, texts and department there, and fit? Any thread. Not its scenario. */
void specs_campaign_check(const struct specs *s, const struct config *config,
			  const struct campaign *c, struct problems *problems);
bool specs_campaign_room(const struct specs *s);
/* The engine's thread: the campaign of this id goes on so, with this scenario (NULL: none); takes
 * both references. */
void specs_campaign_set(struct specs *s, struct campaign *fresh, struct scenario *scenario);

#endif
