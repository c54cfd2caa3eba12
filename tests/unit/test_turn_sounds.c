/*
 * Sound that is kept of calls, through the whole engine on fakes: its record with the
 * outcome, its file in the archive; what is lost is said and takes no outcome with it;
 * staff of the department alone type what they heard; it goes by itself when its time is
 * over, and its record with the run's data.
 */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/purge.h"
#include "engine/turn/sounds.h"
#include "engine/turn/soundrec.h"

#include <sys/stat.h>
#include <unistd.h>

#define DAY7 "var/archive/2026/12/07"
#define FIRST DAY7 "/recordings/call-0000000001-01.wav"

static struct sound_rec sound_of(uint64_t call, uint32_t n, int expect)
{
	struct sound_rec r = {.lost = "", .typed = "", .typed_by = "", .field = ""};
	ck_assert_int_eq(LOOK(db_sound_get(&tx, call, n, &r)), expect);
	return r;
}

static void rest(void)
{
	settle();
	for (int i = 0; i < 5000 && (e->archive.jobs || e->sounds.bytes || e->sounds.posted ||
				     e->purge.runs.n || mailbox_count(e->inbox));
	     i++)
		turn_and_wait();
	ck_assert_uint_eq(e->sounds.bytes, 0);
	ck_assert_uint_eq(e->sounds.posted, 0);
	ck_assert_ptr_null(e->sounds.list);
}

static void sleep_until(int64_t ms)
{
	ck_assert_int_eq(clock_jump(ms), 0);
	turns(2);
	rest();
}

/* One call at 9:00, of which `n` are kept. */
static void called(unsigned n, bool last_lost)
{
	fake_voice_script(e->voice, NULL,
			  &(struct fake_call){.answered = true,
					      .code = OUT_ANSWERED,
					      .heard = true,
					      .sounds = n,
					      .last_lost = last_lost});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	settle();
}

static void outcome_is_there(void)
{
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	ck_assert_uint_eq(out_rows("results", "result=10"), 1);
}

static off_t size_of(const char *name)
{
	struct stat st;
	char path[400];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	return st.st_size;
}

START_TEST(kept_with_the_outcome)
{
	start_rig((struct rig){0});
	called(3, true);
	rest();
	outcome_is_there();
	ck_assert_int_eq(size_of(FIRST), SOUND_WAV_HEADER + 8000);
	ck_assert_int_eq(size_of(DAY7 "/recordings/call-0000000001-02.wav"),
			 SOUND_WAV_HEADER + 8000);
	ck_assert(!there(DAY7 "/recordings/call-0000000001-03.wav"));
	struct sound_rec r = sound_of(1, 1, 0);
	ck_assert_str_eq(r.department, "zeimu");
	ck_assert_str_eq(r.field, "message");
	ck_assert_str_eq(r.lost, "");
	ck_assert_uint_eq(r.ms, 1000);
	ck_assert_uint_eq(r.at_ms, 1000);
	ck_assert_int_eq(r.day, civil_day_at(at(7, 9, 0)));
	ck_assert(r.message && r.ended_ms >= at(7, 9, 0));
	ck_assert_str_ne(sound_of(1, 3, 0).lost, ""); /* the channel had no room for it */
	sound_of(1, 4, E_NOTFOUND);
	end_rig();
}
END_TEST

