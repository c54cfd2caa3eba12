/*
 * SMS texts: templates of specs/texts/, filled, checked and counted. Pure.
 *
 * A text is secrecy level L0: anyone who holds the telephone may read it. The
 * values that a template may name are public ones, and there is no way to give it
 * a name, a debt or an amount.
 */
#ifndef ENGINE_SMS_H
#define ENGINE_SMS_H

#include "engine/limits.h"
#include "engine/problems.h"
#include <stddef.h>
#include <stdint.h>

/* Enough for any text that may be sent: 670 UTF-16 units of at most 3 bytes each, and the NUL. */
#define SMS_TEXT_BYTES (MAX_SMS_UNITS * 3 + 1)
#define SMS_MOST_SEGMENTS 10

struct sms_text;

/* {due_date} {phone} {caller} {department} {city}. */
struct sms_values {
	int32_t due_day;        /* the campaign's public due date, or DAY_NONE: "12月25日" */
	const char *phone;      /* the department's; digits and hyphens */
	const char *caller;     /* the campaign's caller number; digits and hyphens */
	const char *department; /* "税務課" */
	const char *city;       /* "伊那市" */
};

/* A UTF-8 file: lines that begin with "#" are comments, the others are the text, joined without
 * anything between. E_INVALID (problems say where), E_IO, E_NOTFOUND, E_NOMEM. */
int sms_text_load(const char *path, struct problems *problems,
		  struct sms_text **ret_text) MUST_CHECK;
/* The text as it was written, with its {names}: what an approver is responsible for. */
const char *sms_text_template(const struct sms_text *t);
void sms_text_free(struct sms_text *t); /* NULL is fine */

/* The finished text into buf. E_INVALID: a value that the text names is missing or is not of its
 * kind; E_LIMIT: it does not fit. buf is then "". */
int sms_text_compose(const struct sms_text *t, const struct sms_values *values, char *buf,
		     size_t size) MUST_CHECK;

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
