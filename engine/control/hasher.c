/* See hasher.h. */
#include "engine/control/hasher.h"

#include "engine/log.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct request stop_request;

static int stored_hash(const struct control_config *config, const char *user, char out[SIGNIN_HASH])
{
	struct store_txn *snapshot = NULL;
	int err = config->store_ops->snapshot(config->store, &snapshot);
	if (!err)
		err = config->console.hash_of(config->store_ops, snapshot, user, out);
	config->store_ops->abort(snapshot);
	return err;
}

/* A hash costs a tenth of a second and 64 MiB: a stranger with an invented link gets none. */
static int make(const struct control_config *config, struct request *r, const char *password)
{
	struct store_txn *snapshot = NULL;
	int err = config->store_ops->snapshot(config->store, &snapshot);
	if (!err)
		err = config->console.may_hash(config->read_ctx, config->store_ops, snapshot,
					       &r->command, &r->command.unfit);
	config->store_ops->abort(snapshot);
	if (err == E_DENIED)
		return 0;
	return err ? err : config->console.signin->hash(password, r->command.hash);
}

/* A wrong password is no failure: the engine records it, and answers as it answers a wrong code. */
static int work(const struct control_config *config, struct request *r)
{
	const struct signin_ops *signin = config->console.signin;
	const char *password = "", *user = "";
	char stored[SIGNIN_HASH] = "";
	json_get_str(r->command.params, "password", &password);
	json_get_str(r->command.params, "user", &user);
	if (r->command.method->secret == SECRET_MAKE)
		return make(config, r, password);
	int err = stored_hash(config, user, stored);
	if (err)
		return err;
	if (signin->verify(stored, password) == 0)
		memcpy(r->command.hash, stored, sizeof stored);
	return 0;
}

static void give_back(struct request *r, int err)
{
	r->err = err;
	if (err)
		snprintf(r->why, sizeof r->why, "%s", err_str(err));
	err = mailbox_post(r->done, r);
	BUG_IF(err != 0); /* it holds all requests that can be in hand */
}

static void *hasher_main(void *arg)
{
	struct hasher *h = arg;
	struct pollfd wait = {.fd = mailbox_fd(h->box), .events = POLLIN};
	log_thread_name("hash");
	for (;;) {
		struct request *r = mailbox_take(h->box);
		if (r == &stop_request)
			return NULL;
		if (!r)
			poll(&wait, 1, -1);
		else
			give_back(r, work(h->config, r));
	}
}

int hasher_start(struct hasher *h, const struct control_config *config)
{
	h->config = config;
	int err = mailbox_new(HASHES_WAITING + 1, &h->box); /* and the stop */
	if (err)
		return err;
	if (pthread_create(&h->thread, NULL, hasher_main, h) != 0)
		return E_NOMEM;
	h->started = true;
	return 0;
}

void hasher_stop(struct hasher *h)
{
	if (h->started) {
		int err = mailbox_post(h->box, &stop_request);
		BUG_IF(err != 0);
		pthread_join(h->thread, NULL);
	}
	mailbox_free(h->box, NULL);
	*h = (struct hasher){.box = NULL};
}

int hasher_give(struct hasher *h, struct request *r)
{
	return mailbox_count(h->box) >= HASHES_WAITING ? E_FULL : mailbox_post(h->box, r);
}
