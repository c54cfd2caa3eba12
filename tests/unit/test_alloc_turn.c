/*
 * One whole life on fakes (file, run, call, outcome, answer files), with each
 * allocation of the engine failed in its turn: in the engine's own thread, and in
 * the threads that read and build files. The work is done again: the call is made
 * once, the debt gets exactly one result and the file exactly one receipt, what was kept
 * of the call is in its files (or, where the archiver's thread had no memory, on record as
 * lost), nothing hangs until a restart, and nothing aborts: what follows a commit needs no memory.
 * AddressSanitizer's round says that nothing stays behind.
 *
 * Fakes answer in post(): what they do for other threads does not fail here, but a
 * channel may have no memory for an intent, which is then dropped and made again. The
 * engine's wait before it tries again takes 1 ms.
 */
#include "engine/turn/turn.h"
#include "tests/support/fallible.h"

#include <sys/wait.h>

/* Everything fails only inside the engine's own turn: a test that looks at the store may not. */
static int fallible_turn(struct engine *engine, int wait)
{
	fallible_resume();
	int err = engine_turn(engine, wait);
	fallible_pause();
	return err;
}
#define engine_turn fallible_turn
#include "tests/unit/turn_rig.inc"

#include "engine/turn/soundrec.h"

enum { KEPT = 2 };
static const struct fake_call kept_call = {
    .answered = true, .code = OUT_ANSWERED, .heard = true, .sounds = KEPT};

#define TWO_ROWS                                                                                   \
	"T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m\n"                            \
	"E E0002 項目がおかしい\n"

/* ---- the fakes' own allocations ---- */

static int sure_voice_post(struct voice *v, const struct voice_cmd *cmd)
{
	void *order = fallible_malloc(1);
	if (!order)
		return E_NOMEM;
	free(order);
	fallible_pause();
	int err = voice_post(v, cmd);
	fallible_resume();
	return err;
}

static struct speech_ops speech_ops;
static int sure_speech_post(struct speech *s, struct speech_job *job)
{
	fallible_pause();
	int err = speech_fake.post(s, job);
	fallible_resume();
	return err;
}

static struct exchange_ops exchange_ops;
static int sure_reader_next(struct exchange_reader *r, struct row_batch **ret_batch)
{
	fallible_pause();
	int err = exchange_fake.reader_next(r, ret_batch);
	fallible_resume();
	return err;
}

/* The real local drop's work, whose allocations may fail; the message about it may not. */
static int sure_drop_post(struct drop *d, const struct drop_job *job)
{
	fallible_pause();
	struct event *ev = event_new(EV_DROP_DONE);
	ev->drop = calloc(1, sizeof *ev->drop);
	if (job->kind == DROP_PUT)
		check_put(job);
	fallible_resume();
	drop_local.perform(d, job, ev->drop);
	fallible_pause();
	ck_assert_int_eq(mailbox_post(drop_box, ev), 0);
	fallible_resume();
	return 0;
}

/* ---- the life ---- */

static bool over(void)
{
	return records(T_RUN) == 1 && run_of(1).state == RUN_CLOSED && !work_left() &&
	       !e->sounds.list && !e->sounds.posted && out_rows("results", "result=") > 0 &&
	       out_rows("receipt", "rows_taken=1") > 0 && out_rows("contacts", "outcome=") > 0 &&
	       out_rows("errors", "code=E0002") > 0;
}

/* A retry that waits for seconds of real time is brought forward. */
static void hurry(void)
{
	for (struct again *a = e->reload; a; a = a->next)
		a->boot_ms = 0;
	for (struct again *a = e->again; a; a = a->next)
		a->boot_ms = 0;
	for (struct file_work *w = e->n_drops ? e->drops[0].work : NULL; w; w = w->next)
		w->not_before_real = 0;
	if (e->n_drops)
		e->drops[0].poll_real = 0;
}

static bool turns_until(bool (*done)(void))
{
	int64_t end = clock_boot_ms() + 60000;
	while (!done()) {
		if (clock_boot_ms() > end)
			return false;
		ck_assert_int_eq(turn(), 0);
		hurry();
	}
	return true;
}

static bool drafted(void)
{
	return records(T_RUN) == 1 && run_of(1).loaded;
}

/* The call that the channel took; one that it had no memory for comes before it. */
static uint64_t call(void)
{
	return attempts();
}

static bool dropped(void)
{
	return attempts() == 1 && attempt_of(1).state == ATTEMPT_DROPPED;
}

static bool tried(void)
{
	return attempts() > 0 && (dropped() || attempt_of(call()).state != ATTEMPT_INTENDED);
}

static void command_once(enum control_method m)
{
	struct said s = {0};
	struct json *params = json_new_object();
	struct event *ev = event_new(EV_COMMAND);
	json_put_int(params, "run", 1);
	s.command = (struct command){.method = &control_methods[m], .params = params};
	snprintf(s.command.who.user, sizeof s.command.who.user, "kacho");
	snprintf(s.command.who.department, sizeof s.command.who.department, "zeimu");
	ev->command = &s.command;
	ck_assert_int_eq(mailbox_post(e->inbox, ev), 0);
	for (int i = 0; i < 400 && !s.replied; i++)
		ck_assert_int_eq(turn(), 0);
	ck_assert_msg(s.replied, "no reply");
	json_free(params);
}

