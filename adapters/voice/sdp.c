/*
 * See sdp.h. Our own reader, because what we accept is small and comes from
 * outside: one audio stream, RTP/AVP or RTP/SAVP with one crypto that we can do, PCMU or PCMA,
 * telephone-event/8000, IPv4 literals. Names are refused (a look-up would block the sip thread), as
 * are addresses that are not one host: nobody may aim our packets at a network. Other
 * streams are refused by name.
 */
#include "adapters/voice/sdp.h"
#include "adapters/voice/rtp.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct reading {
	struct sdp_peer peer;
	int types[32]; /* payload types of the audio line, in its order */
	size_t n_types;
	bool session_addr, media_addr, audio, in_audio, in_session, hold, has_key;
};

/* An unsigned decimal of at most five digits at *p; moves *p behind it. */
static bool number(const char **p, const char *end, int most, int *ret)
{
	int v = 0;
	const char *s = *p;
	while (s < end && *s >= '0' && *s <= '9' && s - *p < 5)
		v = v * 10 + (*s++ - '0');
	if (s == *p || v > most || (s < end && *s >= '0' && *s <= '9'))
		return false;
	*p = s;
	*ret = v;
	return true;
}

static bool starts(const char *s, const char *end, const char *word)
{
	size_t n = strlen(word);
	return (size_t)(end - s) >= n && memcmp(s, word, n) == 0;
}

static bool is(const char *s, const char *end, const char *word)
{
	return starts(s, end, word) && s + strlen(word) == end;
}

/* "IN IP4 192.0.2.1" */
static int read_address(struct reading *r, const char *s, const char *end)
{
	char text[16];
	struct in_addr addr;
	if (!starts(s, end, "IN IP4 "))
		return E_REFUSED;
	s += strlen("IN IP4 ");
	if (end == s || (size_t)(end - s) >= sizeof text)
		return E_PROTO;
	memcpy(text, s, (size_t)(end - s));
	text[end - s] = 0;
	if (inet_pton(AF_INET, text, &addr) != 1)
		return E_PROTO;
	uint32_t host = ntohl(addr.s_addr);
	if (host == 0)
		r->hold = true; /* RFC 2543 */
	else if (host >> 24 == 0 || host >> 28 >= 0xe)
		return E_PROTO; /* "this" network, multicast, broadcast */
	else if (r->in_audio)
		r->hold = false;
	memcpy(r->peer.addr, text, sizeof text);
	return 0;
}

/* "49170 RTP/AVP 0 8 101" */
static int read_audio(struct reading *r, const char *s, const char *end)
{
	int port, type;
	if (!number(&s, end, 65535, &port))
		return E_PROTO;
	r->peer.port = (uint16_t)port;
	if (starts(s, end, "/"))
		return E_REFUSED; /* several ports */
	r->peer.secure = starts(s, end, " RTP/SAVP ");
	if (!r->peer.secure && !starts(s, end, " RTP/AVP "))
		return E_REFUSED;
	s += r->peer.secure ? strlen(" RTP/SAVP") : strlen(" RTP/AVP");
	while (s < end) {
		if (*s++ != ' ' || !number(&s, end, 127, &type))
			return E_PROTO;
		if (r->n_types < sizeof r->types / sizeof *r->types)
			r->types[r->n_types++] = type;
	}
	return 0;
}

/* One word of a line and the blank behind it; empty: there is none, or it has bytes that no word of
 * ours may carry on. */
static size_t word(const char **s, const char *end)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/.+-_*";
	size_t n = 0;
	while (*s + n < end && (*s)[n] && strchr(plain, (*s)[n]))
		n++;
	*s += n + (*s + n < end);
	return *s == end || (*s)[-1] == ' ' ? n : 0;
}

/* "video 51372 RTP/AVP 31 32": in an answer "video 0 RTP/AVP 31" */
static int read_other(struct reading *r, const char *s, const char *end)
{
	char *out = r->audio ? r->peer.after : r->peer.before;
	size_t used = strlen(out);
	const char *media = s;
	size_t n_media = word(&s, end), n_port = word(&s, end);
	const char *proto = s;
	size_t n_proto = word(&s, end);
	const char *format = s;
	size_t n_format = word(&s, end);
	if (!n_media || !n_port || !n_proto || !n_format || n_media + n_proto + n_format > 64)
		return E_PROTO;
	int n = snprintf(out + used, SDP_OTHERS - used, "m=%.*s 0 %.*s %.*s\r\n", (int)n_media,
			 media, (int)n_proto, proto, (int)n_format, format);
	return n < 0 || (size_t)n >= SDP_OTHERS - used ? E_REFUSED : 0;
}

/* "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31": the first that we can do. A lifetime is passed over
 * (a call is far shorter); several keys (MKI) and session parameters are not done. */
static void read_crypto(struct reading *r, const char *s, const char *end)
{
	static const char suite[] = " AES_CM_128_HMAC_SHA1_80 inline:";
	int tag;
	if (r->has_key || !number(&s, end, 9999, &tag) || !starts(s, end, suite))
		return;
	s += strlen(suite);
	const char *stop = memchr(s, '|', (size_t)(end - s));
	if (memchr(s, ' ', (size_t)(end - s)) || (stop && memchr(stop, ':', (size_t)(end - stop))))
		return;
	r->has_key = cipher_key_read(s, (size_t)((stop ? stop : end) - s), r->peer.key);
	r->peer.tag = tag;
}

