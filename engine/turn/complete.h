/* Completion files: a layout may say that a file is whole only when a second one, of its name and
 * a suffix, stands beside it. */
#ifndef ENGINE_TURN_COMPLETE_H
#define ENGINE_TURN_COMPLETE_H

#include "engine/turn/engine.h"

enum complete {
	COMPLETE,      /* it may be fetched */
	COMPLETE_WAIT, /* its completion file is not there yet */
	COMPLETE_MARK, /* it is one itself, and its file is still there */
	COMPLETE_SPENT /* it is one, and its file is gone: it may be put away */
};
/* Of a file in the last listing of a drop. Looks at specs and listing alone. */
enum complete completion_of(struct engine *e, struct drop_view *d, const struct seen *s);

#endif
