/*
 * The model scenarios load clean; what is not in the profile, or not XML, is refused
 * with its line and what to do; the schema agrees with the builder; broken copies of the models
 * neither crash nor load by accident.
 */
#include "adapters/scenario/voicexml.h"
#include "adapters/scenario/xml.h"
#include "tests/support/scenario.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const models[] = {"specs/scenarios/notice.vxml",
				     "specs/scenarios/reminder.vxml"};

START_TEST(model_scenarios_are_clean)
{
	struct scenario_words *words = st_words();
	struct problems p;
	struct scenario *s = NULL;

	problems_init(&p);
	int err = scenario_voicexml.load(models[_i], words, &p, &s);
	if (p.n > 0)
		problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(p.errors + p.warnings, 0);
	ck_assert_uint_eq(strlen(scenario_version(s)), 64);
	ck_assert_uint_gt(scenario_prompts(s), 5);
	scenario_unref(scenario_ref(s));
	scenario_unref(s);
	problems_free(&p);
	scenario_voicexml.words_free(words);
}
END_TEST

#define FIELD(x) "<form id='f'><field name='a'>" x "</field></form>"
#define GOOD "<prompt>どうぞ。</prompt><option dtmf='1' value='x'/>"

static const struct {
	const char *what, *body;
	int line;
	const char *words;
} refused[] = {
    {"nobody says that it is recorded",
     "<form>\n<record name='r'><prompt>x</prompt></record></form>", 3, "[record-is-announced]"},
    {"a record that asks nothing",
     "<o:announce><prompt>x</prompt></o:announce><form>\n<record name='r'/></form>", 3,
     "asks nothing"},
    {"a record that is too long",
     "<o:announce><prompt>x</prompt></o:announce><form>\n<record name='r' maxtime='61s'>"
     "<prompt>x</prompt></record></form>",
     3, "maxtime=\"61s\": from 1000 ms to 60 s"},
    {"a record that goes somewhere",
     "<o:announce><prompt>x</prompt></o:announce><form>\n<record name='r' dest='x'>"
     "<prompt>x</prompt></record></form>",
     3, "dest"},
    {"an announcement of nothing", "<o:announce>\n</o:announce><form/>", 2, "says nothing"},
    {"a transfer to a number", "<form>\n<transfer name='t' bridge='true' dest='tel:1'/></form>", 3,
     "transfer-by-name"},
    {"a transfer to a name that is none",
     "<form>\n<transfer name='t' bridge='true' dest='staff:A b'/></form>", 3, "transfer-by-name"},
    {"a transfer by expression", "<form>\n<transfer name='t' bridge='true' destexpr='x'/></form>",
     3, "no attribute"},
    {"a transfer that hands the call away",
     "<form>\n<transfer name='t' dest='staff:a' type='blind'/></form>", 3, "bridge=\"true\""},
    {"a transfer without an end",
     "<form>\n<transfer name='t' bridge='true' dest='staff:a' maxtime='0s'/></form>", 3,
     "whole seconds"},
    {"a transfer that rings for an hour",
     "<form>\n<transfer name='t' bridge='true' dest='staff:a' connecttimeout='61s'/></form>", 3,
     "from 1s to 60s"},
    {"a transfer that listens",
     "<form>\n<transfer name='t' bridge='true' dest='staff:a'>"
     "<option value='x'>おわり</option></transfer></form>",
     3, "a key that ends it"},
    {"a transfer that is perhaps optional",
     "<form>\n<transfer name='t' bridge='true' dest='staff:a' o:optional='maybe'/></form>", 3,
     "neither true nor false"},
    {"a transfer in a block",
     "<form><block>\n<transfer name='t' bridge='true' dest='staff:a'/></block></form>", 3,
     "no place in <block>"},
    {"grammar", "<form><field name='a'>\n<grammar src='x'/></field></form>", 3,
     "not in the profile"},
    {"a field filled by an expression", "<form>\n<field name='a' expr='1'/></form>", 3, "expr"},
    {"link", "<form id='f'/>\n<link next='#f'/>", 3, "not in the profile"},
    {"audio that is not there",
     "<form><block><prompt>\n<audio src='a.wav'>あ</audio></prompt>"
     "</block></form>",
     3, "no such file in the announcements folder"},
    {"audio that says nothing",
     "<form><block><prompt>\n<audio src='a.wav' o:optional='true'/>"
     "</prompt></block></form>",
     3, "write into <audio>"},
    {"audio of another folder",
     "<form><block><prompt>\n<audio src='../a.wav'>あ</audio></prompt>"
     "</block></form>",
     3, "not a file of the announcements folder"},
    {"audio named by an expression",
     "<form><block><prompt>\n<audio expr='1'>あ</audio></prompt>"
     "</block></form>",
     3, "no attribute \"expr\""},
    {"the mark of a recording in words",
     "<form><block>\n<prompt>あ\xef\xbf\xbc</prompt></block>"
     "</form>",
     3, "U+FFFC"},
    {"the mark of a recording in a string",
     "<form><block>\n<prompt><value expr=\"'\xef\xbf\xbc'\"/></prompt></block></form>", 3,
     "U+FFFC"},
    {"prosody around a part",
     "<form><block>\n<prompt>あ<prosody rate='slow'>い</prosody></prompt>"
     "</block></form>",
     3, "make it two prompts"},
    {"another rate",
     "<form><block>\n<prompt><prosody rate='3'>い</prosody></prompt></block></form>", 3,
     "is no rate"},
    {"a rate as property", FIELD(GOOD "\n<property name='osame.rate' value='-1'/>"), 3,
     "is no rate"},
    {"subdialog", "<form>\n<subdialog src='#f'/></form>", 3, "not in the profile"},
    {"script", "<form id='f'><block>\n<script>1</script></block></form>", 3, "no place in <block>"},
    {"log", "<form id='f'><block>\n<log>x</log></block></form>", 3, "no place in <block>"},
    {"a field inside a block", "<form><block>\n<field name='a'/></block></form>", 3, "no place"},
    {"no namespace", "<form><block>\n<x xmlns=''/></block></form>", 3, "in no namespace"},
    {"unknown o: element", "<form><block>\n<o:call/></block></form>", 3, "<o:call> has no place"},
    {"unknown attribute", "<form\nscope='document'/>", 3, "no attribute \"scope\""},
    {"foreign attribute", "<form xmlns:q='urn:q' q:id='1'/>", 2, "no attribute \"id\""},
    {"words outside a prompt", "<form><block>\nこんにちは</block></form>", 3,
     "words stand outside"},
    {"words in a choice that nobody listens for",
     "\n<menu id='f'><prompt>一。</prompt>"
     "<choice dtmf='1' next='#f'>はい</choice></menu>",
     3, "nobody listens"},
    {"a processing instruction", "<form><block>\n<?x y?></block></form>", 3, "only elements"},
    {"an unknown dialog", "<form><block>\n<goto next='#nowhere'/></block></form>", 3,
     "no form or menu"},
    {"another document", "<form><block>\n<goto next='http://x/'/></block></form>", 3,
     "only dialogs of this document"},
    {"goto with both", "<form id='f'><block>\n<goto next='#f' nextitem='f'/></block></form>", 3,
     "one of them"},
    {"goto with neither", "<form id='f'><block>\n<goto/></block></form>", 3, "one of them"},
    {"an item of another form",
     "<form><block name='b'/></form><form><block>\n<goto nextitem='b'/></block></form>", 3,
     "no block or field of this form"},
    {"an unknown variable", "<form><block>\n<if cond='zzz == 1'><exit/></if></block></form>", 3,
     "there is no \"zzz\""},
    {"an unknown function", "<form><block>\n<if cond='alert(1)'><exit/></if></block></form>", 3,
     "no function \"alert\""},
    {"the birthday by name",
     "<form><block>\n<if cond='target.birth_md == 503'><exit/></if></block></form>", 3,
     "cannot be named"},
    {"a broken expression", "<form><block>\n<if cond='1 +'><exit/></if></block></form>", 3,
     "ends too early"},
    {"a variable of another form",
     "<form><var name='v'/></form>\n<form><block><assign name='v' expr='1'/></block></form>", 3,
     "not a variable"},
    {"assignment to a field", FIELD(GOOD "<filled>\n<assign name='a' expr='1'/></filled>"), 3,
     "not a variable"},
    {"a name twice", "<form><var name='v'/>\n<var name='v'/></form>", 3, "declared twice"},
    {"a word of the language", "<form>\n<var name='target'/></form>", 3, "word of the language"},
    {"a name with a dot", "<form>\n<var name='a.b'/></form>", 3, "is not a name"},
    {"an id twice", "<form id='f'/>\n<form id='f'/>", 3, "another dialog"},
    {"var in a block", "<form><block>\n<var name='v'/></block></form>", 3, "<var> stands in"},
    {"a key twice", FIELD(GOOD "\n<option dtmf='1' value='y'/>"), 3, "stands twice"},
    {"two keys", FIELD(GOOD "\n<option dtmf='12' value='y'/>"), 3, "one key"},
    {"a key that is none", FIELD(GOOD "\n<option dtmf='A' value='y'/>"), 3, "one key"},
    {"no answer", "<form>\n<field name='a'><prompt>一。</prompt></field></form>", 3,
     "takes no answer"},
    {"no question", "<form>\n<field name='a'><option dtmf='1' value='x'/></field></form>", 3,
     "asks nothing"},
    {"a digit as option of digits",
     "<form>\n<field name='a' type='digits'><prompt>一。</prompt><option dtmf='1' "
     "value='x'/></field></form>",
     3, "is a digit"},
    {"type boolean", "<form>\n<field name='a' type='boolean'>" GOOD "</field></form>", 3,
     "is not built"},
    {"too many digits", "<form>\n<field name='a' type='digits?length=99'>" GOOD "</field></form>",
     3, "is not built"},
    {"digits from 5 to 3",
     "<form>\n<field name='a' type='digits?minlength=5;maxlength=3'>" GOOD "</field></form>", 3,
     "is not built"},
    {"filled about nothing", "<form>\n<filled><exit/></filled></form>", 3, "about no field"},
    {"filled of another form's field",
     FIELD(GOOD) "<form><field name='b'>" GOOD "</field>\n<filled namelist='a'/></form>", 3,
     "no field of this form"},
    {"filled of a block", "<form><block name='b'/>\n<filled namelist='b'/></form>", 3,
     "no field of this form"},
    {"filled, mode most", "<form><field name='b'>" GOOD "</field>\n<filled mode='most'/></form>", 3,
     "all or any"},
    {"a field's filled with a namelist", FIELD(GOOD "\n<filled namelist='a'/>"), 3,
     "no attribute \"namelist\""},
    {"an event that nothing throws", FIELD(GOOD "\n<catch event='error.badfetch'/>"), 3,
     "nothing throws"},
    {"an event's name", FIELD(GOOD "\n<catch event='a..b'/>"), 3, "not an event's name"},
    {"throw of what we throw", "<form><block>\n<throw event='osame.stale'/></block></form>", 3,
     "cannot be thrown"},
    {"throw of nothing", "<form><block>\n<throw/></block></form>", 3, "needs the attribute"},
    {"throw of a word made in the call", "<form><block>\n<throw eventexpr='1'/></block></form>", 3,
     "no attribute \"eventexpr\""},
    {"a choice with event and next",
     "<menu id='f'><prompt>一。</prompt>\n<choice dtmf='1' next='#f' event='help'/></menu>", 3,
     "one of them"},
    {"count 0", FIELD(GOOD "\n<noinput count='0'/>"), 3, "1 to 100"},
    {"a time without unit", FIELD(GOOD "\n<property name='timeout' value='5'/>"), 3,
     "is not a time"},
    {"a time too long", FIELD(GOOD "\n<property name='timeout' value='500s'/>"), 3,
     "is not a time"},
    {"another property", FIELD(GOOD "\n<property name='confidencelevel' value='0.5'/>"), 3,
     "is not built"},
    {"another termchar", FIELD(GOOD "\n<property name='termchar' value='5'/>"), 3, "# or *"},
    {"an empty prompt", "<form><block>\n<prompt> </prompt></block></form>", 3, "says nothing"},
    {"bargein maybe", "<form><block>\n<prompt bargein='maybe'>一。</prompt></block></form>", 3,
     "neither true nor false"},
    {"count in a block", "<form><block>\n<prompt count='2'>一。</prompt></block></form>", 3,
     "field or menu"},
    {"a field spoken", FIELD(GOOD "<filled>\n<prompt><value expr='a'/></prompt></filled>"), 3,
     "before the call"},
    {"an amount as it is",
     "<form><block>\n<prompt><value expr='target.total'/></prompt></block></form>", 3,
     "interpret-as=\"currency\""},
    {"a date as it is",
     "<form><block>\n<prompt><value expr='campaign.due_date'/></prompt></block></form>", 3,
     "interpret-as=\"date\""},
    {"a name as it is",
     "<form><block>\n<prompt><value expr='target.name'/></prompt></block></form>", 3,
     "a name is said by"},
    {"another type",
     "<form><block><prompt>\n<say-as interpret-as='spell-out'>x</say-as></prompt></block></form>",
     3, "is not known"},
    {"a date that is none",
     "<form><block><prompt>\n<say-as "
     "interpret-as='date'>2026-02-30</say-as></prompt></block></form>",
     3, "is not a date"},
    {"a task that is none", "<form><block>\n<o:task kind='電話'/></block></form>", 3, "is no task"},
    {"level 3", "<form><block>\n<o:level n='3'/></block></form>", 3, "1 or 2"},
    {"reached nobody", "<form><block>\n<o:reached code='nobody'/></block></form>", 3,
     "is not known"},
    {"an SMS text outside its folder", "<form><block>\n<o:sms text='../x'/></block></form>", 3,
     "not a text's id"},
    {"a reply named task", "<form><block>\n<o:reply name='task' expr='1'/></block></form>", 3,
     "cannot be named"},
    {"else before elseif",
     "<form><block><if cond='true'><else/>\n<elseif cond='true'/></if></block></form>", 3,
     "may follow <else/>"},
    {"else in a block", "<form><block>\n<else/></block></form>", 3, "no place"},
    {"no cond", "<form><block>\n<if><exit/></if></block></form>", 3,
     "needs the attribute \"cond\""},
    {"nothing at all", "", 1, "1 to 200 forms"},
};

