/*
 * Why a person or a debt is not to be contacted (除外): a result 82 always has one
 * of these beside it. Two of them can be overridden by nobody.
 */
#ifndef ENGINE_PLAN_EXCLUSION_H
#define ENGINE_PLAN_EXCLUSION_H

#include <stdbool.h>

/* The store keeps these as numbers: new ones go last. */
enum exclusion {
	EXCLUSION_NONE,
	EXCLUSION_SUSPENDED,  /* 滞納処分停止 */
	EXCLUSION_INSTALMENT, /* 分納 */
	EXCLUSION_DEFERRED,   /* 猶予 */
	EXCLUSION_PROTECTED,  /* 支援措置: victims of violence; no override */
	EXCLUSION_DECEASED,   /* 死亡: no override */
	EXCLUSION_BANKRUPT,   /* 破産 */
	EXCLUSION_LAWYER,     /* 代理人受任 */
	EXCLUSION_APPEAL,     /* 不服申立 */
	EXCLUSION_WELFARE,    /* 生活保護 */
	EXCLUSION_WITHHELD,   /* 特別徴収 */
	EXCLUSION_RETURNED,   /* 返戻 */
	EXCLUSION_STAFF,      /* 職員対応中 */
	EXCLUSION_CARE,       /* 配慮: no way of contact that he can use */
	EXCLUSION_OTHER,      /* その他 */
	EXCLUSIONS            /* their number */
};

const char *exclusion_words(enum exclusion reason); /* "死亡"; "" for NONE */
const char *exclusion_name(enum exclusion reason);  /* as layouts write it: "deceased" */
/* No one, at no level, may contact the person all the same. */
bool exclusion_is_absolute(enum exclusion reason);

#endif
