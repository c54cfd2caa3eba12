/*
 * Retention through the engine: what is over its time goes, under a certificate that
 * verify takes; nothing goes that belongs to an open run; rows of the store go some
 * each turn, whatever crashes.
 */
#include "tests/unit/turn_rig.inc"

#include "engine/archive/days.h"
#include "engine/archive/verify.h"
#include "engine/turn/purge.h"

#include <glob.h>

#define BAD "E E0002 項目がおかしい\n"

static size_t kept(const char *pattern, char first[200])
{
	char path[600];
	glob_t g;
	snprintf(path, sizeof path, "%s/var/%s", folder, pattern);
	size_t n = glob(path, 0, NULL, &g) == 0 ? g.gl_pathc : 0;
	if (n && first)
		snprintf(first, 200, "%.199s", g.gl_pathv[0] + strlen(folder) + 1);
	globfree(&g);
	return n;
}

static void rest(void)
{
	settle();
	for (int i = 0; i < 5000 && (e->archive.jobs || e->purge.runs.n || mailbox_count(e->inbox));
	     i++)
		turn_and_wait();
	ck_assert_uint_eq(e->archive.jobs, 0);
}

/* Goes on for so many days in steps, so that calls end and days are sealed. */
static void sleep_until(int64_t ms)
{
	ck_assert_int_eq(clock_jump(ms), 0);
	turns(2);
	rest();
}

/* As command_as(), but the answer comes from another thread. */
static struct said order(enum control_method m)
{
	struct said *s = calloc(1, sizeof *s);
	struct event *ev = event_new(EV_COMMAND);
	s->command = (struct command){.method = &control_methods[m]};
	snprintf(s->command.who.user, sizeof s->command.who.user, "kacho");
	ev->command = &s->command;
	ck_assert_int_eq(mailbox_post(e->inbox, ev), 0);
	for (int i = 0; i < 5000 && !s->replied; i++)
		turn_and_wait();
	ck_assert_msg(s->replied, "no reply");
	struct said copy = *s;
	free(s);
	return copy;
}

struct told {
	size_t n;
	enum finding_kind kind[16];
};
static void on_finding(void *arg, const struct finding *f)
{
	struct told *t = arg;
	ck_assert_uint_lt(t->n, 16);
	t->kind[t->n++] = f->kind;
}
static void on_day(void *arg, const struct verify_day *d)
{
	(void)arg;
	(void)d;
}
static struct verify_result verified(struct told *t)
{
	char root[512];
	struct verify_result r;
	snprintf(root, sizeof root, "%s/var/archive", folder);
	struct verify_config c = {.root = root,
				  .sum = {.digest = &digest_sodium},
				  .sign = &sign_minisign,
				  .from = DAY_NONE,
				  .to = DAY_NONE,
				  .on_finding = on_finding,
				  .on_day = on_day,
				  .arg = t};
	*t = (struct told){.n = 0};
	ck_assert_int_eq(verify_archive(&c, &r), 0);
	return r;
}

static void with_retention(struct rig rig)
{
	start_rig(rig);
	conf.retention = (struct config_retention){.exchange_in = 30 * MS_PER_DAY,
						   .exchange_out = 40 * MS_PER_DAY,
						   .run_data = 35 * MS_PER_DAY};
}

/* A run that was called and is closed, all its files delivered, its days sealed. */
static void one_night(void)
{
	run_file("targets-1a", ONE BAD, 1);
	go_to(at(7, 9, 0));
	settle();
	go_to(at(18, 12, 0));
	settle_drop();
	rest();
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_uint_gt(records(T_ATTEMPT), 0);
	sleep_until(at(20, 12, 0));
}

