#!/bin/sh
# make lint: what a reader should not have to look for. Each check says what it found; all run.
#
#   lint.sh [includes | format | specs | cppcheck | tidy]…   (all of them if none is named)
#
# includes  third-party headers only under adapters/, console/ and tests/: elsewhere a header is ours
#           or one of the C library's
# format    clang-format, by .clang-format
# specs     specs/ against schemas/, by xmllint, which is not what the programs use
# cppcheck, tidy (clang-tidy, by .clang-tidy): minutes of work. SINCE=REV looks only at what changed
#           since that commit, and at what includes a header that changed: for one's own work, not
#           for a release. TIDY_JOBS: how many at once (as many as there are cores)
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

failed() {
	echo "lint: $1: FAILED"
	bad=$((bad + 1))
}

sources() {
	find engine spool adapters console tests -name '*.[ch]' | sort
}

# Parts of a test that are included, not compiled by themselves. A table of cases that is easier to
# read a case a line says so in its first line.
included() {
	find tests -name '*.inc' -exec grep -L 'clang-format off' {} + | sort
}

# clang-format knows C by the ending of the file's name.
format() {
	sources | xargs clang-format --dry-run -Werror 2>&1 | sed -nE 's/^([^:]+):.*error.*/\1/p' | sort | uniq -c
	for f in $(included); do
		clang-format --assume-filename=x.c <"$f" | cmp -s - "$f" || echo "$f"
	done
}

# Headers of the C library, as the compiler's own search path has them; ours are in quotes.
includes() {
	found=0
	for f in $(find engine spool -name '*.[ch]'); do
		for h in $(sed -nE 's/^[ \t]*#[ \t]*include[ \t]*<([^>]+)>.*/\1/p' "$f"); do
			case $h in
			*/*) dir=${h%%/*}/ ;;
			*) dir= ;;
			esac
			case " assert complex ctype errno fenv float inttypes limits locale math setjmp signal \
			stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string time uchar \
			wchar wctype dirent fcntl fnmatch getopt glob grp pwd iconv langinfo libgen netdb poll pthread \
			pwd sched semaphore spawn strings syslog termios unistd " in
			*" ${h%.h} "*) continue ;;
			esac
			case $dir in
			sys/ | net/ | netinet/ | arpa/ | linux/) continue ;;
			esac
			echo "$f: <$h>: only adapters/, console/ and tests/ may include third-party headers"
			found=1
		done
	done
	for f in $(find engine spool -name '*.[ch]'); do
		if grep -nE '^[ \t]*#[ \t]*include[ \t]*"(adapters|console|tests)/' "$f" /dev/null |
			grep -v '^engine/registry\.c:' | grep -v '^engine/cli/' | grep -v '^engine/daemon/'; then
			echo "$f: engine/ knows ports; only engine/registry.c names adapters"
			found=1
		fi
	done
	return $found
}

specs() {
	ok=0
	for pair in layouts:layout campaigns:campaign; do
		for f in specs/"${pair%%:*}"/*.xml; do
			if [ -e "$f" ]; then
				xmllint --nonet --noout --schema "schemas/${pair##*:}.xsd" "$f" 2>&1 | grep -v ' validates$' && ok=1
			fi
		done
	done
	for f in specs/scenarios/*.vxml; do
		xmllint --nonet --noout --relaxng schemas/scenario.rng "$f" 2>&1 | grep -v ' validates$' && ok=1
	done
	return $ok
}

# It knows gcc's word for a function that does not return, not C11's.
run_cppcheck() {
	cppcheck --quiet --std=c11 --language=c --enable=warning,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppressions-list=tests/support/cppcheck.supp \
		-j "$(nproc)" -D_GNU_SOURCE '-D_Noreturn=__attribute__((noreturn))' -I. $(sources | grep '\.c$')
}

# The files that clang-tidy is to see: all, or those that SINCE touches.
tidy_files() {
	if [ -z "${SINCE:-}" ]; then
		sources | grep '\.c$' | grep -v '^tests/'
		return
	fi
	changed=$( (git diff --name-only --diff-filter=d "$SINCE" && git ls-files -o --exclude-standard) |
		grep -E '^(engine|spool|adapters|console)/.*\.[ch]$')
	for f in $changed; do
		case $f in
		*.c) echo "$f" ;;
		*) grep -rlF "\"$f\"" --include='*.c' engine spool adapters console ;;
		esac
	done | sort -u
}

# Each file is named as it is begun, with how far that is.
run_tidy() {
	flags="-std=c17 -D_GNU_SOURCE -I. $(make -s --no-print-directory cflags)" || return 1
	if [ -n "${SINCE:-}" ] && ! git rev-parse --quiet --verify "$SINCE^{commit}" >/dev/null; then
		echo "lint: $SINCE is no commit here"
		return 1
	fi
	files=$(tidy_files)
	[ -n "$files" ] || return 0
	echo "$files" | awk -v n="$(echo "$files" | wc -l)" '{ print NR "/" n " " $0 }' |
		xargs -P "${TIDY_JOBS:-$(nproc)}" -L 1 sh -c \
			'echo "lint: tidy $1 $2"; clang-tidy --quiet "$2" -- '"$flags"' 2>/dev/null' sh
}

for check in ${*:-includes format specs cppcheck tidy}; do
	echo "lint: $check"
	case $check in
	includes) includes || failed includes ;;
	format) format | { ! grep . ; } || failed format ;;
	specs) specs || failed specs ;;
	cppcheck) run_cppcheck || failed cppcheck ;;
	tidy) run_tidy || failed tidy ;;
	*)
		echo "lint: no check is called $check" >&2
		exit 2
		;;
	esac
done
if [ "$bad" -eq 0 ]; then
	echo "lint: clean"
else
	echo "lint: $bad failed"
	exit 1
fi
