/*
 * Recordings: what of the announcements folder is taken and what is refused, with its line; that
 * they are played at the voice's level; that the scenario's version covers them.
 */
#include "adapters/scenario/voicexml.h"
#include "adapters/speech/tts_ulaw.h"
#include "engine/scenario/model.h"
#include "engine/scenario/words.h"
#include "engine/speech.h"
#include "tests/support/scenario.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[TEMP_MAX];

struct wav {
	int format, channels, bits, rate, ms;
	double level; /* RMS of its tone, of full scale */
	const char
	    *cut; /* "data": ends in the middle, "head": in the header, "order": data first */
};

static void put(FILE *f, unsigned value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		fputc((int)(value >> (8 * i) & 0xff), f);
}

/* A tone of 400 Hz that comes and goes four times a second, as syllables do. */
static void put_samples(FILE *f, const struct wav *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		double t = (double)i / w->rate, loud = fabs(sin(2 * M_PI * 2 * t));
		double v = w->level * 2 * loud * sin(2 * M_PI * 400 * t);
		int sample = (int)lrint(fmax(-1, fmin(1, v)) * 32767);
		for (int c = 0; c < w->channels; c++)
			if (w->bits == 8)
				put(f, tts_ulaw_encode((int16_t)sample), 1);
			else
				put(f, (unsigned)sample << (w->bits > 16 ? w->bits - 16 : 0),
				    w->bits / 8);
	}
}

static void write_wav(const char *name, const struct wav *w)
{
	char path[TEMP_MAX + 64];
	unsigned n = (unsigned)((long)w->rate * w->ms / 1000);
	unsigned bytes = n * (unsigned)(w->channels * w->bits / 8);
	const char *cut = w->cut ? w->cut : "";

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	fputs("RIFF", f);
	put(f, 36 + bytes, 4);
	fputs("WAVE", f);
	if (strcmp(cut, "order") == 0) {
		fputs("data", f);
		put(f, 2, 4);
		put(f, 0, 2);
	}
	fputs("fmt ", f);
	put(f, 16, 4);
	put(f, (unsigned)w->format, 2);
	put(f, (unsigned)w->channels, 2);
	put(f, (unsigned)w->rate, 4);
	put(f, (unsigned)(w->rate * w->channels * w->bits / 8), 4);
	put(f, (unsigned)(w->channels * w->bits / 8), 2);
	put(f, (unsigned)w->bits, 2);
	if (strcmp(cut, "head") != 0) {
		fputs("data", f);
		put(f, bytes, 4);
		put_samples(f, w, strcmp(cut, "data") == 0 ? n / 2 : n);
	}
	fclose(f);
}

static int load(const char *inside, struct problems *p, struct scenario **ret_scenario)
{
	struct scenario_words *words = st_words();
	char text[1024];

	snprintf(words->announcements, sizeof words->announcements, "%s", folder);
	int n =
	    snprintf(text, sizeof text,
		     "<vxml version='2.1' o:kind='reminder' xmlns='http://www.w3.org/2001/vxml' "
		     "xmlns:o='urn:osame:scenario:1'><form><block>\n<prompt>%s</prompt>"
		     "</block></form></vxml>",
		     inside);
	int err = voicexml_load_memory("x.vxml", text, (size_t)n, words, p, ret_scenario);
	scenario_voicexml.words_free(words);
	return err;
}

