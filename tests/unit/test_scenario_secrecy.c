/*
 * Documents that would leak, each refused at its line by its rule; documents that
 * look alike and do not leak, taken. The body's first line is line 2.
 */
#include "engine/scenario/level.h"
#include "tests/support/scenario.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define L "\n"
#define AMOUNT                                                                                     \
	"<prompt><say-as interpret-as='currency'><value expr='target.total'/></say-as></prompt>"
#define TAX "<prompt><value expr='target.debts[0].tax'/></prompt>"
#define UNPAID "<prompt>未納があります。</prompt>"
/* A question: key 1 leads to #yes, 2 to #no. */
#define ASK                                                                                        \
	"<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#yes'/>"      \
	"<choice dtmf='2' next='#no'/></menu>" L
#define NO "<form id='no'><block><o:reached code='other'/></block></form>" L
#define SELF "<o:reached code='self'/><o:level n='1'/>"
/* Four keys: on a match body M, on a miss body X. */
#define MATCH(id, m, x)                                                                            \
	"<form id='" id                                                                            \
	"'><field name='b' type='digits?length=4'><prompt>四桁。</prompt><filled>" L               \
	"<if cond='matches_birth(b)'>" L m L "<else/>" L x L "</if></filled></field></form>" L

static const struct {
	const char *what, *kind, *body;
	int line;         /* of the error; 0: it must be taken */
	const char *rule; /* words of its message */
} docs[] = {
    {"an amount to anyone", "reminder", "<form><block>" L AMOUNT "</block></form>", 3,
     "[debt-needs-level-2]"},
    {"a tax to anyone", "reminder", "<form><block>" L TAX "</block></form>", 3,
     "[debt-needs-level-2]"},
    {"an amount in a general call", "general", "<form><block>" L AMOUNT "</block></form>", 3,
     "[debt-needs-level-2]"},
    {"unpaid, said to anyone", "reminder", "<form><block>" L UNPAID "</block></form>", 3,
     "[words-need-level-1]"},
    {"unpaid, said to anyone in a general call", "general",
     "<form><block>" L UNPAID "</block></form>", 3, "[words-need-level-1]"},
    {"a secret word hidden by punctuation and a pause", "reminder",
     "<form><block>" L "<prompt>未、<break/>納です。</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"a secret word in kana", "reminder",
     "<form><block>" L "<prompt>みのうです。</prompt></block></form>", 3, "[words-need-level-1]"},
    {"a secret word made of two strings", "reminder",
     "<form><block>" L "<prompt>あ<value expr=\"'未' + '納'\"/></prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"a secret word in the nameless sentence", "reminder",
     "<form><block>" L "<prompt o:nameless='未納です。'>お知らせです。</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"the office's name before L1", "reminder",
     "<form><block>" L "<prompt>税務課です。</prompt></block></form>", 3, "[words-need-level-1]"},
    {"the office's name as a value", "reminder",
     "<form><block>" L "<prompt><value expr='department.name'/>です。</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"the campaign's title before L1", "reminder",
     "<form><block>" L "<prompt><value expr='campaign.title'/></prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"the office's name, in a notice", "notice",
     "<form><block><prompt>税務課です。</prompt></block></form>", 0, NULL},
    {"an amount at L1", "reminder", ASK NO "<form id='yes'><block>" SELF L AMOUNT "</block></form>",
     5, "[debt-needs-level-2]"},
    {"a period at L1", "reminder",
     ASK NO "<form id='yes'><block>" SELF L
	    "<prompt><value expr='target.debts[0].period'/></prompt></block></form>",
     5, "[debt-needs-level-2]"},
    {"how many debts, at L1", "reminder",
     ASK NO "<form id='yes'><block>" SELF L
	    "<prompt><value expr='target.debts.length'/>件</prompt></block></form>",
     5, "[debt-needs-level-2]"},
    {"unpaid, at L1", "reminder", ASK NO "<form id='yes'><block>" SELF UNPAID "</block></form>", 0,
     NULL},
    {"unpaid, said to a machine", "reminder",
     "<o:machine>" L UNPAID "</o:machine><form><block/></form>", 3, "[words-need-level-1]"},
    {"an amount said to a machine", "reminder",
     "<o:machine>" L AMOUNT "</o:machine><form><block/></form>", 3, "[debt-needs-level-2]"},
    {"the office's name said to a screening device", "reminder",
     "<o:screening>" L "<prompt>税務課です。</prompt></o:screening><form><block/></form>", 3,
     "[words-need-level-1]"},
    {"a name left on a machine", "reminder",
     "<o:machine>" L
     "<prompt><say-as interpret-as='name'><value expr='target.name'/></say-as>様へ。</prompt>"
     "</o:machine><form><block/></form>",
     3, "[machine-names-nobody]"},
    {"unpaid, said to whoever calls back", "reminder",
     "<form><block>" L "<prompt cond='inbound()'>未納があります。</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"the birthday read back as a date", "reminder",
     MATCH("ask",
	   "<prompt><say-as interpret-as='date'><value expr='date_of(b, 30)'/></say-as></prompt>",
	   ""),
     4, "[birth-stays-secret]"},
    {"a debt's date carried into a sentence of dates", "reminder",
     "<form><var name='v' expr='target.debts[0].due'/><block>" L
     "<prompt><say-as interpret-as='date'><value expr='date_of(v, 30)'/></say-as></prompt>"
     "</block></form>",
     3, "[debt-needs-level-2]"},
    {"L1 without any question", "reminder", "<form><block>" L "<o:level n='1'/></block></form>", 3,
     "[level-1-needs-key]"},
    {"L1 by a key that does not say who", "reminder",
     ASK NO "<form id='yes'><block>" L "<o:level n='1'/></block></form>", 5, "[level-1-needs-key]"},
    {"himself without a key", "reminder",
     "<form><block>" L "<o:reached code='self'/></block></form>", 3, "[reached-needs-proof]"},
    {"L1 by silence", "reminder",
     "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#yes'/>" L
     "<noinput><goto next='#yes'/></noinput></menu>" L "<form id='yes'><block>" L SELF
     "</block></form>",
     5, "[reached-needs-proof]"},
    {"L1 by a wrong key", "reminder",
     "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#yes'/>" L
     "<nomatch><goto next='#yes'/></nomatch></menu>" L "<form id='yes'><block>" L SELF
     "</block></form>",
     5, "[reached-needs-proof]"},
    {"L1 by digits that are no choice", "reminder",
     "<form><field name='d' type='digits'><prompt>数字。</prompt><filled>" L SELF
     "</filled></field></form>",
     3, "[reached-needs-proof]"},
    {"an older key does not prove it: silence came after", "reminder",
     "<menu id='a'><prompt>一。</prompt><choice dtmf='1' next='#ask'/></menu>" L
     "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#no'/>"
     "<noinput><goto next='#yes'/></noinput></menu>" L NO "<form id='yes'><block>" L SELF
     "</block></form>",
     6, "[reached-needs-proof]"},
    {"L2 without a match", "reminder",
     ASK NO "<form id='yes'><block>" SELF L "<o:level n='2'/></block></form>", 5,
     "[level-2-needs-match]"},
    {"L2 on the false branch", "reminder", MATCH("m", "<exit/>", "<o:level n='2'/>"), 6,
     "[level-2-needs-match]"},
    {"L2 behind both branches", "reminder",
     "<form><field name='b' type='digits?length=4'><prompt>四桁。</prompt><filled>"
     "<if cond='matches_birth(b)'><reprompt/></if>" L "<o:level n='2'/></filled></field></form>",
     3, "[level-2-needs-match]"},
    {"matched without a match", "reminder", MATCH("m", "<exit/>", "<o:reached code='matched'/>"), 6,
     "[reached-needs-proof]"},
    {"mismatch without a miss", "reminder",
     "<form><block>" L "<o:reached code='mismatch'/></block></form>", 3, "[reached-needs-proof]"},
    {"an amount on the true branch, level not raised", "reminder", MATCH("m", AMOUNT, "<exit/>"), 4,
     "[debt-needs-level-2]"},
    {"an amount on the true branch", "reminder", MATCH("m", "<o:level n='2'/>" AMOUNT, "<exit/>"),
     0, NULL},
    {"L1 words after two misses", "reminder",
     ASK NO
     "<form id='yes'><block>" SELF "</block><field name='b' type='digits?length=4'>"
     "<prompt>四桁。</prompt><filled><if cond='matches_birth(b)'><exit/></if>" L
     "<goto next='#again'/></filled></field></form>" L
     "<form id='again'><field name='b' type='digits?length=4'><prompt>四桁。</prompt><filled>"
     "<if cond='matches_birth(b)'><exit/></if>" L UNPAID "</filled></field></form>",
     7, "[nothing-after-misses]"},
    {"L1 words after one miss", "reminder",
     ASK NO "<form id='yes'><block>" SELF "</block><field name='b' type='digits?length=4'>"
	    "<prompt>四桁。</prompt><filled><if cond='matches_birth(b)'><exit/></if>" UNPAID
	    "</filled></field></form>",
     0, NULL},
    {"two misses in a loop by nextitem", "reminder",
     ASK NO
     "<form id='yes'><block>" SELF "</block><field name='b' type='digits?length=4'>" L
     "<prompt>未納の確認です。四桁。</prompt><filled><if cond='matches_birth(b)'><exit/></if>"
     "<goto nextitem='b'/></filled></field></form>",
     5, "[nothing-after-misses]"},
    {"L1 raised after another person answered", "reminder",
     "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='2' next='#no'/></menu>" L
     "<form id='no'><block><o:reached code='self'/><o:reached code='other'/>" L
     "<o:level n='1'/></block></form>",
     4, "[nothing-after-misses]"},
    {"an amount that a loop reaches later", "reminder",
     ASK NO "<form id='yes'><block>" SELF "<goto next='#x'/></block></form>" L
	    "<form id='x'><block><if cond='level() == 2'>" AMOUNT "</if>" L
	    "<if cond='level() == 1'>" AMOUNT "</if></block></form>",
     6, "[debt-needs-level-2]"},
    {"an amount where the level was asked", "reminder",
     ASK NO "<form id='yes'><block>" SELF "<if cond='level() >= 2'>" AMOUNT
	    "<else/><prompt>終わり。</prompt></if></block></form>",
     0, NULL},
    {"one of two ways to a form has no level", "reminder",
     "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' next='#yes'/>"
     "<choice dtmf='2' next='#tell'/></menu>" L "<form id='yes'><block>" SELF
     "<goto next='#tell'/></block></form>" L "<form id='tell'><block>" L UNPAID "</block></form>",
     5, "[words-need-level-1]"},
    {"a condition on a debt chooses what is said", "reminder",
     "<form><block>" L "<if cond='target.total > 100000'>" L
     "<prompt>とても大切です。</prompt></if></block></form>",
     3, "[condition-shows-debt]"},
    {"a prompt's condition on a debt", "reminder",
     "<form><block>" L "<prompt cond='target.debts.length > 1'>大切です。</prompt></block></form>",
     3, "[condition-shows-debt]"},
    {"a block's condition on a debt", "reminder",
     "<form>" L "<block cond='target.total > 1'><prompt>大切です。</prompt></block></form>", 3,
     "[condition-shows-debt]"},
    {"a debt carried by a variable", "reminder",
     "<var name='v' expr='target.total'/><var name='w'/>" L
     "<form><block><assign name='w' expr='v + 1'/>" L
     "<if cond='w > 5'><prompt>大切です。</prompt></if></block></form>",
     4, "[condition-shows-debt]"},
    {"an item of the list after a wrong order of blocks", "reminder",
     ASK NO "<form id='yes'><block>" L UNPAID "</block><block>" SELF "</block></form>", 5,
     "[words-need-level-1]"},
    {"a secret good-bye when a debt changed", "reminder",
     "<catch event='osame.stale'>" L UNPAID "</catch>" L
     "<form><field name='a'><prompt>どうぞ。</prompt><option dtmf='1' value='x'/></field></form>",
     3, "[words-need-level-1]"},
    {"a handler's words", "reminder",
     "<form><field name='a'><prompt>どうぞ。</prompt><option dtmf='1' value='x'/><nomatch "
     "count='5'>" L UNPAID "</nomatch></field></form>",
     3, "[words-need-level-1]"},
    {"a prompt that comes at the third time", "reminder",
     "<form><field name='a'><prompt>どうぞ。</prompt>" L
     "<prompt count='3'>未納です。</prompt><option dtmf='1' value='x'/></field></form>",
     3, "[words-need-level-1]"},
    {"unpaid, in English", "reminder",
     "<form><block>" L "<prompt>Your tax is UNPAID.</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"unpaid, in Portuguese", "general",
     "<form><block>" L "<prompt>O imposto não pago.</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"the office, in English", "reminder",
     "<form><block>" L "<prompt>Ina City Tax Office.</prompt></block></form>", 3,
     "[words-need-level-1]"},
    {"a secret word around a change of pace", "reminder",
     "<form><block>" L "<prompt><prosody rate='slow'>未<break/>納です。</prosody></prompt>"
     "</block></form>",
     3, "[words-need-level-1]"},
    /* events, and filled of a form */
    {"a secret word in a handler that is thrown to", "reminder",
     "<form><catch event='a.b'>" L UNPAID "</catch><block><throw event='a.b.c'/></block></form>", 3,
     "[words-need-level-1]"},
    {"a handler that nothing reaches above its level", "reminder",
     ASK NO "<form id='yes'><catch event='a'>" L UNPAID "</catch><block>" SELF
	    "<throw event='a'/></block></form>",
     0, NULL},
    {"a handler that one of two throws reaches too early", "reminder",
     ASK NO "<form id='yes'><catch event='a'>" L UNPAID
	    "</catch><block cond='inbound()'><throw event='a'/></block><block>" SELF
	    "<throw event='a'/></block></form>",
     5, "[words-need-level-1]"},
    {"a level that a handler raises", "reminder",
     "<form><catch event='a'>" L "<o:level n='1'/></catch><block><throw event='a'/></block></form>",
     3, "[level-1-needs-key]"},
    {"himself, by a choice of help", "reminder",
     "<menu id='ask'><prompt>ご本人ですか。</prompt><choice dtmf='1' event='help'/>" L
     "<noinput><throw event='help'/></noinput><help>" L SELF "</help></menu>",
     4, "[reached-needs-proof]"},
    {"a handler that throws to another one", "reminder",
     "<form><catch event='a'><throw event='b'/></catch><catch event='b'>" L UNPAID
     "</catch><block><throw event='a'/></block></form>",
     3, "[words-need-level-1]"},
    {"a handler of errors that shows how many debts there are", "reminder",
     "<form><var name='v'/><error><prompt>一つです。</prompt></error><block>" L
     "<assign name='v' expr='target.debts[1].amount'/></block></form>",
     3, "[condition-shows-debt]"},
    {"the same in a reply", "reminder",
     "<form><catch><prompt>一つです。</prompt></catch><block>" L
     "<o:reply name='v' expr='target.debts[1].tax'/></block></form>",
     3, "[condition-shows-debt]"},
    {"the same in a form's variable", "reminder",
     "<form><error><prompt>一つです。</prompt></error>" L
     "<var name='v' expr='target.debts[1].amount'/><block/></form>",
     3, "[condition-shows-debt]"},
    {"secret words of a handler of errors", "reminder",
     "<form><var name='v' expr=\"'a'\"/><error>" L UNPAID
     "</error><block><assign name='v' expr='v + v'/></block></form>",
     3, "[words-need-level-1]"},
    {"a handler of everything, at silence", "reminder",
     "<form><field name='a'><prompt>どうぞ。</prompt><option dtmf='1' value='x'/><catch>" L UNPAID
     "</catch></field></form>",
     3, "[words-need-level-1]"},
    {"a filled of the form", "reminder",
     "<form><field name='a'><prompt>どうぞ。</prompt><option dtmf='1' value='x'/></field>"
     "<filled>" L UNPAID "</filled></form>",
     3, "[words-need-level-1]"},
    {"a filled of the form, before the field's own raises the level", "reminder",
     "<form><filled mode='any'>" L UNPAID "</filled><field name='a'><prompt>ご本人ですか。</prompt>"
     "<option dtmf='1' value='x'/><filled>" SELF "</filled></field></form>",
     3, "[words-need-level-1]"},
    {"the same behind it", "reminder",
     "<form><field name='a'><prompt>ご本人ですか。</prompt>"
     "<option dtmf='1' value='x'/><filled>" SELF "</filled></field><filled>" UNPAID
     "</filled></form>",
     0, NULL},
    {"a filled of two fields: the key of the second is not the first's", "reminder",
     "<form><field name='a'><prompt>ご本人ですか。</prompt><option dtmf='1' value='x'/></field>"
     "<field name='d' type='digits'><prompt>数字。</prompt></field><filled>" L SELF
     "</filled></form>",
     3, "[reached-needs-proof]"},
    {"birth digits in a filled of the form", "reminder",
     "<form><field name='b' type='digits?length=4'><prompt>四桁。</prompt><filled>"
     "<if cond='matches_birth(b)'><exit/></if></filled></field><filled>" L
     "<o:reply name='x' expr='b'/></filled></form>",
     3, "[birth-stays-secret]"},
    /* the birthday */
    {"birth digits as a reply", "reminder", MATCH("m", "<o:reply name='b' expr='b'/>", "<exit/>"),
     4, "[birth-stays-secret]"},
    {"birth digits inside a reply", "reminder",
     MATCH("m", "<exit/>", "<o:reply name='x' expr=\"'no ' + b\"/>"), 6, "[birth-stays-secret]"},
    {"birth digits copied", "reminder",
     "<var name='v'/>" MATCH("m", "<assign name='v' expr='b'/>", "<exit/>"), 4,
     "[birth-stays-secret]"},
    {"birth digits returned by exit", "reminder", MATCH("m", "<exit namelist='b'/>", "<exit/>"), 4,
     "[birth-stays-secret]"},
    {"birth digits compared by hand", "reminder",
     MATCH("m", "<if cond=\"b == '0503'\"><exit/></if>", "<exit/>"), 4, "[birth-stays-secret]"},
    {"birth digits tested by a function", "reminder",
     MATCH("m", "<if cond='is_month_day(b)'><exit/></if>", "<exit/>"), 4, "[birth-stays-secret]"},
    {"birth digits read back", "reminder",
     MATCH("m", "<prompt><value expr='b'/></prompt>", "<exit/>"), 4, "[prompt-before-call]"},
    {"a match inside another expression", "reminder",
     "<form><field name='b' type='digits?length=4'><prompt>四桁。</prompt><filled>" L
     "<if cond='!matches_birth(b)'><exit/></if></filled></field></form>",
     3, "[birth-stays-secret]"},
    {"a match kept in a variable", "reminder",
     "<var name='v'/><form><field name='b' type='digits?length=4'><prompt>四桁。</prompt><filled>" L
     "<assign name='v' expr='matches_birth(b)'/></filled></field></form>",
     3, "[birth-stays-secret]"},
    {"a match of another length", "reminder",
     "<form><field name='b' type='digits'><prompt>四桁。</prompt><filled>" L
     "<if cond='matches_birth(b)'><exit/></if></filled></field></form>",
     3, "[birth-stays-secret]"},
    {"a match of a variable", "reminder",
     "<var name='b'/><form><block>" L "<if cond='matches_birth(b)'><exit/></if></block></form>", 3,
     "[birth-stays-secret]"},
    /* notices */
    {"an amount in a notice", "notice", "<form><block>" L AMOUNT "</block></form>", 3,
     "[notice-is-public]"},
    {"a condition on a debt in a notice", "notice",
     "<form><block>" L "<if cond='target.debts.length > 0'><exit/></if></block></form>", 3,
     "[notice-is-public]"},
    {"a name in a notice", "notice",
     "<form><block>" L "<prompt><say-as interpret-as='name'><value expr='target.name'/></say-as>様"
     "</prompt></block></form>",
     3, "[notice-is-public]"},
    {"a level in a notice", "notice", "<form><block>" L "<o:level n='1'/></block></form>", 3,
     "[notice-is-public]"},
    {"unpaid in a notice", "notice", "<form><block>" L UNPAID "</block></form>", 3,
     "[notice-is-public]"},
    {"a debt in a notice's reply", "notice",
     "<form><block>" L "<o:reply name='x' expr='target.total'/></block></form>", 3,
     "[notice-is-public]"},
};

