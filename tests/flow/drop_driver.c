/*
 * Drives drop_sftp for tests/flow/test_drop.py: jobs as tab-separated lines on standard input,
 * events as lines on standard output. drop_driver HOST PORT USER KEY PIN ROOT TIMEOUT_MS FIRST_MS
 * MOST_MS
 */
#include "adapters/drop/drop.h"
#include "adapters/sign/digest.h"
#include "engine/event.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_event(const struct event *ev)
{
	if (ev->kind == EV_DROP_STATE) {
		printf("state\t%s\t%d\t%s\n", ev->trunk.up ? "up" : "down", ev->trunk.status,
		       ev->trunk.why);
	} else if (ev->kind == EV_DROP_DONE) {
		const struct drop_done *d = ev->drop;
		for (size_t i = 0; i < d->n_entries; i++)
			printf("entry\t%s\t%lld\t%lld\n", d->entries[i].name,
			       (long long)d->entries[i].size, (long long)d->entries[i].mtime_s);
		printf("done\t%d\t%lld\t%s\t%s\n", d->err, (long long)d->size, d->sha256, d->why);
	}
	fflush(stdout);
}

static const char *next(char **line)
{
	const char *word = strsep(line, "\t");
	return word ? word : "";
}

static void post(struct drop *d, char *line)
{
	static const char *const kinds[] = {"list", "fetch", "move", "put", "stat"};
	struct drop_job job = {.kind = DROP_LIST};
	const char *kind = next(&line);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kind, kinds[i]) == 0)
			job.kind = (enum drop_job_kind)i;
	snprintf(job.name, sizeof job.name, "%s", next(&line));
	snprintf(job.path, sizeof job.path, "%s", next(&line));
	job.size = atoll(next(&line));
	job.mtime_s = atoll(next(&line));
	snprintf(job.folder, sizeof job.folder, "%s", next(&line));
	snprintf(job.to_name, sizeof job.to_name, "%s", next(&line));
	if (drop_sftp.post(d, &job) != 0)
		exit(3);
}

int main(int argc, char **argv)
{
	struct drop_config c = {.kind = "sftp", .id = "core", .temporary = "*.tmp *.part .*"};
	struct mailbox *box;
	struct drop *d;
	char line[4096];

	if (argc != 10 || digest_sodium.init() != 0 || mailbox_new(64, &box) != 0)
		return 2;
	snprintf(c.host, sizeof c.host, "%s", argv[1]);
	c.port = atoi(argv[2]);
	snprintf(c.user, sizeof c.user, "%s", argv[3]);
	snprintf(c.key_file, sizeof c.key_file, "%s", argv[4]);
	snprintf(c.host_key, sizeof c.host_key, "%s", argv[5]);
	snprintf(c.root, sizeof c.root, "%s", argv[6]);
	c.timeout_ms = atoi(argv[7]);
	c.retry_first_ms = atoi(argv[8]);
	c.retry_most_ms = atoi(argv[9]);
	if (drop_sftp.start(&c, box, &d) != 0)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what fgets has not taken */
	for (;;) {
		struct pollfd p[2] = {{.fd = 0, .events = POLLIN},
				      {.fd = mailbox_fd(box), .events = POLLIN}};
		poll(p, 2, -1);
		for (struct event *ev; (ev = mailbox_take(box)) != NULL; event_free(ev))
			print_event(ev);
		if (p[0].revents && !fgets(line, sizeof line, stdin))
			break;
		if (p[0].revents) {
			line[strcspn(line, "\n")] = 0;
			post(d, line);
		}
	}
	drop_sftp.stop(d);
	mailbox_free(box, event_free);
	return 0;
}
