/*
 * An exchange port without layouts, for tests of the engine: files are lines that a
 * test writes by hand, and rows that go out are lines that a test can read.
 *
 *	targets-*   T person;gyomu;tax;year;period;notice;yen;name;birth_md;number[,number]
 *	            a number is digits and h (自宅), m (携帯, SMS allowed), n (携帯, no SMS), w
 *(勤務先)
 *	            "NAME!" is 音声不可; "GUARDIAN/NAME" is told to the guardian;
 *	            "NAME@GROUP" has a 名寄せ番号
 *	pay-*       P person;gyomu;tax;year;period;notice;WHAT
 *	            full, a number (yen left), prelim, void, debit, failed, now<yen>
 *	back-*      B person;gyomu;tax;year;period;notice
 *	not-*       N person;gyomu;tax;year;period;notice;reason;set|lift;last day of December;first
 *day key-*       K person;gyomu;tax;year;period;notice;person;gyomu;tax;year;period;notice any E
 *code words      a row that is refused W code words      … that is refused, with a warning beside
 *it X code words      as the first line: the whole file is refused Parts of a key may be empty: the
 *layout lacks them.
 *
 * What goes out: a line a row, "name=value" and tabs; file N of a layout is "<layout>-<N>.txt".
 * Campaigns and holidays are read by the real adapter.
 */
#ifndef TESTS_SUPPORT_FAKE_EXCHANGE_H
#define TESTS_SUPPORT_FAKE_EXCHANGE_H

#include "engine/exchange.h"

extern const struct exchange_ops exchange_fake;

/* Rows of one batch from now on (MAX_BATCH_ROWS at first). Set before threads start. */
void fake_exchange_batch(size_t rows);
/* Targets are loaded by person, and the order's print is this one; 0: as they stand in the file. */
void fake_exchange_order(uint64_t print);
/* A reader fails with `err` at this row of the next file that is read; 0: none. */
void fake_exchange_fail_at(unsigned row, int err);
/* Targets files are whole when one of their name and this suffix is there; "": by themselves. */
void fake_exchange_completion(const char *suffix);
void fake_exchange_completion_out(const char *suffix); /* of all outgoing layouts */
/* Text put at the head of every file that goes out, as a changed layout would. */
void fake_exchange_head(const char *text);

#endif
