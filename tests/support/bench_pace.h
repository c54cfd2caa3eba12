/*
 * Calls that are only paced: legs of the real media thread that play to a receiver on
 * 127.0.0.1, which sends every packet back (so that the thread hears a call too) and
 * measures. The kernel stamps the packets as they come, so a receiver that is late
 * itself changes nothing.
 *
 * The pacing error of a packet is how far its distance from the one before it, of the
 * same leg, is from 20 ms.
 */
#ifndef TESTS_SUPPORT_BENCH_PACE_H
#define TESTS_SUPPORT_BENCH_PACE_H

#include <stddef.h>
#include <stdint.h>

struct bench_pace;

struct pace_stat {
	uint64_t packets;
	double p50_ms, p99_ms, p999_ms, worst_ms;
	uint64_t late; /* ticks of the media thread over 10 ms late: its timeline moved */
};

struct bench_pace *bench_pace_start(size_t legs);
/* Plays on: to be called each few milliseconds, as the sip thread would. */
void bench_pace_work(struct bench_pace *p);
void bench_pace_reset(struct bench_pace *p); /* what was measured so far is forgotten */
void bench_pace_stat(struct bench_pace *p, struct pace_stat *ret);
void bench_pace_stop(struct bench_pace *p); /* NULL is fine */

#endif
