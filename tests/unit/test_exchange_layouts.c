/* Layout files: those that ship load; each mistake is named with its line. */
#include "adapters/exchange/exchange.h"
#include "adapters/exchange/layout.h"
#include "tests/support/unit.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;

START_TEST(the_layouts_that_ship_load)
{
	static const struct {
		const char *id;
		enum layout_kind kind;
		const char *pattern;
	} cases[] = {
	    {"targets-014", LAYOUT_TARGETS, "014_202096_taisho_*.csv"},
	    {"targets-015", LAYOUT_TARGETS, "015_202096_taisho_*.csv"},
	    {"targets-023", LAYOUT_TARGETS, "023_202096_taisho_*.csv"},
	    {"targets-025", LAYOUT_TARGETS, "025_202096_taisho_*.csv"},
	    {"targets-024", LAYOUT_TARGETS, "024_202096_taisho_*.csv"},
	    {"targets-036", LAYOUT_TARGETS, "036_202096_taisho_*.csv"},
	    {"targets-037", LAYOUT_TARGETS, "037_202096_taisho_*.csv"},
	    {"targets-general", LAYOUT_TARGETS, "000_202096_kansho_*.csv"},
	    {"withdrawals", LAYOUT_WITHDRAWALS, "*_202096_torisage_*.csv"},
	    {"exclusions", LAYOUT_EXCLUSIONS, "*_202096_jogai_*.csv"},
	    {"key-changes", LAYOUT_KEY_CHANGES, "*_202096_kagihenko_*.csv"},
	    {"holds-in", LAYOUT_HOLDS_IN, "*_202096_horyu_*.csv"},
	    {"numbers-in", LAYOUT_NUMBERS_IN, "*_202096_bangodaicho_*.csv"},
	    {"holds", LAYOUT_HOLDS, "*_*_horyuichiran_*_*.csv"},
	    {"numbers", LAYOUT_NUMBERS, "*_*_bangoichiran_*_*.csv"},
	    {"payments", LAYOUT_PAYMENTS, "*_202096_keshikomi_*.csv"},
	    {"contacts", LAYOUT_CONTACTS, "*_*_kosho_*_*.csv"},
	    {"results", LAYOUT_RESULTS, "*_*_kekka_*_*.csv"},
	    {"corrections", LAYOUT_CORRECTIONS, "*_*_teisei_*_*.csv"},
	    {"errors", LAYOUT_ERRORS, "*_*_error_*_*.csv"},
	    {"receipt", LAYOUT_RECEIPT, "*_*_uketsuke_*_*.csv"},
	};
	struct layouts *all = xrig_layouts();
	size_t n = 0;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct layout *l = x->layout_find(all, cases[i].id);
		ck_assert_msg(l != NULL, "%s", cases[i].id);
		ck_assert_int_eq((int)x->layout_kind(l), (int)cases[i].kind);
		ck_assert_str_eq(x->layout_id(l), cases[i].id);
		ck_assert_str_eq(x->layout_pattern(l), cases[i].pattern);
	}
	while (x->layout_at(all, n))
		n++;
	ck_assert_uint_eq(n, sizeof cases / sizeof *cases);
	ck_assert_ptr_null(x->layout_find(all, "nothing"));
	x->layouts_free(all);
	x->layouts_free(NULL);
}
END_TEST

#define T_HEAD                                                                                     \
	"<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"targets\">\n"            \
	"<file pattern=\"*.csv\" encoding=\"UTF-8\"/>\n<columns>\n"
#define T_BODY                                                                                     \
	"<constant field=\"gyomu\" value=\"014\"/>\n"                                              \
	"<value item=\"a\" type=\"X\" length=\"15\" required=\"yes\" field=\"person\"/>\n"         \
	"<mapped item=\"b\" type=\"X\" length=\"3\" required=\"yes\" field=\"tax\" "               \
	"words=\"tax_words\"><map code=\"1\" words=\"w\"/></mapped>\n"                             \
	"<value item=\"c\" type=\"YEAR\" field=\"fuka_year\"/>\n"                                  \
	"<value item=\"d\" type=\"9\" length=\"9\" required=\"yes\" field=\"amount\"/>\n"          \
	"<value item=\"e\" type=\"N\" length=\"100\" required=\"yes\" field=\"name\"/>\n"          \
	"<value item=\"f\" type=\"XN\" length=\"20\" field=\"number1\"/>\n"
