/* See line_sounds.h. */
#include "tests/support/line_sounds.h"

#include "adapters/speech/tts_ulaw.h"

#include <math.h>
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 8000
#define MOST (RATE * 90)

const struct line_sound line_sounds[] = {
    {"hello", DETECT_PERSON, "~600|もしもし。|~3000"},
    {"yes", DETECT_PERSON, "~400|はい。|~3000"},
    {"yes yes", DETECT_PERSON, "~500|はいはい。=ハイハイ。|~3000"},
    {"a name", DETECT_PERSON, "~500|はい、田中です。=ハイ、タナカデス。|~3000"},
    {"a name, slowly", DETECT_PERSON,
     "~1200|はい、もしもし、田中です。=ハイ、モシモシ、タナカデス。|~3000"},
    {"who is it", DETECT_PERSON, "~700|どちら様ですか。=ドチラサマデスカ。|~3000"},
    {"a shop", DETECT_PERSON,
     "~500|はい、伊那商店でございます。=ハイ、イナショウテンデゴザイマス。|~3000"},
    {"hello, twice", DETECT_PERSON, "~500|もしもし。|~900|もしもし。|~3000"},
    {"a late hello", DETECT_PERSON, "~3500|もしもし。|~3000"},
    {"a click, then hello", DETECT_PERSON, "~300|@800,40|~700|もしもし。|~3000"},
    {"a person who presses a key at once", DETECT_PERSON, "~500|はい。|~900|@697+1209,200|~3000"},
    {"a machine with a beep", DETECT_MACHINE,
     "~800|ただいま、電話に出ることができません。=タダイマ、デンワニデルコトガデキマセン。|~200|"
     "ピーという発信音のあとに、お名前とご用件をお話しください。="
     "ピートイウハッシンオンノアトニ、オナマエトゴヨウケンヲオハナシクダサイ。|~400|@1000,600|~"
     "3000"},
    {"a machine with a low, short beep", DETECT_MACHINE,
     "~500|ただいま、留守にしております。=タダイマ、ルスニシテオリマス。|~200|"
     "ご用件をお話しください。="
     "ゴヨウケンヲオハナシクダサイ。|~300|@440,250|~3000"},
    {"a machine with a high, long beep", DETECT_MACHINE,
     "~500|お留守番サービスに接続します。=オルスバンサービスニセツゾクシマス。|~500|"
     "発信音のあとに、ご伝言をお話しください。="
     "ハッシンオンノアトニ、ゴデンゴンヲオハナシクダサイ。|~500|"
     "@1400,1200|~3000"},
    {"a machine whose owner says his name first", DETECT_MACHINE,
     "~500|はい、田中です。=ハイ、タナカデス。|~1000|ただいま、留守にしております。="
     "タダイマ、ルスニシテオリマス。|~200|ご用件をお話しください。=ゴヨウケンヲオハナシクダサイ。|~"
     "300|"
     "@950,500|~3000"},
    {"a machine that takes long to beep", DETECT_MACHINE,
     "~500|ただいま、電話に出ることができません。=タダイマ、デンワニデルコトガデキマセン。|~200|"
     "ご用件をお話しください。=ゴヨウケンヲオハナシクダサイ。|~2500|@1000,500|~3000"},
    {"a device that warns swindlers", DETECT_SCREEN,
     "~800|この電話は、迷惑電話防止のため、会話内容が、自動録音されます。="
     "コノデンワハ、メイワクデンワボウシノタメ、カイワナイヨウガ、ジドウロクオンサレマス。|~300|"
     "これから、電話を、お呼びしますので、このまま、お待ちください。="
     "コレカラ、デンワヲ、オヨビシマスノデ、コノママ、オマチクダサイ。|~4000"},
    {"a device that asks who calls", DETECT_SCREEN,
     "~500|恐れ入りますが、お名前と、ご用件を、お話しください。="
     "オソレイリマスガ、オナマエト、ゴヨウケンヲ、オハナシクダサイ。|~4000"},
    {"a fax", DETECT_FAX, "~700|@2100,3000|~800"},
    {"a fax after words", DETECT_FAX, "~500|はい。|~900|@2100,2600|~500"},
    {"silence", DETECT_NOTHING, "~15000"},
    {"the busy tone", DETECT_NOTHING,
     "@400,500|~500|@400,500|~500|@400,500|~500|@400,500|~500|@400,500|~500"},
    {"the calling tone of a fax that calls", DETECT_NOTHING,
     "~500|@1100,500|~3000|@1100,500|~3000"},
    {"keys without a word", DETECT_PERSON, "~500|@770+1336,150|~300|@941+1477,150|~3000"},
    {"clicks", DETECT_NOTHING, "~500|@900,40|~700|@300,60|~900|@1500,40|~3000"},
};
const size_t n_line_sounds = sizeof line_sounds / sizeof *line_sounds;