START_TEST(each_class_has_its_time)
{
	struct told t;
	with_retention((struct rig){0});
	one_night();
	struct verify_result before = verified(&t);
	ck_assert_uint_eq(t.n, 0);
	size_t sent = kept("sent/*", NULL);
	/* not yet */
	sleep_until(at(30, 12, 0));
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	ck_assert_uint_eq(verified(&t).deleted, 0);
	ck_assert_uint_ge(verified(&t).files, before.files); /* days later, and their own files */
	/* what came in is over, what went out is not; a plan deletes nothing */
	sleep_until(at(31, 12, 0) + 8 * MS_PER_DAY);
	ck_assert_int_eq(order(M_RETENTION_PLAN).err, 0);
	rest();
	ck_assert_uint_eq(verified(&t).deleted, 0);
	ck_assert_uint_ge(verified(&t).files, before.files); /* days later, and their own files */
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	struct verify_result after = verified(&t);
	ck_assert_uint_eq(t.n, 0);
	ck_assert_uint_eq(after.deleted, 1);
	ck_assert_uint_eq(kept("archive/2026/12/07/exchange-in/*", NULL), 0);
	ck_assert_uint_eq(kept("taken/*", NULL), 0); /* the data goes, not one name of it */
	ck_assert_uint_eq(kept("sent/*", NULL), sent);
	char path[200];
	ck_assert_uint_eq(kept("archive/2026/12/07/deleted.exchange-in.sha256", path), 1);
	ck_assert_ptr_nonnull(strstr(get_file(path), "\n# kept 30 d\n"));
	ck_assert_ptr_nonnull(strstr(get_file(path), "\n# by kacho\n# files 1\n"));
	ck_assert_uint_eq(
	    kept("archive/2027/01/08/certificates/2026-12-07.deleted.exchange-in.sha256", NULL), 1);
	ck_assert_uint_eq(records(T_TARGET), 1); /* run_data is kept longer */
	/* then the rest */
	sleep_until(at(31, 12, 0) + 40 * MS_PER_DAY);
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	after = verified(&t);
	ck_assert_uint_eq(t.n, 0);
	ck_assert_uint_gt(after.deleted, 3);
	ck_assert_uint_eq(kept("archive/2026/12/*/exchange-*/*", NULL), 0);
	ck_assert_uint_eq(kept("sent/*", NULL), 0);
	ck_assert_uint_gt(kept("archive/2026/12/07/approvals/*", NULL), 0); /* for ever */
	ck_assert(!was_alerted("retention"));
	end_rig();
}
END_TEST

static void called_by(const char *number)
{
	static const struct fake_call hears = {
	    .kind = FAKE_END, .answered = true, .code = OUT_ANSWERED};
	ck_assert_uint_ne(fake_voice_ring(e->voice, CALLER_KNOWN, number, "0265784111", &hears), 0);
	settle();
}

START_TEST(rows_of_a_run_go_and_its_counts_stay)
{
	for (int n = 0; n < 8; n++) { /* the process ends after n turns of it */
		with_retention((struct rig){.inbound = true});
		one_night();
		called_by(P1);
		called_by("0312345678"); /* nobody that we know */
		ck_assert_uint_eq(records(T_CALLBACK), 2);
		ck_assert_uint_gt(records(T_CALLER), 0);
		uint64_t calls = run_of(1).calls;
		sleep_until(at(31, 12, 0) + 30 * MS_PER_DAY);
		ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
		turns(n);
		crash();
		rest();
		for (int i = 0; i < 50; i++)
			ck_assert_int_eq(turn(), 0);
		if (records(T_TARGET)) { /* before the mark was on disk: it is ordered again */
			ck_assert_int_lt(n, 2);
			ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
			rest();
		}
		static const enum store_table tables[] = {T_TARGET,  T_DEBT,   T_DEBTKEY, T_DUE,
							  T_ATTEMPT, T_OUTROW, T_ROWERR,  T_CALLER};
		for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
			ck_assert_msg(records(tables[i]) == 0, "%s after %d turns",
				      store_table_name(tables[i]), n);
		ck_assert_uint_eq(run_of(1).calls, calls);
		ck_assert_uint_eq(run_of(1).targets, 1);
		ck_assert_uint_eq(e->purge.runs.n, 0);
		/* Who meant nobody goes too, by the next order if this one was cut short. */
		called_by("0312345679"); /* not yet over its time */
		ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
		rest();
		ck_assert_uint_eq(records(T_CALLBACK), 1);
		ck_assert_uint_eq(records(T_NOTE), 1); /* it holds a number: it went, too */
		ck_assert_uint_eq(kept("archive/2027/*/*/certificates/run-0000000001-*.json", NULL),
				  1);
		end_rig();
	}
}
END_TEST

/* He rings back while his rows go: he is known, or nobody that we know; never by half. */
START_TEST(a_caller_while_the_rows_go)
{
	for (int n = 0; n < 8; n++) { /* turns of it before he rings */
		with_retention((struct rig){.inbound = true});
		one_night();
		ck_assert_int_gt(conf.engine.callback_for, conf.retention.run_data);
		sleep_until(at(31, 12, 0) + 30 * MS_PER_DAY);
		ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
		for (int i = 0; i < 5000 && !e->purge.runs.n; i++)
			turn_and_wait();
		turns(n);
		called_by(P1);
		go_to(at(31, 12, 0) + 31 * MS_PER_DAY); /* what his call said goes out */
		settle_drop();
		rest();
		ck_assert_uint_eq(records(T_DEBT), 0);
		ck_assert_uint_eq(records(T_TARGET), 0);
		end_rig();
	}
}
END_TEST

