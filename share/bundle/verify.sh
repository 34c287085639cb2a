#!/bin/sh
# Checks the files and the signature of the evidence bundle in this directory, or in the one that this script is in:
#
#     sh verify.sh [FINGERPRINT | VERIFIER-KEY]
#
# Needs find, awk, sort, sha256sum or shasum, and openssl 3. Exit status: 0 nothing found, 1 findings, 2 usage, 3 it
# could not be checked. A finding is its kind, the file's path, and what is the matter, with tabs between.
set -u
LC_ALL=C
export LC_ALL
unset CDPATH

say() { printf '%s\n' "$*" >&2; }
give_up() {
    say "verify.sh: $*"
    exit 3
}
usage() {
    say "verify.sh: $*"
    say 'usage: sh verify.sh [FINGERPRINT | VERIFIER-KEY]'
    exit 2
}

findings=0
found() {
    printf '%s\t%s\t%s\n' "$1" "$2" "$3"
    findings=$((findings + 1))
}

if command -v sha256sum >/dev/null 2>&1; then
    hash_command=sha256sum
elif command -v shasum >/dev/null 2>&1; then
    hash_command='shasum -a 256'
else
    give_up 'there is neither sha256sum nor shasum'
fi
digest() { $hash_command | cut -c1-64; }

# An Ed25519 public key in DER begins with these twelve bytes (RFC 8410).
spki_start='\060\052\060\005\006\003\053\145\160\003\041\000'

fingerprint_of_pin() {
    case $1 in
        *+*+*)
            # The key is the last 32 of the 33 bytes; before it stands the type.
            key=$(printf '%s' "$1" | sed 's/^[^+]*+[^+]*+//')
            [ "$(printf '%s' "$key" | openssl base64 -d -A 2>/dev/null | wc -c)" -eq 33 ] || return 1
            # shellcheck disable=SC2059 # the bytes are the format
            { printf "$spki_start" && printf '%s' "$key" | openssl base64 -d -A | tail -c 32; } | digest
            ;;
        *)
            digits=$(printf '%s' "$1" | tr -d ' :\t' | tr A-F a-f)
            [ "${#digits}" -eq 64 ] || return 1
            case $digits in *[!0-9a-f]*) return 1 ;; esac
            printf '%s\n' "$digits"
            ;;
    esac
}

case $# in
    0) pin= ;;
    1) pin=$(fingerprint_of_pin "$1") || usage "'$1' is neither a fingerprint of 64 digits nor a verifier key" ;;
    *) usage 'too many arguments' ;;
esac

# Beside a copy of this script that is known to be good, one may stand in the bundle's directory.
[ -e tagmanifest-sha256.txt ] || [ -e bagit.txt ] || cd "$(dirname "$0")" || give_up 'its directory cannot be entered'
[ -e tagmanifest-sha256.txt ] || [ -e bagit.txt ] || give_up 'this is no directory of a bundle'

# ---- What is there

odd=$(find . -name '*[!A-Za-z0-9._-]*' | tr -c '\n -~' '?')
[ -z "$odd" ] || found archive "$(printf '%s' "$odd" | head -n 1)" 'no file of a bundle has such a name'
special=$(find . ! -type f ! -type d)
[ -z "$special" ] || found archive "$(printf '%s' "$special" | tr -c '\n -~' '?' | head -n 1)" 'it is a link or a device'
[ $findings -eq 0 ] || { say 'Nothing else was checked.'; exit 1; }

for file in bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt tagmanifest.sig data/bundle.json \
    data/completeness.json proof/checkpoint.note proof/seal.json proof/keys.json proof/pubkeys.pem; do
    [ -f "$file" ] || found file-missing "$file" 'a bundle must have this file'
done
[ ! -e fetch.txt ] || found manifest fetch.txt 'a bundle holds all of its files, and fetches none'

# ---- The manifests. One that is not well-formed says nothing about any file.

