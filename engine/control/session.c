/* See session.h. */
#include "engine/control/session.h"

#include <string.h>

static void id_of(const struct sessions *s, const char *token, uint8_t id[32])
{
	struct sha256_state hash;
	s->digest->sha256_begin(&hash);
	s->digest->sha256_add(&hash, token, strlen(token));
	s->digest->sha256_end(&hash, id);
}

static bool is_over(const struct sessions *s, const struct session *x, int64_t now_ms)
{
	return now_ms - x->seen_ms >= s->idle_ms || now_ms - x->made_ms >= s->most_ms;
}

static void forget(struct session *x)
{
	*x = (struct session){.used = false};
}

/* A free place; else the one of this user, if he has his share, or of anybody, that was unused
 * longest. */
static struct session *place_for(struct sessions *s, const char *user, int64_t now_ms)
{
	struct session *empty = NULL, *own = NULL, *any = NULL;
	size_t share = 0;
	for (size_t i = 0; i < MAX_SESSIONS; i++) {
		struct session *x = &s->list[i];
		if (x->used && is_over(s, x, now_ms))
			forget(x);
		if (!x->used) {
			empty = empty ? empty : x;
			continue;
		}
		if (!any || x->seen_ms < any->seen_ms)
			any = x;
		if (strcmp(x->who.user, user) != 0)
			continue;
		share++;
		if (!own || x->seen_ms < own->seen_ms)
			own = x;
	}
	return share >= SESSIONS_A_USER ? own : empty ? empty : any;
}

const struct session *session_open(struct sessions *s, const struct caller *who, int64_t now_ms,
				   char token[SESSION_TOKEN])
{
	struct session *x = place_for(s, who->user, now_ms);
	uint8_t random[64];
	s->digest->random(random, sizeof random);
	forget(x);
	digest_hex(random, 32, token);
	digest_hex(random + 32, 32, x->csrf);
	id_of(s, token, x->id);
	x->used = true;
	x->who = *who;
	x->made_ms = x->seen_ms = now_ms;
	return x;
}

static struct session *find(struct sessions *s, const char *token)
{
	uint8_t id[32];
	struct session *found = NULL;
	id_of(s, token, id);
	for (size_t i = 0; i < MAX_SESSIONS; i++)
		if (s->list[i].used && s->digest->equal(s->list[i].id, id, sizeof id))
			found = &s->list[i];
	return found;
}

const struct session *session_find(struct sessions *s, const char *token, int64_t now_ms, bool used)
{
	struct session *x = find(s, token);
	if (!x)
		return NULL;
	if (is_over(s, x, now_ms)) {
		forget(x);
		return NULL;
	}
	if (used)
		x->seen_ms = now_ms;
	return x;
}

bool session_csrf_ok(const struct sessions *s, const struct session *session, const char *csrf)
{
	return strlen(csrf) == SESSION_TOKEN - 1 &&
	       s->digest->equal(session->csrf, csrf, SESSION_TOKEN - 1);
}

void session_close(struct sessions *s, const char *token)
{
	struct session *x = find(s, token);
	if (x)
		forget(x);
}

void session_close_user(struct sessions *s, const char *user)
{
	for (size_t i = 0; i < MAX_SESSIONS; i++)
		if (s->list[i].used && strcmp(s->list[i].who.user, user) == 0)
			forget(&s->list[i]);
}
