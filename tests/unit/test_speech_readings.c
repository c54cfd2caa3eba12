/*
 * What the real voice says: names with variant characters, amounts, dates, times, telephone
 * numbers, words of the lexicon. Each text is read as the table says, or refused with the character
 * named; nothing is dropped in silence. The readings were looked through by eye.
 */
#include "adapters/speech/openjtalk.h"
#include "adapters/speech/tts_ulaw.h"
#include "engine/utf8.h"
#include "tests/support/speech_fixture.h"
#include "tests/support/unit.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text, *reading;
} readings[] = {
    {"#を押してください。", "シャープヲオシテクダサイ、"},
    {"(有)山田商店様", "ユーゲンガイシャヤマダショーテンサマ"},
    {"0120-444-113", "ゼロイチニーゼロ、ヨンヨンヨン、イチイチサン"},
    {"0265-72-4111", "ゼロニーロクゴー、ナナニー、ヨンイチイチイチ"},
    {"0265-78-4111", "ゼロニーロクゴー、ナナハチ、ヨンイチイチイチ"},
    {"0265ー78ー4111", "ゼロニーロクゴー、ナナハチ、ヨンイチイチイチ"},
    {"03-1234-5678", "ゼロサン、イチニーサンヨン、ゴーロクナナハチ"},
    {"050-1234-5678", "ゼロゴーゼロ、イチニーサンヨン、ゴーロクナナハチ"},
    {"090-1234-5678", "ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチ"},
    {"0円", "ゼロエン"},
    {"1,234,567円", "ヒャクニジューサンマンヨンセンゴヒャクロクジューナナエン"},
    {"10,000円", "イチマンエン"},
    {"100,000円", "ジューマンエン"},
    {"100円", "ヒャクエン"},
    {"10円", "ジューエン"},
    {"10分", "ジュップン"},
    {"10月20日", "ジューガツハツカ"},
    {"11月3日", "ジューイチガツミッカ"},
    {"12,300円", "イチマンニセンサンビャクエン"},
    {"12月25日は、市税や保険料の納期限です。",
     "ジューニガツニジューゴニチワ、シゼーヤホケンリョーノノーキゲンデス、"},
    {"12月31日(水)", "ジューニガツサンジューイチニチスイヨービ"},
    {"12月分", "ジューニガツブン"},
    {"13時30分", "ジューサンジサンジュップン"},
    {"15,800円", "イチマンゴセンハッピャクエン"},
    {"17時15分", "ジューシチジジューゴフン"},
    {"1円", "イチエン"},
    {"1月15日", "イチガツジューゴニチ"},
    {"2025年12月25日(木)", "ニセンニジューゴネンジューニガツニジューゴニチモクヨービ"},
    {"2月8日", "ニガツヨーカ"},
    {"2期分", "ニキブン"},
    {"3,300円", "サンゼンサンビャクエン"},
    {"333,333円", "サンジューサンマンサンゼンサンビャクサンジューサンエン"},
    {"3月14日", "サンガツジューヨッカ"},
    {"3期分", "サンキブン"},
    {"4か月分", "ヨンカゲツブン"},
    {"4月1日", "シガツツイタチ"},
    {"6月24日", "ロクガツニジューヨッカ"},
    {"7月20日", "シチガツハツカ"},
    {"8,600円", "ハッセンロッピャクエン"},
    {"8時30分", "ハチジサンジュップン"},
    {"900円", "キューヒャクエン"},
    {"9月9日", "クガツココノカ"},
    {"イナ タロウ様", "イナ、タローサマ"},
    {"サトウ ヨシコ様", "サトー、ヨシコサマ"},
    {"シャープを押してください。", "シャープヲオシテクダサイ、"},
    {"シュミット様", "シュミットサマ"},
    {"ジョン スミス様", "ジョン、スミスサマ"},
    {"ヤマダ ハナコ様", "ヤマダ、ハナコサマ"},
    {"ヴァン様", "バンサマ"},
    {"㈱伊那製作所様", "カブシキガイシャイナセーサクショサマ"},
    {"一ノ瀬様", "イチノセサマ"},
    {"中村様", "ナカムラサマ"},
    {"介護保険料", "カイゴホケンリョー"},
    {"令和7年12月25日", "レーワナナネンジューニガツニジューゴニチ"},
    {"令和7年4月30日", "レーワナナネンシガツサンジューニチ"},
    {"令和7年度分", "レーワナナネンドブン"},
    {"令和8年1月5日", "レーワハチネンイチガツイツカ"},
    {"令和元年10月1日", "レーワガンネンジューガツツイタチ"},
    {"伊藤様", "イトーサマ"},
    {"伊那市役所", "イナシヤクショ"},
    {"佐藤様", "サトーサマ"},
    {"來栖様", "クルスサマ"},
    {"冨田様", "トミタサマ"},
    {"北原様", "キタハラサマ"},
    {"午前10時10分", "ゴゼンジュージジュップン"},
    {"午前9時", "ゴゼンクジ"},
    {"午後1時45分", "ゴゴイチジヨンジューゴフン"},
    {"午後5時15分", "ゴゴゴジジューゴフン"},
    {"唐木様", "カラキサマ"},
    {"唐澤様", "カラサワサマ"},
    {"固定資産税", "コテーシサンゼー"},
    {"国民健康保険税", "コクミンケンコーホケンゼー"},
    {"國井様", "クニイサマ"},
    {"國分様", "コクブサマ"},
    {"圡屋様", "ツチヤサマ"},
    {"城倉様", "ジョークラサマ"},
    {"增田様", "マスダサマ"},
    {"大澤様", "オーサワサマ"},
    {"大﨑様", "オーサキサマ"},
    {"宮澤様", "ミヤザワサマ"},
    {"宮﨑様", "ミヤザキサマ"},
    {"小林様", "コバヤシサマ"},
    {"小澤様", "オザワサマ"},
    {"尾﨑様", "オザキサマ"},
    {"山﨑様", "ヤマザキサマ"},
    {"岩﨑様", "イワサキサマ"},
    {"嶋津様", "シマヅサマ"},
    {"嶋田様", "シマダサマ"},
    {"川﨑様", "カワサキサマ"},
    {"市県民税", "シケンミンゼイ"},
    {"平日8時半から17時15分", "ヘージツハチジハンカラジューシチジジューゴフン"},
    {"平澤様", "ヒラサワサマ"},
    {"廣川様", "ヒロカワサマ"},
    {"廣瀨様", "ヒロセサマ"},
    {"廣瀬様", "ヒロセサマ"},
    {"廣田様", "ヒロタサマ"},
    {"後期高齢者医療保険料", "コーキコーレーシャイリョーホケンリョー"},
    {"御子柴様", "ミコシバサマ"},
    {"徳永様", "トクナガサマ"},
    {"德川様", "トクガワサマ"},
    {"德永様", "トクナガサマ"},
    {"德田様", "トクダサマ"},
    {"惠子様", "ケーコサマ"},
    {"成瀨様", "ナルセサマ"},
    {"戶田様", "トダサマ"},
    {"斎藤様", "サイトーサマ"},
    {"春日様", "カスガサマ"},
    {"曾我様", "ソガサマ"},
    {"曾根様", "ソネサマ"},
    {"有賀様", "アリガサマ"},
    {"松﨑様", "マツザキサマ"},
    {"柿﨑様", "カキザキサマ"},
    {"栁田様", "ヤナギダサマ"},
    {"株式会社伊那様", "カブシキガイシャイナサマ"},
    {"桒原様", "クワバラサマ"},
    {"條様", "ジョーサマ"},
    {"槗本様", "ハシモトサマ"},
    {"櫻井様", "サクライサマ"},
    {"櫻田様", "サクラダサマ"},
    {"池上様", "イケガミサマ"},
    {"淸水様", "シミズサマ"},
    {"淺野様", "アサノサマ"},
    {"渕上様", "フチガミサマ"},
    {"渡邉様", "ワタナベサマ"},
    {"渡邊様", "ワタナベサマ"},
    {"渡邊花子様", "ワタナベハナコサマ"},
    {"澤村様", "サワムラサマ"},
    {"澤田様", "サワダサマ"},
    {"濱崎様", "ハマザキサマ"},
    {"濱田様", "ハマダサマ"},
    {"濵口様", "ハマグチサマ"},
    {"濵田様", "ハマダサマ"},
    {"濵﨑様", "ハマザキサマ"},
    {"瀧本様", "タキモトサマ"},
    {"瀧澤様", "タキザワサマ"},
    {"田中太郎様", "タナカタローサマ"},
    {"眞田様", "サナダサマ"},
    {"眞鍋様", "マナベサマ"},
    {"石﨑様", "イシザキサマ"},
    {"祐子様", "ユーコサマ"},
    {"神﨑様", "カンザキサマ"},
    {"福田様", "フクダサマ"},
    {"第10期", "ダイジュッキ"},
    {"第1期", "ダイイッキ"},
    {"第2期", "ダイニキ"},
    {"第3期", "ダイサンキ"},
    {"第4期", "ダイヨンキ"},
    {"第8期", "ダイハッキ"},
    {"納付分", "ノーフブン"},
    {"納付期限", "ノーフキゲン"},
    {"納期", "ノーキ"},
    {"納期限", "ノーキゲン"},
    {"聰様", "サトシサマ"},
    {"舘野様", "タテノサマ"},
    {"萬田様", "マンダサマ"},
    {"葛󠄀城様", "カツラギサマ"},
    {"薗田様", "ソノダサマ"},
    {"藤澤様", "フジサワサマ"},
    {"豐島様", "トシマサマ"},
    {"豐田様", "トヨダサマ"},
    {"軽自動車税", "ケイジドーシャゼー"},
    {"邊見様", "ヘンミサマ"},
    {"邨田様", "ムラタサマ"},
    {"鄕田様", "ゴーダサマ"},
    {"酒井様", "サカイサマ"},
    {"野澤様", "ノザワサマ"},
    {"金澤様", "カナザワサマ"},
    {"鈴木様", "スズキサマ"},
    {"長澤様", "ナガサワサマ"},
    {"長﨑様", "ナガサキサマ"},
    {"關口様", "セキグチサマ"},
    {"關根様", "セキネサマ"},
    {"關様", "セキサマ"},
    {"随時", "ズイジ"},
    {"靑木様", "アオキサマ"},
    {"靜子様", "シズコサマ"},
    {"飯島様", "イージマサマ"},
    {"高橋一郎様", "タカハシイチローサマ"},
    {"髙井様", "タカイサマ"},
    {"髙山様", "タカヤマサマ"},
    {"髙島様", "タカシマサマ"},
    {"髙木様", "タカギサマ"},
    {"髙松様", "タカマツサマ"},
    {"髙栁様", "タカヤナギサマ"},
    {"髙橋様", "タカハシサマ"},
    {"髙瀨様", "タカセサマ"},
    {"髙田様", "タカダサマ"},
    {"髙野様", "タカノサマ"},
    {"髙󠄁橋様", "タカハシサマ"},
    {"黑川様", "クロカワサマ"},
    {"黑木様", "クロキサマ"},
    {"黑澤様", "クロサワサマ"},
    {"黑田様", "クロダサマ"},
    {"黒﨑様", "クロサキサマ"},
    {"齊藤様", "サイトーサマ"},
    {"齋木様", "サイキサマ"},
    {"齋藤様", "サイトーサマ"},
    {"龍神様", "リュージンサマ"},
    {"﨑山様", "サキヤマサマ"},
    {"﨑様", "サキサマ"},
    {"１２，３００円", "イチマンニセンサンビャクエン"},
    {"ＡＢＣ商事様", "エイビーシーショージサマ"},
    {"ｋｔ商事様", "ケイティーショージサマ"},
    {"ｽｽﾞｷ ｼﾞﾛｳ様", "スズキ、ジローサマ"},
    {"ﾀﾅｶ ﾀﾛｳ様", "タナカ、タローサマ"},
    {"𠮷岡様", "ヨシオカサマ"},
    {"𠮷川様", "ヨシカワサマ"},
    {"𠮷村様", "ヨシムラサマ"},
    {"𠮷田様", "ヨシダサマ"},
    {"𠮷野様", "ヨシノサマ"},
    {"礪波様", "トナミサマ"},
};