#define T_TAIL "</columns></layout>\n"
/* What is added stands on line 11. */
#define TARGETS_WITH(columns) T_HEAD T_BODY columns "\n" T_TAIL
#define OUT_WITH(file, columns)                                                                    \
	"<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"errors\">\n"             \
	"<file " file " encoding=\"UTF-8\"/>\n<columns>\n" columns "\n" T_TAIL
#define OUT_NAME "name=\"e_{number:6}.csv\""
#define P_WITH(columns)                                                                            \
	"<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"payments\">\n"           \
	"<file pattern=\"*.csv\" encoding=\"UTF-8\"/>\n<columns>\n"                                \
	"<constant field=\"gyomu\" value=\"014\"/>\n"                                              \
	"<value item=\"a\" type=\"X\" length=\"15\" required=\"yes\" field=\"person\"/>\n"         \
	"<value item=\"b\" type=\"X\" length=\"3\" required=\"yes\" field=\"tax\"/>\n"             \
	"<value item=\"c\" type=\"YEAR\" field=\"fuka_year\"/>\n" columns "\n" T_TAIL

static const struct mistake {
	const char *what, *xml, *words;
	int line;
} mistakes[] = {
    {"the base is right", TARGETS_WITH(""), NULL, 0},
    {"not XML", "<layout", "", 1},
    {"a DOCTYPE", "<!DOCTYPE x [<!ENTITY a \"b\">]>\n" TARGETS_WITH(""), "DOCTYPE", 1},
    {"an unknown element", TARGETS_WITH("<column item=\"z\"/>"), "column", 11},
    {"an unknown attribute", TARGETS_WITH("<carried item=\"z\" colour=\"red\"/>"), "colour", 11},
    {"an unknown type", TARGETS_WITH("<carried item=\"z\" type=\"Q\" length=\"3\"/>"), "'Q'", 11},
    {"an item missing", TARGETS_WITH("<value type=\"X\" length=\"3\"/>"), "item", 11},
    {"a length missing", TARGETS_WITH("<value item=\"z\" type=\"X\"/>"), "length", 11},
    {"a length of words", TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"long\"/>"), "long",
     11},
    {"a length of 0", TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"0\"/>"), "length", 11},
    {"9V with one length", TARGETS_WITH("<value item=\"z\" type=\"9V\" length=\"7\"/>"), "9V", 11},
    {"9V with more after the point than in all",
     TARGETS_WITH("<value item=\"z\" type=\"9V\" length=\"2,7\"/>"), "9V", 11},
    {"two lengths for X", TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"7,2\"/>"),
     "only a 9V", 11},
    {"an item twice", TARGETS_WITH("<carried item=\"a\"/>"), "line 5 already", 11},
    {"a field twice", TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"9\" field=\"person\"/>"),
     "person is filled by line 5", 11},
    {"an unknown field",
     TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"9\" field=\"colour\"/>"), "\"colour\"",
     11},
    {"a payment's field",
     TARGETS_WITH("<value item=\"z\" type=\"9\" length=\"9\" field=\"rest\"/>"), "\"rest\"", 11},
    {"the individual number", TARGETS_WITH("<carried item=\"個人番号\"/>"), "individual number",
     11},
    {"the individual number, spaced", TARGETS_WITH("<carried item=\"個 人　番号\"/>"),
     "individual number", 11},
    {"the individual number by its other name",
     TARGETS_WITH("<carried item=\"本人マイナンバー\"/>"), "individual number", 11},
    {"a code twice",
     TARGETS_WITH("<mapped item=\"z\" type=\"X\" length=\"1\" field=\"kind1\">"
		  "<map code=\"1\" value=\"home\"/>\n<map code=\"1\" value=\"work\"/></mapped>"),
     "twice", 12},
    {"an empty code table",
     TARGETS_WITH("<mapped item=\"z\" type=\"X\" length=\"1\" field=\"kind1\"></mapped>"), "empty",
     11},
    {"a kind that is none",
     TARGETS_WITH("<mapped item=\"z\" type=\"X\" length=\"1\" field=\"kind1\">"
		  "<map code=\"1\" value=\"fax\"/></mapped>"),
     "\"fax\"", 11},
    {"a code that does not fit",
     TARGETS_WITH("<mapped item=\"z\" type=\"9\" length=\"1\" field=\"kind1\">"
		  "<map code=\"A\" value=\"home\"/></mapped>"),
     "\"A\"", 11},
    {"a kind without a code table",
     TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"6\" field=\"kind1\"/>"), "code table", 11},
    {"a kind of no number",
     TARGETS_WITH("<mapped item=\"z\" type=\"X\" length=\"1\" field=\"kind2\">"
		  "<map code=\"1\" value=\"home\"/></mapped>"),
     "number2", 0},
    {"a date that is text",
     TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"10\" field=\"due_date\"/>"), "DATE", 11},
    {"a key that is full-width",
     TARGETS_WITH("<value item=\"z\" type=\"N\" length=\"4\" field=\"period\"/>"), "identifies",
     11},
    {"a key that is too long",
     TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"41\" field=\"notice\"/>"), "at most 40",
     11},
    {"a kana that is too long",
     TARGETS_WITH("<value item=\"z\" type=\"N\" length=\"101\" field=\"kana\"/>"), "at most 100",
     11},
    {"composed in an incoming layout",
     TARGETS_WITH("<composed item=\"z\" type=\"X\" length=\"9\" template=\"{person}\"/>"),
     "outgoing", 11},
    {"cut in an incoming layout", TARGETS_WITH("<carried item=\"z\" cut=\"yes\"/>"), "outgoing",
     11},
    {"a constant of nothing", TARGETS_WITH("<constant value=\"1\"/>"), "needs an item", 11},
    {"a constant that does not fit",
     TARGETS_WITH("<constant item=\"z\" type=\"9\" length=\"3\" value=\"A\"/>"), "does not fit",
     11},
    {"no person",
     T_HEAD "<value item=\"d\" type=\"9\" length=\"9\" required=\"yes\" "
	    "field=\"amount\"/>\n" T_TAIL,
     "fills person", 0},
    {"no columns", T_HEAD T_TAIL, "columns", 3},
    {"an amount that may be empty",
     T_HEAD "<value item=\"d\" type=\"9\" length=\"9\" field=\"amount\"/>\n" T_TAIL, "required", 4},
    {"CP932 with a BOM",
     "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"targets\">\n"
     "<file pattern=\"*.csv\" encoding=\"CP932\" bom=\"yes\"/>\n<columns>\n" T_BODY T_TAIL,
     "no BOM", 2},
    {"an item that CP932 lacks",
     "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"errors\">\n"
     "<file " OUT_NAME " encoding=\"CP932\"/>\n<columns>\n"
     "<constant item=\"𠮷\" type=\"X\" length=\"1\" value=\"1\"/>\n" T_TAIL,
     "CP932 lacks", 4},
    {"〓 in UTF-8", OUT_WITH(OUT_NAME " missing=\"geta\"", ""), "outgoing CP932", 2},
    {"no pattern",
     "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"targets\">\n"
     "<file encoding=\"UTF-8\"/>\n<columns>\n" T_BODY T_TAIL,
     "pattern", 2},
    {"an unknown kind",
     "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"letters\">\n"
     "<file pattern=\"*.csv\" encoding=\"UTF-8\"/>\n<columns>\n" T_BODY T_TAIL,
     "letters", 1},
    {"item IDs missing",
     "<layout xmlns=\"urn:osame:layout:1\" id=\"t\" title=\"t\" kind=\"targets\">\n"
     "<file pattern=\"*.csv\" encoding=\"UTF-8\" header=\"ids\"/>\n<columns>\n" T_BODY T_TAIL,
     "item ID", 5},
    {"a name without its number", OUT_WITH("name=\"e_{stamp}.csv\"", ""), "{number:6} is missing",
     2},
    {"a name with a folder", OUT_WITH("name=\"../{number}\"", ""), "no /", 2},
    {"a name of unknown parts", OUT_WITH("name=\"{colour}{number}\"", ""), "{colour}", 2},
    {"a name that is cut", OUT_WITH("name=\"{number\"", ""), "no '}'", 2},
    {"a width of words", OUT_WITH("name=\"{number:six}\"", ""), "width", 2},
    {"an outgoing layout with a pattern", OUT_WITH("pattern=\"*.csv\"", ""), "outgoing", 2},
    {"an unknown outgoing field",
     OUT_WITH(OUT_NAME, "<value item=\"z\" type=\"X\" length=\"1\" "
			"field=\"colour\"/>"),
     "\"colour\"", 4},
    {"an outgoing value of nothing",
     OUT_WITH(OUT_NAME, "<value item=\"z\" type=\"X\" length=\"1\"/>"), "field", 4},
    {"a template of unknown fields",
     OUT_WITH(OUT_NAME, "<composed item=\"z\" type=\"XN\" length=\"9\" template=\"{colour}\"/>"),
     "\"colour\"", 4},
    {"a bracket that is not closed",
     OUT_WITH(OUT_NAME, "<composed item=\"z\" type=\"XN\" length=\"9\" template=\"[{words}\"/>"),
     "no ]", 4},
    {"brackets in brackets",
     OUT_WITH(OUT_NAME, "<composed item=\"z\" type=\"XN\" length=\"9\" template=\"[a[b]]\"/>"),
     "none inside", 4},
    {"part payments without a rest",
     P_WITH("<mapped item=\"z\" type=\"X\" length=\"1\" required=\"yes\" field=\"payment\">"
	    "<map code=\"2\" value=\"part\"/></mapped>"),
     "rest", 8},
    {"a width that pads nothing",
     TARGETS_WITH("<value item=\"z\" type=\"X\" length=\"3\" pad=\"zeros\"/>"), "width", 11},
    {"a fixed width of dates", TARGETS_WITH("<value item=\"z\" type=\"DATE\" width=\"fixed\"/>"),
     "types X and 9", 11},
    {"a code of another width",
     TARGETS_WITH("<mapped item=\"z\" type=\"X\" length=\"2\" width=\"fixed\" field=\"kind1\">"
		  "<map code=\"1\" value=\"home\"/></mapped>"),
     "column's width", 11},
    {"what is carried has no width",
     TARGETS_WITH("<carried item=\"z\" type=\"X\" length=\"3\" width=\"fixed\"/>"), "that we read",
     11},
    {"a contact without a name",
     TARGETS_WITH("<mapped item=\"z\" type=\"X\" length=\"1\" field=\"contact\">"
		  "<map code=\"1\" value=\"guardian\"/></mapped>"),
     "come together", 0},
    {"payments that carry",
     P_WITH("<constant field=\"payment\" value=\"full\"/>\n"
	    "<carried item=\"z\"/>"),
     "nothing goes back", 0},
};

