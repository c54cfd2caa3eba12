/*
 * What no single key can tell: values that belong together, names that must
 * exist, files that must be ours, and the rule that a rehearsal never leaves
 * loopback.
 */
#include "engine/config/load.h"
#include "engine/config/uri.h"
#include "engine/plan/hours.h"
#include "engine/plan/phone.h"

#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A value that failed to parse is not judged again: its member is empty. */
static bool joined(char *out, size_t size, const char *folder, const char *name)
{
	return snprintf(out, size, "%s/%s", folder, name) < (int)size;
}

static void derived(struct load *l)
{
	struct config *c = l->c;
	if (!*c->store.home && !joined(c->store.home, sizeof c->store.home, c->engine.var, "store"))
		load_error(l, SECTION_ENGINE, 0, "var", "is too long a path");
	if (!*c->speech.lexicon &&
	    !joined(c->speech.lexicon, sizeof c->speech.lexicon, c->engine.specs, "lexicon"))
		load_error(l, SECTION_ENGINE, 0, "specs", "is too long a path");
	for (size_t i = 0; i < c->n_departments; i++)
		if (!*c->department[i].sms_sender)
			memcpy(c->department[i].sms_sender, c->department[i].caller, MAX_NUMBER);
}

static void check_engine(struct load *l)
{
	const struct config_engine *e = &l->c->engine;
	if (strlen(e->socket) >= sizeof((struct sockaddr_un *)0)->sun_path)
		load_error(l, SECTION_ENGINE, 0, "socket",
			   "is too long for a socket: at most %zu bytes",
			   sizeof((struct sockaddr_un *)0)->sun_path - 1);
	if (e->number_conversations_day > e->number_attempts_day)
		load_error(l, SECTION_ENGINE, 0, "number_conversations_day",
			   "is more than number_attempts_day: lower it");
	if (e->rehearsal_start && !e->rehearsal)
		load_error(l, SECTION_ENGINE, 0, "rehearsal_start",
			   "needs rehearsal = yes, or remove it");
}

