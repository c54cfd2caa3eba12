/* The parameters of THE table of methods: for methods.c alone, beside which they stand because both
 * together are too long to read. */
#ifndef ENGINE_CONTROL_METHOD_PARAMS_H
#define ENGINE_CONTROL_METHOD_PARAMS_H

#include "engine/control.h"

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
#define CHECKED                                                                                    \
	{                                                                                          \
		.name = "checked", .type = PARAM_TEXT, .most = 200,                                \
		.words = "what was made sure of before, for the audit log"                         \
	}
static const struct param of_submit[] = {RUN, CHECKED};
static const struct param of_approve[] = {
    RUN,
    {.name = "sha256",
     .type = PARAM_TEXT,
     .most = 64,
     .words = "approve only this: approval_sha256, as run.show had it"},
    CHECKED,
};
static const struct param of_campaign[] = {CAMPAIGN};
static const struct param of_sentence[] = {
    CAMPAIGN,
    {.name = "prompt",
     .type = PARAM_INT,
     .required = true,
     .least = 0,
     .most = UINT16_MAX,
     .words = "number of the sentence, as scenario.show has it"},
};
static const struct param of_tryout[] = {
    CAMPAIGN,
    {.name = "steps",
     .type = PARAM_TEXT,
     .most = 200,
     .words = "what happens, one character each: a key, - silence, a to p a word that is listened "
	      "for, ? another one, C staff answered and hung up, B staff's telephone is busy; M "
	      "first: a machine"},
};
static const struct param of_windows[] = {
    {.name = "campaign", .type = PARAM_ID, .words = "only windows of this campaign"},
    {.name = "from", .type = PARAM_TEXT, .most = 10, .words = "first day, YYYY-MM-DD; none: today"},
    {.name = "days", .type = PARAM_INT, .least = 1, .most = 62, .words = "how many; none: 14"},
};
static const struct param of_day[] = {
    {.name = "day", .type = PARAM_TEXT, .most = 10, .words = "YYYY-MM-DD; none: today"},
};
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
#define WHOLE                                                                                      \
	{                                                                                          \
		.name = "whole", .type = PARAM_BOOL,                                               \
		.words = "true: numbers are not shortened; wants a reason"                         \
	}
