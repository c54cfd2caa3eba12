/*
 * osame-console: the web console. TLS, the allow-list, limits, headers, pages; calls
 * go to the engine's console socket (docs/console.md). No business rule and no store
 * is here, and no secret but the key of its certificate.
 *
 * Of the pages, signing in and 本日の状況 are built. Not built yet: the others, and
 * signing in by hardware token or client certificate.
 *
 * Exit status: 0 done; 1 it does not start; 2 usage; 4 the configuration is wrong.
 */
#include "console/http.h"

#include "adapters/sign/digest.h"
#include "engine/log.h"
#include "engine/version.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_BAD_FILE = 4 };

#define MOST_PEM (1 << 20)

static const char usage[] = "usage: osame-console -c FILE | --check FILE | --dump\n"
			    "       osame-console --version | --help\n";

/* A whole file, with a NUL at its end. `own`: it is a secret, and nobody else may read it. */
static char *slurp(const char *path, bool own, struct problems *problems)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	if (fd < 0 || fstat(fd, &st) != 0)
		problems_error(problems, path, 0, "cannot be read: %s", strerror(errno));
	else if (own && st.st_mode & 077)
		problems_error(problems, path, 0, "others can read it: chmod 600");
	else if (st.st_size > 0 && st.st_size < MOST_PEM)
		text = calloc(1, (size_t)st.st_size + 1);
	if (text && read(fd, text, (size_t)st.st_size) != st.st_size) {
		free(text);
		text = NULL;
	}
	if (!text && problems->errors == 0)
		problems_error(problems, path, 0, "cannot be read whole");
	if (fd >= 0)
		close(fd);
	return text;
}

static void networks(const char *key, const char *text, const char *path, struct problems *problems,
		     struct networks *ret)
{
	char bad[64] = "";
	if (networks_parse(text, ret, bad) != 0)
		problems_error(problems, path, 0,
			       "%s: \"%s\" is no network (10.0.0.0/8, 2001:db8::/32; bits beyond "
			       "the length are 0)",
			       key, bad);
}

/* Whom to ring, for pages that say what to do: from our own configuration, as when the engine is
 * down. */
static int contact_page(const struct settings *s, struct files *files)
{
	struct json *j = json_new_object();
	char *text = NULL;
	size_t n = 0;
	json_put_str(j, "contact", s->contact);
	int err = json_text(j, &text, &n);
	json_free(j);
	return err ? err : files_add(files, "/contact.json", "application/json", text, n);
}

/* All that can be known before anything is opened. */
static int prepare(const char *path, struct problems *problems, struct settings *s,
		   struct console *c)
{
	int err = settings_load(path, problems, s);
	if (err)
		return err;
	c->settings = s;
	c->host = s->url + strlen("https://");
	c->upstream.path = s->socket;
	c->listen_fd = -1;
	networks("allow", s->allow, path, problems, &c->allow);
	networks("proxy", s->proxy, path, problems, &c->proxy);
	if (c->allow.n == 0)
		problems_warn(problems, path, 0, "allow is empty: nobody is let in");
	c->certificate = slurp(s->certificate, false, problems);
	c->key = slurp(s->key, true, problems);
	err = files_load(s->web, problems, &c->files);
	if (!err)
		err = contact_page(s, &c->files);
	return problems->errors ? E_INVALID : err;
}

static void forget(struct console *c)
{
	files_free(&c->files);
	free(c->certificate);
	if (c->key)
		explicit_bzero(c->key, strlen(c->key));
	free(c->key);
}

static int serve(struct console *c)
{
	sigset_t set;
	int sig = 0, port = 0;
	const struct settings *s = c->settings;
	int err = watch_start((size_t)s->connections, s->slow, &c->upstream, &c->watch);
	if (!err)
		err = http_start(c, &port);
	if (!err) {
		log_info("event=started version=%s port=%d pages=%zu", OSAME_VERSION, port,
			 c->files.n);
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigaddset(&set, SIGINT);
		sigwait(&set, &sig);
		log_info("event=signal number=%d next=stop", sig);
	}
	http_stop(c);
	watch_stop(c->watch);
	return err;
}

/* Before any thread is made. No core file: it would hold sessions and passwords. */
static void settle(void)
{
	struct rlimit none = {0, 0};
	sigset_t set;
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int run(const char *path, bool check)
{
	static struct settings settings;
	static struct console console;
	struct problems problems;
	problems_init(&problems);
	if (!check && geteuid() == 0) {
		fputs("osame-console: not as root: it has a Unix user of its own\n", stderr);
		return 1;
	}
	int err = digest_sodium.init();
	if (!err)
		err = prepare(path, &problems, &settings, &console);
	problems_print(&problems, stderr);
	problems_free(&problems);
	int status = err ? EXIT_BAD_FILE : 0;
	if (!err && check)
		printf("%s: ok\n", path);
	if (!err && !check) {
		settle();
		status = serve(&console) == 0 ? 0 : 1;
	}
	forget(&console);
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "-c") == 0)
		return run(argv[2], false);
	if (argc == 3 && strcmp(argv[1], "--check") == 0)
		return run(argv[2], true);
	if (argc == 2 && strcmp(argv[1], "--dump") == 0) {
		settings_dump(stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("osame-console " OSAME_VERSION);
		return 0;
	}
	bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
	fputs(usage, help ? stdout : stderr);
	return help ? 0 : EXIT_USAGE;
}