static void check_voice(struct load *l)
{
	const struct voice_config *v = &l->c->voice;
	if ((v->media_from == 0) != (v->media_to == 0))
		load_error(l, SECTION_VOICE, 0, "media_to",
			   "and media_from must both be 0, or both be ports");
	else if (v->media_from % 2)
		load_error(l, SECTION_VOICE, 0, "media_from",
			   "must be even: RTP takes even ports, RTCP the odd ones");
	else if (v->media_from > v->media_to)
		load_error(l, SECTION_VOICE, 0, "media_to", "is below media_from: raise it");
	else if (v->media_from && (v->media_to - v->media_from) / 2 + 1 < v->lines)
		load_error(l, SECTION_VOICE, 0, "media_to",
			   "leaves ports for %d lines, but lines = %d: raise it to %d or more",
			   (v->media_to - v->media_from) / 2 + 1, v->lines,
			   v->media_from + 2 * (v->lines - 1));
	char list[sizeof v->inbound_from], *rest;
	snprintf(list, sizeof list, "%s", v->inbound_from);
	for (char *w = strtok_r(list, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		if (inet_pton(AF_INET, w, &(struct in_addr){0}) != 1)
			load_error(l, SECTION_VOICE, 0, "inbound_from",
				   "holds %s: write IPv4 addresses with spaces between", w);
}

static bool on_tls(const struct voice_trunk *t)
{
	return strncmp(t->uri, "sips:", 5) == 0 || strstr(t->uri, ";transport=tls");
}

static void check_trunk(struct load *l, size_t i)
{
	const struct voice_trunk *t = &l->c->voice.trunks[i];
	if (t->do_register && !*t->user)
		load_error(l, SECTION_TRUNK, i, "register", "= yes needs user and password");
	if (*t->password && !*t->user)
		load_error(l, SECTION_TRUNK, i, "password", "needs user");
	if (t->lines > l->c->voice.lines)
		load_error(l, SECTION_TRUNK, i, "lines",
			   "= %d, but [voice] lines = %d: raise that, or lower this", t->lines,
			   l->c->voice.lines);
	if (t->srtp == SRTP_REQUIRED && !on_tls(t))
		load_error(l, SECTION_TRUNK, i, "srtp",
			   "= required, but the sound's keys would go in the clear: write the uri "
			   "with ;transport=tls");
	if (on_tls(t) && !*l->c->voice.tls_folder)
		load_error(l, SECTION_TRUNK, i, "uri",
			   "is TLS: [voice] tls_folder must name the folder with cafile.pem");
}

/* Sofia starts without either file, and then trusts nobody, or is nobody: said here instead. */
static void check_tls_folder(struct load *l)
{
	char path[MAX_PATH_BYTES], why[MAX_WORDS];
	const char *folder = l->c->voice.tls_folder;
	struct stat st;
	int fd;
	if (!*folder)
		return;
	if (!joined(path, sizeof path, folder, "cafile.pem") || access(path, R_OK) != 0)
		load_error(l, SECTION_VOICE, 0, "tls_folder",
			   "= %s: cafile.pem in it cannot be read: %s", folder, strerror(errno));
	else if (stat(folder, &st) == 0 && (st.st_mode & S_IWOTH))
		load_error(l, SECTION_VOICE, 0, "tls_folder",
			   "= %s: everybody may put a certificate there: chmod o-w %s", folder,
			   folder);
	if (!joined(path, sizeof path, folder, "agent.pem") || access(path, F_OK) != 0)
		return;
	if (secret_file_check(path, &fd, why) != 0)
		load_error(l, SECTION_VOICE, 0, "tls_folder", "%s", why);
	else
		close(fd);
}

/* Keys of the other kind are refused: who wrote them believes something that is not so. */
static void check_drop(struct load *l, size_t i)
{
	static const char *const sftp[] = {"host", "user", "key_file", "host_key"};
	static const char *const only_sftp[] = {"port", "key_passphrase", "root", "timeout"};
	const struct drop_config *d = &l->c->drop[i];
	bool remote = strcmp(d->kind, "sftp") == 0;
	if (!*d->kind)
		return;
	if (load_has(l, SECTION_DROP, i, "folder") == remote)
		load_error(l, SECTION_DROP, i, "folder",
			   remote ? "belongs to kind = local: remove it"
				  : "is needed: name the folder");
	for (size_t k = 0; k < sizeof sftp / sizeof *sftp; k++)
		if (load_has(l, SECTION_DROP, i, sftp[k]) != remote)
			load_error(l, SECTION_DROP, i, sftp[k],
				   remote ? "is needed by kind = sftp"
					  : "belongs to kind = sftp: remove it");
	for (size_t k = 0; k < sizeof only_sftp / sizeof *only_sftp; k++)
		if (!remote && load_has(l, SECTION_DROP, i, only_sftp[k]))
			load_error(l, SECTION_DROP, i, only_sftp[k],
				   "belongs to kind = sftp: remove it");
	if (d->retry_first_ms > d->retry_most_ms)
		load_error(l, SECTION_DROP, i, "retry_most", "is below retry_first: raise it");
}

/* The token, numbers and texts go through foreign networks. */
static void check_secure(struct load *l, size_t i, const char *url)
{
	struct uri u;
	const char *why;

	if (*url && uri_parse(url, URI_HTTP, &u, &why) == 0 && strcmp(u.scheme, "https") != 0 &&
	    !uri_host_is_loopback(u.host))
		load_error(l, SECTION_GATEWAY, i, "url",
			   "sends the token in clear: write https://%s/...", u.host);
}

/* Keys of the other kind are refused, as for drops. */
static void check_gateway(struct load *l, size_t i)
{
	static const char *const kannel[] = {"user", "smsc"};
	static const char *const karaden[] = {"tenant", "service", "version", "poll", "poll_rate"};
	const struct text_gateway *g = &l->c->sms.gateway[i];
	bool asked = strcmp(g->kind, "karaden") == 0;

	if (!*g->kind)
		return;
	for (size_t k = 0; k < sizeof kannel / sizeof *kannel; k++)
		if (asked && load_has(l, SECTION_GATEWAY, i, kannel[k]))
			load_error(l, SECTION_GATEWAY, i, kannel[k],
				   "belongs to kind = kannel: remove it");
	for (size_t k = 0; k < sizeof karaden / sizeof *karaden; k++)
		if (!asked && load_has(l, SECTION_GATEWAY, i, karaden[k]))
			load_error(l, SECTION_GATEWAY, i, karaden[k],
				   "belongs to kind = karaden: remove it");
	if (asked && !*g->tenant)
		load_error(l, SECTION_GATEWAY, i, "tenant", "is needed by kind = karaden");
	if (asked && g->service == 0)
		load_error(l, SECTION_GATEWAY, i, "service", "is needed by kind = karaden");
	if (asked && !*g->password)
		load_error(l, SECTION_GATEWAY, i, "password",
			   "is needed by kind = karaden: its token");
	if (asked)
		check_secure(l, i, g->url);
}

static int gateway_place(const struct config *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->sms.n_gateways; i++)
		if (strlen(c->sms.gateway[i].id) == n && memcmp(c->sms.gateway[i].id, name, n) == 0)
			return (int)i;
	return -1;
}

/* The names of a department's gateways become places. */
static void check_order(struct load *l, size_t i)
{
	struct config_department *d = &l->c->department[i];
	const char *p = d->gateways;

	for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		int place = gateway_place(l->c, p, n);
		bool twice = false;
		for (size_t k = 0; k < d->order.n; k++)
			twice = twice || d->order.at[k] == place;
		if (place < 0 || twice) {
			load_error(l, SECTION_DEPARTMENT, i, "gateways",
				   twice ? "names %.*s twice"
					 : "names %.*s: there is no section [gateway %.*s]",
				   (int)n, p, (int)n, p);
			return;
		}
		d->order.at[d->order.n++] = (uint8_t)place;
		p += n;
	}
	for (size_t k = 0; !*d->gateways && k < l->c->sms.n_gateways; k++)
		d->order.at[d->order.n++] = (uint8_t)k;
}

