/* The pure parts of the packets: RTP, RFC 4733 keys, SDP. */
#include "adapters/voice/dtmf.h"
#include "adapters/voice/sdp.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- keys ---- */

struct step {
	uint32_t stamp;
	uint16_t duration;
	int64_t at_ms;
	char code; /* 'a' + code, so that 0 ends the list */
	bool marker, end;
};
#define PRESS(c) (char)('a' + (c))

static const struct {
	const char *what, *keys;
	struct step steps[16];
} presses[] = {
    {"one press: duration 0 first, the end three times with the same sequence number",
     "5",
     {{1000, 0, 0, PRESS(5), true, false},
      {1000, 320, 20, PRESS(5), false, false},
      {1000, 640, 40, PRESS(5), false, true},
      {1000, 640, 40, PRESS(5), false, true},
      {1000, 640, 41, PRESS(5), false, true}}},
    {"the beginning is lost", "9", {{1000, 640, 40, PRESS(9), false, true}}},
    {"all ends are lost; another key follows",
     "12",
     {{1000, 0, 0, PRESS(1), true, false},
      {1000, 160, 20, PRESS(1), false, false},
      {3000, 0, 250, PRESS(2), true, false}}},
    {"all ends are lost; the same key follows",
     "11",
     {{1000, 0, 0, PRESS(1), true, false},
      {1000, 160, 20, PRESS(1), false, false},
      {3000, 0, 250, PRESS(1), true, false}}},
    {"all ends and the next marker are lost",
     "11",
     {{1000, 160, 20, PRESS(1), false, false}, {3000, 160, 270, PRESS(1), false, false}}},
    {"a press of ten seconds: the timestamp moves on, no marker",
     "8",
     {{1000, 0, 0, PRESS(8), true, false},
      {1000, 65535, 8192, PRESS(8), false, false},
      {66535, 160, 8212, PRESS(8), false, false},
      {66535, 8000, 9192, PRESS(8), false, true}}},
    {"a sender that advances the timestamp with every packet",
     "3",
     {{1000, 160, 0, PRESS(3), true, false},
      {1160, 320, 20, PRESS(3), false, false},
      {1320, 480, 40, PRESS(3), false, false},
      {1480, 640, 60, PRESS(3), false, true}}},
    {"star, hash and zero",
     "*#0",
     {{1000, 0, 0, PRESS(10), true, true},
      {2000, 0, 200, PRESS(11), true, true},
      {3000, 0, 400, PRESS(0), true, true}}},
    {"A to D and flash are no keys",
     "",
     {{1000, 0, 0, PRESS(12), true, true},
      {2000, 0, 200, PRESS(15), true, true},
      {3000, 0, 400, PRESS(16), true, true}}},
    {"the same recording is played again",
     "77",
     {{1000, 0, 0, PRESS(7), true, false},
      {1000, 640, 100, PRESS(7), false, true},
      {1000, 0, 500, PRESS(7), true, false},
      {1000, 640, 600, PRESS(7), false, true}}},
    {"a packet of an old press comes late",
     "12",
     {{1000, 0, 0, PRESS(1), true, false},
      {1000, 640, 80, PRESS(1), false, true},
      {3000, 0, 250, PRESS(2), true, false},
      {1000, 480, 260, PRESS(1), false, false},
      {3000, 640, 350, PRESS(2), false, true}}},
    {"an even older packet whose press was forgotten",
     "1",
     {{9000, 0, 0, PRESS(1), true, false}, {1000, 480, 20, PRESS(4), false, false}}},
    {"the timestamp wraps",
     "12",
     {{0xfffffff0, 0, 0, PRESS(1), true, false},
      {0xfffffff0, 160, 20, PRESS(1), false, true},
      {0x00000800, 0, 300, PRESS(2), true, false}}},
};

START_TEST(one_press_is_one_key)
{
	struct dtmf d = {0};
	char keys[16] = "";
	for (const struct step *s = presses[_i].steps; s->code; s++) {
		uint8_t payload[4] = {(uint8_t)(s->code - 'a'), (uint8_t)(s->end ? 0x8a : 0x0a),
				      (uint8_t)(s->duration >> 8), (uint8_t)s->duration};
		struct rtp packet = {.marker = s->marker,
				     .stamp = s->stamp,
				     .source = 7,
				     .payload = payload,
				     .n = 4};
		char key = dtmf_feed(&d, &packet, s->at_ms);
		if (key)
			strncat(keys, &key, 1);
	}
	ck_assert_msg(strcmp(keys, presses[_i].keys) == 0, "%s: %s", presses[_i].what, keys);
}
END_TEST

START_TEST(a_short_event_is_none)
{
	struct dtmf d = {0};
	uint8_t payload[3] = {1, 0, 0};
	ck_assert_int_eq(dtmf_feed(&d, &(struct rtp){.payload = payload, .n = 3}, 0), 0);
}
END_TEST

