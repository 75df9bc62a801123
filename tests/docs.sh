#!/bin/sh
# The documents tell the truth: commands and options exist, links lead somewhere, folders of the glossary are
# there, generated pages are current, decisions are listed.
set -u
cd "$(dirname "$0")/.."
cordon=${CORDON:-build/cordon}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
# verdict NAME FILE: passes when the file of complaints is empty.
verdict() {
    if [ -s "$2" ]; then
        failed=$((failed + 1))
        echo "FAIL $1"
        sed 's/^/     /' "$2"
    else
        passed=$((passed + 1))
    fi
}
documents=$(find . \( -name node_modules -o -path ./build -o -path ./.git -o -path ./var \) -prune -o -name '*.md' -print | LC_ALL=C sort)
"$cordon" --help > "$tmp/help" 2>&1 || { echo "FAIL $cordon --help"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# Links between documents, relative to the document.
for d in $documents; do
    grep -o '](\([^)#: ]*\))' "$d" | sed 's/^](//; s/)$//' | while read -r to; do
        [ -e "$(dirname "$d")/$to" ] || echo "$d: no $to"
    done
done > "$tmp/links"
verdict 'links lead to files' "$tmp/links"

# Every "cordon … SUBCOMMAND" in the documents, and its options, against cordon --help.
sed -n 's/^  cordon/cordon/p' "$tmp/help" > "$tmp/usage"
# an estimate's options are those of its figures
for figure in $($cordon estimate | sed 's/ .*//' | sort -u); do
    $cordon estimate "$figure" --help | grep -o -e '--[a-z][a-z0-9-]*'
done | sort -u | tr '\n' ' ' | sed 's/^/cordon estimate /' >> "$tmp/usage"
: > "$tmp/commands"
for d in $documents; do
    # in code spans and at the beginning of lines of code blocks
    sed -n 's/^ *\(build\/cordon .*\)/`\1`/; p' "$d" | grep -ho '`\(build/\)\{0,1\}cordon \(--data [^ ]* \)\{0,1\}[a-z][^`|#>]*' |
        sed "s,^\`,$d ," >> "$tmp/commands"
done
while read -r doc _ rest; do
    case $rest in --data*) rest=${rest#--data * } ;; esac
    name=${rest%% *} usage=$(grep -E "^cordon (--data DIR )?${rest%% *}( |$)" "$tmp/usage" | head -n 1)
    if [ -z "$usage" ]; then
        echo "$doc: no command \"$name\" in: cordon $rest"
        continue
    fi
    for option in $(echo "$rest" | grep -o -e '--[a-z][a-z-]*'); do
        case " --json --lang --help --data --known-at " in *" $option "*) continue ;; esac
        grep -E "^cordon (--data DIR )?$name " "$tmp/usage" | grep -q -e "$option\b" || echo "$doc: cordon $name has no $option"
    done
done < "$tmp/commands" > "$tmp/wrong"
verdict 'commands and options are in cordon --help' "$tmp/wrong"
[ "$(wc -l < "$tmp/commands")" -ge 30 ] || echo "only $(wc -l < "$tmp/commands") commands found in the documents" > "$tmp/few"
[ -e "$tmp/few" ] || : > "$tmp/few"
verdict 'the check of commands finds them' "$tmp/few"

# Every command of the program is in the README's table.
sed 's/^cordon \(--data DIR \)\{0,1\}\([a-z-]*\).*/\2/' "$tmp/usage" | sort -u | while read -r name; do
    grep -Eq "^\| \`cordon (--data DIR )?$name( |\`)" README.md || echo "README.md does not list: $name"
done > "$tmp/unlisted"
verdict 'the README lists every command' "$tmp/unlisted"

# The folder column of the glossary, and five columns everywhere.
awk -F'|' '/^\| / && $2 !~ /^ *term *$/ {
    if (NF != 7) print "GLOSSARY.md:" NR ": not five columns"
    gsub(/[ `]/, "", $5); print "folder " NR " " $5 }' GLOSSARY.md | while read -r word line folder; do
    if [ "$word" != folder ]; then echo "$word $line $folder"; continue; fi
    [ -d "$folder" ] || echo "GLOSSARY.md:$line: no folder $folder"
done > "$tmp/folders"
verdict 'folders of the glossary exist' "$tmp/folders"

# Files and folders of ours named in code spans of the documents.
for d in README.md ARCHITECTURE.md CONTRIBUTING.md docs/*.md docs/decisions/*.md bench/README.md; do
    grep -o '`\(src\|web\|data\|policies\|tools\|tests\|bench\|docs\|fuzz\)/[A-Za-z0-9_./-]*`' "$d" | tr -d '`' | sort -u |
        while read -r path; do [ -e "$path" ] || { [ "$d" = docs/web.md ] && [ -e "web/$path" ]; } || echo "$d: no $path"; done
done > "$tmp/paths"
verdict 'files named in the documents exist' "$tmp/paths"

# The layer table, and layers.txt, for folders that are there.
for folder in src/*/; do
    name=$(basename "$folder")
    layer=$(awk -v f="$name" '$1 ~ /^[0-9]+$/ && $2 == f { print $1 }' layers.txt)
    grep -q "^| $layer | \`$name\` |" ARCHITECTURE.md || echo "ARCHITECTURE.md: no row \"| $layer | \`$name\` |\""
done > "$tmp/layers"
verdict 'the layer table says what layers.txt says' "$tmp/layers"

for lang in en vi; do
    "$cordon" catalogue --markdown --lang $lang > "$tmp/records" 2> "$tmp/error"
    diff "docs/reference/records.$lang.md" "$tmp/records" | head -n 10 > "$tmp/old"
    [ ! -s "$tmp/old" ] || echo "make it again: $cordon catalogue --markdown --lang $lang > docs/reference/records.$lang.md" >> "$tmp/old"
    verdict "docs/reference/records.$lang.md is current" "$tmp/old"
done

for page in docs/decisions/[0-9]*.md; do
    file=$(basename "$page")
    grep -q "($file)" docs/decisions/README.md || echo "docs/decisions/README.md does not list $file"
    for part in Context Choice Rejected Undo; do grep -q "^\*\*$part\.\*\*" "$page" || echo "$page: no $part"; done
done > "$tmp/decisions"
verdict 'decisions are listed and whole' "$tmp/decisions"

echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
