/* See repair.h. Each step works on the copy in `struct mend`; the first that changed something
 * gives the warning's words, and the column's type has the last word on the result. */
#include "adapters/exchange/repair.h"

#include "adapters/exchange/repair_date.h"
#include "engine/utf8.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"

struct mend {
	char s[REPAIR_MOST + 1];
	size_t n;
	const char *words; /* of the first change; NULL: none yet */
};

static void changed(struct mend *m, const char *words)
{
	if (!m->words)
		m->words = words;
}

static void drop(struct mend *m, size_t at, size_t n)
{
	memmove(m->s + at, m->s + at + n, m->n - at - n);
	m->n -= n;
	m->s[m->n] = '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && is_digit(s[i]))
		i++;
	return i;
}

static bool is_ascii_type(const struct column *c)
{
	return c->type.kind != VALUE_ANY && c->type.kind != VALUE_N && c->type.kind != VALUE_XN;
}

static bool is_telephone(const struct column *c)
{
	return c->field >= IN_NUMBER_1 && c->field <= IN_NUMBER_3;
}

/* ---- what can only be refused ---- */

/* 1.23E+11, 5E+05, 1.2e-3 */
static bool is_scientific(const char *s, size_t n)
{
	size_t i = digits(s, n);

	if (i == 0 || i + 2 >= n)
		return false;
	if (s[i] == '.')
		i += 1 + digits(s + i + 1, n - i - 1);
	if (i + 2 >= n || (s[i] != 'E' && s[i] != 'e') || (s[i + 1] != '+' && s[i + 1] != '-'))
		return false;
	return i + 2 + digits(s + i + 2, n - i - 2) == n;
}

static bool is_error_value(const char *s, size_t n)
{
	static const char *const list[] = {"#N/A",  "#REF!",   "#VALUE!", "#NAME?",
					   "#NUM!", "#DIV/0!", "#NULL!",  "#SPILL!"};

	if (n == 0 || *s != '#')
		return false;
	if (strspn(s, "#") == n)
		return n >= 3; /* a column that was too narrow */
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (strlen(list[i]) == n && memcmp(list[i], s, n) == 0)
			return true;
	return false;
}

/* 12345.0: a number that went through a spreadsheet, or a program, as a fraction. */
static bool is_fraction(const char *s, size_t n)
{
	size_t i = digits(s, n);
	return i > 0 && i + 1 < n && s[i] == '.' && strspn(s + i + 1, "0") == n - i - 1;
}

static const char *refusal_of(const struct column *c, const char *s, size_t n)
{
	if (memmem(s, n, BOM, 3))
		return "途中に BOM (U+FEFF) があります。ファイルをつないだのではありませんか。";
	if (is_error_value(s, n))
		return "表計算ソフトのエラー値です。";
	if (c->type.kind != VALUE_N && is_scientific(s, n))
		return "表計算ソフトの指数表記になっていて、元の値がわかりません。";
	if (c->type.kind == VALUE_X && c->field != IN_NONE && is_fraction(s, n))
		return "小数の形になっています。表計算ソフトを通したのではありませんか。";
	if ((c->type.kind == VALUE_DATE || c->type.kind == VALUE_YEAR) && n == 5 &&
	    digits(s, n) == 5)
		return "日付が表計算ソフトの通し番号になっています。";
	return NULL;
}

/* ---- what can be mended ---- */

/* Full-width forms of ASCII, and the full-width space. */
static void fold_width(struct mend *m)
{
	char out[REPAIR_MOST + 1];
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < m->n;) {
		uint32_t cp = 0;
		size_t len = utf8_next(m->s + i, m->n - i, &cp);
		bool wide = (cp >= 0xff01 && cp <= 0xff5e) || cp == 0x3000;
		if (len == 0)
			return;
		if (wide) {
			out[n++] = cp == 0x3000 ? ' ' : (char)(cp - 0xff00 + 0x20);
			any = true;
		} else {
			memcpy(out + n, m->s + i, len);
			n += len;
		}
		i += len;
	}
	if (!any)
		return;
	memcpy(m->s, out, n);
	m->s[n] = '\0';
	m->n = n;
	changed(m, "全角の文字を半角に直しました。");
}

static void trim(struct mend *m)
{
	size_t lead = strspn(m->s, " ");

	while (m->n > lead && m->s[m->n - 1] == ' ') {
		m->s[--m->n] = '\0';
		changed(m, "前後の空白を除きました。");
	}
	if (lead > 0 && m->n > 0) {
		drop(m, 0, lead);
		changed(m, "前後の空白を除きました。");
	}
}

/* 'VALUE and ="VALUE": how spreadsheets are told to keep a text. */
static void strip_text_marks(struct mend *m)
{
	if (m->n > 1 && m->s[0] == '\'') {
		drop(m, 0, 1);
		changed(m, "表計算ソフトの文字列の印を除きました。");
	}
	if (m->n > 3 && memcmp(m->s, "=\"", 2) == 0 && m->s[m->n - 1] == '"') {
		m->s[--m->n] = '\0';
		drop(m, 0, 2);
		changed(m, "表計算ソフトの文字列の印を除きました。");
	}
}

/* 1,234,567: groups of three, or it is something else. */
static void strip_thousands(struct mend *m)
{
	size_t lead = digits(m->s, m->n);

	if (lead == 0 || lead > 3 || lead == m->n || m->s[lead] != ',')
		return;
	for (size_t i = lead; i < m->n; i += 4) {
		if (m->s[i] == '.' && i > lead)
			break; /* a fraction behind the groups */
		if (m->s[i] != ',' || digits(m->s + i + 1, m->n - i - 1) < 3 ||
		    (i + 4 < m->n && is_digit(m->s[i + 4])))
			return;
	}
	for (size_t i = 0; i < m->n;)
		if (m->s[i] == ',')
			drop(m, i, 1);
		else
			i++;
	changed(m, "桁区切りのカンマを除きました。");
}

