/*
 * See methods.h. Who may do what follows from the work, not from a ladder:
 *
 *   administrator  keeps the installation: sees campaigns, runs and files, no residents
 *   manager        answers for the department: all of its work, and approves
 *   staff          prepares runs and looks after residents
 *   operator       runs what was approved: start, pause, stop; sees files, no residents
 *   auditor        sees everything of the department, changes nothing
 *   vendor         sees that the machine works: status and alerts
 *
 * Emergency stop is open to all who work with runs.
 */
#include "engine/control/methods.h"

#define ADMINISTRATOR ROLE_ADMINISTRATOR
#define MANAGER ROLE_MANAGER
#define STAFF ROLE_STAFF
#define OPERATOR ROLE_OPERATOR
#define AUDITOR ROLE_AUDITOR

#define WORKERS (MANAGER | STAFF | OPERATOR)
#define LOOKERS (ADMINISTRATOR | MANAGER | STAFF | OPERATOR | AUDITOR)
#define RESIDENTS (MANAGER | STAFF | AUDITOR) /* may see who was called */

#define RUN                                                                                        \
	{                                                                                          \
		.name = "run", .type = PARAM_INT, .required = true, .least = 1,                    \
		.most = UINT32_MAX, .words = "number of the run"                                   \
	}
#define CAMPAIGN                                                                                   \
	{                                                                                          \
		.name = "campaign", .type = PARAM_ID, .required = true,                            \
		.words = "id of the campaign"                                                      \
	}

static const struct param of_run[] = {RUN};
static const struct param of_campaign[] = {CAMPAIGN};
static const struct param of_runs[] = {
    {.name = "state",
     .type = PARAM_CHOICE,
     .choices = "draft|submitted|approved|running|paused|closed|stopped",
     .words = "only runs in this state"},
};
static const struct param of_targets[] = {
    RUN,
    {.name = "state",
     .type = PARAM_CHOICE,
     .choices = "waiting|in attempt|done",
     .words = "only targets in this state"},
};
static const struct param of_target[] = {
    RUN,
    {.name = "person",
     .type = PARAM_TEXT,
     .required = true,
     .most = MAX_PERSON - 1,
     .words = "宛名番号 of the person"},
};
static const struct param of_attempts[] = {
    {.name = "run",
     .type = PARAM_INT,
     .least = 1,
     .most = UINT32_MAX,
     .words = "only attempts of this run"},
    {.name = "person",
     .type = PARAM_TEXT,
     .most = MAX_PERSON - 1,
     .words = "only attempts of this person (宛名番号); needs run"},
    {.name = "open", .type = PARAM_BOOL, .words = "true: only attempts that have not ended"},
};
static const struct param of_intake[] = {
    {.name = "intake",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = UINT32_MAX,
     .words = "number of the file that came in"},
};
static const struct param of_outfiles[] = {
    {.name = "run",
     .type = PARAM_INT,
     .least = 1,
     .most = UINT32_MAX,
     .words = "only files of this run"},
};

#define PERSON(needed, what)                                                                       \
	{                                                                                          \
		.name = "person", .type = PARAM_TEXT, .required = (needed),                        \
		.most = MAX_PERSON - 1, .words = (what)                                            \
	}
#define REASON                                                                                     \
	{                                                                                          \
		.name = "reason", .type = PARAM_TEXT, .required = true, .most = MAX_WORDS - 8,     \
		.words = "why, for the record"                                                     \
	}
#define NUMBER(needed)                                                                             \
	{                                                                                          \
		.name = "number", .type = PARAM_TEXT, .required = (needed), .most = 40,            \
		.words = "telephone number"                                                        \
	}
#define MARK                                                                                       \
	{                                                                                          \
		.name = "mark", .type = PARAM_CHOICE, .required = true,                            \
		.choices = "dead|wrong|stop", .words = "欠番, 番号違い, 停止"              \
	}
#define OUTFILE                                                                                    \
	{                                                                                          \
		.name = "file", .type = PARAM_INT, .required = true, .least = 1,                   \
		.most = UINT32_MAX, .words = "number of the outgoing file"                         \
	}
