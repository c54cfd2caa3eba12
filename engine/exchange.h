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
#include "engine/plan/exclusion.h"
#include "engine/plan/plan.h"
#include "engine/problems.h"
#include <stdint.h>
#include <stdio.h>

/* 連絡先区分: whom the city talks to about the debt. */
enum contact_kind {
	CONTACT_SELF,        /* 本人 */
	CONTACT_CO_OWNER,    /* 共有代表者 */
	CONTACT_HEIR,        /* 相続人代表者 */
	CONTACT_TAX_MANAGER, /* 納税管理人 */
	CONTACT_COMPANY,     /* 法人担当 */
	CONTACT_GUARDIAN,    /* 後見人 */
	CONTACT_KINDS        /* their number */
};

/* 配慮区分: both end voice; they are kept apart for staff. */
enum care {
	CARE_NONE,
	CARE_NO_VOICE, /* 音声不可 */
	CARE_SMS_ONLY, /* SMSのみ */
	CARE_KINDS     /* their number */
};

/* 納付方法 */
enum pay_method {
	PAY_UNKNOWN,
	PAY_SLIP,     /* 納付書 */
	PAY_DEBIT,    /* 口座振替 */
	PAY_WITHHELD, /* 特別徴収 */
	PAY_OTHER,
	PAY_METHODS /* their number */
};

enum layout_kind {
	LAYOUT_TARGETS,     /* 対象者 */
	LAYOUT_PAYMENTS,    /* 消込 */
	LAYOUT_CONTACTS,    /* 交渉経過 */
	LAYOUT_RESULTS,     /* 結果 */
	LAYOUT_CORRECTIONS, /* 訂正 */
	LAYOUT_ERRORS,      /* エラー */
	LAYOUT_RECEIPT,     /* 受付 */
	/* The store keeps these as numbers: new kinds go last. */
	LAYOUT_WITHDRAWALS, /* 取下げ */
	LAYOUT_EXCLUSIONS,  /* 除外 */
	LAYOUT_KEY_CHANGES, /* 鍵の変更(年度替わり) */
	LAYOUT_HOLDS_IN,    /* 保留, from the core system */
	LAYOUT_NUMBERS_IN,  /* 番号台帳, from the core system */
	LAYOUT_HOLDS,       /* 保留, back to it */
	LAYOUT_NUMBERS,     /* 番号台帳, back to it */
	LAYOUT_KINDS        /* their number */
};

struct layouts; /* all of specs/layouts/, immutable */
struct layout;

/* A debt's identity. 宛名番号 + 業務 + 科目 + 賦課年度 + 調定年度 + 期別 + 通知書番号; a year
 * missing from a layout takes the other one. Strings inside the batch's arena. */
struct debt_key {
	const char *person, *gyomu, *tax, *fuka_year, *chotei_year, *period, *notice;
};

struct target_row {
	uint32_t row;   /* 1 = the first data row */
	uint32_t place; /* in the order of loading; row, where that is the file's */
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

	/* Of the person. Strings are never NULL; "" is unknown. */
	enum contact_kind contact; /* whom name, kana and birth_md are of */
	const char *owner_name; /* 氏名 of the debtor, where contact is somebody else; else "" */
	enum care care;         /* 配慮区分 */
	const char *language;   /* 言語: "ja", "en", … */
	const char *name_group; /* 名寄せ番号 */
	const char *household;  /* 世帯番号 */
	/* Of the debt. */
	enum pay_method pay_method; /* 納付方法 */
	int32_t demand_sent_day;    /* 督促状発送日, or DAY_NONE */
	int32_t slip_until_day;     /* 納付書使用期限, or DAY_NONE */
	int64_t late_charge;        /* 延滞金, yen; not in amount */
	bool no_debt;               /* a row of a general layout: a matter, amount 0 */
};

