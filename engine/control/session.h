/*
 * Who is signed in: sessions of the console, in memory alone, so that a restart ends
 * them all. A session is known by the SHA-256 of its token; who reads the engine's
 * memory or a dump of it has no token. Pure: time is an argument. One thread.
 */
#ifndef ENGINE_CONTROL_SESSION_H
#define ENGINE_CONTROL_SESSION_H

#include "engine/control.h"

#define MAX_SESSIONS 512
#define SESSIONS_A_USER 4 /* the oldest of an account goes */
#define SESSION_TOKEN 65  /* 32 random bytes in hex, with the NUL */

struct session {
	uint8_t id[32]; /* SHA-256 of the token */
	bool used;
	struct caller who;
	char csrf[SESSION_TOKEN];
	int64_t made_ms, seen_ms;
};
struct sessions {
	const struct digest_ops *digest;
	int64_t idle_ms, most_ms;
	struct session list[MAX_SESSIONS];
};

/* A new one; the token is for the console alone. Never fails: if all places are taken, the one
 * that was longest unused goes. */
const struct session *session_open(struct sessions *s, const struct caller *who, int64_t now_ms,
				   char token[SESSION_TOKEN]);
/* The session of that token, if it is not over; NULL. `used`: somebody did something, which moves
 * its idle time on; a page that asks again by itself does not. */
const struct session *session_find(struct sessions *s, const char *token, int64_t now_ms,
				   bool used);
/* The value that the page has to show with each call is the session's. */
bool session_csrf_ok(const struct sessions *s, const struct session *session, const char *csrf);
void session_close(struct sessions *s, const char *token);
void session_close_user(struct sessions *s, const char *user);

#endif
