/*
 * console.conf: what osame-console itself needs, in the syntax of osame.conf, in a
 * file of its own: the engine's configuration may hold secrets, and is not for the
 * console's user to read. One list, from which parser and --dump come. All that is
 * wrong is said, with file and line; then nothing starts.
 */
#ifndef CONSOLE_SETTINGS_H
#define CONSOLE_SETTINGS_H

#include "engine/config/config.h"

#define CONFIG_C_ADDRESS(m) char m[64]

/* clang-format off */
#define CONSOLE_KEYS(X) \
	X(socket, socket, PATH, REQUIRED, "/run/osame/console.sock", 0, 0, NULL, \
	  "the engine's console socket: [console] socket of osame.conf") \
	X(url, url, TEXT, REQUIRED, "https://osame.ina.example", 0, 0, NULL, \
	  "where browsers find the console: any other Host or Origin is refused") \
	X(bind, bind, ADDRESS, DEFAULT, "127.0.0.1", 0, 0, NULL, \
	  "listener: our address; :: is IPv6 and IPv4") \
	X(port, port, INT, DEFAULT, "8443", 0, 65535, NULL, \
	  "listener: our port; 0: any free one") \
	X(certificate_file, certificate, PATH, REQUIRED, "/etc/osame/console.crt", 0, 0, NULL, \
	  "our certificate and those above it, PEM") \
	X(key_file, key, PATH, REQUIRED, "/etc/osame/console.key", 0, 0, NULL, \
	  "its key, PEM, of mode 0600") \
	X(web, web, PATH, REQUIRED, "/usr/local/share/osame/web", 0, 0, NULL, \
	  "folder of the pages") \
	X(allow, allow, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "networks that may connect, IPv4 and IPv6, with spaces between: 10.0.0.0/8 2001:db8::/32; " \
	  "none: nobody is let in") \
	X(proxy, proxy, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "addresses of our own proxies, with spaces between: from them, and from nobody else, the last " \
	  "entry of X-Forwarded-For is believed; they themselves are not asked for in allow") \
	X(client_certificates, client_certificates, BOOL, DEFAULT, "no", 0, 0, NULL, \
	  "yes: our proxy checks client certificates and sets X-Client-Verify and X-Client-Certificate itself, " \
	  "whatever a client sends; from proxy alone they are believed") \
	X(temporary, temporary, PATH, DEFAULT, "/var/tmp", 0, 0, NULL, \
	  "folder of files on their way up or down: they have no name there, and are gone with us") \
	X(upload_most, upload_most, SIZE, DEFAULT, "256 MiB", 1, 4LL << 30, NULL, \
	  "the largest file that is taken") \
	X(connections, connections, INT, DEFAULT, "128", 1, 1000, NULL, \
	  "most connections at once") \
	X(slow, slow, MS, DEFAULT, "20 s", 100, 10 * MS_MIN, NULL, \
	  "a connection that has not sent a whole request by then is cut (a file may take 30 times as long)") \
	X(contact, contact, TEXT, DEFAULT, "", 0, 0, NULL, \
	  "whom staff ring when the engine is down, in words: shown then")
/* clang-format on */

struct settings {
	CONSOLE_KEYS(CONFIG_MEMBER)
};

/* E_INVALID: `problems` has errors. */
int settings_load(const char *path, struct problems *problems, struct settings *ret) MUST_CHECK;
void settings_dump(FILE *to);

#endif
