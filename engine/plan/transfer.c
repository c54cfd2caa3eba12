/* See transfer.h. */
#include "engine/plan/transfer.h"

static const struct {
	const char *value, *words;
	bool connected;
} results[TRANSFER_RESULTS] = {
    [TRANSFER_NONE] = {"", "", false},
    [TRANSFER_BUSY] = {"busy", "話中", false},
    [TRANSFER_NOANSWER] = {"noanswer", "不応答", false},
    [TRANSFER_NETWORK_BUSY] = {"network_busy", "回線なし", false},
    [TRANSFER_NEAR_END] = {"near_end_disconnect", "接続", true},
    [TRANSFER_FAR_END] = {"far_end_disconnect", "接続", true},
    [TRANSFER_NETWORK] = {"network_disconnect", "接続", true},
    [TRANSFER_MAXTIME] = {"maxtime_disconnect", "接続", true},
    [TRANSFER_UNKNOWN] = {"unknown", "不明", false},
    [TRANSFER_GIVEN_UP] = {"given_up", "応答前に終話", false},
};

const char *transfer_value(enum transfer_result r)
{
	return (unsigned)r < TRANSFER_RESULTS ? results[r].value : "";
}

const char *transfer_words(enum transfer_result r)
{
	return (unsigned)r < TRANSFER_RESULTS ? results[r].words : "";
}

bool transfer_connected(enum transfer_result r)
{
	return (unsigned)r < TRANSFER_RESULTS && results[r].connected;
}
