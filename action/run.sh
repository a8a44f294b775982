#!/bin/sh
# What the GitHub Action runs: gets the program that this commit of the action stands for, hands it the inputs as
# arguments, and ends with its exit code. Inputs come by the environment only, and nothing of the repository that is judged
# is executed. POSIX sh, for the images of container jobs: dash, busybox and macOS' sh run it.
set -eu
unset CDPATH

# Build scripts and downloaders get no token: it is a variable of this shell until the program starts.
token=${GUARD_TOKEN-}
unset GUARD_TOKEN GITHUB_TOKEN

# Values of inputs are never printed: they may come from an event, and the runner takes commands from the log.
refuse() {
    printf 'deploy-guard: %s\n' "$2" >&2
    exit "$1"
}

is_on() {
    case $2 in
        true) return 0 ;;
        false | '') return 1 ;;
        *) refuse 2 "the input $1 is neither true nor false" ;;
    esac
}

[ -n "${GITHUB_ACTION_PATH-}" ] || refuse 2 'GITHUB_ACTION_PATH is not set: this runs as a GitHub Action'
workspace=${GITHUB_WORKSPACE:-$PWD}
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
# Before the first program is called: from here on a relative entry of PATH finds nothing of the checkout.
cd "$temporary" || refuse 3 'the temporary folder is not there'
work=$(mktemp -d "$temporary/deploy-guard.XXXXXX") || refuse 3 'no temporary folder can be made'
cd "$work"

