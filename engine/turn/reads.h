/*
 * What readers see: handlers of the METHOD_READ rows of engine/control/methods.c,
 * on snapshots, in the reader threads. Times are Tokyo civil time; a listing of
 * residents shows 宛名番号, and telephone numbers masked.
 */
#ifndef ENGINE_TURN_READS_H
#define ENGINE_TURN_READS_H

#include "engine/control.h"
#include "engine/control/methods.h"

/* Indexed by enum control_method; ctx of each query is the struct engine. */
extern const read_fn engine_reads[METHODS];

/* reads_state.c: what is in memory or in files */
int read_status(const struct query *q, struct answer *a);
int read_alerts(const struct query *q, struct answer *a);
int read_spool(const struct query *q, struct answer *a);

/* reads_files.c */
int read_intakes(const struct query *q, struct answer *a);
int read_intake(const struct query *q, struct answer *a);
int read_outfiles(const struct query *q, struct answer *a);
/* reads_campaign.c */
int read_campaigns(const struct query *q, struct answer *a);
int read_campaign(const struct query *q, struct answer *a);
int read_campaign_check(const struct query *q, struct answer *a);
/* campaign_editions.c */
int read_campaign_verify(const struct query *q, struct answer *a);
int read_campaign_export(const struct query *q, struct answer *a);
int read_campaign_editions(const struct query *q, struct answer *a);
int read_campaign_diff(const struct query *q, struct answer *a);
int read_campaign_parts(const struct query *q, struct answer *a);
int read_windows(const struct query *q, struct answer *a);
int read_window_try(const struct query *q, struct answer *a);
/* reads_scenario.c, reads_say.c, reads_tryout.c: to an invented resident */
int read_scenario(const struct query *q, struct answer *a);
int read_scenario_try(const struct query *q, struct answer *a);
/* scenario_editions.c */
int read_scenario_check(const struct query *q, struct answer *a);
int read_scenario_export(const struct query *q, struct answer *a);
int read_scenario_editions(const struct query *q, struct answer *a);
int read_scenario_diff(const struct query *q, struct answer *a);
int read_scenario_say(const struct query *q, struct answer *a);
/* reads_count.c: no residents, but how many of them */
int read_run_count(const struct query *q, struct answer *a);
/* reads_day.c */
int read_attempt_count(const struct query *q, struct answer *a);

/* hold_reads.c */
/* sound_reads.c */
int read_recordings(const struct query *q, struct answer *a);
int read_callbacks(const struct query *q, struct answer *a);
struct callback_rec;
/* Numbers are shortened unless `whole`. */
struct json *callback_json(const struct callback_rec *r, bool whole);
int read_holds(const struct query *q, struct answer *a);
int read_numbers(const struct query *q, struct answer *a);
/* reads_debts.c: how new payments are; who is excluded */
int read_payments(const struct query *q, struct answer *a);
int read_exclusions(const struct query *q, struct answer *a);
/* expect_cmd.c: what the drops are expected to hold */
int read_expects(const struct query *q, struct answer *a);
/* reads_person.c: what the targets file said of a person; names and telephone numbers masked */
struct target;
struct debt;
#define READ_MASKED 16
/* The first character of a name, and two ＊ however long it is; "" stays "". */
const char *read_masked(const char *name, char out[READ_MASKED]);
/* Whole telephone numbers in a listing want a reason, which is on record before anything is shown.
 */
int read_whole(const struct query *q, struct answer *a, bool *ret_whole) MUST_CHECK;
void read_put_person(struct json *j, const struct target *t);
void read_put_debt(struct json *j, const struct debt *d);
/* settings_reads.c: configuration and calendars, as loaded */
int read_settings(const struct query *q, struct answer *a);
int read_holidays(const struct query *q, struct answer *a);
int read_inbound(const struct query *q, struct answer *a);
/* text_reads.c: SMS as they would be sent */
int read_texts(const struct query *q, struct answer *a);
int read_text_check(const struct query *q, struct answer *a);
int read_text_preview(const struct query *q, struct answer *a);
/* trial_reads.c: test messages, and to whom they may go */
int read_trials(const struct query *q, struct answer *a);
int read_trial_numbers(const struct query *q, struct answer *a);
/* text_editions.c: what an editor needs; what staff saved before */
int read_text_show(const struct query *q, struct answer *a);
int read_text_editions(const struct query *q, struct answer *a);
int read_text_diff(const struct query *q, struct answer *a);
/* reads_unmask.c: one person's whole names and numbers; the person that `run` and `person` name */
int read_unmask(const struct query *q, struct answer *a);
struct tx;
struct run_rec;
int read_find_target(const struct query *q, struct answer *a, struct tx *tx,
		     struct run_rec *ret_run, struct target *ret) MUST_CHECK;
/* account_reads.c */
int read_users(const struct query *q, struct answer *a);
int read_audit(const struct query *q, struct answer *a);
int read_audit_check(const struct query *q, struct answer *a);
/* reads_money.c */
int read_money(const struct query *q, struct answer *a);
/* This month's sums of the city and of the caller's department, for the status. */
int read_put_month(struct json *j, const struct query *q) MUST_CHECK;
struct engine;
struct run_rec;
/* Any thread: from the configuration, the specs and the record alone. */
void read_put_yen(struct json *j, const char *name, int64_t sen); /* "123.40" */
void read_put_forecast(struct json *j, struct engine *e, const struct run_rec *run);
void read_put_segments(struct json *j, struct engine *e, const struct run_rec *run);

/* "2026-12-21 17:15:03", or "" for 0. */
#define READ_TIME 32
const char *read_time(int64_t ms, char out[READ_TIME]); /* as lists show it; 0: "" */
void read_put_time(struct json *j, const char *name, int64_t ms);

#endif
