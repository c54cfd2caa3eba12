/*
 * The archive's commands, for auditors and for who sets an installation up. None
 * needs the engine or the store: an archive that was copied elsewhere is enough.
 *
 * verify: status 0 only if nothing was found; 1 with findings; 4 if there was
 * nothing to look at, or the key cannot be read.
 */
#include "engine/cli/archive.h"

#include "engine/archive/days.h"
#include "engine/archive/verify.h"
#include "engine/clock.h"
#include "engine/config/load.h"
#include "engine/json.h"
#include "engine/registry.h"
#include "spool/afile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARCHIVE "/var/spool/osame/archive"
enum { SHOW_MS = 500 };

/* ---- options ---- */

static enum cli_status only(const struct cli *cli, const char *verb, const char *allowed)
{
	for (int i = 0; i < cli->n_options; i++) {
		char name[40];
		snprintf(name, sizeof name, " %s ", cli->option[i].name);
		if (!strstr(allowed, name))
			return cli_fail(CLI_USAGE, "archive %s takes no --%s", verb,
					cli->option[i].name);
	}
	return CLI_OK;
}

/* The folder named, else that of the configuration named by -c, else the installed one. */
static enum cli_status root_of(const struct cli *cli, const char *word, char out[MAX_PATH_BYTES])
{
	struct stat st;
	struct problems problems;
	struct config *config = NULL;
	snprintf(out, MAX_PATH_BYTES, "%s", word ? word : ARCHIVE);
	if (word || !cli->socket || stat(cli->socket, &st) != 0 || !S_ISREG(st.st_mode))
		return CLI_OK;
	problems_init(&problems);
	int err = config_load(cli->socket, &problems, &config);
	if (!err &&
	    snprintf(out, MAX_PATH_BYTES, "%s/archive", config->engine.var) >= MAX_PATH_BYTES)
		err = E_LIMIT;
	problems_print(&problems, stderr);
	problems_free(&problems);
	config_free(config);
	return err ? cli_fail(CLI_BAD_FILE, "%s: cannot be used: %s", cli->socket, err_str(err))
		   : CLI_OK;
}

static enum cli_status day_of(const struct cli *cli, const char *name, int32_t *ret)
{
	const char *text = cli_value(cli, name);
	*ret = DAY_NONE;
	if (text && civil_parse_date(text, ret) != 0)
		return cli_fail(CLI_USAGE, "--%s wants a day, as 2026-12-07", name);
	return CLI_OK;
}

/* ---- keygen ---- */

static enum cli_status put_key(const char *path, const char *text, mode_t mode)
{
	int err = afile_put(path, text, strlen(text), mode, AFILE_NEW);
	if (err == E_EXISTS)
		return cli_fail(CLI_REFUSED, "%s is there already: a key is never overwritten",
				path);
	return err ? cli_fail(CLI_BAD_FILE, "%s: %s", path, err_str(err)) : CLI_OK;
}

static enum cli_status keygen(const struct cli *cli, const struct ports *ports, const char *path)
{
	char secret[SIGN_KEY_TEXT], public[SIGN_KEY_TEXT], password[SIGN_PASSWORD_MOST];
	char why[MAX_WORDS], public_path[MAX_PATH_BYTES];
	const char *file = cli_value(cli, "password-file");
	enum cli_status status = only(cli, "keygen", " password-file ");
	if (status != CLI_OK)
		return status;
	if (!path)
		return cli_fail(CLI_USAGE,
				"archive keygen needs the name of the secret key's file");
	if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path)
		return cli_fail(CLI_USAGE, "the name is too long");
	if (access(path, F_OK) == 0) /* before the seconds that a password costs */
		return cli_fail(CLI_REFUSED, "%s is there already: a key is never overwritten",
				path);
	if (file && secret_file_read(file, password, sizeof password, why) != 0)
		return cli_fail(CLI_BAD_FILE, "%s", why);
	int err = ports->sign->generate(file ? password : NULL, secret, public);
	explicit_bzero(password, sizeof password);
	if (err)
		return cli_fail(CLI_REFUSED, "the key cannot be made: %s%s", err_str(err),
				file ? " (with a password it needs 1 GiB of memory)" : "");
	/* The public one first: a secret key without it would be useless, and look whole. */
	status = put_key(public_path, public, 0644);
	if (status == CLI_OK)
		status = put_key(path, secret, 0600);
	explicit_bzero(secret, sizeof secret);
	if (status == CLI_OK)
		printf(
		    "%s: the secret key, for key_file in [archive]; keep a copy off this machine\n"
		    "%s: the public key: give it to the auditors, by another way than the "
		    "archive\n%s",
		    path, public_path, public);
	return status;
}

/* ---- verify ---- */

struct report {
	bool json, progress;
	int64_t begin_ms, shown_ms;
	uint64_t bytes;
	char day[11]; /* the one under way: the next after those told */
};

static void wipe_progress(const struct report *r)
{
	if (r->progress && r->bytes)
		fputs("\r\033[K", stderr);
}

