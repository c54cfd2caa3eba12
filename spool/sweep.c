/*
 * The sweep at start (spool.h). Three things may lie about after a crash:
 *
 *   - unfinished writes (names that only afile gives) and whatever is in tmp/:
 *     never a whole file, so they are removed;
 *   - whole files in the folder of an earlier state: the engine moves them on, it
 *     knows by its records;
 *   - what nobody of us put there (a foreign name, a link, a folder, a file that
 *     cannot be read): moved to odd/ beside a .reason file, never removed. It may
 *     be somebody's only copy.
 */
#include "spool/spool.h"

#include "engine/log.h"
#include "spool/afile.h"
#include "spool/tree.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* NULL, or why it does not belong here. */
static const char *what_is_odd(const char *path, const char *name, bool want_id)
{
	struct stat st;
	uint32_t id;

	if (lstat(path, &st) < 0)
		return "cannot be looked at";
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_uid != geteuid())
		return "owned by another user";
	if (want_id && !name_local_id(name, &id))
		return "not a name that the engine gives";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return "cannot be read";
	close(fd);
	return NULL;
}

/* The reason is written first: a file in odd/ without its reason must not happen. */
static int move_aside(struct spool *s, enum spool_kind kind, const char *name, const char *path,
		      const char *why)
{
	char local[NAME_LOCAL_MOST], to_name[NAME_LOCAL_MOST + 64];
	char to[MAX_PATH_BYTES], reason[MAX_PATH_BYTES], words[MAX_WORDS];
	struct timespec now;
	int err;

	clock_gettime(CLOCK_REALTIME, &now);
	name_local(0, name, local);
	snprintf(to_name, sizeof to_name, "%s.%lld%09ld.%s", spool_kind_name(kind),
		 (long long)now.tv_sec, now.tv_nsec, local + strcspn(local, ".") + 1);
	err = tree_path(s, SPOOL_ODD, to_name, to);
	if (err)
		return err;
	if (snprintf(reason, sizeof reason, "%s.reason", to) >= (int)sizeof reason)
		return E_LIMIT;
	int n = snprintf(words, sizeof words, "found in %s/: %s\n", spool_kind_name(kind), why);
	err = afile_put(reason, words, (size_t)n, 0600, AFILE_NEW);
	if (err == 0)
		err = afile_rename_durable(path, to);
	log_warn("event=odd-file from=%s to=%s why=\"%s\" err=%d", spool_kind_name(kind), to_name,
		 why, err);
	return err;
}

static void sweep_entry(struct spool *s, enum spool_kind kind, const char *name,
			struct spool_swept *swept)
{
	char path[MAX_PATH_BYTES];
	const char *why;

	if (tree_path(s, kind, name, path) != 0) {
		swept->failed++;
		return;
	}
	bool scratch = kind == SPOOL_TMP || afile_is_temporary(name);
	why = what_is_odd(path, name, !scratch);
	if (scratch && !why) {
		int err = afile_remove_durable(path);
		swept->removed += err == 0;
		swept->failed += err != 0;
		log_info("event=unfinished-file-removed kind=%s name=%s err=%d",
			 spool_kind_name(kind), name, err);
	} else if (why) {
		int err = move_aside(s, kind, name, path, why);
		swept->odd += err == 0;
		swept->failed += err != 0;
	}
}

/* odd/ itself: only unfinished .reason files of a crash; nothing in it is odder than it was. */
static bool leave_alone(enum spool_kind kind, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	return kind == SPOOL_ODD && !afile_is_temporary(name);
}

int spool_sweep(struct spool *s, struct spool_swept *ret_swept)
{
	struct spool_swept swept = {0, 0, 0};
	struct dirent **list;

	for (int kind = 0; kind < SPOOL_KINDS; kind++) {
		if (kind == SPOOL_ARCHIVE)
			continue; /* years of folders; links are made there, nothing is written */
		int n = tree_list(s, (enum spool_kind)kind, &list);
		if (n < 0)
			return n;
		for (int i = 0; i < n; i++)
			if (!leave_alone((enum spool_kind)kind, list[i]->d_name))
				sweep_entry(s, (enum spool_kind)kind, list[i]->d_name, &swept);
		tree_list_free(list, n);
	}
	*ret_swept = swept;
	return 0;
}
