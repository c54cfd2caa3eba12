/* The list, written out: as a configuration file, and as the manual's tables. */
#include "engine/config/config.h"
#include "engine/config/table.h"

#include <string.h>

static void dump_key(const struct config_key *k, FILE *to)
{
	char type[200];
	fprintf(to, "\n# %s\n# %s", k->words, config_type_words(k, type, sizeof type));
	switch (k->when) {
	case WHEN_REQUIRED:
		fprintf(to, "; required. Example:\n%s = %s\n", k->name, k->value);
		break;
	case WHEN_SHOWN:
		fprintf(to, "; no default. Example:\n%s = %s\n", k->name, k->value);
		break;
	case WHEN_EXAMPLE:
		fprintf(to, "; no default%s\n#%s =%s%s\n", *k->value ? ". Example:" : "", k->name,
			*k->value ? " " : "", k->value);
		break;
	case WHEN_DEFAULT:
		if (*k->value)
			fprintf(to, "\n%s = %s\n", k->name, k->value);
		else
			fprintf(to, "; none by default\n#%s =\n", k->name);
		break;
	}
}

/* A key's value in a file that --dump makes: keys of another kind of drop or gateway may not stand
 * there. */
static bool shown_as_comment(const struct config_section *s, const struct config_key *k)
{
	static const struct {
		enum section section;
		const char *key;
	} other[] = {
	    {SECTION_DROP, "port"},         {SECTION_DROP, "root"},       {SECTION_DROP, "timeout"},
	    {SECTION_GATEWAY, "service"},   {SECTION_GATEWAY, "version"}, {SECTION_GATEWAY, "poll"},
	    {SECTION_GATEWAY, "poll_rate"},
	};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (s == &config_sections[other[i].section] && strcmp(k->name, other[i].key) == 0)
			return true;
	return false;
}

void config_dump(FILE *to)
{
	fputs("# Osame's configuration: every key, with its default or an example.\n"
	      "# Comments stand on lines of their own. Relative paths start at this file's "
	      "folder.\n",
	      to);
	for (const struct config_section *s = config_sections; s < config_sections + SECTIONS;
	     s++) {
		fprintf(to, "\n# ---- %s ----\n[%s%s%s]\n", s->words, s->name,
			s->example ? " " : "", s->example ? s->example : "");
		for (size_t i = 0; i < s->n; i++) {
			struct config_key k = s->keys[i];
			if (shown_as_comment(s, &k))
				k.when = WHEN_EXAMPLE;
			dump_key(&k, to);
		}
	}
}

/* '|' would end a cell. */
static void cell(const char *s, FILE *to)
{
	for (; *s; s++) {
		if (*s == '|')
			fputc('\\', to);
		fputc(*s, to);
	}
}

static void manual_key(const struct config_key *k, FILE *to)
{
	static const char *const when[] = {[WHEN_REQUIRED] = "required, e.g. ",
					   [WHEN_DEFAULT] = "",
					   [WHEN_EXAMPLE] = "none, e.g. ",
					   [WHEN_SHOWN] = "none, e.g. "};
	char type[200];
	fprintf(to, "| `%s` | ", k->name);
	cell(config_type_words(k, type, sizeof type), to);
	if (*k->value)
		fprintf(to, " | %s`%s` | ", when[k->when], k->value);
	else
		fputs(" | none | ", to);
	cell(k->words, to);
	fputs(" |\n", to);
}

void config_manual(FILE *to)
{
	for (const struct config_section *s = config_sections; s < config_sections + SECTIONS;
	     s++) {
		fprintf(to, "### `[%s%s]`\n\n", s->name, s->example ? " NAME" : "");
		fprintf(to, "%s", s->words);
		if (s->most > 1)
			fprintf(to, " (at most %zu)", s->most);
		fputs(".\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n", to);
		for (size_t i = 0; i < s->n; i++)
			manual_key(&s->keys[i], to);
		fputs("\n", to);
	}
}

const char *config_role_words(unsigned roles, char out[96])
{
	const char *s = CONFIG_ROLE_WORDS;
	size_t n = 0;
	out[0] = '\0';
	for (unsigned bit = 1; bit & ROLES_ALL; bit <<= 1) {
		int len = (int)strcspn(s, "|");
		if (roles & bit)
			n += (size_t)snprintf(out + n, 96 - n, "%s%.*s", n ? " " : "", len, s);
		s += len + (s[len] == '|');
	}
	return out;
}