START_TEST(documents)
{
	struct problems p;
	struct scenario *s = NULL;
	bool found = false;

	problems_init(&p);
	int err = st_load_body(docs[_i].kind, docs[_i].body, &p, &s);
	for (size_t i = 0; i < p.n; i++)
		found |= docs[_i].rule && p.list[i].kind == PROBLEM_ERROR &&
			 p.list[i].line == docs[_i].line && strstr(p.list[i].what, docs[_i].rule);
	if (found != (docs[_i].line > 0) || err != (docs[_i].line > 0 ? E_INVALID : 0)) {
		fprintf(stderr, "%s (%s): %s\n%s", docs[_i].what, docs[_i].kind, err_str(err),
			docs[_i].body);
		problems_print(&p, stderr);
	}
	ck_assert_msg(err == (docs[_i].line > 0 ? E_INVALID : 0), "%s", docs[_i].what);
	ck_assert_msg(found == (docs[_i].line > 0), "%s", docs[_i].what);
	ck_assert(err == 0 || s == NULL);
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

START_TEST(warned_words_warn)
{
	struct problems p;
	struct scenario *s = NULL;
	problems_init(&p);
	int err =
	    st_load_body("general",
			 "<form><block>\n<prompt>至急お電話ください。</prompt></block></form>\n"
			 "<form id='lost'><block/></form>",
			 &p, &s);
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(p.warnings, 2);
	ck_assert_int_eq(p.list[0].line, 3);
	ck_assert_ptr_nonnull(strstr(p.list[0].what, "至急"));
	ck_assert_int_eq(p.list[1].line, 4);
	ck_assert_ptr_nonnull(strstr(p.list[1].what, "no path leads"));
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

/* Where they may be said at all: to the person himself. */
START_TEST(each_warned_word_warns)
{
	static const char *const words[] = {"督促", "差押", "法的措置", "至急"};
	char body[1024];
	struct problems p;
	struct scenario *s = NULL;

	snprintf(body, sizeof body,
		 ASK "<form id='yes'><block>" SELF L
		     "<prompt>%sです。</prompt></block></form>" L NO,
		 words[_i]);
	problems_init(&p);
	ck_assert_int_eq(st_load_body("reminder", body, &p, &s), 0);
	ck_assert_uint_eq(p.warnings, 1);
	ck_assert_ptr_nonnull(strstr(p.list[0].what, "[warned-word]"));
	ck_assert_ptr_nonnull(strstr(p.list[0].what, words[_i]));
	scenario_unref(s);
	problems_free(&p);
}
END_TEST

/* All states that calls can reach, all moves from each: none gets above what was shown. */
START_TEST(levels_never_rise_unearned)
{
	struct level todo[4096] = {{0}};
	size_t n = 1, at = 0;

	while (at < n) {
		struct level from = todo[at++];
		ck_assert(from.now < 1 || (from.self && !from.closed) || from.matched);
		ck_assert(from.now < 2 || (from.matched && !from.closed));
		ck_assert(from.misses < 2 || (from.closed && from.now == 0));
		for (int move = 0; move < 12; move++) {
			struct level l = from;
			bool seen = false;
			int err = 0;
			if (move < 2)
				level_answered(&l, move == 1);
			else if (move < 4 && level_may_match(&l))
				level_compared(&l, move == 3);
			else if (move == 4 || move == 5)
				err = level_raise(&l, move - 3);
			else if (move >= 6)
				err = level_reached(&l, (enum reached)(move - 5));
			if (err)
				continue;
			for (size_t i = 0; i < n && !seen; i++)
				seen = memcmp(&todo[i], &l, sizeof l) == 0;
			if (!seen) {
				ck_assert_uint_lt(n, 4096);
				todo[n++] = l;
			}
		}
	}
	ck_assert_uint_gt(n, 20);
	struct level fresh = {0};
	ck_assert_int_eq(level_raise(&fresh, 0), E_STATE);
	ck_assert_int_eq(level_raise(&fresh, 3), E_STATE);
	ck_assert_int_eq(level_reached(&fresh, REACHED_NOBODY), E_STATE);
}
END_TEST

static TCase *secrecy_case(void)
{
	TCase *t = tcase_create("secrecy");
	tcase_add_loop_test(t, documents, 0, sizeof docs / sizeof *docs);
	tcase_add_test(t, warned_words_warn);
	tcase_add_loop_test(t, each_warned_word_warns, 0, 4);
	tcase_add_test(t, levels_never_rise_unearned);
	return t;
}

UNIT_MAIN("scenario_secrecy", secrecy_case)
