/* CP932: each of its codes comes back as the same bytes, also those of characters that have two or
 * three; what it lacks is refused or replaced; a file in it goes through reader and writer whole.
 */
#include "adapters/exchange/cp932.h"
#include "adapters/exchange/exchange.h"
#include "engine/utf8.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;

static void make(void)
{
	ck_assert_int_eq(cp932_init(), 0);
}

#define BYTES(s) s, sizeof s - 1
#define MARK1 "\xf3\xa0\x87\xae"
#define MARK2 "\xf3\xa0\x87\xaf"

static const struct known {
	const char *what, *bytes;
	size_t n;
	const char *text; /* NULL: no CP932 */
} knowns[] = {
    {"ASCII", BYTES("A,\"~\\"), "A,\"~\\"},
    {"hiragana", BYTES("\x82\xa0"), "あ"},
    {"a trail byte that is a backslash", BYTES("\x95\x5c"), "表"},
    {"half-width kana", BYTES("\xb1\xde"), "ｱﾞ"},
    {"NEC row 13: ①", BYTES("\x87\x40"), "①"},
    {"NEC row 13: ㈱", BYTES("\x87\x8a"), "㈱"},
    {"IBM: ㈱", BYTES("\xfa\x58"), "㈱" MARK1},
    {"IBM: 髙", BYTES("\xfb\xfc"), "髙"},
    {"NEC's selection: 髙", BYTES("\xee\xe0"), "髙" MARK1},
    {"IBM: 﨑", BYTES("\xfa\xb1"), "﨑"},
    {"NEC's selection: 﨑", BYTES("\xed\x95"), "﨑" MARK1},
    {"JIS ∵", BYTES("\x81\xe6"), "∵"},
    {"NEC row 13 ∵", BYTES("\x87\x9a"), "∵" MARK1},
    {"IBM ∵", BYTES("\xfa\x5b"), "∵" MARK2},
    {"JIS ￢, IBM ￢, NEC's selection of it", BYTES("\x81\xca\xfa\x54\xee\xf9"),
     "￢￢" MARK1 "￢" MARK2},
    {"a wave dash is a full-width tilde", BYTES("\x81\x60"), "～"},
    {"the first 外字", BYTES("\xf0\x40"), "\xee\x80\x80"},
    {"the last 外字", BYTES("\xf9\xfc"), "\xee\x9d\x97"},
    {"a lead byte alone", BYTES("\x82"), NULL},
    {"a lead byte before a quote", BYTES("\x82\""), NULL},
    {"an empty place", BYTES("\x85\x40"), NULL},
    {"0x80", BYTES("\x80"), NULL},
    {"0xA0", BYTES("\xa0"), NULL},
    {"0xFD", BYTES("\xfd\x40"), NULL},
    {"UTF-8", BYTES("\xe3\x81\x82"), NULL},
};

START_TEST(known_codes)
{
	const struct known *k = &knowns[_i];
	char text[64], back[64];
	size_t n = 0, m = 0;
	int err = cp932_decode(k->bytes, k->n, text, sizeof text, &n);

	if (!k->text) {
		ck_assert_msg(err == E_INVALID, "%s: %d", k->what, err);
		return;
	}
	ck_assert_msg(err == 0 && n == strlen(k->text) && memcmp(text, k->text, n) == 0, "%s: %.*s",
		      k->what, (int)n, text);
	ck_assert_int_eq(cp932_encode(text, n, back, &m, NULL), 0);
	ck_assert_msg(m == k->n && memcmp(back, k->bytes, m) == 0, "%s goes back", k->what);
}
END_TEST

START_TEST(every_code_comes_back)
{
	unsigned codes = 0, marked = 0, gaiji = 0;

	for (unsigned lead = 0x81; lead <= 0xff; lead++)
		for (unsigned trail = 0; trail <= 0xff; trail++) {
			char in[2] = {(char)lead, (char)trail}, text[16], back[16];
			size_t n, m;
			if (lead >= 0xa0 && lead <= 0xdf)
				continue;
			if (cp932_decode(in, 2, text, sizeof text, &n))
				continue;
			ck_assert(utf8_valid(text, n, NULL));
			ck_assert_int_eq(cp932_encode(text, n, back, &m, NULL), 0);
			ck_assert_msg(m == 2 && memcmp(in, back, 2) == 0, "%02x%02x", lead, trail);
			codes++;
			marked += cp932_is_marked(text, n);
			gaiji += memcmp(text, "\xee\x80", 2) >= 0 &&
				 memcmp(text, "\xee\x9d", 2) <= 0 && lead >= 0xf0 && lead <= 0xf9;
		}
	/* 6,879 of JIS X 0208, 83 of row 13, 374 + 388 of NEC and IBM, 1,880 外字 */
	ck_assert_uint_eq(codes, 6879 + 83 + 374 + 388 + 1880);
	ck_assert_uint_eq(gaiji, 1880);
	ck_assert_uint_eq(marked, 398);
}
END_TEST