/* A gateway's spool was restored: its receipt comes while the rows of the run go. */
START_TEST(a_receipt_while_the_rows_go)
{
	for (int n = 0; n < 8; n++) {
		with_retention((struct rig){.waves = sms_wave});
		run_file("targets-1a", "T p1;1;k;2026;1;n;1;太郎;1;09011110001m\n", 1);
		go_to(at(7, 9, 0));
		ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_DELIVERED, 1), 0);
		settle();
		go_to(at(18, 12, 0));
		settle_drop();
		rest();
		ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
		sleep_until(at(31, 12, 0) + 30 * MS_PER_DAY);
		ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
		for (int i = 0; i < 5000 && !e->purge.runs.n; i++)
			turn_and_wait();
		turns(n);
		if (e->purge.runs.n) {
			struct json *again = json_new_object();
			json_put_int(again, "attempt", 1);
			json_put_str(again, "reason", "r");
			ck_assert_int_eq(ask_as("kacho", M_SMS_RESEND, again).err, E_NOTFOUND);
		}
		ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_REJECTED, 1), 0);
		ck_assert_int_eq(turn(), 0);
		rest();
		ck_assert_uint_eq(records(T_TARGET) + records(T_ATTEMPT) + records(T_OUTROW), 0);
		end_rig();
	}
}
END_TEST

START_TEST(an_open_run_holds_its_files)
{
	struct told t;
	with_retention((struct rig){0});
	conf.retention.approvals = 10 * MS_PER_DAY;
	give("targets-1a", ONE); /* a draft: nobody approved it */
	rest();
	sleep_until(at(8, 12, 0));
	size_t files = verified(&t).files;
	sleep_until(at(31, 12, 0) + 60 * MS_PER_DAY);
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	ck_assert_uint_eq(verified(&t).deleted, 0);
	ck_assert_uint_eq(verified(&t).files, files);
	ck_assert_uint_eq(records(T_TARGET), 1);
	end_rig();
}
END_TEST

/* What is not as it was sealed is not excused by a certificate, and not deleted. */
START_TEST(tampering_is_not_certified)
{
	char path[200];
	struct told t;
	with_retention((struct rig){0});
	give("targets-1a", BAD); /* nothing of it can run: no run */
	give("targets-1b", BAD);
	rest();
	sleep_until(at(8, 12, 0));
	ck_assert_uint_gt(kept("archive/2026/12/07/exchange-in/0000000002*", path), 0);
	put_file(path, "changed\n");
	sleep_until(at(31, 12, 0) + 60 * MS_PER_DAY);
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	ck_assert(alerted("retention"));
	verified(&t);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_int_eq(t.kind[0], FOUND_CHANGED);
	end_rig();
}
END_TEST

/* A crash between certificate and files, or a restored backup: the same call goes on. */
START_TEST(deleting_goes_on)
{
	char path[200], copy[4096];
	struct told t;
	with_retention((struct rig){0});
	one_night();
	ck_assert_uint_eq(kept("archive/2026/12/07/exchange-in/*", path), 1);
	snprintf(copy, sizeof copy, "%s", get_file(path));
	sleep_until(at(31, 12, 0) + 8 * MS_PER_DAY);
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	ck_assert(!there(path));
	put_file(path, copy);
	verified(&t);
	ck_assert_uint_eq(t.n, 0); /* there, and as it was sealed */
	char unfinished[300];
	snprintf(unfinished, sizeof unfinished, "%.*s/../.afile-0123456789abcdef",
		 (int)(strrchr(path, '/') - path), path);
	put_file(unfinished, "a name that the crash left beside the certificate");
	sleep_until(at(31, 12, 0) + 9 * MS_PER_DAY);
	ck_assert_int_eq(order(M_RETENTION_RUN).err, 0);
	rest();
	ck_assert(!there(path));
	verified(&t);
	ck_assert_uint_eq(t.n, 0);
	end_rig();
}
END_TEST

START_TEST(each_day_if_it_is_wished)
{
	struct told t;
	with_retention((struct rig){0});
	one_night();
	sleep_until(at(31, 12, 0) + 8 * MS_PER_DAY);
	ck_assert_uint_eq(verified(&t).deleted, 0);
	conf.retention.daily = true;
	turns(3);
	rest();
	ck_assert_uint_eq(verified(&t).deleted, 1);
	ck_assert_uint_eq(t.n, 0);
	ck_assert_int_eq(e->archive.retired, civil_day_at(clock_now_ms()));
	end_rig();
}
END_TEST

static TCase *retention(void)
{
	TCase *t = tcase_create("retention");
	tcase_set_timeout(t, 180);
	tcase_add_test(t, each_class_has_its_time);
	tcase_add_test(t, rows_of_a_run_go_and_its_counts_stay);
	tcase_add_test(t, a_caller_while_the_rows_go);
	tcase_add_test(t, a_receipt_while_the_rows_go);
	tcase_add_test(t, an_open_run_holds_its_files);
	tcase_add_test(t, tampering_is_not_certified);
	tcase_add_test(t, deleting_goes_on);
	tcase_add_test(t, each_day_if_it_is_wished);
	return t;
}

UNIT_MAIN("turn retention", retention)
