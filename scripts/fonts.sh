#!/usr/bin/env bash
# Writes src/pictures/fonts: Inter in two weights, as far as Latin, Greek, Cyrillic, arrows and
# mathematics go, and its licence. What is in the tree is what this makes; run it when the
# package of the fonts is another. Needs Python with venv; its subsetter is fetched from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
from=node_modules/@expo-google-fonts/inter
to=src/pictures/fonts
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check fonttools==4.68.0
characters=U+0020-007E,U+00A0-024F,U+0259,U+02BB,U+02BC,U+02C6-02DD,U+0300-0304,U+0306-030C,U+0323
characters+=,U+0370-03FF,U+0400-052F,U+1E00-1EFF,U+2000-206F,U+2070-209F,U+20A0-20C0,U+2116,U+2122
characters+=,U+2190-21FF,U+2200-22FF,U+25A0-25FF,U+FFFD
# No kerning or ligatures: widths are those of the letters, as src/render/text-width.ts adds them.
subset() {
  "$tools/bin/pyftsubset" "$from/$1" --unicodes="$characters" --layout-features= --no-hinting \
    --name-IDs=* --output-file="$to/$2"
}
mkdir -p "$to"
subset 400Regular/Inter_400Regular.ttf inter-400.ttf
subset 600SemiBold/Inter_600SemiBold.ttf inter-600.ttf
cp "$from/LICENSE_FONT" "$to/OFL.txt"