/* "rtpmap:101 telephone-event/8000" and the directions */
static int read_attribute(struct reading *r, const char *s, const char *end)
{
	int type;
	bool mine = r->in_audio || r->in_session;
	if (!mine)
		return 0;
	if (is(s, end, "sendonly"))
		r->peer.listens = false, r->peer.speaks = true;
	else if (is(s, end, "recvonly"))
		r->peer.listens = true, r->peer.speaks = false;
	else if (is(s, end, "inactive"))
		r->peer.listens = r->peer.speaks = false;
	else if (is(s, end, "sendrecv"))
		r->peer.listens = r->peer.speaks = true;
	else if (r->in_audio && starts(s, end, "crypto:"))
		read_crypto(r, s + strlen("crypto:"), end);
	else if (r->in_audio && starts(s, end, "rtpmap:")) {
		s += strlen("rtpmap:");
		if (!number(&s, end, 127, &type) || s == end || *s++ != ' ')
			return E_PROTO;
		if (is(s, end, "telephone-event/8000") || is(s, end, "telephone-event/8000/1"))
			r->peer.events = type;
	}
	return 0;
}

static int read_line(struct reading *r, const char *s, const char *end)
{
	if (end - s < 2 || s[1] != '=')
		return E_PROTO;
	const char *value = s + 2;
	switch (*s) {
	case 'm':
		r->in_session = false;
		r->in_audio = !r->audio && starts(value, end, "audio ");
		if (!r->in_audio)
			return read_other(r, value, end);
		r->audio = true;
		return read_audio(r, value + strlen("audio "), end);
	case 'c':
		if (r->in_session)
			r->session_addr = true;
		else if (r->in_audio)
			r->media_addr = true;
		else
			return 0;
		return read_address(r, value, end);
	case 'a':
		return read_attribute(r, value, end);
	default:
		return 0;
	}
}

static int choose(struct reading *r)
{
	bool events = false;
	r->peer.codec = -1;
	for (size_t i = 0; i < r->n_types; i++) {
		int type = r->types[i];
		events = events || type == r->peer.events;
		if (r->peer.codec < 0 && (type == RTP_PCMU || type == RTP_PCMA))
			r->peer.codec = type;
	}
	if (!events)
		r->peer.events = -1; /* mapped, but not offered */
	if (r->peer.codec < 0 || r->peer.port == 0 || (r->peer.secure && !r->has_key))
		return E_REFUSED;
	return r->session_addr || r->media_addr ? 0 : E_PROTO;
}

int sdp_read(const char *s, size_t n, struct sdp_peer *ret_peer)
{
	struct reading r = {.peer = {.events = -1, .listens = true, .speaks = true},
			    .in_session = true};
	const char *end = s + n;
	if (n == 0 || n > SDP_MOST || !starts(s, end, "v=0"))
		return E_PROTO;
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		const char *stop = nl ? nl : end, *next = nl ? nl + 1 : end;
		if (stop > s && stop[-1] == '\r')
			stop--;
		if (stop > s) {
			int err = read_line(&r, s, stop);
			if (err)
				return err;
		}
		s = next;
	}
	int err = choose(&r);
	if (err)
		return err;
	if (r.hold)
		r.peer.listens = false;
	*ret_peer = r.peer;
	return 0;
}

static const char *direction(const struct sdp_peer *to)
{
	if (!to || (to->listens && to->speaks))
		return "sendrecv";
	if (to->listens)
		return "sendonly";
	return to->speaks ? "recvonly" : "inactive";
}

int sdp_write(const struct sdp_ours *ours, char out[SDP_WRITE])
{
	const struct sdp_peer *to = ours->answer_to;
	char types[32] = "0 8", more[16] = "",
	     maps[96] = "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n";
	char events[96] = "", crypto[96] = "";
	int event_type = to ? to->events : SDP_EVENTS;
	if (to) {
		snprintf(types, sizeof types, "%d", to->codec);
		snprintf(maps, sizeof maps, "a=rtpmap:%d %s/8000\r\n", to->codec,
			 to->codec == RTP_PCMU ? "PCMU" : "PCMA");
	}
	if (event_type >= 0) {
		snprintf(more, sizeof more, " %d", event_type);
		snprintf(events, sizeof events,
			 "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event_type,
			 event_type);
	}
	if (ours->key)
		snprintf(crypto, sizeof crypto, "a=crypto:%d AES_CM_128_HMAC_SHA1_80 inline:%s\r\n",
			 to ? to->tag : 1, ours->key);
	int n =
	    snprintf(out, SDP_WRITE,
		     "v=0\r\no=osame %" PRIu64 " %u IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
		     "%sm=audio %u RTP/%s %s%s\r\n%s%s%sa=ptime:20\r\na=%s\r\n%s",
		     ours->session, ours->version, ours->addr, ours->addr, to ? to->before : "",
		     ours->port, ours->key ? "SAVP" : "AVP", types, more, maps, events, crypto,
		     direction(to), to ? to->after : "");
	return n < 0 || n >= SDP_WRITE ? E_LIMIT : 0;
}