START_TEST(what_it_lacks)
{
	static const struct {
		const char *what, *text, *bytes;
		unsigned replaced;
	} cases[] = {
	    {"𠮷", "𠮷田", "\x81\xac\x93\x63", 1},
	    {"a selector", "葛\xf3\xa0\x84\x80", "\x8a\x8b\x81\xac", 1},
	    {"a far private character", "\xee\xb0\x80", "\x81\xac", 1},
	    {"two", "鷗a鷗",
	     "\x81\xac"
	     "a\x81\xac",
	     2},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[64];
		size_t n = 0;
		unsigned replaced = 0;
		const char *s = cases[i].text;
		ck_assert_int_eq(cp932_encode(s, strlen(s), out, &n, NULL), E_INVALID);
		ck_assert(!cp932_has(s, strlen(s)));
		ck_assert_int_eq(cp932_encode(s, strlen(s), out, &n, &replaced), 0);
		ck_assert_msg(n == strlen(cases[i].bytes) && memcmp(out, cases[i].bytes, n) == 0,
			      "%s", cases[i].what);
		ck_assert_uint_eq(replaced, cases[i].replaced);
	}
	ck_assert(cp932_has("〜‖−—①髙", strlen("〜‖−—①髙"))); /* other tables' names for four */
}
END_TEST

START_TEST(room_is_kept)
{
	char text[16];
	size_t n;
	ck_assert_int_eq(cp932_decode("\x82\xa0\x82\xa0\x82\xa0\x82\xa0", 8, text, sizeof text, &n),
			 E_LIMIT);
	ck_assert_int_eq(cp932_decode("\x82\xa0\x82\xa0", 4, text, sizeof text, &n), 0);
	ck_assert_uint_eq(n, 6);
	char marked[] = "a∵" MARK1 "b" MARK2 "\xf3\xa0\x84\x80";
	n = cp932_unmark(marked, strlen(marked));
	ck_assert_uint_eq(n, 1 + 3 + 1 + 4);
	ck_assert_int_eq(memcmp(marked, "a∵b\xf3\xa0\x84\x80", n), 0);
}
END_TEST

/* ---- whole files ---- */

static struct {
	char bytes[200000];
	size_t n;
} out;

static int sink(void *arg, const void *p, size_t n)
{
	(void)arg;
	ck_assert_uint_lt(out.n + n, sizeof out.bytes);
	memcpy(out.bytes + out.n, p, n);
	out.n += n;
	return 0;
}

#define COLUMNS                                                                                     \
	"<constant field=\"gyomu\" value=\"014\"/>"                                                 \
	"<value item=\"宛名番号\" type=\"X\" length=\"15\" required=\"yes\" field=\"person\"/>" \
	"<value item=\"氏名\" type=\"N\" length=\"10\" required=\"yes\" field=\"name\"/>"         \
	"<mapped item=\"科目\" type=\"X\" length=\"3\" required=\"yes\" field=\"tax\" "           \
	"words=\"tax_words\"><map code=\"1\" words=\"市民税\"/></mapped>"                        \
	"<value item=\"年度\" type=\"YEAR\" field=\"fuka_year\"/>"                                \
	"<value item=\"未納額\" type=\"9\" length=\"9\" required=\"yes\" field=\"amount\"/>"     \
	"<value item=\"電話\" type=\"XN\" length=\"20\" field=\"number1\"/>"                      \
	"<carried item=\"備考①\"/>"

static struct layouts *two_layouts(const char *in_encoding, const char *out_file)
{
	struct layouts *all = NULL;
	struct problems p;
	char dir[64], path[2][128], xml[4096];

