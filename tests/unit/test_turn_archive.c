/*
 * The archive through the engine: days sealed by its clock, also those that passed
 * while it was down; records of commands; versions of specs; the hash in receipts.
 */
#include "tests/unit/turn_rig.inc"

#include "engine/archive/days.h"
#include "engine/archive/verify.h"
#include "engine/turn/account.h"

#include <glob.h>

/* Files of the archive that match. */
static size_t kept(const char *pattern, char first[200])
{
	char path[600];
	glob_t g;
	snprintf(path, sizeof path, "%s/var/archive/%s", folder, pattern);
	size_t n = glob(path, 0, NULL, &g) == 0 ? g.gl_pathc : 0;
	if (n && first)
		snprintf(first, 200, "%.199s", g.gl_pathv[0] + strlen(folder) + 1);
	globfree(&g);
	return n;
}

static struct archive_rec recorded(void)
{
	struct archive_rec r;
	ck_assert_int_eq(LOOK(db_archive_get(&tx, &r)), 0);
	return r;
}

static int32_t dec(int n)
{
	int32_t d;
	ck_assert(civil_day_of(2026, 12, n, &d));
	return d;
}

/* Until the archiver has nothing to do. */
static void rest(void)
{
	settle();
	for (int i = 0; i < 2000 && (e->archive.jobs || mailbox_count(e->inbox)); i++)
		turn_and_wait();
	ck_assert_uint_eq(e->archive.jobs, 0);
}

static void sleep_until(int64_t ms)
{
	ck_assert_int_eq(clock_jump(ms), 0);
	turns(2);
	rest();
}

static size_t n_findings;
static void on_finding(void *arg, const struct finding *f)
{
	(void)arg;
	fprintf(stderr, "%s %s: %s\n", finding_word(f->kind), f->path, f->words);
	n_findings++;
}
static void on_day(void *arg, const struct verify_day *d)
{
	(void)arg;
	(void)d;
}

static struct verify_result verified(void)
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
				  .on_day = on_day};
	n_findings = 0;
	ck_assert_int_eq(verify_archive(&c, &r), 0);
	return r;
}

START_TEST(a_day_is_sealed_when_it_is_over)
{
	start_rig((struct rig){0});
	conf.archive.settle = 60 * MS_PER_MIN;
	give("targets-1a", ONE);
	rest();
	ck_assert_int_eq(recorded().day, DAY_NONE);
	sleep_until(at(8, 0, 59));
	ck_assert_int_eq(recorded().day, DAY_NONE); /* over, and not settled yet */
	sleep_until(at(8, 1, 1));
	ck_assert_int_eq(recorded().day, dec(7));
	ck_assert_uint_eq(kept("2026/12/07/exchange-in/*", NULL), 1);
	ck_assert_uint_eq(kept("2026/12/07/exchange-out/receipt-*", NULL), 1);
	ck_assert(alerted("archive-key"));
	struct verify_result r = verified();
	ck_assert_uint_eq(r.findings, 0);
	ck_assert_uint_eq(r.days, 1);
	ck_assert_str_eq(r.last_sha256, recorded().sha256);
	/* the next receipt says so, and a file made again says the same */
	give("targets-1b", TWO);
	char words[100];
	snprintf(words, sizeof words, "archive_hash=%s", r.last_sha256);
	ck_assert_uint_eq(out_rows("receipt", words), 1);
	ck_assert_uint_eq(out_rows("receipt", "archive_hash=\n"), 1); /* the first */
	sleep_until(at(9, 2, 0));
	ck_assert_int_eq(recorded().day, dec(8));
	/* no file, no manifest: the last sealed day stays */
	sleep_until(at(12, 2, 0));
	ck_assert_int_eq(recorded().day, dec(8));
	ck_assert_uint_eq(verified().findings, 0);
	end_rig();
}
END_TEST

static int newest_row(void *arg, struct bytes key, struct bytes value)
{
	struct audit_rec r;
	(void)key;
	ck_assert_int_eq(audit_read(value, &r), 0);
	snprintf(arg, AUDIT_HASH, "%s", r.hash);
	return 1;
}

