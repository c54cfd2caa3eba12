#!/bin/sh
# make deps: the Debian packages that building, testing and the demonstration need.
#
#   deps.sh                   installs what is missing; says first what it will do
#   deps.sh --list            prints the packages
#   deps.sh --contrib FOLDER  prints the apt source that it would add, made from FOLDER (/etc/apt)
#
# With everything there it is one dpkg-query and ends. Without root and with something missing it
# lists the packages and ends with status 1: nothing is asked for by sudo behind anybody's back.
#
# One package (the voice) is in Debian's section contrib. If apt does not know it, the machine's own
# Debian sources are written again for contrib alone, into a file of ours: no mirror is named here,
# and none of the machine's files is changed.
#
# sshd, kamailio and kannel are wanted as programs, not as services: while packages are installed a
# policy-rc.d (Debian's own hook) refuses to start any. If the machine has one already, that one
# decides. Ours is removed at the end, also on Ctrl-C.
set -eu

VOICE=hts-voice-nitech-jp-atr503-m001
CONTRIB=/etc/apt/sources.list.d/osame-contrib.sources
POLICY=/usr/sbin/policy-rc.d

BUILD="gcc make pkg-config libc6-dev libxml2-dev libcsv-dev libdb5.3-dev libssh2-1-dev
libsofia-sip-ua-dev libcurl4-openssl-dev libjansson-dev libmicrohttpd-dev libsodium-dev
nettle-dev liboath-dev libsoxr-dev libspandsp-dev libsrtp2-dev libutf8proc-dev libpocketsphinx-dev"
SPEECH="open-jtalk open-jtalk-mecab-naist-jdic $VOICE pocketsphinx-en-us"
TESTS="check python3 python3-pytest python3-pytest-xdist python3-numpy db5.3-util binutils"
PEERS="openssh-server openssh-client openssl kamailio kamailio-tls-modules baresip-core sip-tester
kannel kannel-extras
minisign espeak-ng curl nginx-light"
# The console's pages: npm fetches what console/web/package-lock.json names (make web), chromium shows
# them. Whoever packages Node.js elsewhere puts npm into nodejs itself.
WEB="nodejs chromium fonts-noto-cjk"
command -v npm >/dev/null || WEB="$WEB npm"
TOOLS="clang clang-format clang-tidy cppcheck libclang-rt-14-dev gcovr libxml2-utils sqlite3"

say() {
	echo "deps: $*"
}

missing() {
	have=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' \
		$BUILD $SPEECH $TESTS $PEERS $WEB $TOOLS 2>/dev/null || true)"
	for p in $BUILD $SPEECH $TESTS $PEERS $WEB $TOOLS; do
		case $have in
		*" $p=installed "*) ;;
		*) echo "$p" ;;
		esac
	done
}

# Debian's own releases among what the machine's sources name: "bookworm", "bookworm-updates" …
suites() {
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
	echo "$codename $codename-updates $codename-security stable stable-updates stable-security"
}

# deb822 files: each stanza for binaries of such a release with main and without contrib, again
# for contrib. Comments go; everything else (signatures, architectures) stays as it is.
from_deb822() {
	awk -v suites="$(suites)" '
	function flush(   i, n, w, ok) {
		ok = 0
		n = split(suite, w, " ")
		for (i = 1; i <= n; i++)
			if (index(" " suites " ", " " w[i] " "))
				ok = 1
		if (ok && enabled != "no" && (" " types " ") ~ / deb / &&
		    (" " comps " ") ~ / main / && (" " comps " ") !~ / contrib /)
			printf "%s\n", text
		text = suite = types = comps = ""
		enabled = "yes"
	}
	BEGIN { enabled = "yes" }
	FNR == 1 { flush() }
	/^[ \t]*$/ { flush(); next }
	/^#/ { next }
	{
		line = $0
		if (line ~ /^[^ \t]/) {
			field = tolower(substr(line, 1, index(line, ":") - 1))
			value = substr(line, index(line, ":") + 1)
		} else
			value = line
		gsub(/^[ \t]+|[ \t]+$/, "", value)
		if (field == "suites") suite = suite " " value
		if (field == "types") { types = types " " value; if (line ~ /^[^ \t]/) text = text "Types: deb\n"; next }
		if (field == "components") { comps = comps " " value; if (line ~ /^[^ \t]/) text = text "Components: contrib\n"; next }
		if (field == "enabled") { enabled = tolower(value); next }
		text = text line "\n"
	}
	END { flush() }' "$@"
}

