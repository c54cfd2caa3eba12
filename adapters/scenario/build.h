/*
 * From the XML tree to the engine's model. Two rounds: first all ids and variables
 * are declared, so that an expression or a <goto> may name what stands further down;
 * then everything is built. All that is wrong is reported; the model is used only if
 * nothing was.
 */
#ifndef ADAPTERS_SCENARIO_BUILD_H
#define ADAPTERS_SCENARIO_BUILD_H

#include "engine/problems.h"
#include "engine/scenario/model.h"
#include "engine/scenario/words.h"

#include <libxml/tree.h>
#include <sodium.h>

#define NS_VXML "http://www.w3.org/2001/vxml"
#define NS_OSAME "urn:osame:scenario:1"
#define MAX_DECLARED (MAX_FIELDS * 4)

/* Inherited from the outside in, as VoiceXML's <property> is. */
struct props {
	uint32_t timeout_ms, interdigit_ms;
	char termchar;
	bool voice, no_keys; /* inputmodes */
	bool bargein;
	int rate; /* of the voice, per cent; 0: its own */
};

struct declared {
	const char *name;
	size_t dialog; /* SIZE_MAX: of the document */
	int slot;
	bool item;    /* a form item's variable */
	bool block;   /* of a block: nobody fills it */
	size_t index; /* of the item in its dialog */
};

struct build {
	struct scenario *s;
	const struct scenario_words *words; /* how spoken words are read */
	const char *file;
	struct problems *problems;
	bool no_memory;
	crypto_hash_sha256_state hash; /* of the document and its recordings: the version */
	size_t dialog;                 /* being built; SIZE_MAX: at document level */
	struct props props;            /* of the element that is being built */
	size_t n_declared;
	struct declared declared[MAX_DECLARED];
	size_t n_births;
	struct {
		int slot, line;
	} births[MAX_FIELDS];
};

/* ---- elements and attributes (element.c) ---- */
bool is_vxml(const xmlNode *n, const char *name);
bool is_osame(const xmlNode *n, const char *name);
int line_of(const xmlNode *n);
PRINTF_LIKE(3, 4) void wrong(struct build *b, const xmlNode *n, const char *fmt, ...);
void *get(struct build *b, size_t bytes); /* NULL: b->no_memory is set */
/* The first child, or the next one, that counts: comments are passed over, and blank text where
 * `text` is false. Text that is not blank and must not be there is reported and passed over. */
xmlNode *first_child(struct build *b, const xmlNode *n);
xmlNode *next_sibling(struct build *b, xmlNode *n);
/* `known`: names, NULL at the end; "o:name" are ours. Reports all others. */
void check_attrs(struct build *b, const xmlNode *n, const char *const *known);
const char *attr(struct build *b, const xmlNode *n, const char *name); /* NULL: not there */
const char *attr_osame(struct build *b, const xmlNode *n, const char *name);
const char *attr_must(struct build *b, const xmlNode *n, const char *name); /* "" when reported */
int attr_count(struct build *b, const xmlNode *n);
bool parse_bool(struct build *b, const xmlNode *n, const char *name, bool otherwise);
/* slow, fast, …, 0.8 or 80%; 0 when reported, too. */
int parse_rate(struct build *b, const xmlNode *n, const char *text);
uint32_t parse_time(struct build *b, const xmlNode *n, const char *text);
void must_be_empty(struct build *b, const xmlNode *n);
/* An element that has no place here: says what to write instead of what the profile leaves out. */
void refuse(struct build *b, const xmlNode *n);

/* ---- names and expressions (names.c) ---- */
void declare_all(struct build *b, xmlNode *root);
bool is_item(const xmlNode *n); /* of a form */
const struct declared *find_declared(const struct build *b, const char *name);
size_t find_dialog(struct build *b, const xmlNode *n, const char *next); /* SIZE_MAX: reported */
/* NULL if the attribute is not there, or is wrong (reported). */
struct expr *attr_expr(struct build *b, const xmlNode *n, const char *name);
/* The same, where matches_birth() may stand: alone. */
struct expr *attr_branch(struct build *b, const xmlNode *n, const char *name);

/* ---- spoken answers (build_spoken.c) ---- */
void take_inputmodes(struct build *b, const xmlNode *n, const char *value, struct props *props);
/* The words inside an <option> or <choice>, 、 between them, for the item's option number `option`.
 */
void add_words(struct build *b, const xmlNode *n, struct model_item *item, size_t option);
/* Once the item is whole: is it listened to, and may it be? */
void finish_spoken(struct build *b, const xmlNode *n, struct model_item *item,
		   const struct props *props);
/* o:confirms="field" or "#menu", when all are known. */
void resolve_confirms(struct build *b);

/* ---- transfer (build_transfer.c) ---- */
void build_transfer(struct build *b, xmlNode *n, struct model_item *item);

/* ---- record (build_record.c) ---- */
void build_record(struct build *b, xmlNode *n, struct model_item *item);
void finish_records(struct build *b);

/* ---- events (build_events.c) ---- */
void declare_events(struct build *b);
bool is_handler(const xmlNode *n);
struct model_handler *build_handler(struct build *b, xmlNode *n);
/* The number of an event that the document throws; EVENT_ALL when reported. */
int thrown_event(struct build *b, const xmlNode *n, const char *name);
void check_events(struct build *b);

/* ---- recordings (build_audio.c) ---- */
/* The recording that <audio src> names; NULL: reported. `optional`: it need not be there. */
const struct model_sound *build_sound(struct build *b, const xmlNode *n, bool optional);

/* ---- the parts (prompt.c, exec.c, form.c) ---- */
struct model_prompt *build_prompt(struct build *b, xmlNode *n);
struct model_node *build_nodes(struct build *b, xmlNode *first);
void add_prompt(struct build *b, xmlNode *n, struct model_prompt **list);
void add_filled(struct build *b, xmlNode *n, struct model_item *item);
/* What a field, a menu and a <record> have in common. False: it is something else. */
bool take_asking(struct build *b, xmlNode *n, struct model_item *item);
/* <option>, <choice> */
void add_option(struct build *b, xmlNode *n, struct model_item *item);
void build_document(struct build *b, xmlNode *root);

#endif
