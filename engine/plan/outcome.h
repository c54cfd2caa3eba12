/*
 * Outcome codes (接続結果): what the line did. The numbers go into exchange files
 * and never change their meaning.
 */
#ifndef ENGINE_PLAN_OUTCOME_H
#define ENGINE_PLAN_OUTCOME_H

#include <stdbool.h>

enum outcome {
	OUT_NONE = 0,
	/* voice */
	OUT_ANSWERED = 10,     /* 応答 */
	OUT_CUT = 11,          /* 途中切断 */
	OUT_MACHINE_LEFT = 12, /* 留守番電話(伝言あり) */
	OUT_FAX = 13,          /* FAX */
	OUT_MACHINE = 14,      /* 留守番電話(伝言なし) */
	OUT_SCREENED = 15,     /* 通話スクリーニング・防犯電話 */
	OUT_CUT_AT_START = 16, /* 冒頭で切断 */
	OUT_NO_ANSWER = 20,    /* 不在 */
	OUT_BUSY = 21,         /* 話中 */
	OUT_UNREACHABLE = 22,  /* 圏外・電源断(推定) */
	OUT_REJECTED = 23,     /* 着信拒否(推定) */
	OUT_DEAD_NUMBER = 30,  /* 欠番・無効番号 */
	OUT_LINE_FAULT = 40,   /* 回線障害 */
	OUT_CONGESTION = 41,   /* 混雑 */
	OUT_MISMATCH = 50,     /* 照合不一致 */
	OUT_WRONG_NUMBER = 51, /* 番号違い */
	OUT_OTHER_PERSON = 52, /* 本人以外が応答 */
	/* SMS */
	OUT_SMS_RECEIVED = 60,    /* 着信済 */
	OUT_SMS_SENT = 61,        /* 送信済(着信未確認) */
	OUT_SMS_OUT_OF_AREA = 62, /* 圏外 */
	OUT_SMS_FAILED = 63,      /* 不達 */
	OUT_SMS_REFUSED = 64,     /* 拒否 */
	/* not tried */
	OUT_PAID = 80,           /* 納付済み */
	OUT_WITHDRAWN = 81,      /* 取下げ */
	OUT_EXCLUDED = 82,       /* 除外(理由つき) */
	OUT_EXPIRED = 83,        /* 期限切れ */
	OUT_NO_NUMBER = 84,      /* 番号なし */
	OUT_UNSPEAKABLE = 85,    /* 読み上げ不能 */
	OUT_STOPPED = 86,        /* 緊急停止 */
	OUT_BUDGET = 87,         /* 予算上限 */
	OUT_HELD = 88,           /* 保留中 */
	OUT_DONE_ELSEWHERE = 89, /* 他の接触で完了 */
	OUT_UNKNOWN = 90,        /* 不明(発信した可能性あり) */
};

/* Who it was (到達). */
enum reached {
	REACHED_NOBODY = 0,
	REACHED_OPENING,  /* 冒頭: somebody heard the beginning */
	REACHED_SELF,     /* 本人と回答 */
	REACHED_MATCHED,  /* 照合一致 */
	REACHED_OTHER,    /* 本人以外 */
	REACHED_WRONG,    /* 番号違い */
	REACHED_MISMATCH, /* 照合不一致 */
};

/* The Japanese words of the lists above; "" for an unknown code. */
const char *outcome_words(enum outcome code);
const char *reached_words(enum reached reached);
bool outcome_is_voice(enum outcome code);
bool outcome_is_sms(enum outcome code);

#endif
