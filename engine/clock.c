/* See clock.h. The offset is one atomic number: readers never see half a jump. */
#include "engine/clock.h"

#include "engine/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t offset_ms;
static _Atomic bool rehearsal;
static int log_fd = -1;

static int64_t ms_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_real_ms(void)
{
	return ms_of(CLOCK_REALTIME);
}

int64_t clock_boot_ms(void)
{
	return ms_of(CLOCK_BOOTTIME);
}

bool clock_is_rehearsal(void)
{
	return atomic_load(&rehearsal);
}

int64_t clock_now_ms(void)
{
	return clock_real_ms() + atomic_load(&offset_ms);
}

/* "<real ms> <rehearsal ms>\n": from this instant on the clock reads so. At the start of a process
 * an empty line comes first, which ends whatever a crash tore. */
static int write_jump(int64_t real, int64_t shown, const char *before)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%s%" PRId64 " %" PRId64 "\n", before, real, shown);
	return write(log_fd, line, (size_t)n) == n && fsync(log_fd) == 0 ? 0 : E_IO;
}

/* The offset of the last whole line of an earlier process, so that time goes on where it stood. */
static bool last_offset(FILE *f, int64_t *ret_offset)
{
	char line[128];
	int64_t real, shown;
	bool found = false;
	while (fgets(line, sizeof line, f)) /* a line without its end was torn by a crash */
		if (strchr(line, '\n') &&
		    sscanf(line, "%" SCNd64 " %" SCNd64, &real, &shown) == 2) {
			*ret_offset = shown - real;
			found = true;
		}
	return found;
}

int clock_rehearse(int64_t start_ms, const char *log_path)
{
	int64_t real = clock_real_ms(), offset = (start_ms ? start_ms : real) - real;
	FILE *old = fopen(log_path, "r");
	bool old_found = false;
	if (old) {
		old_found = last_offset(old, &offset);
		fclose(old);
	}
	if (log_fd >= 0)
		close(log_fd);
	log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log_fd < 0 || write_jump(real, real + offset, old_found ? "\n" : ""))
		return E_IO;
	atomic_store(&offset_ms, offset);
	atomic_store(&rehearsal, true);
	log_info("event=rehearsal offset_ms=%" PRId64, offset);
	return 0;
}

int clock_jump(int64_t to_ms)
{
	int64_t real = clock_real_ms(), now = real + atomic_load(&offset_ms);
	if (!clock_is_rehearsal() || to_ms <= now)
		return 0;
	int err = write_jump(real, to_ms, ""); /* first the record, then the time */
	if (!err)
		atomic_store(&offset_ms, to_ms - real);
	return err;
}
