/* Keys of SRTP in text and in descriptions; packets sealed, opened, forged and repeated. */
#include "adapters/voice/sdp.h"
#include "adapters/voice/srtp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" /* of RFC 4568 */

START_TEST(keys_in_text)
{
	uint8_t key[CIPHER_KEY], again[CIPHER_KEY];
	char text[CIPHER_TEXT];
	ck_assert(cipher_key_read(KEY, strlen(KEY), key));
	cipher_key_text(key, text);
	ck_assert_str_eq(text, KEY);
	ck_assert(!cipher_key_read(KEY, strlen(KEY) - 1, key));
	ck_assert(!cipher_key_read("WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGV=", 40, key));
	ck_assert(!cipher_key_read("WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVub\0Vz", 40, key));
	ck_assert_int_eq(cipher_key_new(key), 0);
	ck_assert_int_eq(cipher_key_new(again), 0);
	ck_assert(memcmp(key, again, sizeof key) != 0);
}
END_TEST

#define SDP(audio, more)                                                                           \
	"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "   \
	"RTP/" audio " 0\r\n" more
#define GOOD "AES_CM_128_HMAC_SHA1_80 inline:" KEY

static const struct {
	const char *what, *text;
	int err;
	bool secure;
	int tag;
} texts[] = {
    {"in the clear", SDP("AVP", ""), 0, false, 0},
    {"a key beside RTP/AVP is no SRTP", SDP("AVP", "a=crypto:1 " GOOD "\r\n"), 0, false, 0},
    {"SRTP", SDP("SAVP", "a=crypto:1 " GOOD "\r\n"), 0, true, 1},
    {"with a lifetime", SDP("SAVP", "a=crypto:2 " GOOD "|2^31\r\n"), 0, true, 2},
    {"the first that we can do",
     SDP("SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" KEY "\r\na=crypto:7 " GOOD "\r\n"), 0,
     true, 7},
    {"SRTP without a key", SDP("SAVP", ""), E_REFUSED, false, 0},
    {"another suite alone", SDP("SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:" KEY "\r\n"),
     E_REFUSED, false, 0},
    {"a short key", SDP("SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n"), E_REFUSED,
     false, 0},
    {"an MKI", SDP("SAVP", "a=crypto:1 " GOOD "|2^20|1:4\r\n"), E_REFUSED, false, 0},
    {"session parameters that would switch encryption off",
     SDP("SAVP", "a=crypto:1 " GOOD " UNENCRYPTED_SRTP\r\n"), E_REFUSED, false, 0},
    {"a key before the stream",
     "v=0\r\na=crypto:1 " GOOD "\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/SAVP 0\r\n", E_REFUSED,
     false, 0},
    {"DTLS", SDP("SAVPF", "a=crypto:1 " GOOD "\r\n"), E_REFUSED, false, 0},
};

START_TEST(descriptions)
{
	struct sdp_peer p;
	int err = sdp_read(texts[_i].text, strlen(texts[_i].text), &p);
	ck_assert_msg(err == texts[_i].err, "%s: %d", texts[_i].what, err);
	if (!err)
		ck_assert_msg(p.secure == texts[_i].secure && (!p.secure || p.tag == texts[_i].tag),
			      "%s", texts[_i].what);
}
END_TEST

START_TEST(ours_is_read_back)
{
	struct sdp_ours ours = {.addr = "192.0.2.7", .port = 4000, .key = KEY};
	struct sdp_peer p, theirs;
	char text[SDP_WRITE];
	uint8_t key[CIPHER_KEY];
	ck_assert(cipher_key_read(KEY, strlen(KEY), key));
	ck_assert_int_eq(sdp_write(&ours, text), 0);
	ck_assert_int_eq(sdp_read(text, strlen(text), &p), 0);
	ck_assert(p.secure && p.tag == 1 && memcmp(p.key, key, sizeof key) == 0);
	p.tag = 5; /* an answer names the line that it took */
	ours.answer_to = &p;
	ck_assert_int_eq(sdp_write(&ours, text), 0);
	ck_assert_int_eq(sdp_read(text, strlen(text), &theirs), 0);
	ck_assert(theirs.secure && theirs.tag == 5);
}
END_TEST

START_TEST(sealed_and_opened)
{
	_Alignas(4) uint8_t plain[172], packet[172 + CIPHER_TRAILER], again[172 + CIPHER_TRAILER];
	uint8_t key[CIPHER_KEY], other[CIPHER_KEY] = {1};
	struct cipher *seal, *open, *stranger;
	ck_assert(cipher_key_read(KEY, strlen(KEY), key));
	ck_assert_int_eq(cipher_new(key, true, &seal), 0);
	ck_assert_int_eq(cipher_new(key, false, &open), 0);
	ck_assert_int_eq(cipher_new(other, false, &stranger), 0);
	for (unsigned seq = 0; seq < 300; seq++) {
		size_t n = sizeof plain;
		for (size_t i = 0; i < n; i++)
			plain[i] = (uint8_t)(i * 7 + seq);
		memcpy(plain, (uint8_t[]){0x80, 0, (uint8_t)(seq >> 8), (uint8_t)seq}, 4);
		memset(plain + 4, 9, 8);
		memcpy(packet, plain, n);
		ck_assert_int_eq(cipher_seal(seal, packet, &n), 0);
		ck_assert_uint_eq(n, sizeof plain + 10);
		ck_assert(memcmp(packet + 12, plain + 12, sizeof plain - 12) != 0);
		memcpy(again, packet, n);
		size_t m = n;
		ck_assert_msg(cipher_open(stranger, again, &m) == E_REFUSED, "another key");
		memcpy(again, packet, n);
		again[40] ^= 1;
		m = n;
		ck_assert_msg(cipher_open(open, again, &m) == E_REFUSED, "damaged");
		memcpy(again, packet, n);
		m = n;
		ck_assert_int_eq(cipher_open(open, packet, &n), 0);
		ck_assert(n == sizeof plain && memcmp(packet, plain, n) == 0);
		ck_assert_msg(cipher_open(open, again, &m) == E_REFUSED, "repeated");
	}
	size_t few = 3;
	ck_assert_int_eq(cipher_open(open, packet, &few), E_REFUSED);
	cipher_free(seal);
	cipher_free(open);
	cipher_free(stranger);
	cipher_free(NULL);
}
END_TEST

static TCase *srtp_case(void)
{
	TCase *t = tcase_create("srtp");
	tcase_add_test(t, keys_in_text);
	tcase_add_loop_test(t, descriptions, 0, sizeof texts / sizeof *texts);
	tcase_add_test(t, ours_is_read_back);
	tcase_add_test(t, sealed_and_opened);
	return t;
}

UNIT_MAIN("voice srtp", srtp_case)
