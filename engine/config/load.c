/*
 * Loading: read the file, give absent keys their defaults, then check what no
 * single key can tell. Everything wrong is reported; the first error does not hide
 * the second. The secrets are wiped from memory when a configuration is freed.
 */
#include "engine/config/config.h"
#include "engine/config/load.h"
#include "engine/config/value.h"
#include "engine/full_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

size_t load_count(const struct load *l, enum section section)
{
	const struct config_section *s = &config_sections[section];
	size_t n;
	if (!s->stride)
		return 1;
	memcpy(&n, (const char *)l->c + s->count, sizeof n);
	return n;
}

int load_key(enum section section, const char *name, size_t n)
{
	const struct config_section *s = &config_sections[section];
	for (size_t i = 0; i < s->n; i++)
		if (strlen(s->keys[i].name) == n && memcmp(s->keys[i].name, name, n) == 0)
			return (int)i;
	return -1;
}

static const struct seen *seen_of(const struct load *l, enum section section, size_t index)
{
	return &l->seen[section][index];
}

int load_line(const struct load *l, enum section section, size_t index, const char *key)
{
	const struct seen *seen = seen_of(l, section, index);
	int k = key ? load_key(section, key, strlen(key)) : -1;
	return k >= 0 && seen->key[k] ? seen->key[k] : seen->line;
}

bool load_has(const struct load *l, enum section section, size_t index, const char *key)
{
	return seen_of(l, section, index)->key[load_key(section, key, strlen(key))] != 0;
}

void load_error(struct load *l, enum section section, size_t index, const char *key,
		const char *fmt, ...)
{
	const struct config_section *s = &config_sections[section];
	const char *id = s->stride ? (char *)config_base(l->c, s, index) + s->id : NULL;
	char words[MAX_WORDS];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	problems_error(l->problems, l->path, load_line(l, section, index, key), "[%s%s%s]%s%s %s",
		       s->name, id ? " " : "", id ? id : "", key ? " " : "", key ? key : "", words);
}

/* ---- the file ---- */

static int slurp(const char *path, struct problems *problems, char **ret_text, size_t *ret_n,
		 bool *ret_others_read)
{
	struct stat st;
	size_t n = 0;
	char *text = NULL;
	int err = E_INVALID;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0)
		goto unread;
	text = malloc(CONFIG_MOST_BYTES + 1);
	if (!text) {
		err = E_NOMEM;
		goto out;
	}
	if (read_full(fd, text, CONFIG_MOST_BYTES + 1, &n))
		goto unread;
	if (n > CONFIG_MOST_BYTES) {
		problems_error(problems, path, 0, "is too large: at most %d bytes",
			       CONFIG_MOST_BYTES);
		goto out;
	}
	close(fd);
	*ret_text = text;
	*ret_n = n;
	*ret_others_read = (st.st_mode & S_IROTH) != 0;
	return 0;
unread:
	problems_error(problems, path, 0, "cannot be read: %s", strerror(errno));
out:
	if (fd >= 0)
		close(fd);
	free(text);
	return err;
}

static int folder_of(struct load *l)
{
	char *whole = realpath(l->path, NULL);
	if (!whole) /* a text that is no file: its paths are of the working folder */
		return getcwd(l->folder, sizeof l->folder) ? 0 : E_LIMIT;
	char *slash = strrchr(whole, '/');
	size_t n = slash ? (size_t)(slash - whole) : 0;
	int err = n < sizeof l->folder ? 0 : E_LIMIT;
	if (err == 0) {
		memcpy(l->folder, whole, n);
		l->folder[n] = '\0';
	}
	free(whole);
	return err;
}

/* ---- defaults ---- */

static void one_default(struct load *l, enum section section, size_t index, size_t key)
{
	const struct config_section *s = &config_sections[section];
	const struct config_key *k = &s->keys[key];
	char why[MAX_WORDS];
	char *member = (char *)config_base(l->c, s, index) + k->offset;
	if (seen_of(l, section, index)->key[key])
		return;
	if (k->when == WHEN_REQUIRED && seen_of(l, section, index)->line)
		load_error(l, section, index, NULL, "lacks \"%s\": write for example %s = %s",
			   k->name, k->name, k->value);
	else if (k->when == WHEN_DEFAULT && value_parse(k, l->folder, k->value, member, why) != 0)
		load_error(l, section, index, k->name, "default %s", why); /* a test excludes it */
}

