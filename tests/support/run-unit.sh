#!/bin/sh
# Runs each unit test program in its turn: run-unit.sh BUILD PROGRAM...
# Prints what they print, and a closing line with the count of programs.
set -u
build=$1
shift
bad=0
good=0
for t in "$@"; do
	if OSAME_BUILD="$build" "$t"; then
		good=$((good + 1))
	else
		bad=$((bad + 1))
		echo "FAILED: $t" >&2
	fi
done
echo "unit: $good passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
