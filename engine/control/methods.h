/*
 * THE table of methods: names, who may call them, parameters. Their handlers are
 * given to control_start() by whoever has them, so that this table also serves the
 * command line and the schemas.
 */
#ifndef ENGINE_CONTROL_METHODS_H
#define ENGINE_CONTROL_METHODS_H

#include "engine/control.h"

/* Places in control_methods: for arrays of handlers, and for the engine's switch. */
enum control_method {
	M_STATUS,
	M_SPOOL_LIST,
	M_ALERT_LIST,
	M_CAMPAIGN_LIST,
	M_CAMPAIGN_SHOW,
	M_CAMPAIGN_CHECK,
	M_RUN_LIST,
	M_RUN_SHOW,
	M_RUN_SUBMIT,
	M_RUN_APPROVE,
	M_RUN_START,
	M_RUN_PAUSE,
	M_RUN_RESUME,
	M_RUN_CLOSE,
	M_RUN_STOP,
	M_STOP_ALL,
	M_TARGET_LIST,
	M_TARGET_SHOW,
	M_ATTEMPT_LIST,
	M_INTAKE_LIST,
	M_INTAKE_SHOW,
	M_OUTFILE_LIST,
	M_INTAKE_PUT,
	M_OUTFILE_REBUILD,
	M_OUTFILE_AGAIN,
	M_HOLD_LIST,
	M_HOLD_ADD,
	M_HOLD_END,
	M_NUMBER_LIST,
	M_NUMBER_ADD,
	M_NUMBER_END,
	M_RETENTION_PLAN,
	M_RETENTION_RUN,
	M_PAYMENT_LIST,
	M_EXCLUSION_LIST,
	M_EXCLUSION_OVERRIDE,
	M_EXCLUSION_RESTORE,
	M_INTAKE_WITHDRAW,
	M_INTAKE_KEEP,
	M_MONEY_LIST,
	M_SMS_RESEND,
	M_CALLBACK_LIST,
	M_CALLBACK_DONE,
	M_RECORDING_LIST,
	M_RECORDING_FETCH,
	M_RECORDING_TYPE,
	M_EXPECT_LIST,
	M_EXPECT_RESET,
	M_SETTINGS_LIST,
	M_HOLIDAY_LIST,
	M_INBOUND_LIST,
	M_TARGET_UNMASK,
	M_TEXT_LIST,
	M_TEXT_CHECK,
	M_TEXT_PREVIEW,
	M_USER_LIST,
	M_USER_ADD,
	M_USER_CHANGE,
	M_USER_RESET,
	M_USER_DISABLE,
	M_USER_ENABLE,
	M_USER_TOKEN,
	M_USER_CERTIFICATE,
	M_AUDIT_LIST,
	M_AUDIT_CHECK,
	M_SESSION_OPEN,
	M_SESSION_SHOW,
	M_SESSION_CLOSE,
	M_INVITE_LOOK,
	M_INVITE_TAKE,
	M_WINDOW_LIST,
	M_RUN_COUNT,
	M_ATTEMPT_COUNT,
	M_SCENARIO_SHOW,
	M_SCENARIO_SAY,
	METHODS
};
extern const struct method control_methods[METHODS];

/* Which one a command of that table is. */
enum control_method control_method_of(const struct method *m);

/* The table as one JSON Schema (draft 2020-12) a method, of its params, and as a Markdown table. */
int control_schema(const struct method *m, char **ret_text) MUST_CHECK;
void control_manual(FILE *to);

#endif
