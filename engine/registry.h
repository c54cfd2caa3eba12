/*
 * The one place that names adapters (registry.c): everything else knows ports. The
 * engine gets them as a struct, so that tests give it fakes.
 */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include "engine/digest.h"
#include "engine/drop.h"
#include "engine/exchange.h"
#include "engine/problems.h"
#include "engine/recognise.h"
#include "engine/scenario.h"
#include "engine/sign.h"
#include "engine/signin.h"
#include "engine/speech.h"
#include "engine/store.h"
#include "engine/text.h"
#include "engine/voice.h"

struct ports {
	const struct store_ops *store;
	const struct digest_ops *digest;
	const struct sign_ops *sign;
	const struct signin_ops *signin;
	const struct exchange_ops *exchange;
	const struct scenario_ops *scenario;
	const struct speech_ops *speech;
	const struct recognise_ops *recognise; /* spoken answers */
	const struct voice_ops *voice;
	const struct text_ops *text; /* kannel, karaden */
	const struct drop_ops *drop_local, *drop_sftp;
};

const struct ports *registry(void);
/* Every MUST member is there, else a problem that names it (our bug: start-up refuses). */
int registry_check(const struct ports *ports, struct problems *problems) MUST_CHECK;

#endif
