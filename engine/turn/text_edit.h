/* SMS texts that staff change: `text.save`, `text.restore`; and whose a text is. */
#ifndef ENGINE_TURN_TEXT_EDIT_H
#define ENGINE_TURN_TEXT_EDIT_H

#include "engine/control.h"
#include "engine/turn/engine.h"

bool is_text_command(int method);
/* 0: it is answered later (edit.h). */
int on_text_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;
int texts_recover(struct engine *e) MUST_CHECK; /* at start */

/* A department's texts are those that its campaigns send. Any thread. */
enum text_owner {
	TEXT_NONE,   /* there is none of that name, or it is another department's */
	TEXT_SHARED, /* another department sends it too */
	TEXT_OWN,
};
enum text_owner text_owner(const struct specs *specs, const char *id, const char *department);
/* Do only other departments' campaigns send it? Nobody sends it: no. Any thread. */
bool text_is_anothers(const struct specs *specs, const char *id, const char *department);
/* What becomes of a text that somebody writes, in this campaign: 0, or why it may not be sent. Any
 * thread. */
int text_try(const struct config *config, const struct specs *specs, const struct campaign *c,
	     const struct sms_text *t, char finished[SMS_TEXT_BYTES],
	     char why[MAX_WORDS]) MUST_CHECK;
/* The text of a template. E_INVALID: why. */
int text_written(const char *template, struct sms_text **ret, char why[MAX_WORDS]) MUST_CHECK;

#endif
