/*
 * The text port's contract, against the fake and against Kannel's adapter (whose
 * gateway is an HTTP stub here; the real Kannel is in tests/flow/test_text.py);
 * then what only the adapter can get wrong.
 */
#include "adapters/text/gateway.h"
#include "adapters/sign/digest.h"
#include "engine/event.h"
#include "engine/text.h"
#include "tests/support/fake_text.h"
#include "tests/support/stub_http.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FAKE, KANNEL, SUBJECTS };
enum { TIMEOUT_MS = 400 };

static const struct text_ops *ops;
static struct text *text;
static struct mailbox *engine;
static struct stub_http *stub; /* KANNEL only */
static struct text_config config;

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void begin(int subject, size_t most_events, int in_flight)
{
	ck_assert_int_eq(digest_sodium.init(), 0);
	ck_assert_int_eq(mailbox_new(most_events, &engine), 0);
	config = (struct text_config){.in_flight = in_flight,
				      .receipt_bind = "127.0.0.1",
				      .n_gateways = 1,
				      .gateway = {{.id = "one",
						   .kind = "kannel",
						   .user = "u&er",
						   .password = "p+ss %41",
						   .timeout_ms = TIMEOUT_MS,
						   .validity_min = 60,
						   .smsc = "fake"}}};
	memset(config.receipt_key, 7, sizeof config.receipt_key);
	ops = subject == FAKE ? &text_fake : &text_gateways;
	if (subject == KANNEL) {
		stub = stub_http_start();
		ck_assert_ptr_nonnull(stub);
		snprintf(config.gateway[0].url, sizeof config.gateway[0].url,
			 "http://127.0.0.1:%d/cgi-bin/sendsms", stub_http_port(stub));
	}
	ck_assert_int_eq(ops->start(&config, engine, &text), 0);
}

static void end(void)
{
	ops->stop(text);
	text = NULL;
	mailbox_free(engine, event_free);
	if (stub)
		stub_http_stop(stub);
	stub = NULL;
}

static void mode(enum fake_text_mode m)
{
	static const int status[] = {[FAKE_TEXT_ACCEPT] = 202,
				     [FAKE_TEXT_REFUSE] = 403,
				     [FAKE_TEXT_RETRY] = 503,
				     [FAKE_TEXT_UNKNOWN] = STUB_CLOSE,
				     [FAKE_TEXT_HOLD] = STUB_HOLD};
	if (stub)
		stub_http_answer(stub, status[m], "");
	else
		fake_text_mode(text, m);
}

static int post_to(uint64_t attempt, const char *to, const char *words)
{
	struct text_message *m = calloc(1, sizeof *m);
	ck_assert_ptr_nonnull(m);
	m->attempt = attempt;
	snprintf(m->to, sizeof m->to, "%s", to);
	snprintf(m->from, sizeof m->from, "0265784111");
	m->text = strdup(words);
	int err = ops->post(
	    text, &(struct text_cmd){.kind = TC_SUBMIT, .attempt = attempt, .message = m});
	if (err)
		text_message_free(m);
	return err;
}

static void submit(uint64_t attempt)
{
	ck_assert_int_eq(post_to(attempt, "09012345678", "伊那市役所です。"), 0);
}

static void send_recall(uint64_t attempt)
{
	ck_assert_int_eq(ops->post(text, &(struct text_cmd){.kind = TC_RECALL, .attempt = attempt}),
			 0);
}

static size_t sent(uint64_t attempt)
{
	char path[64];
	snprintf(path, sizeof path, "%%2Freceipt%%2F%llu%%2F", (unsigned long long)attempt);
	return stub ? stub_http_count(stub, path) : fake_text_sent(text, attempt);
}

static void wait_sent(uint64_t attempt)
{
	for (int i = 0; i < 1000 && sent(attempt) == 0; i++)
		nap();
	ck_assert_uint_eq(sent(attempt), 1);
}

/* The next event, which must be of this kind and attempt. The caller frees it. */
static struct event *await(enum event_kind kind, uint64_t attempt)
{
	struct event *e = NULL;
	for (int i = 0; i < 1000 && !(e = mailbox_take(engine)); i++) {
		if (!stub)
			fake_text_tick(text);
		nap();
	}
	if (e && e->kind == EV_GATEWAY && kind != EV_GATEWAY) { /* beside the message's own */
		event_free(e);
		return await(kind, attempt);
	}
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->kind, kind);
	ck_assert_uint_eq(e->attempt, attempt);
	return e;
}