/* What a payments file says of a debt. Days that it does not say are DAY_NONE. */
enum payment_kind {
	PAYMENT_FULL,             /* 全額 */
	PAYMENT_PART,             /* 一部: rest is what remains, 1 or more */
	PAYMENT_PRELIMINARY,      /* 速報: paid, as far as is known today */
	PAYMENT_PRELIMINARY_VOID, /* 速報取消: it was not */
	PAYMENT_DEBIT_WAIT,       /* 口座振替結果待ち: debited, the bank has not answered */
	PAYMENT_DEBIT_FAILED,     /* 振替不能 */
	PAYMENT_REASSESSED,       /* 賦課更正: rest is the new 未納額, 0 or more */
	/* The store keeps these as numbers: new kinds go last. */
	PAYMENT_UNREADABLE, /* a row that was refused and names a debt: what it says is not known.
			     * Parts of its key that cannot be read either are empty, and match any
			     */
	PAYMENT_KINDS       /* their number */
};
struct payment_row {
	uint32_t row;
	struct debt_key key;
	enum payment_kind kind;
	int64_t rest;      /* PAYMENT_PART, PAYMENT_REASSESSED */
	int32_t paid_day;  /* 納付日 */
	int32_t wait_day;  /* PAYMENT_DEBIT_WAIT: the result is there by then */
	int32_t as_of_day; /* 基準日 of what the row says */
};

/* 取下げ. Parts of the key that are empty match any: person alone takes all his debts. */
struct withdrawal_row {
	uint32_t row;
	struct debt_key key;
	const char *words; /* 理由, or "" */
};

/* 除外. As withdrawals, for a time; or the end of one. */
struct exclusion_row {
	uint32_t row;
	struct debt_key key; /* parts that are empty match any */
	enum exclusion reason;
	const char *words;           /* the code table's words, or outcome words of the reason */
	int32_t from_day, until_day; /* both inclusive; DAY_NONE is open */
	bool lifted;                 /* 解除: an exclusion of this reason is over */
};

/* 年度替わり: the same debt under another key. Parts of `to` that the file leaves out are those of
 * `from`. */
struct key_change_row {
	uint32_t row;
	struct debt_key from, to;
};

/* 保留, as the core system knows it. */
enum hold_kind {
	HOLD_PROMISE,   /* 納付約束 */
	HOLD_PAID,      /* 納付済申告 */
	HOLD_STAFF,     /* 職員対応中 */
	HOLD_COMPLAINT, /* 苦情 */
	HOLD_CARE,      /* 配慮 */
	HOLD_KINDS      /* their number */
};
struct hold_row {
	uint32_t row;
	const char *person, *gyomu; /* gyomu "": of all */
	enum hold_kind kind;
	int32_t until_day; /* inclusive; DAY_NONE: until it is lifted */
	bool lifted;
	const char *words; /* 理由, or "" */
};

/* 番号台帳. */
enum number_mark {
	MARK_DEAD,   /* 欠番 */
	MARK_WRONG,  /* 番号違い */
	MARK_STOP,   /* 停止 */
	NUMBER_MARKS /* their number */
};
struct number_row {
	uint32_t row;
	char digits[MAX_NUMBER]; /* normalised */
	const char *person;      /* "": whosever it is */
	enum number_mark mark;
	int32_t day; /* when it was found out, or DAY_NONE */
	bool lifted; /* 解除 */
	const char *words;
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
	uint64_t order; /* order_print() of the order it was read in */
	enum layout_kind kind;
	uint32_t first_row, last_row; /* places covered, errors included; counted from 1 */
	size_t n;                     /* rows that are good, at most MAX_BATCH_ROWS */
	struct target_row *targets;   /* LAYOUT_TARGETS: sorted by key.person, then row */
	/* of the other kinds, in the file's order */
	struct payment_row *payments;
	struct withdrawal_row *withdrawals;
	struct exclusion_row *exclusions;
	struct key_change_row *key_changes;
	struct hold_row *holds;
	struct number_row *numbers;
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

struct exchange_order;
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
	const char *(*layout_path)(const struct layout *l);    /* of its file */
	bool (*layout_incoming)(const struct layout *l);
	/* False: files of `in` may bring characters that those of `out` can neither hold nor
	 * replace. */
	bool (*layout_holds)(const struct layout *out, const struct layout *in);
	/* True if it keeps that item for texts and for what goes back. */
	bool (*layout_carries)(const struct layout *l, const char *item);
	/* A page in Markdown: what the file is, column by column. */
	int (*layout_describe)(const struct layout *l, FILE *to);
	/* A file NAME is whole when NAME<this> stands beside it; "": by itself. */
	const char *(*layout_completion)(const struct layout *l);
	/* The city's width of 宛名番号, for the incoming columns of it that fix none themselves; 0:
	 * nothing is changed. The number of such columns. Once, after loading. */
	size_t (*layouts_person_width)(struct layouts *l, int width, bool zeros);
	/* The n-th layout, or NULL. */
	const struct layout *(*layout_at)(const struct layouts *l, size_t n);

