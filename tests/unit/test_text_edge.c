/*
 * The edge between "not sent" and "sent" of one message, step by step: a recall in
 * the mailbox just before its submission and just after, and a gateway whose
 * connection never comes about. libcurl's curl_multi_add_handle() is called through
 * this program, so that a test stands exactly at a submission.
 */
#include "adapters/sign/digest.h"
#include "adapters/text/gateway.h"
#include "engine/event.h"
#include "engine/mailbox.h"
#include "tests/support/stub_http.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct text_ops *const ops = &text_gateways;
static struct text *text;
static struct mailbox *engine;
static struct stub_http *stub;

/* In the text thread: `before` a submission is handed to libcurl, `after` it was. */
static struct step {
	void (*before)(void), (*after)(void);
} steps[8];
static _Atomic int submissions;

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	CURLMcode (*real)(CURLM *, CURL *);
	void *p = dlsym(RTLD_NEXT, "curl_multi_add_handle");
	memcpy(&real, &p, sizeof real);
	const struct step *s = &steps[submissions++];
	if (s->before)
		s->before();
	CURLMcode code = real(multi, easy);
	if (s->after)
		s->after();
	return code;
}

/* At the same stub, asked in this order: what the first certainly did not take goes to the second.
 */
static bool two_gateways;

static void begin(const char *url, int timeout_ms)
{
	struct text_config config = {.in_flight = 4,
				     .receipt_bind = "127.0.0.1",
				     .n_gateways = 1,
				     .gateway = {{.id = "one",
						  .kind = "kannel",
						  .user = "u",
						  .password = "p",
						  .timeout_ms = timeout_ms,
						  .validity_min = 60}}};
	snprintf(config.gateway[0].url, sizeof config.gateway[0].url, "%s", url);
	if (two_gateways) {
		config.n_gateways = 2;
		config.gateway[1] = config.gateway[0];
		snprintf(config.gateway[1].id, sizeof config.gateway[1].id, "two");
	}
	ck_assert_int_eq(digest_sodium.init(), 0);
	ck_assert_int_eq(mailbox_new(16, &engine), 0);
	ck_assert_int_eq(ops->start(&config, engine, &text), 0);
}

static void begin_with_stub(void)
{
	char url[64];
	stub = stub_http_start();
	ck_assert_ptr_nonnull(stub);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", stub_http_port(stub));
	begin(url, 20000);
}

static void end(void)
{
	ops->stop(text);
	mailbox_free(engine, event_free);
	stub_http_stop(stub);
}

static void submit(uint64_t attempt)
{
	struct text_message *m = calloc(1, sizeof *m);
	ck_assert_ptr_nonnull(m);
	m->attempt = attempt;
	snprintf(m->to, sizeof m->to, "09012345678");
	snprintf(m->from, sizeof m->from, "0265784111");
	m->text = strdup("伊那市役所です。");
	if (two_gateways)
		m->order = (struct text_order){.n = 2, .at = {0, 1}};
	ck_assert_int_eq(
	    ops->post(text,
		      &(struct text_cmd){.kind = TC_SUBMIT, .attempt = attempt, .message = m}),
	    0);
}

static void recall_2(void)
{
	ck_assert_int_eq(ops->post(text, &(struct text_cmd){.kind = TC_RECALL, .attempt = 2}), 0);
}

static size_t sent(uint64_t attempt)
{
	char path[64];
	snprintf(path, sizeof path, "%%2Freceipt%%2F%llu%%2F", (unsigned long long)attempt);
	return stub_http_count(stub, path);
}