START_TEST(refusals)
{
	struct problems p;
	struct scenario *s = NULL;
	bool found = false;

	problems_init(&p);
	ck_assert_msg(st_load_body("general", refused[_i].body, &p, &s) == E_INVALID,
		      "%s was taken", refused[_i].what);
	for (size_t i = 0; i < p.n; i++)
		found |= p.list[i].line == refused[_i].line &&
			 strstr(p.list[i].what, refused[_i].words) &&
			 strcmp(p.list[i].file, "body.vxml") == 0;
	if (!found)
		problems_print(&p, stderr);
	ck_assert_msg(found, "%s", refused[_i].what);
	problems_free(&p);
}
END_TEST

static int load_text(const char *text, size_t n, struct problems *p)
{
	struct scenario_words *words = st_words();
	struct scenario *s = NULL;
	int err = voicexml_load_memory("x.vxml", text, n, words, p, &s);

	scenario_unref(s);
	scenario_voicexml.words_free(words);
	return err;
}

#define HEAD                                                                                       \
	"<vxml version='2.1' o:kind='general' xmlns='http://www.w3.org/2001/vxml' "                \
	"xmlns:o='urn:osame:scenario:1'>"

static const struct {
	const char *what, *text, *words;
} hostile[] = {
    {"not XML", "hello", "not well-formed"},
    {"empty", "", "empty"},
    {"cut short", HEAD "<form>", "not well-formed"},
    {"not UTF-8", HEAD "\xff</vxml>", "not UTF-8"},
    {"a DOCTYPE", "<!DOCTYPE vxml SYSTEM 'file:///etc/passwd'>" HEAD "<form/></vxml>", "DOCTYPE"},
    {"many laughs", "<!DOCTYPE v [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>" HEAD "&b;</vxml>",
     "DOCTYPE"},
    {"an unknown entity", HEAD "<form id='&x;'/></vxml>", "not well-formed"},
    {"another root", "<html/>", "is not <vxml"},
    {"another version",
     "<vxml version='2.0' o:kind='general' xmlns='http://www.w3.org/2001/vxml' "
     "xmlns:o='urn:osame:scenario:1'><form/></vxml>",
     "version=\"2.1\""},
    {"no kind", "<vxml version='2.1' xmlns='http://www.w3.org/2001/vxml'><form/></vxml>", "o:kind"},
    {"XInclude stays an element",
     HEAD "<form><block><x:include xmlns:x='http://www.w3.org/2001/XInclude' "
	  "href='/etc/passwd'/></block></form></vxml>",
     "in no namespace"},
    {"an encoding that lies", "<?xml version='1.0' encoding='UTF-16'?>" HEAD "<form>",
     "not well-formed"},
};

