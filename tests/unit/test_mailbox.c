/* The mailbox: bounded, in order, its descriptor never lies about waiting items. */
#include "engine/mailbox.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>

static int readable(struct mailbox *box)
{
	struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
	return poll(&p, 1, 0);
}

START_TEST(bounded_and_in_order)
{
	struct mailbox *box;
	int items[4];
	ck_assert_int_eq(mailbox_new(3, &box), 0);
	ck_assert_int_eq(readable(box), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(mailbox_post(box, &items[i]), 0);
	ck_assert_int_eq(mailbox_post(box, &items[3]), E_FULL);
	ck_assert_int_eq(readable(box), 1);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(mailbox_take(box), &items[i]);
	ck_assert_ptr_null(mailbox_take(box));
	ck_assert_int_eq(readable(box), 0);
	mailbox_free(box, NULL);
}
END_TEST

enum { ITEMS = 100000 };

static void *sender(void *arg)
{
	for (intptr_t i = 1; i <= ITEMS;)
		if (mailbox_post(arg, (void *)i) == 0)
			i++;
	return NULL;
}

START_TEST(nothing_is_lost_between_threads)
{
	struct mailbox *box;
	pthread_t threads[2];
	intptr_t sum = 0;
	size_t n = 0;
	ck_assert_int_eq(mailbox_new(64, &box), 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, sender, box);
	while (n < 2 * ITEMS) {
		struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
		ck_assert_int_eq(poll(&p, 1, 10000), 1); /* a lost wake-up would stop here */
		void *item;
		while ((item = mailbox_take(box)) != NULL) {
			sum += (intptr_t)item;
			n++;
		}
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(sum, (intptr_t)ITEMS * (ITEMS + 1));
	mailbox_free(box, NULL);
}
END_TEST

static TCase *mailbox_case(void)
{
	TCase *t = tcase_create("mailbox");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, bounded_and_in_order);
	tcase_add_test(t, nothing_is_lost_between_threads);
	return t;
}

UNIT_MAIN("mailbox", mailbox_case)