well_formed() { # MANIFEST PATTERN-OF-PATHS
    [ "$(tr -d '\n -~' <"$1" | wc -c)" -eq 0 ] || return 1
    [ -z "$(tail -c 1 "$1")" ] || return 1
    awk -v paths="$2" '
        !/^[0-9a-f]+  [A-Za-z0-9._\/-]+$/ || index($0, "  ") != 65 { exit bad = 1 }
        { path = substr($0, 67) }
        ("/" path "/") ~ /\/(\.|\.\.)?\// || path <= last { exit bad = 1 }
        (path ~ /^data\//) != (paths == "data") { exit bad = 1 }
        path == "tagmanifest-sha256.txt" || path == "tagmanifest.sig" { exit bad = 1 }
        { last = path }
        END { exit bad }' "$1"
}

# Of what the manifests list and what is there, in one stream: "listed", "there" and "knows" (what a manifest covers).
compare() {
    for manifest in manifest-sha256.txt tagmanifest-sha256.txt; do
        [ -f "$manifest" ] || continue
        case $manifest in m*) which=data ;; *) which=tags ;; esac
        if well_formed "$manifest" $which; then
            printf 'knows %s\n' $which
            sed 's/^/listed /' "$manifest"
        else
            printf 'malformed %s\n' "$manifest"
        fi
    done
    # shellcheck disable=SC2086 # a command with its options
    find . -type f ! -path ./tagmanifest-sha256.txt ! -path ./tagmanifest.sig -exec $hash_command {} + |
        sed 's/^\([0-9a-f]*\) [ *]\.\//there \1 /'
}

wrong=$(compare | awk '
    function found(kind, path, what) { print kind "\t" path "\t" what }
    $1 == "malformed" { found("manifest", $2, "it is not well-formed") }
    $1 == "knows" { knows[$2] = 1 }
    $1 == "listed" { listed[$3] = $2 }
    $1 == "there" { there[$3] = $2 }
    END {
        for (path in listed) {
            if (!(path in there)) found("file-missing", path, "a manifest lists it")
            else if (there[path] != listed[path]) found("file-altered", path, "it is not as a manifest says")
        }
        for (path in there)
            if (!(path in listed) && (path ~ /^data\// ? "data" : "tags") in knows)
                found("file-unlisted", path, "no manifest lists it")
    }' | sort)
if [ -n "$wrong" ]; then
    printf '%s\n' "$wrong"
    findings=$((findings + $(printf '%s\n' "$wrong" | wc -l)))
fi

# ---- The signature

signature=unchecked
is=
if [ ! -f tagmanifest-sha256.txt ] || [ ! -f tagmanifest.sig ] || [ ! -f proof/pubkeys.pem ]; then
    signature=missing
elif ! command -v openssl >/dev/null 2>&1; then
    say 'There is no openssl: the signature was NOT checked.'
else
    is=$(openssl pkey -pubin -in proof/pubkeys.pem -outform DER 2>/dev/null | digest)
    body=$(openssl pkey -pubin -in proof/pubkeys.pem 2>/dev/null)
    if [ -z "$body" ] || [ "$body" != "$(cat proof/pubkeys.pem)" ] || ! grep -q "\"$is\"" proof/keys.json 2>/dev/null; then
        found signature proof/pubkeys.pem "it is not the bundle's key"
    fi
    if [ "$(wc -c <tagmanifest.sig)" -eq 64 ] && openssl pkeyutl -verify -pubin -inkey proof/pubkeys.pem -rawin \
        -in tagmanifest-sha256.txt -sigfile tagmanifest.sig >/dev/null 2>&1; then
        signature=good
    elif openssl pkeyutl -help 2>&1 | grep -q -e -rawin; then
        signature=bad
        found signature tagmanifest.sig "it is not the bundle key's signature of tagmanifest-sha256.txt"
    else
        say "$(openssl version) cannot check Ed25519, openssl 3 can: the signature was NOT checked."
    fi
    if [ $signature = good ] && [ -n "$pin" ] && [ "$is" != "$pin" ]; then
        found signature tagmanifest.sig 'it is by a key that is not the one that you gave'
    fi
fi

# ---- What it comes to

if [ $findings -gt 0 ]; then
    say "$findings found. Do not rely on this bundle."
    exit 1
fi
if [ $signature != good ]; then
    say 'All files are as the manifests say; whether the manifests are as their signer made them was not checked.'
    exit 3
fi
say 'All files are as they were signed, and none is missing or added.'
if [ -n "$pin" ]; then
    say 'They are signed by the key that you gave.'
else
    say "They are signed by the key with this fingerprint; compare it with one that you were given by another way:"
    say "$is"
fi
say 'NOT checked: the hashes, links and proofs of the entries, the checkpoint and the time-stamp. verify.html checks'
say 'them in a browser, and auditverify on a command line. This script came with the bundle, as its key did.'