START_TEST(hostile_documents)
{
	struct problems p;
	problems_init(&p);
	ck_assert_int_eq(load_text(hostile[_i].text, strlen(hostile[_i].text), &p), E_INVALID);
	ck_assert_uint_ge(p.n, 1);
	ck_assert_msg(strstr(p.list[0].what, hostile[_i].words) != NULL, "%s: %s", hostile[_i].what,
		      p.list[0].what);
	problems_free(&p);
}
END_TEST

/* `n` times `item` between the head and the end. */
static int load_many(const char *open, const char *item, size_t n, const char *close, char why[256])
{
	size_t len = strlen(item), at = 0, size = strlen(open) + n * len + strlen(close) + 1;
	char *text = malloc(size);
	struct problems p;

	problems_init(&p);
	at += (size_t)snprintf(text, size, "%s", open);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, item, len);
	snprintf(text + at, size - at, "%s", close);
	int err = load_text(text, strlen(text), &p);
	snprintf(why, 256, "%.250s", p.n ? p.list[0].what : "");
	free(text);
	problems_free(&p);
	return err;
}

START_TEST(limits)
{
	char why[256];
	ck_assert_int_eq(load_many(HEAD "<form><block>", "<if cond='true'>", 200, "</vxml>", why),
			 E_INVALID);
	ck_assert_int_eq(load_many(HEAD, "<form/>", 4100, "</vxml>", why), E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "too many elements"));
	ck_assert_int_eq(load_many(HEAD, "<form/>", 201, "</vxml>", why), E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "1 to 200 forms"));
	ck_assert_int_eq(load_many(HEAD "<form>", "<block/>", 65, "</form></vxml>", why),
			 E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "at most 64"));
	ck_assert_int_eq(load_many(HEAD "<form><block>", "<prompt>あ</prompt>", 401,
				   "</block></form></vxml>", why),
			 E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "at most 400"));
	ck_assert_int_eq(load_many(HEAD "<!--", "a", MAX_SCENARIO_BYTES, "--></vxml>", why),
			 E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "too large"));
	/* 40 conditional items: more ways through than anybody can check, refused in bounded time
	 */
	ck_assert_int_eq(load_many(HEAD "<var name='v'/><form>",
				   "<block cond='v'><if cond='v'><clear/></if></block>", 40,
				   "</form></vxml>", why),
			 E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "too many ways"));
}
END_TEST

