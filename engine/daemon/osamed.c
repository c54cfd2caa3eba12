/*
 * osamed: the engine. This file is its command line: it reads the configuration,
 * checks it, or says what it may hold. It exits before touching anything if the
 * configuration has one error.
 *
 * Exit status: 0 done; 1 the engine failed; 2 usage; 4 the configuration is wrong.
 */
#include "engine/config/config.h"
#include "engine/control.h"
#include "engine/control/methods.h"
#include "engine/daemon/descriptors.h"
#include "engine/event.h"
#include "engine/log.h"
#include "engine/registry.h"
#include "engine/turn/account.h"
#include "engine/turn/reads.h"
#include "engine/turn/turn.h"
#include "engine/version.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_BAD_FILE = 4 };

static const char usage[] =
    "usage: osamed -c FILE            run the engine\n"
    "       osamed --check FILE       check a configuration; nothing is started\n"
    "       osamed --dump             print every key with its meaning and default\n"
    "       osamed --dump=man         the same as tables in Markdown\n"
    "       osamed --version | --help\n";

static int check(const char *path)
{
	struct problems problems;
	struct config *config = NULL;
	problems_init(&problems);
	int err = config_load(path, &problems, &config);
	if (!err)
		err = registry()->digest->init();
	if (!err)
		err = config_account_key_check(config, registry()->digest, &problems);
	problems_print(&problems, stderr);
	if (err == 0)
		printf("%s: ok\n", path);
	else if (problems.errors == 0)
		fprintf(stderr, "osamed: %s: %s\n", path, err_str(err));
	else
		fprintf(stderr, "osamed: %s: %zu error%s; nothing was started\n", path,
			problems.errors, problems.errors == 1 ? "" : "s");
	config_free(config);
	problems_free(&problems);
	return err == 0 ? 0 : EXIT_BAD_FILE;
}

/* ---- running ---- */

/* SIGTERM and SIGINT end the engine in order. They are taken by a thread of their own, so that no
 * handler runs anywhere else. */
struct signals {
	sigset_t set;
	struct engine *engine;
};

static void *wait_for_signal(void *arg)
{
	struct signals *s = arg;
	int sig = 0;
	log_thread_name("signal");
	if (sigwait(&s->set, &sig) != 0)
		return NULL;
	log_info("event=signal number=%d next=stop", sig);
	engine_stop(s->engine);
	return NULL;
}

/* The Unix user of the console, by name or number. */
static int console_uid(const char *user, unsigned *ret)
{
	struct passwd entry, *found = NULL;
	char buf[16384], *end;
	unsigned long number = strtoul(user, &end, 10);
	if (*user >= '0' && *user <= '9' && !*end && number < UINT32_MAX) {
		*ret = (unsigned)number;
		return 0;
	}
	if (getpwnam_r(user, &entry, buf, sizeof buf, &found) != 0 || !found) {
		fprintf(stderr, "osamed: [console] user = %s: there is no such Unix user\n", user);
		return E_INVALID;
	}
	*ret = entry.pw_uid;
	return 0;
}

/* Nothing is set if there is no console. */
static int console_of(const struct config *c, struct control_config *cc)
{
	if (!*c->console.socket)
		return 0;
	cc->console.path = c->console.socket;
	cc->console.group = c->console.socket_group;
	cc->console.idle_ms = c->console.session_idle;
	cc->console.most_ms = c->console.session_most;
	cc->console.digest = registry()->digest;
	cc->console.signin = registry()->signin;
	cc->console.hash_of = account_hash_of;
	cc->console.may_hash = account_may_hash;
	return console_uid(c->console.user, &cc->console.uid);
}