/* sipp's captures of a real telephone, packet by packet. */
START_TEST(captures)
{
	static const char *names[] = {"0", "1", "2", "3", "4",    "5",
				      "6", "7", "8", "9", "star", "pound"};
	char path[128];
	struct dtmf d = {0};
	for (int k = 0; k < 12; k++) {
		uint8_t head[24], record[16], frame[2048];
		char keys[8] = "", want[2] = {"0123456789*#"[k], 0};
		snprintf(path, sizeof path, "/usr/share/sip-tester/dtmf_2833_%s.pcap", names[k]);
		FILE *f = fopen(path, "rb");
		if (!f) { /* sip-tester is a test package; the cases above stand alone */
			fprintf(stderr, "voice media: no captures of sip-tester: skipped\n");
			return;
		}
		ck_assert(fread(head, 1, 24, f) == 24);
		while (fread(record, 1, 16, f) == 16) {
			size_t n = record[8] | (size_t)record[9] << 8;
			struct rtp packet;
			ck_assert(n <= sizeof frame && fread(frame, 1, n, f) == n);
			ck_assert_int_eq(rtp_read(frame + 42, n - 42, &packet), 0);
			char key = dtmf_feed(&d, &packet, k * 1000);
			if (key)
				strncat(keys, &key, 1);
		}
		fclose(f);
		ck_assert_str_eq(keys, want);
	}
}
END_TEST

/* ---- RTP ---- */

START_TEST(packets_are_read_as_written)
{
	uint8_t p[RTP_HEADER + 4] = {0};
	struct rtp in = {.type = 101,
			 .marker = true,
			 .seq = 65535,
			 .stamp = 0x12345678,
			 .source = 0x9abcdef0},
		   out;
	rtp_write(&in, p);
	ck_assert_int_eq(rtp_read(p, sizeof p, &out), 0);
	ck_assert(out.type == 101 && out.marker && out.seq == 65535);
	ck_assert(out.stamp == in.stamp && out.source == in.source && out.n == 4);
}
END_TEST

static const struct {
	const char *what;
	size_t n;
	int err;
	size_t payload;
	uint8_t p[40];
} packets[] = {
    {"empty", 0, E_PROTO, 0, {0}},
    {"eleven bytes", 11, E_PROTO, 0, {0x80}},
    {"version 1", 12, E_PROTO, 0, {0x40}},
    {"header only", 12, 0, 0, {0x80}},
    {"two contributing sources", 24, 0, 4, {0x82}},
    {"sources beyond the end", 20, E_PROTO, 0, {0x8f}},
    {"an extension of one word", 24, 0, 4, {0x90, [15] = 1}},
    {"an extension beyond the end", 24, E_PROTO, 0, {0x90, [14] = 0xff, [15] = 0xff}},
    {"an extension whose head is cut", 14, E_PROTO, 0, {0x90}},
    {"padding of four", 20, 0, 4, {0xa0, [19] = 4}},
    {"padding of nothing", 20, E_PROTO, 0, {0xa0, [19] = 0}},
    {"padding into the header", 20, E_PROTO, 0, {0xa0, [19] = 9}},
    {"padding without a payload", 12, E_PROTO, 0, {0xa0}},
};

START_TEST(packets_from_outside)
{
	struct rtp out = {0};
	ck_assert_msg(rtp_read(packets[_i].p, packets[_i].n, &out) == packets[_i].err, "%s",
		      packets[_i].what);
	if (!packets[_i].err)
		ck_assert_msg(out.n == packets[_i].payload, "%s", packets[_i].what);
}
END_TEST

START_TEST(alaw)
{
	uint8_t t[256];
	rtp_alaw_table(t);
	/* Of ITU-T G.711's own table of µ-law to A-law, by value: silence, extremes, sign. */
	ck_assert_uint_eq(t[0xff], 0xd5);
	ck_assert_uint_eq(t[0x80], 0xaa);
	ck_assert_uint_eq(t[0x00], 0x2a);
	for (int u = 0; u < 256; u++) {
		if (u != 0x7f) /* but of nothing: minus zero is zero */
			ck_assert_uint_eq(t[u] & 0x80, u & 0x80);
		if ((u & 0x7f) != 0x7f && (u & 0x7f) > 0) /* louder stays louder */
			ck_assert_uint_le((t[u] ^ 0x55) & 0x7f, (t[u - 1] ^ 0x55) & 0x7f);
	}
}
END_TEST

/* ---- SDP ---- */

