/* See exclusion.h. */
#include "engine/plan/exclusion.h"

static const struct {
	const char *name, *words;
} list[EXCLUSIONS] = {
    [EXCLUSION_NONE] = {"", ""},
    [EXCLUSION_SUSPENDED] = {"suspended", "滞納処分停止"},
    [EXCLUSION_INSTALMENT] = {"instalment", "分納"},
    [EXCLUSION_DEFERRED] = {"deferred", "猶予"},
    [EXCLUSION_PROTECTED] = {"protected", "支援措置"},
    [EXCLUSION_DECEASED] = {"deceased", "死亡"},
    [EXCLUSION_BANKRUPT] = {"bankrupt", "破産"},
    [EXCLUSION_LAWYER] = {"lawyer", "代理人受任"},
    [EXCLUSION_APPEAL] = {"appeal", "不服申立"},
    [EXCLUSION_WELFARE] = {"welfare", "生活保護"},
    [EXCLUSION_WITHHELD] = {"withheld", "特別徴収"},
    [EXCLUSION_RETURNED] = {"returned", "返戻"},
    [EXCLUSION_STAFF] = {"staff", "職員対応中"},
    [EXCLUSION_CARE] = {"care", "配慮"},
    [EXCLUSION_OTHER] = {"other", "その他"},
};

const char *exclusion_words(enum exclusion reason)
{
	return (unsigned)reason < EXCLUSIONS ? list[reason].words : "";
}

const char *exclusion_name(enum exclusion reason)
{
	return (unsigned)reason < EXCLUSIONS ? list[reason].name : "";
}

bool exclusion_is_absolute(enum exclusion reason)
{
	return reason == EXCLUSION_PROTECTED || reason == EXCLUSION_DECEASED;
}
