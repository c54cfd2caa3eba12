/*
 * See map.h, and docs/voice.md for the table with its reasons. The order of
 * belief: what the scenario found out (answered) – what we did ourselves
 * (cancelled, local failure) – the network's own cause (Q.850, RFC 3326) – the
 * SIP status. A status that no row names falls to its class's row, so every
 * final answer has exactly one outcome.
 */
#include "adapters/voice/map.h"

struct row {
	int code;
	enum outcome outcome;
};

static const struct row causes[] = {
    {1, OUT_DEAD_NUMBER},  /* unallocated number */
    {17, OUT_BUSY},        /* user busy */
    {18, OUT_NO_ANSWER},   /* no user responding */
    {19, OUT_NO_ANSWER},   /* no answer, user alerted */
    {20, OUT_UNREACHABLE}, /* subscriber absent */
    {21, OUT_REJECTED},    /* call rejected */
    {22, OUT_DEAD_NUMBER}, /* number changed */
    {27, OUT_UNREACHABLE}, /* destination out of order */
    {28, OUT_DEAD_NUMBER}, /* invalid number format */
    {34, OUT_CONGESTION},  /* no circuit available */
    {38, OUT_LINE_FAULT},  /* network out of order */
    {41, OUT_LINE_FAULT},  /* temporary failure */
    {42, OUT_CONGESTION},  /* switching equipment congestion */
    {44, OUT_CONGESTION},  /* requested circuit not available */
    {47, OUT_CONGESTION},  /* resource unavailable */
};

static const struct row statuses[] = {
    {404, OUT_DEAD_NUMBER}, /* not found */
    {408, OUT_UNREACHABLE}, /* the network waited for the telephone in vain (not rung) */
    {410, OUT_DEAD_NUMBER}, /* gone */
    {433, OUT_REJECTED},    /* anonymity disallowed: the callee's own choice */
    {480, OUT_NO_ANSWER},   /* temporarily unavailable */
    {484, OUT_DEAD_NUMBER}, /* address incomplete */
    {485, OUT_DEAD_NUMBER}, /* ambiguous */
    {486, OUT_BUSY},        /* busy here */
    {487, OUT_NO_ANSWER},   /* cancelled on the way, not by us */
    {503, OUT_CONGESTION},  /* service unavailable */
    {600, OUT_BUSY},        /* busy everywhere */
    {603, OUT_REJECTED},    /* decline */
    {604, OUT_DEAD_NUMBER}, /* does not exist anywhere */
    {607, OUT_REJECTED},    /* unwanted */
    {608, OUT_REJECTED},    /* rejected by an intermediary for the callee */
};

static enum outcome look(const struct row *rows, size_t n, int code, enum outcome otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].code == code)
			return rows[i].outcome;
	return otherwise;
}

static enum outcome of_conversation(const struct interp_result *r)
{
	if (r->code != OUT_NONE)
		return r->code;
	if (r->finished || r->heard)
		return OUT_ANSWERED;
	return r->opened ? OUT_CUT : OUT_CUT_AT_START;
}

enum outcome map_outcome(const struct map_end *end)
{
	if (end->answered)
		return of_conversation(end->result);
	/* Nobody spoke to us at all: the trunk is at fault, however long we waited. */
	if (end->local || end->sip_status == 0 || end->sip_status == 487 ||
	    end->sip_status == 401 || end->sip_status == 407)
		if (end->cancelled)
			return end->heard_trunk ? OUT_NO_ANSWER : OUT_LINE_FAULT;
	if (end->cancelled && end->sip_status >= 200 && end->sip_status < 300)
		return OUT_NO_ANSWER; /* the answer crossed our CANCEL: nobody heard anything */
	if (end->local || end->sip_status < 300)
		return OUT_LINE_FAULT;
	if (end->sip_status == 408 && end->rang)
		return OUT_NO_ANSWER;
	enum outcome by_status =
	    look(statuses, sizeof statuses / sizeof *statuses, end->sip_status, OUT_LINE_FAULT);
	return look(causes, sizeof causes / sizeof *causes, end->q850, by_status);
}

enum transfer_result map_transfer(const struct map_end *end)
{
	switch (map_outcome(end)) {
	case OUT_BUSY:
		return TRANSFER_BUSY;
	case OUT_NO_ANSWER:
	case OUT_UNREACHABLE:
		return TRANSFER_NOANSWER;
	case OUT_CONGESTION:
	case OUT_LINE_FAULT:
		return TRANSFER_NETWORK_BUSY;
	default:
		return TRANSFER_UNKNOWN; /* rejected, a dead number: the configuration's mistake */
	}
}
