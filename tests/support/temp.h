/* Temporary folders and files of tests, all under TMPDIR (/tmp when it is not set).
 *
 * The runner gives each program a TMPDIR of its own, removes it afterwards, and fails a program
 * that passed but left something behind: so a test that is killed leaves nothing on the machine,
 * and a test that forgets to tidy up is found. Everything here aborts when it cannot. */
#ifndef TESTS_SUPPORT_TEMP_H
#define TESTS_SUPPORT_TEMP_H

#include <stddef.h>

enum { TEMP_MAX = 64 }; /* short: a Unix socket's path must fit behind it */

/* A new empty folder, mode 0700, called osame-<name>-<chance>. */
void temp_folder(char out[TEMP_MAX], const char *name);
/* A new file with these bytes; the caller unlinks it. */
void temp_file(char out[TEMP_MAX], const char *name, const void *bytes, size_t n);
/* The bytes into the file, made or emptied first. */
void temp_write(const char *path, const void *bytes, size_t n);
/* The folder and all that is in it. */
void temp_remove(const char *folder);

#endif