START_TEST(deep_nesting)
{
	char text[8192] = HEAD "<form><block>", why[64] = "";
	size_t n = strlen(text);
	struct problems p;
	for (int i = 0; i < 30; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "<if cond='true'>");
	for (int i = 0; i < 30; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "</if>");
	snprintf(text + n, sizeof text - n, "</block></form></vxml>");
	problems_init(&p);
	ck_assert_int_eq(load_text(text, strlen(text), &p), E_INVALID);
	snprintf(why, sizeof why, "%.60s", p.list[0].what);
	ck_assert_ptr_nonnull(strstr(why, "nested too deeply"));
	problems_free(&p);
}
END_TEST

/* The schema by itself refuses what the builder refuses: two locks. */
START_TEST(the_schema_refuses_too)
{
	static const char *const bodies[] = {
	    "<form><block><script/></block></form>", "<form scope='x'/>",
	    "<form><block><goto/></block></form>", "<form><block>words</block></form>",
	    "<form><block><o:level n='3'/></block></form>"};
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		char text[1024];
		struct problems p;
		xmlDoc *doc = NULL;
		problems_init(&p);
		snprintf(text, sizeof text, HEAD "%s</vxml>", bodies[i]);
		ck_assert_int_eq(xml_parse("x", text, strlen(text), &p, &doc), 0);
		ck_assert_int_eq(xml_check_schema("x", doc, &p), E_INVALID);
		ck_assert_uint_gt(p.errors, 0);
		xmlFreeDoc(doc);
		problems_free(&p);
	}
}
END_TEST

