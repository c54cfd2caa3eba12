/*
 * A layout as the readers and writers use it; docs/layouts.md describes the file.
 * Immutable after loading, shared by all threads without a lock. Everything in it
 * lives in its arena.
 */
#ifndef ADAPTERS_EXCHANGE_LAYOUT_H
#define ADAPTERS_EXCHANGE_LAYOUT_H

#include "adapters/exchange/template.h"
#include "adapters/exchange/value.h"
#include "engine/exchange.h"
#include <stdio.h>

#define MAX_LAYOUTS 200
#define MAX_CODES 200 /* of one code table */

/* What a column of an incoming file fills. The order is that of field names in fields.c. */
enum in_field {
	IN_PERSON,
	IN_GYOMU,
	IN_TAX,
	IN_TAX_WORDS,
	IN_FUKA_YEAR,
	IN_CHOTEI_YEAR,
	IN_PERIOD,
	IN_NOTICE,
	IN_DUE_DATE,
	IN_AMOUNT,
	IN_NAME,
	IN_KANA,
	IN_BIRTH_DATE,
	IN_NUMBER_1,
	IN_NUMBER_2,
	IN_NUMBER_3,
	IN_KIND_1,
	IN_KIND_2,
	IN_KIND_3,
	IN_SMS_1,
	IN_SMS_2,
	IN_SMS_3,
	IN_CONTACT,
	IN_CONTACT_NAME,
	IN_CONTACT_KANA,
	IN_CONTACT_BIRTH,
	IN_NAME_GROUP,
	IN_HOUSEHOLD,
	IN_PAY_METHOD,
	IN_LANGUAGE,
	IN_CARE,
	IN_DEMAND_SENT,
	IN_SLIP_UNTIL,
	IN_LATE_CHARGE,
	IN_PAYMENT,
	IN_REST,
	IN_PAID_DATE,
	IN_WAIT_UNTIL,
	IN_AS_OF,
	IN_WORDS,
	IN_ACTION,
	IN_EXCLUSION,
	IN_HOLD,
	IN_MARK,
	IN_FROM_DATE,
	IN_UNTIL_DATE,
	IN_FOUND_DATE,
	IN_NEW_PERSON,
	IN_NEW_GYOMU,
	IN_NEW_TAX,
	IN_NEW_FUKA_YEAR,
	IN_NEW_CHOTEI_YEAR,
	IN_NEW_PERIOD,
	IN_NEW_NOTICE,
	IN_FIELDS, /* their number */
	IN_NONE = IN_FIELDS
};

enum column_kind { COLUMN_VALUE, COLUMN_CONSTANT, COLUMN_MAPPED, COLUMN_COMPOSED, COLUMN_CARRIED };
enum bom_rule { BOM_NO, BOM_YES, BOM_EITHER };
enum quote_rule { QUOTE_ALL, QUOTE_NEEDED };
enum encoding { ENCODING_UTF8, ENCODING_CP932 };

struct code {
	const char *code;  /* in the file */
	const char *value; /* ours */
	const char *words; /* for the words field, or NULL */
};

struct column {
	enum column_kind kind;
	int line;
	const char *item; /* header; NULL: a constant that is not in the file */
	const char *id;   /* item ID, or NULL */
	struct value_type type;
	bool required, cut;
	bool fixed, pad; /* incoming: exactly `length` characters; a shorter number gets zeros */
	bool optional;   /* the file may lack the column altogether */
	enum in_field field, words_field; /* incoming */
	const char *out_name;             /* outgoing: our field's name */
	const char *value;                /* constant */
	struct template composed;
	size_t n_codes;
	struct code *codes;
};

struct layout {
	struct arena *arena;
	enum layout_kind kind;
	const char *path, *id, *title, *gyomu;
	const char *pattern;    /* fnmatch(3) */
	const char *completion; /* suffix of its completion file, or "" */
	struct template name;   /* outgoing */
	enum encoding encoding;
	bool geta; /* outgoing CP932: a character that it lacks becomes 〓; else the file is not
		      built */
	enum bom_rule bom;
	enum quote_rule quote;
	bool crlf, header_ids, ignore_extra;
	bool no_debts; /* targets: matters without a debt (general campaigns) */
	size_t n_columns, n_carried;
	struct column *columns;
};

bool layout_is_incoming(enum layout_kind kind);
const char *layout_kind_word(enum layout_kind kind);

/* One file. E_INVALID: problems say why. */
int layout_load(const char *path, const char *schema_dir, struct problems *problems,
		struct layout **ret_layout) MUST_CHECK;
void layout_free(struct layout *l); /* NULL is fine */

/* fields.c */
enum in_field field_in(const char *name); /* IN_NONE if unknown */
const char *field_in_name(enum in_field field);
bool field_is_for(enum in_field field, enum layout_kind kind);
bool field_is_out(const char *name);
/* The values that a field may get, NULL-terminated ("yes", "no"); NULL: anything. */
const char *const *field_values(enum in_field field);
/* The place of a value in that list (the enum's value, where the field has one); -1: not in it. */
int field_value_index(enum in_field field, const char *value);
/* Most bytes that the field's owner can keep, 0 if there is no limit of its own. */
unsigned field_most(enum in_field field);
/* True if the name speaks of the individual number (個人番号), which must never reach us. */
bool item_is_forbidden(const char *item);

/* field_words.c: a field, and a value of a field with a list, in Japanese; "" and the value itself
 * where there is no word. */
const char *field_words(const char *name);
const char *field_value_words(const struct column *c, const char *value);
/* The n-th name of an outgoing field, or NULL. */
const char *field_out_at(size_t n);

/* describe.c: exchange_ops.layout_describe */
int layout_describe(const struct layout *l, FILE *to);

/* layout_check.c: what a schema cannot say. Adds to the problems of `path`. */
void layout_check(const struct layout *l, struct problems *problems);

/* the exchange port's functions, by file */
int exchange_layouts_load(const char *dir, const char *schema_dir, struct problems *problems,
			  struct layouts **ret_layouts) MUST_CHECK;
void exchange_layouts_free(struct layouts *l);
size_t exchange_layouts_person_width(struct layouts *l, int width, bool zeros);
const struct layout *exchange_layout_find(const struct layouts *l, const char *id);
const struct layout *exchange_layout_at(const struct layouts *l, size_t n);

#endif
