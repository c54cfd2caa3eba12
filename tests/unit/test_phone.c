/* Telephone numbers: what people write, what may be dialled, and what never. */
#include "engine/plan/phone.h"
#include "tests/support/unit.h"

#include <stdio.h>

static const struct {
	const char *what, *in;
	enum phone_note note;
	const char *out;
} numbers[] = {
    {"fixed line: Ina city hall", "0265784111", PHONE_OK, "0265784111"},
    {"fixed line: Tokyo", "0312345678", PHONE_OK, "0312345678"},
    {"fixed line: Tokyo 6", "0662345678", PHONE_OK, "0662345678"},
    {"fixed line: Sapporo", "0112345678", PHONE_OK, "0112345678"},
    {"fixed line: Hakodate", "0138123456", PHONE_OK, "0138123456"},
    {"fixed line: Nagoya", "0521234567", PHONE_OK, "0521234567"},
    {"fixed line: Kyoto", "0751234567", PHONE_OK, "0751234567"},
    {"fixed line: Fukuoka", "0921234567", PHONE_OK, "0921234567"},
    {"fixed line: Naha", "0988123456", PHONE_OK, "0988123456"},
    {"fixed line: Okinawa", "0980521234", PHONE_OK, "0980521234"},
    {"fixed line: Yokohama", "0451234567", PHONE_OK, "0451234567"},
    {"fixed line: Saitama", "0481234567", PHONE_OK, "0481234567"},
    {"fixed line: Chiba", "0431234567", PHONE_OK, "0431234567"},
    {"fixed line: Kashiwa", "0471234567", PHONE_OK, "0471234567"},
    {"fixed line: Hachioji", "0426123456", PHONE_OK, "0426123456"},
    {"fixed line: Ogasawara", "0499821234", PHONE_OK, "0499821234"},
    {"fixed line: Niigata", "0251234567", PHONE_OK, "0251234567"},
    {"fixed line: Nagano", "0261234567", PHONE_OK, "0261234567"},
    {"fixed line: Matsumoto", "0263123456", PHONE_OK, "0263123456"},
    {"fixed line: Iida", "0265221234", PHONE_OK, "0265221234"},
    {"fixed line: Hiroshima", "0821234567", PHONE_OK, "0821234567"},
    {"fixed line: Izumo", "0853212345", PHONE_OK, "0853212345"},
    {"fixed line: Matsuyama", "0899123456", PHONE_OK, "0899123456"},
    {"fixed line: Kochi", "0888123456", PHONE_OK, "0888123456"},
    {"fixed line: Anan", "0884221234", PHONE_OK, "0884221234"},
    {"fixed line: Miyake", "0499412345", PHONE_OK, "0499412345"},
    {"fixed line: Wakkanai", "0162231234", PHONE_OK, "0162231234"},
    {"fixed line: Hamamatsu", "0534561234", PHONE_OK, "0534561234"},
    {"fixed line: Fuji", "0545123456", PHONE_OK, "0545123456"},
    {"fixed line: Kobe", "0781234567", PHONE_OK, "0781234567"},
    {"fixed line: Himeji", "0792123456", PHONE_OK, "0792123456"},
    {"fixed line: Tottori", "0857221234", PHONE_OK, "0857221234"},
    {"fixed line: Kumamoto", "0963123456", PHONE_OK, "0963123456"},
    {"fixed line: Kagoshima", "0992123456", PHONE_OK, "0992123456"},
    {"fixed line: Sasebo", "0956221234", PHONE_OK, "0956221234"},
    {"fixed line: Iwaki", "0246221234", PHONE_OK, "0246221234"},
    {"fixed line: Nara", "0742221234", PHONE_OK, "0742221234"},
    {"fixed line: Wakayama", "0734221234", PHONE_OK, "0734221234"},
    {"fixed line: Tsu", "0592121234", PHONE_OK, "0592121234"},
    {"fixed line: Gifu", "0582123456", PHONE_OK, "0582123456"},
    {"fixed line: Aomori", "0177221234", PHONE_OK, "0177221234"},
    {"fixed line: Akita", "0188621234", PHONE_OK, "0188621234"},
    {"fixed line: Morioka", "0196221234", PHONE_OK, "0196221234"},
    {"fixed line: Muroran", "0143221234", PHONE_OK, "0143221234"},
    {"mobile 060", "06012345678", PHONE_OK, "06012345678"},
    {"mobile 070", "07012345678", PHONE_OK, "07012345678"},
    {"mobile 080", "08012345678", PHONE_OK, "08012345678"},
    {"mobile 090", "09012345678", PHONE_OK, "09012345678"},
    {"mobile 090", "09098765432", PHONE_OK, "09098765432"},
    {"mobile 070", "07091234567", PHONE_OK, "07091234567"},
    {"mobile 080", "08099999999", PHONE_OK, "08099999999"},
    {"mobile 060", "06099999999", PHONE_OK, "06099999999"},
    {"IP telephone", "05012345678", PHONE_OK, "05012345678"},
    {"IP telephone", "05055551234", PHONE_OK, "05055551234"},
    {"IP telephone", "05099999999", PHONE_OK, "05099999999"},
    {"hyphen", "0265-78-4111", PHONE_OK, "0265784111"},
    {"full-width digits", "０２６５７８４１１１", PHONE_OK, "0265784111"},
    {"full-width digits and hyphens", "０２６５－７８－４１１１", PHONE_OK, "0265784111"},
    {"U+2010 hyphen", "0265‐78‐4111", PHONE_OK, "0265784111"},
    {"U+2011 non-breaking hyphen", "0265‑78‑4111", PHONE_OK, "0265784111"},
    {"U+2012 figure dash", "0265‒78‒4111", PHONE_OK, "0265784111"},
    {"U+2013 en dash", "0265–78–4111", PHONE_OK, "0265784111"},
    {"U+2014 em dash", "0265—78—4111", PHONE_OK, "0265784111"},
    {"U+2015 horizontal bar", "0265―78―4111", PHONE_OK, "0265784111"},
    {"U+2212 minus", "0265−78−4111", PHONE_OK, "0265784111"},
    {"long vowel mark", "0265ー78ー4111", PHONE_OK, "0265784111"},
    {"half-width long vowel mark", "0265ｰ78ｰ4111", PHONE_OK, "0265784111"},
    {"box drawing line", "0265─78─4111", PHONE_OK, "0265784111"},
    {"heavy box drawing line", "0265━78━4111", PHONE_OK, "0265784111"},
    {"small hyphen", "0265﹣78﹣4111", PHONE_OK, "0265784111"},
    {"small em dash", "0265﹘78﹘4111", PHONE_OK, "0265784111"},
    {"soft hyphen", "0265­78­4111", PHONE_OK, "0265784111"},
    {"hyphen bullet", "0265⁃78⁃4111", PHONE_OK, "0265784111"},
    {"parentheses round the exchange", "0265(78)4111", PHONE_OK, "0265784111"},
    {"parentheses round the area", "(0265)78-4111", PHONE_OK, "0265784111"},
    {"full-width parentheses", "（０２６５）７８－４１１１", PHONE_OK, "0265784111"},
    {"spaces", "0265 78 4111", PHONE_OK, "0265784111"},
    {"ideographic spaces", "0265　78　4111", PHONE_OK, "0265784111"},
    {"no-break spaces", "0265 78 4111", PHONE_OK, "0265784111"},
    {"thin spaces", "0265 78 4111", PHONE_OK, "0265784111"},
    {"narrow no-break space", "0265 78 4111", PHONE_OK, "0265784111"},
    {"tab", "0265\t78\t4111", PHONE_OK, "0265784111"},
    {"spaces round it", "  0265784111  ", PHONE_OK, "0265784111"},
    {"mixed widths", "０265－78ー4111", PHONE_OK, "0265784111"},
    {"+81", "+81265784111", PHONE_OK, "0265784111"},
    {"+81 and hyphens", "+81-265-78-4111", PHONE_OK, "0265784111"},
    {"+81 and spaces", "+81 265 78 4111", PHONE_OK, "0265784111"},
    {"+81(0)", "+81(0)265-78-4111", PHONE_OK, "0265784111"},
    {"+81 (0) with spaces", "+81 (0) 265 78 4111", PHONE_OK, "0265784111"},
    {"full-width plus", "＋８１－２６５－７８－４１１１", PHONE_OK, "0265784111"},
    {"full-width plus and (0)", "＋８１（０）２６５－７８－４１１１", PHONE_OK, "0265784111"},
    {"+81 and the national 0 kept", "+810265784111", PHONE_OK, "0265784111"},
    {"(0) before the area", "(0)265-78-4111", PHONE_OK, "0265784111"},
    {"space before the plus", " +81265784111", PHONE_OK, "0265784111"},
    {"parenthesis before the plus", "(+81)265-78-4111", PHONE_OK, "0265784111"},
    {"mobile with hyphens", "090-1234-5678", PHONE_OK, "09012345678"},
    {"mobile full-width", "０９０－１２３４－５６７８", PHONE_OK, "09012345678"},
    {"mobile +81", "+819012345678", PHONE_OK, "09012345678"},
    {"mobile +81 hyphens", "+81-90-1234-5678", PHONE_OK, "09012345678"},
    {"mobile +81(0)", "+81(0)90-1234-5678", PHONE_OK, "09012345678"},
    {"mobile, odd grouping", "0901-234-5678", PHONE_OK, "09012345678"},
    {"mobile (0)", "+81 (0)90 1234 5678", PHONE_OK, "09012345678"},
    {"lost 0: Ina", "265784111", PHONE_REPAIRED, "0265784111"},
    {"lost 0: Ina with hyphens", "265-78-4111", PHONE_REPAIRED, "0265784111"},
    {"lost 0: Tokyo", "312345678", PHONE_REPAIRED, "0312345678"},
    {"lost 0: Osaka", "612345678", PHONE_REPAIRED, "0612345678"},
    {"lost 0: mobile 090", "9012345678", PHONE_REPAIRED, "09012345678"},
    {"lost 0: mobile 080", "8012345678", PHONE_REPAIRED, "08012345678"},
    {"lost 0: mobile 070", "7012345678", PHONE_REPAIRED, "07012345678"},
    {"lost 0: mobile 060", "6012345678", PHONE_REPAIRED, "06012345678"},
    {"lost 0: 050", "5012345678", PHONE_REPAIRED, "05012345678"},
    {"lost 0: full-width", "９０１２３４５６７８", PHONE_REPAIRED, "09012345678"},
    {"lost 0: Sapporo", "112345678", PHONE_REPAIRED, "0112345678"},
    {"lost 0: Naha", "988123456", PHONE_REPAIRED, "0988123456"},
    {"lost 0: mobile with hyphens", "90-1234-5678", PHONE_REPAIRED, "09012345678"},
    {"nothing", "", PHONE_EMPTY, NULL},
    {"spaces only", "  　", PHONE_EMPTY, NULL},
    {"a hyphen, written for none", "-", PHONE_EMPTY, NULL},
    {"a full-width hyphen, written for none", "－", PHONE_EMPTY, NULL},
    {"long vowel marks, written for none", "ーーー", PHONE_EMPTY, NULL},
    {"empty parentheses", "()", PHONE_EMPTY, NULL},
    {"free 0120", "0120123456", PHONE_BAD, NULL},
    {"free 0800", "08001234567", PHONE_BAD, NULL},
    {"free 0800, ten digits", "0800123456", PHONE_BAD, NULL},
    {"navi dial 0570", "0570012345", PHONE_BAD, NULL},
    {"information 0990", "0990123456", PHONE_BAD, NULL},
    {"message 0170", "0170123456", PHONE_BAD, NULL},
    {"tele-vote 0180", "0180123456", PHONE_BAD, NULL},
    {"routed 091", "0910123456", PHONE_BAD, NULL},
    {"routed 0910, eleven digits", "09101234567", PHONE_BAD, NULL},
    {"the international prefix, ten digits", "0101234567", PHONE_BAD, NULL},
    {"the international prefix, eleven digits", "01012345678", PHONE_BAD, NULL},
    {"international call to the USA", "01012125551234", PHONE_BAD, NULL},
    {"machine to machine 020, eleven digits", "02012345678", PHONE_BAD, NULL},
    {"machine to machine 020, ten digits", "0201234567", PHONE_BAD, NULL},
    {"machine to machine 020, fourteen digits", "02001234567890", PHONE_BAD, NULL},
    {"UPT 0600", "0600123456", PHONE_BAD, NULL},
    {"0600 with eleven digits", "06001234567", PHONE_BAD, NULL},
    {"carrier prefix 0033", "0033123456", PHONE_BAD, NULL},
    {"carrier prefix 00", "0012345678", PHONE_BAD, NULL},
    {"0081", "00812657841", PHONE_BAD, NULL},
    {"police", "110", PHONE_BAD, NULL},
    {"fire", "119", PHONE_BAD, NULL},
    {"time", "117", PHONE_BAD, NULL},
    {"faults", "113", PHONE_BAD, NULL},
    {"emergency with hyphens", "1-1-0", PHONE_BAD, NULL},
    {"184 before a number", "1840265784111", PHONE_BAD, NULL},
    {"186 before a number", "1860265784111", PHONE_BAD, NULL},
    {"#7119", "#7119", PHONE_BAD, NULL},
    {"*67", "*670265784111", PHONE_BAD, NULL},
    {"mobile 0900", "09001234567", PHONE_BAD, NULL},
    {"mobile 0700", "07001234567", PHONE_BAD, NULL},
    {"0500", "05001234567", PHONE_BAD, NULL},
    {"040 is no mobile", "04012345678", PHONE_BAD, NULL},
    {"030, once car telephones", "03012345678", PHONE_BAD, NULL},
    {"030 with ten digits", "0301234567", PHONE_BAD, NULL},
    {"014 0, no area", "0140123456", PHONE_BAD, NULL},
    {"011 0, no area", "0110123456", PHONE_BAD, NULL},
    {"0119", "0119123456", PHONE_BAD, NULL},
    {"021", "0211234567", PHONE_BAD, NULL},
    {"041", "0411234567", PHONE_BAD, NULL},
    {"051", "0511234567", PHONE_BAD, NULL},
    {"053 is an area, 054 too, 050 with ten digits is not", "0501234567", PHONE_BAD, NULL},
    {"061 is an area; 060 with ten digits", "0601234567", PHONE_BAD, NULL},
    {"070 with ten digits", "0701234567", PHONE_BAD, NULL},
    {"080 with ten digits", "0801234567", PHONE_BAD, NULL},
    {"090 with ten digits", "0901234567", PHONE_BAD, NULL},
    {"071", "0711234567", PHONE_BAD, NULL},
    {"081", "0811234567", PHONE_BAD, NULL},
    {"0461 is none", "0461123456", PHONE_BAD, NULL},
    {"0490 is none", "0490123456", PHONE_BAD, NULL},
    {"0960 is none", "0960123456", PHONE_BAD, NULL},
    {"0970 is none", "0970123456", PHONE_BAD, NULL},
    {"fixed line, nine digits", "026578411", PHONE_BAD, NULL},
    {"fixed line, eleven digits", "02657841112", PHONE_BAD, NULL},
    {"mobile, ten digits", "0901234567", PHONE_BAD, NULL},
    {"mobile, twelve digits", "090123456789", PHONE_BAD, NULL},
    {"no area code", "784111", PHONE_BAD, NULL},
    {"USA", "+12125551234", PHONE_BAD, NULL},
    {"USA, full-width", "＋１２１２５５５１２３４", PHONE_BAD, NULL},
    {"+81 only", "+81", PHONE_BAD, NULL},
    {"plus only", "+", PHONE_BAD, NULL},
    {"+82", "+821012345678", PHONE_BAD, NULL},
    {"+8", "+8", PHONE_BAD, NULL},
    {"+81 police", "+81110", PHONE_BAD, NULL},
    {"+81 free", "+81120123456", PHONE_BAD, NULL},
    {"+81 two zeros", "+8100265784111", PHONE_BAD, NULL},
    {"+81(0) and 0120", "+81(0)120123456", PHONE_BAD, NULL},
    {"plus without 81 but a national number", "+0265784111", PHONE_BAD, NULL},
    {"two pluses", "++81265784111", PHONE_BAD, NULL},
    {"plus in the middle", "0265+784111", PHONE_BAD, NULL},
    {"plus at the end", "0265784111+", PHONE_BAD, NULL},
    {"81 without a plus is no guess of ours", "81265784111", PHONE_BAD, NULL},
    {"81 without a plus, mobile", "819012345678", PHONE_BAD, NULL},
    {"lost 0, but free", "120123456", PHONE_BAD, NULL},
    {"lost 0, but navi dial", "570012345", PHONE_BAD, NULL},
    {"lost 0, but 0800", "8001234567", PHONE_BAD, NULL},
    {"lost 0, too short", "26578411", PHONE_BAD, NULL},
    {"lost 0, too long", "2657841111", PHONE_BAD, NULL},
    {"lost 0 of 010", "101234567", PHONE_BAD, NULL},
    {"lost 0 of 020", "2012345678", PHONE_BAD, NULL},
    {"lost two zeros", "33123456", PHONE_BAD, NULL},
    {"lost 0, mobile one short", "901234567", PHONE_BAD, NULL},
    {"lost 0, mobile one long", "90123456789", PHONE_BAD, NULL},
    {"letters", "0265-78-ABCD", PHONE_BAD, NULL},
    {"an O for a 0", "O265784111", PHONE_BAD, NULL},
    {"extension", "0265-78-4111内線123", PHONE_BAD, NULL},
    {"two numbers", "0265-78-4111/090-1234-5678", PHONE_BAD, NULL},
    {"two numbers, comma", "0265784111,09012345678", PHONE_BAD, NULL},
    {"spreadsheet exponent", "9.01235E+09", PHONE_BAD, NULL},
    {"decimal point", "0265.78.4111", PHONE_BAD, NULL},
    {"kanji digits", "〇二六五七八四一一一", PHONE_BAD, NULL},
    {"circled digits", "⓪②⑥⑤⑦⑧④①①①", PHONE_BAD, NULL},
    {"Arabic-Indic digits", "٠٢٦٥٧٨٤١١١", PHONE_BAD, NULL},
    {"line feed", "0265784111\n", PHONE_BAD, NULL},
    {"carriage return and header", "0265784111\r\nX: y", PHONE_BAD, NULL},
    {"NUL-like control",
     "0265\001"
     "784111",
     PHONE_BAD, NULL},
    {"zero width space", "0265​784111", PHONE_BAD, NULL},
    {"right-to-left mark", "‏0265784111", PHONE_BAD, NULL},
    {"SIP URI", "sip:0265784111@example", PHONE_BAD, NULL},
    {"percent escape", "0265%2d784111", PHONE_BAD, NULL},
    {"semicolon parameter", "0265784111;phone-context", PHONE_BAD, NULL},
    {"broken UTF-8",
     "0265\xff"
     "784111",
     PHONE_BAD, NULL},
    {"cut UTF-8", "0265784111\xe3\x83", PHONE_BAD, NULL},
    {"overlong zero",
     "\xc0\xb0"
     "265784111",
     PHONE_BAD, NULL},
    {"very long", "0265784111026578411102657841110265784111", PHONE_BAD, NULL},
    {"tilde", "0265~78~4111", PHONE_BAD, NULL},
    {"wave dash", "0265〜78〜4111", PHONE_BAD, NULL},
    {"not known", "不明", PHONE_BAD, NULL},
    {"none", "なし", PHONE_BAD, NULL},
    {"slash date", "2026/11/22", PHONE_BAD, NULL},
    {"tel:", "TEL0265784111", PHONE_BAD, NULL},
    {"all zeros, mobile", "00000000000", PHONE_BAD, NULL},
    {"all zeros", "0000000000", PHONE_BAD, NULL},
    {"0000", "0000", PHONE_BAD, NULL},
    {"five-digit area: Karuizawa", "0267-42-1234", PHONE_OK, "0267421234"},
    {"five-digit area: Miyake", "04994-2-1234", PHONE_OK, "0499421234"},
    {"five-digit area: Niijima", "04992-5-1234", PHONE_OK, "0499251234"},
    {"five-digit area: Ogasawara", "04998-2-1234", PHONE_OK, "0499821234"},
    {"five-digit area: Rishiri", "01638-2-1234", PHONE_OK, "0163821234"},
    {"five-digit area: Okushiri", "01397-2-1234", PHONE_OK, "0139721234"},
    {"five-digit area: Ashoro", "01562-5-1234", PHONE_OK, "0156251234"},
    {"five-digit area: Amami", "09977-2-1234", PHONE_OK, "0997721234"},
    {"five-digit area: Tokunoshima", "09969-2-1234", PHONE_OK, "0996921234"},
    {"five-digit area: Totsukawa", "07466-2-1234", PHONE_OK, "0746621234"},
    {"five-digit area: Oki", "08512-2-1234", PHONE_OK, "0851221234"},
    {"five-digit area, zero lost", "4992-5-1234", PHONE_REPAIRED, "0499251234"},
    {"five-digit area, +81", "+81-4992-5-1234", PHONE_OK, "0499251234"},
    {"extension: ext.", "0265-78-4111 ext.123", PHONE_BAD, NULL},
    {"extension: x", "0265-78-4111x123", PHONE_BAD, NULL},
    {"extension: (内)", "0265-78-4111(内)123", PHONE_BAD, NULL},
    {"extension: #", "0265-78-4111#123", PHONE_BAD, NULL},
    {"extension in brackets, digits alone", "0265-78-4111(123)", PHONE_BAD, NULL},
    {"a switchboard: (代)", "0265-78-4111(代)", PHONE_BAD, NULL},
    {"a name before it", "自宅0265-78-4111", PHONE_BAD, NULL},
    {"a fax", "FAX 0265-78-4111", PHONE_BAD, NULL},
    {"a pause", "0265784111,,1", PHONE_BAD, NULL},
    {"mobile 060, +81", "+81 60 1234 5678", PHONE_OK, "06012345678"},
    {"mobile 060 of a reserved fourth digit", "06000000000", PHONE_BAD, NULL},
    {"050, +81", "+81-50-1234-5678", PHONE_OK, "05012345678"},
    {"0800, +81", "+81-800-123-4567", PHONE_BAD, NULL},
    {"020, fourteen digits, hyphens", "0200-12345-67890", PHONE_BAD, NULL},
};

