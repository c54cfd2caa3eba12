/* A campaign file of specs/campaigns/ into struct campaign; see docs/campaigns.md. */
#ifndef ADAPTERS_EXCHANGE_CAMPAIGN_H
#define ADAPTERS_EXCHANGE_CAMPAIGN_H

#include "engine/exchange.h"

/* exchange_ops.campaign_load */
int campaign_file_load(const char *path, const char *schema_dir, struct problems *problems,
		       struct campaign **ret_campaign) MUST_CHECK;
/* exchange_ops.campaign_load_bytes */
int campaign_bytes_load(const char *path, const char *bytes, size_t n, const char *schema_dir,
			struct problems *problems, struct campaign **ret_campaign) MUST_CHECK;

#endif
