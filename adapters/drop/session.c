/*
 * Connecting: TCP, key exchange, the pinned host key, sign-in by key, SFTP.
 *
 * The host key is compared before anything of ours is sent: a machine in the middle
 * gets neither a signature nor a user name. There is no "trust at first use". An
 * OpenSSH server has several keys and shows one of the kind that the client asks
 * for, while the operator pinned only one of them: so each kind is asked for in
 * turn, one connection each, and the kind that fitted is asked first ever after.
 * ssh-rsa is not asked for: this libssh2 can only do it with SHA-1.
 *
 * Non-blocking throughout: libssh2's own time-out does not cover every wait, and the
 * thread must end soon when it is told to.
 */
#include "adapters/drop/session.h"

#include "engine/log.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const key_kinds[] = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
					"ecdsa-sha2-nistp521"};
enum { KEY_KINDS = sizeof key_kinds / sizeof *key_kinds };
#define PIN_SIZE 64 /* "SHA256:" and 43 characters */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t session_deadline(const struct session *s)
{
	return now_ms() + s->place.config->timeout_ms;
}

/* 0, E_TIMEOUT, E_CLOSED (told to stop). */
static int wait_fd(const struct session *s, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd p[2] = {{.fd = s->fd, .events = events},
				      {.fd = s->place.stop_fd, .events = POLLIN}};
		int n = poll(p, 2, left < 0 ? 0 : (int)left);
		if (n > 0)
			return p[1].revents ? E_CLOSED : 0;
		if (n == 0)
			return E_TIMEOUT;
		if (errno != EINTR)
			return E_IO;
	}
}

int session_wait(struct session *s, int64_t deadline)
{
	int way = libssh2_session_block_directions(s->ssh);
	int events = (way & LIBSSH2_SESSION_BLOCK_INBOUND ? POLLIN : 0) |
		     (way & LIBSSH2_SESSION_BLOCK_OUTBOUND ? POLLOUT : 0);
	int err = wait_fd(s, (short)(events ? events : POLLIN), deadline);
	if (err)
		s->broken = true;
	return err;
}

