/* Text to speech by Open JTalk's command line (docs/speech.md). */
#ifndef ADAPTERS_SPEECH_OPENJTALK_H
#define ADAPTERS_SPEECH_OPENJTALK_H

#include "engine/speech.h"

extern const struct speech_ops speech_openjtalk;

#define OPENJTALK_QUEUE 256 /* jobs that wait for a render thread */
#define OPENJTALK_WORKERS_MOST 16
#define OPENJTALK_TIMEOUT_MS_MOST 60000
#define OPENJTALK_CACHE_LEAST (1 << 20)

#endif