#define HEAD "v=0\r\no=a 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
static const struct {
	const char *what, *text;
	int err, codec, events, port;
	bool listens;
} texts[] = {
    {"as we answer ourselves",
     HEAD "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", 0, 0, 101, 4000,
     true},
    {"bare line feeds, A-law first, another event type",
     "v=0\no=a 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n"
     "m=audio 4000 RTP/AVP 18 8 0 96\na=rtpmap:96 telephone-event/8000",
     0, 8, 96, 4000, true},
    {"no keys", HEAD "m=audio 4000 RTP/AVP 0\r\n", 0, 0, -1, 4000, true},
    {"an event type that is mapped but not offered",
     HEAD "m=audio 4000 RTP/AVP 0\r\na=rtpmap:101 telephone-event/8000\r\n", 0, 0, -1, 4000, true},
    {"events at another clock rate",
     HEAD "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/16000\r\n", 0, 0, -1, 4000,
     true},
    {"on hold: sendonly", HEAD "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", 0, 0, -1, 4000, false},
    {"on hold: inactive", HEAD "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", 0, 0, -1, 4000, false},
    {"recvonly listens", HEAD "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", 0, 0, -1, 4000, true},
    {"on hold: the old way", "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", 0, 0, -1,
     4000, false},
    {"the stream's own address wins",
     "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n", 0, 0, -1, 4000,
     true},
    {"video first, audio second",
     HEAD "m=video 5000 RTP/AVP 99\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n", 0, 0, -1, 4000,
     true},
    {"a second audio stream does not count",
     HEAD "m=audio 4000 RTP/AVP 0\r\nm=audio 6000 RTP/AVP 8\r\na=inactive\r\n", 0, 0, -1, 4000,
     true},
    {"no audio of ours", HEAD "m=audio 4000 RTP/AVP 18\r\n", E_REFUSED, 0, 0, 0, false},
    {"refused: port 0", HEAD "m=audio 0 RTP/AVP 0\r\n", E_REFUSED, 0, 0, 0, false},
    {"SRTP", HEAD "m=audio 4000 RTP/SAVP 0\r\n", E_REFUSED, 0, 0, 0, false},
    {"several ports", HEAD "m=audio 4000/2 RTP/AVP 0\r\n", E_REFUSED, 0, 0, 0, false},
    {"no stream", HEAD, E_REFUSED, 0, 0, 0, false},
    {"no address", "v=0\r\nm=audio 4000 RTP/AVP 0\r\n", E_PROTO, 0, 0, 0, false},
    {"IPv6", "v=0\r\nc=IN IP6 ::1\r\nm=audio 4000 RTP/AVP 0\r\n", E_REFUSED, 0, 0, 0, false},
    {"a name", "v=0\r\nc=IN IP4 evil.example\r\nm=audio 4000 RTP/AVP 0\r\n", E_PROTO, 0, 0, 0,
     false},
    {"multicast", "v=0\r\nc=IN IP4 224.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n", E_PROTO, 0, 0, 0,
     false},
    {"broadcast", "v=0\r\nc=IN IP4 255.255.255.255\r\nm=audio 4000 RTP/AVP 0\r\n", E_PROTO, 0, 0, 0,
     false},
    {"a port that is none", HEAD "m=audio 70000 RTP/AVP 0\r\n", E_PROTO, 0, 0, 0, false},
    {"a payload type that is none", HEAD "m=audio 4000 RTP/AVP 200\r\n", E_PROTO, 0, 0, 0, false},
    {"not SDP", "hello", E_PROTO, 0, 0, 0, false},
    {"empty", "", E_PROTO, 0, 0, 0, false},
    {"a line without a type", "v=0\r\nnonsense\r\n", E_PROTO, 0, 0, 0, false},
};

START_TEST(sdp_from_outside)
{
	struct sdp_peer p = {0};
	const char *what = texts[_i].what;
	int err = sdp_read(texts[_i].text, strlen(texts[_i].text), &p);
	ck_assert_msg(err == texts[_i].err, "%s: %d", what, err);
	if (err)
		return;
	ck_assert_msg(p.codec == texts[_i].codec && p.events == texts[_i].events &&
			  p.port == texts[_i].port && p.listens == texts[_i].listens,
		      "%s: codec %d events %d port %d listens %d", what, p.codec, p.events, p.port,
		      p.listens);
}
END_TEST

START_TEST(sdp_that_is_too_long)
{
	static char text[SDP_MOST + 2];
	struct sdp_peer p;
	memset(text, 'a', sizeof text);
	memcpy(text, "v=0\n", 4);
	ck_assert_int_eq(sdp_read(text, sizeof text, &p), E_PROTO);
}
END_TEST

