/* How a call's end becomes one outcome: one table, pure. */
#ifndef ADAPTERS_VOICE_MAP_H
#define ADAPTERS_VOICE_MAP_H

#include "engine/plan/outcome.h"
#include "engine/scenario.h"

struct map_end {
	int sip_status;   /* of the final answer to the INVITE; 0: none came */
	int q850;         /* cause of a Reason header, or 0 */
	bool local;       /* the final answer was made by our own stack */
	bool heard_trunk; /* any provisional answer came (100 or more) */
	bool rang;        /* 180 or 183 came */
	bool cancelled;   /* we gave up before an answer: ring time, limit, or an order */
	bool answered;    /* 200 came and the audio could be set up */
	const struct interp_result *result; /* if answered */
};
enum outcome map_outcome(const struct map_end *end);
/* The same of staff's leg that was not answered. */
enum transfer_result map_transfer(const struct map_end *end);

#endif
