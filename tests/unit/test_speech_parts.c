/* The pure parts of the voice: µ-law, WAV, trace, text, lexicon, cache. */
#include "adapters/speech/tts_cache.h"
#include "adapters/speech/tts_sound.h"
#include "adapters/speech/tts_text.h"
#include "adapters/speech/tts_trace.h"
#include "adapters/speech/tts_ulaw.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- µ-law ---- */

START_TEST(ulaw_has_the_values_of_g711)
{
	/* G.711, table 2a: decoder output of each segment's first and last step, 14 bits. */
	static const struct {
		uint8_t code;
		int value;
	} known[] = {{0xff, 0},    {0xfe, 2},    {0xf0, 30},   {0xef, 33},   {0xe0, 93},
		     {0xdf, 99},   {0xd0, 219},  {0xcf, 231},  {0xc0, 471},  {0xbf, 495},
		     {0xb0, 975},  {0xaf, 1023}, {0xa0, 1983}, {0x9f, 2079}, {0x90, 3999},
		     {0x8f, 4191}, {0x80, 8031}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		ck_assert_int_eq(tts_ulaw_decode(known[i].code), known[i].value * 4);
		ck_assert_int_eq(tts_ulaw_decode(known[i].code & 0x7f), -known[i].value * 4);
	}
	/* Decision values between steps: 1, 31 | 35, 95 … and the clip at 8159. */
	static const struct {
		int value;
		uint8_t code;
	} limits[] = {{0, 0xff},    {1, 0xfe},    {3, 0xfd},    {30, 0xf0},   {31, 0xef},
		      {34, 0xef},   {35, 0xee},   {94, 0xe0},   {95, 0xdf},   {222, 0xd0},
		      {223, 0xcf},  {4062, 0x90}, {4063, 0x8f}, {7903, 0x80}, {8158, 0x80},
		      {8159, 0x80}, {8191, 0x80}};
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		int got = tts_ulaw_encode((int16_t)(limits[i].value * 4));
		ck_assert_msg(got == limits[i].code, "%d: %02x", limits[i].value, (unsigned)got);
	}
	ck_assert_int_eq(tts_ulaw_encode(INT16_MIN), 0x00);
	ck_assert_int_eq(tts_ulaw_encode(INT16_MAX), 0x80);
}
END_TEST

START_TEST(ulaw_round_trip)
{
	for (int c = 0; c < 256; c++)
		if (c != 0x7f) /* -0 becomes +0 */
			ck_assert_int_eq(tts_ulaw_encode(tts_ulaw_decode((uint8_t)c)), c);
	for (int v = -32768; v < 32768; v++) {
		int back = tts_ulaw_decode(tts_ulaw_encode((int16_t)v));
		int step = 8 + abs(v) / 16; /* never more than half the widest step */
		ck_assert_msg(abs(back - v) <= step || abs(v) > 32124, "%d -> %d", v, back);
	}
}
END_TEST

/* ---- WAV and sound ---- */

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A WAV of `n` samples of a 400 Hz tone between silences of half a second. */
static uint8_t *tone(uint32_t rate, double amplitude, size_t n, size_t *ret_size)
{
	size_t quiet = rate / 2, total = n + 2 * quiet;
	uint8_t *w = calloc(1, 44 + 2 * total);

	memcpy(w, "RIFF....WAVEfmt ", 16);
	put32(w + 4, (uint32_t)(36 + 2 * total));
	put32(w + 16, 16);
	put32(w + 20, 1 | 1 << 16);
	put32(w + 24, rate);
	put32(w + 28, rate * 2);
	put32(w + 32, 2 | 16 << 16);
	memcpy(w + 36, "data", 4);
	put32(w + 40, (uint32_t)(2 * total));
	for (size_t i = 0; i < n; i++) {
		int v = (int)lrint(amplitude * 32767 * sin(6.283185307 * 400 * (double)i / rate));
		w[44 + 2 * (quiet + i)] = (uint8_t)v;
		w[45 + 2 * (quiet + i)] = (uint8_t)(v >> 8);
	}
	*ret_size = 44 + 2 * total;
	return w;
}