static const struct {
	const char *what;
	struct wav wav;
	const char *words; /* NULL: taken */
} files[] = {
    {"PCM at 8 kHz", {1, 1, 16, 8000, 1000, 0.1, NULL}, NULL},
    {"PCM at 11.025 kHz", {1, 1, 16, 11025, 1000, 0.1, NULL}, NULL},
    {"PCM at 44.1 kHz", {1, 1, 16, 44100, 1000, 0.1, NULL}, NULL},
    {"PCM at 48 kHz", {1, 1, 16, 48000, 1000, 0.1, NULL}, NULL},
    {"u-law", {7, 1, 8, 8000, 1000, 0.1, NULL}, NULL},
    {"soft, brought to the level", {1, 1, 16, 16000, 1000, 0.012, NULL}, NULL},
    {"loud, brought to the level", {1, 1, 16, 16000, 1000, 0.45, NULL}, NULL},
    {"stereo", {1, 2, 16, 44100, 100, 0.1, NULL}, "mono"},
    {"24 bits", {1, 1, 24, 44100, 100, 0.1, NULL}, "16 bits"},
    {"8 bits of PCM", {1, 1, 8, 8000, 100, 0.1, NULL}, "16 bits"},
    {"another rate", {1, 1, 16, 12000, 100, 0.1, NULL}, "its rate"},
    {"96 kHz", {1, 1, 16, 96000, 100, 0.1, NULL}, "its rate"},
    {"A-law", {6, 1, 8, 8000, 100, 0.1, NULL}, "neither PCM"},
    {"MP3 in a WAV", {85, 1, 16, 44100, 100, 0.1, NULL}, "neither PCM"},
    {"u-law at 16 kHz", {7, 1, 8, 16000, 100, 0.1, NULL}, "u-law is of"},
    {"longer than two minutes", {1, 1, 16, 8000, 121000, 0.1, NULL}, "two minutes"},
    {"silence", {1, 1, 16, 8000, 1000, 0, NULL}, "silent"},
    {"far too soft", {1, 1, 16, 8000, 1000, 0.002, NULL}, "too soft"},
    {"no sample", {1, 1, 16, 8000, 0, 0.1, NULL}, "no whole samples"},
    {"cut in its sound", {1, 1, 16, 8000, 1000, 0.1, "data"}, "ends too early"},
    {"cut in its header", {1, 1, 16, 8000, 1000, 0.1, "head"}, "no sound"},
    {"data before its format", {1, 1, 16, 8000, 1000, 0.1, "order"}, "before its format"},
};

/* RMS of the frames that are not silent, as for the voice (test_speech_readings.c). */
static double level_of(const struct audio *a)
{
	double sum = 0, loudest = 0;
	int n = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t f = 0; f + 80 <= a->n; f += 80) {
			double p = 0;
			for (size_t i = 0; i < 80; i++) {
				double v = tts_ulaw_decode(a->ulaw[f + i]) / 32768.0;
				p += v * v / 80;
			}
			loudest = pass ? loudest : fmax(loudest, p);
			if (pass && p > loudest * 0.0064) {
				sum += p;
				n++;
			}
		}
	return 10 * log10(sum / n);
}

START_TEST(files_are_taken_or_refused)
{
	struct problems p;
	struct scenario *s = NULL;

	problems_init(&p);
	temp_folder(folder, "audio");
	write_wav("a.wav", &files[_i].wav);
	int err = load("<audio src='a.wav'>お知らせです。</audio>", &p, &s);
	if (files[_i].words) {
		ck_assert_int_eq(err, E_INVALID);
		ck_assert_msg(p.n == 1 && p.list[0].line == 2 &&
				  strstr(p.list[0].what, files[_i].words) &&
				  strstr(p.list[0].what, "a.wav"),
			      "%s: %s", files[_i].what, p.n ? p.list[0].what : "");
	} else {
		ck_assert_msg(err == 0, "%s: %s", files[_i].what, p.n ? p.list[0].what : "");
		double level = level_of(s->sounds[0].audio);
		ck_assert_msg(fabs(level + 20) < 1, "%s: %.1f dBFS", files[_i].what, level);
	}
	scenario_unref(s);
	problems_free(&p);
	temp_remove(folder);
}
END_TEST

