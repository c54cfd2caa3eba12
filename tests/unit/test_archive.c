/* The archive's days: manifests as text, sealing with every file call failing in its turn, and each
 * kind of tampering named by verify. */
#include "engine/archive/verify.h"
#include "tests/unit/archive_rig.inc"

static char *get(const char *name)
{
	char *text;
	size_t n;
	ck_assert_int_eq(day_slurp(at(name), 1 << 20, &text, &n), 0);
	return text;
}

/* Three sealed days and one that is open. */
static void make_archive(void)
{
	put("2026/12/07/exchange-in/0000000001.a.csv", "one\n");
	put("2026/12/07/exchange-in/0000000002.b.csv", "two\n");
	put("2026/12/07/exchange-out/015_結果_000001.csv", "result\n");
	put("2026/12/08/approvals/run-1-approve.json", "{}\n");
	put("2026/12/10/exchange-out/015_結果_000002.csv", "more\n");
	put("2026/12/11/exchange-in/0000000003.c.csv", "today\n");
	must_seal(7);
	must_seal(8);
	must_seal(10);
}

/* ---- manifests as text ---- */

START_TEST(a_manifest_is_what_sha256sum_reads)
{
	char command[1024];
	make_archive();
	snprintf(command, sizeof command,
		 "cd %s/2026/12/07 && sha256sum --strict -c manifest.sha256 >/dev/null 2>&1", root);
	ck_assert_int_eq(system(command), 0);
	char *text = get("2026/12/08/manifest.sha256"), *before = get("2026/12/07/manifest.sha256");
	char hex[65], line[128];
	sum_bytes(&digest_sodium, before, strlen(before), hex);
	snprintf(line, sizeof line, "\n# previous 2026-12-07 %s\n", hex);
	ck_assert_ptr_nonnull(strstr(text, line));
	ck_assert_ptr_nonnull(strstr(before,
				     "\n# previous none\n# files 3\n# bytes 15\n"
				     "# class exchange-in 2 8\n# class exchange-out 1 7\n"));
	free(text);
	free(before);
}
END_TEST

START_TEST(reading_gives_back_what_was_written)
{
	struct manifest m, again;
	char hex[65], *text, *twice;
	size_t n, n_twice, line;
	memset(hex, 'a', 64);
	hex[64] = '\0';
	for (int kind = 0; kind < 2; kind++) {
		manifest_init(&m, day_no(7));
		m.deletion = kind == 1;
		m.previous_day = day_no(3);
		memcpy(m.previous, hex, 65);
		memcpy(m.of, hex, 65);
		strcpy(m.class_name, "exchange-in");
		strcpy(m.kept, "365 d");
		strcpy(m.by, "kacho");
		m.at_ms = civil_day_start(day_no(9)) + 12345000;
		ck_assert_int_eq(manifest_add(&m, "exchange-in/b 結果.csv", 5, hex), 0);
		ck_assert_int_eq(manifest_add(&m, "exchange-in/a.csv", 7, hex), 0);
		manifest_sort(&m);
		ck_assert_int_eq(manifest_write(&m, &text, &n), 0);
		ck_assert_int_eq(manifest_read(text, n, &again, &line), 0);
		ck_assert_uint_eq(again.n, 2);
		ck_assert_uint_eq(again.bytes, 12);
		ck_assert_int_eq(again.deletion, m.deletion);
		ck_assert_ptr_nonnull(manifest_find(&again, "exchange-in/b 結果.csv"));
		ck_assert_ptr_null(manifest_find(&again, "exchange-in/c"));
		ck_assert_int_eq(manifest_write(&again, &twice, &n_twice), 0);
		ck_assert_str_eq(text, twice);
		for (size_t cut = 0; cut < n; cut++) { /* cut anywhere: refused, or fewer lines */
			struct manifest part;
			int err = manifest_read(text, cut, &part, &line);
			ck_assert_int_eq(err, E_INVALID);
			manifest_free(&part);
		}
		manifest_free(&m);
		manifest_free(&again);
		free(text);
		free(twice);
	}
}
END_TEST

#define H "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEAD "# osame archive manifest 1\n# day 2026-12-07\n# previous none\n"

