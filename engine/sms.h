/*
 * SMS texts: templates of specs/texts/, filled, checked and counted. Pure.
 *
 * A text is secrecy level L0: anyone who holds the telephone may read it. The
 * values that a template may name are public ones, and there is no way to give it
 * a name, a debt or an amount. What a targets file carries beside (the day and place of a
 * health check) may stand in texts of general campaigns, which are about no debt: as a
 * value of a type, {date 予約日}, never as whatever the file holds.
 */
#ifndef ENGINE_SMS_H
#define ENGINE_SMS_H

#include "engine/limits.h"
#include "engine/problems.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any text that may be sent: 670 UTF-16 units of at most 3 bytes each, and the NUL. */
#define SMS_TEXT_BYTES (MAX_SMS_UNITS * 3 + 1)
#define SMS_MOST_SEGMENTS 10
#define SMS_MOST_WORDS 40 /* characters of a {words NAME} */

struct sms_text;

/* A carried column of the person's row: {date NAME} {time NAME} {digits NAME} {words NAME}. */
struct sms_item {
	const char *name, *value;
};

/* {due_date} {phone} {caller} {department} {city}, and items. */
struct sms_values {
	int32_t due_day;        /* the campaign's public due date, or DAY_NONE: "12月25日" */
	const char *phone;      /* the department's; digits and hyphens */
	const char *caller;     /* the campaign's caller number; digits and hyphens */
	const char *department; /* "税務課" */
	const char *city;       /* "伊那市" */
	size_t n_items;
	const struct sms_item *items;
	bool sample; /* items are not known yet: something of each one's type stands for it */
};

/* A UTF-8 file: lines that begin with "#" are comments, the others are the text, joined without
 * anything between. E_INVALID (problems say where), E_IO, E_NOTFOUND, E_NOMEM. */
int sms_text_load(const char *path, struct problems *problems,
		  struct sms_text **ret_text) MUST_CHECK;
/* The same of a text that somebody writes now; problems are of a file "text". */
int sms_text_of(const char *text, struct problems *problems, struct sms_text **ret_text) MUST_CHECK;
/* The text as it was written, with its {names}: what an approver is responsible for. */
const char *sms_text_template(const struct sms_text *t);
/* The whole file, with its comments. */
const char *sms_text_source(const struct sms_text *t);
/* The file that holds `template` in place of t's text: its comments first, then one line. E_LIMIT:
 * it would be too long; E_INVALID: `template` is not one line of text, or would be a comment. */
int sms_text_rewrite(const struct sms_text *t, const char *template, char **ret_file) MUST_CHECK;
void sms_text_free(struct sms_text *t); /* NULL is fine */
/* The n-th item that it names, or NULL; with one, the text differs from person to person. */
const char *sms_text_item(const struct sms_text *t, size_t n);

/* The finished text into buf. E_INVALID: a value that the text names is missing or is not of its
 * kind; E_LIMIT: it does not fit. buf is then "". */
int sms_text_compose(const struct sms_text *t, const struct sms_values *values, char *buf,
		     size_t size) MUST_CHECK;

/* One item as it is written in a text. "2026-12-03" is 12月3日, "13:30" 13時30分. False: it is not
 * of its type: what a file may hold must not become a sentence of its own. */
enum sms_item_type { SMS_DATE, SMS_TIME, SMS_DIGITS, SMS_WORDS, SMS_ITEM_TYPES };
bool sms_item_type(const char *word, size_t n, enum sms_item_type *ret_type);
bool sms_item_write(enum sms_item_type type, const char *value, char *buf, size_t size);
const char *sms_item_sample(enum sms_item_type type);

/* Words that no SMS may hold: a file of one word a line, "#" comments. */
struct sms_words;
int sms_words_load(const char *path, struct problems *problems,
		   struct sms_words **ret_words) MUST_CHECK;
void sms_words_free(struct sms_words *w); /* NULL is fine */
struct scenario_words;
const struct scenario_words *sms_words_list(const struct sms_words *w);

struct sms_rules {
	size_t most_units;  /* the gateways' limit; 0: MAX_SMS_UNITS */
	const char *domain; /* links to it, by https, may stand in a text; NULL, "": none may */
};

/* The L0 check of a finished text, for every text right before it is submitted. E_INVALID or
 * E_LIMIT: `why` says what is wrong, for people; it names the word, never the text. words and rules
 * may be NULL. */
int sms_text_check(const char *finished, const struct sms_words *words,
		   const struct sms_rules *rules, char why[MAX_WORDS]) MUST_CHECK;

/* Messages that are billed. Every text is sent as UCS-2 (coding=2), ASCII too, so up to 70 UTF-16
 * units are 1, then ceil(n / 67). 0: empty or not UTF-8. More than 10 cannot be sent. */
size_t sms_segments(const char *text);

#endif