/* How calls that come in for a department are answered. */
static void check_callback(struct load *l, size_t i)
{
	const struct config_department *d = &l->c->department[i];
	struct hours hours;
	char list[sizeof d->callback_numbers], number[MAX_NUMBER], *rest;

	if (hours_parse(d->callback_hours, d->callback_days != 0, &hours))
		load_error(l, SECTION_DEPARTMENT, i, "callback_hours",
			   "= %s: write H:MM-H:MM, such as 8:30-17:15", d->callback_hours);
	snprintf(list, sizeof list, "%s", d->callback_numbers);
	for (char *w = strtok_r(list, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		if (phone_normalise(w, number) != PHONE_OK || strcmp(w, number) != 0)
			load_error(l, SECTION_DEPARTMENT, i, "callback_numbers",
				   "holds %s: write telephone numbers, digits only, with spaces "
				   "between",
				   w);
}

static void check_key_file(struct load *l, enum section section, size_t i, const char *key,
			   const char *path)
{
	char why[MAX_WORDS];
	int fd;
	if (!*path)
		return;
	if (secret_file_check(path, &fd, why) != 0)
		load_error(l, section, i, key, "%s", why);
	else
		close(fd);
}

static bool is_time(const char *s)
{
	return strlen(s) == 5 && s[2] == ':' && strspn(s, "0123456789:") == 5 &&
	       (s[0] - '0') * 10 + (s[1] - '0') < 24 && (s[3] - '0') < 6;
}

static bool is_expect(const struct config *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->n_expects; i++)
		if (strlen(c->expect[i].id) == n && memcmp(c->expect[i].id, name, n) == 0)
			return true;
	return false;
}

static bool is_drop(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_drops; i++)
		if (strcmp(c->drop[i].id, id) == 0)
			return true;
	return false;
}