static int status_error(unsigned long status, const char **ret_words)
{
	static const struct {
		unsigned long status;
		int err;
		const char *words;
	} table[] = {
	    {LIBSSH2_FX_NO_SUCH_FILE, E_NOTFOUND, "no such file or folder at the drop"},
	    {LIBSSH2_FX_NO_SUCH_PATH, E_NOTFOUND, "no such folder at the drop"},
	    {LIBSSH2_FX_PERMISSION_DENIED, E_IO, "permission denied at the drop"},
	    {LIBSSH2_FX_WRITE_PROTECT, E_IO, "the drop is write-protected"},
	    {LIBSSH2_FX_FILE_ALREADY_EXISTS, E_EXISTS, "exists already at the drop"},
	    {LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM, E_NOSPC, "the drop is full"},
	    {LIBSSH2_FX_QUOTA_EXCEEDED, E_NOSPC, "our quota at the drop is used up"},
	    {LIBSSH2_FX_NO_CONNECTION, E_AGAIN, "the drop lost its connection"},
	    {LIBSSH2_FX_CONNECTION_LOST, E_AGAIN, "the drop lost its connection"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status) {
			*ret_words = table[i].words;
			return table[i].err;
		}
	*ret_words = "the drop refused it without saying why";
	return E_IO;
}

int session_error(struct session *s, int rc, const char **ret_words)
{
	switch (rc) {
	case LIBSSH2_ERROR_SFTP_PROTOCOL:
		return status_error(libssh2_sftp_last_error(s->sftp), ret_words);
	case LIBSSH2_ERROR_ALLOC:
		*ret_words = "out of memory";
		s->broken = true; /* its state machine may be half-way */
		return E_AGAIN;
	case LIBSSH2_ERROR_EAGAIN:
		*ret_words = "no answer within the time-out";
		break;
	default:
		*ret_words = "the connection broke";
	}
	s->broken = true;
	return E_AGAIN;
}

static int connect_one(struct session *s, const struct addrinfo *a, int64_t deadline)
{
	int on = 1, error = 0;
	socklen_t size = sizeof error;

	s->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (s->fd < 0)
		return E_IO;
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (connect(s->fd, a->ai_addr, a->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return E_AGAIN;
	if (wait_fd(s, POLLOUT, deadline) != 0)
		return E_AGAIN;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0)
		return E_AGAIN;
	return 0;
}

static int connect_tcp(struct session *s, char why[MAX_WORDS])
{
	struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
	const struct drop_config *c = s->place.config;
	char port[16];
	int err = E_AGAIN;

	snprintf(port, sizeof port, "%d", c->port);
	int rc = getaddrinfo(c->host, port, &want, &list);
	if (rc != 0) {
		snprintf(why, MAX_WORDS, "%s is not found: %s", c->host, gai_strerror(rc));
		return E_AGAIN;
	}
	int64_t deadline = session_deadline(s);
	for (struct addrinfo *a = list; a && err; a = a->ai_next) {
		err = connect_one(s, a, deadline);
		if (err && s->fd >= 0) {
			close(s->fd);
			s->fd = -1;
		}
	}
	freeaddrinfo(list);
	if (err)
		snprintf(why, MAX_WORDS, "%s port %d does not answer", c->host, c->port);
	return err ? E_AGAIN : 0;
}

/* Key exchange with one kind of host key. E_NOTFOUND: the server has none of this kind. */
static int handshake(struct session *s, size_t kind, char why[MAX_WORDS])
{
	int rc;

	s->ssh = libssh2_session_init();
	if (!s->ssh)
		return E_NOMEM;
	libssh2_session_set_blocking(s->ssh, 0);
	rc = libssh2_session_method_pref(s->ssh, LIBSSH2_METHOD_HOSTKEY, key_kinds[kind]);
	if (rc == 0)
		SESSION_TRY(s, rc, libssh2_session_handshake(s->ssh, s->fd));
	if (rc == 0)
		return 0;
	if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE ||
	    rc == LIBSSH2_ERROR_METHOD_NONE || rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED)
		return E_NOTFOUND;
	snprintf(why, MAX_WORDS, "the SSH key exchange failed: %s (%d)",
		 rc == LIBSSH2_ERROR_EAGAIN ? "no answer within the time-out" : "broken off", rc);
	return E_AGAIN;
}

/* As `ssh-keygen -l` prints it. False: there is no host key (never after a handshake). */
static bool offered_pin(struct session *s, char out[PIN_SIZE])
{
	const char *hash = libssh2_hostkey_hash(s->ssh, LIBSSH2_HOSTKEY_HASH_SHA256);
	if (!hash)
		return false;
	memcpy(out, "SHA256:", 7);
	sodium_bin2base64(out + 7, PIN_SIZE - 7, (const unsigned char *)hash, 32,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return true;
}

static int sign_in(struct session *s, char why[MAX_WORDS])
{
	const struct drop_config *c = s->place.config;
	struct stat st;
	int rc;

	if (stat(c->key_file, &st) < 0 || !S_ISREG(st.st_mode)) {
		snprintf(why, MAX_WORDS, "our private key %s cannot be read", c->key_file);
		return E_AUTH;
	}
	if (st.st_mode & 077) {
		snprintf(why, MAX_WORDS,
			 "our private key %s can be read by others: chmod 600, or make a new one",
			 c->key_file);
		return E_AUTH;
	}
	SESSION_TRY(s, rc,
		    libssh2_userauth_publickey_fromfile_ex(s->ssh, c->user,
							   (unsigned)strlen(c->user), NULL,
							   c->key_file, c->key_passphrase));
	if (rc == 0)
		return 0;
	switch (rc) {
	case LIBSSH2_ERROR_FILE:
		snprintf(why, MAX_WORDS,
			 "our private key %s cannot be used (wrong passphrase, or not an "
			 "Ed25519 or ECDSA key)",
			 c->key_file);
		return E_AUTH;
	case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
	case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
	case LIBSSH2_ERROR_METHOD_NONE:
		snprintf(why, MAX_WORDS, "%s does not let user %s in with this key", c->host,
			 c->user);
		return E_AUTH;
	default:
		snprintf(why, MAX_WORDS, "the sign-in was broken off (%d)", rc);
		return E_AGAIN;
	}
}

/* One connection with one kind of host key. E_NOTFOUND: not the pinned key, or none of this kind;
 * then `offered` says which key was shown ("" if none). */
static int connect_kind(struct session *s, size_t kind, char offered[PIN_SIZE], char why[MAX_WORDS])
{
	int rc, err;

	offered[0] = 0;
	s->broken = false;
	err = connect_tcp(s, why);
	if (err == 0)
		err = handshake(s, kind, why);
	if (err)
		return err;
	if (!offered_pin(s, offered))
		return E_AUTH;
	if (strcmp(offered, s->place.config->host_key) != 0)
		return E_NOTFOUND;
	err = sign_in(s, why);
	if (err)
		return err;
	SESSION_TRY_PTR(s, s->sftp, rc, libssh2_sftp_init(s->ssh));
	if (!s->sftp) {
		snprintf(why, MAX_WORDS, "signed in, but there is no SFTP (%d)", rc);
		return E_AGAIN;
	}
	return 0;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_err;
static void init_once(void)
{
	once_err = sodium_init() < 0 || libssh2_init(0) != 0;
}

int session_connect(struct session *s, char why[MAX_WORDS])
{
	char offered[PIN_SIZE], seen[KEY_KINDS * PIN_SIZE] = "";
	size_t first = s->key_kind;

	pthread_once(&once, init_once);
	if (once_err) {
		snprintf(why, MAX_WORDS, "libssh2 does not start");
		return E_IO;
	}
	for (size_t i = 0; i < KEY_KINDS; i++) {
		size_t kind = (first + i) % KEY_KINDS;
		int err = connect_kind(s, kind, offered, why);
		if (err == 0) {
			s->key_kind = kind;
			return 0;
		}
		session_disconnect(s);
		if (err != E_NOTFOUND)
			return err;
		if (offered[0])
			snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%s",
				 seen[0] ? " " : "", offered);
	}
	if (!seen[0]) {
		snprintf(why, MAX_WORDS,
			 "no common way to speak SSH (no Ed25519 or ECDSA host key)");
		return E_AGAIN;
	}
	log_error("event=drop-host-key-changed drop=%s host=%s pinned=%s offered=\"%s\" "
		  "next=refused",
		  s->place.config->id, s->place.config->host, s->place.config->host_key, seen);
	snprintf(why, MAX_WORDS,
		 "THE HOST KEY IS NOT THE PINNED ONE: somebody may stand in the middle. Offered: "
		 "%.250s. Nothing was sent. Ask the core system's operators before changing it",
		 seen);
	return E_AUTH;
}

void session_disconnect_socket(struct session *s)
{
	if (s->fd >= 0)
		shutdown(s->fd, SHUT_RDWR);
}

void session_disconnect(struct session *s)
{
	/* First the socket: so nothing below can wait, and a broken state machine in libssh2
	 * gets an error and frees what it holds. */
	session_disconnect_socket(s);
	/* Frees the requests that were never answered; freeing the session alone forgets them. */
	for (int i = 0; s->sftp && i < 100; i++)
		if (libssh2_sftp_shutdown(s->sftp) != LIBSSH2_ERROR_EAGAIN)
			break;
	s->sftp = NULL;
	for (int i = 0; s->ssh && i < 100; i++)
		if (libssh2_session_free(s->ssh) != LIBSSH2_ERROR_EAGAIN)
			break;
	s->ssh = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