START_TEST(manifests_that_are_none)
{
	static const struct {
		const char *text, *words;
		size_t line;
	} cases[] = {
	    {"", "nothing", 1},
	    {"# osame archive manifest 2\n", "another version", 1},
	    {"# osame archive manifest 1\n# day 2026-02-30\n", "no such day", 2},
	    {"# osame archive manifest 1\n# day 2026-12-07\n# previous 2026-12-07 " H "\n",
	     "follows on itself", 3},
	    {HEAD "# files 1\n# bytes 1\n", "fewer lines than it says", 5},
	    {HEAD "# files 1\n# bytes -1\n", "a negative number", 5},
	    {HEAD "# files 1\n# bytes 01\n", "a number in another form", 5},
	    {HEAD "# files 1\n# bytes 1\n" H " a/b\n", "one blank", 6},
	    {HEAD "# files 1\n# bytes 1\n" H "  b\n", "no class", 6},
	    {HEAD "# files 1\n# bytes 1\n" H "  ../b\n", "out of the folder", 6},
	    {HEAD "# files 1\n# bytes 1\n" H "  a/../../b\n", "out of the folder, deeper", 6},
	    {HEAD "# files 1\n# bytes 1\n" H "  a/b", "no line end", 6},
	    {HEAD "# files 2\n# bytes 1\n" H "  a/c\n" H "  a/b\n", "not in order", 7},
	    {HEAD "# files 2\n# bytes 1\n" H "  a/b\n" H "  a/b\n", "twice", 7},
	    {HEAD "# files 0\n# bytes 1\n# comment\n", "another comment", 6},
	    {HEAD "# files 1\n# bytes 1\n" H "  a/b\n# x\n", "a comment between the lines", 7},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct manifest m;
		size_t line = 0;
		int err = manifest_read(cases[i].text, strlen(cases[i].text), &m, &line);
		ck_assert_msg(err == E_INVALID, "%s: %d", cases[i].words, err);
		ck_assert_msg(line == cases[i].line, "%s: line %zu", cases[i].words, line);
		manifest_free(&m);
	}
}
END_TEST

/* ---- sealing ---- */

