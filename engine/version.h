/* The version of the three programs. */
#ifndef ENGINE_VERSION_H
#define ENGINE_VERSION_H

#define OSAME_VERSION "0.1.0"

#endif