static bool is_named(const struct problems *p, const struct mistake *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].kind == PROBLEM_ERROR && p->list[i].line == m->line &&
		    strstr(p->list[i].what, m->words))
			return true;
	return false;
}

START_TEST(each_mistake_is_named_with_its_line)
{
	const struct mistake *m = &mistakes[_i];
	struct layouts *all = NULL;
	struct problems p;
	char dir[64], path[128];

	problems_init(&p);
	temp_folder(dir, "exchange");
	snprintf(path, sizeof path, "%s/t.xml", dir);
	temp_write(path, m->xml, strlen(m->xml));
	int err = x->layouts_load(dir, "schemas", &p, &all);
	unlink(path);
	rmdir(dir);
	if (m->words ? err != E_INVALID || !is_named(&p, m) : err != 0) {
		problems_print(&p, stderr);
		ck_abort_msg("%s: %d", m->what, err);
	}
	x->layouts_free(all);
	problems_free(&p);
}
END_TEST

START_TEST(all_mistakes_of_a_folder_are_named_at_once)
{
	struct layouts *all = NULL;
	struct problems p;
	char dir[64], path[128];
	size_t n = sizeof mistakes / sizeof *mistakes;

	problems_init(&p);
	temp_folder(dir, "exchange");
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%02zu.xml", dir, i);
		temp_write(path, mistakes[i].xml, strlen(mistakes[i].xml));
	}
	ck_assert_int_eq(x->layouts_load(dir, "schemas", &p, &all), E_INVALID);
	ck_assert_uint_ge(p.errors, n - 1);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%02zu.xml", dir, i);
		unlink(path);
	}
	rmdir(dir);
	problems_free(&p);
}
END_TEST

