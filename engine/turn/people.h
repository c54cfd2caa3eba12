/*
 * Who has debts in the run that is being loaded, so that nearly nobody is looked up
 * in the store: a new person certainly has none, and a person of an earlier batch is
 * this target. Of a file in no order every second row is of somebody known already,
 * and looking him up was an eighth of the engine's work.
 *
 * Of a fixed size, whatever the file's: when it overflows, more people are looked up
 * and nothing is wrong. It only says "certainly not" and "perhaps": what an abort left
 * in it does no harm, because the caller looks at the target's own name.
 */
#ifndef ENGINE_TURN_PEOPLE_H
#define ENGINE_TURN_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct people;
struct people *people_new(void); /* NULL: no memory */
void people_free(struct people *p);

enum people_word {
	PEOPLE_NEW,    /* certainly no debt of his is in the run */
	PEOPLE_KNOWN,  /* he is *ret_target, if that target has his name */
	PEOPLE_PERHAPS /* ask the store */
};
enum people_word people_find(const struct people *p, const char *person, size_t n,
			     uint32_t *ret_target);
void people_add(struct people *p, const char *person, size_t n, uint32_t target);

/* Identities of debts: false: this one is certainly not in the run. */
bool people_has_debt(const struct people *p, const char *identity, size_t n);
void people_add_debt(struct people *p, const char *identity, size_t n);

#endif