version=$(sed -n 's/^version = "\([^"]*\)".*/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | sed -n 1p)

exe=
case $(uname -s)/$(uname -m) in
    Linux/x86_64) target=x86_64-unknown-linux-musl ;;
    Linux/aarch64 | Linux/arm64) target=aarch64-unknown-linux-musl ;;
    Darwin/x86_64) target=x86_64-apple-darwin ;;
    Darwin/arm64) target=aarch64-apple-darwin ;;
    MINGW*/* | MSYS*/* | CYGWIN*/*) target=x86_64-pc-windows-msvc exe=.exe ;;
    *) target=none ;;
esac

# owner/name of the action, out of `…/_actions/<owner>/<name>/<ref>`; the variable for it is empty in composite actions.
repository() {
    path=$(printf %s "$GITHUB_ACTION_PATH" | tr '\134' /)
    case $path in */_actions/*/*/*) ;; *) return 0 ;; esac
    path=${path##*/_actions/}
    name=${path#*/}
    printf %s "${path%%/*}/${name%%/*}"
}

recorded_checksum() {
    while read -r its_version its_target its_checksum _; do
        if [ "$its_version" = "$version" ] && [ "$its_target" = "$target" ]; then
            printf %s "$its_checksum" | tr -d '\r'
            return 0
        fi
    done <"$GITHUB_ACTION_PATH/action/checksums.txt"
}

has() { command -v "$1" >/dev/null 2>&1; }

# By stdin, because names with a backslash are printed in another form.
sha256() {
    if has sha256sum; then
        sha256sum <"$1" | cut -c 1-64
    elif has shasum; then
        shasum -a 256 <"$1" | cut -c 1-64
    elif has certutil; then
        certutil -hashfile "$1" SHA256 | sed -n 2p | tr -d ' \r'
    else
        refuse 3 'nothing here computes a SHA-256 (sha256sum, shasum, certutil)'
    fi
}

# Without any credential: what it brings is public, or it is built instead.
download() {
    case $1 in https://*) protocol='=https' ;; *) protocol='=http,https' ;; esac
    if has curl; then
        curl -q -fsSL --proto "$protocol" --proto-redir "$protocol" --retry 3 --connect-timeout 20 --max-time 300 -o "$2" "$1"
    elif has wget; then
        wget -q -T 60 -O "$2" "$1"
    else
        echo 'deploy-guard: neither curl nor wget is here' >&2
        return 1
    fi
}

# Leaves the release's archive in the work folder. What an earlier job kept is hashed anew, as is what was downloaded.
bring_archive() {
    kept=${RUNNER_TOOL_CACHE:+$RUNNER_TOOL_CACHE/deploy-guard/$checksum/$archive}
    if [ -n "$kept" ] && cp "$kept" "$archive" 2>/dev/null && [ "$(sha256 "$archive")" = "$checksum" ]; then
        return 0
    fi
    from=$(repository)
    [ -n "$from" ] || return 1
    download "${GITHUB_SERVER_URL:-https://github.com}/$from/releases/download/v$version/$archive" "$archive" || return 1
    if [ "$(sha256 "$archive")" != "$checksum" ]; then
        refuse 3 "$archive is not the file that action/checksums.txt knows: it is not run"
    fi
    if [ -n "$kept" ] && mkdir -p "${kept%/*}" 2>/dev/null && cp "$archive" "$kept.$$" 2>/dev/null; then
        mv -f "$kept.$$" "$kept" 2>/dev/null || rm -f "$kept.$$"
    fi
}

use_release() {
    checksum=$(recorded_checksum)
    if [ -z "$checksum" ]; then
        echo "deploy-guard: no binary of $version is recorded for this machine ($target)" >&2
        return 1
    fi
    # The folder's name without its drive: tar takes what stands before a colon for a host.
    archive=deploy-guard-$version-$target.tar.gz
    if ! bring_archive; then
        echo "deploy-guard: $archive could not be had" >&2
        return 1
    fi
    program=$work/deploy-guard-$version-$target/deploy-guard$exe
    tar -xzf "$archive" "deploy-guard-$version-$target/deploy-guard$exe" || refuse 3 "$archive can't be unpacked"
}

# The action's commit pins the source and Cargo.lock. cargo reads its configuration from the folder it stands in and those
# above, so it stands in the action's and never in the checkout. A second call of the same job finds all of it built.
use_source() {
    has cargo || refuse 3 'cargo is not here to build deploy-guard: install Rust in a step before, or use a commit of the action with released binaries'
    number=$(printf %s "$GITHUB_ACTION_PATH" | cksum | cut -d ' ' -f 1)
    built=$temporary/deploy-guard-build-$number
    echo '::group::building deploy-guard from the source of the action'
    (
        unset GITHUB_ENV GITHUB_PATH GITHUB_OUTPUT GITHUB_STATE GITHUB_STEP_SUMMARY CARGO_BUILD_TARGET
        unset ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RUNTIME_TOKEN
        cd "$GITHUB_ACTION_PATH"
        cargo build --release --locked --bin deploy-guard --target-dir "$built"
    ) || refuse 3 "deploy-guard could not be built (it needs the Rust version that its Cargo.toml names)"
    echo '::endgroup::'
    program=$built/release/deploy-guard$exe
}

program=
case ${GUARD_INSTALL-} in
    auto | '') use_release || use_source ;;
    download) use_release || refuse 3 'the release could not be had, and the input install asks for nothing else' ;;
    build) use_source ;;
    *) refuse 2 'the input install is none of auto, download, build' ;;
esac

report=$work/report.json
sarif=$work/deploy-guard.sarif

if [ -n "${GUARD_VERIFY_VERDICT-}" ]; then
    set -- check "--verify-verdict=$GUARD_VERIFY_VERDICT"
    [ -z "${GUARD_MAX_AGE-}" ] || set -- "$@" "--max-age=$GUARD_MAX_AGE"
    [ -z "${GUARD_HEAD-}" ] || set -- "$@" "--head=$GUARD_HEAD"
else
    set -- ci "--format=json=$report"
    while read -r format; do
        [ -z "$format" ] || set -- "$@" "--format=$format"
    done <<END