/* Each day's newest row of the audit log is among what the day's signature is for. */
START_TEST(the_audit_logs_newest_hash_is_sealed)
{
	char hash[AUDIT_HASH] = "", line[100], path[200] = "", whole[720], text[300] = "";
	start_rig((struct rig){0});
	conf.archive.settle = 60 * MS_PER_MIN;
	ask(M_HOLD_ADD, "{\"person\":\"1001\",\"kind\":\"care\",\"reason\":\"窓口\"}");
	ask(M_HOLD_ADD, "{\"person\":\"1002\",\"kind\":\"care\",\"reason\":\"窓口\"}");
	ck_assert_int_ge(LOOK(db_scan(&tx, T_AUDIT, "", 0, 0, 0, newest_row, hash)), 0);
	ck_assert_uint_eq(strlen(hash), 64);
	sleep_until(at(8, 1, 1));
	ck_assert_uint_eq(kept("2026/12/07/audit/*", path), 1);
	ck_assert_ptr_nonnull(strstr(path, "head-0000000002.txt"));
	snprintf(whole, sizeof whole, "%s/%s", folder, path);
	FILE *from = fopen(whole, "re");
	ck_assert_ptr_nonnull(from);
	text[fread(text, 1, sizeof text - 1, from)] = '\0';
	fclose(from);
	snprintf(line, sizeof line, "row 2\nhash %s\n", hash);
	ck_assert_ptr_nonnull(strstr(text, line));
	ck_assert_uint_eq(verified().findings, 0);
	/* a day without rows has none; the next one with rows has its own */
	sleep_until(at(9, 2, 0));
	ck_assert_uint_eq(kept("2026/12/08/audit/*", NULL), 0);
	ask(M_HOLD_ADD, "{\"person\":\"1003\",\"kind\":\"care\",\"reason\":\"窓口\"}");
	sleep_until(at(10, 2, 0));
	ck_assert_uint_eq(kept("2026/12/09/audit/head-0000000003.txt", NULL), 1);
	ck_assert_uint_eq(kept("2026/12/*/audit/*", NULL), 2);
	ck_assert_uint_eq(verified().findings, 0);
	end_rig();
}
END_TEST

START_TEST(days_that_passed_while_it_was_down)
{
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	rest();
	engine_free(e);
	ck_assert_int_eq(clock_jump(at(10, 12, 0)), 0);
	start_engine();
	rest();
	turns(3);
	rest();
	ck_assert_int_eq(recorded().day, dec(7));
	/* sealed, and the crash came before that was recorded */
	give("targets-1b", TWO);
	rest();
	struct archive_rec old = {.day = dec(7), .sha256 = "x"};
	sleep_until(at(11, 12, 0));
	ck_assert_int_eq(recorded().day, dec(10));
	char sha[65];
	snprintf(sha, sizeof sha, "%s", recorded().sha256);
	engine_free(e);
	start_engine();
	struct tx tx = {.ops = &store_fake, .arena = e->arena};
	ck_assert_int_eq(store_fake.begin(e->store, &tx.txn), 0);
	ck_assert_int_eq(db_archive_put(&tx, &old), 0);
	ck_assert_int_eq(store_fake.commit(tx.txn, NULL), COMMIT_DONE);
	crash();
	turns(3);
	rest();
	ck_assert_int_eq(recorded().day, dec(10));
	ck_assert_str_eq(recorded().sha256, sha);
	ck_assert_uint_eq(verified().findings, 0);
	end_rig();
}
END_TEST

START_TEST(what_a_record_names_is_there_before_the_seal)
{
	char in[200], out[200], path[800];
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	rest();
	ck_assert_uint_eq(kept("2026/12/07/exchange-in/*", in), 1);
	ck_assert_uint_eq(kept("2026/12/07/exchange-out/receipt-*", out), 1);
	snprintf(path, sizeof path, "%s/%s", folder, in);
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof path, "%s/%s", folder, out);
	ck_assert_int_eq(unlink(path), 0);
	sleep_until(at(8, 1, 0));
	ck_assert(there(in));
	ck_assert(there(out));
	ck_assert_int_eq(recorded().day, dec(7));
	end_rig();
}
END_TEST

