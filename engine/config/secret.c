/*
 * Files that hold secrets: ours (or root's), regular, and with no permission for
 * anybody else. Opened first and looked at through the descriptor, so that nobody
 * can put another file in its place between the check and the reading.
 */
#include "engine/config/load.h"

#include "engine/digest.h"
#include "engine/full_io.h"
#include "engine/utf8.h"
#include "spool/afile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_HEX 64

int secret_file_check(const char *path, int *ret_fd, char why[MAX_WORDS])
{
	struct stat st;
	/* O_NONBLOCK: a FIFO here must not hang the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0)
		snprintf(why, MAX_WORDS, "cannot read %s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, MAX_WORDS, "%s is not a regular file", path);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		snprintf(why, MAX_WORDS, "%s belongs to another user: chown it to the engine's",
			 path);
	else if (st.st_mode & 077)
		snprintf(why, MAX_WORDS, "%s has mode %04o, others may use it: chmod 600 %s", path,
			 (unsigned)st.st_mode & 07777, path);
	else {
		*ret_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return E_INVALID;
}

int secret_file_read(const char *path, char *out, size_t size, char why[MAX_WORDS])
{
	char buf[1024];
	size_t n = 0;
	int fd;
	int err = secret_file_check(path, &fd, why);
	if (err != 0)
		return err;
	err = read_full(fd, buf, sizeof buf, &n);
	close(fd);
	if (err != 0) {
		snprintf(why, MAX_WORDS, "cannot read %s: %s", path, strerror(errno));
		goto out;
	}
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	if (n > 0 && buf[n - 1] == '\r')
		n--;
	if (n == 0)
		err = snprintf(why, MAX_WORDS, "%s is empty", path);
	else if (n >= size)
		err = snprintf(why, MAX_WORDS, "%s is too long: at most %zu bytes", path, size - 1);
	else if (!utf8_valid(buf, n, NULL) || utf8_has_control(buf, n))
		err = snprintf(why, MAX_WORDS, "%s must hold one line of UTF-8", path);
	if (err != 0) {
		err = E_INVALID;
		goto out;
	}
	memcpy(out, buf, n);
	out[n] = '\0';
out:
	explicit_bzero(buf, sizeof buf);
	return err;
}

/* ---- the key of receipt URLs ---- */

static int from_hex(const char *hex, uint8_t key[32])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < KEY_HEX; i++) {
		const char *d = hex[i] ? strchr(digits, hex[i] | 0x20) : NULL;
		if (!d)
			return E_INVALID;
		uint8_t four = (uint8_t)(d - digits);
		key[i / 2] = (uint8_t)(i % 2 ? key[i / 2] | four : four << 4);
	}
	return 0;
}

static int make_key(const char *path, void (*random)(void *, size_t))
{
	uint8_t key[32];
	char hex[KEY_HEX + 2];
	random(key, sizeof key);
	digest_hex(key, sizeof key, hex);
	hex[KEY_HEX] = '\n';
	int err = afile_put(path, hex, KEY_HEX + 1, 0600, AFILE_NEW);
	explicit_bzero(key, sizeof key);
	explicit_bzero(hex, sizeof hex);
	return err;
}

int secret_key_load(const struct config *c, const char *named, const char *own, const char *setting,
		    void (*random)(void *, size_t), uint8_t key[32], struct problems *problems)
{
	char path[MAX_PATH_BYTES + 16], hex[KEY_HEX + 1], why[MAX_WORDS];
	if (*named)
		snprintf(path, sizeof path, "%s", named);
	else
		snprintf(path, sizeof path, "%s/%s", c->engine.var, own);
	int err = 0;
	if (!*named && access(path, F_OK) != 0 && errno == ENOENT)
		err = make_key(path, random);
	if (err != 0) {
		problems_error(problems, path, 0, "cannot be made: %s", err_str(err));
		return err;
	}
	err = secret_file_read(path, hex, sizeof hex, why);
	if (err != 0)
		problems_error(problems, c->path, 0, "%s: %s", setting, why);
	else if (strlen(hex) != KEY_HEX || from_hex(hex, key) != 0) {
		problems_error(problems, path, 0,
			       "must hold 64 hex digits: `openssl rand -hex 32`");
		err = E_INVALID;
	}
	explicit_bzero(hex, sizeof hex);
	return err;
}

int config_receipt_key(struct config *c, void (*random)(void *, size_t), struct problems *problems)
{
	return secret_key_load(c, c->receipt_key_file, "receipt.key", "[sms] receipt_key_file",
			       random, c->sms.receipt_key, problems);
}