/* What cannot be read, and which character is named ("": nothing is left to speak). */
static const struct {
	const char *text, *bad;
} refusals[] = {
    {"髙😀様", "😀"},      {"😀", "😀"},        {"👨‍👩‍👧様", "👨"},
    {"驒様", "驒"},      {"한국様", "한"},  {"Яна様", "Я"},
    {"ABCé様", "é"},     {"ヹア様", "ヹ"},  {"ㇰ様", "ㇰ"},
    {"〓様", "〓"},      {"■山様", "■"},    {"13:30", ":"},
    {"2025/12/25", "/"}, {"R7.12.25", "."}, {"¥12,300", "¥"},
    {"￥12,300", "¥"},   {"$100", "＄"},    {"-500円", "-"},
    {"12,3000円", ","},  {"a=b", "＝"},     {"", ""},
    {"。", ""},          {"、、", ""},      {"々", "々"},
    {"​", ""},         {"𪚥様", "𪚥"},
};

enum { READINGS = sizeof readings / sizeof *readings, THREADS = 2 };

/* Level, length and gaps of one piece; "" if it is as docs/speech.md says. */
static const char *measure(const struct audio *a, size_t morae)
{
	double sum = 0, loudest = 0, frames[1600] = {0};
	size_t n = a->n / 80, loud = 0, gap = 0, longest = 0;

	if (a->n < morae * 320 || a->n > morae * 2400 + 4800)
		return "its length does not fit its reading";
	for (size_t f = 0; f < n && f < 1600; f++) {
		for (size_t i = 0; i < 80; i++) {
			double v = tts_ulaw_decode(a->ulaw[f * 80 + i]) / 32768.0;
			if (fabs(v) > 0.9)
				return "it clips";
			frames[f] += v * v / 80;
		}
		loudest = fmax(loudest, frames[f]);
	}
	for (size_t f = 0; f < n && f < 1600; f++) {
		bool speaks = frames[f] > loudest * 0.0064;
		if (speaks) {
			sum += frames[f];
			loud++;
		}
		gap = frames[f] > loudest * 0.0004 ? 0 : gap + 1;
		longest = gap > longest ? gap : longest;
	}
	if (longest > 70)
		return "there is a gap of more than 700 ms";
	if (fabs(10 * log10(sum / (double)loud) + 20) > 3)
		return "its level is not -20 dBFS";
	return "";
}

