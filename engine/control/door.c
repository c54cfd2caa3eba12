/*
 * See door.h. The console is believed about one thing, the client's address. Who
 * somebody is, it can only pass on: a token that we gave out, and the value that the
 * page got with it. A broken console can do what those signed in through it can.
 *
 * All of it in the control thread, but the hashes.
 */
#include "engine/control/door.h"

#include "engine/control/guess.h"
#include "engine/control/hasher.h"
#include "engine/control/session.h"
#include "engine/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINK_TAIL 65 /* of a link's token: a dot and 64 hex digits behind the account's name */

struct door {
	const struct control_config *config;
	struct sessions sessions;
	struct guesses guesses;
	struct hasher hashers[HASHERS];
	size_t next;
};

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_BOOTTIME, &ts); /* a machine that slept was idle */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int door_new(const struct control_config *config, struct door **ret)
{
	struct door *d = calloc(1, sizeof *d);
	if (!d)
		return E_NOMEM;
	int err = 0;
	d->config = config;
	d->sessions.digest = config->console.digest;
	d->sessions.idle_ms = config->console.idle_ms;
	d->sessions.most_ms = config->console.most_ms;
	for (size_t i = 0; i < HASHERS && !err; i++)
		err = hasher_start(&d->hashers[i], config);
	if (err) {
		door_free(d);
		return err;
	}
	*ret = d;
	return 0;
}

void door_stop(struct door *d)
{
	for (size_t i = 0; d && i < HASHERS; i++)
		hasher_stop(&d->hashers[i]);
}

void door_free(struct door *d)
{
	door_stop(d);
	free(d);
}

/* ---- who calls ---- */

/* Digits, letters, '.', ':' only: it goes into the log. */
static bool is_address(const char *s)
{
	return *s && strlen(s) < MAX_FROM && strspn(s, "0123456789abcdefABCDEF:.") == strlen(s);
}

int door_caller(struct control *c, const struct rpc *rpc, const struct method *m,
		struct caller *ret, char why[MAX_WORDS])
{
	const char *from = "", *token = "", *csrf = "";
	bool watch = false;
	json_get_str(rpc->root, "from", &from);
	json_get_str(rpc->root, "session", &token);
	json_get_str(rpc->root, "csrf", &csrf);
	json_get_bool(rpc->root, "watch", &watch);
	*ret = (struct caller){.uid = CALLER_NO_UID};
	if (!is_address(from)) {
		snprintf(why, MAX_WORDS, "from must be the client's address");
		return RPC_REQUEST;
	}
	if (m->no_session) {
		ret->roles = ROLES_ALL; /* nobody yet: what the method itself asks for decides */
		snprintf(ret->user, sizeof ret->user, "-");
	} else {
		const struct session *s = session_find(&c->door->sessions, token, now_ms(),
						       !watch || m->kind == METHOD_COMMAND);
		if (!s) {
			snprintf(why, MAX_WORDS,
				 "nobody is signed in by that session, or not any more");
			return RPC_SIGNIN;
		}
		if (m->kind != METHOD_SESSION && !session_csrf_ok(&c->door->sessions, s, csrf)) {
			log_warn("event=csrf method=%s user=%s from=%s", m->name, s->who.user,
				 from);
			snprintf(why, MAX_WORDS, "the page's own value (csrf) is missing or wrong");
			return RPC_DENIED;
		}
		*ret = s->who;
	}
	snprintf(ret->from, sizeof ret->from, "%s", from);
	return 0;
}

/* Whose link it says to be, for whom a code is given with it; else "". The engine looks at what
 * this says, and cuts there too. */
static const char *link_user(const struct method *m, const struct json *params, char out[MAX_ID])
{
	const char *token = "";
	out[0] = '\0';
	json_get_str(params, "token", &token);
	size_t n = strlen(token);
	if (m->secret == SECRET_MAKE && n > LINK_TAIL && n - LINK_TAIL < MAX_ID)
		snprintf(out, MAX_ID, "%.*s", (int)(n - LINK_TAIL), token);
	return out;
}

int door_may_guess(struct control *c, const struct rpc *rpc, const struct method *m,
		   const struct caller *who, char why[MAX_WORDS])
{
	/* what nobody checked goes into no log: a link's token has any bytes */
	const char *user = "(link)";
	char link[MAX_ID];
	int64_t wait;
	if (m->secret == SECRET_NO && !m->link)
		return 0;
	if (m->secret == SECRET_CHECK) {
		json_get_str(rpc->params, "user", &user);
		wait = guess_begin(&c->door->guesses, user, who->from, now_ms());
	} else
		wait = guess_link_begin(&c->door->guesses, link_user(m, rpc->params, link),
					who->from, now_ms());
	if (wait == 0)
		return 0;
	log_warn("event=guessing user=%s from=%s wait_ms=%lld", user, who->from, (long long)wait);
	snprintf(why, MAX_WORDS, "too many tries: wait %lld s", (long long)(wait + 999) / 1000);
	return RPC_WAIT;
}

