#!/bin/sh
# Open JTalk as flow tests have it: each sentence is made once a run, by the real program, and its sound and trace are
# remembered beside this script. Every engine of a test speaks the same fixed sentences when it starts, which was most
# of the processor time of all flow tests. Called as the engine calls open_jtalk: … -ot /dev/fd/3 -ow /dev/stdout,
# the text on standard input.
set -eu
PATH=/usr/bin:/bin
here=${0%/*}
text=$(cat)
key=$(printf '%s\n%s' "$*" "$text" | sha256sum)
key=$here/${key%% *}
if [ ! -e "$key.wav" ]; then
	new=$(mktemp -d "$here/XXXXXX")
	trap 'rm -rf "$new"' EXIT
	for arg; do
		shift
		case $arg in
		/dev/fd/3) arg=$new/trace ;;
		/dev/stdout) arg=$new/wav ;;
		esac
		set -- "$@" "$arg"
	done
	printf '%s\n' "$text" | open_jtalk "$@"
	mv "$new/trace" "$key.trace"
	mv "$new/wav" "$key.wav" # last: it says that both are whole
fi
cat "$key.trace" >&3
cat "$key.wav"
