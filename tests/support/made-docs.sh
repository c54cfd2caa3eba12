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

# docs/layouts/: a page a layout, and the list of them
rm -rf docs/layouts
mkdir docs/layouts
{
	echo "# レイアウト"
	echo
	echo "specs/layouts/ から作ったページ。手で直さない (\`make docs\`)。書き方は [layouts.md](../layouts.md)。"
	echo
} >docs/layouts/README.md
for layout in specs/layouts/*.xml; do
	page=$(basename "$layout" .xml).md
	"$build/osame" layout describe "$layout" >"docs/layouts/$page"
	sed -n "1s,^# \(.*\) (\(.*\))\$,- [\1]($page) \2,p" "docs/layouts/$page" >>docs/layouts/README.md
done
