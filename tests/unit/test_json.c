/* JSON behind engine/json.h: what is refused when read, and that no text has holes. */
#include "engine/json.h"
#include "tests/support/unit.h"

#include <jansson.h>
#include <string.h>

START_TEST(what_is_read_and_what_is_refused)
{
	static const struct {
		const char *what, *text;
		size_t n; /* 0: strlen */
		int err;
	} cases[] = {
	    {"an object", "{\"a\":1}", 0, 0},
	    {"spaces around", " {} ", 0, 0},
	    {"depth at the limit", "[[[[1]]]]", 0, 0},
	    {"depth over the limit", "[[[[[1]]]]]", 0, E_LIMIT},
	    {"brackets in a string are no depth", "[\"[[[[[[[[\"]", 0, 0},
	    {"a quote behind a backslash in a string", "[\"\\\"[[[[[[[\"]", 0, 0},
	    {"nothing", "", 0, E_INVALID},
	    {"a lone number", "1", 0, E_INVALID},
	    {"text behind the value", "{} {}", 0, E_INVALID},
	    {"cut off", "{\"a\":", 0, E_INVALID},
	    {"a key twice", "{\"a\":1,\"a\":2}", 0, E_INVALID},
	    {"a NUL byte", "{\"a\":\"\0\"}", 9, E_INVALID},
	    {"an escaped NUL", "{\"a\":\"\\u0000\"}", 0, E_INVALID},
	    {"not UTF-8", "{\"a\":\"\x90\xc5\"}", 0, E_INVALID},
	    {"half a surrogate", "{\"a\":\"\\ud800\"}", 0, E_INVALID},
	    {"an integer beyond 64 bits", "{\"a\":92233720368547758080}", 0, E_INVALID},
	    {"a comment", "{/* */}", 0, E_INVALID},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *j = NULL;
		size_t n = cases[i].n ? cases[i].n : strlen(cases[i].text);
		int err = json_parse(cases[i].text, n, 4, &j);
		ck_assert_msg(err == cases[i].err, "%s: %d", cases[i].what, err);
		json_free(j);
	}
}
END_TEST

static int collect(void *arg, const char *key, const struct json *value)
{
	char *to = arg;
	strcat(to, key);
	return json_kind(value) == JSON_KIND_BOOL ? 7 : 0;
}

START_TEST(members)
{
	static const char text[] =
	    "{\"s\":\"伊那\",\"i\":-5,\"r\":1.5,\"l\":[10,20],\"b\":true,\"n\":null}";
	struct json *j;
	const char *s = "x";
	int64_t n = 9;
	bool yes = false;
	char keys[32] = "";
	ck_assert_int_eq(json_parse(text, sizeof text - 1, 4, &j), 0);
	ck_assert(json_get_str(j, "s", &s));
	ck_assert_str_eq(s, "伊那");
	ck_assert(!json_get_str(j, "i", &s));
	ck_assert_str_eq(s, "伊那");
	ck_assert(json_get_int(j, "i", &n));
	ck_assert_int_eq(n, -5);
	ck_assert(!json_get_int(j, "r", &n));
	ck_assert(!json_get_int(j, "none", &n));
	ck_assert_int_eq(n, -5);
	ck_assert(json_get_bool(j, "b", &yes));
	ck_assert(yes);
	ck_assert(!json_get_bool(j, "n", &yes));
	ck_assert_ptr_null(json_get(j, "none"));
	ck_assert_uint_eq(json_count(json_get(j, "l")), 2);
	ck_assert_int_eq(json_int(json_at(json_get(j, "l"), 1)), 20);
	ck_assert_ptr_null(json_at(json_get(j, "l"), 2));
	ck_assert_uint_eq(json_count(j), 6);
	ck_assert_uint_eq(json_count(json_get(j, "s")), 0);
	ck_assert_str_eq(json_str(json_get(j, "i")), "");
	ck_assert(json_real_of(json_get(j, "r")) > 1.4);
	ck_assert(json_bool_of(json_get(j, "b")));
	ck_assert_int_eq(json_kind(json_get(j, "n")), JSON_KIND_NULL);
	ck_assert_int_eq(json_each(j, collect, keys), 7); /* stopped at b */
	ck_assert_str_eq(keys, "sirlb");
	json_free(j);
	json_free(NULL);
}
END_TEST

static struct json *build(void)
{
	struct json *j = json_new_object();
	struct json *list = json_new_array();
	json_put_str(j, "name", "a\nb\x90\xc5");
	json_put_str(j, "none", NULL);
	json_put_int(j, "n", INT64_MIN);
	json_put_bool(j, "b", false);
	json_add(list, json_new_str("髙橋"));
	json_add(list, json_new_real(0.5));
	json_put(j, "list", list);
	return j;
}

START_TEST(one_line_is_written)
{
	struct json *j = build();
	char *text;
	size_t n;
	ck_assert_int_eq(json_text(j, &text, &n), 0);
	ck_assert_str_eq(text, "{\"name\":\"a\\nb\xef\xbf\xbd\xef\xbf\xbd\",\"none\":null,"
			       "\"n\":-9223372036854775808,\"b\":false,\"list\":[\"髙橋\",0.5]}");
	ck_assert_uint_eq(n, strlen(text));
	free(text);
	json_free(j);
}
END_TEST

/* Every allocation fails in its turn: the text is whole, or there is none. */
static long allowed;

static void *failing_malloc(size_t n)
{
	return allowed-- > 0 ? malloc(n) : NULL;
}

START_TEST(no_memory_leaves_no_hole)
{
	char *whole, *text;
	size_t n;
	long tries = 0;
	struct json *j = build();
	ck_assert_int_eq(json_text(j, &whole, &n), 0);
	json_free(j);
	json_set_alloc_funcs(failing_malloc, free);
	for (;; tries++) {
		allowed = tries;
		j = build();
		int err = json_text(j, &text, &n);
		json_free(j);
		if (err == 0)
			break;
		ck_assert_int_eq(err, E_NOMEM);
		ck_assert_int_lt(tries, 1000);
	}
	json_set_alloc_funcs(malloc, free);
	ck_assert_int_gt(tries, 8);
	ck_assert_str_eq(text, whole);
	free(text);
	free(whole);
	/* the failure is not remembered for ever */
	j = build();
	ck_assert_int_eq(json_text(j, &text, &n), 0);
	free(text);
	json_free(j);
}
END_TEST

static TCase *json_case(void)
{
	TCase *t = tcase_create("json");
	tcase_add_test(t, what_is_read_and_what_is_refused);
	tcase_add_test(t, members);
	tcase_add_test(t, one_line_is_written);
	tcase_add_test(t, no_memory_leaves_no_hole);
	return t;
}

UNIT_MAIN("json", json_case)
