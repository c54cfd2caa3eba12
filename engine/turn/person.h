/* A person's target from the rows that name him: whom to talk to, and with what care. Pure. */
#ifndef ENGINE_TURN_PERSON_H
#define ENGINE_TURN_PERSON_H

#include "engine/turn/record.h"

/* What a new target takes from its first row beside its debts and numbers. */
void person_from_row(struct target *t, const struct target_row *row);
/* False: this row is for somebody else's ear than the target's earlier rows. */
bool person_same_contact(const struct target *t, const struct target_row *row);
/* What a further row adds. Care only grows: one row that says 音声不可 is enough. */
void person_merge(struct target *t, const struct target_row *row);

#endif