START_TEST(two_of_one_id_are_refused)
{
	struct layouts *all = NULL;
	struct problems p;
	char dir[64], path[2][128];
	const char *xml = TARGETS_WITH("");

	problems_init(&p);
	temp_folder(dir, "exchange");
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof path[i], "%s/%d.xml", dir, i);
		temp_write(path[i], xml, strlen(xml));
	}
	ck_assert_int_eq(x->layouts_load(dir, "schemas", &p, &all), E_INVALID);
	ck_assert_uint_eq(p.errors, 1);
	ck_assert_ptr_nonnull(strstr(p.list[p.n - 1].what, "already"));
	for (int i = 0; i < 2; i++)
		unlink(path[i]);
	rmdir(dir);
	problems_free(&p);
	problems_init(&p);
	ck_assert_int_eq(x->layouts_load("/nonexistent", "schemas", &p, &all), E_INVALID);
	ck_assert_int_eq(x->layouts_load("specs/layouts", "/nonexistent", &p, &all), E_INVALID);
	problems_free(&p);
}
END_TEST

/* ---- the pages about them ---- */

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 18);
	ck_assert_msg(f && text, "%s: run `make docs`", path);
	ck_assert_uint_lt(fread(text, 1, (1 << 18) - 1, f), (1 << 18) - 1);
	fclose(f);
	return text;
}

