/* See person_words.h. */
#include "engine/plan/person_words.h"

const char *contact_kind_word(enum contact_kind kind)
{
	static const char *const words[CONTACT_KINDS] = {"self",        "co-owner", "heir",
							 "tax-manager", "company",  "guardian"};
	return words[kind];
}

const char *care_word(enum care care)
{
	static const char *const words[CARE_KINDS] = {"", "no-voice", "sms-only"};
	return words[care];
}

const char *pay_method_word(enum pay_method method)
{
	static const char *const words[PAY_METHODS] = {"", "slip", "debit", "withheld", "other"};
	return words[method];
}

const char *number_kind_word(enum number_kind kind)
{
	static const char *const words[] = {[KIND_HOME] = "home",
					    [KIND_MOBILE] = "mobile",
					    [KIND_WORK] = "work",
					    [KIND_OTHER] = "other"};
	return words[kind];
}
