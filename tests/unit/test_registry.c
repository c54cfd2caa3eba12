/* The registry: this build is whole, and what is missing is found at start. */
#include "engine/registry.h"
#include "tests/support/unit.h"

#include <string.h>

START_TEST(this_build_is_whole)
{
	struct problems p;
	problems_init(&p);
	int err = registry_check(registry(), &p);
	problems_print(&p, stderr);
	ck_assert_int_eq(err, 0);
	problems_free(&p);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
	struct ports ports = *registry();
	struct voice_ops voice = *ports.voice;
	struct problems p;
	problems_init(&p);
	voice.stop = NULL;
	ports.voice = &voice;
	ports.text = NULL;
	ck_assert_int_eq(registry_check(&ports, &p), E_INVALID);
	ck_assert_uint_eq(p.errors, 2);
	ck_assert_str_eq(p.list[0].file, "voice");
	ck_assert_ptr_nonnull(strstr(p.list[0].what, "stop()"));
	ck_assert_str_eq(p.list[1].file, "text");
	ck_assert_ptr_nonnull(strstr(p.list[1].what, "no adapter"));
	problems_free(&p);
}
END_TEST

static TCase *registry_case(void)
{
	TCase *t = tcase_create("registry");
	tcase_add_test(t, this_build_is_whole);
	tcase_add_test(t, what_is_missing_is_named);
	return t;
}

UNIT_MAIN("registry", registry_case)
