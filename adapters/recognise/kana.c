/*
 * Kana to phones: first the morae (a table), then as many ways of saying them as
 * Japanese speakers have. The ways are few: o is nearer to AO or OW by speaker, i and u
 * between voiceless sounds are mostly whispered away, two vowels may melt into one.
 *
 * Lexica for the model were tried by hand before (はい = HH AY, いいえ = IY IY EH); this
 * makes the same of the reading, so that a city can add words without knowing phones.
 */
#include "adapters/recognise/kana.h"

#include "engine/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MORAE 64

/* What a mora begins with, and its vowel: a i u e o; N: the syllable's nasal. */
struct mora {
	const char *onset;
	char vowel;
};

/* By katakana, U+30A1 to U+30F4, in their order. Small vowels and ッ are seen to below. */
static const struct mora table[] = {
    {"", 'a'},    {"", 'a'},   {"", 'i'},   {"", 'i'},  {"", 'u'},   {"", 'u'},   {"", 'e'},
    {"", 'e'},    {"", 'o'},   {"", 'o'},   {"K", 'a'}, {"G", 'a'},  {"K", 'i'},  {"G", 'i'},
    {"K", 'u'},   {"G", 'u'},  {"K", 'e'},  {"G", 'e'}, {"K", 'o'},  {"G", 'o'},  {"S", 'a'},
    {"Z", 'a'},   {"SH", 'i'}, {"JH", 'i'}, {"S", 'u'}, {"Z", 'u'},  {"S", 'e'},  {"Z", 'e'},
    {"S", 'o'},   {"Z", 'o'},  {"T", 'a'},  {"D", 'a'}, {"CH", 'i'}, {"JH", 'i'}, {"T", 'Q'},
    {"T S", 'u'}, {"Z", 'u'},  {"T", 'e'},  {"D", 'e'}, {"T", 'o'},  {"D", 'o'},  {"N", 'a'},
    {"N", 'i'},   {"N", 'u'},  {"N", 'e'},  {"N", 'o'}, {"HH", 'a'}, {"B", 'a'},  {"P", 'a'},
    {"HH", 'i'},  {"B", 'i'},  {"P", 'i'},  {"F", 'u'}, {"B", 'u'},  {"P", 'u'},  {"HH", 'e'},
    {"B", 'e'},   {"P", 'e'},  {"HH", 'o'}, {"B", 'o'}, {"P", 'o'},  {"M", 'a'},  {"M", 'i'},
    {"M", 'u'},   {"M", 'e'},  {"M", 'o'},  {"Y", 'a'}, {"Y", 'a'},  {"Y", 'u'},  {"Y", 'u'},
    {"Y", 'o'},   {"Y", 'o'},  {"R", 'a'},  {"R", 'i'}, {"R", 'u'},  {"R", 'e'},  {"R", 'o'},
    {"W", 'a'},   {"W", 'a'},  {"", 'i'},   {"", 'e'},  {"", 'o'},   {"N", 'N'},  {"V", 'u'},
};
#define FIRST 0x30a1u
#define LAST 0x30f4u
#define LONG_VOWEL 0x30fcu
#define SMALL_TSU 0x30c3u

static uint32_t katakana(uint32_t cp)
{
	return cp >= 0x3041 && cp <= 0x3094 ? cp + 0x60 : cp;
}

/* ャュョ and ァィゥェォ: they change the vowel of the mora before. */
static char small_vowel(uint32_t cp)
{
	switch (cp) {
	case 0x30a1:
	case 0x30e3:
		return 'a';
	case 0x30a3:
		return 'i';
	case 0x30a5:
	case 0x30e5:
		return 'u';
	case 0x30a7:
		return 'e';
	case 0x30a9:
	case 0x30e7:
		return 'o';
	default:
		return 0;
	}
}

static bool is_y_row(uint32_t cp)
{
	return cp == 0x30e3 || cp == 0x30e5 || cp == 0x30e7;
}

/* キャ is K Y A; シャ is SH A, not SH Y A. */
static const char *with_y(const char *onset)
{
	static const char *const plain[] = {"K", "G", "N", "HH", "B", "P", "M", "R", "T", "D"};
	static const char *const glide[] = {"K Y", "G Y", "N Y", "HH Y", "B Y",
					    "P Y", "M Y", "R Y", "CH",   "JH"};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strcmp(onset, plain[i]) == 0)
			return glide[i];
	return onset;
}