START_TEST(the_pages_are_fresh)
{
	struct layouts *all = xrig_layouts();
	char *index = slurp("docs/layouts/README.md");
	const struct layout *l;

	for (size_t i = 0; (l = x->layout_at(all, i)) != NULL; i++) {
		const char *slash = strrchr(x->layout_path(l), '/');
		char path[256], *made = NULL, *page;
		size_t n;
		int stem = (int)(strlen(slash + 1) - strlen(".xml"));
		FILE *to = open_memstream(&made, &n);
		ck_assert_int_eq(x->layout_describe(l, to), 0);
		fclose(to);
		snprintf(path, sizeof path, "docs/layouts/%.*s.md", stem, slash + 1);
		page = slurp(path);
		ck_assert_msg(strcmp(page, made) == 0, "%s is old: run `make docs`", path);
		ck_assert_msg(strstr(index, x->layout_id(l)) != NULL, "%s: run `make docs`", path);
		free(page);
		free(made);
	}
	free(index);
	x->layouts_free(all);
}
END_TEST

START_TEST(every_field_has_words)
{
	const char *name;
	for (int f = 0; f < IN_FIELDS; f++)
		ck_assert_msg(*field_words(field_in_name((enum in_field)f)), "%s: field_words.c",
			      field_in_name((enum in_field)f));
	for (size_t i = 0; (name = field_out_at(i)) != NULL; i++)
		ck_assert_msg(*field_words(name), "%s: field_words.c", name);
	for (int f = 0; f < IN_FIELDS; f++) {
		struct column c = {.field = (enum in_field)f};
		const char *const *v = field_values((enum in_field)f);
		for (; v && *v; v++)
			ck_assert_msg(strcmp(*v, "none") == 0 ||
					  strcmp(field_value_words(&c, *v), *v) != 0,
				      "%s=%s: field_words.c", field_in_name((enum in_field)f), *v);
	}
}
END_TEST

static TCase *layouts_case(void)
{
	TCase *t = tcase_create("layouts");
	tcase_set_timeout(t, 30);
	tcase_add_test(t, the_layouts_that_ship_load);
	tcase_add_loop_test(t, each_mistake_is_named_with_its_line, 0,
			    (int)(sizeof mistakes / sizeof *mistakes));
	tcase_add_test(t, all_mistakes_of_a_folder_are_named_at_once);
	tcase_add_test(t, the_pages_are_fresh);
	tcase_add_test(t, every_field_has_words);
	tcase_add_test(t, two_of_one_id_are_refused);
	return t;
}

UNIT_MAIN("exchange layouts", layouts_case)
