/*
 * The table, made from the list: each key with the place and size of its member.
 * A member whose size does not fit its type stops the build here.
 */
#include "engine/config/table.h"
#include "engine/config/value.h"

#include <stddef.h>
#include <string.h>

#define SIZE_OK_WORDS(size) ((size) >= 8)
#define SIZE_OK_NUMBER(size) ((size) == sizeof(int) || (size) == sizeof(int64_t))
#define FITS(type, size)                                                                           \
	((type) == V_BOOL   ? (size) == sizeof(bool)                                               \
	 : (type) == V_REAL ? (size) == sizeof(double)                                             \
	 : (type) == V_SIZE ? (size) == sizeof(size_t)                                             \
	 : (type) == V_INT || (type) == V_MS || (type) == V_S || (type) == V_MIN ||                \
		 (type) == V_INSTANT || (type) == V_LEVEL || (type) == V_ROLES || (type) == V_YEN  \
	     ? SIZE_OK_NUMBER(size)                                                                \
	     : SIZE_OK_WORDS(size))

#define KEY(strct, path, key, m, type, when, value, least, most, choices, words)                   \
	{#key,                                                                                     \
	 V_##type,                                                                                 \
	 WHEN_##when,                                                                              \
	 value,                                                                                    \
	 least,                                                                                    \
	 most,                                                                                     \
	 choices,                                                                                  \
	 words,                                                                                    \
	 offsetof(strct, path m),                                                                  \
	 sizeof(((strct *)0)->path m)},