static int step(void *arg, size_t bytes)
{
	struct report *r = arg;
	r->bytes += bytes;
	if (!r->progress)
		return 0;
	int64_t now = clock_boot_ms();
	if (now - r->shown_ms < SHOW_MS)
		return 0;
	r->shown_ms = now;
	double mib = (double)r->bytes / (1 << 20);
	fprintf(stderr, "\r%s%s%.0f MiB read, %.0f MiB/s ", r->day[0] ? "after " : "", r->day, mib,
		mib * 1000 / (double)(now - r->begin_ms + 1));
	return 0;
}

static void print_json(struct json *j)
{
	char *text;
	size_t n;
	if (json_text(j, &text, &n) == 0) {
		puts(text);
		free(text);
	}
	json_free(j);
}

static void on_finding(void *arg, const struct finding *f)
{
	struct report *r = arg;
	char day[11] = "";
	if (f->day != DAY_NONE)
		civil_format_date(f->day, day);
	wipe_progress(r);
	if (r->json) {
		struct json *j = json_new_object();
		json_put_str(j, "finding", finding_word(f->kind));
		json_put_str(j, "day", day);
		json_put_str(j, "path", f->path);
		json_put_str(j, "words", f->words);
		print_json(j);
		return;
	}
	printf("%s  %-11s  ", day[0] ? day : "-", finding_word(f->kind));
	/* a name that somebody put there may hold what moves a terminal's cursor */
	for (const char *p = f->path; *p; p++)
		putchar((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
	printf("%s%s\n", *f->path ? ": " : "", f->words);
}

static void on_day(void *arg, const struct verify_day *d)
{
	struct report *r = arg;
	civil_format_date(d->day, r->day);
	wipe_progress(r);
	if (r->json) {
		struct json *j = json_new_object();
		json_put_str(j, "day", r->day);
		json_put_str(j, "state", d->open ? "open" : d->is_signed ? "signed" : "unsigned");
		json_put_int(j, "files", (int64_t)d->files);
		json_put_int(j, "deleted", (int64_t)d->deleted);
		json_put_int(j, "bytes", (int64_t)d->bytes);
		json_put_int(j, "findings", (int64_t)d->findings);
		json_put_str(j, "sha256", d->sha256);
		print_json(j);
	} else if (d->open) {
		printf("%s  not sealed yet: not looked at\n", r->day);
	} else {
		printf("%s  %s  %zu files, %" PRIu64 " bytes", r->day,
		       d->is_signed ? "signed" : "no signature", d->files, d->bytes);
		if (d->deleted)
			printf(", %zu deleted under certificate", d->deleted);
		printf(": %s\n", d->findings ? "FOUND" : "ok");
	}
	fflush(stdout);
}

static void conclude(const struct report *r, const struct verify_result *v, bool with_key)
{
	char day[11] = "";
	if (v->last_day != DAY_NONE)
		civil_format_date(v->last_day, day);
	wipe_progress(r);
	if (r->json) {
		struct json *j = json_new_object();
		json_put_bool(j, "ok", v->findings == 0);
		json_put_int(j, "days", (int64_t)v->days);
		json_put_int(j, "open", (int64_t)v->open);
		json_put_int(j, "files", (int64_t)v->files);
		json_put_int(j, "deleted", (int64_t)v->deleted);
		json_put_int(j, "bytes", (int64_t)v->bytes);
		json_put_int(j, "findings", (int64_t)v->findings);
		json_put_bool(j, "signatures", with_key);
		json_put_str(j, "last_day", day);
		json_put_str(j, "last_sha256", v->last_sha256);
		print_json(j);
		return;
	}
	printf("%zu sealed days, %zu files, %" PRIu64 " bytes: ", v->days, v->files, v->bytes);
	if (v->findings)
		printf("%zu FOUND\n", v->findings);
	else
		puts("as they were sealed");
	if (v->days)
		printf("the last manifest, of %s: %s\n", day, v->last_sha256);
	if (!with_key)
		puts("signatures were not looked at: --key FILE names the public key");
}

static enum cli_status read_key(const struct ports *ports, const char *path,
				struct sign_public *ret)
{
	char *text = NULL;
	size_t n;
	int err = day_slurp(path, SIGN_KEY_TEXT, &text, &n);
	if (!err)
		err = ports->sign->public_read(text, ret);
	free(text);
	return err ? cli_fail(CLI_BAD_FILE, "%s: is no public key of minisign's: %s", path,
			      err_str(err))
		   : CLI_OK;
}

static bool hash_ok(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static enum cli_status verify(const struct cli *cli, const struct ports *ports, const char *word)
{
	struct report r = {.json = cli->json, .begin_ms = clock_boot_ms()};
	struct sign_public key = {0};
	char root[MAX_PATH_BYTES];
	const char *key_file = cli_value(cli, "key");
	struct verify_config c = {.root = root,
				  .sum = {ports->digest, step, &r},
				  .sign = ports->sign,
				  .key = key_file ? &key : NULL,
				  .hash = cli_value(cli, "hash"),
				  .on_finding = on_finding,
				  .on_day = on_day,
				  .arg = &r};
	struct verify_result v;
	r.progress = !cli->json && isatty(STDERR_FILENO);
	enum cli_status status = only(cli, "verify", " key from to hash ");
	if (status == CLI_OK && c.hash && !hash_ok(c.hash))
		status = cli_fail(CLI_USAGE, "--hash wants the 64 hex digits of a receipt");
	if (status == CLI_OK)
		status = day_of(cli, "from", &c.from);
	if (status == CLI_OK)
		status = day_of(cli, "to", &c.to);
	if (status == CLI_OK)
		status = root_of(cli, word, root);
	if (status == CLI_OK && key_file)
		status = read_key(ports, key_file, &key);
	if (status != CLI_OK)
		return status;
	int err = verify_archive(&c, &v);
	if (err) {
		wipe_progress(&r);
		return cli_fail(CLI_BAD_FILE, "%s: %s", root, err_str(err));
	}
	conclude(&r, &v, key_file != NULL);
	return v.findings ? CLI_REFUSED : CLI_OK;
}

/* ---- list ---- */

struct listed {
	bool sealed;
	size_t files;
	uint64_t bytes;
	size_t deleted; /* classes */
};

static int look(const char *root, int32_t day, struct listed *ret)
{
	char path[MAX_PATH_BYTES], *text = NULL;
	struct day_files files = {0};
	struct day_classes classes;
	struct manifest m;
	size_t n, line;
	*ret = (struct listed){.sealed = false};
	int err = day_path(root, day, MANIFEST_NAME, path);
	if (!err)
		err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
	if (!err) {
		err = manifest_read(text, n, &m, &line);
		*ret = (struct listed){true, m.n, m.bytes, 0};
		manifest_free(&m);
		free(text);
	} else if (err == E_NOTFOUND) {
		err = day_files(root, day, &files);
		ret->files = files.n;
		for (size_t i = 0; i < files.n; i++)
			ret->bytes += (uint64_t)files.list[i].size;
		day_files_free(&files);
	}
	if (!err)
		err = day_certificates(root, day, &classes);
	if (!err)
		ret->deleted = classes.n;
	return err;
}

static void show_listed(const struct cli *cli, int32_t day, const struct listed *l, int err)
{
	char words[11];
	civil_format_date(day, words);
	if (cli->json) {
		struct json *j = json_new_object();
		json_put_str(j, "day", words);
		json_put_str(j, "state", err ? "damaged" : l->sealed ? "sealed" : "open");
		json_put_int(j, "files", (int64_t)l->files);
		json_put_int(j, "bytes", (int64_t)l->bytes);
		json_put_int(j, "classes_deleted", (int64_t)l->deleted);
		print_json(j);
		return;
	}
	printf("%s  %-7s  %6zu files  %14" PRIu64 " bytes", words,
	       err         ? "damaged"
	       : l->sealed ? "sealed"
			   : "open",
	       l->files, l->bytes);
	if (l->deleted)
		printf("  %zu classes deleted under certificate", l->deleted);
	putchar('\n');
}

static enum cli_status list(const struct cli *cli, const char *word)
{
	char root[MAX_PATH_BYTES];
	struct days days;
	struct listed l;
	int32_t from, to;
	enum cli_status status = only(cli, "list", " from to ");
	if (status == CLI_OK)
		status = day_of(cli, "from", &from);
	if (status == CLI_OK)
		status = day_of(cli, "to", &to);
	if (status == CLI_OK)
		status = root_of(cli, word, root);
	if (status != CLI_OK)
		return status;
	int err = days_list(root, &days);
	if (err)
		return cli_fail(CLI_BAD_FILE, "%s: %s", root, err_str(err));
	for (size_t i = 0; i < days.n; i++) {
		if ((from != DAY_NONE && days.list[i] < from) ||
		    (to != DAY_NONE && days.list[i] > to))
			continue;
		err = look(root, days.list[i], &l);
		if (err)
			status = CLI_REFUSED;
		if (err || l.files)
			show_listed(cli, days.list[i], &l, err);
	}
	days_free(&days);
	return status;
}

enum cli_status cli_archive(const struct cli *cli, int n, char **words)
{
	const struct ports *ports = registry();
	const char *verb = n > 1 ? words[1] : "", *word = n > 2 ? words[2] : NULL;
	if (n > 3)
		return cli_fail(CLI_USAGE, "archive %s: one word too many: %s", verb, words[3]);
	if (ports->digest->init() != 0)
		return cli_fail(CLI_REFUSED, "the cryptographic library cannot start");
	if (strcmp(verb, "keygen") == 0)
		return keygen(cli, ports, word);
	if (strcmp(verb, "verify") == 0)
		return verify(cli, ports, word);
	if (strcmp(verb, "list") == 0)
		return list(cli, word);
	return cli_fail(CLI_USAGE, "archive keygen, verify or list; see osame --help");
}
