/*
 * Scenarios: what a call says and asks. A W3C VoiceXML 2.1 document (profile in
 * docs/scenario.md) read into a model of ours; an interpreter, pure: events in,
 * actions out; and the secrecy checker. The loader is a port, since it needs an
 * XML library; the rest is engine/scenario/.
 *
 * A scenario is immutable after loading and shared by reference count.
 */
#ifndef ENGINE_SCENARIO_H
#define ENGINE_SCENARIO_H

#include "engine/limits.h"
#include "engine/plan/campaign.h"
#include "engine/plan/civil.h"
#include "engine/plan/outcome.h"
#include "engine/plan/transfer.h"
#include "engine/problems.h"
#include "engine/recognise.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scenario;
struct audio; /* engine/speech.h */

struct scenario_words; /* the secret words and warned words of specs/lexicon/ */

struct scenario_ops {
	const char *name;
	/* Reads, checks (structure, expressions, secrecy) and builds. All that is wrong goes to
	 * `problems`; E_INVALID if anything is an error. May block on the disk. */
	int (*load)(const char *path, const struct scenario_words *words, struct problems *problems,
		    struct scenario **ret_scenario);
	/* The same of bytes that somebody handed in; `file` is what messages name. */
	int (*load_bytes)(const char *file, const char *bytes, size_t n,
			  const struct scenario_words *words, struct problems *problems,
			  struct scenario **ret_scenario);
	/* One word a line, "#" comments: secret-words, office-words and warned-words in `dir`. Also
	 * where recordings lie: the folder announcements beside it. */
	int (*words_load)(const char *dir, struct problems *problems,
			  struct scenario_words **ret_words);
	void (*words_free)(struct scenario_words *words);
};

struct scenario *scenario_ref(struct scenario *s);
void scenario_unref(struct scenario *s);                /* NULL is fine */
const char *scenario_version(const struct scenario *s); /* SHA-256 of the file, hex */
/* The document as it was read, NUL at its end. */
const char *scenario_source(const struct scenario *s);
/* What it was checked for: a notice's text is public, a reminder's is not. A campaign of another
 * kind must not use it. */
enum campaign_kind scenario_kind(const struct scenario *s);
/* The SMS texts that it may send (o:sms), one after the other; NULL after the last. */
const char *scenario_sms_text(const struct scenario *s, size_t i);
/* The same of those whom it may transfer to (transfer): names of the configuration. */
const char *scenario_transfer(const struct scenario *s, size_t i);
/* False: the document goes on without that name (o:optional). */
bool scenario_needs_transfer(const struct scenario *s, size_t i);
/* It has a <record>: without keeping sound it is of no use. */
bool scenario_records(const struct scenario *s);
/* Says so in one way, wherever it is found out: an error where nothing is kept ([voice]
 * keep_sound), a warning where no configuration tells. */
enum sound_kept { SOUND_NOT_KEPT, SOUND_KEPT, SOUND_KEPT_UNKNOWN };
void scenario_check_sound(const struct scenario *s, enum sound_kept kept, const char *path,
			  struct problems *problems);

/* What expressions may name. Strings are UTF-8, never NULL ("" if absent). */
struct scenario_debt {
	const char *tax;     /* 科目 as spoken: "固定資産税" */
	const char *year;    /* 賦課年度 "2025", or "" */
	const char *period;  /* 期別 "3", or "" */
	int32_t due_day;     /* DAY_NONE if unknown */
	int64_t amount;      /* yen, what is unpaid now */
	int64_t late_charge; /* 延滞金, yen; in no total */
	const char *method;  /* 納付方法 "slip", "debit" …; "" or NULL: unknown. A constant */
	int32_t demand_sent_day, slip_until_day; /* 督促状発送日, 納付書使用期限; or DAY_NONE */
};
struct scenario_department {
	const char *name, *phone; /* "税務課", digits */
	const char *hours;        /* when calls are answered: "平日の…まで"; "" or NULL */
};
struct scenario_vars {
	struct {
		const char *name, *kana;
		const char *language; /* 言語 of the file, "en"; "" or NULL: Japanese */
		int birth_md;         /* month * 100 + day, or 0 if unknown (or a corporation) */
		int64_t total;
		size_t n_debts;
		const struct scenario_debt *debts;
	} target;
	struct {
		const char *title, *caller; /* caller: digits */
		int32_t due_day, base_day;  /* public: L0 */
	} campaign;
	struct scenario_department department;
	struct {
		int32_t day;    /* civil day of the call: keyed dates are looked for from here on */
		bool inbound;   /* a callback: the resident rang us */
		bool open;      /* the department's telephone is answered now */
		bool keep;      /* the resident's words may be kept, once that was announced */
		uint64_t staff; /* bit i: the configuration has scenario_transfer(s, i) */
	} call;
};