struct share {
	struct speech *s;
	size_t from;
	char failure[512];
};

/* Check's assertions are not for other threads: the first failure is handed back. */
static void *read_share(void *arg)
{
	struct share *share = arg;

	for (size_t i = share->from; i < READINGS && !share->failure[0]; i += THREADS) {
		struct prompt p = {0};
		char reading[512] = "", bad[8] = "";
		const struct speech_words words = {.text = readings[i].text};
		int err = speech_openjtalk.say(share->s, &words, &p, reading, sizeof reading, bad);
		const char *wrong = err ? err_str(err) : "";
		if (!err)
			wrong = measure(p.pieces[0], utf8_chars(reading, strlen(reading)));
		if (!err && strcmp(reading, readings[i].reading) != 0)
			wrong = "another reading";
		if (wrong[0])
			snprintf(share->failure, sizeof share->failure, "%s: %s: %s %s",
				 readings[i].text, wrong, reading, bad);
		prompt_clear(&p);
	}
	return NULL;
}

static struct speech *start(struct mailbox **ret_box)
{
	struct speech_config c = speech_fixture_config();
	struct problems problems;
	struct speech *s;

	problems_init(&problems);
	ck_assert_int_eq(mailbox_new(4, ret_box), 0);
	ck_assert_int_eq(speech_openjtalk.start(&c, *ret_box, &problems, &s), 0);
	problems_free(&problems);
	return s;
}

