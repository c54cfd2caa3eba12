/* See approval.h. */
#include "engine/turn/approval.h"

#include "engine/turn/engine.h"
#include "engine/turn/message.h"

#include <stdio.h>
#include <string.h>

static void hash_str(const struct digest_ops *d, struct sha256_state *s, const char *p)
{
	d->sha256_add(s, p, strlen(p) + 1);
}

/* The words of an SMS text, as they would be sent. */
static void hash_text(struct engine *e, const struct digest_ops *d, struct sha256_state *s,
		      const char *id)
{
	const struct sms_text *t = id[0] ? specs_text(e->specs, id) : NULL;
	hash_str(d, s, id);
	hash_str(d, s, t ? sms_text_template(t) : "");
}

/* SHA-256 over everything that the approver is responsible for. */
int approval_of(struct engine *e, const struct run_rec *run, const struct campaign *c,
		const char **ret)
{
	const struct digest_ops *d = e->ports->digest;
	struct scenario *scenario = specs_scenario(e->specs, run->campaign);
	struct sha256_state s;
	struct intake_rec in;
	const char *text;
	uint8_t raw[32];
	char counts[96], hex[65];

	int err = db_intake_get(&e->tx, run->intake, &in);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	struct forecast f = message_forecast(e->config, e->specs, run);
	snprintf(counts, sizeof counts, "%u %u %lld", run->debts, run->targets, (long long)f.sen);
	d->sha256_begin(&s);
	hash_str(d, &s, c->version);
	hash_str(d, &s, scenario ? scenario_version(scenario) : "");
	for (size_t i = 0; i < c->n_waves; i++)
		hash_text(e, d, &s, c->waves[i].text);
	for (size_t i = 0; scenario && (text = scenario_sms_text(scenario, i)) != NULL; i++)
		hash_text(e, d, &s, text);
	hash_str(d, &s, in.sha256);
	hash_str(d, &s, counts);
	d->sha256_end(&s, raw);
	digest_hex(raw, sizeof raw, hex);
	*ret = keep(e, hex);
	return 0;
}

/* Campaign, scenario, texts, file and counts are what was approved. */
int run_is_as_approved(struct engine *e, const struct run_rec *run, bool *ret)
{
	const struct campaign *c = specs_campaign(e->specs, run->campaign);
	const char *now;
	*ret = false;
	if (!c)
		return 0;
	int err = approval_of(e, run, c, &now);
	if (!err)
		*ret = strcmp(now, run->approval) == 0;
	return err;
}