/* ---- prompts, rendered before the call ---- */

/* What is rendered: one for each <prompt> of the document, then one more for each date that a
 * prompt with a keyed date may speak. IA_PLAY names one of them. */
size_t scenario_prompts(const struct scenario *s);
/* True if a prompt speaks a date counted from vars->call.day: rendered yesterday, it is stale. */
bool scenario_speaks_of_day(const struct scenario *s);
/* Of the document: where it stands; 0: there is no such prompt. */
int scenario_prompt_line(const struct scenario *s, size_t prompt);
/* True if the prompt speaks of a debt or an amount (target.debts.*, target.total, or in words that
 * say something is unpaid): it must never be played once the debts changed. */
bool scenario_prompt_is_secret(const struct scenario *s, size_t prompt);

#define PROMPT_ALTERNATIVES 3
/* In a text: a recording is played here (U+FFFC, which Unicode has for this). Never part of a name
 * or of words: those that hold it are refused. */
#define PROMPT_SOUND "\xef\xbf\xbc"
/* The texts to try in order (フリガナ, name, nameless); n = 0: this prompt has no meaning for this
 * target (an index out of range), and is not rendered. Typed values are in spoken form. */
struct prompt_texts {
	size_t n;
	char *text[PROMPT_ALTERNATIVES]; /* free with prompt_texts_free */
	size_t n_sounds;
	struct audio *
	    *sounds;   /* what each PROMPT_SOUND of a text stands for, in order: references */
	int rate;      /* per cent of the voice's own speed; 0: 100 */
	bool borrowed; /* all of this belongs to a struct common_texts */
};
/* E_INVALID: it can be said to this target in no way (no name and no nameless sentence, a negative
 * amount): the call is not placed (85). */
int scenario_prompt_texts(const struct scenario *s, size_t prompt, const struct scenario_vars *vars,
			  struct prompt_texts *ret_texts) MUST_CHECK;
void prompt_texts_free(struct prompt_texts *texts);

/* The texts of those prompts that say the same to every target of one campaign on one day. Of
 * `vars` only campaign, department and the day are spoken. Any thread may read. E_NOMEM. */
struct common_texts;
int common_texts_new(struct scenario *s, const struct scenario_vars *vars,
		     struct common_texts **ret_common) MUST_CHECK;
struct common_texts *common_texts_ref(struct common_texts *c);
void common_texts_unref(struct common_texts *c); /* NULL is fine */
/* Made of this scenario for this day? NULL: no. */
bool common_texts_fit(const struct common_texts *c, const struct scenario *s, int32_t day);
/* False: this prompt is composed for each target. The texts live as long as a reference to c. */
bool common_texts_get(const struct common_texts *c, size_t prompt, struct prompt_texts *ret_texts);

/* ---- the interpreter: one a call, owned by the sip thread ---- */

struct interp;

enum interp_event_kind {
	IE_START,  /* the call is answered */
	IE_PLAYED, /* the prompt of the last IA_PLAY was sent to its end */
	IE_DIGIT,  /* a key: 0-9 * # */
	IE_TIMER,  /* the timer of the last IA_TIMER ran out */
	IE_HANGUP, /* the other side hung up */
	IE_STALE,  /* a debt changed: secret prompts must not be played any more */
	/* What the line's detector says. They are taken only until somebody pressed a key. */
	IE_MACHINE, /* a machine's greeting or beep is over: it records now */
	IE_SCREEN,  /* a device asks who calls, and why */
	IE_PERSON,  /* after IE_SCREEN: somebody came to the telephone */
	IE_FAX,
	/* spoken answers, after an IA_LISTEN */
	IE_SPEECH,  /* somebody began to speak: one of the next four follows */
	IE_WORD,    /* `word` was said */
	IE_NO_WORD, /* none of the words */
	IE_NOISE,   /* it was no speech (a key's tone): as if nothing had been */
	IE_UNHEARD, /* nobody can listen now: `err` E_FULL, or E_STATE if nobody ever does */
	/* after an IA_TRANSFER */
	IE_BRIDGED,     /* staff answered: they hear each other */
	IE_TRANSFERRED, /* it is over, or never began: `transfer` */
	/* after an IA_RECORD */
	IE_RECORDED, /* it is over: `recorded` */
};
enum recorded {
	RECORDED_NOTHING, /* nothing was said */
	RECORDED_TAKEN,
	RECORDED_LOST, /* there is no room for it */
};
/* A message that is to be recorded (<record>). */
struct record_ask {
	char name[MAX_ID];
	uint32_t most_ms, final_ms; /* the longest message; the silence that ends it */
	uint32_t timeout_ms;        /* silence before it: nothing is said */
	bool beep, keys;            /* a tone before it; a key ends it */
};
struct interp_event {
	enum interp_event_kind kind;
	char digit;
	int word;                      /* IE_WORD: of the words of the last IA_LISTEN */
	int score;                     /* IE_WORD: 0 to 100 */
	int err;                       /* IE_UNHEARD */
	enum transfer_result transfer; /* IE_TRANSFERRED: not NONE, not GIVEN_UP */
	enum recorded recorded;        /* IE_RECORDED */
};