static const struct {
	const char *what, *inside, *words;
	int errors, warnings;
} places[] = {
    {"the folder above", "<audio src='../a.wav'>あ</audio>", "not a file of the", 1, 0},
    {"a whole path", "<audio src='/etc/passwd'>あ</audio>", "not a file of the", 1, 0},
    {"a folder below", "<audio src='sub/a.wav'>あ</audio>", "not a file of the", 1, 0},
    {"a URL", "<audio src='http://example.org/a.wav'>あ</audio>", "not a file of the", 1, 0},
    {"a hidden file", "<audio src='.a.wav'>あ</audio>", "not a file of the", 1, 0},
    {"dots alone", "<audio src='..wav'>あ</audio>", "not a file of the", 1, 0},
    {"another ending", "<audio src='a.mp3'>あ</audio>", "not a file of the", 1, 0},
    {"a symbolic link", "<audio src='link.wav'>あ</audio>", "symbolic link", 1, 0},
    {"a symbolic link that need not be there", "<audio src='link.wav' o:optional='true'>あ</audio>",
     "symbolic link", 1, 0},
    {"a pipe", "<audio src='pipe.wav'>あ</audio>", "not a plain file", 1, 0},
    {"a folder", "<audio src='dir.wav'>あ</audio>", "not a plain file", 1, 0},
    {"no WAV at all", "<audio src='text.wav'>あ</audio>", "not a WAV", 1, 0},
    {"missing", "<audio src='none.wav'>あ</audio>", "no such file", 1, 0},
    {"missing, and need not be there", "<audio src='none.wav' o:optional='true'>あ</audio>",
     "spoken by the voice", 0, 1},
    {"bad, and need not be there", "<audio src='text.wav' o:optional='true'>あ</audio>",
     "not a WAV", 1, 0},
    {"optional, maybe", "<audio src='a.wav' o:optional='maybe'>あ</audio>", "neither true", 1, 0},
    {"without words", "<audio src='a.wav'> </audio>", "write into <audio>", 1, 0},
    {"with an element inside", "<audio src='a.wav'>あ<break/></audio>", "words of the recording", 1,
     0},
    {"secret words inside", "<audio src='a.wav'>未納があります。</audio>", "[words-need-level-1]",
     1, 0},
    {"secret words, half of them recorded", "未<audio src='a.wav'>納です。</audio>",
     "[words-need-level-1]", 1, 0},
    {"office words inside", "<audio src='a.wav'>税務課です。</audio>", "[words-need-level-1]", 1,
     0},
    {"warned words inside", "<audio src='a.wav'>至急。</audio>", "[warned-word]", 0, 1},
};

