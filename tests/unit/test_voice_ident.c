/* Who rings, from the headers of an INVITE: the pure part of calls that come in. */
#include "adapters/voice/ident.h"
#include "tests/support/unit.h"

#include <string.h>

static const struct {
	const char *what;
	struct ident_in in;
	enum caller_kind kind;
	const char *number;
} callers[] = {
    {"nothing at all", {.from = NULL}, CALLER_UNKNOWN, ""},
    {"From alone", {.from = "0265784111"}, CALLER_KNOWN, "0265784111"},
    {"+81", {.from = "+81265784111"}, CALLER_KNOWN, "0265784111"},
    {"hyphens", {.from = "0265-78-4111"}, CALLER_KNOWN, "0265784111"},
    {"parameters of the user part", {.from = "+81265784111;npdi"}, CALLER_KNOWN, "0265784111"},
    {"a name is no number", {.from = "taro"}, CALLER_UNKNOWN, ""},
    {"another country", {.from = "+14155550100"}, CALLER_UNKNOWN, ""},
    {"a lost zero is not guessed", {.from = "265784111"}, CALLER_UNKNOWN, ""},
    {"an emergency number", {.from = "110"}, CALLER_UNKNOWN, ""},
    {"empty", {.from = ""}, CALLER_UNKNOWN, ""},
    {"far too long",
     {.from = "00000000000000000000000000000000000000000000000000000000000000000000000000000"},
     CALLER_UNKNOWN,
     ""},
    {"anonymous", {.from = "anonymous"}, CALLER_WITHHELD, ""},
    {"Anonymous", {.from = "Anonymous"}, CALLER_WITHHELD, ""},
    {"not every name that begins so", {.from = "anonymouse"}, CALLER_UNKNOWN, ""},
    {"asserted goes first",
     {.from = "0312345678", .asserted = {"<sip:+81265784111@t>"}},
     CALLER_KNOWN,
     "0265784111"},
    {"only asserted is believed",
     {.from = "0312345678", .believe = CALLER_ID_ASSERTED},
     CALLER_UNKNOWN,
     ""},
    {"only From is believed",
     {.from = "0312345678", .asserted = {"<sip:+81265784111@t>"}, .believe = CALLER_ID_FROM},
     CALLER_KNOWN,
     "0312345678"},
    {"asserted without a number, From with one",
     {.from = "0312345678", .asserted = {"<sip:x@t>"}},
     CALLER_KNOWN,
     "0312345678"},
    {"two identities in one header",
     {.asserted = {"<sip:x@t>, <tel:+81-265-78-4111>"}},
     CALLER_KNOWN,
     "0265784111"},
    {"two headers", {.asserted = {"<sip:x@t>", "tel:0265784111"}}, CALLER_KNOWN, "0265784111"},
    {"sips", {.asserted = {"\"x\" <sips:0265784111@t;user=phone>"}}, CALLER_KNOWN, "0265784111"},
    {"a URI in the display name is the caller's own text",
     {.asserted = {"\"<sip:0265784111@t>\" <sip:+81312345678@t>"}},
     CALLER_KNOWN,
     "0312345678"},
    {"a quote in the display name ends nothing",
     {.asserted = {"\"\\\" <sip:0265784111@t>\" <sip:+81312345678@t>"}},
     CALLER_KNOWN,
     "0312345678"},
    {"a quote that never ends", {.asserted = {"\" <sip:0265784111@t>"}}, CALLER_UNKNOWN, ""},
    {"a backslash at the end", {.asserted = {"\"\\"}}, CALLER_UNKNOWN, ""},
    {"a scheme within a word is none", {.asserted = {"xsip:0265784111@t"}}, CALLER_UNKNOWN, ""},
    {"privacy hides what was asserted",
     {.from = "anonymous", .asserted = {"<sip:+81265784111@t>"}, .privacy = true},
     CALLER_WITHHELD,
     ""},
    {"an anonymous From hides what was asserted, without Privacy too",
     {.from = "anonymous", .asserted = {"<sip:+81265784111@t>"}},
     CALLER_WITHHELD,
     ""},
    {"anonymous as asserted",
     {.asserted = {"<sip:anonymous@anonymous.invalid>"}},
     CALLER_WITHHELD,
     ""},
    {"privacy of nobody", {.privacy = true}, CALLER_WITHHELD, ""},
};

START_TEST(who_rings)
{
	char number[MAX_NUMBER] = "x";
	enum caller_kind kind = ident_caller(&callers[_i].in, number);
	ck_assert_msg(kind == callers[_i].kind && strcmp(number, callers[_i].number) == 0,
		      "%s: %d %s", callers[_i].what, (int)kind, number);
}
END_TEST

START_TEST(words_of_privacy)
{
	ck_assert(ident_hides("id") && ident_hides("ID") && ident_hides("user"));
	ck_assert(ident_hides("header") && ident_hides("critical"));
	ck_assert(!ident_hides("none") && !ident_hides("session") && !ident_hides(""));
}
END_TEST

START_TEST(a_number_or_nothing)
{
	char number[MAX_NUMBER];
	ck_assert(ident_number("0265784111", number));
	ck_assert(!ident_number(NULL, number) && number[0] == '\0');
	ck_assert(!ident_number("0265784111\r\nX: y", number) && number[0] == '\0');
	ck_assert(!ident_number("%30265784111", number));
	ck_assert(!ident_number("０２６５７８４１１１", number));
}
END_TEST

static TCase *ident_case(void)
{
	TCase *t = tcase_create("ident");
	tcase_add_loop_test(t, who_rings, 0, sizeof callers / sizeof *callers);
	tcase_add_test(t, words_of_privacy);
	tcase_add_test(t, a_number_or_nothing);
	return t;
}

UNIT_MAIN("voice ident", ident_case)
