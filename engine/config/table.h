/* The list of keys.h as a table that the parser, --dump and the manual walk. */
#ifndef ENGINE_CONFIG_TABLE_H
#define ENGINE_CONFIG_TABLE_H

#include "engine/config/config.h"

enum value_type {
	V_TEXT,     /* UTF-8 without control characters */
	V_ID,       /* letters a-z, digits, - _ . */
	V_PATH,     /* relative ones start at the configuration's folder */
	V_KEY_FILE, /* a path of a file that exists, is ours, and that nobody else can read */
	V_CITY,     /* six digits, the last a check digit */
	V_PHONE,    /* digits, a leading 0 */
	V_HOST,     /* a name or an address */
	V_ADDRESS,  /* an IPv4 or IPv6 address */
	V_SIP_URI,
	V_HTTP_URL,
	V_HOST_KEY, /* SHA256:base64 */
	V_SECRET,   /* words; or KEY_file names a file that holds them */
	V_INT,
	V_BOOL,
	V_MS,  /* a duration with its unit, kept in ms */
	V_S,   /* … in s */
	V_MIN, /* … in min */
	V_SIZE,
	V_YEN,     /* yen with at most two places, kept in sen */
	V_REAL,    /* least and most are hundredths */
	V_INSTANT, /* "YYYY-MM-DD HH:MM", Asia/Tokyo */
	V_CHOICE,  /* one word, kept as it is */
	V_LEVEL,   /* one word, kept as its place in the list */
	V_ROLES,   /* words, kept as bits */
	V_TYPES
};
enum when { WHEN_REQUIRED, WHEN_DEFAULT, WHEN_EXAMPLE, WHEN_SHOWN };

struct config_key {
	const char *name;
	enum value_type type;
	enum when when;
	const char *value;
	int64_t least, most;
	const char *choices, *words;
	size_t offset, size; /* of the member */
};

struct config_section {
	const char *name;
	const char *words;
	const char *example; /* a name, for sections that have one; else NULL */
	bool optional;       /* none is needed, whatever its keys require */
	size_t most;         /* sections of this kind */
	size_t first;        /* offset of the first one's struct in struct config */
	size_t stride;       /* its size; 0 for a single section, whose keys' offsets count from
				struct config itself */
	size_t count;        /* offset of the number of them; named sections only */
	size_t id;           /* offset of the name in the struct; named sections only */
	const struct config_key *keys;
	size_t n;
};

enum section {
	SECTION_ENGINE,
	SECTION_STORE,
	SECTION_DROP,
	SECTION_VOICE,
	SECTION_TRUNK,
	SECTION_SMS,
	SECTION_GATEWAY,
	SECTION_MONEY,
	SECTION_SPEECH,
	SECTION_RECOGNITION,
	SECTION_ARCHIVE,
	SECTION_RETENTION,
	SECTION_EXPECT,
	SECTION_DEPARTMENT,
	SECTION_TRANSFER,
	SECTION_TRIAL,
	SECTION_USER,
	SECTION_CONSOLE,
	SECTIONS
};
extern const struct config_section config_sections[SECTIONS];
#define CONFIG_MOST_KEYS 40 /* of one section */

/* Where the n-th section of a kind keeps its members. */
void *config_base(struct config *c, const struct config_section *s, size_t n);
#define CONFIG_SECRET_SET "********"
#define CONFIG_VALUE_TEXT 1200 /* room for any value as text */
/* A loaded value as it would stand in a file; a secret as CONFIG_SECRET_SET. `section`:
 * config_base(). */
void config_value_text(const struct config_key *k, const void *section, char *out, size_t size);
/* What a value looks like, for people: "a duration from 10 ms to 10 s". */
const char *config_type_words(const struct config_key *k, char *out, size_t size);

#endif