static char *slurp(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, MAX_SCENARIO_BYTES + 2);

	ck_assert_ptr_nonnull(f);
	*ret_n = fread(text, 1, MAX_SCENARIO_BYTES + 1, f);
	fclose(f);
	return text;
}

/* Each model cut at every 97th byte: never taken, always with a reason. */
START_TEST(cut_documents)
{
	size_t n;
	char *text = slurp(models[_i], &n);
	for (size_t cut = 0; cut + 10 < n; cut += 97) {
		struct problems p;
		problems_init(&p);
		ck_assert_int_eq(load_text(text, cut, &p), E_INVALID);
		ck_assert_uint_gt(p.errors, 0);
		problems_free(&p);
	}
	free(text);
}
END_TEST

/* ---- the lexicon ---- */

static int words_from(const char *secret, const char *office, const char *warned, char why[256])
{
	char dir[TEMP_MAX], path[128];
	const char *const names[] = {"secret-words", "office-words", "warned-words"};
	const char *const texts[] = {secret, office, warned};
	struct scenario_words *words = NULL;
	struct problems p;

	temp_folder(dir, "words");
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		FILE *f = texts[i] ? fopen(path, "wb") : NULL;
		if (f) {
			fputs(texts[i], f);
			fclose(f);
		}
	}
	problems_init(&p);
	int err = scenario_voicexml.words_load(dir, &p, &words);
	snprintf(why, 256, "%.250s", p.n ? p.list[0].what : "");
	scenario_voicexml.words_free(words);
	problems_free(&p);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	return err;
}

