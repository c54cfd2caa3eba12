/*
 * See person.h. All debts of one 宛名番号 are told in one call. Where one row names
 * a 納税管理人 and another the person himself, each would hear of the other's debts:
 * such a row is refused and not guessed at.
 */
#include "engine/turn/person.h"

#include <string.h>

/* Rows of tests and of old files may leave strings out. */
static const char *text(const char *s)
{
	return s ? s : "";
}

void person_from_row(struct target *t, const struct target_row *row)
{
	t->contact = row->contact;
	t->owner_name = text(row->owner_name);
	t->care = row->care;
	t->language = text(row->language);
	t->name_group = text(row->name_group);
	t->household = text(row->household);
}

bool person_same_contact(const struct target *t, const struct target_row *row)
{
	if (t->contact != row->contact)
		return false;
	return t->contact == CONTACT_SELF || strcmp(t->name, row->name) == 0;
}

void person_merge(struct target *t, const struct target_row *row)
{
	if (t->birth_md == 0)
		t->birth_md = row->birth_md;
	if (t->care == CARE_NONE)
		t->care = row->care;
	if (!*t->language)
		t->language = text(row->language);
	if (!*t->name_group)
		t->name_group = text(row->name_group);
	if (!*t->household)
		t->household = text(row->household);
}