static void expect(enum event_kind kind, uint64_t attempt)
{
	event_free(await(kind, attempt));
}

static void expect_result(uint64_t attempt, enum text_result result)
{
	struct event *e = await(EV_SMS_RESULT, attempt);
	ck_assert_int_eq(e->sms.result, result);
	ck_assert((e->sms.retry_ms > 0) == (result == TEXT_RETRY));
	event_free(e);
}

/* ---- the contract ---- */

static const struct {
	enum fake_text_mode mode;
	enum text_result result;
} answers[] = {
    {FAKE_TEXT_ACCEPT, TEXT_ACCEPTED},
    {FAKE_TEXT_REFUSE, TEXT_REFUSED},
    {FAKE_TEXT_RETRY, TEXT_RETRY},
    {FAKE_TEXT_UNKNOWN, TEXT_UNKNOWN},
};

START_TEST(each_answer_becomes_one_result)
{
	begin(_i, 16, 4);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		mode(answers[i].mode);
		submit(100 + i);
		expect_result(100 + i, answers[i].result);
		ck_assert_uint_eq(sent(100 + i), 1);
	}
	nap();
	ck_assert_ptr_null(mailbox_take(engine));
	end();
}
END_TEST

START_TEST(a_recall_stops_what_waits_and_not_what_flies)
{
	begin(_i, 16, 1);
	mode(FAKE_TEXT_HOLD);
	submit(1);
	wait_sent(1);
	submit(2);
	submit(3);
	send_recall(2);
	expect(EV_DROPPED, 2);
	send_recall(1);
	expect(EV_TOO_LATE, 1);
	mode(FAKE_TEXT_ACCEPT);
	expect_result(1, TEXT_ACCEPTED);
	expect_result(3, TEXT_ACCEPTED);
	send_recall(3);
	expect(EV_TOO_LATE, 3);
	send_recall(77); /* never posted: not ours to promise anything */
	expect(EV_TOO_LATE, 77);
	ck_assert_uint_eq(sent(2), 0);
	end();
}
END_TEST

START_TEST(nothing_is_lost_when_the_engine_is_slow)
{
	begin(_i, 1, 4);
	for (uint64_t i = 1; i <= 12; i++)
		submit(i);
	send_recall(12);
	for (uint64_t i = 1; i <= 11; i++)
		for (int k = 0; stub && k < 1000 && !sent(i); k++)
			nap();
	size_t seen[13] = {0}, results = 0, rest = 0;
	for (int i = 0; i < 13; i++) {
		struct event *e = NULL;
		for (int k = 0; k < 1000 && !(e = mailbox_take(engine)); k++) {
			if (!stub)
				fake_text_tick(text);
			nap();
		}
		ck_assert_ptr_nonnull(e);
		ck_assert_uint_le(e->attempt, 12);
		seen[e->attempt]++;
		if (e->kind == EV_SMS_RESULT)
			results++;
		else
			rest++;
		event_free(e);
		if (seen[12] == 1 && results + rest == 12 && rest == 1 && results == 11)
			break; /* the recall came in time */
	}
	for (size_t i = 1; i <= 11; i++)
		ck_assert_uint_eq(seen[i], 1);
	ck_assert_uint_ge(seen[12], 1);
	end();
}
END_TEST

START_TEST(what_must_not_leave_is_dropped)
{
	static char longest[3 * 671 + 1];
	begin(_i, 16, 4);
	for (size_t i = 0; i < 670; i++)
		strcat(longest, "あ");
	ck_assert_int_eq(post_to(1, "0265784111", "固定電話"), 0);
	expect(EV_DROPPED, 1);
	ck_assert_int_eq(post_to(2, "09001234567", "0900"), 0);
	expect(EV_DROPPED, 2);
	ck_assert_int_eq(post_to(3, "090-1234-5678", "hyphens"), 0);
	expect(EV_DROPPED, 3);
	ck_assert_int_eq(post_to(4, "09012345678", ""), 0);
	expect(EV_DROPPED, 4);
	ck_assert_int_eq(post_to(5, "09012345678", "a\nb"), 0);
	expect(EV_DROPPED, 5);
	ck_assert_int_eq(post_to(6, "09012345678", "\xff"), 0);
	expect(EV_DROPPED, 6);
	ck_assert_int_eq(post_to(7, "09012345678", longest), 0); /* just fits */
	expect_result(7, TEXT_ACCEPTED);
	strcat(longest, "あ");
	ck_assert_int_eq(post_to(8, "09012345678", longest), 0);
	expect(EV_DROPPED, 8);
	for (uint64_t i = 1; i <= 8; i++)
		ck_assert_uint_eq(sent(i), i == 7);
	end();
}
END_TEST