START_TEST(sealing_again_changes_nothing)
{
	make_archive();
	char *before = get("2026/12/07/manifest.sha256.minisig");
	put("2026/12/07/.afile-0123456789abcdef", "a name that a crash left beside the manifest");
	struct sealed done = must_seal(7);
	ck_assert(!done.fresh);
	ck_assert_int_ne(access(at("2026/12/07/.afile-0123456789abcdef"), F_OK), 0);
	ck_assert_uint_eq(done.files, 3);
	/* the signature was lost: it is made again, of the same bytes */
	ck_assert_int_eq(unlink(at("2026/12/07/manifest.sha256.minisig")), 0);
	done = must_seal(7);
	ck_assert(done.fresh);
	char *after = get("2026/12/07/manifest.sha256.minisig");
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(a_manifest_is_never_overwritten)
{
	static const struct {
		const char *path, *text, *words;
	} cases[] = {
	    {"2026/12/07/exchange-in/0000000009.x.csv", "late\n", "a file was added"},
	    {"2026/12/07/exchange-in/0000000001.a.csv", "One\n", "a file was changed"},
	    {"2026/12/07/manifest.sha256", "none\n", "the manifest was changed"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sealed done;
		char why[MAX_WORDS];
		make_archive();
		char *before = get("2026/12/07/manifest.sha256");
		put(cases[i].path, cases[i].text);
		unlink(at("2026/12/07/manifest.sha256.minisig"));
		int err = seal_day(&seal, day_no(7), &done, why);
		ck_assert_msg(err == E_EXISTS, "%s: %d", cases[i].words, err);
		ck_assert_str_ne(why, "");
		char *after = get("2026/12/07/manifest.sha256");
		if (i < 2)
			ck_assert_str_eq(before, after);
		free(before);
		free(after);
		temp_remove(root);
		ck_assert_int_eq(mkdir(root, 0700), 0);
	}
}
END_TEST

START_TEST(days_without_files_have_no_manifest)
{
	struct sealed done;
	char why[MAX_WORDS];
	ck_assert_int_eq(seal_day(&seal, day_no(7), &done, why), 0);
	ck_assert(done.empty);
	put("2026/12/07/exchange-in/x", "1");
	ck_assert_int_eq(unlink(at("2026/12/07/exchange-in/x")), 0);
	ck_assert(must_seal(7).empty);
	ck_assert_int_ne(access(at("2026/12/07/manifest.sha256"), F_OK), 0);
}
END_TEST

START_TEST(what_is_no_file_of_ours_is_left_out)
{
	put("2026/12/07/exchange-in/a", "1");
	put("2026/12/07/stray", "2");
	put("2026/12/07/exchange-in/.afile-0123456789abcdef", "half a copy");
	ck_assert_int_eq(symlink("/etc/passwd", at("2026/12/07/exchange-in/link")), 0);
	ck_assert_int_eq(mkfifo(at("2026/12/07/exchange-in/pipe"), 0600), 0);
	struct sealed done = must_seal(7);
	ck_assert_uint_eq(done.files, 1);
	ck_assert_uint_eq(done.odd, 3);
	ck_assert_int_ne(access(at("2026/12/07/exchange-in/.afile-0123456789abcdef"), F_OK), 0);
}
END_TEST

/* Every file call of the durable writes fails in its turn; afterwards all is as if nothing had. */
START_TEST(a_failure_at_each_step_is_repeated_safely)
{
	char wanted[65] = "";
	log_level_set((enum log_level)(LOG_ERROR + 1));
	for (int step = 1;; step++) {
		struct sealed done;
		char why[MAX_WORDS];
		put("2026/12/07/exchange-in/a", "1");
		countdown = step;
		afile_sys_for_tests(&failing);
		int err = seal_day(&seal, day_no(7), &done, why);
		afile_sys_for_tests(NULL);
		bool struck = countdown == 0;
		done = must_seal(7);
		if (!wanted[0])
			memcpy(wanted, done.sha256, sizeof wanted);
		ck_assert_str_eq(done.sha256, wanted);
		ck_assert_int_eq(access(at("2026/12/07/manifest.sha256.minisig"), F_OK), 0);
		temp_remove(root);
		ck_assert_int_eq(mkdir(root, 0700), 0);
		if (!struck) {
			ck_assert_int_eq(err, 0);
			ck_assert_int_gt(step, 10);
			return;
		}
	}
}
END_TEST

/* ---- verify: each kind of tampering ---- */

struct heard {
	size_t n;
	enum finding_kind kind[32];
	char path[32][128];
	int32_t day[32];
};

static void on_finding(void *arg, const struct finding *f)
{
	struct heard *h = arg;
	ck_assert_uint_lt(h->n, 32);
	h->kind[h->n] = f->kind;
	h->day[h->n] = f->day;
	snprintf(h->path[h->n++], 128, "%s", f->path);
}

static void on_day(void *arg, const struct verify_day *d)
{
	(void)arg;
	(void)d;
}

static struct verify_result look(struct heard *h, const struct sign_public *with, int from, int to,
				 const char *hash)
{
	struct verify_config c = {.root = root,
				  .sum = {.digest = &digest_sodium},
				  .sign = &sign_minisign,
				  .key = with,
				  .from = from ? day_no(from) : DAY_NONE,
				  .to = to ? day_no(to) : DAY_NONE,
				  .hash = hash,
				  .on_finding = on_finding,
				  .on_day = on_day,
				  .arg = h};
	struct verify_result r;
	*h = (struct heard){.n = 0};
	ck_assert_int_eq(verify_archive(&c, &r), 0);
	ck_assert_uint_eq(r.findings, h->n);
	return r;
}

#define D7 "2026/12/07/"
enum how { WRITE, REMOVE, RENAME, LINK, COPY };
static const struct tampering {
	const char *words;
	enum how how;
	const char *what, *with;
	int day;
	enum finding_kind kind;
	const char *path;
	bool needs_key;         /* without one it cannot be seen */
	enum finding_kind also; /* a second finding of the same day, or FINDING_KINDS */
} tamperings[] = {
    {"bytes changed, same length", WRITE, D7 "exchange-in/0000000001.a.csv", "One\n", 7,
     FOUND_CHANGED, "exchange-in/0000000001.a.csv", false, FINDING_KINDS},
    {"cut to nothing", WRITE, D7 "exchange-out/015_結果_000001.csv", "", 7, FOUND_CHANGED,
     "exchange-out/015_結果_000001.csv", false, FINDING_KINDS},
    {"removed", REMOVE, D7 "exchange-in/0000000002.b.csv", NULL, 7, FOUND_MISSING,
     "exchange-in/0000000002.b.csv", false, FINDING_KINDS},
    {"added", WRITE, D7 "exchange-in/0000000009.x.csv", "x", 7, FOUND_ADDED,
     "exchange-in/0000000009.x.csv", false, FINDING_KINDS},
    {"added under a name of unfinished writes", WRITE, D7 "exchange-in/.afile-0123456789abcdef",
     "x", 7, FOUND_ADDED, "exchange-in/.afile-0123456789abcdef", false, FINDING_KINDS},
    {"added beside the classes", WRITE, D7 "note.txt", "x", 7, FOUND_ADDED, "note.txt", false,
     FINDING_KINDS},
    {"a new class", WRITE, D7 "zzz/file", "x", 7, FOUND_ADDED, "zzz/file", false, FINDING_KINDS},
    {"renamed", RENAME, D7 "exchange-in/0000000001.a.csv", D7 "exchange-in/0000000001.b.csv", 7,
     FOUND_MISSING, "exchange-in/0000000001.a.csv", false, FOUND_ADDED},
    {"replaced by a link", LINK, D7 "exchange-in/0000000001.a.csv", "/dev/null", 7, FOUND_CHANGED,
     "exchange-in/0000000001.a.csv", false, FINDING_KINDS},
    {"a line taken out of the manifest", WRITE, D7 "manifest.sha256", HEAD "# files 0\n# bytes 0\n",
     7, FOUND_SIGNATURE, "manifest.sha256", true, FOUND_ADDED},
    {"the manifest is rubbish", WRITE, D7 "manifest.sha256", "hello\n", 7, FOUND_MANIFEST,
     "manifest.sha256", false, FINDING_KINDS},
    {"the manifest of another day", COPY, D7 "manifest.sha256", "2026/12/08/manifest.sha256", 7,
     FOUND_MANIFEST, "manifest.sha256", false, FINDING_KINDS},
    {"the manifest removed", REMOVE, D7 "manifest.sha256", NULL, 7, FOUND_NO_MANIFEST,
     "manifest.sha256", false, FINDING_KINDS},
    {"the signature removed", REMOVE, D7 "manifest.sha256.minisig", NULL, 7, FOUND_UNSIGNED,
     "manifest.sha256", true, FINDING_KINDS},
    {"the signature of another day", COPY, D7 "manifest.sha256.minisig",
     "2026/12/08/manifest.sha256.minisig", 7, FOUND_SIGNATURE, "manifest.sha256", true,
     FINDING_KINDS},
    {"the signature is rubbish", WRITE, D7 "manifest.sha256.minisig", "x", 7, FOUND_SIGNATURE,
     "manifest.sha256", true, FINDING_KINDS},
    {"a forged certificate", WRITE, D7 "deleted.exchange-in.sha256", "x", 7, FOUND_CERTIFICATE,
     "deleted.exchange-in.sha256", false, FINDING_KINDS},
    {"files of a day that was never sealed, between sealed ones", WRITE, "2026/12/09/exchange-in/x",
     "x", 9, FOUND_NO_MANIFEST, "manifest.sha256", false, FINDING_KINDS},
};

static void tamper(const struct tampering *t)
{
	char from[512], command[1200];
	snprintf(from, sizeof from, "%s", at(t->what));
	switch (t->how) {
	case WRITE:
		put(t->what, t->with);
		break;
	case REMOVE:
		ck_assert_int_eq(unlink(from), 0);
		break;
	case RENAME:
		ck_assert_int_eq(rename(from, at(t->with)), 0);
		break;
	case LINK:
		ck_assert_int_eq(unlink(from), 0);
		ck_assert_int_eq(symlink(t->with, from), 0);
		break;
	case COPY:
		snprintf(command, sizeof command, "cp '%s' '%s'", at(t->with), from);
		ck_assert_int_eq(system(command), 0);
		break;
	}
}

static bool has(const struct heard *h, int day, enum finding_kind kind, const char *path)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->kind[i] == kind && h->day[i] == day_no(day) &&
		    (!path || strcmp(h->path[i], path) == 0))
			return true;
	return false;
}

