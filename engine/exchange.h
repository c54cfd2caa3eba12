/*
 * The exchange port: files in the layouts of specs/layouts/, and campaigns.
 *
 * A layout is data (schema-checked XML): no code knows a core system. Readers give
 * batches of checked rows; writers give bytes that depend on their rows alone.
 */
#ifndef ENGINE_EXCHANGE_H
#define ENGINE_EXCHANGE_H

#include "engine/limits.h"
#include "engine/plan/campaign.h"
#include "engine/plan/plan.h"
#include "engine/problems.h"
#include <stdint.h>

enum layout_kind {
	LAYOUT_TARGETS,     /* 対象者 */
	LAYOUT_PAYMENTS,    /* 消込 */
	LAYOUT_CONTACTS,    /* 交渉経過 */
	LAYOUT_RESULTS,     /* 結果 */
	LAYOUT_CORRECTIONS, /* 訂正 */
	LAYOUT_ERRORS,      /* エラー */
	LAYOUT_RECEIPT,     /* 受付 */
};

struct layouts; /* all of specs/layouts/, immutable */
struct layout;

/* A debt's identity. 宛名番号 + 業務 + 科目 + 賦課年度 + 調定年度 + 期別 + 通知書番号; a year
 * missing from a layout takes the other one. Strings inside the batch's arena. */
struct debt_key {
	const char *person, *gyomu, *tax, *fuka_year, *chotei_year, *period, *notice;
};

struct target_row {
	uint32_t row; /* 1 = the first data row */
	struct debt_key key;
	const char *tax_words; /* 科目 as spoken and written: "固定資産税" (mapped by the layout) */
	int32_t due_day;
	int64_t amount;
	const char *name, *kana;
	int birth_md; /* 0 if unknown */
	size_t n_numbers;
	struct number numbers[MAX_NUMBERS];
	size_t n_carried;
	const char
	    *carried[MAX_CARRIED]; /* as they came, in the layout's order; and their names: */
	const char *carried_name[MAX_CARRIED];
};

enum payment_kind { PAYMENT_FULL, PAYMENT_PART }; /* 全額, 一部(残額) */
struct payment_row {
	uint32_t row;
	struct debt_key key;
	enum payment_kind kind;
	int64_t rest; /* PAYMENT_PART: yen still unpaid */
};

struct row_error {
	uint32_t row;
	bool warning; /* the row was taken all the same */
	char code[6]; /* E0001 必須 E0002 文字種 E0003 桁数 E0004 相関 E0005 マスタ */
	char item[MAX_ID * 2];
	char words[MAX_WORDS];
};

/* A batch owns everything in it. */
struct row_batch {
	uint32_t intake;
	enum layout_kind kind;
	uint32_t first_row, last_row; /* data rows covered, errors included */
	size_t n;                     /* rows that are good, at most MAX_BATCH_ROWS */
	struct target_row *targets;   /* LAYOUT_TARGETS: sorted by key.person, then row */
	struct payment_row *payments; /* LAYOUT_PAYMENTS: in the file's order */
	size_t n_errors;
	struct row_error *errors; /* in row order */
	void *arena;
};
void row_batch_free(struct row_batch *b); /* NULL is fine */

/* Why a whole file is refused. */
struct refusal {
	char code[6]; /* E00xx of the nearest kind */
	uint32_t row; /* 0: the file as a whole */
	char words[MAX_WORDS];
};

struct exchange_reader;
struct exchange_writer;

/* One value of an output row, by our field names (docs/layouts.md lists them). */
struct out_field {
	const char *name;
	const char *value; /* UTF-8 */
};

struct exchange_ops {
	const char *name;
	/* All layouts of a folder, checked against schemas/layout.xsd and by meaning. */
	int (*layouts_load)(const char *dir, const char *schema_dir, struct problems *problems,
			    struct layouts **ret_layouts);
	void (*layouts_free)(struct layouts *l);
	const struct layout *(*layout_find)(const struct layouts *l, const char *id);
	enum layout_kind (*layout_kind)(const struct layout *l);
	const char *(*layout_id)(const struct layout *l);
	const char *(*layout_pattern)(const struct layout *l); /* of file names; fnmatch(3) */
	/* The n-th layout, or NULL. */
	const struct layout *(*layout_at)(const struct layouts *l, size_t n);

	int (*campaign_load)(const char *path, const char *schema_dir, struct problems *problems,
			     struct campaign **ret_campaign);
	/* The Cabinet Office's holiday CSV as it comes (CP932), into *cal (sorted). */
	int (*holidays_load)(const char *path, struct problems *problems, struct calendar *cal);

	/* The whole file once, for what refuses it whole; counts data rows. E_INVALID: *why. */
	int (*check)(const struct layout *l, const char *path, uint32_t *ret_rows,
		     struct refusal *why);
	/* From the data row after `skip_rows`, the same bytes again. */
	int (*reader_open)(const struct layout *l, const char *path, uint32_t skip_rows,
			   struct exchange_reader **ret_reader, struct refusal *why);
	/* The next batch of at most MAX_BATCH_ROWS file rows; E_NOTFOUND at the end. */
	int (*reader_next)(struct exchange_reader *r, struct row_batch **ret_batch);
	void (*reader_close)(struct exchange_reader *r); /* NULL is fine */

	/* Writes through `sink` (returns 0 or E_*): header now, rows as they come. */
	int (*writer_open)(const struct layout *l, int (*sink)(void *arg, const void *p, size_t n),
			   void *arg, struct exchange_writer **ret_writer);
	int (*writer_row)(struct exchange_writer *w, const struct out_field *fields, size_t n);
	int (*writer_close)(struct exchange_writer *w); /* frees, also on error */
	/* The name of file number N of this layout: a pure function. `stamp_ms`: of the file
	 * record. */
	int (*file_name)(const struct layout *l, uint32_t number, int64_t stamp_ms,
			 const char *city, char out[MAX_FILE_NAME]);
};

#endif