START_TEST(stopping_certifies_what_was_not_sent)
{
	begin(_i, 16, 1);
	mode(FAKE_TEXT_HOLD);
	submit(1);
	wait_sent(1);
	submit(2);
	ops->stop(text);
	text = NULL;
	bool dropped = false, unknown = false;
	struct event *e;
	while ((e = mailbox_take(engine)) != NULL) {
		dropped |= e->kind == EV_DROPPED && e->attempt == 2;
		unknown |=
		    e->kind == EV_SMS_RESULT && e->attempt == 1 && e->sms.result == TEXT_UNKNOWN;
		event_free(e);
	}
	ck_assert(dropped && unknown);
	ops->stop(NULL);
	end();
}
END_TEST

START_TEST(a_mad_configuration_is_refused)
{
	begin(_i, 16, 1);
	struct text *other = NULL;
	config.in_flight = 0;
	ck_assert_int_eq(ops->start(&config, engine, &other), E_INVALID);
	config.in_flight = MAX_SMS_IN_FLIGHT + 1;
	ck_assert_int_eq(ops->start(&config, engine, &other), E_INVALID);
	ck_assert_ptr_null(other);
	ck_assert_int_gt(ops->bound_port(text), 0);
	end();
}
END_TEST

/* ---- Kannel's adapter ---- */

/* The path of the receipt URL that request n carried, with "%d" replaced. */
static void receipt_path(size_t n, const char *status, char out[256])
{
	static char line[8192];
	stub_http_request(stub, n, line, sizeof line);
	char *p = strstr(line, "&dlr-url=");
	ck_assert_ptr_nonnull(p);
	p = strstr(p, "%2Freceipt%2F");
	ck_assert_ptr_nonnull(p);
	char *stop = strstr(p, "%3Fs%3D%25d");
	ck_assert_ptr_nonnull(stop);
	*stop = '\0';
	size_t k = 0;
	for (; *p; p++) {
		if (!strncmp(p, "%2F", 3)) {
			out[k++] = '/';
			p += 2;
		} else {
			out[k++] = *p;
		}
	}
	snprintf(out + k, 256 - k, "?s=%s", status);
}

