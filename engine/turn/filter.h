/*
 * "Certainly not": a Bloom filter over the people who have holds and the numbers in
 * the number book. Most people have neither, and each look at a target would cost
 * the store four scans for nothing. It only grows (an abort leaves its bits), so it
 * may say "perhaps" for nothing, never "no" wrongly. Built at start from the store.
 * A load keeps two too, of what its run has so far (people.h).
 */
#ifndef ENGINE_TURN_FILTER_H
#define ENGINE_TURN_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_BITS (1u << 23) /* 1 MiB; 1 wrong "perhaps" in 100 with 800,000 keys */

struct filter {
	unsigned char bits[FILTER_BITS / 8];
};
void filter_add(struct filter *f, const void *key, size_t n);
bool filter_perhaps(const struct filter *f, const void *key, size_t n);
uint64_t filter_hash(const void *key, size_t n);

#endif