START_TEST(numbers_are_normalised)
{
	char out[MAX_NUMBER] = "untouched";
	enum phone_note note = phone_normalise(numbers[_i].in, out);
	ck_assert_msg(note == numbers[_i].note, "%s: %d", numbers[_i].what, (int)note);
	ck_assert_msg(!strcmp(out, numbers[_i].out ? numbers[_i].out : "untouched"), "%s: %s",
		      numbers[_i].what, out);
	if (!numbers[_i].out)
		return;
	/* What comes out may be dialled, and is its own normal form. */
	ck_assert_msg(phone_may_dial(out), "%s", numbers[_i].what);
	ck_assert_int_eq(phone_normalise(numbers[_i].out, out), PHONE_OK);
	ck_assert_str_eq(out, numbers[_i].out);
}
END_TEST

/* The last check before dialling takes national digits and nothing else. */
static const char *const never[] = {
    "",
    "0",
    "0265-78-4111",
    "+81265784111",
    "0265784111 ",
    " 0265784111",
    "０２６５７８４１１１",
    "265784111",
    "0265784111\r\n",
    "0265784111;x=y",
    "0265784111@x",
    "0120123456",
    "0101234567",
    "01012345678",
    "110",
    "0033123456",
    "*31#0265784111",
    "09012345678a",
    "0901234567８",
    "sip:0265784111",
};

