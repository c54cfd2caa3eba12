/*
 * The SMS of a campaign: composed, checked and counted, from the configuration, the specs and, for
 * texts of general campaigns that name carried columns, a person's rows (any thread).
 *
 * A text without such items says the same to everybody, and is counted from the specs. One with
 * them is made for each target when its file is loaded, and what it came to stands in the run
 * (struct run_sms), so that whoever approves sees lengths and prices of the real messages, and
 * how many cannot be made.
 */
#ifndef ENGINE_TURN_MESSAGE_H
#define ENGINE_TURN_MESSAGE_H

#include "engine/config/config.h"
#include "engine/turn/record.h"
#include "engine/turn/specs.h"

/* Of whom a text speaks. */
struct message_person {
	const char *names[3]; /* must not stand in it: his, also as read, and whose debt it is */
	size_t n_items;
	struct sms_item items[MAX_CARRIED];
};
/* What all rows carry alike; an item in which they differ is nobody's. */
void message_person_of(const struct target *t, struct message_person *ret);
void message_person_row(struct message_person *p, size_t n, const char *const *names,
			const char *const *values, bool first);

/* The finished and checked text; for NULL as it would look, with samples for items. E_NOTFOUND,
 * E_INVALID, E_LIMIT: `why` says it, without words of the text. */
int message_text(const struct config *config, const struct specs *specs, const struct campaign *c,
		 const char *text_id, const struct message_person *person, char buf[SMS_TEXT_BYTES],
		 char why[MAX_WORDS]) MUST_CHECK;
/* The same of a text that is in no file yet; NULL is E_NOTFOUND. */
int message_of(const struct config *config, const struct specs *specs, const struct campaign *c,
	       const struct sms_text *text, const struct message_person *person,
	       char buf[SMS_TEXT_BYTES], char why[MAX_WORDS]) MUST_CHECK;
/* The n-th text that the campaign sends: of its waves ("" for one without), then of its scenario's
 * <o:sms>; NULL: no more. */
const char *message_text_at(const struct specs *specs, const struct campaign *c, size_t n);
bool message_sends(const struct specs *specs, const struct campaign *c, const char *text_id);
/* The shortest limit of the department's gateways, in UTF-16 units. */
size_t message_most_units(const struct config *config, const struct config_department *d);
/* True if the text differs from person to person. */
bool message_is_personal(const struct specs *specs, const char *text_id);
/* What the texts of the campaign's SMS waves are, as a number: 0 if none is personal. */
uint64_t message_print(const struct specs *specs, const struct campaign *c);
/* Counts a target that may get messages, in r->sms_wave. */
void message_count(const struct config *config, const struct specs *specs, struct run_rec *r,
		   const struct message_person *person);
/* Segments of the n-th wave (an SMS wave) of the run. */
struct run_sms message_wave(const struct config *config, const struct specs *specs,
			    const struct run_rec *run, const struct campaign *c, size_t n);
/* What a run will cost; zeros without its campaign. */
struct forecast message_forecast(const struct config *config, const struct specs *specs,
				 const struct run_rec *run);

#endif
