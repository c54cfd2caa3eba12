/* Our fields in Japanese, for the pages about layouts. A test walks all fields: none is without. */
#include "adapters/exchange/layout.h"

#include "engine/plan/exclusion.h"

#include <string.h>

static const struct pair {
	const char *name, *words;
} fields[] = {
    {"person", "宛名番号"},
    {"gyomu", "業務 ID"},
    {"tax", "科目"},
    {"tax_words", "科目名"},
    {"fuka_year", "賦課年度"},
    {"chotei_year", "調定年度"},
    {"period", "期別"},
    {"notice", "通知書番号"},
    {"due_date", "納期限"},
    {"amount", "未納額 (円)"},
    {"name", "氏名"},
    {"kana", "フリガナ"},
    {"birth_date", "生年月日 (月日だけを残す)"},
    {"number1", "電話番号 一つ目"},
    {"number2", "電話番号 二つ目"},
    {"number3", "電話番号 三つ目"},
    {"kind1", "その種別"},
    {"kind2", "その種別"},
    {"kind3", "その種別"},
    {"sms1", "その SMS 可否"},
    {"sms2", "その SMS 可否"},
    {"sms3", "その SMS 可否"},
    {"contact", "連絡先区分"},
    {"contact_name", "連絡先氏名。あればこの人に話す"},
    {"contact_kana", "連絡先フリガナ"},
    {"contact_birth", "連絡先生年月日。照合に使う"},
    {"name_group", "名寄せ番号"},
    {"household", "世帯番号"},
    {"pay_method", "納付方法"},
    {"language", "言語"},
    {"care", "配慮区分"},
    {"demand_sent", "督促状発送日"},
    {"slip_until", "納付書使用期限"},
    {"late_charge", "延滞金 (円)"},
    {"payment", "消込種別"},
    {"rest", "残額、更正後の未納額 (円)"},
    {"paid_date", "納付日"},
    {"wait_until", "振替結果予定日"},
    {"as_of", "データ基準日"},
    {"words", "内容、理由"},
    {"action", "処理区分"},
    {"exclusion", "除外理由"},
    {"hold", "保留区分"},
    {"mark", "台帳区分"},
    {"from_date", "開始日"},
    {"until_date", "終了日、期限"},
    {"found_date", "判明日"},
    {"new_person", "新しい宛名番号"},
    {"new_gyomu", "新しい業務 ID"},
    {"new_tax", "新しい科目"},
    {"new_fuka_year", "新しい賦課年度"},
    {"new_chotei_year", "新しい調定年度"},
    {"new_period", "新しい期別"},
    {"new_notice", "新しい通知書番号"},
    {"city", "市区町村コード"},
    {"file_number", "ファイルの連番"},
    {"campaign", "配信業務の ID"},
    {"campaign_title", "配信業務の名"},
    {"run", "配信番号"},
    {"department", "部署"},
    {"contact_date", "接触した日"},
    {"contact_time", "接触した時刻"},
    {"channel", "接触方法"},
    {"number_kind", "電話区分"},
    {"outcome", "接続結果コード"},
    {"outcome_words", "接続結果の名"},
    {"reached", "到達コード"},
    {"reached_words", "到達の名"},
    {"heard", "要旨聴取 (1: 聞いた)"},
    {"replies", "回答 (名=値;…)"},
    {"tasks", "対応"},
    {"sentence", "交渉内容の文"},
    {"attempt", "発信番号"},
    {"sip_status", "SIP の応答または SMS 事業者のコード"},
    {"q850", "Q.850 の理由"},
    {"result", "結果コード"},
    {"result_words", "結果の名"},
    {"result_date", "結果の日"},
    {"attempts", "発信回数"},
    {"operator", "操作者 ID"},
    {"row", "元のファイルの行番号"},
    {"item", "項目名"},
    {"code", "エラーコード"},
    {"intake", "受付番号"},
    {"file_name", "元のファイル名"},
    {"state", "処理の結果"},
    {"rows_total", "総件数"},
    {"rows_taken", "受付件数"},
    {"rows_refused", "エラー件数"},
    {"rows_warned", "警告件数"},
    {"runs", "作られた配信の数"},
    {"archive_hash", "最後に封じた日の保管目録のハッシュ"},
    {"stamp_date", "作成年月日"},
    {"stamp_time", "作成時刻"},
    {"old_result", "訂正前の結果コード"},
    {"new_result", "訂正後の結果コード"},
    {"old_result_words", "訂正前の結果の名"},
    {"new_result_words", "訂正後の結果の名"},
    {"reason", "除外などの理由のコード"},
    {"reason_words", "除外などの理由"},
    {"number", "電話番号"},
    {"transfer", "転送の結果コード"},
    {"transfer_words", "転送の結果"},
    {"segments", "SMS の通数"},
    {"channel_words", "接触方法の名"},
    {"contact_words", "誰に届いたか"},
    {"promise_words", "納付の予定"},
    {"tasks_words", "対応の名"},
    {"heard_words", "要旨を案内したか"},
    {"answers", "そのほかの回答"},
    {"action_date", "処理の日"},
    {"hold_number", "保留番号"},
    {"hold_words", "保留区分の名"},
    {"mark_words", "台帳区分の名"},
    {"promise_date", "納付予定日"},
    {"origin", "きっかけ"},
};

/* Values of fields with a list. */
static const struct pair values[] = {
    {"home", "自宅"},
    {"mobile", "携帯"},
    {"work", "勤務先"},
    {"full", "全額"},
    {"part", "一部(残額)"},
    {"preliminary", "速報"},
    {"void", "速報取消"},
    {"debit-wait", "口座振替結果待ち"},
    {"debit-failed", "振替不能"},
    {"reassessed", "賦課更正"},
    {"self", "本人"},
    {"co-owner", "共有代表者"},
    {"heir", "相続人代表者"},
    {"tax-manager", "納税管理人"},
    {"company", "法人担当"},
    {"guardian", "後見人"},
    {"none", "なし"},
    {"no-voice", "音声不可"},
    {"sms-only", "SMS のみ"},
    {"unknown", "不明"},
    {"slip", "納付書"},
    {"debit", "口座振替"},
    {"withheld", "特別徴収"},
    {"other", "その他"},
    {"set", "登録"},
    {"lift", "解除"},
    {"promise", "納付約束"},
    {"paid", "納付済申告"},
    {"staff", "職員対応中"},
    {"complaint", "苦情"},
    {"care", "配慮"},
    {"dead", "欠番"},
    {"wrong", "番号違い"},
    {"stop", "停止"},
    {"yes", "可"},
    {"no", "不可"},
    {"voice", "自動音声"},
    {"sms", "SMS"},
    {"taken", "受付"},
    {"refused", "エラー"},
    {"warning", "警告"},
    {"kept", "履行"},
    {"broken", "不履行"},
};

static const char *find(const struct pair *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].words;
	return NULL;
}

const char *field_words(const char *name)
{
	const char *words = find(fields, sizeof fields / sizeof *fields, name);
	return words ? words : "";
}

const char *field_value_words(const struct column *c, const char *value)
{
	const char *words;

	for (int r = 1; c->field == IN_EXCLUSION && r < EXCLUSIONS; r++)
		if (strcmp(exclusion_name((enum exclusion)r), value) == 0)
			return exclusion_words((enum exclusion)r);
	words = find(values, sizeof values / sizeof *values, value);
	return words ? words : value;
}
