/*
 * <audio src="NAME.wav">what it says</audio>: a recording of the announcements folder. It
 * is read here, once, and kept with the scenario, so no call waits for a disk, and what
 * was checked is what is played. The scenario's version covers the recordings' bytes.
 *
 * A document must not make us read anything else: a name has no folder in it, the file is
 * opened without following a link, and must be a plain file. The words inside are asked
 * for since nobody can check what a recording says: secrecy is judged by them.
 */
#include "adapters/scenario/build.h"

#include "adapters/speech/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_file_name(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && n < MAX_ID && strcmp(name + n - 4, ".wav") == 0 && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "-_.") == n;
}

/* -1: *ret_why says it in words, errno is ENOENT if there is no such file. */
static int open_sound(const struct build *b, const char *name, const char **ret_why)
{
	int folder = open(b->words->announcements, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;
	struct stat st;

	*ret_why = "there is no folder announcements beside the lexicon";
	if (folder < 0)
		return -1;
	/* O_NONBLOCK: a FIFO would let us wait for ever. */
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int err = errno;
	close(folder);
	*ret_why = err == ELOOP    ? "it is a symbolic link: put the file itself there"
		   : err == ENOENT ? "there is no such file in the announcements folder"
				   : strerror(err);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		*ret_why = "it is not a plain file";
		close(fd);
		fd = -1;
		err = EINVAL;
	}
	errno = err;
	return fd;
}

static int read_all(int fd, uint8_t **ret_bytes, size_t *ret_n, const char **ret_why)
{
	struct stat st;
	size_t n = 0;
	ssize_t got;

	if (fstat(fd, &st) != 0)
		return E_IO;
	*ret_why = "it is larger than 32 MB";
	if (st.st_size > MAX_SOUND_FILE)
		return E_LIMIT;
	uint8_t *bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return E_NOMEM;
	while (n < (size_t)st.st_size && (got = read(fd, bytes + n, (size_t)st.st_size - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(bytes);
			*ret_why = strerror(errno);
			return E_IO;
		}
		n += (size_t)got;
	}
	*ret_bytes = bytes;
	*ret_n = n;
	return 0;
}

/* With how many there are: or a recording that ends in another's name and bytes would be the same
 * to the version as both. */
static void cover(struct build *b, const uint8_t *bytes, size_t n)
{
	uint8_t size[8];

	for (size_t i = 0; i < sizeof size; i++)
		size[i] = (uint8_t)(n >> (56 - 8 * i));
	crypto_hash_sha256_update(&b->hash, size, sizeof size);
	crypto_hash_sha256_update(&b->hash, bytes, n);
}

static struct audio *read_sound(struct build *b, const xmlNode *n, const char *name, int fd)
{
	uint8_t *bytes = NULL;
	size_t size = 0;
	struct audio *audio = NULL;
	char text[RECORDED_WHY] = "";
	const char *why = "it cannot be read";
	int err = read_all(fd, &bytes, &size, &why);

	if (!err) {
		why = text;
		err = recorded_read(bytes, size, &audio, text);
	}
	if (err == E_NOMEM)
		b->no_memory = true;
	else if (err)
		wrong(b, n, "[audio] %s: %s", name, why);
	else
		cover(b, bytes, size);
	free(bytes);
	return audio;
}

static void check_room(struct build *b, const xmlNode *n)
{
	size_t ms = 0;

	for (size_t i = 0; i < b->s->n_sounds; i++)
		ms += b->s->sounds[i].audio ? b->s->sounds[i].audio->n / 8 : 0;
	if (ms > MAX_SOUNDS_MS)
		wrong(b, n, "[audio] the recordings of this scenario are too long: at most %d s",
		      MAX_SOUNDS_MS / 1000);
}

static void load_sound(struct build *b, const xmlNode *n, struct model_sound *sound, bool optional)
{
	const char *why;
	int fd = open_sound(b, sound->name, &why);

	/* That it is not there is part of the version, too. */
	crypto_hash_sha256_update(&b->hash, (const uint8_t *)sound->name, strlen(sound->name) + 1);
	if (fd < 0 && errno == ENOENT && optional) {
		problems_warn(b->problems, b->file, line_of(n),
			      "[audio] %s is not there yet: its words are spoken by the voice",
			      sound->name);
		return;
	}
	if (fd < 0) {
		wrong(b, n, "[audio] %s: %s", sound->name, why);
		return;
	}
	sound->audio = read_sound(b, n, sound->name, fd);
	close(fd);
	check_room(b, n);
}

const struct model_sound *build_sound(struct build *b, const xmlNode *n, bool optional)
{
	const char *name = attr_must(b, n, "src");
	struct model_sound *sound;

	if (!*name)
		return NULL;
	if (!is_file_name(name)) {
		wrong(b, n,
		      "[audio] src=\"%.60s\" is not a file of the announcements folder: write its "
		      "name alone (letters, digits, - and _, then .wav)",
		      name);
		return NULL;
	}
	for (size_t i = 0; i < b->s->n_sounds; i++)
		if (strcmp(b->s->sounds[i].name, name) == 0)
			return &b->s->sounds[i];
	if (b->s->n_sounds == MAX_SOUNDS) {
		wrong(b, n, "[audio] there are too many recordings: at most %d", MAX_SOUNDS);
		return NULL;
	}
	sound = &b->s->sounds[b->s->n_sounds++];
	sound->name = name;
	load_sound(b, n, sound, optional);
	return sound;
}
