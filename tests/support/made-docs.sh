#!/bin/sh
# Writes the made parts of the documentation again: made-docs.sh BUILD, from the
# project's folder. A made part stands between "<!-- made: COMMAND -->" and
# "<!-- end -->"; the unit tests fail when it is old.
set -eu
build=$1

# part FILE COMMAND...: the lines between the marks of FILE become COMMAND's output.
part() {
	file=$1
	shift
	made=$(mktemp)
	"$@" >"$made"
	awk -v made="$made" '
		/^<!-- made: / { print; while ((getline line < made) > 0) print line; skip = 1; next }
		/^<!-- end -->/ { skip = 0 }
		!skip { print }' "$file" >"$file.new"
	mv "$file.new" "$file"
	rm -f "$made"
}

part docs/configuration.md "$build/osamed" --dump=man
part docs/control.md "$build/osame" --manual
mkdir -p schemas/control
"$build/osame" --write-schemas schemas/control