static int serve(struct engine *e, const struct config *c)
{
	struct control *control = NULL;
	struct signals signals = {.engine = e};
	struct control_config cc = {
	    .path = c->engine.socket,
	    .group = c->engine.socket_group,
	    .users = c->user,
	    .n_users = c->n_users,
	    .methods = control_methods,
	    .reads = engine_reads,
	    .n_methods = METHODS,
	    .read_ctx = e,
	    .store_ops = engine_ports(e)->store,
	    .store = engine_store(e),
	    .to_engine = engine_inbox(e),
	};
	pthread_t thread;

	int err = console_of(c, &cc);
	if (!err)
		err = control_start(&cc, &control);
	if (err) {
		fprintf(stderr, "osamed: the control sockets (%s) cannot be opened: %s\n",
			c->engine.socket, err_str(err));
		return err;
	}
	sigemptyset(&signals.set);
	sigaddset(&signals.set, SIGTERM);
	sigaddset(&signals.set, SIGINT);
	if (pthread_create(&thread, NULL, wait_for_signal, &signals) != 0) {
		control_stop(control);
		return E_NOMEM;
	}
	log_info("event=started version=%s", OSAME_VERSION);
	err = engine_run(e);
	pthread_kill(thread, SIGTERM); /* if it still waits */
	pthread_join(thread, NULL);
	control_stop(control);
	return err;
}

/* Signals are blocked before any thread is made: all inherit that. A peer that closes a pipe or a
 * socket is an error of that write, not our end. */
static void block_signals(void)
{
	sigset_t set;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* Before anything is touched: no call of a full morning fails for want of a socket. */
static int make_room(const struct config *c, const char *path, struct problems *problems)
{
	size_t wanted = descriptors_wanted(c), most = 0;
	int err = descriptors_raise(wanted, &most);
	if (err == E_LIMIT)
		problems_error(problems, path, 0,
			       "lines = %d of [voice] and in_flight = %d of [sms] need %zu open "
			       "files and sockets, but the process may have %zu: raise the limit "
			       "(LimitNOFILE= of the service, ulimit -Hn), or lower them",
			       c->voice.lines, c->sms.in_flight, wanted, most);
	return err;
}

static int run(const char *path)
{
	struct problems problems;
	struct config *config = NULL;
	struct engine *engine = NULL;

	umask(077);
	block_signals();
	problems_init(&problems);
	int err = config_load(path, &problems, &config);
	if (!err)
		err = make_room(config, path, &problems);
	if (!err) {
		log_level_set((enum log_level)config->engine.log_level);
		if (mkdir(config->engine.var, 0700) != 0 && errno != EEXIST)
			problems_error(&problems, config->engine.var, 0, "cannot be made: %s",
				       strerror(errno));
		err = registry()->digest->init();
	}
	if (!err)
		err = config_receipt_key(config, registry()->digest->random, &problems);
	if (!err)
		err = config_account_key(config, &problems);
	if (!err)
		err = engine_new(config, registry(), &problems, &engine);
	problems_print(&problems, stderr);
	int status = err == E_INVALID || problems.errors ? EXIT_BAD_FILE : 1;
	if (err) {
		fprintf(stderr, "osamed: not started: %s\n", err_str(err));
	} else {
		err = serve(engine, config);
		status = err ? 1 : 0;
	}
	engine_free(engine);
	config_free(config);
	problems_free(&problems);
	log_info("event=stopped status=%d", status);
	return status;
}

static int dump(const char *form)
{
	if (!form)
		config_dump(stdout);
	else if (strcmp(form, "man") == 0)
		config_manual(stdout);
	else {
		fprintf(stderr, "osamed: --dump=%s: write --dump or --dump=man\n", form);
		return EXIT_USAGE;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"check", required_argument, NULL, 'k'}, {"config", required_argument, NULL, 'c'},
	    {"dump", optional_argument, NULL, 'd'},  {"version", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
	int option = getopt_long(argc, argv, "c:h", options, NULL);
	if (optind != argc)
		option = '?';
	switch (option) {
	case 'k':
		return check(optarg);
	case 'c':
		return run(optarg);
	case 'd':
		return dump(optarg);
	case 'v':
		printf("osamed %s\n", OSAME_VERSION);
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 0;
	default:
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
}
