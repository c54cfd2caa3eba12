/* See people.h. */
#include "engine/turn/people.h"
#include "engine/turn/filter.h"

#include <stdlib.h>

/* One place a hash: the later of two people who share one is kept. 8 MiB. */
#define PLACES (1u << 20)

struct people {
	struct filter persons, debts;
	struct {
		uint32_t tag, target;
	} place[PLACES];
};

struct people *people_new(void)
{
	return calloc(1, sizeof(struct people)); /* its pages come as they are used */
}

void people_free(struct people *p)
{
	free(p);
}

enum people_word people_find(const struct people *p, const char *person, size_t n,
			     uint32_t *ret_target)
{
	uint64_t h = filter_hash(person, n);
	uint32_t tag = (uint32_t)(h >> 32), at = (uint32_t)h % PLACES;

	if (!filter_perhaps(&p->persons, person, n))
		return PEOPLE_NEW;
	if (p->place[at].target == 0 || p->place[at].tag != tag)
		return PEOPLE_PERHAPS;
	*ret_target = p->place[at].target;
	return PEOPLE_KNOWN;
}

void people_add(struct people *p, const char *person, size_t n, uint32_t target)
{
	uint64_t h = filter_hash(person, n);
	uint32_t at = (uint32_t)h % PLACES;

	filter_add(&p->persons, person, n);
	if (target) {
		p->place[at].tag = (uint32_t)(h >> 32);
		p->place[at].target = target;
	}
}

bool people_has_debt(const struct people *p, const char *identity, size_t n)
{
	return filter_perhaps(&p->debts, identity, n);
}

void people_add_debt(struct people *p, const char *identity, size_t n)
{
	filter_add(&p->debts, identity, n);
}
