/* The digest port over libsodium. */
#ifndef ADAPTERS_SIGN_DIGEST_H
#define ADAPTERS_SIGN_DIGEST_H

#include "engine/digest.h"

extern const struct digest_ops digest_sodium;

#endif
