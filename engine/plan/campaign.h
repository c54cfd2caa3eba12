/*
 * A campaign (配信業務) as read from specs/campaigns/: what to tell whom, by which
 * scenario, in which waves. Plain data, filled by the exchange adapter, never
 * changed afterwards; shared between threads by reference count.
 */
#ifndef ENGINE_PLAN_CAMPAIGN_H
#define ENGINE_PLAN_CAMPAIGN_H

#include "engine/limits.h"
#include "engine/plan/civil.h"
#include "engine/plan/outcome.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum campaign_kind { CAMPAIGN_NOTICE, CAMPAIGN_REMINDER, CAMPAIGN_GENERAL };
enum channel { CHANNEL_VOICE, CHANNEL_SMS };

/* Which days a window is open: bits 0…6 = Monday…Sunday, bit 7 = holidays. A
 * holiday is a holiday only: the bit of its weekday does not count. */
#define DAYS_HOLIDAY 0x80u
#define DAYS_WEEKDAYS 0x1fu
#define DAYS_ALL 0xffu

struct window {
	unsigned days;
	int from_min,
	    to_min; /* minutes after midnight, [from, to); to ≤ 1440; never over midnight */
};

struct retry_rule {
	enum outcome code;
	int64_t after_ms; /* at least this long after the attempt ended */
};

enum number_choice {
	NUMBER_FIRST,    /* always the first that may be dialled */
	NUMBER_IN_ORDER, /* the next one at each attempt of the target, round */
	NUMBER_MOBILE,   /* the first mobile only */
};

struct wave {
	char id[MAX_ID];
	enum channel channel;
	int from_day, to_day; /* days after the campaign's start; both inclusive */
	int most_attempts;    /* of one target in this wave */
	int64_t retry_ms;     /* when no rule fits the outcome */
	size_t n_windows, n_retry;
	struct window windows[MAX_WINDOWS];
	struct retry_rule retry[MAX_RETRY_RULES];
	enum number_choice number;
	bool vary;         /* after a try that found nobody: in another band of the day */
	int64_t ring_ms;   /* voice: how long it may ring */
	char text[MAX_ID]; /* sms: id of specs/texts/ */
	int after_calls;   /* sms: only after so many calls that did not reach him; 0: at once */
};

struct campaign {
	atomic_int refs;
	char id[MAX_ID];
	char title[MAX_NAME_BYTES];
	char department[MAX_ID];
	enum campaign_kind kind;
	char layout[MAX_ID];              /* of its targets files */
	char file_pattern[MAX_FILE_NAME]; /* fnmatch(3) pattern of their names */
	char full_pattern[MAX_FILE_NAME]; /* those of them that are full (全件); "" if none is */
	char scenario[MAX_ID];            /* empty if no voice wave */
	char caller[MAX_NUMBER];          /* digits; the same on every retry */
	char sms_sender[MAX_NUMBER];
	int32_t base_day;           /* 基準日 */
	int32_t start_day, end_day; /* both inclusive */
	int32_t demand_day;    /* 督促状抽出日; a reminder ends before it; DAY_NONE if none */
	int32_t due_day;       /* the public due date, campaign.due_date; DAY_NONE if none */
	int64_t call_limit_ms; /* hard limit of one call */
	int64_t limit_sen;     /* most that its calls and messages may cost; 0: no limit */
	/* layouts of what goes back */
	char contact_layout[MAX_ID], result_layout[MAX_ID], correction_layout[MAX_ID],
	    error_layout[MAX_ID], receipt_layout[MAX_ID];
	size_t n_waves;
	struct wave waves[MAX_WAVES];
	char version[65]; /* SHA-256 of the file, hex */
	char path[MAX_PATH_BYTES];
	char *source; /* the file's bytes; its own; NULL: it is of no file */
};

struct campaign *campaign_ref(struct campaign *c);
void campaign_unref(struct campaign *c);                 /* NULL is fine */
const char *campaign_kind_word(enum campaign_kind kind); /* "notice" … */

#endif
