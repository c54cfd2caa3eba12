/* The end of a row batch (exchange.h): shared by every exchange adapter and by whoever holds one.
 */
#include "engine/exchange.h"

#include "engine/arena.h"

#include <stdlib.h>

void row_batch_free(struct row_batch *b)
{
	if (!b)
		return;
	free(b->targets);
	free(b->payments);
	free(b->withdrawals);
	free(b->exclusions);
	free(b->key_changes);
	free(b->holds);
	free(b->numbers);
	free(b->errors);
	arena_free(b->arena);
	free(b);
}