	problems_init(&p);
	xrig_folder(dir);
	snprintf(path[0], sizeof path[0], "%s/in.xml", dir);
	snprintf(xml, sizeof xml,
		 "<layout xmlns=\"urn:osame:layout:1\" id=\"in\" title=\"t\" kind=\"targets\">"
		 "<file pattern=\"*.csv\" encoding=\"%s\"/><columns>" COLUMNS "</columns></layout>",
		 in_encoding);
	xrig_write(path[0], xml, strlen(xml));
	snprintf(path[1], sizeof path[1], "%s/out.xml", dir);
	snprintf(xml, sizeof xml,
		 "<layout xmlns=\"urn:osame:layout:1\" id=\"out\" title=\"t\" kind=\"results\">"
		 "<file name=\"{number:6}\" %s newline=\"lf\" quote=\"needed\"/><columns>"
		 "<carried item=\"備考①\"/></columns></layout>",
		 out_file);
	xrig_write(path[1], xml, strlen(xml));
	int err = x->layouts_load(dir, "schemas", &p, &all);
	if (err)
		problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	problems_free(&p);
	unlink(path[0]);
	unlink(path[1]);
	rmdir(dir);
	return all;
}

/* Reads a file of one row, writes what it carried: what the writer said. */
static int through(const struct layouts *all, const char *file, size_t n, unsigned *ret_replaced)
{
	struct exchange_reader *r = NULL;
	struct exchange_writer *w = NULL;
	struct row_batch *b = NULL;
	struct refusal why;
	uint32_t rows;
	char path[64];

	out.n = 0;
	xrig_file(file, n, path);
	int err = x->check(x->layout_find(all, "in"), path, &rows, &why);
	ck_assert_msg(err == 0, "%s %s", why.code, why.words);
	ck_assert_int_eq(x->reader_open(x->layout_find(all, "in"), path, 0, &r, &why), 0);
	ck_assert_int_eq(x->reader_next(r, &b), 0);
	x->reader_close(r);
	unlink(path);
	ck_assert_msg(b->n == 1, "%s", b->n_errors ? b->errors[0].words : "");
	ck_assert_int_eq(x->writer_open(x->layout_find(all, "out"), sink, NULL, &w), 0);
	struct out_field f = {"carried.備考①", b->targets[0].carried[0]};
	err = x->writer_row(w, &f, 1);
	*ret_replaced = x->writer_replaced(w);
	ck_assert_int_eq(x->writer_close(w), 0);
	row_batch_free(b);
	return err;
}

/* 宛名番号,氏名,科目,年度,未納額,電話,備考① in CP932 */
#define SJIS_HEAD                                                                                  \
	"\x88\xb6\x96\xbc\x94\xd4\x8d\x86,\x8e\x81\x96\xbc,\x89\xc8\x96\xda,\x94\x4e\x93\x78,"     \
	"\x96\xa2\x94\x5b\x8a\x7a,\x93\x64\x98\x62,\x94\xf5\x8d\x6c\x87\x40\n"
#define SJIS_ROW "100,\xfb\xfc\x8b\xb4,1,2026,5000,0265784111,"

/* Every character of CP932, by every code it has, carried from file to file. */
START_TEST(a_carried_column_goes_back_byte_for_byte)
{
	struct layouts *all = two_layouts("CP932", "encoding=\"CP932\"");
	static char file[100000], want[100000], text[16];
	unsigned replaced;
	size_t n = 0, m = 0;

	for (unsigned lead = 0x81; lead <= 0xff; lead++) {
		n = m = 0;
		memcpy(file, SJIS_HEAD SJIS_ROW, sizeof SJIS_HEAD SJIS_ROW - 1);
		n = sizeof SJIS_HEAD SJIS_ROW - 1;
		memcpy(want, "\x94\xf5\x8d\x6c\x87\x40\n", 7);
		m = 7;
		for (unsigned trail = 0x40; trail <= 0xff; trail++) {
			char in[2] = {(char)lead, (char)trail};
			size_t k;
			if (cp932_decode(in, 2, text, sizeof text, &k))
				continue;
			memcpy(file + n, in, 2);
			memcpy(want + m, in, 2);
			n += 2;
			m += 2;
		}
		if (m == 7)
			continue;
		file[n++] = '\n';
		want[m++] = '\n';
		ck_assert_int_eq(through(all, file, n, &replaced), 0);
		ck_assert_uint_eq(replaced, 0);
		ck_assert_msg(out.n == m && memcmp(out.bytes, want, m) == 0, "lead %02x", lead);
	}
	x->layouts_free(all);
}
END_TEST

#define UTF8_HEAD "宛名番号,氏名,科目,年度,未納額,電話,備考①\n"
#define UTF8_ROW "100,髙橋,1,2026,5000,0265784111,"