static const struct param of_outfile[] = {OUTFILE};
static const struct param of_outfile_again[] = {OUTFILE, REASON};
static const struct param of_put[] = {
    {.name = "name",
     .type = PARAM_TEXT,
     .required = true,
     .most = MAX_FILE_NAME - 1,
     .words = "the file's name: campaigns and layouts know files by it"},
    {.name = "drop",
     .type = PARAM_ID,
     .words = "whose receipt it gets; needed if there are several drops"},
};
static const struct param of_holds[] = {
    PERSON(false, "only holds of this person (宛名番号)"),
    {.name = "broken", .type = PARAM_BOOL, .words = "true: only promises that passed unpaid"},
    {.name = "ended", .type = PARAM_BOOL, .words = "true: also those that are over or were ended"},
};
static const struct param of_hold_add[] = {
    PERSON(true, "宛名番号 of the person"),
    {.name = "kind",
     .type = PARAM_CHOICE,
     .required = true,
     .choices = "promise|paid|staff|complaint|care",
     .words = "納付約束, 納付済申告, 職員対応中, 苦情, 配慮"},
    {.name = "until",
     .type = PARAM_TEXT,
     .most = 10,
     .words = "last day on which nobody contacts him, YYYY-MM-DD; none: the kind's own term"},
    {.name = "promise",
     .type = PARAM_TEXT,
     .most = 10,
     .words = "promised date of payment, YYYY-MM-DD: kind promise only"},
    {.name = "gyomu", .type = PARAM_ID, .words = "only for debts of this 業務ID"},
    REASON,
};
static const struct param of_hold_end[] = {
    PERSON(true, "宛名番号 of the person"),
    {.name = "hold",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = UINT32_MAX,
     .words = "number of the hold"},
    REASON,
};
static const struct param of_numbers[] = {
    NUMBER(false),
    PERSON(false, "only entries of this person (宛名番号)"),
    {.name = "ended", .type = PARAM_BOOL, .words = "true: also entries that were lifted"},
    {.name = "whole", .type = PARAM_BOOL, .words = "true: numbers are not shortened"},
};
static const struct param of_number_add[] = {
    NUMBER(true),
    MARK,
    PERSON(false, "of this person (宛名番号) only; none: whosever it is"),
    {.name = "channel",
     .type = PARAM_CHOICE,
     .choices = "both|voice|sms",
     .words = "what a stop is for; none: both"},
    REASON,
};
static const struct param of_number_end[] = {
    NUMBER(true),
    MARK,
    PERSON(false, "the entry's person, as number.list shows it; none: an entry of nobody's"),
    REASON,
};
#define SOMEBODY                                                                                   \
	{                                                                                          \
		.name = "person", .type = PARAM_TEXT, .required = true, .most = MAX_PERSON - 1,    \
		.words = "宛名番号 of the person"                                              \
	}
#define WHY_NOT                                                                                    \
	{                                                                                          \
		.name = "reason", .type = PARAM_CHOICE, .required = true,                          \
		.choices = "suspended|instalment|deferred|protected|deceased|bankrupt|lawyer|"     \
			   "appeal|welfare|withheld|returned|staff|care|other",                    \
		.words = "the exclusion's reason"                                                  \
	}
static const struct param of_exclusions[] = {
    {.name = "person",
     .type = PARAM_TEXT,
     .most = MAX_PERSON - 1,
     .words = "only exclusions of this person (宛名番号)"},
};
static const struct param of_override[] = {
    SOMEBODY,
    WHY_NOT,
    {.name = "words",
     .type = PARAM_TEXT,
     .required = true,
     .most = 200,
     .words = "why the department contacts the person all the same: recorded"},
};
static const struct param of_restore[] = {SOMEBODY, WHY_NOT};

static const struct param of_money[] = {
    {.name = "month", .type = PARAM_TEXT, .most = 7, .words = "the month, 2026-12; none: this one"},
};
static const struct param of_resend[] = {
    {.name = "attempt",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = INT64_MAX,
     .words = "number of the message that is sent again"},
    {.name = "reason",
     .type = PARAM_TEXT,
     .required = true,
     .most = 200,
     .words = "why, for the record"},
    {.name = "anyway",
     .type = PARAM_BOOL,
     .words = "also if the first was delivered or may still be"},
};