struct tape {
	int16_t *s;
	size_t n;
};

static void put(struct tape *t, double v)
{
	if (t->n < MOST)
		t->s[t->n++] = (int16_t)fmax(-32767, fmin(32767, v));
}

static void put_silence(struct tape *t, int ms)
{
	for (int i = 0; i < ms * RATE / 1000; i++)
		put(t, 0);
}

static void put_tone(struct tape *t, double a, double b, int ms)
{
	for (int i = 0; i < ms * RATE / 1000; i++) {
		double x = 2 * M_PI * i / RATE;
		put(t, b > 0 ? 4000 * (sin(x * a) + sin(x * b)) : 8000 * sin(x * a));
	}
}

static int put_words(struct tape *t, const struct line_voice *v, const char *text)
{
	struct prompt p = {0};
	const struct speech_words words = {.text = text};
	int err = v->ops->say(v->speech, &words, &p, NULL, 0, NULL);
	for (size_t i = 0; i < p.n && !err; i++)
		for (size_t k = 0; k < p.pieces[i]->n; k++)
			put(t, tts_ulaw_decode(p.pieces[i]->ulaw[k]));
	prompt_clear(&p);
	return err;
}

/* espeak-ng writes WAV of 22,050 Hz; its header's lengths are unknown in a pipe, so 44 bytes are
 * passed over. The words are the table's own: no shell character is in them. It looks for a sound
 * server, too, whose library leaves a folder in TMPDIR at the first time: it gets none. */
static int put_other(struct tape *t, const char *kana)
{
	char command[1024];
	static int16_t in[22050 * 30], out[RATE * 30];
	size_t n = 0, made = 0;

	snprintf(command, sizeof command,
		 "PULSE_RUNTIME_PATH=/dev/null espeak-ng -v ja -s 150 --stdout '%s' 2>/dev/null",
		 kana);
	FILE *f = popen(command, "r");
	if (!f)
		return E_IO;
	char head[44];
	if (fread(head, 1, sizeof head, f) == sizeof head)
		n = fread(in, 2, sizeof in / 2, f);
	if (pclose(f) != 0 || n < 2205)
		return E_IO;
	soxr_io_spec_t io = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
	if (soxr_oneshot(22050, RATE, 1, in, n, NULL, out, sizeof out / 2, &made, &io, NULL, NULL))
		return E_IO;
	for (size_t i = 0; i < made; i++)
		put(t, out[i]);
	return 0;
}

static int put_part(struct tape *t, const struct line_voice *v, const char *part)
{
	char text[512];
	double a = 0, b = 0;
	int ms = 0;

	if (sscanf(part, "~%d", &ms) == 1) {
		put_silence(t, ms);
		return 0;
	}
	if (sscanf(part, "@%lf+%lf,%d", &a, &b, &ms) == 3 ||
	    (b = 0, sscanf(part, "@%lf,%d", &a, &ms) == 2)) {
		put_tone(t, a, b, ms);
		return 0;
	}
	snprintf(text, sizeof text, "%s", part);
	char *kana = strchr(text, '=');
	if (kana)
		*kana++ = '\0';
	return v->other ? put_other(t, kana ? kana : text) : put_words(t, v, text);
}

int line_sound_make(const struct line_sound *s, const struct line_voice *voice, double gain,
		    int noise, int16_t **ret_samples, size_t *ret_n)
{
	struct tape t = {.s = calloc(MOST, sizeof *t.s)};
	char parts[2048], *rest = parts, *part;
	unsigned seed = 1;
	int err = t.s ? 0 : E_NOMEM;

	snprintf(parts, sizeof parts, "%s", s->parts);
	while (!err && (part = strsep(&rest, "|")) != NULL)
		err = put_part(&t, voice, part);
	if (err) {
		free(t.s);
		return err;
	}
	for (size_t i = 0; i < t.n; i++) {
		double hiss = noise ? ((double)rand_r(&seed) / RAND_MAX * 4 - 2) * noise : 0;
		double v = fmax(-32767, fmin(32767, t.s[i] * gain + hiss));
		t.s[i] = tts_ulaw_decode(tts_ulaw_encode((int16_t)v));
	}
	*ret_samples = t.s;
	*ret_n = t.n;
	return 0;
}

enum detect_event line_sound_verdict(const int16_t *samples, size_t n)
{
	struct detect d = {0};
	enum detect_event said = DETECT_NOTHING;

	for (size_t i = 0; i + DETECT_FRAME <= n; i += DETECT_FRAME) {
		enum detect_event now = detect_feed(&d, samples + i);
		if (now == DETECT_FAX || now == DETECT_MACHINE)
			said = now;
		else if (now != DETECT_NOTHING && said == DETECT_NOTHING)
			said = now;
	}
	return said;
}
