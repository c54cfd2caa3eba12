/* The sign-in port over libsodium and liboath. */
#ifndef ADAPTERS_SIGN_SIGNIN_H
#define ADAPTERS_SIGN_SIGNIN_H

#include "engine/signin.h"

extern const struct signin_ops signin_sodium;

#endif
