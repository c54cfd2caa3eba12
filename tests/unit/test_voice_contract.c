/* The voice port's contract, on the fake. tests/flow/voice_contract_driver.c tries it on the real
 * one. */
#include "tests/support/fake_voice.h"
#include "tests/support/unit.h"
#include "tests/support/voice_contract.h"

static void prepare(struct voice *v, const struct voice_contract *c)
{
	fake_voice_script(
	    v, c->busy, &(struct fake_call){.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486});
	/* code: of a call that is hung up; the scenario itself ends as heard */
	fake_voice_script(v, c->asks,
			  &(struct fake_call){.kind = FAKE_END,
					      .answered = true,
					      .code = OUT_ANSWERED,
					      .heard = true,
					      .transfer_to = "window",
					      .transfer = TRANSFER_MAXTIME,
					      .transfer_ms = 1000});
	fake_voice_script(v, c->never_answers, &(struct fake_call){.kind = FAKE_HOLD});
	fake_voice_script(v, c->waits, &(struct fake_call){.kind = FAKE_WAIT});
}

static uint64_t last;

static void ring(struct voice *v)
{
	static const struct fake_call listens = {
	    .kind = FAKE_END, .answered = true, .code = OUT_ANSWERED, .heard = true};
	last = fake_voice_ring(v, CALLER_KNOWN, CONTRACT_CALLER, CONTRACT_CALLED, &listens);
}

static void gives_up(struct voice *v)
{
	ck_assert(fake_voice_give_up(v, last, true));
}

START_TEST(contract)
{
	struct voice_contract c = {
	    .ops = &voice_fake,
	    .config = {.lines = 2, .inbound = true},
	    .listens = "0265784111",
	    .busy = "0265784112",
	    .never_answers = "0265784113",
	    .asks = "0265784114",
	    .waits = "0265784115",
	    .prepare = prepare,
	    .ring = ring,
	    .gives_up = gives_up,
	};
	const char *bad = voice_contract(&c);
	ck_assert_msg(!bad, "%s", bad);
}
END_TEST

static TCase *contract_case(void)
{
	TCase *t = tcase_create("contract");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, contract);
	return t;
}

UNIT_MAIN("voice contract", contract_case)
