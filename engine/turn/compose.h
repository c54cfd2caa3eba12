/*
 * What a channel needs, made from records: the texts of a call's prompts, a call's
 * intent, an SMS. All inside the turn's transaction, so that amounts are those of
 * the target's version.
 */
#ifndef ENGINE_TURN_COMPOSE_H
#define ENGINE_TURN_COMPOSE_H

#include "engine/turn/engine.h"

/* E_INVALID: a prompt has no text that could be spoken. */
int compose_prompts(struct engine *e, const struct target *t, const struct run_view *run,
		    const struct asked *asked, struct speech_job **ret_job) MUST_CHECK;
struct compose_call {
	const struct attempt *attempt;
	const struct asked *asked;
	struct prompt_set *set;
};
int compose_call(struct engine *e, const struct target *t, const struct run_view *run,
		 const struct compose_call *how, struct voice_intent **ret_intent) MUST_CHECK;
/* Of who rings: his scenario; `t` may be nobody (of several). The caller sets attempt, number and
 * limit. */
int compose_callback(struct engine *e, const struct target *t, const struct run_view *run,
		     const struct compose_call *how, struct voice_intent **ret_intent) MUST_CHECK;
int compose_announcement_prompts(struct engine *e, size_t department, struct scenario *s,
				 struct speech_job **ret_job) MUST_CHECK;
int compose_announcement(struct engine *e, size_t department, struct scenario *s,
			 struct prompt_set *set, struct voice_intent **ret_intent) MUST_CHECK;
/* E_INVALID, E_LIMIT: the finished text is not fit; *ret_his: for this person, not for all. */
int compose_message(struct engine *e, const struct target *t, const struct run_view *run,
		    const struct attempt *a, struct text_message **ret_message,
		    bool *ret_his) MUST_CHECK;

#endif