static void absent_section(struct load *l, enum section section)
{
	const struct config_section *s = &config_sections[section];
	char names[200] = "";
	size_t n = 0;
	if (s->optional)
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->keys[i].when == WHEN_REQUIRED)
			n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "",
					      s->keys[i].name);
	if (n)
		problems_error(l->problems, l->path, 0, "section [%s%s%s] is missing: it needs %s",
			       s->name, s->stride ? " " : "", s->stride ? "NAME" : "", names);
}

static void defaults(struct load *l)
{
	for (enum section section = 0; section < SECTIONS; section++) {
		size_t n = load_count(l, section);
		if (n == 0 || !seen_of(l, section, 0)->line)
			absent_section(l, section);
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < config_sections[section].n; k++)
				one_default(l, section, i, k);
	}
}

static void load_free(struct load *l)
{
	for (size_t i = 0; i < SECTIONS; i++)
		free(l->seen[i]);
}

static int load_new(const char *path, struct problems *problems, struct load *l)
{
	*l = (struct load){.path = path, .problems = problems, .section = SECTIONS, .skip = true};
	l->c = calloc(1, sizeof *l->c);
	bool ok = l->c != NULL;
	for (size_t i = 0; i < SECTIONS; i++) {
		l->seen[i] = calloc(config_sections[i].most, sizeof *l->seen[i]);
		ok = ok && l->seen[i];
	}
	return ok ? 0 : E_NOMEM;
}

/* The text is used up. */
int load_text(const char *path, char *text, size_t n, bool others_read, struct problems *problems,
	      struct config **ret)
{
	struct load l;
	size_t errors = problems->errors;
	int err = load_new(path, problems, &l);
	if (err != 0)
		goto out;
	l.others_read = others_read;
	err = folder_of(&l);
	if (err != 0) {
		problems_error(problems, path, 0, "has too long a path");
		goto out;
	}
	snprintf(l.c->path, sizeof l.c->path, "%s", path);
	read_text(&l, text, n);
	defaults(&l);
	check_all(&l);
	if (problems->errors > errors) {
		err = E_INVALID;
		goto out;
	}
	*ret = l.c;
	l.c = NULL;
out:
	load_free(&l);
	config_free(l.c);
	return err;
}

int config_load(const char *path, struct problems *problems, struct config **ret)
{
	char *text = NULL;
	size_t n = 0;
	bool others_read = false;
	int err = slurp(path, problems, &text, &n, &others_read);
	if (err != 0)
		return err;
	err = load_text(path, text, n, others_read, problems, ret);
	explicit_bzero(text, n);
	free(text);
	return err;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	explicit_bzero(c, sizeof *c);
	free(c);
}

const struct config_trial *config_trial(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_trials; i++)
		if (strcmp(c->trial[i].id, id) == 0)
			return &c->trial[i];
	return NULL;
}

const struct config_transfer *config_transfer(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_transfers; i++)
		if (strcmp(c->transfer[i].id, id) == 0)
			return &c->transfer[i];
	return NULL;
}

const struct config_department *config_department(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_departments; i++)
		if (strcmp(c->department[i].id, id) == 0)
			return &c->department[i];
	return NULL;
}

const struct config_user *config_user_by_uid(const struct config *c, unsigned uid)
{
	for (size_t i = 0; i < c->n_users; i++)
		if ((unsigned)c->user[i].uid == uid)
			return &c->user[i];
	return NULL;
}

int config_speech_default(const char *specs, struct speech_config *ret)
{
	const struct config_section *s = &config_sections[SECTION_SPEECH];
	struct config *c = calloc(1, sizeof *c);
	char why[MAX_WORDS];
	int err = c ? 0 : E_NOMEM;
	for (size_t i = 0; i < s->n && err == 0; i++)
		err = value_parse(&s->keys[i], "", s->keys[i].value,
				  (char *)config_base(c, s, 0) + s->keys[i].offset, why);
	if (err == 0) {
		int n = snprintf(c->speech.lexicon, sizeof c->speech.lexicon, "%s/lexicon", specs);
		err = n < (int)sizeof c->speech.lexicon ? 0 : E_LIMIT;
	}
	if (err == 0)
		*ret = c->speech;
	config_free(c);
	return err;
}
