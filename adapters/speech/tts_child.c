/*
 * See tts_child.h. posix_spawn and not fork: the engine has many threads and a
 * large memory. The child leads a process group of its own, so that a wrapper
 * script's children end with it.
 *
 * The text goes in by a socket pair rather than a pipe: send(2) can leave out
 * SIGPIPE, which a pipe's write cannot in a thread that is not ours. It fits into
 * the socket's buffer, so that writing never waits for a child that does not read.
 */
#include "adapters/speech/tts_child.h"

#include "engine/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRACE_MOST = 32 << 20, MEMORY_MOST = 1 << 30, FIRST_FREE_FD = 10 };

/* Ours, then the child's end of each. */
struct plumbing {
	int in[2], wav[2], trace[2];
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Above the numbers that the child's own descriptors get, lest one dup2 closes another's source. */
static int raise_fd(int *fd)
{
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (high < 0)
		return E_IO;
	close(*fd);
	*fd = high;
	return 0;
}

static int make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return E_IO;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
		return E_IO;
	return raise_fd(&ends[1]);
}

static int plumbing_open(struct plumbing *p)
{
	*p = (struct plumbing){{-1, -1}, {-1, -1}, {-1, -1}};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->in) != 0 || raise_fd(&p->in[1]))
		return E_IO;
	if (make_pipe(p->wav) || make_pipe(p->trace))
		return E_IO;
	return 0;
}

static void plumbing_close_theirs(struct plumbing *p)
{
	close_fd(&p->in[1]);
	close_fd(&p->wav[1]);
	close_fd(&p->trace[1]);
}

static void plumbing_close(struct plumbing *p)
{
	plumbing_close_theirs(p);
	close_fd(&p->in[0]);
	close_fd(&p->wav[0]);
	close_fd(&p->trace[0]);
}

static bool add_actions(posix_spawn_file_actions_t *fa, const struct plumbing *p)
{
	return posix_spawn_file_actions_adddup2(fa, p->in[1], 0) == 0 &&
	       posix_spawn_file_actions_adddup2(fa, p->wav[1], 1) == 0 &&
	       posix_spawn_file_actions_addopen(fa, 2, "/dev/null", O_WRONLY, 0) == 0 &&
	       posix_spawn_file_actions_adddup2(fa, p->trace[1], 3) == 0 &&
	       posix_spawn_file_actions_addclosefrom_np(fa, 4) == 0;
}

static bool set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawnattr_setpgroup(attr, 0) == 0 &&
	       posix_spawnattr_setsigmask(attr, &none) == 0 &&
	       posix_spawnattr_setsigdefault(attr, &all) == 0 &&
	       posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						  POSIX_SPAWN_SETSIGDEF) == 0;
}

static int spawn(const struct tts_child *child, const struct plumbing *p, pid_t *ret_pid)
{
	static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
	char *environment[] = {path, locale, NULL};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int err = E_IO;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return E_NOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&fa);
		return E_NOMEM;
	}
	if (add_actions(&fa, p) && set_attributes(&attr) &&
	    posix_spawn(ret_pid, child->argv[0], &fa, &attr, child->argv, environment) == 0)
		err = 0;
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	return err;
}

/*
 * Before the child has the text. A core limit of 1, not 0: the kernel then also refuses to feed a
 * core to a collecting program (core(5)), which would put a resident's name on a disk.
 */
static int set_limits(pid_t pid, int timeout_ms)
{
	const struct rlimit core = {1, 1}, memory = {MEMORY_MOST, MEMORY_MOST};
	rlim_t seconds = (rlim_t)timeout_ms / 1000 + 2;
	const struct rlimit cpu = {seconds, seconds};

	if (prlimit(pid, RLIMIT_CORE, &core, NULL) != 0 ||
	    prlimit(pid, RLIMIT_AS, &memory, NULL) != 0 ||
	    prlimit(pid, RLIMIT_CPU, &cpu, NULL) != 0)
		return errno == ESRCH ? 0 : E_IO;
	return 0;
}

/* Errors are the child's (it does not read): its exit tells. */
static void feed(struct plumbing *p, const char *input)
{
	ssize_t sent = send(p->in[0], input, strlen(input), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent == (ssize_t)strlen(input))
		sent = send(p->in[0], "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)sent;
	close_fd(&p->in[0]);
}

/* Reads what there is. At the end of the stream closes *fd. `total` counts also what is forgotten.
 */
static int drain(int *fd, struct tts_buffer *to, bool forget_rest, size_t *total)
{
	char block[65536];

	while (*fd >= 0) {
		ssize_t got = read(*fd, block, sizeof block);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got <= 0) {
			close_fd(fd);
			return got < 0 ? E_IO : 0;
		}
		size_t n = (size_t)got, room = to->most - to->n;
		*total += n;
		if (forget_rest && n > room)
			n = room;
		int err = tts_buffer_add(to, block, n);
		if (err == E_LIMIT || *total > TRACE_MOST)
			return E_PROTO;
		if (err)
			return err;
	}
	return 0;
}

static int converse(const struct tts_child *child, struct plumbing *p, int pidfd,
		    struct tts_child_output *out)
{
	int64_t until = now_ms() + child->timeout_ms;
	size_t wav_total = 0, trace_total = 0;

	for (;;) {
		struct pollfd fds[4] = {{.fd = child->stop_fd, .events = POLLIN},
					{.fd = pidfd, .events = POLLIN},
					{.fd = p->wav[0], .events = POLLIN},
					{.fd = p->trace[0], .events = POLLIN}};
		int64_t left = until - now_ms();
		if (left <= 0)
			return E_TIMEOUT;
		if (poll(fds, 4, (int)left) < 0 && errno != EINTR)
			return E_IO;
		if (fds[0].revents)
			return E_CLOSED;
		/* Looked at before reading: all that the child wrote is in the pipes by then. */
		bool gone = fds[1].revents != 0;
		int err = drain(&p->wav[0], &out->wav, false, &wav_total);
		if (!err)
			err = drain(&p->trace[0], &out->trace, true, &trace_total);
		if (err || gone)
			return err;
	}
}

/* The child is ours alone to wait for; the group is killed for what it left behind. */
static int finish(pid_t pid, int err, struct tts_child_output *out)
{
	siginfo_t info;

	if (err)
		kill(-pid, SIGKILL);
	memset(&info, 0, sizeof info);
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0)
		if (errno != EINTR)
			return err ? err : E_IO;
	kill(-pid, SIGKILL); /* before the number of the group is free for others */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) != 0 && errno == EINTR)
		;
	if (err)
		return err;
	if (info.si_code != CLD_EXITED)
		return E_PROTO;
	out->status = info.si_status;
	return 0;
}

int tts_child_run(const struct tts_child *child, struct tts_child_output *out)
{
	struct plumbing p;
	int pidfd = -1;
	pid_t pid;
	int err = plumbing_open(&p);

	out->status = -1;
	if (!err)
		err = spawn(child, &p, &pid);
	if (err)
		goto out;
	plumbing_close_theirs(&p);
	err = set_limits(pid, child->timeout_ms);
	if (!err && (pidfd = pidfd_open(pid, 0)) < 0)
		err = E_IO;
	if (!err) {
		feed(&p, child->input);
		err = converse(child, &p, pidfd, out);
	}
	err = finish(pid, err, out);
out:
	close_fd(&pidfd);
	plumbing_close(&p);
	return err;
}