static int add(uint32_t cp, struct mora *list, size_t *n)
{
	char small = small_vowel(cp);

	if (cp == SMALL_TSU)
		return 0; /* a held consonant: the model has no phone for holding */
	if (cp == LONG_VOWEL && *n > 0 && list[*n - 1].vowel != 'N') {
		if (*n >= MORAE)
			return E_LIMIT;
		list[*n] = (struct mora){"", list[*n - 1].vowel};
		(*n)++;
		return 0;
	}
	if (cp < FIRST || cp > LAST)
		return E_INVALID;
	if (small && *n > 0 && list[*n - 1].vowel != 'N') {
		if (is_y_row(cp))
			list[*n - 1].onset = with_y(list[*n - 1].onset);
		list[*n - 1].vowel = small;
		return 0;
	}
	if (*n >= MORAE)
		return E_LIMIT;
	list[(*n)++] = table[cp - FIRST];
	return 0;
}

static int read_morae(const char *kana, struct mora *list, size_t *ret_n)
{
	size_t n = 0, length = strlen(kana);

	for (size_t at = 0; at < length;) {
		uint32_t cp;
		size_t used = utf8_next(kana + at, length - at, &cp);
		if (used == 0)
			return E_INVALID;
		at += used;
		int err = add(katakana(cp), list, &n);
		if (err)
			return err;
	}
	*ret_n = n;
	return n > 0 ? 0 : E_INVALID;
}

/* ---- ways of saying them ---- */

/* Each a bit; KANA_VARIANTS is all their sums. The tapped r is nearer to D than to the English R
 * (measured: これから is found by it), and F before u has less lip than the English one. */
enum way { WAY_CLOSED_O = 1, WAY_WHISPER = 2, WAY_MELT = 4, WAY_TAP = 8, WAY_SOFT_F = 16 };

static bool is_voiceless(const char *onset)
{
	static const char *const all[] = {"K",  "S", "SH", "T",   "CH",   "T S",
					  "HH", "F", "P",  "K Y", "HH Y", "P Y"};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(onset, all[i]) == 0)
			return true;
	return false;
}

static bool is_whispered(const struct mora *list, size_t n, size_t i)
{
	if ((list[i].vowel != 'i' && list[i].vowel != 'u') || !is_voiceless(list[i].onset))
		return false;
	return i + 1 < n ? is_voiceless(list[i + 1].onset) : i > 0;
}

/* Two vowels that one English phone is nearer to; NULL: none. */
static const char *melted(const struct mora *list, size_t n, size_t i)
{
	if (i + 1 >= n || list[i + 1].onset[0])
		return NULL;
	if (list[i].vowel == 'a' && list[i + 1].vowel == 'i')
		return "AY";
	if (list[i].vowel == 'e' && (list[i + 1].vowel == 'i' || list[i + 1].vowel == 'e'))
		return "EY";
	if (list[i].vowel == 'o' && (list[i + 1].vowel == 'u' || list[i + 1].vowel == 'o'))
		return "OW";
	return NULL;
}

static const char *vowel_phone(char vowel, unsigned ways)
{
	switch (vowel) {
	case 'a':
		return "AA";
	case 'i':
		return "IY";
	case 'u':
		return "UW";
	case 'e':
		return "EH";
	default:
		return ways & WAY_CLOSED_O ? "OW" : "AO";
	}
}

static const char *onset_phone(const char *onset, unsigned ways)
{
	if (ways & WAY_TAP && strcmp(onset, "R") == 0)
		return "D";
	if (ways & WAY_SOFT_F && strcmp(onset, "F") == 0)
		return "HH";
	return onset;
}

static void put(char *out, const char *phone)
{
	size_t n = strlen(out);
	snprintf(out + n, KANA_PHONES - n, "%s%s", n ? " " : "", phone);
}

static void say(const struct mora *list, size_t n, unsigned ways, char *out)
{
	*out = '\0';
	for (size_t i = 0; i < n; i++) {
		const char *both = ways & WAY_MELT ? melted(list, n, i) : NULL;
		if (list[i].onset[0])
			put(out, onset_phone(list[i].onset, ways));
		if (list[i].vowel == 'N' || (ways & WAY_WHISPER && is_whispered(list, n, i)))
			continue;
		put(out, both ? both : vowel_phone(list[i].vowel, ways));
		if (both)
			i++;
	}
}

int kana_to_phones(const char *kana, struct kana_phones *ret_phones)
{
	struct mora list[MORAE];
	size_t n = 0;
	int err = read_morae(kana, list, &n);

	if (err)
		return err;
	ret_phones->n = 0;
	for (unsigned ways = 0; ways < KANA_VARIANTS; ways++) {
		char *out = ret_phones->text[ret_phones->n];
		bool known = false;
		say(list, n, ways, out);
		for (size_t k = 0; k < ret_phones->n; k++)
			known = known || strcmp(ret_phones->text[k], out) == 0;
		if (!known)
			ret_phones->n++;
	}
	return 0;
}