START_TEST(a_file_that_was_changed_is_not_signed)
{
	char in[200];
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	rest();
	ck_assert_uint_eq(kept("2026/12/07/exchange-in/*", in), 1);
	put_file(in, "T p1;14;kotei;2026;3;n1;1;長野太郎;503;09011112222m\n");
	sleep_until(at(8, 1, 0));
	ck_assert_int_eq(recorded().day, DAY_NONE);
	ck_assert(alerted("archive-day"));
	ck_assert_uint_eq(kept("2026/12/07/manifest*", NULL), 0);
	put_file(in, ONE); /* put back */
	e->archive.not_before_boot = 0;
	turns(2);
	rest();
	ck_assert_int_eq(recorded().day, dec(7));
	ck_assert(!alerted("archive-day"));
	end_rig();
}
END_TEST

START_TEST(a_file_that_is_nowhere_keeps_the_day_open)
{
	char in[200], path[800];
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	rest();
	ck_assert_uint_eq(kept("2026/12/07/exchange-in/*", in), 1);
	snprintf(path, sizeof path, "%s/%s", folder, in);
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof path, "%s/var/taken/%s", folder, strrchr(in, '/') + 1);
	ck_assert_int_eq(unlink(path), 0);
	sleep_until(at(8, 1, 0));
	ck_assert(alerted("archive-day"));
	ck_assert_int_eq(recorded().day, DAY_NONE);
	end_rig();
}
END_TEST

START_TEST(commands_are_kept)
{
	char path[200];
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	must(M_RUN_PAUSE, 1);
	must(M_RUN_STOP, 1);
	rest();
	ck_assert_uint_eq(kept("2026/12/07/approvals/run-0000000001-*.json", NULL), 5);
	ck_assert_uint_eq(kept("2026/12/07/approvals/run-0000000001-*-approve.json", path), 1);
	const char *text = get_file(path);
	ck_assert_ptr_nonnull(strstr(text, "\"user\":\"kacho\""));
	ck_assert_ptr_nonnull(strstr(text, run_of(1).approval));
	/* refused: nothing happened, nothing is kept */
	ck_assert_int_ne(command_as("kacho", M_RUN_START, 1).err, 0);
	rest();
	ck_assert_uint_eq(kept("2026/12/07/approvals/*", NULL), 5);
	/* a crash between the commit and the file: made again from the record, never twice */
	char whole[600];
	snprintf(whole, sizeof whole, "%s/%s", folder, path);
	ck_assert_int_eq(unlink(whole), 0);
	crash();
	rest();
	ck_assert_ptr_nonnull(strstr(get_file(path), "made_again_after_a_crash"));
	ck_assert_uint_eq(kept("2026/12/07/approvals/*", NULL), 5);
	ck_assert(!alerted("archive"));
	end_rig();
}
END_TEST