/* The next event about this message, within a minute; of others nothing is said. */
static struct event *next_of(uint64_t attempt)
{
	for (int i = 0; i < 12000; i++) {
		struct event *e = mailbox_take(engine);
		if (e && e->attempt == attempt)
			return e;
		event_free(e);
		if (!e)
			nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	ck_abort_msg("nothing about message %llu", (unsigned long long)attempt);
	return NULL;
}

static sem_t reached, go_on;

static void stand_still(void)
{
	sem_post(&reached);
	sem_wait(&go_on);
}

/* The thread stands at message 9 while 1 and 2 are posted: it takes them together. */
static void post_both(void)
{
	sem_init(&reached, 0, 0);
	sem_init(&go_on, 0, 0);
	steps[0].before = stand_still;
	submit(9);
	sem_wait(&reached);
	submit(1);
	submit(2);
	sem_post(&go_on);
}

START_TEST(a_recall_in_the_mailbox_before_the_submission)
{
	begin_with_stub();
	steps[1].after = recall_2; /* 1 is submitted; 2 waits next in line */
	post_both();
	struct event *e = next_of(2);
	ck_assert_int_eq(e->kind, EV_DROPPED);
	event_free(e);
	submit(3);
	event_free(next_of(3));
	ck_assert_int_eq(submissions, 3); /* 9, 1, 3 */
	ck_assert_uint_eq(sent(1), 1);
	ck_assert_uint_eq(sent(2), 0);
	end();
}
END_TEST

START_TEST(a_recall_in_the_mailbox_after_it)
{
	begin_with_stub();
	steps[2].after = recall_2; /* 2 is libcurl's, not a byte of it is sent yet */
	post_both();
	bool late = false, accepted = false;
	while (!late || !accepted) {
		struct event *e = next_of(2);
		ck_assert(e->kind == EV_TOO_LATE || e->kind == EV_SMS_RESULT);
		late = late || e->kind == EV_TOO_LATE;
		accepted = accepted || (e->kind == EV_SMS_RESULT && e->sms.result == TEXT_ACCEPTED);
		event_free(e);
	}
	ck_assert_uint_eq(sent(2), 1);
	end();
}
END_TEST

/* A port that is listened at, whose queue is full: a SYN is never answered. */
static int full_port(int fds[8], int *ret_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, n), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	for (int i = 0; i < 8; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_assert_int_ge(fds[i], 0);
		(void)!connect(fds[i], (struct sockaddr *)&a, n);
	}
	*ret_port = ntohs(a.sin_port);
	return fd;
}

START_TEST(a_connection_that_never_comes_about)
{
	char url[64];
	int fds[8], port;
	int listener = full_port(fds, &port);
	stub = stub_http_start();
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
	begin(url, 1500);
	submit(1);
	struct event *e = next_of(1);
	ck_assert_int_eq(e->kind, EV_SMS_RESULT);
	ck_assert_int_eq(e->sms.result, TEXT_RETRY); /* certainly not sent */
	ck_assert_int_gt(e->sms.retry_ms, 0);
	event_free(e);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	/* Whatever stood in the queue: none of it brought a byte of the message. */
	for (int c; (c = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0; close(c)) {
		char byte;
		ck_assert_int_le(recv(c, &byte, 1, 0), 0);
		struct pollfd none = {.fd = listener, .events = POLLIN};
		if (poll(&none, 1, 100) <= 0)
			break;
	}
	close(listener);
	end();
}
END_TEST

/* The engine's reason (it was paid, he is dead) stands, whatever becomes of the first try: "too
 * late" is an answer about that one alone. */
START_TEST(one_recalled_at_a_gateway_goes_to_no_other)
{
	two_gateways = true;
	begin_with_stub();
	stub_http_answer(stub, STUB_HOLD, "");
	submit(2);
	for (int i = 0; i < 12000 && sent(2) == 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	recall_2();
	struct event *e = next_of(2);
	ck_assert_int_eq(e->kind, EV_TOO_LATE);
	event_free(e);
	stub_http_answer(stub, 503, ""); /* it took nothing */
	e = next_of(2);
	ck_assert_int_eq(e->kind, EV_DROPPED);
	ck_assert_str_eq(e->why, "recalled");
	event_free(e);
	ck_assert_uint_eq(sent(2), 1);
	end();
}
END_TEST

static TCase *edge(void)
{
	TCase *c = tcase_create("edge");
	tcase_set_timeout(c, 120);
	tcase_add_test(c, a_recall_in_the_mailbox_before_the_submission);
	tcase_add_test(c, a_recall_in_the_mailbox_after_it);
	tcase_add_test(c, one_recalled_at_a_gateway_goes_to_no_other);
	tcase_add_test(c, a_connection_that_never_comes_about);
	return c;
}

UNIT_MAIN("text edge", edge)