static void check_books(struct load *l)
{
	for (size_t i = 0; i < l->c->n_departments; i++) {
		const char *drop = l->c->department[i].book_drop;
		if (*drop && !is_drop(l->c, drop))
			load_error(l, SECTION_DEPARTMENT, i, "book_drop",
				   "= %s: there is no section [drop %s]", drop, drop);
	}
}

static void check_expects(struct load *l)
{
	const struct config *c = l->c;
	for (size_t i = 0; i < c->n_expects; i++) {
		const struct config_expect *x = &c->expect[i];
		if (x->drop[0] && !is_drop(c, x->drop))
			load_error(l, SECTION_EXPECT, i, "drop",
				   "= %s: there is no section [drop %s]", x->drop, x->drop);
		if (x->by[0] && !is_time(x->by))
			load_error(l, SECTION_EXPECT, i, "by", "= %s: write HH:MM", x->by);
		if (x->parts > 0 && !strstr(x->pattern, "{part}"))
			load_error(l, SECTION_EXPECT, i, "parts",
				   "needs {part} in the pattern: nothing else says which part a "
				   "file is");
		if (x->with[0] && !strstr(x->pattern, "{set}"))
			load_error(l, SECTION_EXPECT, i, "with",
				   "needs {set} in the pattern: nothing else says what belongs "
				   "together");
		for (const char *at = x->with; *at;) {
			size_t n = strcspn(at, " ");
			if (n && !is_expect(c, at, n))
				load_error(l, SECTION_EXPECT, i, "with",
					   "names %.*s: there is no section [expect %.*s]", (int)n,
					   at, (int)n, at);
			at += n;
			at += strspn(at, " ");
		}
	}
}

/* Transfers go through the same table as every call; better told now than to a resident. */
static void check_transfers(struct load *l)
{
	for (size_t i = 0; i < l->c->n_transfers; i++)
		if (*l->c->transfer[i].number && !phone_may_dial(l->c->transfer[i].number))
			load_error(l, SECTION_TRANSFER, i, "number",
				   "= %s is no number that may be dialled",
				   l->c->transfer[i].number);
}

/* A call or message there would come back to us as somebody who rings. */
static bool is_answered_by_us(const struct config *c, const char *number)
{
	size_t n = strlen(number);
	for (size_t i = 0; i < c->n_departments; i++) {
		const char *at = c->department[i].callback_numbers;
		if (strcmp(c->department[i].caller, number) == 0)
			return true;
		for (; *at; at += strspn(at, " ")) {
			size_t len = strcspn(at, " ");
			if (len == n && memcmp(at, number, n) == 0)
				return true;
			at += len;
		}
	}
	return false;
}

static void check_trials(struct load *l)
{
	const struct config *c = l->c;
	for (size_t i = 0; i < c->n_trials; i++) {
		const struct config_trial *t = &c->trial[i];
		if (*t->department && !config_department(c, t->department))
			load_error(l, SECTION_TRIAL, i, "department",
				   "= %s: there is no section [department %s]", t->department,
				   t->department);
		if (!*t->number)
			continue;
		if (!phone_may_dial(t->number))
			load_error(l, SECTION_TRIAL, i, "number",
				   "= %s is no number that may be dialled", t->number);
		else if (is_answered_by_us(c, t->number))
			load_error(l, SECTION_TRIAL, i, "number",
				   "= %s is a number of a department: callers are answered there",
				   t->number);
		for (size_t j = 0; j < i; j++)
			if (strcmp(c->trial[j].department, t->department) == 0 &&
			    strcmp(c->trial[j].number, t->number) == 0)
				load_error(l, SECTION_TRIAL, i, "number",
					   "= %s stands in [trial %s] too", t->number,
					   c->trial[j].id);
	}
}