$(printf %s "${GUARD_FORMATS:-github}" | tr -d '\r')
END
    if is_on sarif "${GUARD_SARIF-}"; then set -- "$@" "--format=sarif=$sarif"; fi
    if is_on fetch "${GUARD_FETCH-}"; then set -- "$@" --fetch; fi
    if is_on comment "${GUARD_COMMENT-}"; then set -- "$@" --comment; fi
    if is_on status "${GUARD_STATUS-}"; then set -- "$@" --status; fi
    if is_on all-open "${GUARD_ALL_OPEN-}"; then set -- "$@" --all-open; fi
    [ -z "${GUARD_BASE-}" ] || set -- "$@" "--base=$GUARD_BASE"
    [ -z "${GUARD_HEAD-}" ] || set -- "$@" "--head=$GUARD_HEAD"
    [ -z "${GUARD_PULL_REQUEST-}" ] || set -- "$@" "--pull-request=$GUARD_PULL_REQUEST"
    [ -z "${GUARD_ENVIRONMENT-}" ] || set -- "$@" "--environment=$GUARD_ENVIRONMENT"
    [ -z "${GUARD_EVENT-}" ] || set -- "$@" "--event=$GUARD_EVENT"
    [ -z "${GUARD_EVENT_NAME-}" ] || set -- "$@" "--event-name=$GUARD_EVENT_NAME"
fi

# Only looked at; to stand there is for the program, and the last step before it.
judged=$(cd "$workspace" && cd "${GUARD_WORKING_DIRECTORY:-.}" && pwd -P) ||
    refuse 2 'the folder of the input working-directory is not there'

# In a container job the checkout belongs to another user, and git refuses it. The one folder that is judged is named safe to
# this one process: in a configuration of its own, which takes in the user's; the home and what lies there stay as they are.
# GIT_CONFIG_COUNT and GIT_CONFIG_GLOBAL would not do: libgit2 does not read them.
entry() { printf '[%s]\n\t%s = "%s"\n' "$1" "$2" "$(printf %s "$3" | sed 's/[\\"]/\\&/g')"; }
if [ -z "$exe" ]; then
    mkdir -p "$work/git"
    usual=${XDG_CONFIG_HOME:-${HOME:+$HOME/.config}}
    usual=${GIT_CONFIG_GLOBAL-${usual:+$usual/git/config}}
    {
        [ -z "$usual" ] || entry include path "$usual"
        entry safe directory "$judged"
    } >"$work/git/config"
    export XDG_CONFIG_HOME="$work"
    [ -z "${GIT_CONFIG_GLOBAL+set}" ] || export GIT_CONFIG_GLOBAL="$work/git/config"
else
    # Git's shell would take `a=/b` for a path and rewrite it.
    export MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*'
fi
[ -z "$token" ] || export GITHUB_TOKEN="$token"

# What the checkout kept of its credentials, if anything, gives way to the token: the server takes one of them only. It goes by
# the environment to git as this process starts it, and to this one server.
if [ -n "$token" ] && is_on fetch "${GUARD_FETCH-}"; then
    signature=$(printf 'x-access-token:%s' "$token" | base64 | tr -d '\r\n')
    [ -n "$signature" ] || refuse 3 'base64 is not here, and fetch signs in with it'
    number=${GIT_CONFIG_COUNT:-0}
    key=http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader
    export "GIT_CONFIG_KEY_$number=$key" "GIT_CONFIG_VALUE_$number="
    number=$((number + 1))
    export "GIT_CONFIG_KEY_$number=$key" "GIT_CONFIG_VALUE_$number=AUTHORIZATION: basic $signature" "GIT_CONFIG_COUNT=$((number + 1))"
fi

code=0
cd "$judged"
"$program" "$@" || code=$?

if [ -s "$sarif" ] && [ -n "${GITHUB_OUTPUT-}" ]; then
    printf 'sarif=%s\n' "$sarif" >>"$GITHUB_OUTPUT" || refuse 3 'the output sarif could not be written'
fi
exit "$code"