START_TEST(places_and_words)
{
	const struct wav good = {1, 1, 16, 8000, 1000, 0.1, NULL};
	char path[TEMP_MAX + 64], to[TEMP_MAX + 64];
	struct problems p;
	struct scenario *s = NULL;

	problems_init(&p);
	temp_folder(folder, "audio");
	write_wav("a.wav", &good);
	snprintf(to, sizeof to, "%s/a.wav", folder);
	snprintf(path, sizeof path, "%s/link.wav", folder);
	ck_assert_int_eq(symlink(to, path), 0);
	snprintf(path, sizeof path, "%s/pipe.wav", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof path, "%s/dir.wav", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/text.wav", folder);
	FILE *f = fopen(path, "wb");
	fputs("This is no sound at all, although it is long enough to be one.\n", f);
	fclose(f);
	int err = load(places[_i].inside, &p, &s);
	bool found = false;
	for (size_t i = 0; i < p.n; i++)
		found |= p.list[i].line == 2 && strstr(p.list[i].what, places[_i].words);
	if (!found)
		problems_print(&p, stderr);
	ck_assert_msg(found, "%s", places[_i].what);
	ck_assert_msg((err == E_INVALID) == (places[_i].errors > 0), "%s", places[_i].what);
	ck_assert_msg((p.errors > 0) == (places[_i].errors > 0) &&
			  (p.warnings > 0) == (places[_i].warnings > 0),
		      "%s", places[_i].what);
	scenario_unref(s);
	problems_free(&p);
	temp_remove(folder);
}
END_TEST

/* The text that a renderer gets, and whose the recording is. */
START_TEST(texts_hold_marks_and_recordings)
{
	const struct wav good = {1, 1, 16, 8000, 1000, 0.1, NULL};
	struct scenario_vars v = st_vars();
	struct prompt_texts t;
	struct problems p;
	struct scenario *s = NULL;

	problems_init(&p);
	temp_folder(folder, "audio");
	write_wav("a.wav", &good);
	ck_assert_int_eq(load("<prosody rate='slow'>あ<audio src='a.wav'>い</audio>う<audio "
			      "src='a.wav'>い</audio></prosody>",
			      &p, &s),
			 0);
	ck_assert_int_eq(scenario_prompt_texts(s, 0, &v, &t), 0);
	ck_assert_str_eq(t.text[0], "あ" PROMPT_SOUND "う" PROMPT_SOUND);
	ck_assert_uint_eq(t.n_sounds, 2);
	ck_assert_int_eq(t.rate, 80);
	ck_assert_ptr_eq(t.sounds[0], s->sounds[0].audio);
	struct audio *kept = t.sounds[1];
	scenario_unref(s); /* the texts have references of their own */
	ck_assert_uint_gt(kept->n, 4000);
	prompt_texts_free(&t);
	problems_free(&p);
	temp_remove(folder);
}
END_TEST

/* Another recording under the same name is another scenario: an approval must not cover it. */
START_TEST(the_version_covers_the_recording)
{
	const struct wav one = {1, 1, 16, 8000, 1000, 0.1, NULL},
			 other = {1, 1, 16, 8000, 1010, 0.1, NULL};
	const char *inside = "<audio src='a.wav' o:optional='true'>あ</audio>";
	char version[4][65], path[TEMP_MAX + 64];

	temp_folder(folder, "audio");
	for (int i = 0; i < 4; i++) {
		struct problems p;
		struct scenario *s = NULL;
		problems_init(&p);
		if (i < 3)
			write_wav("a.wav", i == 1 ? &other : &one);
		else {
			snprintf(path, sizeof path, "%s/a.wav", folder);
			ck_assert_int_eq(unlink(path), 0);
		}
		ck_assert_int_eq(load(inside, &p, &s), 0);
		snprintf(version[i], sizeof version[i], "%s", scenario_version(s));
		scenario_unref(s);
		problems_free(&p);
	}
	ck_assert_str_ne(version[0], version[1]);
	ck_assert_str_eq(version[0], version[2]);
	ck_assert_str_ne(version[0], version[3]);
	temp_remove(folder);
}
END_TEST

static void add_to(const char *name, const char *from)
{
	char path[TEMP_MAX + 64];
	int c;

	snprintf(path, sizeof path, "%s/%s", folder, from);
	FILE *in = fopen(path, "rb");
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *out = fopen(path, "ab");
	ck_assert(in && out);
	fputs("b.wav", out);
	fputc('\0', out);
	while ((c = fgetc(in)) != EOF)
		fputc(c, out);
	fclose(in);
	fclose(out);
}

/* What stands behind a recording's samples is not played. With another's name and bytes there,
 * moved from the one to the other, all bytes together are the same, and other things are heard. */
START_TEST(the_version_covers_which_bytes_are_whose)
{
	const struct wav first = {1, 1, 16, 8000, 1000, 0.1, NULL},
			 heard = {1, 1, 16, 8000, 1500, 0.1, NULL},
			 hidden = {1, 1, 16, 8000, 2000, 0.1, NULL};
	char version[2][65];
	size_t played[2];

	temp_folder(folder, "audio");
	write_wav("hidden.wav", &hidden);
	write_wav("heard.wav", &heard);
	for (int i = 0; i < 2; i++) {
		struct problems p;
		struct scenario *s = NULL;
		problems_init(&p);
		write_wav("a.wav", &first);
		write_wav("b.wav", i ? &hidden : &heard);
		add_to(i ? "a.wav" : "b.wav", i ? "heard.wav" : "hidden.wav");
		ck_assert_int_eq(
		    load("<audio src='a.wav'>あ</audio><audio src='b.wav'>い</audio>", &p, &s), 0);
		snprintf(version[i], sizeof version[i], "%s", scenario_version(s));
		played[i] = s->sounds[1].audio->n;
		scenario_unref(s);
		problems_free(&p);
	}
	ck_assert_uint_ne(played[0], played[1]);
	ck_assert_str_ne(version[0], version[1]);
	temp_remove(folder);
}
END_TEST

static TCase *audio_case(void)
{
	TCase *t = tcase_create("audio");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, files_are_taken_or_refused, 0, sizeof files / sizeof *files);
	tcase_add_loop_test(t, places_and_words, 0, sizeof places / sizeof *places);
	tcase_add_test(t, texts_hold_marks_and_recordings);
	tcase_add_test(t, the_version_covers_the_recording);
	tcase_add_test(t, the_version_covers_which_bytes_are_whose);
	return t;
}

UNIT_MAIN("scenario_audio", audio_case)
