/*
 * The conversation: what happens on the line becomes events of the scenario's
 * interpreter, and its actions become orders to the media thread and due times.
 * One step never causes another before it is done: nothing here recurses.
 *
 * A scenario that is over hangs up a moment later (TAIL_MS): the last packets of
 * the last sentence still lie in the other side's jitter buffer, and a BYE would
 * cut them off.
 */
#include "adapters/voice/call.h"
#include "adapters/voice/keep.h"
#include "adapters/voice/listen.h"
#include "adapters/voice/staff.h"
#include "engine/log.h"

#include <inttypes.h>

#define TAIL_MS 240

static void act(struct call *c, const struct interp_action *a)
{
	switch (a->kind) {
	case IA_PLAY:
		media_play(c->leg, a->prompt, ++c->serial);
		break;
	case IA_STOP:
		c->serial++; /* a MR_PLAYED on its way is of the past */
		media_hush(c->leg);
		break;
	case IA_TIMER:
		c->timer_due_ms = a->ms ? sip_now_ms() + a->ms : 0;
		break;
	case IA_HANGUP:
		c->timer_due_ms = 0;
		c->bye_due_ms = sip_now_ms() + TAIL_MS;
		break;
	case IA_LISTEN:
		c->keep = a->keep;
		listen_start(c, a->words);
		break;
	case IA_DEAF:
		listen_stop(c);
		break;
	case IA_TRANSFER:
		staff_ask(c, a->transfer);
		break;
	case IA_REJOIN:
		staff_rejoin(c);
		break;
	case IA_RECORD:
		c->serial++; /* a tone is no prompt */
		keep_record(c, a->record);
		break;
	case IA_RECORD_END:
		keep_record_end(c);
		break;
	case IA_RECORD_DROP:
		keep_record_drop(c);
		break;
	}
}

static void step(struct call *c, const struct interp_event *ev)
{
	struct interp_actions actions = {0};
	if (c->bye_due_ms && ev->kind != IE_HANGUP)
		return; /* the scenario is over already */
	interp_step(c->interp, ev, &actions);
	if (ev->kind == IE_HANGUP)
		return;
	for (size_t i = 0; i < actions.n; i++)
		act(c, &actions.list[i]);
}

void talk_event(struct call *c, const struct interp_event *ev)
{
	step(c, ev);
	while (c->untransferred || c->record_over) { /* each is a step: MAX_CALL_STEPS ends them */
		struct interp_event over = {.kind = IE_TRANSFERRED, .transfer = c->untransferred};
		if (c->record_over)
			over = (struct interp_event){.kind = IE_RECORDED, .recorded = c->recorded};
		else
			c->untransferred = TRANSFER_NONE;
		c->record_over = false;
		step(c, &over);
	}
	if (c->unheard) { /* it wished to listen, and cannot: no wish follows that */
		const struct interp_event deaf = {.kind = IE_UNHEARD, .err = c->unheard};
		c->unheard = 0;
		step(c, &deaf);
	}
}

void talk_step(struct call *c, enum interp_event_kind kind, char digit)
{
	talk_event(c, &(struct interp_event){.kind = kind, .digit = digit});
}

void talk_key(struct call *c, enum key_way way, char key, int64_t ms)
{
	if (c->state != CALL_TALKING || c->over_ms || !keys_offer(&c->keys, way, key, ms))
		return;
	media_known(c->leg);
	talk_step(c, IE_DIGIT, key);
}

/* A key by SIP INFO (the body that gateways agree on; there is no RFC for it). */
void talk_info(struct call *c, const sip_t *sip)
{
	const sip_payload_t *p = sip ? sip->sip_payload : NULL;
	int duration = 0;
	if (!p || !p->pl_data || !sip->sip_content_type || p->pl_len > 1000)
		return;
	char key =
	    keys_of_info(sip->sip_content_type->c_type, p->pl_data, (unsigned)p->pl_len, &duration);
	if (key)
		talk_key(c, KEY_INFO, key, sip_now_ms() - duration);
}

static void detected(struct call *c, enum detect_event who)
{
	static const enum interp_event_kind events[] = {[DETECT_PERSON] = IE_PERSON,
							[DETECT_MACHINE] = IE_MACHINE,
							[DETECT_SCREEN] = IE_SCREEN,
							[DETECT_FAX] = IE_FAX};
	log_info("call heard attempt=%" PRIu64 " who=%s after_ms=%" PRId64, c->intent->attempt,
		 detect_word(who), sip_now_ms() - c->answered_ms);
	talk_step(c, events[who], 0);
}

static void end_message(struct call *c, const struct media_report *report)
{
	keep_report(c, report);
	if (c->record_over) {
		c->record_over = false;
		talk_event(
		    c, &(const struct interp_event){.kind = IE_RECORDED, .recorded = c->recorded});
	}
}

void talk_report(struct call *c, const struct media_report *report)
{
	if (!c || c->state != CALL_TALKING || c->over_ms) /* NULL: staff's leg: nobody listens */
		return;
	if (report->kind == MR_DIGIT)
		talk_key(c, report->way, report->digit, sip_now_ms());
	else if (report->kind == MR_DETECT)
		detected(c, report->who);
	else if (report->kind == MR_SPEECH)
		listen_report(c, report);
	else if (report->kind == MR_TAPE)
		end_message(c, report);
	else if (report->serial == c->serial)
		talk_step(c, IE_PLAYED, 0);
}
