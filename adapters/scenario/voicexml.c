/*
 * Loading: bytes, XML, model, schema, secrecy; the first that finds an error ends it,
 * since what comes after would only speak of its consequences. The version is the hash
 * of the very bytes that were parsed, and of the recordings that they name.
 */
#include "adapters/scenario/voicexml.h"

#include "adapters/scenario/build.h"
#include "adapters/scenario/xml.h"
#include "engine/digest.h"
#include "engine/limits.h"
#include "engine/scenario/check.h"
#include "engine/utf8.h"

#include <errno.h>
#include <libxml/parser.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At most `most` + 1 bytes, so that the caller sees a file that is too long. */
static int read_file(const char *path, size_t most, char **ret_bytes, size_t *ret_n)
{
	FILE *file = fopen(path, "rbe");
	char *bytes = NULL;
	int err = 0;
	size_t n = 0;

	if (!file)
		return errno == ENOENT ? E_NOTFOUND : E_IO;
	bytes = malloc(most + 2);
	if (!bytes) {
		err = E_NOMEM;
		goto out;
	}
	n = fread(bytes, 1, most + 1, file);
	if (ferror(file)) {
		err = E_IO;
		goto out;
	}
	bytes[n] = '\0';
	*ret_bytes = bytes;
	*ret_n = n;
	bytes = NULL;
out:
	free(bytes);
	fclose(file);
	return err;
}

static int say_unread(const char *path, int err, struct problems *problems)
{
	if (err == E_NOMEM)
		return err;
	problems_error(problems, path, 0, "cannot read it: %s",
		       err == E_NOTFOUND ? "there is no such file" : strerror(errno));
	return E_INVALID;
}

/* ---- a document ---- */

static int build_model(const char *file, xmlDoc *doc, const struct scenario_words *words,
		       struct problems *problems, struct scenario *s,
		       crypto_hash_sha256_state *hash)
{
	struct build *b = calloc(1, sizeof *b);
	xmlNode *root = xmlDocGetRootElement(doc);
	int err = 0;

	if (!b)
		return E_NOMEM;
	b->s = s;
	b->words = words;
	b->file = file;
	b->problems = problems;
	b->dialog = SIZE_MAX;
	b->hash = *hash;
	if (!root || !is_vxml(root, "vxml"))
		problems_error(problems, file, root ? line_of(root) : 0,
			       "the document is not <vxml xmlns=\"%s\">", NS_VXML);
	else
		build_document(b, root);
	if (b->no_memory)
		err = E_NOMEM;
	*hash = b->hash;
	free(b);
	return err;
}

static int build_and_check(const char *file, xmlDoc *doc, const struct scenario_words *words,
			   struct problems *problems, struct scenario *s,
			   crypto_hash_sha256_state *hash)
{
	size_t before = problems->errors;
	int err = build_model(file, doc, words, problems, s, hash);

	if (err == 0 && problems->errors == before)
		err = xml_check_schema(file, doc, problems);
	if (err == 0 && problems->errors == before)
		err = scenario_check(s, words, problems);
	if ((err == 0 || err == E_LIMIT) && problems->errors > before)
		err = E_INVALID;
	return err;
}

static void end_hash(crypto_hash_sha256_state *hash, char out[65])
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(hash, digest);
	digest_hex(digest, sizeof digest, out);
}

int voicexml_load_memory(const char *file, const char *bytes, size_t n,
			 const struct scenario_words *words, struct problems *problems,
			 struct scenario **ret_scenario)
{
	struct problems found; /* ours alone: the caller's may hold errors of other files */
	struct scenario *s = NULL;
	xmlDoc *doc = NULL;
	crypto_hash_sha256_state hash;
	int err;

	xmlInitParser();
	problems_init(&found);
	if ((err = scenario_new(&s)) != 0)
		goto out;
	s->file = model_text(s, file, strlen(file));
	s->source = model_text(s, bytes, n);
	if (!s->file || !s->source) {
		err = E_NOMEM;
		goto out;
	}
	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(&hash, (const unsigned char *)bytes, n);
	if ((err = xml_parse(file, bytes, n, &found, &doc)) != 0)
		goto out;
	err = build_and_check(file, doc, words, &found, s, &hash);
	end_hash(&hash, s->version);
	if (err == 0) {
		*ret_scenario = s;
		s = NULL;
	}
out:
	for (size_t i = 0; i < found.n; i++) {
		const struct problem *p = &found.list[i];
		(p->kind == PROBLEM_ERROR ? problems_error : problems_warn)(problems, p->file,
									    p->line, "%s", p->what);
	}
	problems_free(&found);
	xmlFreeDoc(doc);
	scenario_unref(s);
	return err;
}

static int load(const char *path, const struct scenario_words *words, struct problems *problems,
		struct scenario **ret_scenario)
{
	char *bytes = NULL;
	size_t n = 0;
	int err = read_file(path, MAX_SCENARIO_BYTES, &bytes, &n);

	if (err)
		return say_unread(path, err, problems);
	err = voicexml_load_memory(path, bytes, n, words, problems, ret_scenario);
	free(bytes);
	return err;
}

