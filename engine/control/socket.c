/*
 * See socket.h. There is no moment at which a stranger could connect: the socket
 * gets its group and mode before it listens, and until then connect(2) is refused.
 */
#include "engine/control/socket.h"

#include "engine/log.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_MODE 0660

static int failed(const char *what, const char *path)
{
	log_error("event=control-socket what=%s path=%s errno=\"%s\"", what, path, strerror(errno));
	return E_IO;
}

/* True if an engine answers there. */
static bool is_alive(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)addr, sizeof *addr) == 0;
	if (fd >= 0)
		close(fd);
	return alive;
}

static int clear_old(const char *path, const struct sockaddr_un *addr)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : failed("stat", path);
	if (!S_ISSOCK(st.st_mode)) {
		log_error("event=control-socket path=%s what=\"there is a file that is no socket\"",
			  path);
		return E_EXISTS;
	}
	if (is_alive(addr)) {
		log_error("event=control-socket path=%s what=\"another engine listens there\"",
			  path);
		return E_EXISTS;
	}
	return unlink(path) == 0 ? 0 : failed("unlink", path);
}

static int group_id(const char *name, gid_t *ret_gid)
{
	struct group entry, *found = NULL;
	char buf[16384];
	if (getgrnam_r(name, &entry, buf, sizeof buf, &found) != 0 || !found) {
		log_error("event=control-socket group=%s what=\"no such group\"", name);
		return E_NOTFOUND;
	}
	*ret_gid = found->gr_gid;
	return 0;
}

int socket_bind(const char *path, const char *group, int *ret_fd)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	gid_t gid = (gid_t)-1;
	int fd = -1, err;
	size_t n = strlen(path);
	if (n >= sizeof addr.sun_path)
		return E_LIMIT;
	memcpy(addr.sun_path, path, n + 1);
	err = *group ? group_id(group, &gid) : 0;
	if (err == 0)
		err = clear_old(path, &addr);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failed("socket", path);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
		err = failed("bind", path);
		close(fd);
		return err;
	}
	if ((*group && chown(path, (uid_t)-1, gid) != 0) || chmod(path, SOCKET_MODE) != 0) {
		err = failed("chmod", path);
		unlink(path);
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int socket_peer_uid(int fd, unsigned *ret_uid)
{
	struct ucred peer;
	socklen_t n = sizeof peer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return E_IO;
	*ret_uid = peer.uid;
	return 0;
}
