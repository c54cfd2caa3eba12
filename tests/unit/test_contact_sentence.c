/* 交渉内容: one sentence a contact, what matters most first. */
#include "engine/turn/fields.h"
#include "tests/support/unit.h"

static const struct {
	const char *what;
	struct attempt attempt;
	enum outcome code;
	const char *sentence;
} contacts[] = {
    {"a promise",
     {.channel = CHANNEL_VOICE,
      .number_kind = KIND_MOBILE,
      .reached = REACHED_SELF,
      .heard = true,
      .n_replies = 1,
      .replies = {{"promise", "2027-01-15"}}},
     OUT_ANSWERED,
     "自動音声(携帯)。本人と回答。1月15日納付予定。要旨案内済。"},
    {"the last of two promises",
     {.channel = CHANNEL_VOICE,
      .number_kind = KIND_HOME,
      .reached = REACHED_MATCHED,
      .n_replies = 2,
      .replies = {{"promise", "2027-01-15"}, {"promise", "2026-12-28"}}},
     OUT_ANSWERED,
     "自動音声(自宅)。照合一致。12月28日納付予定。"},
    {"tasks stand before other answers",
     {.channel = CHANNEL_VOICE,
      .number_kind = KIND_WORK,
      .reached = REACHED_SELF,
      .heard = true,
      .n_replies = 3,
      .replies = {{"answer", "consult"}, {"task", "相談希望"}, {"task", "折返し希望"}}},
     OUT_ANSWERED,
     "自動音声(勤務先)。本人と回答。相談希望、折返し希望。要旨案内済。answer:consult。"},
    {"a promise that is no date",
     {.channel = CHANNEL_VOICE,
      .number_kind = KIND_HOME,
      .reached = REACHED_SELF,
      .n_replies = 1,
      .replies = {{"promise", "soon"}}},
     OUT_ANSWERED,
     "自動音声(自宅)。本人と回答。promise:soon。"},
    {"nobody answered",
     {.channel = CHANNEL_VOICE, .number_kind = KIND_HOME},
     OUT_NO_ANSWER,
     "自動音声(自宅)。不在。"},
    {"the wrong number",
     {.channel = CHANNEL_VOICE, .number_kind = KIND_OTHER, .reached = REACHED_WRONG},
     OUT_WRONG_NUMBER,
     "自動音声(その他)。番号違い。"},
    {"a message",
     {.channel = CHANNEL_SMS, .number_kind = KIND_MOBILE},
     OUT_SMS_RECEIVED,
     "SMS(携帯)。着信済。"},
};

START_TEST(sentences)
{
	struct arena *arena = NULL;
	ck_assert_int_eq(arena_new(1 << 16, &arena), 0);
	const char *made = contact_sentence(arena, &contacts[_i].attempt, contacts[_i].code);
	ck_assert_msg(strcmp(made, contacts[_i].sentence) == 0, "%s: %s", contacts[_i].what, made);
	arena_free(arena);
}
END_TEST

static TCase *sentence_case(void)
{
	TCase *t = tcase_create("sentence");
	tcase_add_loop_test(t, sentences, 0, (int)(sizeof contacts / sizeof *contacts));
	return t;
}

UNIT_MAIN("contact sentence", sentence_case)
