/* Recognition by pocketsphinx with its English acoustic model (Debian: pocketsphinx-en-us). */
#ifndef ADAPTERS_RECOGNISE_RECOGNISE_H
#define ADAPTERS_RECOGNISE_RECOGNISE_H

#include "engine/recognise.h"

extern const struct recognise_ops recognise_sphinx;

#define RECOGNISE_MODEL "/usr/share/pocketsphinx/model/en-us/en-us"

#endif
