/*
 * A library to preload into osamed (tests/flow/test_crash.py): the thread that would send an
 * INVITE makes the file $HOLD_INVITE and sleeps for ever instead. So the process stands exactly
 * between the intent's commit and the first packet, and kill -9 is a power cut there. Nothing in
 * the engine knows of it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void hold_if(const void *bytes, size_t n)
{
	if (n < 7 || memcmp(bytes, "INVITE ", 7) != 0)
		return;
	int fd = open(getenv("HOLD_INVITE"), O_CREAT | O_WRONLY, 0600);
	if (fd >= 0)
		close(fd);
	for (;;)
		pause();
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
	if (m->msg_iovlen > 0)
		hold_if(m->msg_iov[0].iov_base, m->msg_iov[0].iov_len);
	return real(fd, m, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to,
	       socklen_t to_n)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
	    dlsym(RTLD_NEXT, "sendto");
	hold_if(bytes, n);
	return real(fd, bytes, n, flags, to, to_n);
}

ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
	hold_if(bytes, n);
	return real(fd, bytes, n, flags);
}
