/* See store.h. The names are file names in the store's home and words in logs: they never change.
 */
#include "engine/store.h"

const char *store_table_name(enum store_table t)
{
	static const char *const names[STORE_TABLES] = {
	    [T_META] = "meta",           [T_INTAKE] = "intake",
	    [T_DROP] = "drop",           [T_RUN] = "run",
	    [T_TARGET] = "target",       [T_DEBT] = "debt",
	    [T_DEBTKEY] = "debtkey",     [T_DUE] = "due",
	    [T_ATTEMPT] = "attempt",     [T_OPEN] = "open",
	    [T_NUMBER] = "number",       [T_ROWERR] = "rowerr",
	    [T_OUTROW] = "outrow",       [T_OUTFILE] = "outfile",
	    [T_MATCHED] = "matched",     [T_PAYMENT] = "payment",
	    [T_EXCLUSION] = "exclusion", [T_ALIAS] = "alias",
	    [T_HOLD] = "hold",           [T_PROMISE] = "promise",
	    [T_MARK] = "mark",           [T_MONEY] = "money",
	    [T_WATCH] = "watch",         [T_CALLBACK] = "callback",
	    [T_CALLER] = "caller",       [T_NOTE] = "note",
	    [T_ACCOUNT] = "account",     [T_AUDIT] = "audit",
	    [T_TRANSFER] = "transfer",   [T_SOUND] = "sound",
	    [T_EDITION] = "edition",     [T_TRIAL] = "trial",
	};

	return (unsigned)t < STORE_TABLES ? names[t] : "?";
}
