/* The console's allow-list: addresses and networks. */
#include "console/net.h"
#include "tests/support/unit.h"

#include <string.h>

START_TEST(who_is_let_in)
{
	static const struct {
		const char *what, *networks, *address;
		bool in;
	} cases[] = {
	    {"nobody, if nothing is written", "", "127.0.0.1", false},
	    {"one address", "192.0.2.7", "192.0.2.7", true},
	    {"not its neighbour", "192.0.2.7", "192.0.2.6", false},
	    {"a network's first", "10.0.0.0/8", "10.0.0.0", true},
	    {"a network's last", "10.0.0.0/8", "10.255.255.255", true},
	    {"one beyond", "10.0.0.0/8", "11.0.0.0", false},
	    {"a length that is no whole byte", "192.0.2.128/25", "192.0.2.127", false},
	    {"… inside it", "192.0.2.128/25", "192.0.2.200", true},
	    {"the second of two", "10.0.0.0/8 \t 192.0.2.0/24", "192.0.2.1", true},
	    {"all of IPv4 is none of IPv6", "0.0.0.0/0", "2001:db8::1", false},
	    {"all of IPv6 is none of IPv4", "::/0", "192.0.2.1", false},
	    {"IPv6", "2001:db8::/32", "2001:db8:ffff::1", true},
	    {"IPv6, one beyond", "2001:db8::/32", "2001:db9::1", false},
	    {"IPv4 in IPv6's clothes", "192.0.2.0/24", "::ffff:192.0.2.9", true},
	    {"a network in IPv6's clothes", "::ffff:192.0.2.0/120", "192.0.2.9", true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct networks n;
		struct network a;
		char bad[64] = "";
		ck_assert_msg(networks_parse(cases[i].networks, &n, bad) == 0, "%s: %s",
			      cases[i].what, bad);
		ck_assert_int_eq(net_of_text(cases[i].address, &a), 0);
		ck_assert_msg(networks_have(&n, &a) == cases[i].in, "%s", cases[i].what);
	}
}
END_TEST

START_TEST(what_is_no_network)
{
	static const char *const words[] = {
	    "10.1.2.3/8",
	    "10.0.0.0/33",
	    "2001:db8::/129",
	    "10.0.0.0/",
	    "10.0.0.0/-1",
	    "10.0.0.0/ 8",
	    "10.0.0.0/8x",
	    "house",
	    "10.0.0",
	    "1.2.3.4.5",
	    "::g",
	    "/8",
	    "0.0.0.0/08x",
	    "2001:db8::1/32",
	    "1111111111111111111111111111111111111111111111111111111111111111111111111111111",
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct networks n;
		char bad[64] = "";
		ck_assert_msg(networks_parse(words[i], &n, bad) == E_INVALID, "%s", words[i]);
	}
}
END_TEST

static TCase *net_case(void)
{
	TCase *t = tcase_create("net");
	tcase_add_test(t, who_is_let_in);
	tcase_add_test(t, what_is_no_network);
	return t;
}

UNIT_MAIN("console net", net_case)