START_TEST(only_exact_digits_may_be_dialled)
{
	ck_assert_msg(!phone_may_dial(never[_i]), "%s", never[_i]);
	ck_assert_msg(!phone_is_mobile(never[_i]), "%s", never[_i]);
}
END_TEST

START_TEST(lines_have_kinds)
{
	static const struct {
		const char *digits;
		enum phone_line line;
	} lines[] = {
	    {"0265784111", PHONE_FIXED},   {"0499421234", PHONE_FIXED},
	    {"0312345678", PHONE_FIXED},   {"05012345678", PHONE_IP},
	    {"06012345678", PHONE_MOBILE}, {"07012345678", PHONE_MOBILE},
	    {"08012345678", PHONE_MOBILE}, {"09012345678", PHONE_MOBILE},
	    {"02012345678", PHONE_NONE},   {"0120123456", PHONE_NONE},
	    {"0570012345", PHONE_NONE},    {"0101234567", PHONE_NONE},
	    {"05001234567", PHONE_NONE},   {"", PHONE_NONE},
	    {"0265-78-4111", PHONE_NONE},
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		ck_assert_msg(phone_line(lines[i].digits) == lines[i].line, "%s", lines[i].digits);
		ck_assert(phone_may_dial(lines[i].digits) == (lines[i].line != PHONE_NONE));
	}
	ck_assert_str_eq(phone_line_name(PHONE_IP), "ip");
}
END_TEST

