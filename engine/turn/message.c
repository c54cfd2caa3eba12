/* See message.h. */
#include "engine/turn/message.h"

#include <stdio.h>
#include <string.h>

/* The shortest limit of the department's gateways: any of them may have to take it. */
static size_t most_units(const struct config *config, const struct config_department *d)
{
	size_t most = MAX_SMS_UNITS;
	for (size_t i = 0; d && i < d->order.n; i++) {
		size_t units = text_most_units(&config->sms.gateway[d->order.at[i]]);
		most = units < most ? units : most;
	}
	return most;
}

int message_text(const struct config *config, const struct specs *specs, const struct campaign *c,
		 const char *text_id, char buf[SMS_TEXT_BYTES], char why[MAX_WORDS])
{
	const struct config_department *d = config_department(config, c->department);
	const struct sms_text *text = specs_text(specs, text_id);
	struct sms_values values = {.due_day = c->due_day,
				    .caller = c->caller,
				    .phone = d ? d->phone : "",
				    .department = d ? d->name : "",
				    .city = config->engine.city_name};
	struct sms_rules rules = {.most_units = most_units(config, d),
				  .domain = config->sms_domain};

	if (!text) {
		snprintf(why, MAX_WORDS, "it is not in specs/texts");
		return E_NOTFOUND;
	}
	int err = sms_text_compose(text, &values, buf, SMS_TEXT_BYTES);
	if (err) {
		snprintf(why, MAX_WORDS, "%s",
			 err == E_LIMIT ? "it is too long"
					: "a value that it names is missing or not of its kind");
		return err;
	}
	return sms_text_check(buf, specs_words(specs), &rules, why);
}

int message_segments(const struct config *config, const struct specs *specs,
		     const struct campaign *c, const char *text_id)
{
	char buf[SMS_TEXT_BYTES], why[MAX_WORDS];
	return message_text(config, specs, c, text_id, buf, why) ? 0 : (int)sms_segments(buf);
}

struct forecast message_forecast(const struct config *config, const struct specs *specs,
				 const struct run_rec *run)
{
	const struct campaign *c = specs_campaign(specs, run->campaign);
	struct forecast_in in = {.campaign = c,
				 .tariff = config->tariff,
				 .targets = run->targets,
				 .sms_targets = run->sms_targets,
				 .answer_percent = config->money.answer_rate,
				 .talk_ms = config->money.talk_time};
	if (!c)
		return (struct forecast){0};
	for (size_t i = 0; i < c->n_waves; i++)
		if (c->waves[i].channel == CHANNEL_SMS)
			in.segments_of_wave[i] =
			    message_segments(config, specs, c, c->waves[i].text);
	return money_forecast(&in);
}