static void untried(struct control *c, const struct request *r, const struct method *m)
{
	const char *user = "", *from = r->command.who.from;
	json_get_str(r->rpc.params, "user", &user);
	if (m->secret == SECRET_CHECK)
		guess_untried(&c->door->guesses, user, from);
	else
		guess_link_untried(&c->door->guesses, from);
}

/* One address has a share of the places, so that whoever fills it sends nobody else away. */
static size_t in_hand(const struct control *c, const char *from)
{
	size_t n = 0;
	char his[MAX_FROM], other[MAX_FROM];
	guess_net(from, his);
	for (const struct request *r = c->requests; r; r = r->next) {
		if (r->stage != STAGE_HASH)
			continue;
		guess_net(r->command.who.from, other);
		n += strcmp(other, his) == 0;
	}
	return n;
}

/* The fingerprint of a client certificate: SHA-1 or SHA-256, hex. Else "". */
static void take_certificate(struct request *r)
{
	const char *print = "";
	json_get_str(r->rpc.root, "certificate", &print);
	size_t n = strlen(print);
	if ((n == 40 || n == 64) && strspn(print, "0123456789abcdef") == n)
		snprintf(r->command.certificate, sizeof r->command.certificate, "%s", print);
}

int door_hash(struct control *c, struct request *r, const struct method *m)
{
	int err = in_hand(c, r->command.who.from) >= HASHES_AN_ADDRESS ? E_FULL : 0;
	take_certificate(r);
	if (!err) {
		r->stage = STAGE_HASH;
		c->door->next++;
		err = hasher_give(&c->door->hashers[c->door->next % HASHERS], r);
	}
	if (err == E_FULL) /* nobody waits longer because others were busy */
		untried(c, r, m);
	return err;
}

/* ---- answers ---- */

static struct json *session_json(const struct door *d, const struct session *s)
{
	struct json *j = json_new_object(), *roles = json_new_array();
	const char *word = CONFIG_ROLE_WORDS;
	for (unsigned bit = 1; bit & ROLES_ALL; bit <<= 1) {
		char role[32];
		int n = (int)strcspn(word, "|");
		snprintf(role, sizeof role, "%.*s", n, word);
		if (s->who.roles & bit)
			json_add(roles, json_new_str(role));
		word += n + (word[n] == '|');
	}
	json_put_str(j, "user", s->who.user);
	json_put_str(j, "name", s->who.name);
	json_put_str(j, "department", s->who.department);
	json_put(j, "roles", roles);
	json_put_str(j, "csrf", s->csrf);
	json_put_int(j, "idle_s", d->sessions.idle_ms / 1000);
	return j;
}

char *door_show(struct control *c, const struct rpc *rpc, size_t *ret_n)
{
	const char *token = "";
	char *text = NULL, *line = NULL;
	size_t n = 0;
	json_get_str(rpc->root, "session", &token);
	const struct session *s = session_find(&c->door->sessions, token, now_ms(), false);
	struct json *j = s ? session_json(c->door, s) : json_new_object();
	if (json_text(j, &text, &n) == 0)
		line = rpc_result(rpc->id, text, n, ret_n);
	json_free(j);
	free(text);
	return line;
}

static void signed_in(struct control *c, struct request *r)
{
	char token[SESSION_TOKEN];
	guess_right(&c->door->guesses, r->command.opened.user, r->command.who.from);
	const struct session *s =
	    session_open(&c->door->sessions, &r->command.opened, now_ms(), token);
	struct json *j = session_json(c->door, s);
	json_put_str(j, "token", token);
	command_result(&r->command, j);
}

void door_done(struct control *c, struct request *r)
{
	const struct method *m = r->command.method;
	const char *user = "", *token = "";
	char of[MAX_ID];
	if (!c->door)
		return;
	/* the engine says so only of who has the link itself */
	if (r->err == E_AUTH && *link_user(m, r->command.params, of))
		guess_link_code(&c->door->guesses, of, now_ms());
	if (r->err)
		return;
	if (m->secret == SECRET_CHECK)
		signed_in(c, r);
	if (m->secret == SECRET_MAKE || m->link)
		guess_link_right(&c->door->guesses, link_user(m, r->command.params, of),
				 r->command.who.from);
	if (m->ends && json_get_str(r->command.params, "user", &user))
		session_close_user(&c->door->sessions, user);
	if (m->ends && m->console && json_get_str(r->rpc.root, "session", &token))
		session_close(&c->door->sessions, token);
}
