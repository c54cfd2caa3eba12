/* Configuration files: right ones, and a table of bad ones, each with its line and words. */
#include "tests/unit/config_rig.inc"

START_TEST(a_right_file)
{
	struct problems p;
	struct config *c;
	char at[128];
	int err = load(ENGINE "tick = 200 ms\n" REST, &p, &c);
	problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(p.errors + p.warnings, 0);
	snprintf(at, sizeof at, "%s/var", folder);
	ck_assert_str_eq(c->engine.var, at);
	snprintf(at, sizeof at, "%s/var/store", folder);
	ck_assert_str_eq(c->store.home, at);
	snprintf(at, sizeof at, "%s/specs/lexicon", folder);
	ck_assert_str_eq(c->speech.lexicon, at);
	ck_assert_str_eq(c->engine.city_name, "伊那市");
	ck_assert_int_eq(c->engine.tick, 200);
	ck_assert_int_eq(c->engine.receipt_wait, 30 * 60 * 1000);
	ck_assert_int_eq(c->engine.number_attempts_day, 3);
	ck_assert_int_eq(c->engine.number_conversations_day, 1);
	ck_assert_int_eq(c->engine.log_level, 1);
	ck_assert(!c->engine.rehearsal);
	ck_assert_uint_eq(c->store.cache, 192u << 20);
	ck_assert_uint_eq(c->speech.cache_bytes, 128u << 20);
	ck_assert(c->speech.speed > 0.99 && c->speech.speed < 1.01);
	ck_assert_int_eq(c->voice.trunks[0].register_s, 3600);
	ck_assert_int_eq(c->sms.gateway[0].validity_min, 720);
	ck_assert_uint_eq(c->n_drops, 1);
	ck_assert_str_eq(c->drop[0].id, "core");
	ck_assert_str_eq(c->drop[0].kind, "local");
	ck_assert_str_eq(config_department(c, "zeimu")->sms_sender, "0265784111");
	ck_assert_ptr_null(config_department(c, "kaigo"));
	ck_assert_str_eq(config_user_by_uid(c, 1000)->id, "taro");
	ck_assert_uint_eq((unsigned)config_user_by_uid(c, 1000)->roles,
			  ROLE_MANAGER | ROLE_OPERATOR);
	ck_assert_ptr_null(config_user_by_uid(c, 0));
	config_free(c);
	problems_free(&p);
}
END_TEST

START_TEST(forms_of_values)
{
	static const struct {
		const char *what, *line;
		int64_t tick;
	} cases[] = {
	    {"no space before the unit", "tick = 2s\n", 2000},
	    {"tabs and spaces around", "\ttick\t=\t 20 ms \n", 20},
	    {"Windows line ends", "tick = 3 s\r\n", 3000},
	    {"in quotes", "tick = \"4 s\"\n", 4000},
	    {"comments of both kinds", "# tick = 1 s\n; tick = 2 s\ntick = 5 s\n", 5000},
	    {"the least", "tick = 10 ms\n", 10},
	    {"the most", "tick = 10 s\n", 10000},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problems p;
		struct config *c;
		char text[4096];
		snprintf(text, sizeof text, "\xef\xbb\xbf%s%s%s", ENGINE, cases[i].line, REST);
		ck_assert_msg(load(text, &p, &c) == 0, "%s", cases[i].what);
		ck_assert_msg(c->engine.tick == cases[i].tick, "%s", cases[i].what);
		config_free(c);
		problems_free(&p);
	}
}
END_TEST

struct bad {
	const char *what; /* the case */
	const char *text;
	int line;
	const char *words;
};

