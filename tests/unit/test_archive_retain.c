/* Deleting what is over its time: a crash at any step of it leaves no copy of a file behind. */
#include "engine/archive/retain.h"
#include "tests/unit/archive_rig.inc"

static const char *copy_of(const char *path)
{
	char name[200];
	snprintf(name, sizeof name, "taken/%.150s", strchr(path, '/') + 1);
	return at(name);
}

static int remove_copy(void *arg, int32_t day, const char *path)
{
	(void)arg;
	(void)day;
	int err = afile_remove_durable(copy_of(path));
	return err == E_NOTFOUND ? 0 : err;
}

static int put_copy(void *arg, const char *name, const void *p, size_t n)
{
	(void)arg;
	(void)name;
	(void)p;
	(void)n;
	return 0;
}

/* As the engine goes on after a crash: a class that still has files is deleted. */
static int delete_what_stands(struct retained *ret)
{
	const struct retain_config c = {.seal = seal,
					.kept = "1 d",
					.by = "hanako",
					.at_ms = 1,
					.copy = put_copy,
					.copies = remove_copy};
	struct retain_day there;
	int err = retain_look(root, day_no(7), &there);
	*ret = (struct retained){0};
	for (size_t i = 0; !err && i < there.n; i++)
		err = retain_delete(&c, day_no(7), there.list[i].name, ret);
	return err;
}

START_TEST(no_copy_outlives_a_deletion_that_stopped_anywhere)
{
	log_level_set((enum log_level)(LOG_ERROR + 1));
	for (int step = 1;; step++) {
		struct retained done;
		put("2026/12/07/exchange-in/a.csv", "1");
		put("2026/12/07/exchange-in/b.csv", "2");
		put("taken/a.csv", "1");
		put("taken/b.csv", "2");
		must_seal(7);
		countdown = step;
		afile_sys_for_tests(&failing);
		int err = delete_what_stands(&done);
		afile_sys_for_tests(NULL);
		bool struck = countdown == 0;
		ck_assert_int_eq(delete_what_stands(&done), 0);
		const char *const gone[] = {"2026/12/07/exchange-in/a.csv",
					    "2026/12/07/exchange-in/b.csv", "taken/a.csv",
					    "taken/b.csv"};
		for (size_t k = 0; k < sizeof gone / sizeof *gone; k++)
			ck_assert_msg(access(at(gone[k]), F_OK) != 0, "step %d left %s", step,
				      gone[k]);
		ck_assert_int_eq(access(at("2026/12/07/deleted.exchange-in.sha256.minisig"), F_OK),
				 0);
		temp_remove(root);
		ck_assert_int_eq(mkdir(root, 0700), 0);
		if (!struck) {
			ck_assert_int_eq(err, 0);
			ck_assert_int_gt(step, 15);
			return;
		}
	}
}
END_TEST

static TCase *all(void)
{
	TCase *t = tcase_create("retain");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, no_copy_outlives_a_deletion_that_stopped_anywhere);
	return t;
}

UNIT_MAIN("archive-retain", all)
