/* The real voice's settings on this machine, for tests; and jobs made from literals. */
#ifndef TESTS_SUPPORT_SPEECH_FIXTURE_H
#define TESTS_SUPPORT_SPEECH_FIXTURE_H

#include "engine/event.h"

struct speech_config speech_fixture_config(void);
/* `texts`: prompts separated by NULL, alternatives one after the other, two NULLs at the end. A
 * prompt without meaning is "". */
struct speech_job *speech_fixture_job(uint64_t id, uint64_t version, const char *const *texts);
/* The next event, waited for at most `ms`; NULL: none came. The caller frees it. */
struct event *speech_fixture_wait(struct mailbox *box, int ms);
void speech_fixture_free(struct event *e);

#endif