START_TEST(tampering_is_named)
{
	const struct tampering *t = &tamperings[_i];
	struct heard h;
	make_archive();
	struct verify_result r = look(&h, &public, 0, 0, NULL);
	ck_assert_uint_eq(r.findings, 0);
	ck_assert_uint_eq(r.days, 3);
	ck_assert_uint_eq(r.open, 1);
	ck_assert_uint_eq(r.files, 5);
	ck_assert_int_eq(r.last_day, day_no(10));
	tamper(t);
	look(&h, &public, 0, 0, NULL);
	ck_assert_msg(has(&h, t->day, t->kind, t->path), "%s: not named", t->words);
	if (t->also != FINDING_KINDS)
		ck_assert_msg(has(&h, t->day, t->also, NULL), "%s: the second", t->words);
	look(&h, NULL, 0, 0, NULL);
	ck_assert_msg(has(&h, t->day, t->kind, t->path) != t->needs_key, "%s: without a key",
		      t->words);
}
END_TEST

START_TEST(the_chain)
{
	struct heard h;
	char hash[65];
	make_archive();
	struct verify_result r = look(&h, &public, 0, 0, NULL);
	memcpy(hash, r.last_sha256, sizeof hash);
	look(&h, &public, 0, 0, hash);
	ck_assert_uint_eq(h.n, 0);
	/* a whole day taken away: the next one names it */
	char command[600];
	snprintf(command, sizeof command, "rm -r %s/2026/12/08", root);
	ck_assert_int_eq(system(command), 0);
	look(&h, &public, 0, 0, NULL);
	ck_assert_uint_eq(h.n, 1);
	ck_assert(has(&h, 10, FOUND_CHAIN, "manifest.sha256"));
	/* outside the range it is not looked at, but its hash still counts */
	look(&h, &public, 7, 7, NULL);
	ck_assert_uint_eq(h.n, 0);
	look(&h, &public, 10, 10, NULL);
	ck_assert_uint_eq(h.n, 1);
	/* the last days taken away: only the receipt's hash knows */
	snprintf(command, sizeof command, "rm -r %s/2026/12/1*", root);
	ck_assert_int_eq(system(command), 0);
	look(&h, &public, 0, 0, NULL);
	ck_assert_uint_eq(h.n, 0);
	look(&h, &public, 0, 0, hash);
	ck_assert_uint_eq(h.n, 1);
	ck_assert_int_eq(h.kind[0], FOUND_HASH);
}
END_TEST