static void check_users(struct load *l)
{
	const struct config *c = l->c;
	for (size_t i = 0; i < c->n_users; i++) {
		if (*c->user[i].department && !config_department(c, c->user[i].department))
			load_error(l, SECTION_USER, i, "department",
				   "= %s: there is no section [department %s]",
				   c->user[i].department, c->user[i].department);
		if (!load_has(l, SECTION_USER, i, "uid"))
			continue;
		for (size_t j = 0; j < i; j++)
			if (c->user[j].uid == c->user[i].uid && load_has(l, SECTION_USER, j, "uid"))
				load_error(l, SECTION_USER, i, "uid",
					   "%d is also of [user %s]: a Unix user is one person",
					   c->user[i].uid, c->user[j].id);
	}
}

/* Two drops on one folder would take each other's files. */
static void check_drops_apart(struct load *l)
{
	const struct config *c = l->c;
	for (size_t i = 0; i < c->n_drops; i++)
		for (size_t j = 0; j < i; j++)
			if (*c->drop[i].folder && strcmp(c->drop[i].folder, c->drop[j].folder) == 0)
				load_error(l, SECTION_DROP, i, "folder",
					   "is also the folder of [drop %s]", c->drop[j].id);
}

static void need_loopback(struct load *l, enum section section, size_t i, const char *key,
			  const char *host)
{
	if (!uri_host_is_loopback(host))
		load_error(l, section, i, key,
			   "is not loopback, and rehearsal = yes: a rehearsal must reach nobody; "
			   "write an address such as 127.0.0.1");
}

static void check_rehearsal(struct load *l)
{
	const struct config *c = l->c;
	struct uri u;
	const char *why;
	if (!c->engine.rehearsal)
		return;
	for (size_t i = 0; i < c->voice.n_trunks; i++)
		if (*c->voice.trunks[i].uri &&
		    uri_parse(c->voice.trunks[i].uri, URI_SIP, &u, &why) == 0)
			need_loopback(l, SECTION_TRUNK, i, "uri", u.host);
	for (size_t i = 0; i < c->sms.n_gateways; i++)
		if (*c->sms.gateway[i].url &&
		    uri_parse(c->sms.gateway[i].url, URI_HTTP, &u, &why) == 0)
			need_loopback(l, SECTION_GATEWAY, i, "url", u.host);
	for (size_t i = 0; i < c->n_drops; i++)
		if (strcmp(c->drop[i].kind, "sftp") == 0 && *c->drop[i].host)
			need_loopback(l, SECTION_DROP, i, "host", c->drop[i].host);
}

void check_all(struct load *l)
{
	derived(l);
	check_engine(l);
	check_voice(l);
	check_tls_folder(l);
	for (size_t i = 0; i < l->c->voice.n_trunks; i++)
		check_trunk(l, i);
	for (size_t i = 0; i < l->c->n_drops; i++) {
		check_drop(l, i);
		check_key_file(l, SECTION_DROP, i, "key_file", l->c->drop[i].key_file);
	}
	for (size_t i = 0; i < l->c->sms.n_gateways; i++)
		check_gateway(l, i);
	for (size_t i = 0; i < l->c->n_departments; i++) {
		check_order(l, i);
		check_callback(l, i);
	}
	check_key_file(l, SECTION_ARCHIVE, 0, "key_file", l->c->archive.key_file);
	check_key_file(l, SECTION_SMS, 0, "receipt_key_file", l->c->receipt_key_file);
	check_drops_apart(l);
	check_users(l);
	check_transfers(l);
	check_trials(l);
	check_books(l);
	check_expects(l);
	check_rehearsal(l);
}
