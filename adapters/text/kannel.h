/* The text port over Kannel's sendsms. */
#ifndef ADAPTERS_TEXT_KANNEL_H
#define ADAPTERS_TEXT_KANNEL_H

#include "engine/text.h"

extern const struct text_ops text_kannel;

#endif