START_TEST(mobiles_are_told_from_the_rest)
{
	ck_assert(phone_is_mobile("06012345678") && phone_is_mobile("07012345678"));
	ck_assert(phone_is_mobile("08012345678") && phone_is_mobile("09012345678"));
	ck_assert(!phone_is_mobile("05012345678") && !phone_is_mobile("0265784111"));
	ck_assert(!phone_is_mobile("09001234567") && !phone_is_mobile("0901234567"));
}
END_TEST

/* Whole ranges that must never ring, each number of four leading digits tried in both lengths. */
START_TEST(barred_ranges_are_closed)
{
	static const char *const barred[] = {"0120", "0800", "0570", "0990", "0170", "0180", "0600",
					     "091",  "010",  "020",  "00",   "1",    "030",  "040"};
	char digits[32];
	for (int head = 0; head < 10000; head++)
		for (int length = 10; length <= 11; length++) {
			snprintf(digits, sizeof digits, "%04d%s", head,
				 length == 10 ? "123456" : "0123456");
			for (size_t i = 0; i < sizeof barred / sizeof *barred; i++)
				if (!strncmp(digits, barred[i], strlen(barred[i])))
					ck_assert_msg(!phone_may_dial(digits), "%s", digits);
			if (phone_may_dial(digits))
				ck_assert_int_eq(digits[0], '0');
			if (length == 11 && phone_may_dial(digits))
				ck_assert_msg(strchr("56789", digits[1]) && digits[2] == '0' &&
						  digits[3] != '0',
					      "%s", digits);
		}
}
END_TEST

static TCase *phone_case(void)
{
	TCase *t = tcase_create("phone");
	tcase_add_loop_test(t, numbers_are_normalised, 0, sizeof numbers / sizeof *numbers);
	tcase_add_loop_test(t, only_exact_digits_may_be_dialled, 0, sizeof never / sizeof *never);
	tcase_add_test(t, lines_have_kinds);
	tcase_add_test(t, mobiles_are_told_from_the_rest);
	tcase_add_test(t, barred_ranges_are_closed);
	return t;
}

UNIT_MAIN("phone", phone_case)
