/* Expected files through the whole engine on fakes: gaps, sets, left-overs, late ones, crashes. */
#include "tests/unit/turn_rig.inc"

#define PAY "P p9;14;kotei;2026;3;n9;full\n"

static void expect(struct config_expect x)
{
	snprintf(x.drop, sizeof x.drop, "core");
	if (!x.gap[0])
		snprintf(x.gap, sizeof x.gap, "alert");
	if (!x.days[0])
		snprintf(x.days, sizeof x.days, "all");
	conf.expect[conf.n_expects++] = x;
}

/* The rig's configuration is made at start_rig(): a restart reads what is added after it. */
static void restart(void)
{
	crash();
	settle();
}

START_TEST(a_gap_waits)
{
	start_rig((struct rig){0});
	expect((struct config_expect){.id = "pays", .pattern = "pay-{n}", .gap = "wait"});
	restart();
	give("pay-1", PAY);
	give("pay-3", PAY "\n");
	ck_assert(there("drop/in/taken/pay-1.1"));
	ck_assert(there("drop/in/pay-3"));
	ck_assert(alerted("gap-pays"));
	restart(); /* remembered */
	settle_drop();
	ck_assert(there("drop/in/pay-3"));
	give("pay-2", PAY "\n\n");
	settle_drop();
	ck_assert(!there("drop/in/pay-2"));
	ck_assert(!there("drop/in/pay-3"));
	ck_assert(!alerted("gap-pays"));
	give("pay-2", PAY "\n\n\n"); /* its number again, with other bytes */
	ck_assert(there("drop/in/pay-2"));
	ck_assert(alerted("again-pays"));
	end_rig();
}
END_TEST

START_TEST(a_gap_is_said)
{
	start_rig((struct rig){0});
	expect((struct config_expect){.id = "pays", .pattern = "pay-{n}"});
	restart();
	give("pay-1", PAY);
	give("pay-3", ""); /* without a row: a file is a file */
	ck_assert(!there("drop/in/pay-3"));
	ck_assert(was_alerted("gap-pays"));
	end_rig();
}
END_TEST

START_TEST(files_that_belong_together)
{
	start_rig((struct rig){0});
	expect(
	    (struct config_expect){.id = "targets", .pattern = "targets-1{set}", .with = "pays"});
	expect((struct config_expect){.id = "pays", .pattern = "pay-{set}"});
	restart();
	give("targets-1a", ONE);
	ck_assert(there("drop/in/targets-1a"));
	ck_assert(alerted("set-targets"));
	ck_assert_uint_eq(records(T_INTAKE), 0);
	give("pay-a", PAY);
	settle_drop();
	ck_assert(!there("drop/in/targets-1a"));
	ck_assert_uint_eq(records(T_RUN), 1);
	end_rig();
}
END_TEST

/* The payments came yesterday, and a crash lies between. */
START_TEST(half_a_set_before_a_crash)
{
	start_rig((struct rig){0});
	expect(
	    (struct config_expect){.id = "targets", .pattern = "targets-1{set}", .with = "pays"});
	expect((struct config_expect){.id = "pays", .pattern = "pay-{set}"});
	restart();
	give("pay-a", PAY);
	restart();
	give("targets-1a", ONE);
	ck_assert(!there("drop/in/targets-1a"));
	end_rig();
}
END_TEST

START_TEST(left_overs_stay)
{
	start_rig((struct rig){0});
	expect((struct config_expect){
	    .id = "pays", .pattern = "pay-*", .stale = 20 * 60 * MS_PER_MIN});
	restart();
	/* Files have the real clock's times; the rehearsal's is weeks later. */
	give("pay-1", PAY);
	ck_assert(there("drop/in/pay-1"));
	ck_assert(alerted("stale-pays"));
	ck_assert_uint_eq(records(T_INTAKE), 0);
	end_rig();
}
END_TEST

START_TEST(a_late_file)
{
	start_rig((struct rig){0});
	expect((struct config_expect){
	    .id = "pays", .pattern = "pay-*", .by = "08:30", .contact = "情報政策課 内線 123"});
	restart();
	give("pay-1", "");
	go_to(at(8, 8, 29));
	ck_assert(!alerted("missing-pays"));
	go_to(at(9, 8, 31));
	ck_assert(alerted("missing-pays"));
	bool rings = false;
	for (size_t i = 0; i < e->n_alerts; i++)
		rings = rings || (strcmp(e->alerts[i].key, "missing-pays") == 0 &&
				  strstr(e->alerts[i].words, "内線 123") != NULL);
	ck_assert(rings);
	give("pay-2", PAY);
	ck_assert(!alerted("missing-pays"));
	restart();
	ck_assert(!alerted("missing-pays"));
	end_rig();
}
END_TEST

static TCase *expecting(void)
{
	TCase *t = tcase_create("expectations");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_gap_waits);
	tcase_add_test(t, a_gap_is_said);
	tcase_add_test(t, files_that_belong_together);
	tcase_add_test(t, half_a_set_before_a_crash);
	tcase_add_test(t, left_overs_stay);
	tcase_add_test(t, a_late_file);
	return t;
}

UNIT_MAIN("turn_expect", expecting)
