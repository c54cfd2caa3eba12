/* See text.h. The text of a message is wiped before its memory goes back: L0, but nobody's
 * business. */
#include "engine/text.h"

#include <stdlib.h>
#include <string.h>

void text_message_free(struct text_message *m)
{
	if (!m)
		return;
	if (m->text)
		explicit_bzero(m->text, strlen(m->text));
	free(m->text);
	free(m);
}
