/*
 * The specs of an installation, read and checked at start: layouts, campaigns with
 * their scenarios, SMS texts, holidays, words. Immutable afterwards; any thread.
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

#endif