START_TEST(our_own_is_read_back)
{
	char text[SDP_WRITE];
	struct sdp_peer p, again;
	struct sdp_ours ours = {.addr = "192.0.2.7", .port = 40000, .session = UINT64_MAX};
	ck_assert_int_eq(sdp_write(&ours, text), 0);
	ck_assert_int_eq(sdp_read(text, strlen(text), &p), 0);
	ck_assert(p.codec == RTP_PCMU && p.events == SDP_EVENTS && p.listens && p.speaks);
	ck_assert_str_eq(p.addr, "192.0.2.7");

	/* An answer takes one codec, the other's event type, and the mirrored direction. */
	p = (struct sdp_peer){.codec = RTP_PCMA, .events = 96, .listens = false, .speaks = true};
	ours.answer_to = &p;
	ours.version = 1;
	ck_assert_int_eq(sdp_write(&ours, text), 0);
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 8 96\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "a=recvonly"));
	ck_assert_int_eq(sdp_read(text, strlen(text), &again), 0);
	ck_assert(again.events == 96 && again.codec == RTP_PCMA);
}
END_TEST

/* An answer names every stream of the offer in its order, and refuses those that are not ours. */
START_TEST(other_streams_are_refused_by_name)
{
	static const char offer[] = HEAD "m=video 5000 RTP/AVP 31 32\r\na=sendonly\r\n"
					 "m=audio 4000 RTP/AVP 0\r\n"
					 "m=audio 4002 RTP/SAVP 8\r\n"
					 "m=application 9 UDP/TLS/x *\r\n";
	static const char *const bad[] = {
	    HEAD "m=audio 4000 RTP/AVP 0\r\nm=video\r\n",
	    HEAD "m=audio 4000 RTP/AVP 0\r\nm=video 1 RTP/AVP \r\n",
	    HEAD "m=audio 4000 RTP/AVP 0\r\nm=vi\"deo 1 RTP/AVP 1\r\n",
	    HEAD
	    "m=audio 4000 RTP/AVP 0\r\nm=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaa 1 x 1\r\n",
	};
	char text[SDP_WRITE], many[SDP_MOST] = HEAD "m=audio 4000 RTP/AVP 0\r\n";
	struct sdp_peer p, again;
	struct sdp_ours ours = {.addr = "192.0.2.7", .port = 40000, .answer_to = &p};
	ck_assert_int_eq(sdp_read(offer, strlen(offer), &p), 0);
	ck_assert_int_eq(sdp_write(&ours, text), 0);
	const char *at =
	    strstr(text, "t=0 0\r\nm=video 0 RTP/AVP 31\r\nm=audio 40000 RTP/AVP 0\r\n");
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(at, "a=sendrecv\r\nm=audio 0 RTP/SAVP 8\r\n"
					 "m=application 0 UDP/TLS/x *\r\n"));
	ck_assert_int_eq(sdp_read(text, strlen(text), &again), 0);
	ck_assert_uint_eq(again.port, 40000);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(sdp_read(bad[i], strlen(bad[i]), &p) == E_PROTO, "%zu", i);
	for (int i = 0; i < 20; i++)
		strcat(many, "m=video 1 RTP/AVP 1\r\n");
	ck_assert_int_eq(sdp_read(many, strlen(many), &p), E_REFUSED);
}
END_TEST

/* A-law to µ-law and back is the same byte, or its neighbour where two share one. */
START_TEST(the_laws_agree)
{
	uint8_t to_a[256], to_u[256];
	rtp_alaw_table(to_a);
	rtp_ulaw_table(to_u);
	int others = 0;
	for (int a = 0; a < 256; a++) {
		int back = to_a[to_u[a]] ^ 0x55, was = a ^ 0x55;
		ck_assert_msg(abs((back & 0x7f) - (was & 0x7f)) <= 1 &&
				  (back & 0x80) == (was & 0x80),
			      "%d: %d", was, back);
		others += back != was;
	}
	ck_assert_int_le(others, 32);
	ck_assert_int_eq(rtp_ulaw_of(0), 0xff);
	ck_assert_int_eq(rtp_ulaw_of(32767), 0x80);
	ck_assert_int_eq(rtp_ulaw_of(-32768), 0x00);
}
END_TEST

static TCase *media_case(void)
{
	TCase *t = tcase_create("media");
	tcase_add_loop_test(t, one_press_is_one_key, 0, sizeof presses / sizeof *presses);
	tcase_add_test(t, a_short_event_is_none);
	tcase_add_test(t, captures);
	tcase_add_test(t, packets_are_read_as_written);
	tcase_add_loop_test(t, packets_from_outside, 0, sizeof packets / sizeof *packets);
	tcase_add_test(t, alaw);
	tcase_add_test(t, the_laws_agree);
	tcase_add_loop_test(t, sdp_from_outside, 0, sizeof texts / sizeof *texts);
	tcase_add_test(t, sdp_that_is_too_long);
	tcase_add_test(t, our_own_is_read_back);
	tcase_add_test(t, other_streams_are_refused_by_name);
	return t;
}

UNIT_MAIN("voice media", media_case)