START_TEST(lexicons)
{
	char why[256];
	ck_assert_int_eq(words_from("未納\n", "# 用件\n税務課 # 課\r\n\n", " 至急\t", why), 0);
	ck_assert_int_eq(words_from(NULL, "a\n", "b\n", why), E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "no such file"));
	ck_assert_int_eq(words_from("# 無し\n", "a\n", "b\n", why), E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "no word")); /* an empty list would pass everything */
	ck_assert_int_eq(words_from("未納\n、。\n", "a\n", "b\n", why), E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "not a word"));
	ck_assert_int_eq(words_from("\xff\n", "a\n", "b\n", why), E_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "not UTF-8"));
	scenario_voicexml.words_free(NULL);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
	struct scenario_words *words = st_words();
	struct scenario *s = NULL;
	struct problems p;
	problems_init(&p);
	ck_assert_int_eq(scenario_voicexml.load("specs/scenarios/none.vxml", words, &p, &s),
			 E_INVALID);
	ck_assert_ptr_nonnull(strstr(p.list[0].what, "no such file"));
	ck_assert_int_eq(scenario_voicexml.load("specs", words, &p, &s), E_INVALID);
	problems_free(&p);
	scenario_voicexml.words_free(words);
	scenario_unref(NULL);
}
END_TEST

static TCase *load_case(void)
{
	TCase *t = tcase_create("load");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, model_scenarios_are_clean, 0, 2);
	tcase_add_loop_test(t, refusals, 0, sizeof refused / sizeof *refused);
	tcase_add_loop_test(t, hostile_documents, 0, sizeof hostile / sizeof *hostile);
	tcase_add_test(t, limits);
	tcase_add_test(t, deep_nesting);
	tcase_add_test(t, the_schema_refuses_too);
	tcase_add_loop_test(t, cut_documents, 0, 2);
	tcase_add_test(t, lexicons);
	tcase_add_test(t, a_file_that_is_not_there);
	return t;
}

UNIT_MAIN("scenario_load", load_case)