#define CHECK(strct, path, m, type)                                                                \
	_Static_assert(FITS(V_##type, sizeof(((strct *)0)->path m)), "type of " #m);

/* One pair of macros a section: the list's X has no room for the struct's name. */
#define K_ENGINE(key, ...) KEY(struct config, engine., key, __VA_ARGS__)
#define K_STORE(key, ...) KEY(struct config, store., key, __VA_ARGS__)
#define K_VOICE(key, ...) KEY(struct config, voice., key, __VA_ARGS__)
#define K_TRUNK(key, ...) KEY(struct voice_trunk, , key, __VA_ARGS__)
#define K_SMS(key, ...) KEY(struct config, sms., key, __VA_ARGS__)
#define K_GATEWAY(key, ...) KEY(struct text_gateway, , key, __VA_ARGS__)
#define K_SMS_OWN(key, ...) KEY(struct config, , key, __VA_ARGS__)
#define K_MONEY(key, ...) KEY(struct config, , key, __VA_ARGS__)
#define K_SPEECH(key, ...) KEY(struct config, speech., key, __VA_ARGS__)
#define K_RECOGNITION(key, ...) KEY(struct config, recognise., key, __VA_ARGS__)
#define K_ARCHIVE(key, ...) KEY(struct config, archive., key, __VA_ARGS__)
#define K_RETENTION(key, ...) KEY(struct config, retention., key, __VA_ARGS__)
#define K_CONSOLE(key, ...) KEY(struct config, console., key, __VA_ARGS__)
#define K_DROP(key, ...) KEY(struct drop_config, , key, __VA_ARGS__)
#define K_EXPECT(key, ...) KEY(struct config_expect, , key, __VA_ARGS__)
#define K_DEPARTMENT(key, ...) KEY(struct config_department, , key, __VA_ARGS__)
#define K_TRANSFER(key, ...) KEY(struct config_transfer, , key, __VA_ARGS__)
#define K_TRIAL(key, ...) KEY(struct config_trial, , key, __VA_ARGS__)
#define K_USER(key, ...) KEY(struct config_user, , key, __VA_ARGS__)

static const struct config_key engine_keys[] = {CONFIG_ENGINE(K_ENGINE)};
static const struct config_key store_keys[] = {CONFIG_STORE(K_STORE)};
static const struct config_key voice_keys[] = {CONFIG_VOICE(K_VOICE)};
static const struct config_key trunk_keys[] = {CONFIG_TRUNK(K_TRUNK)};
static const struct config_key sms_keys[] = {CONFIG_SMS(K_SMS) CONFIG_SMS_OWN(K_SMS_OWN)};
static const struct config_key gateway_keys[] = {CONFIG_GATEWAY(K_GATEWAY)};
static const struct config_key money_keys[] = {CONFIG_MONEY(K_MONEY)};
static const struct config_key speech_keys[] = {CONFIG_SPEECH(K_SPEECH)};
static const struct config_key recognition_keys[] = {CONFIG_RECOGNITION(K_RECOGNITION)};
static const struct config_key archive_keys[] = {CONFIG_ARCHIVE(K_ARCHIVE)};
static const struct config_key retention_keys[] = {CONFIG_RETENTION(K_RETENTION)};
static const struct config_key drop_keys[] = {CONFIG_DROP(K_DROP)};
static const struct config_key expect_keys[] = {CONFIG_EXPECT(K_EXPECT)};
static const struct config_key department_keys[] = {CONFIG_DEPARTMENT(K_DEPARTMENT)};
static const struct config_key console_keys[] = {CONFIG_CONSOLE(K_CONSOLE)};
static const struct config_key transfer_keys[] = {CONFIG_TRANSFER(K_TRANSFER)};
static const struct config_key trial_keys[] = {CONFIG_TRIAL(K_TRIAL)};
static const struct config_key user_keys[] = {CONFIG_USER(K_USER)};

#define C_ENGINE(key, m, type, ...) CHECK(struct config, engine., m, type)
#define C_STORE(key, m, type, ...) CHECK(struct config, store., m, type)
#define C_VOICE(key, m, type, ...) CHECK(struct config, voice., m, type)
#define C_SMS(key, m, type, ...) CHECK(struct config, sms., m, type)
#define C_GATEWAY(key, m, type, ...) CHECK(struct text_gateway, , m, type)
#define C_MONEY(key, m, type, ...) CHECK(struct config, , m, type)
#define C_SPEECH(key, m, type, ...) CHECK(struct config, speech., m, type)
#define C_RECOGNITION(key, m, type, ...) CHECK(struct config, recognise., m, type)
#define C_TRUNK(key, m, type, ...) CHECK(struct voice_trunk, , m, type)
#define C_DROP(key, m, type, ...) CHECK(struct drop_config, , m, type)
CONFIG_ENGINE(C_ENGINE)
CONFIG_STORE(C_STORE)
CONFIG_VOICE(C_VOICE)
CONFIG_TRUNK(C_TRUNK)
CONFIG_SMS(C_SMS)
CONFIG_GATEWAY(C_GATEWAY)
CONFIG_MONEY(C_MONEY)
CONFIG_SPEECH(C_SPEECH)
CONFIG_RECOGNITION(C_RECOGNITION)
CONFIG_DROP(C_DROP)

#define KEYS(list) .keys = (list), .n = sizeof(list) / sizeof *(list)
#define ENOUGH(list)                                                                               \
	_Static_assert(sizeof(list) / sizeof *(list) <= CONFIG_MOST_KEYS, "CONFIG_MOST_KEYS");
ENOUGH(engine_keys)
ENOUGH(drop_keys)
ENOUGH(voice_keys)
ENOUGH(trunk_keys)
ENOUGH(sms_keys)
ENOUGH(gateway_keys)

const struct config_section config_sections[SECTIONS] = {
    [SECTION_ENGINE] = {.name = "engine",
			.words = "the engine as a whole",
			.most = 1,
			KEYS(engine_keys)},
    [SECTION_STORE] = {.name = "store",
		       .words = "the store (Berkeley DB)",
		       .most = 1,
		       KEYS(store_keys)},
    [SECTION_DROP] = {.name = "drop",
		      .words =
			  "a drop: the folders in/ and out/ of a core system. One section each",
		      .example = "core",
		      .most = CONFIG_MOST_DROPS,
		      .first = offsetof(struct config, drop),
		      .stride = sizeof(struct drop_config),
		      .count = offsetof(struct config, n_drops),
		      .id = offsetof(struct drop_config, id),
		      KEYS(drop_keys)},
    [SECTION_VOICE] = {.name = "voice",
		       .words = "calls: our listeners, and what all trunks share",
		       .most = 1,
		       KEYS(voice_keys)},
    [SECTION_TRUNK] = {.name = "trunk",
		       .words = "a SIP trunk. One section each",
		       .example = "main",
		       .most = MAX_TRUNKS,
		       .first = offsetof(struct config, voice.trunks),
		       .stride = sizeof(struct voice_trunk),
		       .count = offsetof(struct config, voice.n_trunks),
		       .id = offsetof(struct voice_trunk, id),
		       KEYS(trunk_keys)},
    [SECTION_SMS] = {.name = "sms",
		     .words = "messages: what all gateways share, and our listener for receipts",
		     .most = 1,
		     KEYS(sms_keys)},
    [SECTION_GATEWAY] = {.name = "gateway",
			 .words = "an SMS gateway. One section each",
			 .example = "kannel",
			 .most = MAX_GATEWAYS,
			 .first = offsetof(struct config, sms.gateway),
			 .stride = sizeof(struct text_gateway),
			 .count = offsetof(struct config, sms.n_gateways),
			 .id = offsetof(struct text_gateway, id),
			 KEYS(gateway_keys)},
    [SECTION_MONEY] = {.name = "money",
		       .words = "what calls and messages cost, and may cost",
		       .most = 1,
		       KEYS(money_keys)},
    [SECTION_SPEECH] = {.name = "speech", .words = "text to speech", .most = 1, KEYS(speech_keys)},
    [SECTION_RECOGNITION] = {.name = "recognition",
			     .words = "spoken answers",
			     .most = 1,
			     KEYS(recognition_keys)},
    [SECTION_ARCHIVE] = {.name = "archive",
			 .words = "what auditors keep: how its days are sealed",
			 .most = 1,
			 KEYS(archive_keys)},
    [SECTION_RETENTION] = {.name = "retention",
			   .words = "how long what is kept; what is over its time is deleted by "
				    "`osame retention run`",
			   .most = 1,
			   KEYS(retention_keys)},
    [SECTION_EXPECT] = {.name = "expect",
			.words = "files that a core system is expected to put into its drop. One "
				 "section each; none is needed",
			.example = "payments",
			.optional = true,
			.most = CONFIG_MOST_EXPECTS,
			.first = offsetof(struct config, expect),
			.stride = sizeof(struct config_expect),
			.count = offsetof(struct config, n_expects),
			.id = offsetof(struct config_expect, id),
			KEYS(expect_keys)},
    [SECTION_DEPARTMENT] = {.name = "department",
			    .words = "a department. One section each",
			    .example = "zeimu",
			    .most = CONFIG_MOST_DEPARTMENTS,
			    .first = offsetof(struct config, department),
			    .stride = sizeof(struct config_department),
			    .count = offsetof(struct config, n_departments),
			    .id = offsetof(struct config_department, id),
			    KEYS(department_keys)},
    [SECTION_TRANSFER] = {.name = "transfer",
			  .words = "staff to whom scenarios may transfer a resident. One section "
				   "each; none is needed",
			  .example = "window",
			  .optional = true,
			  .most = CONFIG_MOST_TRANSFERS,
			  .first = offsetof(struct config, transfer),
			  .stride = sizeof(struct config_transfer),
			  .count = offsetof(struct config, n_transfers),
			  .id = offsetof(struct config_transfer, id),
			  KEYS(transfer_keys)},
    [SECTION_TRIAL] = {.name = "trial",
		       .words = "a telephone of the staff that test messages may go to, and no "
				"other. One section each; none is needed",
		       .example = "hanako",
		       .optional = true,
		       .most = CONFIG_MOST_TRIALS,
		       .first = offsetof(struct config, trial),
		       .stride = sizeof(struct config_trial),
		       .count = offsetof(struct config, n_trials),
		       .id = offsetof(struct config_trial, id),
		       KEYS(trial_keys)},
    [SECTION_USER] = {.name = "user",
		      .words = "a person who uses the operators' socket. One section each",
		      .example = "taro",
		      .most = CONFIG_MOST_USERS,
		      .first = offsetof(struct config, user),
		      .stride = sizeof(struct config_user),
		      .count = offsetof(struct config, n_users),
		      .id = offsetof(struct config_user, id),
		      KEYS(user_keys)},
    [SECTION_CONSOLE] = {.name = "console",
			 .words =
			     "the engine's side of the web console: its socket, sessions, "
			     "accounts. What osame-console itself needs stands in console.conf",
			 .most = 1,
			 KEYS(console_keys)},
};

void *config_base(struct config *c, const struct config_section *s, size_t n)
{
	return (char *)c + s->first + n * s->stride;
}