#define WHOLE_REASON                                                                               \
	{                                                                                          \
		.name = "reason", .type = PARAM_TEXT, .most = MAX_WORDS - 8,                       \
		.words = "why whole numbers are needed, for the record"                            \
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
#define RECORDING                                                                                  \
	{.name = "call",                                                                           \
	 .type = PARAM_INT,                                                                        \
	 .required = true,                                                                         \
	 .least = 1,                                                                               \
	 .most = INT64_MAX,                                                                        \
	 .words = "the attempt's or the callback's number"},                                       \
	{                                                                                          \
		.name = "n", .type = PARAM_INT, .required = true, .least = 1, .most = MAX_KEPT,    \
		.words = "which of this call"                                                      \
	}
static const struct param of_recordings[] = {
    {.name = "call",
     .type = PARAM_INT,
     .least = 1,
     .most = INT64_MAX,
     .words = "only of this attempt or callback"},
    {.name = "untyped", .type = PARAM_BOOL, .words = "true: only those that nobody typed"},
};
static const struct param of_recording[] = {RECORDING};
static const struct param of_typed[] = {
    RECORDING,
    {.name = "words",
     .type = PARAM_TEXT,
     .required = true,
     .secret = true,
     .most = MAX_KEPT_WORDS,
     .words = "what you heard"},
};
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
    WHOLE,
    WHOLE_REASON,
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
    {.name = "shown",
     .type = PARAM_TEXT,
     .most = 19,
     .words = "the entry that was picked, as number.list shows it, shortened: no other is lifted"},
    {.name = "made",
     .type = PARAM_TEXT,
     .most = 19,
     .words = "and when it was made, as number.list shows it"},
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

static const struct param of_giveup[] = {
    {.name = "intake",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = UINT32_MAX,
     .words = "number of the file that came in"},
    REASON,
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
    WHOLE,
    WHOLE_REASON,
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

static const struct param of_unmask[] = {
    {.name = "run",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = UINT32_MAX,
     .words = "number of the run"},
    PERSON(true, "宛名番号 of the person"),
    REASON,
};
static const struct param of_text_check[] = {
    {.name = "campaign",
     .type = PARAM_ID,
     .required = true,
     .words = "whose values, kind and gateways count"},
    {.name = "template",
     .type = PARAM_TEXT,
     .required = true,
     .most = 4000,
     .words = "the text, with its {names}"},
};
#define TEXT                                                                                       \
	{                                                                                          \
		.name = "text", .type = PARAM_ID, .required = true, .words = "name of the text"    \
	}
#define TEXT_SEEN                                                                                  \
	{                                                                                          \
		.name = "sha256", .type = PARAM_TEXT, .most = 64,                                  \
		.words = "change only this: sha256, as text.show had it"                           \
	}
#define TEXT_NOTE                                                                                  \
	{                                                                                          \
		.name = "note", .type = PARAM_TEXT, .most = 300, .words = "why, for the editions"  \
	}
#define TEXT_EDITION(word, must, what)                                                             \
	{                                                                                          \
		.name = (word), .type = PARAM_INT, .required = (must), .least = 1,                 \
		.most = UINT32_MAX, .words = (what)                                                \
	}
static const struct param of_text[] = {TEXT};
static const struct param of_text_save[] = {
    TEXT,
    {.name = "template",
     .type = PARAM_TEXT,
     .required = true,
     .most = 4000,
     .words = "the text, with its {names}"},
    TEXT_SEEN,
    TEXT_NOTE,
};
static const struct param of_text_restore[] = {
    TEXT,
    TEXT_EDITION("edition", true, "the edition to take back"),
    TEXT_SEEN,
    TEXT_NOTE,
};
#define SCENARIO_SEEN                                                                              \
	{                                                                                          \
		.name = "sha256", .type = PARAM_TEXT, .most = 64,                                  \
		.words = "change only this: sha256, as scenario.show had it"                       \
	}
static const struct param of_scenario_import[] = {CAMPAIGN, SCENARIO_SEEN, TEXT_NOTE};
static const struct param of_scenario_restore[] = {
    CAMPAIGN,
    TEXT_EDITION("edition", true, "the edition to take back"),
    SCENARIO_SEEN,
    TEXT_NOTE,
};
static const struct param of_edition_export[] = {
    CAMPAIGN,
    TEXT_EDITION("edition", false, "of this edition; none: as it is"),
};
static const struct param of_edition_diff[] = {
    CAMPAIGN,
    TEXT_EDITION("edition", true, "the edition"),
    TEXT_EDITION("against", false, "the one that it is compared with; none: the one before"),
};
#define CAMPAIGN_SEEN                                                                              \
	{                                                                                          \
		.name = "sha256", .type = PARAM_TEXT, .most = 64,                                  \
		.words = "change only this: sha256, as campaign.show had it"                       \
	}
static const struct param of_campaign_import[] = {CAMPAIGN, CAMPAIGN_SEEN, TEXT_NOTE};
static const struct param of_campaign_restore[] = {
    CAMPAIGN,
    TEXT_EDITION("edition", true, "the edition to take back"),
    CAMPAIGN_SEEN,
    TEXT_NOTE,
};
static const struct param of_text_diff[] = {
    TEXT,
    TEXT_EDITION("edition", true, "the edition"),
    TEXT_EDITION("against", false, "the one that it is compared with; none: the one before"),
};
static const struct param of_text_trial[] = {
    TEXT,
    CAMPAIGN,
    {.name = "to",
     .type = PARAM_ID,
     .required = true,
     .words = "the telephone: name of a [trial] section"},
};
static const struct param of_text_preview[] = {
    {.name = "run",
     .type = PARAM_INT,
     .required = true,
     .least = 1,
     .most = UINT32_MAX,
     .words = "number of the run"},
    PERSON(true, "宛名番号 of the person"),
    {.name = "text", .type = PARAM_ID, .required = true, .words = "name of the text"},
};

#define ACCOUNT                                                                                    \
	{                                                                                          \
		.name = "user", .type = PARAM_ID, .required = true, .words = "name of the account" \
	}
#define WHO(needed)                                                                                \
	{.name = "name",                                                                           \
	 .type = PARAM_TEXT,                                                                       \
	 .required = (needed),                                                                     \
	 .most = 200,                                                                              \
	 .words = "the person's name"},                                                            \
	    {.name = "department",                                                                 \
	     .type = PARAM_ID,                                                                     \
	     .required = (needed),                                                                 \
	     .words = "the person's department"},                                                  \
	    {.name = "role",                                                                       \
	     .type = PARAM_TEXT,                                                                   \
	     .required = (needed),                                                                 \
	     .most = 80,                                                                           \
	     .words = "one or several of " CONFIG_ROLE_WORDS ", with spaces between"},             \
	{                                                                                          \
		.name = "until", .type = PARAM_TEXT, .most = 10,                                   \
		.words = "last day of the account, YYYY-MM-DD; a vendor's has one"                 \
	}
#define TOKEN                                                                                      \
	{                                                                                          \
		.name = "token", .type = PARAM_TEXT, .required = true, .secret = true,             \
		.most = MAX_ID + 66, .words = "of the link"                                        \
	}
#define PASSWORD                                                                                   \
	{                                                                                          \
		.name = "password", .type = PARAM_TEXT, .required = true, .secret = true,          \
		.most = 256, .words = "the password"                                               \
	}
#define CODE(needed)                                                                               \
	{                                                                                          \
		.name = "code", .type = PARAM_TEXT, .required = (needed), .secret = true,          \
		.most = 8, .words = "the one-time code"                                            \
	}
static const struct param of_account[] = {ACCOUNT};
static const struct param of_reset[] = {
    ACCOUNT,
    {.name = "lost",
     .type = PARAM_BOOL,
     .words =
	 "true: the hardware token is lost or broken; the link shows a secret for a telephone"},
};
static const struct param of_account_add[] = {ACCOUNT, WHO(true)};
static const struct param of_account_change[] = {ACCOUNT, WHO(false)};
static const struct param of_token[] = {
    ACCOUNT,
    {.name = "kind",
     .type = PARAM_CHOICE,
     .required = true,
     .choices = "totp|hotp",
     .words = "codes by the clock (RFC 6238), or by a button (RFC 4226); both with SHA-1"},
    {.name = "seed",
     .type = PARAM_TEXT,
     .required = true,
     .secret = true,
     .most = 200,
     .words = "as its maker delivered it, 16 to 64 bytes"},
    {.name = "form",
     .type = PARAM_CHOICE,
     .choices = "hex|base32",
     .words = "how the seed is written; none: hex"},
    {.name = "digits", .type = PARAM_INT, .least = 6, .most = 8, .words = "of a code; none: 6"},
    {.name = "step",
     .type = PARAM_INT,
     .least = 15,
     .most = 120,
     .words = "totp: seconds of a code; none: 30"},
    {.name = "counter",
     .type = PARAM_INT,
     .least = 0,
     .most = INT64_MAX / 2,
     .words = "hotp: of the next code; none: 0"},
};
static const struct param of_certificate[] = {
    ACCOUNT,
    {.name = "fingerprint",
     .type = PARAM_TEXT,
     .required = true,
     .most = 100,
     .words = "SHA-1 or SHA-256 of the certificate, in hex; - : none any more"},
};
static const struct param of_audit[] = {
    {.name = "user", .type = PARAM_ID, .words = "only what this account did"},
};
static const struct param of_sign_in[] = {ACCOUNT, PASSWORD, CODE(false)};
static const struct param of_link[] = {TOKEN};
static const struct param of_link_taken[] = {TOKEN, PASSWORD, CODE(true)};

#endif