enum interp_action_kind {
	IA_PLAY,     /* play prompt; any audio still playing ends first */
	IA_STOP,     /* stop what plays (barge-in) */
	IA_TIMER,    /* (re)start the one timer: `ms`; 0 stops it */
	IA_HANGUP,   /* the scenario is over */
	IA_LISTEN,   /* listen for `words` from now on, also while a prompt plays */
	IA_DEAF,     /* listen no more; what is under way is thrown away */
	IA_TRANSFER, /* connect the resident with `transfer`; IE_TRANSFERRED follows in any case */
	IA_REJOIN,   /* end the transfer: IE_TRANSFERRED follows */
	IA_RECORD,   /* record a message, `record`; IE_RECORDED follows in any case */
	IA_RECORD_END,  /* … which ends now: IE_RECORDED follows */
	IA_RECORD_DROP, /* … which is thrown away: nothing follows */
};
struct interp_action {
	enum interp_action_kind kind;
	size_t prompt;
	uint32_t ms;
	const struct recognise_words *words; /* IA_LISTEN; the scenario's */
	const struct transfer_ask *transfer; /* IA_TRANSFER; the scenario's */
	const struct record_ask *record;     /* IA_RECORD; the scenario's */
	/* IA_LISTEN: what is said is kept under this name (the scenario's); NULL: it is not */
	const char *keep;
};
#define INTERP_ACTIONS 12
struct interp_actions {
	size_t n;
	struct interp_action list[INTERP_ACTIONS];
};

/* Whose answer a reply is. An unconfirmed word alone never makes one. */
enum reply_by {
	BY_NOBODY,   /* the scenario itself, or silence */
	BY_KEY,      /* keys */
	BY_WORD_KEY, /* a spoken word, confirmed by a key */
	BY_WORD_YES, /* a spoken word, confirmed by a spoken はい */
	REPLY_BYS
};
struct interp_reply {
	char name[MAX_ID];
	char value[MAX_REPLY_BYTES];
	enum reply_by by;
};
/* A word that was taken for an answer. */
struct interp_spoken {
	char field[MAX_ID]; /* of the field, or the menu's id */
	char word[MAX_READING_BYTES];
	int score;
};
struct interp_result {
	enum reached reached;
	bool heard;            /* the main message played to its end */
	bool finished;         /* the scenario came to its own end (exit, disconnect, last block) */
	bool opened;           /* the first prompt played to its end, or was answered by a key */
	bool stale;            /* ended because a debt changed during the call */
	enum outcome code;     /* o:reached made it 50, 51, 52; a machine 12 to 15; else OUT_NONE */
	char sms_text[MAX_ID]; /* o:sms: send this text after the call; "" if none */
	size_t n_replies;
	struct interp_reply replies[MAX_REPLIES]; /* o:reply, and o:task as name "task" */
	size_t n_spoken;                          /* the first MAX_SPOKEN of them */
	struct interp_spoken spoken[MAX_SPOKEN];
	int unheard; /* fields that fell back to keys, since nobody could listen then */
};

/* Copies what it needs of vars. */
int interp_new(struct scenario *s, const struct scenario_vars *vars,
	       struct interp **ret_interp) MUST_CHECK;
void interp_free(struct interp *i);
void interp_step(struct interp *i, const struct interp_event *ev,
		 struct interp_actions *ret_actions);
/* Valid at any time; final after IA_HANGUP or IE_HANGUP. Keyed birth digits are never in it. */
const struct interp_result *interp_result(const struct interp *i);

#endif