static const struct bad bad_files[] = {
    /* the file's form */
    {"unknown section", ENGINE REST "[enigne]\n", 24, "unknown section [enigne]"},
    {"a section twice", ENGINE "[engine]\n" REST, 7, "[engine] stands twice, first in line 1"},
    {"a named section twice", ENGINE REST DROP, 24, "[drop core] stands twice, first in line 12"},
    {"a name where none belongs", ENGINE REST "[store x]\n", 24, "takes no name"},
    {"a name is missing", ENGINE REST "[drop]\n", 24, "write [drop core]"},
    {"a name with a slash", ENGINE REST "[drop a/b]\n", 24, "needs a name"},
    {"no closing bracket", ENGINE REST "[store\n", 24, "must end with ]"},
    {"an empty bracket", ENGINE REST "[]\n", 24, "unknown section"},
    {"unknown key", ENGINE "colour = red\n" REST, 7, "unknown key \"colour\""},
    {"a key nearly right", ENGINE "calls_per_secnd = 3\n" REST, 7, "\"calls_per_second\"?"},
    {"a _file for what is no secret", ENGINE "city_file = x\n" REST, 7,
     "unknown key \"city_file\""},
    {"a key twice", ENGINE "city = 202096\n" REST, 7, "stands twice, first in line 5"},
    {"no equals sign", ENGINE "rehearsal\n" REST, 7, "neither [section] nor key = value"},
    {"a key before any section", "tick = 1 s\n" ENGINE REST, 1, "before any section"},
    {"no value", ENGINE "tick =\n" REST, 7, "has no value"},
    {"a comment behind a value", ENGINE "tick = 1 s # fast\n" REST, 7, "line of its own"},
    {"no closing quote", ENGINE "socket_group = \"adm\n" REST, 7, "closing \" is missing"},
    {"not UTF-8", ENGINE "socket_group = \x90\xc5\n" REST, 7, "is not UTF-8 (byte 16"},
    {"a control character", ENGINE "socket_group = a\x01z\n" REST, 7, "control character (byte 17"},
    /* what must be there */
    {"an empty file", "", 0, "section [engine] is missing: it needs var, specs, schemas"},
    {"no city", "[engine]\nvar = v\nspecs = s\nschemas = x\ncity_name = 伊那市\n" REST, 1,
     "lacks \"city\""},
    {"no trunk", ENGINE "[trunk main]\ndomain = ina.example\n" SMS DROP DEPARTMENT USER, 7,
     "lacks \"uri\""},
    {"no gateway", ENGINE VOICE DROP DEPARTMENT USER, 0,
     "section [gateway NAME] is missing: it needs url"},
    {"no drop", ENGINE VOICE SMS DEPARTMENT USER, 0, "section [drop NAME] is missing"},
    {"no user", ENGINE VOICE SMS DROP DEPARTMENT, 0, "section [user NAME] is missing"},
    /* values */
    {"a missing unit", ENGINE "tick = 5\n" REST, 7, "needs a unit: write 5 and one of ms s min"},
    {"an unknown unit", ENGINE "tick = 5 sec\n" REST, 7, "unknown unit \"sec\""},
    {"a unit of size for a duration", ENGINE "tick = 5 MiB\n" REST, 7, "unknown unit \"MiB\""},
    {"a duration too short", ENGINE "tick = 9 ms\n" REST, 7, "a duration from 10 ms to 10 s"},
    {"a duration too long", ENGINE "tick = 11 s\n" REST, 7, "a duration from 10 ms to 10 s"},
    {"a negative duration", ENGINE "tick = -1 s\n" REST, 7, "whole number and a unit"},
    {"a duration that overflows", ENGINE "tick = 9223372036854775807 d\n" REST, 7, "too large"},
    {"a number that overflows", ENGINE "tick = 99999999999999999999 s\n" REST, 7, "whole number"},
    {"part of a second", ENGINE VOICE "register_for = 60500 ms\n" SMS DROP DEPARTMENT USER, 10,
     "whole number of s"},
    {"a number out of range", ENGINE "calls_per_second = 0\n" REST, 7, "from 1 to 500"},
    {"a number with a unit", ENGINE "calls_per_second = 5 calls\n" REST, 7, "whole number"},
    {"a number as a fraction", ENGINE "calls_per_second = 2.5\n" REST, 7, "whole number"},
    {"a size without unit", ENGINE REST "[store]\ncache = 1024\n", 25, "B KiB MiB GiB"},
    {"a size below the least", ENGINE REST "[store]\ncache = 1 KiB\n", 25, "a size from 1 MiB"},
    {"a word for a yes", ENGINE "rehearsal = true\n" REST, 7, "must be yes or no"},
    {"an unknown level", ENGINE "log_level = loud\n" REST, 7, "debug|info|warn|error"},
    {"a city of five digits",
     "[engine]\nvar = v\nspecs = s\nschemas = x\ncity = 20209\ncity_name = 伊那市\n" REST, 5,
     "six digits"},
    {"a city's check digit",
     "[engine]\nvar = v\nspecs = s\nschemas = x\ncity = 202095\ncity_name = 伊那市\n" REST, 5,
     "check digit should be 6"},
    {"no such day", ENGINE "rehearsal = yes\nrehearsal_start = 2026-02-29 08:00\n" REST, 8,
     "no time of any day"},
    {"a time in another form", ENGINE "rehearsal = yes\nrehearsal_start = 2026/12/01 8:00\n" REST,
     8, "2026-12-01 08:00"},
    {"a speed of 3", ENGINE REST "[speech]\nspeed = 3.0\n", 25, "from 0.50 to 2.00"},
    {"a speed of letters", ENGINE REST "[speech]\nspeed = fast\n", 25, "from 0.50 to 2.00"},
    {"a hyphen in a telephone number",
     ENGINE VOICE SMS DROP "[department zeimu]\nname = 税務課\nphone = 0265-78-4111\n"
			   "caller = 0265784111\n" USER,
     17, "without hyphens"},
    {"a name as bind address", ENGINE VOICE "[voice]\nbind = localhost\n" SMS DROP DEPARTMENT USER,
     11, "IPv4 or IPv6 address"},
    {"a trunk without scheme",
     ENGINE "[trunk main]\nuri = 127.0.0.1\ndomain = a\n" SMS DROP DEPARTMENT USER, 8,
     "sip: or sips:"},
    {"a trunk that goes elsewhere",
     ENGINE
     "[trunk main]\nuri = sip:127.0.0.1;maddr=192.0.2.1\ndomain = a\n" SMS DROP DEPARTMENT USER,
     8, "no parameter"},
    {"a password in a URL",
     ENGINE VOICE "[gateway k]\nurl = http://u:p@127.0.0.1/\n" DROP DEPARTMENT USER, 11,
     "user or password"},
    {"a query in a URL",
     ENGINE VOICE "[gateway k]\nurl = http://127.0.0.1/s?a=b\n" DROP DEPARTMENT USER, 11,
     "no query"},
    {"an unknown gateway", ENGINE VOICE SMS "kind = smpp\n" DROP DEPARTMENT USER, 12,
     "one of kannel"},
    {"a gateway of the other kind", ENGINE VOICE SMS "tenant = t\n" DROP DEPARTMENT USER, 12,
     "belongs to kind = karaden"},
    {"Karaden without a tenant",
     ENGINE VOICE SMS "kind = karaden\nservice = 1\npassword = t\n" DROP DEPARTMENT USER, 10,
     "tenant is needed"},
    {"Karaden without a service",
     ENGINE VOICE SMS "kind = karaden\ntenant = t\npassword = t\n" DROP DEPARTMENT USER, 10,
     "service is needed"},
    {"Karaden without its token",
     ENGINE VOICE SMS "kind = karaden\ntenant = t\nservice = 1\n" DROP DEPARTMENT USER, 10,
     "password is needed"},
    {"Karaden in clear through foreign networks",
     ENGINE VOICE "[gateway k]\nurl = http://prg.karaden.jp/api\nkind = karaden\ntenant = t\n"
		  "service = 1\npassword = t\n" DROP DEPARTMENT USER,
     11, "write https://prg.karaden.jp"},
    {"Karaden with an account",
     ENGINE VOICE SMS
     "kind = karaden\ntenant = t\nservice = 1\npassword = t\nuser = u\n" DROP DEPARTMENT USER,
     16, "belongs to kind = kannel"},
    {"a department's gateway that is not there",
     ENGINE VOICE SMS DROP DEPARTMENT "gateways = kannel other\n" USER, 19,
     "no section [gateway other]"},
    {"a department's gateway twice",
     ENGINE VOICE SMS DROP DEPARTMENT "gateways = kannel kannel\n" USER, 19, "kannel twice"},
    {"an unknown role",
     ENGINE VOICE SMS DROP DEPARTMENT
     "[user taro]\nuid = 1\nname = a\ndepartment = zeimu\nroles = manager boss\n",
     23, "unknown role \"boss\""},
    {"no role at all",
     ENGINE VOICE SMS DROP DEPARTMENT
     "[user taro]\nuid = 1\nname = a\ndepartment = zeimu\nroles = \"  \"\n",
     23, "is empty"},
    {"a uid that is a name",
     ENGINE VOICE SMS DROP DEPARTMENT
     "[user taro]\nuid = taro\nname = a\ndepartment = zeimu\nroles = manager\n",
     20, "whole number"},
    /* what belongs together */
    {"a department that is not there",
     ENGINE VOICE SMS DROP DEPARTMENT
     "[user taro]\nuid = 1\nname = a\ndepartment = kaigo\nroles = manager\n",
     22, "no section [department kaigo]"},
    {"one Unix user twice",
     ENGINE REST "[user jiro]\nuid = 1000\nname = b\ndepartment = zeimu\nroles = staff\n", 25,
     "also of [user taro]"},
    {"a start without rehearsal", ENGINE "rehearsal_start = 2026-12-01 08:00\n" REST, 7,
     "needs rehearsal = yes"},
    {"more conversations than attempts", ENGINE "number_conversations_day = 4\n" REST, 7,
     "more than number_attempts_day"},
    {"an odd RTP port", ENGINE VOICE "[voice]\nmedia_from = 20001\n" SMS DROP DEPARTMENT USER, 11,
     "must be even"},
    {"RTP ports backwards", ENGINE VOICE "[voice]\nmedia_to = 100\n" SMS DROP DEPARTMENT USER, 11,
     "below media_from"},
    {"one RTP end only", ENGINE VOICE "[voice]\nmedia_to = 0\n" SMS DROP DEPARTMENT USER, 11,
     "both be 0"},
    {"too few RTP ports", ENGINE VOICE "[voice]\nmedia_to = 20004\n" SMS DROP DEPARTMENT USER, 11,
     "ports for 3 lines, but lines = 10: raise it to 20018"},
    {"registration without account", ENGINE VOICE "register = yes\n" SMS DROP DEPARTMENT USER, 10,
     "needs user and password"},
    {"a trunk with more lines than all", ENGINE VOICE "lines = 11\n" SMS DROP DEPARTMENT USER, 10,
     "[voice] lines = 10: raise that, or lower this"},
    {"TLS without a folder",
     ENGINE
     "[trunk main]\nuri = sip:127.0.0.1;transport=tls\ndomain = a\n" SMS DROP DEPARTMENT USER,
     8, "tls_folder must name the folder"},
    {"sips without a folder",
     ENGINE "[trunk main]\nuri = sips:127.0.0.1\ndomain = a\n" SMS DROP DEPARTMENT USER, 8,
     "tls_folder must name the folder"},
    {"a TLS folder without authorities",
     ENGINE VOICE "[voice]\ntls_folder = nothing\n" SMS DROP DEPARTMENT USER, 11,
     "cafile.pem in it cannot be read"},
    {"rehearsal, the second trunk elsewhere",
     ENGINE "rehearsal = yes\n" VOICE
	    "[trunk two]\nuri = sip:192.0.2.1\ndomain = a\n" SMS DROP DEPARTMENT USER,
     12, "is not loopback"},
    {"SRTP in the clear", ENGINE VOICE "srtp = required\n" SMS DROP DEPARTMENT USER, 10,
     "keys would go in the clear"},
    {"an identity that is none", ENGINE VOICE "identity = from\n" SMS DROP DEPARTMENT USER, 10,
     "one of preferred|asserted|none"},
    {"a local drop without folder", ENGINE VOICE SMS "[drop core]\nkind = local\n" DEPARTMENT USER,
     12, "folder is needed"},
    {"a local drop with a host",
     ENGINE VOICE SMS "[drop core]\nkind = local\nfolder = d\nhost = h\n" DEPARTMENT USER, 15,
     "belongs to kind = sftp"},
    {"an sftp drop without host key",
     ENGINE VOICE SMS
     "[drop core]\nkind = sftp\nhost = h\nuser = u\nkey_file = k\n" DEPARTMENT USER,
     12, "host_key is needed"},
    {"a host key that is none",
     ENGINE VOICE SMS "[drop core]\nkind = sftp\nhost = h\nuser = u\nkey_file = k\n"
		      "host_key = MD5:00:11\n" DEPARTMENT USER,
     17, "ssh-keygen -l"},
    {"a key file that is not there",
     ENGINE VOICE SMS
     "[drop core]\nkind = sftp\nhost = h\nuser = u\nkey_file = nokey\n" DEPARTMENT USER,
     16, "No such file"},
    {"waits backwards", ENGINE VOICE SMS DROP "retry_most = 500 ms\n" DEPARTMENT USER, 15,
     "below retry_first"},
    {"two drops, one folder", ENGINE REST "[drop two]\nkind = local\nfolder = drop\n", 26,
     "also the folder of [drop core]"},
    {"a password file that is not there",
     ENGINE VOICE "user = u\npassword_file = nofile\n" SMS DROP DEPARTMENT USER, 11,
     "No such file"},
    {"password both ways",
     ENGINE VOICE "user = u\npassword = a\npassword_file = nofile\n" SMS DROP DEPARTMENT USER, 12,
     "stands twice, first in line 11"},
    {"a password without user", ENGINE VOICE "password = a\n" SMS DROP DEPARTMENT USER, 10,
     "needs user"},
    /* a rehearsal stays on loopback */
    {"rehearsal, trunk elsewhere",
     ENGINE
     "rehearsal = yes\n[trunk main]\nuri = sip:192.0.2.1\ndomain = a\n" SMS DROP DEPARTMENT USER,
     9, "is not loopback"},
    {"rehearsal, trunk by name",
     ENGINE
     "rehearsal = yes\n[trunk main]\nuri = sip:localhost\ndomain = a\n" SMS DROP DEPARTMENT USER,
     9, "is not loopback"},
    {"rehearsal, a name that begins like loopback",
     ENGINE "rehearsal = yes\n[trunk main]\nuri = sip:127.0.0.1.example\ndomain = a\n" SMS DROP
	 DEPARTMENT USER,
     9, "is not loopback"},
    {"rehearsal, gateway elsewhere",
     ENGINE "rehearsal = yes\n" VOICE
	    "[gateway k]\nurl = https://sms.example/send\n" DROP DEPARTMENT USER,
     12, "is not loopback"},
    {"rehearsal, drop elsewhere",
     ENGINE "rehearsal = yes\n" VOICE SMS
	    "[drop core]\nkind = sftp\nhost = core.example\n" DEPARTMENT USER,
     15, "is not loopback"},
};

