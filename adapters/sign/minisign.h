/* The signing port in minisign's formats. */
#ifndef ADAPTERS_SIGN_MINISIGN_H
#define ADAPTERS_SIGN_MINISIGN_H

#include "engine/sign.h"

extern const struct sign_ops sign_minisign;

#endif