START_TEST(wav_is_checked)
{
	size_t n;
	struct tts_wav wav;
	uint8_t *w = tone(48000, 0.3, 4800, &n);

	ck_assert_int_eq(tts_wav_parse(w, n, &wav), 0);
	ck_assert_uint_eq(wav.rate, 48000);
	ck_assert_uint_eq(wav.n, 4800 + 48000);
	for (size_t cut = 0; cut < n; cut += cut < 64 ? 1 : 977)
		ck_assert_int_eq(tts_wav_parse(w, cut, &wav), E_PROTO);
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} bad[] = {{0, 'X', "no RIFF"},
		   {8, 'X', "no WAVE"},
		   {20, 3, "float samples"},
		   {22, 2, "two channels"},
		   {34, 8, "eight bits"},
		   {25, 0, "1 kHz or less"},
		   {43, 0xff, "data beyond the end"},
		   {16, 4, "a short format"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		uint8_t was = w[bad[i].at];
		w[bad[i].at] = bad[i].value;
		ck_assert_msg(tts_wav_parse(w, n, &wav) == E_PROTO, "%s", bad[i].what);
		w[bad[i].at] = was;
	}
	free(w);
}
END_TEST

START_TEST(sound_has_one_level_and_no_silence)
{
	static const double amplitudes[] = {0.05, 0.3, 0.99};
	for (size_t k = 0; k < 3; k++) {
		size_t n, loud = 0;
		double sum = 0;
		struct tts_wav wav;
		struct audio *a;
		uint8_t *w = tone(48000, amplitudes[k], 48000, &n);

		ck_assert_int_eq(tts_wav_parse(w, n, &wav), 0);
		ck_assert_int_eq(tts_sound_make(&wav, &a), 0);
		/* One second of tone; 280 ms of pauses, to a frame or two. */
		ck_assert_int_le(abs((int)a->n - 10240), 240);
		for (size_t i = 0; i < a->n; i++) {
			double v = tts_ulaw_decode(a->ulaw[i]) / 32768.0;
			if (i >= 400 && i < 7600) {
				sum += v * v;
				loud++;
			}
			ck_assert(fabs(v) < 0.9);
		}
		double level = 10 * log10(sum / (double)loud);
		ck_assert_msg(fabs(level - TTS_LEVEL_DBFS) < 0.7, "%g dBFS", level);
		ck_assert_int_eq(a->ulaw[a->n - 1], TTS_ULAW_SILENCE);
		audio_unref(a);
		free(w);
	}
	size_t n;
	struct tts_wav wav;
	struct audio *a;
	uint8_t *w = tone(48000, 0, 48000, &n);
	ck_assert_int_eq(tts_wav_parse(w, n, &wav), 0);
	ck_assert_int_eq(tts_sound_make(&wav, &a), E_PROTO); /* silence is no speech */
	wav.n = 0;
	ck_assert_int_eq(tts_sound_make(&wav, &a), E_PROTO);
	free(w);
}
END_TEST

/* ---- trace ---- */

#define W(word, kind, read, spoken)                                                                \
	word "," kind ",*,*,*,*,*," word "," read "," spoken ",0/1,*,0\n"
#define T(words) "[Text analysis result]\n" words "\n[Output label]\n"

static const struct {
	const char *what, *trace, *sentence;
	int err;
	const char *reading_or_bad;
} traces[] = {
    {"plain", T(W("はい", "感動詞", "ハイ", "ハイ") W("。", "記号", "、", "、")), "はい。", 0,
     "ハイ、"},
    {"an unknown word is a pause", T(W("髙橋", "記号", "、", "、") W("様", "名詞", "サマ", "サマ")),
     "髙橋様", E_INVALID, "髙"},
    {"part of a spelled word is passed over",
     T(W("ＡＢＣé", "フィラー", "エービーシー", "エービーシー")), "ABCé", E_INVALID, "é"},
    {"a kana of a spelled word is passed over", T(W("ヹア", "フィラー", "ア", "ア")), "ヹア",
     E_INVALID, "ヹ"},
    {"a spelled word that is whole", T(W("タろー", "フィラー", "タロー", "タロー")), "タろー", 0,
     "タロー"},
    {"a character that never came", T(W("ア", "感動詞", "ア", "ア")), "゜ア", E_INVALID, "゜"},
    {"a word missing in the middle", T(W("ア", "名詞", "ア", "ア") W("ウ", "名詞", "ウ", "ウ")),
     "アイウ", E_INVALID, "イ"},
    {"numerals are rewritten",
     T(W("十", "名詞", "ジュウ", "ジュー") W("二", "名詞", "ニ", "ニ")
	   W("円", "名詞", "エン", "エン")),
     "12円", 0, "ジューニエン"},
    {"numerals that vanished", T(W("円", "名詞", "エン", "エン")), "12円", E_INVALID, "1"},
    {"numerals that vanished at the end", T(W("円", "名詞", "エン", "エン")), "円12", E_INVALID,
     "1"},
    {"the mark of a devoiced vowel is not read", T(W("です", "助動詞", "デス", "デス’")), "です", 0,
     "デス"},
    {"no reading", T(W("謎", "名詞", "*", "*")), "謎", E_INVALID, "謎"},
    {"another heading", "[Other]\n\n", "はい", E_PROTO, ""},
    {"nothing", "", "はい", E_PROTO, ""},
    {"cut in the words", "[Text analysis result]\nはい,感動詞,*", "はい", E_PROTO, ""},
    {"cut after a word", "[Text analysis result]\n" W("はい", "感動詞", "ハイ", "ハイ"), "はい",
     E_PROTO, ""},
    {"too few fields", T("はい,感動詞,*\n"), "はい", E_PROTO, ""},
    {"bytes that are no UTF-8", T(W("\xff", "記号", "、", "、")), "はい", E_PROTO, ""},
};