START_TEST(the_request_is_escaped)
{
	static char line[8192];
	begin(KANNEL, 16, 4);
	setenv("http_proxy", "http://127.0.0.1:1", 1); /* must not be asked */
	ck_assert_int_eq(post_to(5, "09012345678", "税 a+b&c=d#"), 0);
	expect_result(5, TEXT_ACCEPTED);
	stub_http_request(stub, 0, line, sizeof line);
	static const char *const parts[] = {
	    "GET /cgi-bin/sendsms?coding=2&charset=UTF-8&dlr-mask=31",
	    "&username=u%26er",
	    "&password=p%2Bss%20%2541",
	    "&to=09012345678",
	    "&from=0265784111",
	    "&text=%E7%A8%8E%20a%2Bb%26c%3Dd%23",
	    "&dlr-url=http%3A%2F%2F127.0.0.1%3A",
	    "%3Fs%3D%25d&smsc=fake&validity=60 HTTP/1.1",
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		ck_assert_msg(strstr(line, parts[i]) != NULL, "%s not in %s", parts[i], line);
	end();
}
END_TEST

static const struct {
	int status;
	enum text_result result;
} statuses[] = {
    {200, TEXT_UNKNOWN}, {202, TEXT_ACCEPTED}, {302, TEXT_UNKNOWN}, {400, TEXT_REFUSED},
    {401, TEXT_RETRY},   {403, TEXT_REFUSED},  {404, TEXT_RETRY},   {500, TEXT_UNKNOWN},
    {502, TEXT_UNKNOWN}, {503, TEXT_RETRY},    {504, TEXT_UNKNOWN},
};

START_TEST(statuses_become_results)
{
	begin(KANNEL, 16, 4);
	stub_http_answer(stub, statuses[_i].status, "Location: /elsewhere\r\n");
	submit(9);
	struct event *e = await(EV_SMS_RESULT, 9);
	ck_assert_int_eq(e->sms.result, statuses[_i].result);
	ck_assert_int_eq(e->sms.code, statuses[_i].status);
	event_free(e);
	ck_assert_uint_eq(stub_http_count(stub, "GET"), 1); /* and no redirect was followed */
	end();
}
END_TEST

START_TEST(retry_after_is_kept)
{
	begin(KANNEL, 16, 4);
	stub_http_answer(stub, 503, "Retry-After: 7\r\n");
	submit(9);
	struct event *e = await(EV_SMS_RESULT, 9);
	ck_assert_int_eq(e->sms.retry_ms, 7000);
	event_free(e);
	end();
}
END_TEST

/* A connection that was good once is not used again: libcurl would send twice. */
START_TEST(a_lost_answer_is_unknown_and_sent_once)
{
	begin(KANNEL, 16, 4);
	submit(1);
	expect_result(1, TEXT_ACCEPTED);
	stub_http_answer(stub, STUB_CLOSE, "");
	submit(2);
	expect_result(2, TEXT_UNKNOWN);
	stub_http_answer(stub, STUB_HOLD, "");
	submit(3);
	expect_result(3, TEXT_UNKNOWN); /* the time-out */
	for (int i = 0; i < 40; i++)
		nap();
	for (uint64_t i = 1; i <= 3; i++)
		ck_assert_uint_eq(sent(i), 1);
	end();
}
END_TEST

START_TEST(no_connection_means_certainly_not_sent)
{
	begin(KANNEL, 16, 4);
	ops->stop(text);
	stub_http_stop(stub); /* its port answers nobody now */
	ck_assert_int_eq(ops->start(&config, engine, &text), 0);
	submit(1);
	expect_result(1, TEXT_RETRY);
	ops->stop(text);
	snprintf(config.gateway[0].url, sizeof config.gateway[0].url,
		 "http://no-such-host.invalid/");
	ck_assert_int_eq(ops->start(&config, engine, &text), 0);
	submit(2);
	expect_result(2, TEXT_RETRY);
	ops->stop(text);
	snprintf(config.gateway[0].url, sizeof config.gateway[0].url,
		 "file:///etc/hostname"); /* a protocol we do not speak */
	ck_assert_int_eq(ops->start(&config, engine, &text), 0);
	submit(3);
	expect_result(3, TEXT_RETRY);
	stub = stub_http_start();
	end();
}
END_TEST

START_TEST(receipts_pass_in_order_late_twice_and_before_the_answer)
{
	static const struct {
		const char *s;
		enum text_receipt receipt;
		int code;
	} list[] = {{"8", RECEIPT_BUFFERED, 8},  {"1", RECEIPT_DELIVERED, 1},
		    {"1", RECEIPT_DELIVERED, 1}, {"4", RECEIPT_BUFFERED, 4},
		    {"2", RECEIPT_FAILED, 2},    {"16", RECEIPT_REJECTED, 16}};
	char path[256];
	begin(KANNEL, 16, 1);
	mode(FAKE_TEXT_HOLD);
	submit(18446744073709551000u);
	wait_sent(18446744073709551000u);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		receipt_path(0, list[i].s, path);
		ck_assert_int_eq(stub_http_get(ops->bound_port(text), "GET", path), 200);
	}
	mode(FAKE_TEXT_ACCEPT);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		struct event *e = await(EV_SMS_RECEIPT, 18446744073709551000u);
		ck_assert_int_eq(e->receipt.receipt, list[i].receipt);
		ck_assert_int_eq(e->receipt.code, list[i].code);
		event_free(e);
	}
	expect_result(18446744073709551000u, TEXT_ACCEPTED);
	end();
}
END_TEST

