/* The fields of an outgoing row about a hold or a number (docs/layouts.md), as fields.h. */
#ifndef ENGINE_TURN_BOOKFIELDS_H
#define ENGINE_TURN_BOOKFIELDS_H

#include "engine/turn/fields.h"
#include "engine/turn/holdrec.h"

/* Strings live in tx->arena. */
void fields_book(struct tx *tx, const struct file_facts *facts, const struct bookrow *row,
		 struct fields *ret);

#endif
