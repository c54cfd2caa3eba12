/* Runs the corpus of a fuzz target in the ordinary tests, without a fuzzer. */
#ifndef TESTS_SUPPORT_CORPUS_H
#define TESTS_SUPPORT_CORPUS_H

#include <stddef.h>
#include <stdint.h>

/* Gives the target each file of tests/fuzz/corpus/<name>, whole and cut at up to `cuts` lengths
 * (0: at every length). Each piece is an allocation of exactly its size, so that under SAN= a read
 * beyond its end is an error. Aborts when the corpus is missing or has fewer than four files,
 * which only a wrong path or a lost commit explains. */
void corpus_run(const char *name, int (*target)(const uint8_t *, size_t), size_t cuts);

#endif