/* The whole archive made again by somebody with another key: no hash is wrong, every signature is.
 */
START_TEST(another_key)
{
	struct heard h;
	make_archive();
	look(&h, &other, 0, 0, NULL);
	ck_assert_uint_eq(h.n, 3);
	for (size_t i = 0; i < h.n; i++)
		ck_assert_int_eq(h.kind[i], FOUND_OTHER_KEY);
}
END_TEST

START_TEST(an_empty_archive)
{
	struct heard h;
	struct verify_result r = look(&h, &public, 0, 0, NULL);
	ck_assert_uint_eq(r.days + r.open + h.n, 0);
	ck_assert_int_eq(r.last_day, DAY_NONE);
	struct verify_config c = {.root = "/nonexistent",
				  .sum = {.digest = &digest_sodium},
				  .sign = &sign_minisign,
				  .on_finding = on_finding,
				  .on_day = on_day,
				  .arg = &h};
	ck_assert_int_eq(verify_archive(&c, &r), E_NOTFOUND);
}
END_TEST

static TCase *all(void)
{
	TCase *t = tcase_create("archive");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_manifest_is_what_sha256sum_reads);
	tcase_add_test(t, reading_gives_back_what_was_written);
	tcase_add_test(t, manifests_that_are_none);
	tcase_add_test(t, sealing_again_changes_nothing);
	tcase_add_test(t, a_manifest_is_never_overwritten);
	tcase_add_test(t, days_without_files_have_no_manifest);
	tcase_add_test(t, what_is_no_file_of_ours_is_left_out);
	tcase_add_test(t, a_failure_at_each_step_is_repeated_safely);
	tcase_add_loop_test(t, tampering_is_named, 0, sizeof tamperings / sizeof *tamperings);
	tcase_add_test(t, the_chain);
	tcase_add_test(t, another_key);
	tcase_add_test(t, an_empty_archive);
	return t;
}

UNIT_MAIN("archive", all)
