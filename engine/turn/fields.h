/*
 * The fields of an outgoing row, by the names that layouts bind (docs/layouts.md),
 * from the records that it refers to.
 */
#ifndef ENGINE_TURN_FIELDS_H
#define ENGINE_TURN_FIELDS_H

#include "engine/config/config.h"
#include "engine/turn/db.h"

#define MAX_OUT_FIELDS (64 + MAX_CARRIED)

struct fields {
	size_t n;
	struct out_field list[MAX_OUT_FIELDS];
};

/* What is the same in every row of a file. */
struct file_facts {
	const struct config *config;
	const struct outfile *file;
	const struct run_rec *run; /* NULL for errors and receipt */
	const char *campaign_title;
	const char *city_name;
	struct fields head; /* fields_head() */
	/* Result rows of one person lie together: what was read for the last one. Its strings are
	 * in the arena of the rows: fields_forget() before that is reset. */
	struct {
		uint32_t run, target; /* 0: none */
		size_t attempts;      /* of those that there were then */
		const char *replies;
	} last;
};

/* Makes facts->head, in an arena that lives as long as the file. */
void fields_head(struct tx *tx, struct file_facts *facts);
static inline void fields_forget(struct file_facts *facts)
{
	facts->last.target = 0;
}

/* Each fills *ret from records read through tx; strings live in tx->arena. */
int fields_contact(struct tx *tx, const struct file_facts *facts, const struct outrow *row,
		   struct fields *ret) MUST_CHECK;
int fields_result(struct tx *tx, struct file_facts *facts, const struct outrow *row,
		  struct fields *ret) MUST_CHECK;
int fields_error(struct tx *tx, const struct file_facts *facts, const struct intake_rec *in,
		 const struct rowerr *row, struct fields *ret) MUST_CHECK;
int fields_receipt(struct tx *tx, const struct file_facts *facts, const struct intake_rec *in,
		   struct fields *ret) MUST_CHECK;
/* The composed 交渉内容 of a contact: 「自動音声(携帯)。本人と回答。…」, in the arena. */
const char *contact_sentence(struct arena *arena, const struct attempt *a, enum outcome code);
/* "name=value;name=value" of an attempt's replies, tasks or all but tasks. */
const char *replies_line(struct arena *arena, const struct attempt *a, bool tasks);
const char *number_kind_words(enum number_kind kind); /* 自宅 携帯 勤務先 その他 */

#endif