START_TEST(versions_are_kept_once)
{
	char list[200];
	start_rig((struct rig){0});
	snprintf(conf.path, sizeof conf.path, "%.200s/osame.conf", folder);
	put_file("osame.conf", "[sms]\npassword = geheim\n  password=geheim\nurl = x\n");
	crash();
	rest();
	size_t files = kept("2026/12/07/configuration/*", NULL);
	size_t lists = kept("2026/12/07/configuration/versions-*.sha256", list);
	ck_assert_uint_eq(lists, 2); /* at the first start there was no configuration */
	ck_assert_uint_eq(kept("2026/12/07/configuration/*.specs_campaigns_c1.xml", NULL), 1);
	ck_assert_uint_eq(kept("2026/12/07/configuration/*.specs_lexicon_secret-words", NULL), 1);
	ck_assert_uint_eq(kept("2026/12/07/configuration/*.osame.conf", list), 1);
	ck_assert_str_eq(get_file(list),
			 "[sms]\npassword = (secret)\npassword = (secret)\nurl = x\n");
	/* nothing changed: nothing new, also not on another day */
	crash();
	rest();
	ck_assert_uint_eq(kept("2026/12/07/configuration/*", NULL), files);
	sleep_until(at(9, 8, 0));
	crash();
	rest();
	ck_assert_uint_eq(kept("2026/12/09/configuration/*", NULL), 0);
	/* one text changed: it and a list */
	put_file("specs/texts/t.txt", "伊那市役所です。{phone}へどうぞ。\n");
	crash();
	rest();
	ck_assert_uint_eq(kept("2026/12/09/configuration/*", NULL), 2);
	ck_assert_uint_eq(kept("2026/12/09/configuration/*.specs_texts_t.txt", NULL), 1);
	end_rig();
}
END_TEST

START_TEST(the_key)
{
	char secret[SIGN_KEY_TEXT], public[SIGN_KEY_TEXT], command[2048];
	start_rig((struct rig){0});
	ck_assert_int_eq(sign_minisign.generate(NULL, secret, public), 0);
	put_file("a.key", secret);
	put_file("a.pub", public);
	snprintf(conf.archive.key_file, sizeof conf.archive.key_file, "%.200s/a.key", folder);
	crash();
	give("targets-1a", ONE);
	sleep_until(at(8, 1, 0));
	ck_assert(!was_alerted("archive-key"));
	snprintf(command, sizeof command,
		 "cd %s/var/archive/2026/12/07 && minisign -q -V -p %s/a.pub -m manifest.sha256 && "
		 "sha256sum --quiet --strict -c manifest.sha256",
		 folder, folder);
	ck_assert_int_eq(system(command), 0);
	/* a key that is none stops the start */
	engine_free(e);
	e = NULL;
	put_file("a.key", public);
	struct problems problems;
	problems_init(&problems);
	ck_assert_int_eq(engine_new(&conf, &ports, &problems, &e), E_INVALID);
	ck_assert_uint_eq(problems.errors, 1);
	problems_free(&problems);
	end_rig();
}
END_TEST

/* A clock that went back behind a sealed day: its files go to the first day that is not sealed. */
START_TEST(nothing_comes_into_a_sealed_day)
{
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	sleep_until(at(8, 1, 0));
	ck_assert_int_eq(recorded().day, dec(7));
	put_file("late.txt", "late\n");
	char path[600];
	snprintf(path, sizeof path, "%s/late.txt", folder);
	ck_assert_int_eq(archive_file(e, at(7, 23, 0), CLASS_IN, path, "late.txt"), 0);
	ck_assert(there("var/archive/2026/12/08/exchange-in/late.txt"));
	e->archive.sealing = dec(8);
	ck_assert_int_eq(archive_file(e, at(8, 1, 0), CLASS_IN, path, "late.txt"), 0);
	ck_assert(there("var/archive/2026/12/09/exchange-in/late.txt"));
	e->archive.sealing = DAY_NONE;
	ck_assert_uint_eq(verified().findings, 0);
	end_rig();
}
END_TEST

static TCase *archive(void)
{
	TCase *t = tcase_create("archive");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_day_is_sealed_when_it_is_over);
	tcase_add_test(t, the_audit_logs_newest_hash_is_sealed);
	tcase_add_test(t, days_that_passed_while_it_was_down);
	tcase_add_test(t, what_a_record_names_is_there_before_the_seal);
	tcase_add_test(t, a_file_that_was_changed_is_not_signed);
	tcase_add_test(t, a_file_that_is_nowhere_keeps_the_day_open);
	tcase_add_test(t, commands_are_kept);
	tcase_add_test(t, versions_are_kept_once);
	tcase_add_test(t, the_key);
	tcase_add_test(t, nothing_comes_into_a_sealed_day);
	return t;
}

UNIT_MAIN("turn archive", archive)