/* ---- words ---- */

#define MAX_WORDS_BYTES 65536

static int add_line(const char *path, int line, char *text, enum words_kind kind,
		    struct problems *problems, struct scenario_words *words)
{
	size_t n;
	int err;

	text[strcspn(text, "#\r")] = '\0';
	text += strspn(text, " \t");
	for (n = strlen(text); n > 0 && strchr(" \t", text[n - 1]);)
		text[--n] = '\0';
	if (n == 0)
		return 0;
	err = words_add(words, kind, text);
	if (err == E_NOMEM)
		return err;
	if (err)
		problems_error(problems, path, line,
			       err == E_LIMIT ? "there are too many words: at most %d"
					      : "this is not a word (at most %d are taken)",
			       MAX_LEXICON_WORDS);
	return 0;
}

/* Word, one tab, its reading. */
static int add_reading(const char *path, int line, char *text, struct problems *problems,
		       struct scenario_words *words)
{
	char *reading;
	int err;

	text[strcspn(text, "#\r")] = '\0';
	for (size_t n = strlen(text); n > 0 && strchr(" \t", text[n - 1]);)
		text[--n] = '\0';
	if (*text == '\0')
		return 0;
	reading = strchr(text, '\t');
	if (reading)
		*reading++ = '\0';
	err = reading ? words_add_reading(words, text, reading) : E_INVALID;
	if (err && err != E_NOMEM)
		problems_error(problems, path, line,
			       err == E_LIMIT ? "there are too many words: at most %d"
					      : "write a word, one tab and its reading in kana "
						"(at most %d such lines)",
			       MAX_LEXICON_WORDS);
	return err == E_NOMEM ? err : 0;
}

/* Not every site speaks: without the file only kana can be spoken answers. */
static int read_readings(const char *dir, struct problems *problems, struct scenario_words *words)
{
	char path[MAX_PATH_BYTES], *bytes = NULL, *rest, *line;
	size_t n = 0, before = problems->errors;
	int err, number = 0;

	snprintf(path, sizeof path, "%s/spoken-words", dir);
	err = read_file(path, MAX_WORDS_BYTES, &bytes, &n);
	if (err)
		return err == E_NOTFOUND ? 0 : say_unread(path, err, problems);
	if (n > MAX_WORDS_BYTES || !utf8_valid(bytes, n, NULL) || memchr(bytes, '\0', n))
		problems_error(problems, path, 0, "it is not UTF-8 text of at most %d bytes",
			       MAX_WORDS_BYTES);
	rest = bytes;
	while (!err && problems->errors == before && (line = strsep(&rest, "\n")) != NULL)
		err = add_reading(path, ++number, line, problems, words);
	free(bytes);
	return err ? err : problems->errors > before ? E_INVALID : 0;
}

static int read_words(const char *dir, const char *name, enum words_kind kind,
		      struct problems *problems, struct scenario_words *words)
{
	char path[MAX_PATH_BYTES], *bytes = NULL, *rest, *line;
	size_t n = 0, before = problems->errors;
	int err, number = 0;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if ((err = read_file(path, MAX_WORDS_BYTES, &bytes, &n)) != 0)
		return say_unread(path, err, problems);
	if (n > MAX_WORDS_BYTES || !utf8_valid(bytes, n, NULL) || memchr(bytes, '\0', n))
		problems_error(problems, path, 0, "it is not UTF-8 text of at most %d bytes",
			       MAX_WORDS_BYTES);
	rest = bytes;
	while (problems->errors == before && (line = strsep(&rest, "\n")) != NULL)
		if ((err = add_line(path, ++number, line, kind, problems, words)) != 0)
			break;
	/* An empty list would let everything pass. */
	if (err == 0 && problems->errors == before && words->list[kind].n == 0)
		problems_error(problems, path, 0, "there is no word in it");
	free(bytes);
	return err ? err : problems->errors > before ? E_INVALID : 0;
}

static int words_load(const char *dir, struct problems *problems, struct scenario_words **ret_words)
{
	static const char *const names[] = {[WORDS_SECRET] = "secret-words",
					    [WORDS_OFFICE] = "office-words",
					    [WORDS_WARNED] = "warned-words"};
	struct scenario_words *words = NULL;
	int err = words_new(&words), first = err;

	if (!err)
		snprintf(words->announcements, sizeof words->announcements,
			 "%.1000s/../announcements", dir);

	for (int kind = 0; kind < WORDS_KINDS && first != E_NOMEM; kind++) {
		err = read_words(dir, names[kind], (enum words_kind)kind, problems, words);
		first = first ? first : err;
	}
	if (!first)
		first = read_readings(dir, problems, words);
	if (first) {
		words_free(words);
		return first;
	}
	*ret_words = words;
	return 0;
}

const struct scenario_ops scenario_voicexml = {
    .name = "voicexml",
    .load = load,
    .load_bytes = voicexml_load_memory,
    .words_load = words_load,
    .words_free = words_free,
};