	int (*campaign_load)(const char *path, const char *schema_dir, struct problems *problems,
			     struct campaign **ret_campaign);
	/* The same of bytes that are no file yet; `path`: what it would be. */
	int (*campaign_load_bytes)(const char *path, const char *bytes, size_t n,
				   const char *schema_dir, struct problems *problems,
				   struct campaign **ret_campaign);
	/* The Cabinet Office's holiday CSV as it comes (CP932), into *cal (sorted). */
	int (*holidays_load)(const char *path, struct problems *problems, struct calendar *cal);

	/* The whole file once, for what refuses it whole; counts data rows. E_INVALID: *why. */
	int (*check)(const struct layout *l, const char *path, uint32_t *ret_rows,
		     struct refusal *why);
	/* check(), and the order in which the rows of targets are to be loaded: by person, each met
	 * once. NULL: the file's own. The same file and layout give the same order, or, where
	 * memory is short, the file's own. */
	int (*check_order)(const struct layout *l, const char *path, uint32_t *ret_rows,
			   struct exchange_order **ret_order, struct refusal *why);
	uint64_t (*order_print)(const struct exchange_order *o); /* tells orders apart; NULL: 0 */
	void (*order_free)(struct exchange_order *o);            /* NULL is fine */
	/* From the data row after `skip_rows`, the same bytes again. */
	int (*reader_open)(const struct layout *l, const char *path, uint32_t skip_rows,
			   struct exchange_reader **ret_reader, struct refusal *why);
	/* The same in that order (NULL: the file's), which stays until reader_close; rows are
	 * skipped and counted in it too. */
	int (*reader_open_order)(const struct layout *l, const char *path,
				 const struct exchange_order *order, uint32_t skip_rows,
				 struct exchange_reader **ret_reader, struct refusal *why);
	/* The next batch of at most MAX_BATCH_ROWS file rows; E_NOTFOUND at the end. */
	int (*reader_next)(struct exchange_reader *r, struct row_batch **ret_batch);
	void (*reader_close)(struct exchange_reader *r); /* NULL is fine */

	/* Writes through `sink` (returns 0 or E_*): header now, rows as they come. */
	int (*writer_open)(const struct layout *l, int (*sink)(void *arg, const void *p, size_t n),
			   void *arg, struct exchange_writer **ret_writer);
	int (*writer_row)(struct exchange_writer *w, const struct out_field *fields, size_t n);
	/* How many characters became 〓 so far, because the layout's encoding lacks them. */
	unsigned (*writer_replaced)(const struct exchange_writer *w);
	int (*writer_close)(struct exchange_writer *w); /* frees, also on error */
	/* The name of file number N of this layout: a pure function. `stamp_ms`: of the file
	 * record. */
	int (*file_name)(const struct layout *l, uint32_t number, int64_t stamp_ms,
			 const char *city, char out[MAX_FILE_NAME]);
};

#endif