START_TEST(a_forged_receipt_is_refused)
{
	char path[256], good[256];
	begin(KANNEL, 16, 1);
	int port = ops->bound_port(text);
	submit(41);
	expect_result(41, TEXT_ACCEPTED);
	receipt_path(0, "1", good);
	memcpy(path, good, sizeof path);
	path[20] = path[20] == 'a' ? 'b' : 'a'; /* inside the HMAC */
	ck_assert_int_eq(stub_http_get(port, "GET", path), 403);
	memcpy(path, good, sizeof path);
	path[10] = '2'; /* another attempt */
	ck_assert_int_eq(stub_http_get(port, "GET", path), 403);
	static const char *const bad[] = {"/",
					  "/receipt/",
					  "/receipt/41",
					  "/receipt/41/",
					  "/receipt/41/?s=1",
					  "/receipt/041/00?s=1",
					  "/receipt/-1/00?s=1",
					  "/receipt//?s=1",
					  "/receipt/99999999999999999999999/00?s=1",
					  "/status"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(stub_http_get(port, "GET", bad[i]) == 403, "%s", bad[i]);
	snprintf(path, sizeof path, "/receipt/0%.240s",
		 good + 9); /* the same number, another spelling */
	ck_assert_int_eq(stub_http_get(port, "GET", path), 403);
	ck_assert_int_eq(stub_http_get(port, "POST", good), 405);
	static const char *const odd[] = {"", "3", "%2531", "01", "1x"};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		receipt_path(0, odd[i], path);
		ck_assert_msg(stub_http_get(port, "GET", path) == 400, "%s", odd[i]);
	}
	ck_assert_ptr_null(mailbox_take(engine));
	ck_assert_int_eq(stub_http_get(port, "GET", good), 200);
	expect(EV_SMS_RECEIPT, 41);
	end();
}
END_TEST

START_TEST(a_receipt_that_the_engine_cannot_take_comes_again)
{
	char path[256];
	begin(KANNEL, 1, 1);
	submit(41);
	expect_result(41, TEXT_ACCEPTED);
	receipt_path(0, "1", path);
	ck_assert_int_eq(stub_http_get(ops->bound_port(text), "GET", path), 200);
	ck_assert_int_eq(stub_http_get(ops->bound_port(text), "GET", path), 503);
	expect(EV_SMS_RECEIPT, 41);
	ck_assert_int_eq(stub_http_get(ops->bound_port(text), "GET", path), 200);
	expect(EV_SMS_RECEIPT, 41);
	end();
}
END_TEST

START_TEST(a_listener_that_cannot_be_is_an_error)
{
	struct text *other = NULL;
	begin(KANNEL, 1, 1);
	config.receipt_port = ops->bound_port(text); /* taken */
	ck_assert_int_eq(ops->start(&config, engine, &other), E_IO);
	config.receipt_port = 70000;
	ck_assert_int_eq(ops->start(&config, engine, &other), E_INVALID);
	config.receipt_port = 0;
	snprintf(config.receipt_bind, sizeof config.receipt_bind, "localhost.example");
	ck_assert_int_eq(ops->start(&config, engine, &other), E_INVALID);
	snprintf(config.receipt_bind, sizeof config.receipt_bind, "192.0.2.1"); /* not ours */
	ck_assert_int_eq(ops->start(&config, engine, &other), E_IO);
	ck_assert_ptr_null(other);
	end();
}
END_TEST

static TCase *contract_case(void)
{
	TCase *t = tcase_create("contract");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_answer_becomes_one_result, 0, SUBJECTS);
	tcase_add_loop_test(t, a_recall_stops_what_waits_and_not_what_flies, 0, SUBJECTS);
	tcase_add_loop_test(t, nothing_is_lost_when_the_engine_is_slow, 0, SUBJECTS);
	tcase_add_loop_test(t, what_must_not_leave_is_dropped, 0, SUBJECTS);
	tcase_add_loop_test(t, stopping_certifies_what_was_not_sent, 0, SUBJECTS);
	tcase_add_loop_test(t, a_mad_configuration_is_refused, 0, SUBJECTS);
	return t;
}

static TCase *kannel_case(void)
{
	TCase *t = tcase_create("kannel");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_request_is_escaped);
	tcase_add_loop_test(t, statuses_become_results, 0, sizeof statuses / sizeof *statuses);
	tcase_add_test(t, retry_after_is_kept);
	tcase_add_test(t, a_lost_answer_is_unknown_and_sent_once);
	tcase_add_test(t, no_connection_means_certainly_not_sent);
	tcase_add_test(t, receipts_pass_in_order_late_twice_and_before_the_answer);
	tcase_add_test(t, a_forged_receipt_is_refused);
	tcase_add_test(t, a_receipt_that_the_engine_cannot_take_comes_again);
	tcase_add_test(t, a_listener_that_cannot_be_is_an_error);
	return t;
}

UNIT_MAIN("text", contract_case, kannel_case)
