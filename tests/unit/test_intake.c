/* The intake thread over real files: verdict, batches, end; held back by a full mailbox; stopped in
 * the middle; resumed after a crash. */
#include "engine/intake.h"

#include "adapters/exchange/exchange.h"
#include "engine/event.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD "市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,消込種別,残額\n"
#define ROW "202096,014,100,002,2026,2026,1,A1,1,\n"
enum { ROWS = MAX_BATCH_ROWS * 10 + 7, BATCHES = 11, WAIT_MS = 20000 };

static struct layouts *all;
static struct mailbox *to_engine, *rows;
static struct intake *in;
static struct intake_job job;

static void write_rows(const char *head, size_t n)
{
	size_t at = strlen(head), each = strlen(ROW);
	char *bytes = malloc(at + n * each + 1), path[64];

	memcpy(bytes, head, at);
	for (size_t i = 0; i < n; i++, at += each)
		memcpy(bytes + at, ROW, each);
	temp_file(path, "exchange", bytes, at);
	free(bytes);
	job = (struct intake_job){.intake = 7, .check = true};
	job.layout = exchange_files.layout_find(all, "payments");
	snprintf(job.path, sizeof job.path, "%s", path);
}

static void set_up(void)
{
	all = xrig_layouts();
	ck_assert_int_eq(mailbox_new(64, &to_engine), 0);
	ck_assert_int_eq(mailbox_new(MAX_BATCHES, &rows), 0);
	ck_assert_int_eq(intake_start(&exchange_files, to_engine, rows, &in), 0);
}

static void tear_down(void)
{
	intake_stop(in);
	in = NULL;
	mailbox_free(to_engine, event_free);
	mailbox_free(rows, event_free);
	exchange_files.layouts_free(all);
	unlink(job.path);
}

/* The next event of the mailbox, which must be of this kind. */
static struct event *take(struct mailbox *box, enum event_kind kind)
{
	struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
	struct event *e;

	while (!(e = mailbox_take(box)))
		ck_assert_int_eq(poll(&p, 1, WAIT_MS), 1);
	ck_assert_int_eq((int)e->kind, (int)kind);
	return e;
}

static void take_verdict(int err, uint32_t n)
{
	struct event *e = take(to_engine, EV_INTAKE_CHECKED);

	ck_assert_uint_eq(e->checked.intake, 7);
	ck_assert_int_eq(e->checked.err, err);
	if (!err)
		ck_assert_uint_eq(e->checked.rows, n);
	else
		ck_assert_str_ne(e->checked.why.words, "");
	event_free(e);
}

static void take_end(void)
{
	struct event *e = take(rows, EV_INTAKE_END);

	ck_assert_uint_eq(e->checked.intake, 7);
	ck_assert_int_eq(e->checked.err, 0);
	event_free(e);
}

/* All batches from row `first` on, without a gap. */
static void take_batches(uint32_t first, int batches)
{
	for (int i = 0; i < batches; i++) {
		struct event *e = take(rows, EV_ROWS);
		ck_assert_uint_eq(e->batch->intake, 7);
		ck_assert_uint_eq(e->batch->first_row, first);
		ck_assert_uint_eq(e->batch->n, e->batch->last_row - first + 1);
		first = e->batch->last_row + 1;
		event_free(e);
	}
	ck_assert_uint_eq(first, ROWS + 1);
}

START_TEST(a_verdict_then_batches_then_the_end)
{
	write_rows(HEAD, ROWS);
	ck_assert_int_eq(intake_post(in, &job), 0);
	take_verdict(0, ROWS);
	take_batches(1, BATCHES);
	take_end();
}
END_TEST

START_TEST(a_refused_file_gives_no_rows)
{
	write_rows("色\n", 3);
	ck_assert_int_eq(intake_post(in, &job), 0);
	take_verdict(E_INVALID, 0);
	unlink(job.path);
	write_rows(HEAD, 0);
	ck_assert_int_eq(intake_post(in, &job), 0);
	take_verdict(0, 0);
	take_end(); /* of the second file: the first gave nothing here */
}
END_TEST

START_TEST(after_a_crash_the_rest)
{
	write_rows(HEAD, ROWS);
	job.check = false;
	job.skip_rows = MAX_BATCH_ROWS * 3 + 5;
	ck_assert_int_eq(intake_post(in, &job), 0);
	take_batches(MAX_BATCH_ROWS * 3 + 6, BATCHES - 3);
	take_end();
	ck_assert_ptr_null(mailbox_take(to_engine));
}
END_TEST

START_TEST(an_engine_that_is_busy_holds_it_back)
{
	write_rows(HEAD, ROWS);
	ck_assert_int_eq(intake_post(in, &job), 0);
	take_verdict(0, ROWS);
	for (int i = 0; i < 3000 && mailbox_count(rows) < MAX_BATCHES; i++)
		usleep(10000);
	ck_assert_uint_eq(mailbox_count(rows), MAX_BATCHES);
	usleep(100000);
	ck_assert_uint_eq(mailbox_count(rows), MAX_BATCHES);
	take_batches(1, BATCHES);
	take_end();
}
END_TEST

START_TEST(a_stop_is_heard_while_it_waits)
{
	write_rows(HEAD, ROWS);
	ck_assert_int_eq(intake_post(in, &job), 0);
	take_verdict(0, ROWS);
	for (int i = 0; i < 3000 && mailbox_count(rows) < MAX_BATCHES; i++)
		usleep(10000);
	intake_stop(in); /* the test's time-out is the assertion */
	in = NULL;
	ck_assert_uint_eq(mailbox_count(rows), MAX_BATCHES);
	intake_stop(NULL);
}
END_TEST

START_TEST(a_file_that_went_away_is_an_error)
{
	write_rows(HEAD, 1);
	unlink(job.path);
	job.check = false;
	ck_assert_int_eq(intake_post(in, &job), 0);
	struct event *e = take(rows, EV_INTAKE_END);
	ck_assert_int_eq(e->checked.err, E_NOTFOUND);
	event_free(e);
}
END_TEST

START_TEST(jobs_wait_in_a_bounded_queue)
{
	int posted = 0, err = 0;

	write_rows(HEAD, ROWS);
	while (posted < 100000 && (err = intake_post(in, &job)) == 0)
		posted++;
	ck_assert_int_eq(err, E_FULL);
}
END_TEST

static TCase *intake_case(void)
{
	TCase *t = tcase_create("intake");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_verdict_then_batches_then_the_end);
	tcase_add_test(t, a_refused_file_gives_no_rows);
	tcase_add_test(t, after_a_crash_the_rest);
	tcase_add_test(t, an_engine_that_is_busy_holds_it_back);
	tcase_add_test(t, a_stop_is_heard_while_it_waits);
	tcase_add_test(t, a_file_that_went_away_is_an_error);
	tcase_add_test(t, jobs_wait_in_a_bounded_queue);
	return t;
}

UNIT_MAIN("intake", intake_case)
