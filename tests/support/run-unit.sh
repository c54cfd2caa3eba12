#!/bin/sh
# Runs unit test programs, several at once: run-unit.sh BUILD PROGRAM...
#
# A program that passes shows its one line ("100%: Checks: …") and how long it took; one that fails
# shows all it said. Each has a TMPDIR of its own, which is removed at the end whatever happened: a
# program that passed and left something there has failed too. The last lines name every program
# that failed, with its reasons; they are also added to the file $OSAME_FAILURES, if it is set, so
# that whoever runs several suites can say it all again at the very end.
#
# UNIT_JOBS: how many at once (twice as many as there are cores: most of them wait for a disk; as
# many under a sanitizer, where they wait for the processor).
# Check ends a test that hangs; UNIT_SECONDS (900) is for what Check does not see.
set -u

# One program, in $temp: the output of several at once must not mix, so it is shown in one piece.
one() {
	name=${1##*/}
	mine=$temp/$$ # short: paths of sockets have 107 bytes
	log=$mine.log
	mkdir "$mine" || return
	start=$(date +%s)
	TMPDIR=$mine OSAME_BUILD="$build" timeout -k 10 "$limit" "$1" >"$log" 2>&1
	status=$?
	seconds=$(($(date +%s) - start))
	left=$(cd "$mine" && find . -mindepth 1 | head -5 | tr '\n' ' ')
	reason=
	if [ "$status" -eq 0 ] && [ -n "$left" ]; then
		echo "left behind in TMPDIR: $left" >>"$log"
		reason="left files behind"
	elif [ "$status" -eq 124 ]; then
		reason="not done after $limit s"
	elif grep -q '%: Checks: 0,' "$log"; then
		reason="it tried nothing"
	elif [ "$status" -ne 0 ]; then
		reason="status $status"
	fi
	{
		flock 9
		if [ -n "$reason" ]; then
			failed "$name" "$log" "$reason"
		else
			echo "$name" >>"$temp/good"
			printf '%-26s %4s s  %s\n' "$name" "$seconds" "$(grep '^100%:' "$log" || tail -n 1 "$log")"
		fi
	} 9>>"$temp/lock"
	chmod -R u+rwX "$mine" 2>/dev/null
	rm -rf "$mine" "$log"
}

# failed PROGRAM LOG REASON: what Check says of each test that failed, or the reason.
failed() {
	echo "---- $1: $3; all it said:"
	cat "$2"
	echo "----"
	grep -E '^[^ ]+:[0-9]+:[FE]:|ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|SUMMARY: |runtime error:|^left behind' "$2" |
		sort -u | head -20 | cut -c1-400 | sed "s|^|FAILED $1: |" >"$temp/reasons"
	[ -s "$temp/reasons" ] || echo "FAILED $1: $3" >"$temp/reasons"
	cat "$temp/reasons" >>"$temp/failures"
}

limit=${UNIT_SECONDS:-900}
if [ "$1" = --one ]; then
	temp=$2
	build=$3
	one "$4"
	exit 0
fi

build=$1
shift
# In memory, if there is room: the tests sync some thousand times, and what they try does not depend
# on a disk.
place=${TMPDIR:-/tmp}
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 4000000 ] &&
	! grep -q '^[^ ]* /dev/shm .*noexec' /proc/mounts; then
	place=/dev/shm
fi
temp=$(mktemp -d "$place/osame-unit-XXXXXX") || exit 1
trap 'chmod -R u+rwX "$temp" 2>/dev/null; rm -rf "$temp"' EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$temp" # some tests are another user for a moment
: >"$temp/failures"
: >"$temp/good"

case $build in *san-*) jobs=$(nproc) ;; *) jobs=$(($(nproc) * 2)) ;; esac
printf '%s\n' "$@" | xargs -P "${UNIT_JOBS:-$jobs}" -n 1 "$0" --one "$temp" "$build"

good=$(wc -l <"$temp/good")
bad=$(($# - good))
echo "unit: $good passed, $bad failed"
cat "$temp/failures"
if [ -n "${OSAME_FAILURES:-}" ]; then
	sed "s|^FAILED |FAILED $build |" "$temp/failures" >>"$OSAME_FAILURES"
fi
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