/* A file stands where the folder must be: nothing can be written. */
START_TEST(a_disk_that_takes_nothing_loses_no_outcome)
{
	start_rig((struct rig){0});
	fake_voice_script(e->voice, NULL, &hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	char path[400];
	snprintf(path, sizeof path, "%s/" DAY7 "/recordings", folder);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert(fake_voice_end_as(
	    e->voice, 1,
	    (struct fake_call){
		.answered = true, .code = OUT_ANSWERED, .heard = true, .sounds = 2}));
	rest();
	outcome_is_there();
	ck_assert_str_ne(sound_of(1, 1, 0).lost, "");
	ck_assert_str_ne(sound_of(1, 2, 0).lost, "");
	end_rig();
}
END_TEST

START_TEST(an_orderly_end_writes_what_waits)
{
	start_rig((struct rig){0});
	called(2, false);
	crash(); /* the threads end in order; nobody hears the archiver any more */
	ck_assert(there(FIRST));
	rest();
	ck_assert_str_eq(sound_of(1, 1, 0).lost, "");
	end_rig();
}
END_TEST

/* Two calls end at once with all that may be kept of each: more than the archiver takes at a time,
 * so most of it still waits here as the engine ends. */
START_TEST(an_orderly_end_writes_more_than_fits)
{
	start_rig((struct rig){.lines = 2});
	fake_voice_script(e->voice, NULL, &hold_call);
	run_file("targets-1a", ONE TWO, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 2);
	for (uint64_t id = 1; id <= 2; id++)
		ck_assert(fake_voice_end_as(e->voice, id,
					    (struct fake_call){.answered = true,
							       .code = OUT_ANSWERED,
							       .heard = true,
							       .sounds = MAX_KEPT}));
	ck_assert_int_eq(turn(), 0);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(attempt_of(2).state, ATTEMPT_ENDED);
	size_t waiting = 0;
	for (const struct sound_file *f = e->sounds.list; f; f = f->next)
		waiting++;
	ck_assert_uint_gt(waiting, MAX_KEPT / 2);
	crash();
	for (uint64_t id = 1; id <= 2; id++)
		for (uint32_t n = 1; n <= MAX_KEPT; n++) {
			struct sound_rec r = sound_of(id, n, 0);
			char path[100], name[SOUND_NAME];
			sound_name(&r, name);
			snprintf(path, sizeof path, DAY7 "/recordings/%s", name);
			ck_assert_str_eq(r.lost, "");
			ck_assert_int_eq(size_of(path), SOUND_WAV_HEADER + 8000);
		}
	rest();
	end_rig();
}
END_TEST

static struct said type_as(const char *user, const char *params)
{
	struct json *j = NULL;
	ck_assert_int_eq(json_parse(params, strlen(params), JSON_DEPTH, &j), 0);
	return ask_as(user, M_RECORDING_TYPE, j);
}

START_TEST(staff_type_what_they_heard)
{
	start_rig((struct rig){0});
	called(1, false);
	rest();
	static const char first[] = "{\"call\":1,\"n\":1,\"words\":\"折返し希望\"}";
	ck_assert_int_eq(type_as("kaigo", first).err, E_NOTFOUND); /* the wall */
	ck_assert_int_eq(type_as("tanto", "{\"call\":1,\"n\":2,\"words\":\"x\"}").err, E_NOTFOUND);
	ck_assert_int_eq(type_as("tanto", "{\"call\":2,\"n\":1,\"words\":\"x\"}").err, E_NOTFOUND);
	ck_assert_str_eq(sound_of(1, 1, 0).typed, "");
	ck_assert_int_eq(type_as("tanto", first).err, 0);
	struct sound_rec r = sound_of(1, 1, 0);
	ck_assert_str_eq(r.typed, "折返し希望");
	ck_assert_str_eq(r.typed_by, "tanto");
	ck_assert(r.typed_ms > 0);
	ck_assert_int_eq(type_as("kacho", "{\"call\":1,\"n\":1,\"words\":\"折返し、午後\"}").err,
			 0);
	r = sound_of(1, 1, 0);
	ck_assert_str_eq(r.typed, "折返し、午後");
	ck_assert_str_eq(r.typed_by, "kacho");
	end_rig();
}
END_TEST

START_TEST(it_goes_by_itself)
{
	start_rig((struct rig){0});
	conf.retention =
	    (struct config_retention){.recordings = 30 * MS_PER_DAY, .run_data = 40 * MS_PER_DAY};
	called(1, false);
	go_to(at(18, 12, 0));
	settle_drop();
	rest();
	sleep_until(at(20, 12, 0));
	ck_assert(there(FIRST));
	sleep_until(at(7, 23, 0) + 30 * MS_PER_DAY); /* the day is not over so long */
	ck_assert(there(FIRST));
	sleep_until(at(8, 2, 0) + 30 * MS_PER_DAY);
	rest();
	ck_assert(!there(FIRST));
	ck_assert(there(DAY7 "/deleted.recordings.sha256"));
	ck_assert(there(DAY7 "/exchange-in/0000000001.targets-1a")); /* that class alone */
	ck_assert_uint_eq(records(T_SOUND), 1);
	sleep_until(at(20, 12, 0) + 60 * MS_PER_DAY);
	purge_add(e, 1); /* as `retention run` marks it */
	rest();
	ck_assert_uint_eq(records(T_ATTEMPT), 0);
	ck_assert_uint_eq(records(T_SOUND), 0);
	end_rig();
}
END_TEST

static TCase *sounds(void)
{
	TCase *t = tcase_create("sounds");
	tcase_set_timeout(t, 180);
	tcase_add_test(t, kept_with_the_outcome);
	tcase_add_test(t, a_disk_that_takes_nothing_loses_no_outcome);
	tcase_add_test(t, an_orderly_end_writes_what_waits);
	tcase_add_test(t, an_orderly_end_writes_more_than_fits);
	tcase_add_test(t, staff_type_what_they_heard);
	tcase_add_test(t, it_goes_by_itself);
	return t;
}

UNIT_MAIN("turn sounds", sounds)