START_TEST(trace_tells_what_is_lost)
{
	for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
		char reading[256] = "", bad[8] = "";
		size_t mora;
		int err = tts_trace_check(traces[i].trace, strlen(traces[i].trace),
					  traces[i].sentence, reading, sizeof reading, &mora, bad);
		ck_assert_msg(err == traces[i].err, "%s: %d", traces[i].what, err);
		ck_assert_msg(strcmp(err ? bad : reading, traces[i].reading_or_bad) == 0,
			      "%s: %s %s", traces[i].what, reading, bad);
	}
}
END_TEST

/* ---- lexicon and text ---- */

static char dir[64];

static void write_file(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void make_dir(void)
{
	temp_folder(dir, "lexicon");
}

static void remove_dir(void)
{
	char path[128];
	snprintf(path, sizeof path, "%s/variants", dir);
	unlink(path);
	snprintf(path, sizeof path, "%s/replacements", dir);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static const struct {
	const char *what, *variants, *replacements;
	int line; /* of the first problem; -1: none */
} lexicons[] = {
    {"empty", "", "", -1},
    {"comments, CRLF, BOM", "\xef\xbb\xbf# a\r\n髙\t高\r\n", "\n# b\n納期限\tノウキゲン", -1},
    {"no tab", "髙\t高\n﨑崎\n", "", 2},
    {"two tabs", "", "a\tb\tc\n", 1},
    {"no second column", "", "\n\na\t\n", 3},
    {"two characters as a variant", "髙橋\t高橋\n", "", 1},
    {"twice", "", "税\tゼイ\n市\tシ\n税\tゼー\n", 3},
    {"twice after NFKC", "", "㈱\tカブ\n(株)\tカブ\n", 2},
    {"not UTF-8", "", "\xff\tb\n", 1},
    {"a control character", "", "a\001\tb\n", 1},
    {"only a variation selector", "", "\xef\xb8\x80\tb\n", 1},
};

START_TEST(lexicon_problems_have_their_line)
{
	make_dir();
	for (size_t i = 0; i < sizeof lexicons / sizeof *lexicons; i++) {
		struct problems p;
		struct tts_lexicon *l = NULL;
		problems_init(&p);
		write_file("variants", lexicons[i].variants);
		write_file("replacements", lexicons[i].replacements);
		int err = tts_lexicon_load(dir, &p, &l);
		ck_assert_msg(err == (lexicons[i].line < 0 ? 0 : E_INVALID), "%s: %d",
			      lexicons[i].what, err);
		if (err)
			ck_assert_msg(p.list[0].line == lexicons[i].line, "%s: line %d",
				      lexicons[i].what, p.list[0].line);
		tts_lexicon_free(l);
		problems_free(&p);
	}
	remove_dir();
	struct problems p;
	struct tts_lexicon *l = NULL;
	problems_init(&p);
	ck_assert_int_eq(tts_lexicon_load(dir, &p, &l), E_INVALID); /* no such files */
	ck_assert_uint_eq(p.errors, 2);
	problems_free(&p);
}
END_TEST

static const struct {
	const char *what, *text;
	int err;
	const char *spoken_or_bad; /* sentences joined by | */
} texts[] = {
    {"a variant and a selector", "髙\xf3\xa0\x84\x81橋様", 0, "高橋様"},
    {"the longest word wins", "納期限と納期", 0, "ノウキゲンとノウキ"},
    {"what was put in is not looked at again", "ab", 0, "bb"},
    {"NFKC", "ﾀﾅｶ１２，３００円", 0, "タナカ12,300円"},
    {"sentences", "はい。どうぞ！ 三。", 0, "はい。|どうぞ!|三。"},
    {"a closing bracket stays with its sentence", "「はい。」どうぞ", 0, "「はい。」|どうぞ"},
    {"only punctuation is passed over", "はい。。、。", 0, "はい。。"},
    {"line breaks", " はい。\n  どうぞ\tさあ", 0, "はい。|どうぞ さあ"},
    {"dashes between digits", "0265ー78‐4111", 0, "0265-78-4111"},
    {"amounts", "1,234,567円", 0, "1,234,567円"},
    {"a decimal", "3.5", 0, "3.5"},
    {"a time with a colon", "13:30", E_INVALID, ":"},
    {"a date with slashes", "2025/12/25", E_INVALID, "/"},
    {"a date with dots", "R7.12.25", E_INVALID, "."},
    {"a yen sign", "￥12,300", E_INVALID, "¥"},
    {"a negative amount", "-500円", E_INVALID, "-"},
    {"wrong thousands", "12,3000円", E_INVALID, ","},
    {"wrong thousands, short", "1,23", E_INVALID, ","},
    {"a control character", "あ\aい", E_INVALID, "U+0007"},
    {"not UTF-8", "あ\xff", E_INVALID, ""},
    {"empty", "", 0, ""},
};

START_TEST(text_becomes_sentences)
{
	struct problems p;
	struct tts_lexicon *l;

	make_dir();
	write_file("variants", "髙\t高\n");
	write_file("replacements", "納期\tノウキ\n納期限\tノウキゲン\na\tb\n");
	problems_init(&p);
	ck_assert_int_eq(tts_lexicon_load(dir, &p, &l), 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char *spoken = NULL, bad[8], joined[512] = "", sentence[TTS_SENTENCE_SIZE];
		int err = tts_text_prepare(l, texts[i].text, &spoken, bad);
		ck_assert_msg(err == texts[i].err, "%s: %d", texts[i].what, err);
		for (const char *c = spoken; c && tts_text_next(&c, sentence) == 0;) {
			strcat(joined, *joined ? "|" : "");
			strcat(joined, sentence);
		}
		ck_assert_msg(strcmp(err ? bad : joined, texts[i].spoken_or_bad) == 0, "%s: %s %s",
			      texts[i].what, joined, bad);
		free(spoken);
	}
	tts_lexicon_free(l);
	problems_free(&p);
	remove_dir();
}
END_TEST

static size_t sentences_of(const char *unit, size_t times, int *ret_err)
{
	char *text = calloc(times, strlen(unit) + 1), sentence[TTS_SENTENCE_SIZE];
	size_t n = 0;
	const char *c = text;

	for (size_t i = 0; i < times; i++)
		strcat(text, unit);
	while ((*ret_err = tts_text_next(&c, sentence)) == 0)
		n++;
	free(text);
	return n;
}

START_TEST(long_sentences_are_cut_at_commas)
{
	int err;

	ck_assert_uint_eq(sentences_of("あ", 300, &err), 1);
	ck_assert_int_eq(err, E_NOTFOUND);
	sentences_of("あ", 301, &err);
	ck_assert_int_eq(err, E_LIMIT);
	sentences_of("a", 360, &err); /* aborts Open JTalk */
	ck_assert_int_eq(err, E_LIMIT);
	sentences_of("𠮷", 226, &err); /* 904 bytes */
	ck_assert_int_eq(err, E_LIMIT);
	ck_assert_uint_eq(sentences_of("あいうえ、", 100, &err), 2);
	ck_assert_int_eq(err, E_NOTFOUND);
}
END_TEST

/* ---- cache ---- */

static void give(struct tts_cache *c, const char *text, uint64_t who, size_t n, int64_t now)
{
	struct tts_spoken s = {0};
	struct tts_cache_entry *mine;

	ck_assert_int_eq(tts_cache_take(c, text, who, now, &s, &mine), E_NOTFOUND);
	ck_assert_int_eq(audio_new(n, &s.audio), 0);
	memset(s.audio->ulaw, text[0], n);
	s.reading = strdup(text);
	tts_cache_give(c, mine, &s, now);
	tts_spoken_clear(&s);
}

static bool has(struct tts_cache *c, const char *text, uint64_t who, int64_t now)
{
	struct tts_spoken s = {0};
	struct tts_cache_entry *mine;

	if (tts_cache_take(c, text, who, now, &s, &mine) == 0) {
		ck_assert_int_eq(s.audio->ulaw[0], text[0]);
		ck_assert_str_eq(s.reading, text);
		tts_spoken_clear(&s);
		return true;
	}
	s.err = E_IO; /* forgotten at once */
	tts_cache_give(c, mine, &s, now);
	return false;
}

START_TEST(cache_keeps_what_is_shared)
{
	struct tts_cache *c;

	ck_assert_int_eq(tts_cache_new(400000, "voice", &c), 0);
	give(c, "A fixed", 1, 10000, 0);
	give(c, "B personal", 1, 10000, 0);
	ck_assert(has(c, "A fixed", 2, 0));
	ck_assert(has(c, "B personal", 1, 0)); /* the same job twice is still one person's */
	ck_assert_uint_eq(tts_cache_stats(c).hits, 2);
	ck_assert_uint_eq(tts_cache_stats(c).misses, 2);
	for (int i = 0; i < 20; i++) { /* a quarter of the room is for what one job asked for */
		char text[32];
		snprintf(text, sizeof text, "%d person", i);
		give(c, text, 10 + (uint64_t)i, 10000, 0);
	}
	ck_assert_uint_le(tts_cache_stats(c).bytes, 100000 + 11000);
	ck_assert(!has(c, "B personal", 3, 0));
	ck_assert(has(c, "A fixed", 4, 0));
	ck_assert(has(c, "19 person", 29, 0));
	/* Ten minutes for the one, an hour for the other. */
	ck_assert(!has(c, "19 person", 29, TTS_CACHE_ONCE_MS + 1));
	ck_assert(has(c, "A fixed", 5, TTS_CACHE_ONCE_MS + 1));
	tts_cache_sweep(c, TTS_CACHE_ONCE_MS + 2 + TTS_CACHE_IDLE_MS);
	ck_assert_uint_eq(tts_cache_stats(c).entries, 0);
	ck_assert_uint_eq(tts_cache_stats(c).bytes, 0);
	tts_cache_free(c);
	tts_cache_free(NULL);
}
END_TEST

START_TEST(cache_has_a_limit)
{
	struct tts_cache *c;

	ck_assert_int_eq(tts_cache_new(50000, "voice", &c), 0);
	for (int i = 0; i < 10; i++) {
		char text[32];
		snprintf(text, sizeof text, "%d", i);
		give(c, text, 1, 10000, i);
		ck_assert(has(c, text, 2, i)); /* kept */
		ck_assert_uint_le(tts_cache_stats(c).bytes, 50000);
	}
	ck_assert(!has(c, "0", 3, 11)); /* the one longest unused went */
	ck_assert(has(c, "9", 3, 11));
	give(c, "x far too long", 1, 60000, 12); /* spoken, not kept */
	ck_assert(!has(c, "x far too long", 1, 12));
	tts_cache_free(c);
}
END_TEST

static TCase *parts_case(void)
{
	TCase *t = tcase_create("parts");
	tcase_set_timeout(t, 30);
	tcase_add_test(t, ulaw_has_the_values_of_g711);
	tcase_add_test(t, ulaw_round_trip);
	tcase_add_test(t, wav_is_checked);
	tcase_add_test(t, sound_has_one_level_and_no_silence);
	tcase_add_test(t, trace_tells_what_is_lost);
	tcase_add_test(t, lexicon_problems_have_their_line);
	tcase_add_test(t, text_becomes_sentences);
	tcase_add_test(t, long_sentences_are_cut_at_commas);
	tcase_add_test(t, cache_keeps_what_is_shared);
	tcase_add_test(t, cache_has_a_limit);
	return t;
}

UNIT_MAIN("speech_parts", parts_case)