START_TEST(bad_file)
{
	const struct bad *b = &bad_files[_i];
	struct problems p;
	struct config *c;
	int err = load(b->text, &p, &c);
	if (err != E_INVALID || !has_problem(&p, b->line, b->words)) {
		problems_print(&p, stderr);
		ck_abort_msg("%s: err %d, wanted line %d: %s", b->what, err, b->line, b->words);
	}
	ck_assert_ptr_null(c);
	problems_free(&p);
}
END_TEST

START_TEST(all_errors_at_once)
{
	struct problems p;
	struct config *c;
	ck_assert_int_eq(load(ENGINE "tick = 5\ncolour = red\nrehearsal = maybe\n" REST, &p, &c),
			 E_INVALID);
	ck_assert_uint_eq(p.errors, 3);
	ck_assert(has_problem(&p, 7, "unit"));
	ck_assert(has_problem(&p, 8, "colour"));
	ck_assert(has_problem(&p, 9, "yes or no"));
	problems_free(&p);
}
END_TEST

/* One mistake, one message: the keys of an unknown section are not judged. */
START_TEST(an_unknown_section_is_one_error)
{
	struct problems p;
	struct config *c;
	ck_assert_int_eq(load(ENGINE REST "[voise]\ntrunk = x\nnonsense = y\n", &p, &c), E_INVALID);
	ck_assert_uint_eq(p.errors, 1);
	problems_free(&p);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	struct problems p;
	struct config *c = NULL;
	problems_init(&p);
	ck_assert_int_eq(config_load("/nonexistent/osame.conf", &p, &c), E_INVALID);
	ck_assert(has_problem(&p, 0, "cannot be read: No such file"));
	problems_free(&p);
	problems_init(&p);
	ck_assert_int_eq(config_load(folder, &p, &c), E_INVALID);
	ck_assert(has_problem(&p, 0, "cannot be read: Is a directory"));
	problems_free(&p);
	char *large = malloc(CONFIG_MOST_BYTES + 1);
	memset(large, '#', CONFIG_MOST_BYTES + 1);
	ck_assert_int_eq(load_bytes(large, CONFIG_MOST_BYTES + 1, 0600, &p, &c), E_INVALID);
	ck_assert(has_problem(&p, 0, "too large"));
	problems_free(&p);
	ck_assert_int_eq(load_bytes(large, 5000, 0600, &p, &c), E_INVALID);
	ck_assert(has_problem(&p, 1, "line is too long"));
	problems_free(&p);
	free(large);
	ck_assert_int_eq(load_bytes("a\0b = c\n", 8, 0600, &p, &c), E_INVALID);
	ck_assert(has_problem(&p, 1, "control character (byte 2"));
	problems_free(&p);
}
END_TEST

START_TEST(too_many_sections)
{
	struct problems p;
	struct config *c;
	char *text = malloc(65536);
	size_t n = (size_t)snprintf(text, 65536, "%s", ENGINE REST);
	for (int i = 1; i <= CONFIG_MOST_DROPS; i++)
		n += (size_t)snprintf(text + n, 65536 - n,
				      "[drop d%d]\nkind = local\nfolder = f%d\n", i, i);
	ck_assert_int_eq(load(text, &p, &c), E_INVALID);
	ck_assert_uint_eq(p.errors, 1);
	ck_assert(has_problem(&p, 24 + 3 * (CONFIG_MOST_DROPS - 1), "too many [drop] sections"));
	problems_free(&p);
	free(text);
}
END_TEST

static TCase *files(void)
{
	TCase *t = tcase_create("files");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_right_file);
	tcase_add_test(t, forms_of_values);
	tcase_add_loop_test(t, bad_file, 0, sizeof bad_files / sizeof *bad_files);
	tcase_add_test(t, all_errors_at_once);
	tcase_add_test(t, an_unknown_section_is_one_error);
	tcase_add_test(t, files_that_cannot_be_read);
	tcase_add_test(t, too_many_sections);
	return t;
}

UNIT_MAIN("config", files)