static void mend_amount(const struct column *c, struct mend *m)
{
	static const char *const before[] = {"\\", "¥"};

	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		size_t n = strlen(before[i]);
		if (m->n > n && memcmp(m->s, before[i], n) == 0) {
			drop(m, 0, n);
			changed(m, "円記号を除きました。");
		}
	}
	if (m->n > 3 && memcmp(m->s + m->n - 3, "円", 3) == 0) {
		m->n -= 3;
		m->s[m->n] = '\0';
		changed(m, "「円」を除きました。");
	}
	strip_thousands(m);
	if (c->type.kind != VALUE_9V && is_fraction(m->s, m->n)) {
		m->n = digits(m->s, m->n);
		m->s[m->n] = '\0';
		changed(m, "小数点より後の 0 を除きました。");
	}
}

/* A fixed width that is short was longer once: zeros are what spreadsheets take away. */
static const char *mend_width(const struct column *c, struct mend *m)
{
	size_t lost = c->type.length - m->n;

	if (!c->fixed || m->n == 0 || m->n >= c->type.length)
		return NULL;
	if (digits(m->s, m->n) < m->n)
		return "桁数が足りません。";
	if (!c->pad)
		return "桁数が足りません。表計算ソフトで先頭の 0 が失われたのではありませんか。";
	memmove(m->s + lost, m->s, m->n + 1);
	memset(m->s, '0', lost);
	m->n += lost;
	changed(m, "桁数が足りないので、先頭に 0 を補いました。確かめてください。");
	return NULL;
}

static void mend_day(const struct column *c, struct mend *m)
{
	char out[11];
	bool ok = c->type.kind == VALUE_DATE   ? repair_date(m->s, m->n, out)
		  : c->type.kind == VALUE_YEAR ? repair_year(m->s, m->n, out)
					       : repair_time(m->s, m->n, out);

	if (!ok || strcmp(out, m->s) == 0)
		return;
	m->n = strlen(out);
	memcpy(m->s, out, m->n + 1);
	changed(m, c->type.kind == VALUE_DATE ? "日付の書き方を YYYY-MM-DD に直しました。"
		   : c->type.kind == VALUE_YEAR ? "年度の書き方を西暦 4 桁に直しました。"
						: "時刻の書き方を HH:MM に直しました。");
}

static enum repair refuse(struct repaired *ret, const char *code, const char *words)
{
	ret->code = code;
	ret->words = words;
	return REPAIR_REFUSE;
}

static enum repair mend_typed(const struct column *c, struct mend *m, struct repaired *ret)
{
	const char *why;

	fold_width(m);
	trim(m);
	strip_text_marks(m);
	why = refusal_of(c, m->s, m->n); /* once more, without its disguise */
	if (why)
		return refuse(ret, "E0002", why);
	switch (c->type.kind) {
	case VALUE_9:
	case VALUE_9V:
	case VALUE_S9:
		mend_amount(c, m);
		break;
	case VALUE_YEAR:
	case VALUE_DATE:
	case VALUE_TIME:
		mend_day(c, m);
		break;
	case VALUE_X:
	case VALUE_N:
	case VALUE_XN:
	case VALUE_ANY:
	case VALUE_KINDS:
		break;
	}
	why = mend_width(c, m);
	return why ? refuse(ret, "E0003", why) : REPAIR_NONE;
}

enum repair repair_value(const struct column *c, const char *s, size_t n, struct repaired *ret)
{
	struct mend m = {.n = n};
	const char *why = refusal_of(c, s, n);

	if (why)
		return refuse(ret, "E0002", why);
	if (n > REPAIR_MOST)
		return REPAIR_NONE;
	memcpy(m.s, s, n);
	m.s[n] = '\0';
	if (is_telephone(c))
		strip_text_marks(&m);
	else if (is_ascii_type(c) && mend_typed(c, &m, ret) == REPAIR_REFUSE)
		return REPAIR_REFUSE;
	if (!m.words || (m.n > 0 && value_check(&c->type, m.s, m.n) != VALUE_OK))
		return REPAIR_NONE;
	memcpy(ret->s, m.s, m.n + 1);
	ret->n = m.n;
	ret->code = "E0002";
	ret->words = m.words;
	return REPAIR_DONE;
}

bool repair_is_suspect(const struct column *c, const char *s, size_t n)
{
	char first = s[0], last = s[n - 1];

	if (c->fixed && n < c->type.length)
		return true;
	if (first == '#' || first == '\'' || first == '=' || first == ' ' || last == ' ')
		return c->type.kind != VALUE_N;
	switch (c->type.kind) {
	case VALUE_X:
		return (is_digit(first) && is_digit(last)) &&
		       (memchr(s, '.', n) || memchr(s, '+', n));
	case VALUE_N:
	case VALUE_XN:
		return memchr(s, 0xef, n) && memmem(s, n, BOM, 3);
	case VALUE_ANY:
	case VALUE_9:
	case VALUE_9V:
	case VALUE_S9:
	case VALUE_YEAR:
	case VALUE_DATE:
	case VALUE_TIME:
	case VALUE_KINDS:
		break;
	}
	return false;
}

const char *repair_carried_words(const char *s, size_t n)
{
	if (is_scientific(s, n))
		return "表計算ソフトの指数表記のようです。そのまま返します。";
	if (is_error_value(s, n))
		return "表計算ソフトのエラー値のようです。そのまま返します。";
	return NULL;
}