START_TEST(selectors_and_private_characters_go_back)
{
	struct layouts *all = two_layouts("UTF-8", "encoding=\"UTF-8\"");
	static const char memo[] =
	    "葛\xf3\xa0\x84\x80飾 辻\xf3\xa0\x84\x81 \xee\xb0\x80 \xf3\xb0\x80\x80 "
	    "\xf4\x80\x80\x80 神\xef\xb8\x80";
	char file[1024], want[1024];
	unsigned replaced;

	snprintf(file, sizeof file, "%s%s%s\n", UTF8_HEAD, UTF8_ROW, memo);
	snprintf(want, sizeof want, "備考①\n%s\n", memo);
	ck_assert_int_eq(through(all, file, strlen(file), &replaced), 0);
	out.bytes[out.n] = '\0';
	ck_assert_str_eq(out.bytes, want);
	x->layouts_free(all);
}
END_TEST

START_TEST(between_encodings)
{
	char file[1024];
	unsigned replaced;

	/* out of CP932: which code it was means nothing there */
	struct layouts *all = two_layouts("CP932", "encoding=\"UTF-8\"");
	snprintf(file, sizeof file, "%s", SJIS_HEAD SJIS_ROW "\xfa\x58\x87\x8a\n");
	ck_assert_int_eq(through(all, file, strlen(file), &replaced), 0);
	out.bytes[out.n] = '\0';
	ck_assert_str_eq(out.bytes, "備考①\n㈱㈱\n");
	x->layouts_free(all);

	/* into it: refused, or a 〓 and counted */
	snprintf(file, sizeof file, "%s%s%s\n", UTF8_HEAD, UTF8_ROW, "𠮷");
	all = two_layouts("UTF-8", "encoding=\"CP932\"");
	ck_assert_int_eq(through(all, file, strlen(file), &replaced), E_INVALID);
	ck_assert_uint_eq(out.n, 7); /* the header: nothing of the row */
	x->layouts_free(all);
	all = two_layouts("UTF-8", "encoding=\"CP932\" missing=\"geta\"");
	ck_assert_int_eq(through(all, file, strlen(file), &replaced), 0);
	ck_assert_uint_eq(replaced, 1);
	ck_assert_uint_eq(out.n, 7 + 3);
	ck_assert_int_eq(memcmp(out.bytes + 7, "\x81\xac\n", 3), 0);
	x->layouts_free(all);
}
END_TEST

START_TEST(files_in_another_encoding_are_refused)
{
	static const struct {
		const char *what, *in, *bytes;
		size_t n;
		uint32_t row;
	} cases[] = {
	    {"UTF-8 for CP932", "CP932", BYTES(UTF8_HEAD), 0},
	    {"a UTF-8 BOM for CP932", "CP932", BYTES("\xef\xbb\xbf" UTF8_HEAD), 0},
	    {"UTF-16 for CP932", "CP932", BYTES("\xff\xfe\x5b\x5b"), 0},
	    {"UTF-16 for UTF-8", "UTF-8", BYTES("\xfe\xff\x5b\x5b"), 0},
	    {"a broken code in row 2", "CP932",
	     BYTES(SJIS_HEAD SJIS_ROW "\n"
				      "100,\x85\x40,1,2026,5000,,\n"),
	     2},
	    {"a code cut by the end of its field", "CP932",
	     BYTES(SJIS_HEAD "100,\x82,1,2026,5000,,\n"), 1},
	    {"one of our marks", "UTF-8", BYTES(UTF8_HEAD UTF8_ROW "㈱" MARK1 "\n"), 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct layouts *all = two_layouts(cases[i].in, "encoding=\"UTF-8\"");
		struct refusal why;
		uint32_t rows;
		char path[64];
		xrig_file(cases[i].bytes, cases[i].n, path);
		ck_assert_int_eq(x->check(x->layout_find(all, "in"), path, &rows, &why), E_INVALID);
		ck_assert_msg(strcmp(why.code, "E0002") == 0 && why.row == cases[i].row,
			      "%s: %s %u %s", cases[i].what, why.code, why.row, why.words);
		unlink(path);
		x->layouts_free(all);
	}
}
END_TEST

static TCase *cp932_case(void)
{
	TCase *t = tcase_create("cp932");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, make, NULL);
	tcase_add_loop_test(t, known_codes, 0, (int)(sizeof knowns / sizeof *knowns));
	tcase_add_test(t, every_code_comes_back);
	tcase_add_test(t, what_it_lacks);
	tcase_add_test(t, room_is_kept);
	tcase_add_test(t, a_carried_column_goes_back_byte_for_byte);
	tcase_add_test(t, selectors_and_private_characters_go_back);
	tcase_add_test(t, between_encodings);
	tcase_add_test(t, files_in_another_encoding_are_refused);
	return t;
}

UNIT_MAIN("exchange cp932", cp932_case)
