# Shared by the scripts of all data sets, which source it: . "$(dirname "$0")/../common.sh"
#
# They run under sh and bash, from any folder, and work in the folder that holds `data`: the root of the checkout, or
# the current folder where the tools are part of an installed package. The environment may set
#   DATA_HOME  another folder that holds `data`
#   PYTHON     the interpreter, by default `python`
#   DRY_RUN    1: print the commands instead of running them
set -e

TOOLS=$(cd "$(dirname "$0")/.." && pwd)
if [ -n "${DATA_HOME:-}" ]; then
    cd "$DATA_HOME"
elif [ -f "$TOOLS/../../setup.py" ]; then
    cd "$TOOLS/../.."
fi
case $TOOLS in "$(pwd)"/*) TOOLS=${TOOLS#"$(pwd)"/} ;; esac
PYTHON=${PYTHON:-python}

# run COMMAND...
run() {
    if [ -n "${DRY_RUN:-}" ]; then
        echo "$*"
    else
        "$@"
    fi
}

# tool SCRIPT ARGUMENT...: run a script below tools/data.
tool() {
    script=$1
    shift
    run "$PYTHON" "$TOOLS/$script" "$@"
}

fail() {
    echo "error: $*" >&2
    exit 1
}

# need PROGRAM...: fail unless the first of some programs that is installed can be chosen; its name is in $FOUND.
need() {
    for FOUND in "$@"; do
        if command -v "$FOUND" >/dev/null 2>&1 || [ -n "${DRY_RUN:-}" ]; then
            return 0
        fi
    done
    fail "one of these programs is needed: $*. Install it with the package manager of the system."
}

# fetch URL FILE: download a file that is not there; an interrupted download goes on where it ended.
fetch() {
    if [ -s "$2" ]; then
        echo "$2 exists already."
        return 0
    fi
    need curl wget
    run mkdir -p "$(dirname "$2")"
    case $FOUND in
        curl) run curl --fail --location --retry 3 --continue-at - --output "$2.part" "$1" ;;
        wget) run wget --tries 3 --continue --output-document "$2.part" "$1" ;;
    esac || fail "$1 cannot be downloaded. Get it in another way, put it to $2, and run this script again."
    run mv "$2.part" "$2"
}

# unpack ARCHIVE FOLDER
unpack() {
    if [ ! -f "$1" ] && [ -z "${DRY_RUN:-}" ]; then
        fail "there is no archive $(pwd)/$1."
    fi
    run mkdir -p "$2"
    case $1 in
        *.zip) need unzip && run unzip -q -o "$1" -d "$2" ;;
        *.rar)
            need unrar unar bsdtar 7z
            case $FOUND in
                unrar) run unrar x -idq -o+ "$1" "$2/" ;;
                unar) run unar -q -f -D -o "$2" "$1" ;;
                bsdtar) run bsdtar -xf "$1" -C "$2" ;;
                7z) run 7z x -y "-o$2" "$1" ;;
            esac
            ;;
        *) run tar -xf "$1" -C "$2" ;;
    esac
}

# unpack_parts FOLDER PART...: unpack a .tar.gz that was split into parts, given in order.
unpack_parts() {
    target=$1
    shift
    if [ ! -f "$1" ] && [ -z "${DRY_RUN:-}" ]; then
        fail "there is no $1 in $(pwd)."
    fi
    run mkdir -p "$target"
    if [ -n "${DRY_RUN:-}" ]; then
        echo "cat $* | tar -xzf - -C $target"
    else
        cat "$@" | tar -xzf - -C "$target"
    fi
}

# lift FOLDER: bring up the content of a folder that an archive wraps around its files; nothing if it is not there.
lift() {
    if [ -n "${DRY_RUN:-}" ]; then
        echo "mv $1/* $(dirname "$1")/"
    elif [ -d "$1" ]; then
        # It may hold a file or folder of its own name.
        mv "$1" "$(dirname "$1")/.lifted"
        find "$(dirname "$1")/.lifted" -mindepth 1 -maxdepth 1 -exec mv {} "$(dirname "$1")/" \;
        rmdir "$(dirname "$1")/.lifted"
    fi
}

# rename_to OLD NEW: rename a folder of an archive.
rename_to() {
    if [ -d "$1" ] && [ -e "$2" ] && [ -z "${DRY_RUN:-}" ]; then
        fail "$1 cannot become $2, which exists. Remove one of them."
    fi
    if [ -d "$1" ] || [ -n "${DRY_RUN:-}" ]; then
        run mkdir -p "$(dirname "$2")"
        run mv "$1" "$2"
    fi
}

# missing FILE...: fail with the names of the files that are not there.
missing() {
    lacking=
    for file in "$@"; do
        [ -e "$file" ] || lacking="$lacking $file"
    done
    if [ -n "$lacking" ] && [ -z "${DRY_RUN:-}" ]; then
        fail "$(pwd) lacks:$lacking. README.md beside this script says where they come from."
    fi
}

# choose VALUE ALLOWED...: fail unless the value is allowed.
choose() {
    given=$1
    shift
    for allowed in "$@"; do
        [ "$given" = "$allowed" ] && return 0
    done
    fail "'$given' must be one of: $*."
}

# mim_dataset DOWNLOAD_DIR DATA_ROOT: the archive that `mim download` fetched becomes DATA_ROOT.
# Its parts are DOWNLOAD_DIR/SOMETHING/raw/*.tar.gz*; the pattern NAME* chooses SOMETHING.
mim_dataset() {
    if [ $# -ne 3 ]; then
        fail "usage: $0 DOWNLOAD_DIR DATA_ROOT, as mim download calls it."
    fi
    found=
    for part in "$2"/*$1*/raw/*.tar.gz* "$2"/*/*$1*/raw/*.tar.gz*; do
        [ -f "$part" ] && found=$(dirname "$part")
    done
    if [ -z "$found" ] && [ -z "${DRY_RUN:-}" ]; then
        fail "$2 has no *$1*/raw/*.tar.gz*, which odl get writes."
    fi
    unpacked=$3/.unpacked
    unpack_parts "$unpacked" "$found"/*.tar.gz*
    if [ -z "${DRY_RUN:-}" ]; then
        # The archive wraps the data set in one folder.
        for inner in "$unpacked"/*; do
            [ "$(find "$unpacked" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ] && [ -d "$inner" ] && lift "$inner"
        done
        lift "$unpacked"
    fi
}
