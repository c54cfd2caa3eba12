/*
 * The words of the outcome and reached codes, as screens, contact records and
 * result files show them. One table each; a code that is not in it has no words,
 * and the caller shows its number.
 */
#include "engine/plan/outcome.h"

#include <stddef.h>

static const struct {
	enum outcome code;
	const char *words;
} outcomes[] = {
    {OUT_ANSWERED, "応答"},
    {OUT_CUT, "途中切断"},
    {OUT_MACHINE_LEFT, "留守番電話(伝言あり)"},
    {OUT_FAX, "FAX"},
    {OUT_MACHINE, "留守番電話(伝言なし)"},
    {OUT_SCREENED, "通話スクリーニング・防犯電話"},
    {OUT_CUT_AT_START, "冒頭で切断"},
    {OUT_NO_ANSWER, "不在"},
    {OUT_BUSY, "話中"},
    {OUT_UNREACHABLE, "圏外・電源断(推定)"},
    {OUT_REJECTED, "着信拒否(推定)"},
    {OUT_DEAD_NUMBER, "欠番・無効番号"},
    {OUT_LINE_FAULT, "回線障害"},
    {OUT_CONGESTION, "混雑"},
    {OUT_MISMATCH, "照合不一致"},
    {OUT_WRONG_NUMBER, "番号違い"},
    {OUT_OTHER_PERSON, "本人以外が応答"},
    {OUT_SMS_RECEIVED, "着信済"},
    {OUT_SMS_SENT, "送信済(着信未確認)"},
    {OUT_SMS_OUT_OF_AREA, "圏外"},
    {OUT_SMS_FAILED, "不達"},
    {OUT_SMS_REFUSED, "拒否"},
    {OUT_PAID, "納付済み"},
    {OUT_WITHDRAWN, "取下げ"},
    {OUT_EXCLUDED, "除外"},
    {OUT_EXPIRED, "期限切れ"},
    {OUT_NO_NUMBER, "番号なし"},
    {OUT_UNSPEAKABLE, "読み上げ不能"},
    {OUT_STOPPED, "緊急停止"},
    {OUT_BUDGET, "予算上限"},
    {OUT_HELD, "保留中"},
    {OUT_DONE_ELSEWHERE, "他の接触で完了"},
    {OUT_UNKNOWN, "不明(発信した可能性あり)"},
};

const char *outcome_words(enum outcome code)
{
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (outcomes[i].code == code)
			return outcomes[i].words;
	return "";
}

const char *reached_words(enum reached reached)
{
	switch (reached) {
	case REACHED_NOBODY:
		return "";
	case REACHED_OPENING:
		return "冒頭";
	case REACHED_SELF:
		return "本人と回答";
	case REACHED_MATCHED:
		return "照合一致";
	case REACHED_OTHER:
		return "本人以外";
	case REACHED_WRONG:
		return "番号違い";
	case REACHED_MISMATCH:
		return "照合不一致";
	}
	return "";
}

bool outcome_is_voice(enum outcome code)
{
	return code >= OUT_ANSWERED && code <= OUT_OTHER_PERSON && *outcome_words(code);
}

bool outcome_is_sms(enum outcome code)
{
	return code >= OUT_SMS_RECEIVED && code <= OUT_SMS_REFUSED;
}