/* A command that memory refused is given again, as a person would. */
static void sure_must(enum control_method m, enum run_state to)
{
	for (int i = 0; i < 3 && run_of(1).state != to; i++)
		command_once(m);
	ck_assert_int_eq(run_of(1).state, to);
}

static void live(void)
{
	put_file("drop/in/targets-1a", TWO_ROWS);
	ck_assert_msg(turns_until(drafted), "never loaded");
	sure_must(M_RUN_SUBMIT, RUN_SUBMITTED);
	sure_must(M_RUN_APPROVE, RUN_APPROVED);
	sure_must(M_RUN_START, RUN_RUNNING);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	ck_assert_msg(turns_until(tried), "never called");
	if (dropped())
		ck_assert_int_eq(clock_jump(at(7, 9, 5)), 0);
	ck_assert_msg(turns_until(over), "no answers");
}

static void check_once(void)
{
	ck_assert_msg(voice_posts == 1 && attempts() <= 2, "called %zu times", voice_posts);
	ck_assert_uint_eq(run_of(1).dropped, attempts() - 1);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	ck_assert_uint_eq(target_of(1, "p1").n_past, 1);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	ck_assert_int_eq(attempt_of(call()).code, OUT_ANSWERED);
	ck_assert_uint_eq(run_of(1).calls, attempts());
	ck_assert_uint_eq(records(T_INTAKE), 1);
	ck_assert_str_eq(attempt_of(call()).digits, "09011112222");
	ck_assert_uint_eq(out_rows("results", "result="), 1);
	ck_assert_uint_eq(out_rows("contacts", "outcome="), 1);
	ck_assert_uint_eq(out_rows("receipt", "rows_taken=1"), 1);
	ck_assert_uint_eq(out_rows("errors", "code=E0002"), 1);
	/* a fetch that failed took an id with it */
	ck_assert(there("drop/in/taken/targets-1a.1") || there("drop/in/taken/targets-1a.2"));
	ck_assert_uint_eq(e->preparing, 0);
	ck_assert_uint_eq(e->files_in + e->files_out, 0);
	ck_assert(!alerted("commit"));
}

static void check_sounds(enum fallible_how how)
{
	ck_assert_uint_eq(records(T_SOUND), KEPT);
	for (uint32_t n = 1; n <= KEPT; n++) {
		struct sound_rec r;
		char path[100], name[SOUND_NAME];
		ck_assert_int_eq(LOOK(db_sound_get(&tx, call(), n, &r)), 0);
		sound_name(&r, name);
		snprintf(path, sizeof path, "var/archive/2026/12/07/recordings/%s", name);
		ck_assert_msg(!r.lost[0] || how == FALLIBLE_THREADS, "%s", r.lost);
		ck_assert_int_eq(there(path), !r.lost[0]);
	}
}

static bool life(long n, enum fallible_how how)
{
	voice_posts = 0;
	n_puts = 0;
	start_rig((struct rig){0});
	voice_ops.post = sure_voice_post;
	speech_ops = speech_fake;
	speech_ops.post = sure_speech_post;
	ports.speech = &speech_ops;
	exchange_ops = exchange_fake;
	exchange_ops.reader_next = sure_reader_next;
	ports.exchange = &exchange_ops;
	drop_ops.post = sure_drop_post;
	engine_free(e);
	start_engine(); /* with these ports */
	script(NULL, kept_call);
	fallible_arm(n, how);
	fallible_pause();
	live();
	fallible_resume();
	bool struck = fallible_disarm();
	check_once();
	check_sounds(how);
	end_rig();
	return struck;
}

/* ---- the sweep: each life a process, so that a leak or a crash names its allocation ---- */

enum { STRUCK = 10, WHOLE = 11 };

static int in_child(long n, enum fallible_how how)
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		exit(life(n, how) ? STRUCK : WHOLE);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "allocation %ld: signal %d", n, WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void sweep(enum fallible_how how, long step)
{
	long n = 1, only = getenv("OSAME_N") ? atol(getenv("OSAME_N")) : 0;
	int code = STRUCK;
	fallible_short_waits(2);
	for (n = only ? only : 1; code == STRUCK; n += step) {
		code = in_child(n, how);
		ck_assert_msg(code == STRUCK || code == WHOLE, "allocation %ld: status %d", n,
			      code);
	}
	ck_assert_int_gt(n, 10);
	if (getenv("OSAME_SHOW"))
		printf("how %d: %ld\n", (int)how, n);
}

START_TEST(each_allocation_of_the_engine_thread)
{
	sweep(FALLIBLE_ONCE, 1);
}
END_TEST

/* What an effect does when memory refuses it, and what it asks for then, refused too. */
START_TEST(four_in_a_row)
{
	sweep(FALLIBLE_FEW, 3);
}
END_TEST

START_TEST(each_allocation_of_the_file_threads)
{
	sweep(FALLIBLE_THREADS, 1);
}
END_TEST

static TCase *engine_case(void)
{
	TCase *t = tcase_create("engine thread");
	tcase_set_timeout(t, 600);
	tcase_add_test(t, each_allocation_of_the_engine_thread);
	tcase_add_test(t, four_in_a_row);
	return t;
}

static TCase *files_case(void)
{
	TCase *t = tcase_create("file threads");
	tcase_set_timeout(t, 600);
	tcase_add_test(t, each_allocation_of_the_file_threads);
	return t;
}

UNIT_MAIN("alloc turn", engine_case, files_case)
