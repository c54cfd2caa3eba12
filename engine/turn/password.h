/*
 * Which passwords are taken: long enough, without the account's name, and not put
 * together from what everybody tries first. Pure: the list of such words is text,
 * that of specs/passwords/easy (one a line, lower case, '#' begins a comment).
 */
#ifndef ENGINE_TURN_PASSWORD_H
#define ENGINE_TURN_PASSWORD_H

#define PASSWORD_LEAST 12 /* characters */
#define PASSWORD_WORTH 8  /* what is left when the easy parts count little: password.c */

/* NULL: it is taken. Else why not, a sentence for whoever chose it. */
const char *password_unfit(const char *password, const char *user, const char *easy);

#endif