# One-line files: "deb [signed-by=… arch=…] URI SUITE main …", as stanzas.
from_lines() {
	awk -v suites="$(suites)" '
	BEGIN {
		name["signed-by"] = "Signed-By"; name["arch"] = "Architectures"
		name["trusted"] = "Trusted"; name["check-valid-until"] = "Check-Valid-Until"
	}
	/^[ \t]*deb[ \t]/ {
		line = $0
		sub(/[ \t]#.*/, "", line)
		options = ""
		if (match(line, /\[[^]]*\]/)) {
			options = substr(line, RSTART + 1, RLENGTH - 2)
			line = substr(line, 1, RSTART - 1) " " substr(line, RSTART + RLENGTH)
		}
		n = split(line, w, " ")
		comps = " "
		for (i = 4; i <= n; i++)
			comps = comps w[i] " "
		if (!index(" " suites " ", " " w[3] " ") || comps !~ / main / || comps ~ / contrib /)
			next
		printf "Types: deb\nURIs: %s\nSuites: %s\nComponents: contrib\n", w[2], w[3]
		m = split(options, o, " ")
		for (i = 1; i <= m; i++) {
			at = index(o[i], "=")
			key = substr(o[i], 1, at - 1)
			value = substr(o[i], at + 1)
			gsub(/,/, " ", value)
			if (key in name)
				printf "%s: %s\n", name[key], value
		}
		printf "\n"
	}' "$@"
}

# Of an apt folder, files of ours left out.
contrib() {
	for f in "$1"/sources.list.d/*.sources; do
		if [ -r "$f" ] && [ "${f##*/}" != "${CONTRIB##*/}" ]; then
			from_deb822 "$f"
		fi
	done
	for f in "$1"/sources.list "$1"/sources.list.d/*.list; do
		if [ -r "$f" ]; then
			from_lines "$f"
		fi
	done
}

known_to_apt() {
	apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

add_contrib() {
	text=$(contrib /etc/apt)
	if [ -z "$text" ]; then
		say "the voice, $VOICE, is in Debian's contrib, and no Debian source of this machine could be read:"
		say "add contrib to the machine's apt sources, then run make deps again"
		exit 1
	fi
	say "writing $CONTRIB: this machine's own Debian sources, for contrib"
	(umask 022 && printf '# Made by Osame (make deps) for %s. Remove it when you do not need it.\n%s\n' \
		"$VOICE" "$text" >"$CONTRIB")
}

our_policy=
finish() {
	if [ -n "$our_policy" ]; then
		rm -f "$POLICY"
	fi
}

keep_services_down() {
	if [ -e "$POLICY" ]; then
		return
	fi
	trap finish EXIT
	trap 'exit 130' INT TERM HUP
	our_policy=yes
	(umask 022 && printf '#!/bin/sh\n# Osame: make deps is running; no service starts meanwhile.\nexit 101\n' >"$POLICY")
	chmod 755 "$POLICY"
}

case ${1:-} in
--list)
	for p in $BUILD $SPEECH $TESTS $PEERS $WEB $TOOLS; do echo "$p"; done
	exit 0
	;;
--contrib)
	contrib "${2:-/etc/apt}"
	exit 0
	;;
'') ;;
*)
	echo "usage: deps.sh [--list | --contrib FOLDER]" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say "this is no Debian system: install what these Debian 12 packages hold, then build:"
	"$0" --list | tr '\n' ' '
	echo
	exit 1
fi

WANTED=$(missing)
if [ -z "$WANTED" ]; then
	exit 0
fi
say "these packages are missing:" $WANTED
if [ "$(id -u)" -ne 0 ]; then
	say "only root can install them. As root, run make deps, or: apt-get install" $WANTED
	say "($VOICE is in Debian's section contrib.)"
	exit 1
fi
say "they will be installed by apt-get from this machine's own apt sources; if $VOICE is among them and"
say "unknown to apt, a source for Debian's contrib is added; no service will be started meanwhile"

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
if ! known_to_apt "$VOICE"; then
	add_contrib
	apt-get update -q
fi
keep_services_down
apt-get install -y -q --no-install-recommends $WANTED
left=$(missing)
if [ -n "$left" ]; then
	say "still missing:" $left
	exit 1
fi
say "done"
