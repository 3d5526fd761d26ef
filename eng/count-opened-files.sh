#!/usr/bin/env bash
# Counts the source files of the library that a reader opens on a walk, by the runtime's own list of first calls.
#
#   eng/count-opened-files.sh [--list] [--no-inlining] [--no-build] [WALK ...]
#
# Walks (all by default):
#   encoder    forward and backward of the CPU encoder; its weights and the encoder itself are made before
#   load       mlContext.Model.Load of a model's zip (item ids are integers, no co-occurrence prior)
#   append     Append of an event to a user's state; the model is loaded and the state is made before
#   recommend  Recommend for that state
#   group      GroupInteractions of integer users and items with integer times, and its view read to the end
# --list names the files. --no-inlining also counts methods that the compiler copies into a caller marked AggressiveOptimization; other
# callers are not optimised at their first call, so they copy nothing. --no-build uses the last build of the benchmarks.
#
# Each walk runs in a process of its own (tests/Microsoft.ML.Hydra.Benchmarks/Walks); an earlier process trains the model. The runtime lists
# a method when it compiles it, which is at its first call. The methods between WalkStarts and WalkEnds count. A method that an earlier part
# of the same process has called does not count: recommend shows what Recommend adds to append.
# A method stands for the file that declares its type, a nested type for its outermost type. Where a type is partial, the files that
# contain the method's name count. Types without code that runs (interfaces, enums, constants) do not count.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=tests/Microsoft.ML.Hydra.Benchmarks
program=$root/$project/bin/Release/net10.0/Microsoft.ML.Hydra.Benchmarks.dll
list=false
build=true
inlining=true
walks=()
for argument in "$@"; do
    case $argument in
        --list) list=true ;;
        --no-inlining) inlining=false ;;
        --no-build) build=false ;;
        encoder | load | append | recommend | group) walks+=("$argument") ;;
        *)
            echo "Arguments: [--list] [--no-inlining] [--no-build] [encoder] [load] [append] [recommend] [group]" >&2
            exit 2
            ;;
    esac
done
if [ ${#walks[@]} -eq 0 ]; then
    walks=(encoder load append recommend group)
fi

if $build; then
    dotnet build "$root/$project" -c Release -v quiet -nologo >&2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet "$program" walk train "$work/model.zip" > "$work/train.log" 2>&1 || { cat "$work/train.log" >&2; exit 1; }

# Lines "Namespace.Type`arity FILE" of every type that is not nested
declared_types() {
    find * -name '*.cs' -not -path 'obj/*' -not -path 'bin/*' -print0 | xargs -0 awk '
        FNR == 1 { space = "" }
        { sub(/\r$/, ""); sub(/^\357\273\277/, "") }
        /^namespace / { space = $2; sub(/;$/, "", space) }
        /^(\[.*\] *)?((public|internal|file|static|sealed|abstract|readonly|ref|unsafe|partial) )*(class|struct|interface|enum|delegate|record( class| struct)?) / {
            text = $0
            sub(/^(\[.*\] *)?((public|internal|file|static|sealed|abstract|readonly|ref|unsafe|partial) )*(class|struct|interface|enum|delegate|record( class| struct)?) +/, "", text)
            match(text, /^[A-Za-z0-9_]+/)
            name = substr(text, 1, RLENGTH)
            rest = substr(text, RLENGTH + 1)
            if (rest ~ /^</) {
                sub(/>.*/, "", rest)
                name = name "`" (gsub(/,/, "", rest) + 1)
            }

            print space "." name " " FILENAME
        }'
}

# Lines "Type Method" of each first call between the marks in list $1; recompilations of hot methods (Tier1) are not first calls
first_calls() {
    awk '
        /JIT compiled .*WalkCommand:WalkStarts\(/ { walks = 1; next }
        /JIT compiled .*WalkCommand:WalkEnds\(/ { ended = 1; walks = 0 }
        walks && !/\[Tier1/ {
            text = $0
            sub(/^.*JIT compiled (\(instrumented\) )?/, "", text)
            colon = index(text, ":")
            if (colon == 0) { next }
            type = substr(text, 1, colon - 1)
            method = substr(text, colon + 1)
            sub(/[\[(].*$/, "", method)
            sub(/\+.*$/, "", type)
            sub(/\[.*$/, "", type)
            print type, method
        }
        END { if (!ended) { exit 3 } }' "$1" | sort -u
}

# Files of the first calls in file $1
opened_files() {
    awk -v calls="$1" '
        { files[$1] = files[$1] ? files[$1] "\n" $2 : $2 }
        END {
            while ((getline line < calls) > 0) {
                split(line, call, " ")
                count = split(files[call[1]], of, "\n")
                name = call[2]
                sub(/^(get|set|add|remove|init)_/, "", name)
                if (match(name, /^<[A-Za-z0-9_]+>/)) { name = substr(name, 2, RLENGTH - 2) }
                found = 0
                for (i = 1; i <= count; i++) {
                    if (count == 1 || names(of[i], name)) { print of[i]; found = 1 }
                }

                for (i = 1; i <= count && !found; i++) { print of[i] }
            }
        }

        function names(file, word,    text, hit) {
            hit = 0
            while ((getline text < file) > 0) {
                if (text ~ ("(^|[^A-Za-z0-9_])" word "($|[^A-Za-z0-9_])")) { hit = 1 }
            }

            close(file)
            return hit
        }' "$work/types" | sort -u
}

cd "$root/src/Microsoft.ML.Hydra"
declared_types > "$work/types"
if ! $inlining; then
    export DOTNET_JitNoInline=1
fi

for walk in "${walks[@]}"; do
    DOTNET_TieredCompilation=1 DOTNET_TieredPGO=0 DOTNET_ReadyToRun=1 \
        DOTNET_JitStdOutFile="$work/$walk.jit" DOTNET_JitDisasmSummary=1 \
        dotnet "$program" walk "$walk" "$work/model.zip" > "$work/$walk.log" 2>&1 || { cat "$work/$walk.log" >&2; exit 1; }
    first_calls "$work/$walk.jit" > "$work/$walk.calls"
    opened_files "$work/$walk.calls" > "$work/$walk.files"
    printf '%-10s %3d files\n' "$walk" "$(wc -l < "$work/$walk.files")"
    if $list; then
        sed 's/^/  /' "$work/$walk.files"
    fi
done