START_TEST(everything_is_read_rightly)
{
	struct mailbox *box;
	struct speech *s = start(&box);
	struct share shares[THREADS] = {{.s = s, .from = 0}, {.s = s, .from = 1}};
	pthread_t threads[THREADS];

	ck_assert_uint_ge(READINGS + sizeof refusals / sizeof *refusals, 120);
	for (int t = 0; t < THREADS; t++)
		ck_assert_int_eq(pthread_create(&threads[t], NULL, read_share, &shares[t]), 0);
	for (int t = 0; t < THREADS; t++)
		pthread_join(threads[t], NULL);
	for (int t = 0; t < THREADS; t++)
		ck_assert_msg(!shares[t].failure[0], "%s", shares[t].failure);
	speech_openjtalk.stop(s);
	mailbox_free(box, NULL);
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
	struct mailbox *box;
	struct speech *s = start(&box);

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct prompt p = {0};
		char bad[8] = "?";
		const struct speech_words words = {.text = refusals[i].text};
		int err = speech_openjtalk.say(s, &words, &p, NULL, 0, bad);
		ck_assert_msg(err == E_INVALID, "%s: %d", refusals[i].text, err);
		ck_assert_msg(strcmp(bad, refusals[i].bad) == 0, "%s: %s", refusals[i].text, bad);
	}
	speech_openjtalk.stop(s);
	mailbox_free(box, NULL);
}
END_TEST

static TCase *readings_case(void)
{
	TCase *t = tcase_create("readings");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, everything_is_read_rightly);
	tcase_add_test(t, what_cannot_be_read_is_named);
	return t;
}

UNIT_MAIN("speech_readings", readings_case)