static const struct param of_expect_reset[] = {
    {.name = "expect", .type = PARAM_ID, .required = true, .words = "name of the [expect] section"},
    {.name = "number",
     .type = PARAM_INT,
     .least = 1,
     .most = INT64_MAX,
     .words = "the number that counts as the last that came; none: any is the next"},
    REASON,
};

static const struct param of_callbacks[] = {
    {.name = "open", .type = PARAM_BOOL, .words = "true: only those that staff should look at"},
    {.name = "run",
     .type = PARAM_INT,
     .least = 1,
     .most = UINT32_MAX,
     .words = "only callbacks of people of this run"},
    {.name = "whole", .type = PARAM_BOOL, .words = "true: numbers are not shortened"},
};
static const struct param of_callback_done[] = {
    {.name = "callback",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = INT64_MAX,
     .words = "number of the callback"},
    REASON,
};

#define PARAMS(list) .params = (list), .n_params = sizeof(list) / sizeof *(list)

const struct method control_methods[METHODS] = {
    [M_STATUS] = {.name = "status",
		  .words = "what the engine does now",
		  .kind = METHOD_READ,
		  .roles = ROLES_ALL},
    [M_SPOOL_LIST] = {.name = "spool.list",
		      .words = "files in the spool's folders",
		      .kind = METHOD_READ,
		      .roles = LOOKERS,
		      .listing = true},
    [M_ALERT_LIST] = {.name = "alert.list",
		      .words = "what needs somebody's attention",
		      .kind = METHOD_READ,
		      .roles = ROLES_ALL,
		      .listing = true},
    [M_CAMPAIGN_LIST] = {.name = "campaign.list",
			 .words = "the department's campaigns",
			 .kind = METHOD_READ,
			 .roles = LOOKERS,
			 .listing = true},
    [M_CAMPAIGN_SHOW] = {.name = "campaign.show",
			 .words = "one campaign",
			 .kind = METHOD_READ,
			 .roles = LOOKERS,
			 PARAMS(of_campaign)},
    [M_CAMPAIGN_CHECK] = {.name = "campaign.check",
			  .words = "check a campaign and all that it names, as they are now",
			  .kind = METHOD_READ,
			  .roles = ADMINISTRATOR | MANAGER | STAFF,
			  PARAMS(of_campaign)},
    [M_RUN_LIST] = {.name = "run.list",
		    .words = "the department's runs",
		    .kind = METHOD_READ,
		    .roles = LOOKERS,
		    .listing = true,
		    PARAMS(of_runs)},
    [M_RUN_SHOW] = {.name = "run.show",
		    .words = "one run with its counts",
		    .kind = METHOD_READ,
		    .roles = LOOKERS,
		    PARAMS(of_run)},
    [M_RUN_SUBMIT] = {.name = "run.submit",
		      .words = "hand a draft to a second person for approval",
		      .kind = METHOD_COMMAND,
		      .roles = MANAGER | STAFF,
		      PARAMS(of_run)},
    [M_RUN_APPROVE] = {.name = "run.approve",
		       .words = "approve a submitted run; not by its submitter, never by root",
		       .kind = METHOD_COMMAND,
		       .roles = MANAGER,
		       .not_root = true,
		       PARAMS(of_run)},
    [M_RUN_START] = {.name = "run.start",
		     .words = "start an approved run: from now on people are called",
		     .kind = METHOD_COMMAND,
		     .roles = MANAGER | OPERATOR,
		     PARAMS(of_run)},
    [M_RUN_PAUSE] = {.name = "run.pause",
		     .words = "start no more attempts until it is resumed",
		     .kind = METHOD_COMMAND,
		     .roles = WORKERS,
		     PARAMS(of_run)},
    [M_RUN_RESUME] = {.name = "run.resume",
		      .words = "go on with a paused run",
		      .kind = METHOD_COMMAND,
		      .roles = MANAGER | OPERATOR,
		      PARAMS(of_run)},
    [M_RUN_CLOSE] = {.name = "run.close",
		     .words = "end a run: nobody is called any more",
		     .kind = METHOD_COMMAND,
		     .roles = MANAGER,
		     PARAMS(of_run)},
    [M_RUN_STOP] = {.name = "run.stop",
		    .words = "emergency stop of one run: it never goes on",
		    .kind = METHOD_COMMAND,
		    .roles = WORKERS,
		    PARAMS(of_run)},
    [M_STOP_ALL] = {.name = "stop.all",
		    .words = "emergency stop of every run of every department",
		    .kind = METHOD_COMMAND,
		    .roles = ADMINISTRATOR | WORKERS},
    [M_TARGET_LIST] = {.name = "target.list",
		       .words = "the people of a run",
		       .kind = METHOD_READ,
		       .roles = RESIDENTS,
		       .listing = true,
		       PARAMS(of_targets)},
    [M_TARGET_SHOW] = {.name = "target.show",
		       .words = "one person of a run, with debts and attempts",
		       .kind = METHOD_READ,
		       .roles = RESIDENTS,
		       PARAMS(of_target)},
    [M_ATTEMPT_LIST] = {.name = "attempt.list",
			.words = "calls and messages",
			.kind = METHOD_READ,
			.roles = RESIDENTS | OPERATOR,
			.listing = true,
			PARAMS(of_attempts)},
    [M_INTAKE_LIST] = {.name = "intake.list",
		       .words = "files that came in",
		       .kind = METHOD_READ,
		       .roles = LOOKERS,
		       .listing = true},
    [M_INTAKE_SHOW] = {.name = "intake.show",
		       .words = "one file that came in, with the errors of its rows",
		       .kind = METHOD_READ,
		       .roles = LOOKERS,
		       .listing = true,
		       PARAMS(of_intake)},
    [M_OUTFILE_LIST] = {.name = "outfile.list",
			.words = "files that go out",
			.kind = METHOD_READ,
			.roles = LOOKERS,
			.listing = true,
			PARAMS(of_outfiles)},
    [M_INTAKE_PUT] = {.name = "intake.put",
		      .words =
			  "hand in a file, as if it had come by the drop; its descriptor comes "
			  "with the line (SCM_RIGHTS)",
		      .kind = METHOD_COMMAND,
		      .roles = WORKERS,
		      .takes_file = true,
		      PARAMS(of_put)},
    [M_OUTFILE_REBUILD] = {.name = "outfile.rebuild",
			   .words = "the bytes of a file that went out, made again, if they are "
				    "those that it was sent with; into a descriptor that comes "
				    "with the line (SCM_RIGHTS)",
			   .kind = METHOD_COMMAND,
			   .roles = MANAGER | STAFF,
			   .takes_file = true,
			   PARAMS(of_outfile)},
    [M_OUTFILE_AGAIN] = {.name = "outfile.again",
			 .words = "put a delivered file into the drop once more: same name, same "
				  "bytes",
			 .kind = METHOD_COMMAND,
			 .roles = MANAGER | OPERATOR,
			 PARAMS(of_outfile_again)},
    [M_HOLD_LIST] = {.name = "hold.list",
		     .words = "who is not to be contacted, and until when",
		     .kind = METHOD_READ,
		     .roles = RESIDENTS,
		     .listing = true,
		     PARAMS(of_holds)},
    [M_HOLD_ADD] = {.name = "hold.add",
		    .words = "do not contact this person: no department, no run, until it ends",
		    .kind = METHOD_COMMAND,
		    .roles = MANAGER | STAFF,
		    PARAMS(of_hold_add)},
    [M_HOLD_END] = {.name = "hold.end",
		    .words = "end a hold before its time",
		    .kind = METHOD_COMMAND,
		    .roles = MANAGER | STAFF,
		    PARAMS(of_hold_end)},
    [M_NUMBER_LIST] = {.name = "number.list",
		       .words = "the number book: dead, wrong and stopped numbers",
		       .kind = METHOD_READ,
		       .roles = RESIDENTS,
		       .listing = true,
		       PARAMS(of_numbers)},
    [M_NUMBER_ADD] = {.name = "number.add",
		      .words = "do not use this number any more",
		      .kind = METHOD_COMMAND,
		      .roles = MANAGER | STAFF,
		      PARAMS(of_number_add)},
    [M_NUMBER_END] = {.name = "number.end",
		      .words = "lift an entry of the number book: numbers are reassigned",
		      .kind = METHOD_COMMAND,
		      .roles = MANAGER | STAFF,
		      PARAMS(of_number_end)},
    [M_RETENTION_PLAN] = {.name = "retention.plan",
			  .words = "what is over its time and would be deleted",
			  .kind = METHOD_COMMAND,
			  .roles = ADMINISTRATOR | MANAGER},
    [M_RETENTION_RUN] = {.name = "retention.run",
			 .words = "delete what is over its time, under certificates",
			 .kind = METHOD_COMMAND,
			 .roles = ADMINISTRATOR | MANAGER,
			 .not_root = true},
    [M_PAYMENT_LIST] = {.name = "payment.list",
			.words = "how new each drop's payments are, and what the department wants",
			.kind = METHOD_READ,
			.roles = LOOKERS,
			.listing = true},
    [M_EXCLUSION_LIST] = {.name = "exclusion.list",
			  .words = "who must not be contacted, of the department's people",
			  .kind = METHOD_READ,
			  .roles = RESIDENTS,
			  .listing = true,
			  PARAMS(of_exclusions)},
    [M_EXCLUSION_OVERRIDE] = {.name = "exclusion.override",
			      .words = "contact a person in the department's runs although he is "
				       "excluded; never 支援措置 and 死亡",
			      .kind = METHOD_COMMAND,
			      .roles = MANAGER,
			      .not_root = true,
			      PARAMS(of_override)},
    [M_EXCLUSION_RESTORE] = {.name = "exclusion.restore",
			     .words = "take the department's override back",
			     .kind = METHOD_COMMAND,
			     .roles = MANAGER | STAFF,
			     PARAMS(of_restore)},
    [M_INTAKE_WITHDRAW] = {.name = "intake.withdraw",
			   .words = "a full targets file that lacks many debts: withdraw them",
			   .kind = METHOD_COMMAND,
			   .roles = MANAGER,
			   .not_root = true,
			   PARAMS(of_intake)},
    [M_INTAKE_KEEP] = {.name = "intake.keep",
		       .words = "a full targets file that lacks many debts: they stay",
		       .kind = METHOD_COMMAND,
		       .roles = WORKERS,
		       PARAMS(of_intake)},
    [M_MONEY_LIST] = {.name = "money.list",
		      .words = "what was spent and will be: city, own department, its campaigns",
		      .kind = METHOD_READ,
		      .roles = LOOKERS,
		      .listing = true,
		      PARAMS(of_money)},
    [M_SMS_RESEND] = {.name = "sms.resend",
		      .words = "send one message again, in the open window, with a reason",
		      .kind = METHOD_COMMAND,
		      .roles = WORKERS,
		      PARAMS(of_resend)},
    [M_CALLBACK_LIST] = {.name = "callback.list",
			 .words = "calls that came in, and what was made of them",
			 .kind = METHOD_READ,
			 .roles = RESIDENTS,
			 .listing = true,
			 PARAMS(of_callbacks)},
    [M_CALLBACK_DONE] = {.name = "callback.done",
			 .words = "somebody saw to a callback: its note is closed",
			 .kind = METHOD_COMMAND,
			 .roles = MANAGER | STAFF,
			 PARAMS(of_callback_done)},
    [M_EXPECT_LIST] = {.name = "expect.list",
		       .words =
			   "files that are expected: the number that came last, what is missing",
		       .kind = METHOD_READ,
		       .roles = LOOKERS,
		       .listing = true},
    [M_EXPECT_RESET] = {.name = "expect.reset",
			.words = "set the sequence number that came last, when the core system "
				 "begins anew or will not send a missing one",
			.kind = METHOD_COMMAND,
			.roles = MANAGER | OPERATOR,
			PARAMS(of_expect_reset)},
};

enum control_method control_method_of(const struct method *m)
{
	return (enum control_method)(m - control_methods);
}
