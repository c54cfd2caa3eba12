/* Words of what a targets file says of a person and a debt, as layouts, commands and scenarios
 * write them. */
#ifndef ENGINE_PLAN_PERSON_WORDS_H
#define ENGINE_PLAN_PERSON_WORDS_H

#include "engine/exchange.h"

const char *contact_kind_word(enum contact_kind kind); /* "tax-manager" */
const char *care_word(enum care care);                 /* "sms-only"; "" for none */
const char *pay_method_word(enum pay_method method);   /* "slip"; "" if unknown */
const char *number_kind_word(enum number_kind kind);   /* "home" */

#endif
