#!/bin/sh
# Checks an evidence bundle: the archive, or the directory that it was unpacked to, or the one that this script is in.
#
#     sh verify.sh [BUNDLE.tar.gz | DIRECTORY] [FINGERPRINT | VERIFIER-KEY]...
#
# Everything in audit-bundle(5), CHECKING, but the signature of a time-stamp's authority; of a directory, all but the
# archive. Needs awk, find, od, sha256sum or shasum, openssl 3; for an archive also gzip, tar, tr, fold. TMPDIR is where
# an archive is unpacked to; it is gone again at the end. Exit status: 0 nothing found, 1 findings, 2 usage, 3 it could
# not be checked. A finding is its kind, the file's path, and what is the matter, with tabs between.
set -u
LC_ALL=C
export LC_ALL
unset CDPATH POSIXLY_CORRECT

say() { printf '%s\n' "$*" >&2; }
give_up() {
    say "verify.sh: $*"
    exit 3
}
usage() {
    say "verify.sh: $*"
    say 'usage: sh verify.sh [BUNDLE.tar.gz | DIRECTORY] [FINGERPRINT | VERIFIER-KEY]...'
    exit 2
}
found() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
stop_at_findings() {
    say 'Something was found, and nothing that comes after it was checked. Do not rely on this bundle.'
    exit 1
}

# ---- The archive. It is read twice: every header is looked at before anything is unpacked, and nothing is that a
# system's own tar could understand in another way.

# Of blocks of 512 bytes, a line each, in which NUL is \001, and \001 and line ends are \003, which no header may have.
# Prints the bundle's name and the number of bytes, or a finding.
cat_walk_program() {
    cat <<'AWK'
function wrong(why) {
    printf "archive\t%s\t%s\n", (shown == "" ? "-" : shown), why
    failed = 1
    exit
}
function octal(start, length_, what,   field, value, i) {
    field = substr($0, start, length_)
    if (field !~ /^[0-7]+[ \001][ \001]?$/) wrong("a tar header's " what " is not a number as it must be written")
    for (i = 1; substr(field, i, 1) ~ /[0-7]/; i++) value = value * 8 + substr(field, i, 1)
    return value + 0
}
function empty(start, length_) { return substr($0, start, length_) !~ /[^\001]/ }
function checksum(   rest, sum, i) {
    rest = substr($0, 1, 148) substr($0, 157)
    gsub(/\001/, "", rest)
    for (i = 1; i <= length(rest); i++) sum += code[substr(rest, i, 1)]
    return sum + 8 * 32
}
# A file system may not tell cases apart, and none has a file that is a directory too.
function twins(name,   lower, i, above) {
    lower = tolower(name)
    if (lower in files || lower in directories) return 1
    files[lower] = 1
    for (i = 2; i < length(name); i++) {
        if (substr(name, i, 1) != "/") continue
        above = substr(lower, 1, i - 1)
        if (above in files || (above in directories && directories[above] != substr(name, 1, i - 1))) return 1
        directories[above] = substr(name, 1, i - 1)
    }
    return 0
}
function path(name) {
    if (name !~ "^[A-Za-z0-9._/-]+$" || index(name, "/") == 0 || ("/" name "/") ~ /\/(\.|\.\.)?\//)
        wrong("a member's path is not one that a bundle may have")
    if (top == "") {
        top = substr(name, 1, index(name, "/"))
        if (top !~ /^[a-z0-9-]+\/$/ || length(top) > 51) wrong("the bundle's directory has a name that it may not have")
    }
    if (index(name, top) != 1) wrong("members are in more than one directory")
    if (name <= last) wrong("members are not in order, or one comes twice")
    last = name
    if (twins(name)) wrong("two members' paths differ in case only, or one is the other's directory")
}
function header(   name, mode, at) {
    name = substr($0, 1, 100)
    sub(/\001+$/, "", name)
    shown = top != "" && index(name, top) == 1 ? substr(name, length(top) + 1) : name
    if (shown ~ /[^ -~]/) shown = ""
    if (octal(149, 8, "checksum") != checksum()) wrong("a tar header's checksum is wrong")
    if (substr($0, 258, 8) != "ustar\00100") wrong("a tar header is not of the format ustar")
    if (substr($0, 157, 1) != "0") wrong("a member is a link, a directory, a device or an extended header")
    path(name)
    if (!empty(158, 100) || !empty(266, 64) || !empty(346, 167))
        wrong("a tar header has a link's name, an owner's name, a prefix or something after it")
    if (!empty(330, 8) && octal(330, 8, "device number") || !empty(338, 8) && octal(338, 8, "device number"))
        wrong("a tar header has a device number")
    if (octal(109, 8, "user") || octal(117, 8, "group")) wrong("a member has an owner")
    mode = octal(101, 8, "mode")
    if (mode != 420 && !(mode == 493 && shown == "verify.sh")) # 0644, 0755
        wrong("a member's mode is neither 0644 nor, for verify.sh, 0755")
    at = octal(137, 12, "time")
    if (members++ && at != time) wrong("members have different times")
    time = at
    if (members > 100000) wrong("it has more than 100000 members")
    left = octal(125, 12, "size")
}
BEGIN { for (i = 2; i < 256; i++) code[sprintf("%c", i)] = i }
{ size += length($0) }
length($0) < 512 { next }
left > 0 {
    if (left < 512 && !empty(left + 1, 512 - left)) wrong("the padding after a member is not zero")
    left -= 512
    next
}
zeros == 2 { wrong("something follows the two blocks of zeros that end a tar archive") }
empty(1, 512) { zeros++; next }
zeros == 1 { wrong("one block of zeros is followed by something else") }
{ header() }
END {
    if (failed) exit
    if (left <= 0) shown = ""
    if (zeros < 2 || size % 512) wrong("the archive is cut, or something follows its end")
    if (!members) wrong("it is empty")
    print "name\t" top "\t" size
}
AWK
}

# A second gzip member can stand unseen only after one of no bytes, whose checksum and length are zeros. Prints how long
# the file would be up to each place that looks so.
empty_gzip_members() {
    tr '\000\n' '\n\001' <"$1" | awk '
        zeros >= 7 && substr($0, 1, 3) == "\037\213\010" { print at }
        { zeros = $0 == "" ? zeros + 1 : 0; at += length($0) + 1 }'
}

check_gzip() { # FILE
    [ -r "$1" ] || give_up "$1 cannot be read"
    start=$(od -An -v -tx1 -N10 <"$1" | tr -d ' \n')
    case $start in
        1f8b0800000000000[024]ff) ;;
        1f8b*)
            found archive - 'the gzip header has a name, a time or something else, or is cut'
            stop_at_findings
            ;;
        *) give_up "$1 is no bundle: it is not a gzip file" ;;
    esac
    for length in $(empty_gzip_members "$1"); do
        if head -c "$length" "$1" | gzip -t 2>/dev/null; then
            found archive - 'bytes follow the end of the gzip stream'
            stop_at_findings
        fi
    done
}

# Leaves the bundle's files in $work/bundle and its name in $name.
unpack() { # FILE
    check_gzip "$1"
    cat_walk_program >"$work/walk.awk"
    { gzip -dc <"$1" 2>/dev/null || echo damaged >"$work/gzip"; } | tr '\000\001\n' '\001\003\003' | fold -b -w 512 |
        awk -f "$work/walk.awk" >"$work/walk" || give_up 'awk failed'
    read -r kind name size <"$work/walk" || give_up "awk failed, or $work is full"
    if [ "$kind" != name ]; then
        cat "$work/walk"
        stop_at_findings
    fi
    if [ -e "$work/gzip" ] || [ "$(tail -c 4 <"$1" | od -An -v -tu1 |
        awk '{ print $1 + 256 * ($2 + 256 * ($3 + 256 * $4)) }')" != "$(awk "BEGIN { print $size % 4294967296 }")" ]; then
        found archive - 'the compressed data is damaged or cut, or bytes follow its end'
        stop_at_findings
    fi
    # What a few bytes inflate to shall not fill the disk.
    mkdir "$work/bundle"
    free=$(df -Pk "$work" | awk 'END { print $4 - 65536 }')
    awk "BEGIN { exit !($size / 1024 < $free) }" ||
        give_up "unpacked it has $size bytes, for which there is no room in $work: set TMPDIR to a larger directory"
    gzip -dc <"$1" | (cd "$work/bundle" && tar -xf -) || give_up "it could not be unpacked to $work"
}

# ---- The checks, an awk program in parts. In texts that were split into JSON's strings, \002 stands for an escaped
# backslash and \003 for an escaped quote, as no other control character is left then.

# Numbers are texts of decimal digits, as a double has but 53 bits.
cat_bytes_part() {
    cat <<'AWK'
BEGIN {
    for (i = 1; i < 256; i++) byte[sprintf("%02x", i)] = sprintf("%c", i)
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (i = 0; i < 64; i++) sextet[substr(digits, i + 1, 1)] = i
    for (i = 0; i < 16; i++) nibble[substr("0123456789abcdef", i + 1, 1)] = i
    for (pipes = " one two"; length(pipes) < 20000;) pipes = pipes pipes
}
function is_hex(text, count) { return length(text) == count && text !~ /[^0-9a-f]/ }
function below(a, b) { return length(a) == length(b) ? (a "") < (b "") : length(a) < length(b) }
function less(a, b) {
    if ((a ~ /^-/) != (b ~ /^-/)) return a ~ /^-/
    return a ~ /^-/ ? below(substr(b, 2), substr(a, 2)) : below(a, b)
}
function is_count(text) { return text ~ /^(0|[1-9][0-9]*)$/ && below(text, "9223372036854775808") }
function is_time(text) {
    return text ~ /^-?(0|[1-9][0-9]*)$/ && !less("9223372036854775807", text) && !less(text, "-9223372036854775808")
}
function after(number,   tail) {
    if (length(number) < 16) return sprintf("%.0f", number + 1)
    tail = sprintf("%015.0f", substr(number, length(number) - 14) + 1)
    return length(tail) == 15 ? substr(number, 1, length(number) - 15) tail : after(substr(number, 1, length(number) - 15)) substr(tail, 2)
}
# A 64-bit number's 16 hexadecimal digits, of a negative one its two's complement.
function hex64(number,   minus, word, i, k, carry, high) {
    minus = sub(/^-/, "", number)
    if (!minus && below(number, "9007199254740992")) {
        high = int(number / 4294967296)
        number -= high * 4294967296
        return sprintf("%04x%04x%04x%04x", int(high / 65536), high % 65536, int(number / 65536), number % 65536)
    }
    for (k = 0; k < 4; k++) word[k] = 0
    for (i = 1; i <= length(number); i++) {
        carry = substr(number, i, 1)
        for (k = 3; k >= 0; k--) {
            carry += word[k] * 10
            word[k] = carry % 65536
            carry = int(carry / 65536)
        }
    }
    carry = minus
    for (k = 3; minus && k >= 0; k--) {
        word[k] = 65535 - word[k] + carry
        carry = int(word[k] / 65536)
        word[k] %= 65536
    }
    return sprintf("%04x%04x%04x%04x", word[0], word[1], word[2], word[3])
}
# "bad" where it is not written as it must be.
function base64_hex(text,   hex, i, four, pad) {
    pad = sub(/=$/, "", text) + sub(/=$/, "", text)
    if ((length(text) + pad) % 4 || text ~ "[^A-Za-z0-9+/]") return "bad"
    for (i = 1; i <= length(text); i += 4) {
        four = sextet[substr(text, i, 1)] * 64 + sextet[substr(text, i + 1, 1)]
        four = (four * 64 + sextet[substr(text, i + 2, 1)]) * 64 + sextet[substr(text, i + 3, 1)]
        hex = hex sprintf("%02x%02x%02x", int(four / 65536), int(four / 256) % 256, four % 256)
    }
    if (substr(hex, length(hex) - 2 * pad + 1) ~ /[1-9a-f]/) return "bad"
    return substr(hex, 1, length(hex) - 2 * pad)
}
function hex_base64(hex,   text, i, three) {
    while (length(hex) % 6) { hex = hex "00"; i++ }
    while (hex != "") {
        three = number_of(substr(hex, 1, 6))
        hex = substr(hex, 7)
        text = text substr(digits, int(three / 262144) + 1, 1) substr(digits, int(three / 4096) % 64 + 1, 1) \
            substr(digits, int(three / 64) % 64 + 1, 1) substr(digits, three % 64 + 1, 1)
    }
    return substr(text, 1, length(text) - i) substr("==", 1, i)
}
function number_of(hex,   value, i) {
    for (i = 1; i <= length(hex); i++) value = value * 16 + nibble[substr(hex, i, 1)]
    return value + 0
}
function bad_utf8(text) {
    if (text !~ /[\200-\377]/) return 0
    gsub(/[\302-\337][\200-\277]|\340[\240-\277][\200-\277]|[\341-\354\356\357][\200-\277][\200-\277]|\355[\200-\237][\200-\277]|\360[\220-\277][\200-\277][\200-\277]|[\361-\363][\200-\277][\200-\277][\200-\277]|\364[\200-\217][\200-\277][\200-\277]/, "u", text)
    return text ~ /[\200-\377]/
}

# SHA-256 of many messages by one process, which reads two named pipes in turn: a file for each would take as long
# again. One that is asked for, of bytes as hexadecimal digits, a text, and bytes again, is answer[NUMBER] after
# answers().
function ask(before, text, behind) {
    asked++
    message_before[asked] = before
    message_text[asked] = text
    message_behind[asked] = behind
    weight += length(before) + length(text) + length(behind)
    return asked
}
function put_hex(hex, file,   i, pair, run) {
    for (i = 1; i < length(hex); i += 2) {
        pair = substr(hex, i, 2)
        if (pair != "00") { run = run byte[pair]; continue }
        # Not every awk has NULs in its texts.
        printf "%s%c", run, 0 > file
        run = ""
    }
    printf "%s", run > file
}
function put_text(text, file,   count, part, i) {
    gsub(/\003/, "\"", text)
    # With a text of more than one line, some awks split at each line end too.
    if (!index(text, "\002")) { printf "%s", text > file; return }
    count = split(text, part, "\002")
    printf "%s", part[1] > file
    for (i = 2; i <= count; i++) printf "\\%s", part[i] > file
}
function answers(   command, i, file, line) {
    if (!asked) return
    command = "cd \"$work\" && exec " sha256 substr(pipes, 1, 4 * asked) " >answers"
    printf "" | command
    for (i = 1; i <= asked; i++) {
        file = work (i % 2 ? "/one" : "/two")
        put_hex(message_before[i], file)
        put_text(message_text[i], file)
        put_hex(message_behind[i], file)
        close(file)
        message_text[i] = ""
    }
    close(command)
    for (i = 0; (getline line < (work "/answers")) > 0;) answer[++i] = substr(line, 1, 64)
    close(work "/answers")
    if (i != asked) give_up("not every hash could be had: is " work " full?")
    asked = weight = 0
}
# The same for those that are kept, as they are few and come again.
function want(before, text, behind) {
    if (!((before, text, behind) in sum)) wanted[ask(before, text, behind)] = before SUBSEP text SUBSEP behind
}
function have(   count, i) {
    count = asked
    answers()
    for (i = 1; i <= count; i++) sum[wanted[i]] = answer[i]
}
function sum_of(before, text, behind) {
    want(before, text, behind)
    have()
    return sum[before, text, behind]
}
function give_up(why) {
    print "verify.sh: " why > "/dev/stderr"
    exit 3
}
function found(kind, path, seq, why) {
    if (++findings > 10000) return
    print kind "\t" (path == "" ? "-" : path) "\t" (seq == "" ? "" : "entry " seq ": ") why
}
AWK
}

# A file's members are is[FILE, NAME, ...], of arrays by their numbers from 0, and their types type[FILE, ...]: string,
# number, object, array with how many there are, true, false, null.
cat_json_part() {
    cat <<'AWK'
function utf8(code,   text) {
    if (code < 128) return sprintf("%c", code)
    text = sprintf("%c", 128 + code % 64)
    if (code < 2048) return sprintf("%c", 192 + int(code / 64)) text
    text = sprintf("%c", 128 + int(code / 64) % 64) text
    if (code < 65536) return sprintf("%c", 224 + int(code / 4096)) text
    return sprintf("%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64) text
}
function unescaped(text,   out, at, letter, code, low) {
    while ((at = index(text, "\\")) > 0) {
        out = out substr(text, 1, at - 1)
        letter = substr(text, at + 1, 1)
        if (letter != "u") {
            if (letter == "" || index("/bfnrt", letter) == 0) json_wrong = 1
            out = out substr("/\b\f\n\r\t", index("/bfnrt", letter), 1)
            text = substr(text, at + 2)
            if (json_wrong) return ""
            continue
        }
        code = tolower(substr(text, at + 2, 4))
        if (!is_hex(code, 4) || code ~ /^d[c-f]/ || code == "0000") json_wrong = 1
        text = substr(text, at + 6)
        low = tolower(substr(text, 3, 4))
        if (code ~ /^d[89ab]/) {
            if (text !~ /^\\u/ || !is_hex(low, 4) || low !~ /^d[c-f]/) json_wrong = 1
            out = out utf8(65536 + (number_of(code) - 55296) * 1024 + number_of(low) - 56320)
            text = substr(text, 7)
        } else out = out utf8(number_of(code))
        if (json_wrong) return ""
    }
    text = out text
    gsub(/\003/, "\"", text)
    out = ""
    while ((at = index(text, "\002")) > 0) {
        out = out substr(text, 1, at - 1) "\\"
        text = substr(text, at + 1)
    }
    return out text
}
# where[DEPTH] is the place of what is being read there; `next_` is what may come: value, first (or the end), key, colon,
# or more (or the end).
function json_place() {
    if (depth == 0) return document
    if (type[where[depth]] == "array") return where[depth] SUBSEP is[where[depth]]++
    return where[depth] SUBSEP key[depth]
}
function json_value(kind, value,   place) {
    if (next_ != "value" && !(next_ == "first" && type[where[depth]] == "array")) return json_wrong = 1
    place = json_place()
    if (place in type) return json_wrong = 1
    type[place] = kind
    is[place] = value
    if (kind == "object" || kind == "array") {
        if (depth == 500) return json_wrong = 1
        where[++depth] = place
        next_ = "first"
    } else next_ = depth ? "more" : "end"
}
function json_string(text) {
    if (index(text, "\\") || index(text, "\002") || index(text, "\003")) text = unescaped(text)
    if (next_ == "value" || next_ == "first" && type[where[depth]] == "array") return json_value("string", text)
    if (next_ != "key" && next_ != "first" || index(text, SUBSEP)) return json_wrong = 1
    key[depth] = text
    next_ = "colon"
}
function json_token(token) {
    if (token == "{") json_value("object", "")
    else if (token == "[") json_value("array", 0)
    else if (token == ":" && next_ == "colon") next_ = "value"
    else if (token == "," && next_ == "more") next_ = type[where[depth]] == "array" ? "value" : "key"
    else if ((token == "}" || token == "]") && (next_ == "more" || next_ == "first") &&
        (token == "]") == (type[where[depth]] == "array")) next_ = --depth ? "more" : "end"
    else if (token == "true" || token == "false" || token == "null") json_value(token, token)
    else if (token ~ /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/) json_value("number", token == "-0" ? "0" : token)
    else json_wrong = 1
}
# Reads a file, and returns whether it is an object.
function json_file(path,   line, pieces, piece, tokens, token, i, k) {
    document = path
    depth = json_wrong = 0
    next_ = "value"
    while ((getline line < path) > 0 && !json_wrong) {
        if (line ~ /[\001-\010\013\014\016-\037]/ || bad_utf8(line)) json_wrong = 1
        gsub(/\\\\/, "\002", line)
        gsub(/\\"/, "\003", line)
        pieces = split(line, piece, "\"")
        for (i = 1; i <= pieces && !json_wrong; i++) {
            if (i % 2 == 0) {
                if (i == pieces || piece[i] ~ /[\t\r]/) json_wrong = 1
                json_string(piece[i])
                continue
            }
            if (piece[i] ~ /[\002\003\\]/) json_wrong = 1
            gsub(/[][{}:,]/, " & ", piece[i])
            tokens = split(piece[i], token, /[ \t\r]+/)
            for (k = 1; k <= tokens && !json_wrong; k++) if (token[k] != "") json_token(token[k])
        }
    }
    close(path)
    return !json_wrong && !unreadable[path] && next_ == "end" && type[path] == "object"
}
function is_integer(path, name) { return type[path, name] == "number" && is_time(is[path, name]) }
function counts(path, name) { return type[path, name] == "number" && is_count(is[path, name]) }
function is_null_or_count(path, name) { return type[path, name] == "null" || counts(path, name) }
function is_uuid(text) {
    return length(text) == 36 && text !~ /[^0-9a-f-]/ && text ~ /^[^-]*-[^-]*-[^-]*-[^-]*-[^-]*$/ && index(text, "-") == 9 &&
        substr(text, 14, 1) substr(text, 19, 1) substr(text, 24, 1) == "---"
}
function hashes(path, name,   i) {
    if (type[path, name] != "array" || is[path, name] > 64) return 0
    for (i = 0; i < is[path, name]; i++) if (type[path, name, i] != "string" || !is_hex(is[path, name, i], 64)) return 0
    return 1
}
AWK
}

# What is there against what the manifests list.
cat_files_part() {
    cat <<'AWK'
# How many lines and bytes each file has, which cannot be read as text, and the digests.
function read_facts(   line, path, space) {
    while ((getline line < (work "/sizes")) > 0) {
        if ((space = index(line, " ./")) == 0) continue
        path = substr(line, space + 3)
        split(line, fact, " ")
        newlines[path] = fact[1]
        size[path] = fact[2]
    }
    close(work "/sizes")
    while ((getline line < (work "/unreadable")) > 0) unreadable[line] = 1
    close(work "/unreadable")
    while ((getline line < (work "/digests")) > 0) {
        path = substr(line, 65)
        sub(/^ [ *]\.\//, "", path)
        digest[path] = substr(line, 1, 64)
    }
    close(work "/digests")
}
function hold(kind, names,   count, name, i) {
    count = split(names, name, " ")
    for (i = 1; i <= count; i++) {
        if (!(name[i] in size)) continue
        limit = name[i] ~ /manifest-sha256.txt$/ ? 33554432 : 16777216
        if (size[name[i]] <= limit) held[name[i]] = 1
        else found(kind, name[i], "", "it is longer than " limit " bytes")
    }
}
# One that is not well-formed says nothing about any file.
function manifest(name, payload,   line, path, last, count, good) {
    good = !unreadable[name]
    while ((getline line < name) > 0 && good) {
        count++
        path = substr(line, 67)
        good = is_hex(substr(line, 1, 64), 64) && substr(line, 65, 2) == "  " && path ~ "^[A-Za-z0-9._/-]+$" && path > last &&
            ("/" path "/") !~ /\/(\.|\.\.)?\// && (path ~ /^data\//) == payload && path !~ /^tagmanifest(-sha256\.txt|\.sig)$/
        last = path
        listed[path] = substr(line, 1, 64)
        by[path] = name
    }
    close(name)
    if (good && count == newlines[name]) return manifests[payload] = 1
    found("manifest", name, "", "it is not well-formed")
    for (path in by) if (by[path] == name) delete by[path]
}
function compare_files(   path, count, name, i) {
    count = split(required, name, " ")
    for (i = 1; i <= count; i++) {
        if (!(name[i] in size)) found("file-missing", name[i], "", "a bundle must have this file")
        must[name[i]] = 1
    }
    if ("manifest-sha256.txt" in held) manifest("manifest-sha256.txt", 1)
    if ("tagmanifest-sha256.txt" in held) manifest("tagmanifest-sha256.txt", 0)
    for (path in by) {
        if (!(path in size)) { if (!must[path]) found("file-missing", path, "", by[path] " lists it") }
        else if (digest[path] != listed[path]) found("file-altered", path, "", "it is not as " by[path] " says")
    }
    for (path in size)
        if (!(path in by) && manifests[path ~ /^data\//] && path !~ /^tagmanifest(-sha256\.txt|\.sig)$/)
            found("file-unlisted", path, "", "no manifest lists it")
}
function bag_files(   line, good, path, bytes, files, count, value) {
    if ("fetch.txt" in size) found("manifest", "fetch.txt", "", "a bundle holds all of its files, and fetches none")
    # BagIt 1.0 in UTF-8 is said in one way only.
    if ("bagit.txt" in held && digest["bagit.txt"] != "1712ecfb074bf29c4188ad3421032509159a09739fd604f8fe57038b4ddefcc9")
        found("manifest", "bagit.txt", "", "it is not that of a BagIt 1.0 bag in UTF-8")
    if (!("bag-info.txt" in held)) return
    good = !unreadable["bag-info.txt"]
    while ((getline line < "bag-info.txt") > 0) {
        lines++
        if (line !~ /^[A-Za-z-]+: [^\r]+$/ || bad_utf8(line)) good = 0
        label = substr(line, 1, index(line, ":") - 1)
        count[label]++
        value[label] = substr(line, length(label) + 3)
    }
    close("bag-info.txt")
    for (path in size) if (path ~ /^data\//) { bytes += size[path]; files++ }
    if (!good || lines != newlines["bag-info.txt"] || count["Bagging-Date"] != 1 || count["External-Identifier"] != 1 ||
        count["Bag-Software-Agent"] != 1)
        found("manifest", "bag-info.txt", "", "it is not well-formed, or lacks what it must say")
    else if (count["Payload-Oxum"] != 1 || value["Payload-Oxum"] "" != sprintf("%.0f.%d", bytes, files))
        found("manifest", "bag-info.txt", "", "its Payload-Oxum is not right")
}
AWK
}

# Keys, notes, and who signed what.
cat_keys_part() {
    cat <<'AWK'
# The number of a verifier key NAME+ID+BASE64, or 0. Its type is 01, of a witness 04.
function key_of(text, kind,   name, id, raw) {
    if ((text, kind) in key_known) return key_known[text, kind]
    key_known[text, kind] = 0
    name = substr(text, 1, index(text, "+") - 1)
    id = substr(text, length(name) + 2, 9)
    raw = base64_hex(substr(text, length(name) + 11))
    if (name == "" || name ~ /[ \t-\r]/ || !is_hex(raw, 66) || substr(raw, 1, 2) != kind) return 0
    if (id != substr(sum_of("", name "\n", raw), 1, 8) "+") return 0
    keys++
    key_name[keys] = name
    key_id[keys] = substr(id, 1, 8)
    key_public[keys] = substr(raw, 3)
    return key_known[text, kind] = keys
}
# What key_of() and fingerprint() will ask for.
function want_key(text,   name, raw) {
    name = substr(text, 1, index(text, "+") - 1)
    raw = base64_hex(substr(text, length(name) + 11))
    want("", name "\n", raw)
    want(spki substr(raw, 3), "", "")
}
function want_keys(   path, i) {
    path = "proof/keys.json"
    for (i = 1; i <= pins; i++) if (pin[i] ~ /\+/) want_key(pin[i])
    if (path in held && json_file(path)) {
        want_key(is[path, "bundle", "vkey"])
        for (i = 0; i < is[path, "log"] && i < 100; i++) want_key(is[path, "log", i, "vkey"])
        for (i = 0; i < is[path, "witnesses"] && i < 100; i++) want_key(is[path, "witnesses", i])
        is_keys = 1
    }
    have()
}
function fingerprint(k) { return sum_of(spki key_public[k], "", "") }
# Of a file's text, or of a file as it is.
function verifies(k, file, signature_file,   command) {
    put_hex(spki key_public[k], work "/key")
    close(work "/key")
    command = "openssl pkeyutl -verify -pubin -keyform DER -inkey \"$work/key\" -rawin -in " file " -sigfile " signature_file
    if (!cannot_verify && system(command " >/dev/null 2>&1") == 0) return 1
    if (!could_verify && system("openssl pkeyutl -help 2>&1 | grep -q -e -rawin") != 0) return cannot_verify = 1
    could_verify = 1
    return 0
}
function signed_text(k, text, signature) {
    if (length(signature) != 128) return 0
    if ((k, text, signature) in verified) return verified[k, text, signature]
    put_text(text, work "/text")
    close(work "/text")
    put_hex(signature, work "/signature")
    close(work "/signature")
    return verified[k, text, signature] = verifies(k, "\"$work/text\"", "\"$work/signature\"")
}
# Signature lines, from the first of line[] to the last, into line_name, line_id and line_signature of the note.
function signature_lines(note, first, last,   i, text, space) {
    signatures[note] = 0
    if (last < first || last - first >= 64) return 0
    for (i = first; i <= last; i++) {
        text = line[i]
        if (substr(text, 1, 4) != "\342\200\224 ") return 0
        text = substr(text, 5)
        space = index(text, " ")
        if (text !~ /^[^ +]+ [^ ]+$/) return 0
        hex = base64_hex(substr(text, space + 1))
        if (hex == "bad" || length(hex) < 10) return 0
        signatures[note]++
        line_name[note, signatures[note]] = substr(text, 1, space - 1)
        line_id[note, signatures[note]] = substr(hex, 1, 8)
        line_signature[note, signatures[note]] = substr(hex, 9)
    }
    return 1
}
# A signed note: the lines of its text are said[NOTE, NUMBER], of which there are says[NOTE].
function read_note(note, text,   count, i) {
    says[note] = 0
    note_text[note] = ""
    if (text ~ /[\001-\011\013-\037]/ || bad_utf8(text)) return 0
    count = split(text, line, "\n")
    if (count < 2 || line[count] != "") return 0
    for (i = count - 1; i > 1 && line[i] != "";) i--
    if (i < 2 || !signature_lines(note, i + 1, count - 1)) return 0
    for (says[note] = i - 1; i > 1; i--) {
        said[note, i - 1] = line[i - 1]
        note_text[note] = line[i - 1] "\n" note_text[note]
    }
    return 1
}
function signed_by(note, k,   i, any) {
    for (i = 1; i <= signatures[note]; i++) {
        if (line_name[note, i] != key_name[k] || line_id[note, i] != key_id[k]) continue
        if (!signed_text(k, note_text[note], line_signature[note, i])) return 0
        any = 1
    }
    return any
}
# A file's text; no note is of more than a few lines.
function text_of(path,   text, line, count) {
    while ((getline line < path) > 0 && count++ < 100) text = text (count > 1 ? "\n" : "") line
    close(path)
    if (unreadable[path] || count > 100) return ""
    return text (count == newlines[path] ? "\n" : "")
}

function history_wrong(   path, i, changes, restores) {
    path = "proof/keys.json"
    for (i = 0; i < is[path, "notes"]; i++) {
        if (type[path, "notes", i] != "string" || !read_note(i, is[path, "notes", i])) return "a note is not well-formed"
        if (said[i, 1] == "auditproof/log-key@v1") {
            if (++changes >= logs || !is_change(i, changes)) return "a change of the log's key is not as it must be"
        } else if (said[i, 1] == "auditproof/epoch@v1") restore[++restores] = i
        else return "a note is of no kind that is known"
    }
    if (changes != logs - 1) return "the log has not as many keys as its notes say"
    if (restores != renames) return "the log's name changed without a declared restore, or the other way round"
    for (i = 1; i <= restores; i++)
        if (!is_restore(restore[i], i, renamed[i])) return "a declared restore is not as it must be"
    return ""
}
function is_root(text) { return is_hex(base64_hex(text), 64) }
function is_change(note, number) {
    if (says[note] != 7 || said[note, 4] "" != number "" || said[note, 2] != log_vkey[number] ||
        said[note, 3] != log_vkey[number + 1] || said[note, 5] "" != log_from[number + 1] "" ||
        !is_root(said[note, 6]) || !is_count(said[note, 7]))
        return 0
    # Only a restore can leave the log with less.
    if (below(log_from[number + 1], log_from[number]) &&
        key_name[log_key[number]] == key_name[log_key[number + 1]]) return 0
    change_root[number + 1] = base64_hex(said[note, 6])
    if (!signed_by(note, log_key[number]) || !signed_by(note, log_key[number + 1])) return 0
    if (key_name[log_key[number]] != key_name[log_key[number + 1]]) renamed[++renames] = note SUBSEP number
    return 1
}
# The log's name changes by a declared restore alone, which tells the same as the change.
function is_restore(note, number, change,   part, before) {
    split(change, part, SUBSEP)
    before = log_key[part[2]]
    return says[note] == 10 && said[note, 2] == key_name[before] && said[note, 3] == key_name[log_key[part[2] + 1]] &&
        said[note, 4] "" == number "" && said[note, 5] "" == said[part[1], 5] "" && said[note, 6] == said[part[1], 6] &&
        is_count(said[note, 7]) && is_root(said[note, 8]) && is_count(said[note, 9]) &&
        base64_hex(said[note, 10]) != "bad" && signed_by(note, before)
}
function keys_wrong(   path, i) {
    path = "proof/keys.json"
    if (!is_keys) return "it is no JSON object"
    if (type[path, "bundle", "vkey"] != "string" || type[path, "bundle", "fingerprint"] != "string" ||
        type[path, "log"] != "array" || is[path, "log"] == 0 || type[path, "notes"] != "array")
        return "a member of it is missing, or not as it must be"
    bundle_key = key_of(is[path, "bundle", "vkey"], "01")
    if (!bundle_key || fingerprint(bundle_key) != is[path, "bundle", "fingerprint"])
        return "the bundle's key is not one, or its fingerprint another's"
    for (logs = 0; logs < is[path, "log"];) {
        i = logs++
        log_vkey[logs] = is[path, "log", i, "vkey"]
        log_from[logs] = is[path, "log", i, "from_size"]
        log_key[logs] = key_of(log_vkey[logs], "01")
        if (!log_key[logs] || type[path, "log", i, "from_size"] != "number" || !is_count(log_from[logs]))
            return "a key of the log is none"
    }
    if ((path, "witnesses") in type && type[path, "witnesses"] != "array") return "its witnesses are no list"
    for (i = 0; i < is[path, "witnesses"]; i++) {
        witness[++witnesses] = key_of(is[path, "witnesses", i], "04")
        if (!witness[witnesses]) return "a witness's key is none"
    }
    if (log_from[1] "" != "0") return "the log's first key does not begin at 0"
    return history_wrong()
}
function read_pins(   line) {
    while ((getline line < (work "/pins")) > 0) pin[++pins] = line
}
# Fingerprints and verifier keys; those of witnesses, each of which must have cosigned, are kept apart.
function check_pins(   i, count) {
    count = pins
    pins = 0
    for (i = 1; i <= count; i++) {
        if (pin[i] ~ /\+/ && key_of(pin[i], "04")) {
            wanted_witness[++wanted_witnesses] = key_of(pin[i], "04")
            continue
        }
        pin[++pins] = pin[i]
        if (pin[i] !~ /\+/ || (pin_key[pins] = key_of(pin[i], "01"))) continue
        print "verify.sh: " pin[i] " is no verifier key" > "/dev/stderr"
        exit 4
    }
}
function pinned(k, by_name,   i) {
    for (i = 1; i <= pins; i++) {
        if (!pin_key[i] && pin[i] == fingerprint(k)) return 1
        if (pin_key[i] && key_public[pin_key[i]] == key_public[k] && (!by_name || key_name[pin_key[i]] == key_name[k])) return 1
    }
    return 0
}
# The bundle's own key is taken for the log's only where no other was given: whoever has it could make a log with it.
function log_pinned(   i, others) {
    for (i = 1; i <= pins; i++)
        if (pin_key[i] ? key_public[pin_key[i]] != key_public[bundle_key] : pin[i] != fingerprint(bundle_key)) others = 1
    for (i = 1; i <= logs; i++)
        if (!(others && key_public[log_key[i]] == key_public[bundle_key]) && pinned(log_key[i], 1)) return 1
    return 0
}
# Whether a pin is for a log of this name, or of one that it had, and is not the bundle's own key.
function another_log_pinned(   i, k) {
    for (i = 1; i <= pins; i++)
        for (k = 1; k <= logs; k++)
            if (pin_key[i] && key_name[pin_key[i]] == key_name[log_key[k]] && key_public[pin_key[i]] != key_public[bundle_key])
                return 1
    return 0
}
function check_keys(   path, why, encoded) {
    path = "proof/keys.json"
    if (!(path in held)) return
    if ((why = keys_wrong()) != "") { bundle_key = 0; return found("signature", path, "", why) }
    encoded = hex_base64(spki key_public[bundle_key])
    if ("proof/pubkeys.pem" in held &&
        text_of("proof/pubkeys.pem") != "-----BEGIN PUBLIC KEY-----\n" encoded "\n-----END PUBLIC KEY-----\n")
        found("signature", "proof/pubkeys.pem", "", "it is not the bundle's key")
    if (!("tagmanifest-sha256.txt" in held) || !("tagmanifest.sig" in held)) return
    if (size["tagmanifest.sig"] != 64 || !verifies(bundle_key, "tagmanifest-sha256.txt", "tagmanifest.sig"))
        found("signature", "tagmanifest.sig", "", "it is not the bundle key's signature of tagmanifest-sha256.txt")
    else if (pins && !pinned(bundle_key, 0))
        found("signature", "tagmanifest.sig", "", "it is by a key that is not the one that you gave")
}
# The key that a checkpoint of so many seals has to be signed by.
function key_at(count,   i, k) {
    k = 1
    for (i = 2; i <= logs; i++) if (is_count(count) && below(log_from[i], count)) k = i
    return log_key[k]
}
# Whether a file is a checkpoint that the log's key of its time signed.
function checkpoint(path,   why, k) {
    if (!(path in held) || !bundle_key) return 0
    k = 0
    if (!read_note(path, text_of(path)) || says[path] != 3 || !is_count(said[path, 2]) || !is_root(said[path, 3]))
        why = "it is not well-formed"
    else if (said[path, 1] != key_name[k = key_at(said[path, 2])] || !signed_by(path, k))
        why = "it is not signed by the log's key of its time"
    else if (another_log_pinned() && !log_pinned()) why = "it is not signed by the key that you gave for this log"
    if (why == "") return 1
    found("signature", path, "", why)
    return 0
}
# Whether no cosignature by this witness is wrong, and, of one that must have cosigned, there is one.
function cosigned(k, must_have,   path, i, message) {
    path = "proof/cosignatures.txt"
    for (i = 1; i <= signatures[path]; i++) {
        if (line_name[path, i] != key_name[k] || line_id[path, i] != key_id[k]) continue
        message = sprintf("cosignature/v1\ntime %.0f\n", number_of(substr(line_signature[path, i], 1, 16)))
        if (!signed_text(k, message note_text["proof/checkpoint.note"], substr(line_signature[path, i], 17))) return 0
        must_have = 0
    }
    return !must_have
}
function check_cosignatures(   path, count, i, why) {
    path = "proof/cosignatures.txt"
    if (path in held) {
        count = split(text_of(path), line, "\n")
        if (line[count] != "" || !signature_lines(path, 1, count - 1)) why = "it is not well-formed"
    }
    for (i = 1; i <= witnesses && why == ""; i++)
        if (!cosigned(witness[i], 0)) why = "a witness's cosignature does not verify"
    for (i = 1; i <= wanted_witnesses && why == ""; i++)
        if (!cosigned(wanted_witness[i], 1)) why = key_name[wanted_witness[i]] ", whose key you gave, did not cosign the checkpoint"
    if (why != "") found("signature", path, "", why)
}
AWK
}

# Trees of RFC 6962, the seal, and the time-stamp.
cat_proofs_part() {
    cat <<'AWK'
# Inclusion proofs are walked side by side (RFC 9162, section 2.1.3.2): one is added, and after prove() leads to
# proof_root[NUMBER], or there is proof_wrong[NUMBER].
function add_proof(leaf, index_, count) {
    proofs++
    proof_root[proofs] = leaf
    proof_wrong[proofs] = ""
    proof_length[proofs] = proof_at[proofs] = 0
    if (!below(count, "4503599627370496")) proof_wrong[proofs] = "its tree is larger than this script can follow"
    else if (!below(index_, count)) proof_wrong[proofs] = "the index is not below the tree's size"
    fn[proofs] = index_ + 0
    sn[proofs] = count - 1
    return proofs
}
function add_to_proof(hash) { proof_path[proofs, ++proof_length[proofs]] = hash }
function prove(   i, active, next_hash) {
    do {
        active = 0
        for (i = 1; i <= proofs; i++) {
            asked_as[i] = 0
            if (proof_wrong[i] != "" || proof_at[i] == proof_length[i]) continue
            if (sn[i] == 0) { proof_wrong[i] = "the inclusion path is too long"; continue }
            next_hash = proof_path[i, ++proof_at[i]]
            if (fn[i] % 2 || fn[i] == sn[i]) {
                asked_as[i] = ask("01" next_hash proof_root[i], "", "")
                while (fn[i] % 2 == 0 && fn[i]) { fn[i] /= 2; sn[i] = int(sn[i] / 2) }
            } else asked_as[i] = ask("01" proof_root[i] next_hash, "", "")
            fn[i] = int(fn[i] / 2)
            sn[i] = int(sn[i] / 2)
            active = 1
        }
        answers()
        for (i = 1; i <= proofs; i++) if (asked_as[i]) proof_root[i] = answer[asked_as[i]]
    } while (active)
    for (i = 1; i <= proofs; i++)
        if (proof_wrong[i] == "" && sn[i]) proof_wrong[i] = "the inclusion path is too short"
    split("", proof_path)
}
function consistency_wrong(path, old, new) {
    if (!json_file(path) || !counts(path, "old_size") || !is_integer(path, "old_sealed_at_us") || !counts(path, "size") ||
        !hashes(path, "path"))
        return "it is not well-formed"
    if (is[path, "old_size"] "" != said[old, 2] "" || is[path, "size"] "" != said[new, 2] "")
        return "its sizes are not those of the checkpoints"
    return not_extended(said[old, 2], base64_hex(said[old, 3]), said[new, 2], base64_hex(said[new, 3]), path SUBSEP "path")
}
# What is wrong with a consistency proof at a place of some JSON (section 2.1.4.2 there).
function not_extended(old, from, new, to, path,   count, i, f, s, c, left, right) {
    if (below(new, old)) return "the earlier log has more seals"
    count = is[path]
    if (old "" == new "" || old "" == "0")
        return count || from != (old "" == "0" ? sum_of("", "", "") : to) ? "the log does not go on from it" : ""
    if (!below(new, "4503599627370496")) return "its tree is larger than this script can follow"
    f = old - 1
    s = new - 1
    while (f % 2) { f = int(f / 2); s = int(s / 2) }
    i = f > 0
    left = right = i ? is[path, 0] : from
    if (left == "") return "the consistency path is empty"
    for (; i < count; i++) {
        if (s == 0) return "the consistency path is too long"
        c = is[path, i]
        if (f % 2 || f == s) {
            ask("01" c left, "", "")
            ask("01" c right, "", "")
            answers()
            left = answer[1]
            right = answer[2]
            while (f % 2 == 0 && f) { f /= 2; s = int(s / 2) }
        } else right = sum_of("01" right c, "", "")
        f = int(f / 2)
        s = int(s / 2)
    }
    return s || left != from || right != to ? "the log does not go on from it" : ""
}
# The log at each change of its key is the beginning of the log now, unless a later restore left less.
function check_extended(note,   path, i, k, place, undone, why) {
    path = "proof/keys.json"
    for (i = 2; i <= logs && why == ""; i++) {
        place = path SUBSEP "log" SUBSEP (i - 1)
        undone = 0
        for (k = i + 1; k <= logs; k++) if (below(log_from[k], log_from[i])) undone = 1
        if (!hashes(place, "consistency")) why = "there is no proof that the log went on from it"
        else if (undone) why = is[place, "consistency"] ? "a restore undid it, so that it cannot be proven" : ""
        else why = not_extended(log_from[i], change_root[i], said[note, 2], base64_hex(said[note, 3]), place SUBSEP "consistency")
        if (why != "") found("proof", path, "", "change " (i - 1) " of the log's key: " why)
    }
}
function check_checkpoints(   note, previous, consistency, there, why) {
    note = "proof/checkpoint.note"
    previous = "proof/previous.note"
    consistency = "proof/consistency.json"
    has_checkpoint = checkpoint(note)
    there = checkpoint(previous)
    if ((previous in size) != (consistency in size))
        found("file-missing", previous in size ? consistency : previous, "", "the other of the two says nothing without it")
    if (has_checkpoint && there && consistency in held && (why = consistency_wrong(consistency, previous, note)) != "")
        found("proof", consistency, "", why)
    if (has_checkpoint) { check_extended(note); check_cosignatures() }
    if (note in held && "proof/timestamp.tsr" in held && !is_timestamp("proof/timestamp.tsr", digest[note]))
        found("signature", "proof/timestamp.tsr", "", "it is not well-formed, not granted, or of something else")
}
# The element of DER at a place of der, which must have this tag: its content is from der_at to before der_end.
function der_element(at, end, tag,   length_, count) {
    if (at + 4 > end || substr(der, at, 2) != tag) return 0
    length_ = number_of(substr(der, at + 2, 2))
    der_at = at + 4
    if (length_ >= 128) {
        count = 2 * (length_ - 128)
        length_ = count > 12 ? end : number_of(substr(der, der_at, count))
        der_at += count
    }
    der_end = der_at + 2 * length_
    return der_end <= end
}
function der_skip(at, end) { return der_element(at, end, substr(der, at, 2)) }
# TimeStampResp of RFC 3161, down to the hash in its TSTInfo.
function is_timestamp(path, hash,   end, all) {
    if (size[path] > 1048576) return 0
    command = "od -An -v -tx1 " path " | tr -d ' \\n'"
    der = ""
    command | getline der
    close(command)
    all = length(der) + 1
    if (!der_element(1, all, "30") || der_end != all || !der_element(der_at, all, "30")) return 0
    end = der_end
    if (!der_element(der_at, end, "02") || substr(der, der_at, der_end - der_at) !~ /^0[01]$/) return 0
    if (!der_element(end, all, "30") || !der_element(der_at, end = der_end, "06") || !der_element(der_end, end, "a0") ||
        !der_element(der_at, der_end, "30") || !der_skip(der_at, end = der_end) || !der_skip(der_end, end) ||
        !der_element(der_end, end, "30") || !der_element(der_at, end = der_end, "06") ||
        substr(der, der_at, der_end - der_at) != "2a864886f70d0109100104") return 0
    if (!der_element(der_end, end, "a0") || !der_element(der_at, der_end, "04") || !der_element(der_at, der_end, "30") ||
        !der_skip(der_at, end = der_end) || !der_skip(der_end, end) || !der_element(der_end, end, "30")) return 0
    end = der_end
    if (!der_element(der_at, end, "30")) return 0
    all = der_end
    if (!der_element(der_at, der_end, "06") || substr(der, der_at, der_end - der_at) != "608648016503040201") return 0
    return der_element(all, end, "04") && substr(der, der_at, der_end - der_at) == hash
}
# Leaves the seal's size, time, root and entry hash; only when all of it is right, segments are held against it.
function seal_wrong(   path, record, i, chain) {
    path = "proof/seal.json"
    if (!json_file(path) || !counts(path, "log_index") || !counts(path, "log_size") || !hashes(path, "inclusion") ||
        type[path, "record"] != "string" || !is_hex(record = is[path, "record"], 200)) return "it is not well-formed"
    if (substr(record, 1, 8) != "41503153") return "its record is not a seal's"
    seal_size = substr(record, 41, 16)
    seal_root = substr(record, 57, 64)
    seal_entry = substr(record, 121, 64)
    sealed_at = substr(record, 185, 16)
    chain = is["data/bundle.json", "chain"]
    gsub(/-/, "", chain)
    if (is_bundle && substr(record, 9, 32) != chain) return "it is the seal of another chain"
    add_proof(sum_of("00" record, "", ""), is[path, "log_index"], is[path, "log_size"])
    for (i = 0; i < is[path, "inclusion"]; i++) add_to_proof(is[path, "inclusion", i])
    prove()
    proofs = 0
    if (proof_wrong[1] != "") return proof_wrong[1]
    if (has_checkpoint && (is[path, "log_size"] "" != said["proof/checkpoint.note", 2] "" ||
        proof_root[1] != base64_hex(said["proof/checkpoint.note", 3]))) return "it does not lead to the checkpoint"
    return ""
}
function check_seal(   why) {
    if (!("proof/seal.json" in held)) return
    if ((why = seal_wrong()) != "") found("proof", "proof/seal.json", "", why)
    else has_seal = 1
}
AWK
}

# The lines of data/events.
cat_events_part() {
    cat <<'AWK'
function group_number(name) { return name == "account" ? 1 : name == "actor" ? 2 : name == "content" ? 3 : 0 }
# A number from a colon on, with something after it, to `number`.
function number_in(text, behind,   end) {
    end = length(text) - length(behind)
    number = substr(text, 2, end - 1)
    return substr(text, 1, 1) == ":" && substr(text, end + 1) == behind && number !~ /^-0/ && is_time(number)
}
function hex_in(i, name, count) { return p[i] == name && p[i + 1] == ":" && is_hex(p[i + 2], count) }
# Takes a line apart, whose members stand in one order: 0 when it is not written as one must be. Texts that are hashed
# have neither line ends nor other control characters, so that nothing but quotes and backslashes is escaped in them.
function take_line(text,   count, i, rest) {
    if (text ~ /[\001-\037]/ || bad_utf8(text)) return 0
    gsub(/\\\\/, "\002", text)
    gsub(/\\"/, "\003", text)
    if (index(text, "\\")) return 0
    count = split(text, p, "\"")
    if (p[1] != "{" || p[2] != "seq" || !number_in(p[3], ",") || number ~ /^[-0]/) return 0
    seq = number
    i = 4
    prev = ""
    if (hex_in(4, "prev", 64) && p[7] == ",") { prev = p[6]; i = 8 }
    if (p[i] != "recorded_at_us" || !number_in(p[i + 1], ",") || !hex_in(i + 2, "entry_hash", 64) || p[i + 5] != ",") return 0
    recorded_at = number
    entry_hash = p[i + 4]
    i += 6
    has_text = p[i] == "text" && p[i + 1] == ":"
    if (has_text) { content = p[i + 2]; rest = p[i + 3]; i += 4 }
    else {
        if (!hex_in(i, "content_hash", 64) || p[i + 3] != "," || p[i + 4] != "purged" || substr(p[i + 5], 1, 5) != ":true")
            return 0
        content = p[i + 2]
        rest = substr(p[i + 5], 6)
        i += 6
    }
    return take_rest(i, rest, count)
}
function take_rest(i, rest, count,   g) {
    split("", salt)
    split("", erased)
    if (rest == "," && p[i] == "disclosed" && has_text) {
        rest = substr(p[i + 1], 2)
        i += 2
        if (substr(rest, 1, 2) == "{}") rest = "}" substr(rest, 2)
        else if (rest != "{") return 0
        while (rest == "{" || rest == "},") {
            g = group_number(p[i])
            if (!g || g in salt || p[i + 1] != ":{" || !hex_in(i + 2, "salt", 32) || p[i + 5] != "," || p[i + 6] != "text" ||
                p[i + 7] != ":") return 0
            salt[g] = p[i + 4]
            group_text[g] = p[i + 8]
            rest = p[i + 9]
            i += 10
        }
        if (substr(rest, 1, 2) != "}}") return 0
        rest = substr(rest, 3)
    }
    if (rest == "," && p[i] == "erased") {
        rest = substr(p[i + 1], 2)
        i += 2
        if (substr(rest, 1, 2) == "[]") rest = substr(rest, 2)
        else {
            for (rest = rest == "[" ? "," : ""; rest == ","; i += 2) {
                g = group_number(p[i])
                if (!g || g in erased) return 0
                erased[g] = 1
                rest = p[i + 1]
            }
        }
        if (substr(rest, 1, 1) != "]") return 0
        rest = substr(rest, 2)
    }
    proof_size = ""
    hashes_in_line = 0
    if (rest == "," && p[i] == "size") {
        if (!number_in(p[i + 1], ",") || number ~ /^[-0]/ || below("4611686018427387904", number) || p[i + 2] != "inclusion")
            return 0
        proof_size = number
        rest = p[i + 3]
        i += 4
        if (rest == ":[]}") rest = "]}"
        else {
            for (rest = rest == ":[" ? "," : ""; rest == ","; i += 2) {
                if (!is_hex(p[i], 64) || hashes_in_line == 63) return 0
                hash_in_line[++hashes_in_line] = p[i]
                rest = p[i + 1]
            }
        }
        if (rest != "]}") return 0
        rest = "}"
    }
    return rest == "}" && i == count + 1
}
# What is wrong with an entry text of its own; commitment[1] to [3] are in it.
function text_wrong(text,   count, q, shape, i, parts, part) {
    if (index(text, "\002")) {
        gsub(/\002\002/, "\004", text)
        gsub(/\002\003/, "\005", text)
        shape = text
        gsub(/\002([bfnrt]|u00[01][0-9a-f])/, "", shape)
        if (index(shape, "\002")) return "its text is not JSON as it must be written"
    }
    count = split(text, q, "\003")
    shape = q[1]
    for (i = 3; i <= count; i += 2) shape = shape "\006" q[i]
    parts = split(shape, part, ", ")
    for (i = 2; i < parts; i++) if (part[i] !~ /^(\006|null|-?[0-9]+)$/) parts = 0
    if (parts != 11 || part[1] != "[\006" || part[11] != "\006]" || q[2] != "auditproof/1" || part[10] part[9] != "\006\006")
        return "its text is not an entry text of auditproof/1"
    if (part[3] != (chain == nil ? "null" : "\006") || chain != nil && q[part[2] == "\006" ? 6 : 4] != chain)
        return "its text is of another organization"
    for (i = 1; i <= 3; i++) commitment[i] = q[count - 7 + 2 * i]
    return ""
}
# Entries wait for their hashes in a batch, and segments' proofs with others.
function add_entry(path, before,   b, g) {
    b = ++batch
    b_path[b] = path
    b_seq[b] = seq
    b_hash[b] = entry_hash
    b_record[b] = before == "" ? "" : "0041503145" chain_hex hex64(seq) hex64(recorded_at) before
    b_wrong[b] = b_asked[b] = ""
    b_content[b] = content
    if (!has_text) return
    b_asked[b] = ask("", content, "")
    b_wrong[b] = text_wrong(content)
    for (g = 1; g <= 3; g++) {
        b_commitment[b, g] = 0
        if (!(g in salt) || b_wrong[b] != "") continue
        if (g in erased) b_wrong[b] = "it discloses a group that was erased"
        if (salt[g] !~ /[^0]/) b_wrong[b] = "a disclosed group's salt is none"
        b_commitment[b, g] = ask("02" salt[g], group_text[g], "")
        b_committed[b, g] = commitment[g]
    }
}
function check_batch(   b, g) {
    answers()
    for (b = 1; b <= batch; b++) {
        if (!b_asked[b]) continue
        b_content[b] = answer[b_asked[b]]
        for (g = 1; g <= 3; g++)
            if (b_commitment[b, g] && b_wrong[b] == "" && answer[b_commitment[b, g]] != b_committed[b, g])
                b_wrong[b] = "a disclosed group does not give the commitment in its text"
    }
    for (b = 1; b <= batch; b++) b_asked[b] = b_record[b] == "" ? 0 : ask(b_record[b] b_content[b], "", "")
    answers()
    for (b = 1; b <= batch; b++) {
        if (b_asked[b] && answer[b_asked[b]] != b_hash[b])
            found("altered", b_path[b], b_seq[b], "its text, time and the hash before it do not give its hash")
        else if (b_wrong[b] != "") found("altered", b_path[b], b_seq[b], b_wrong[b])
    }
    batch = 0
}
function check_segments(   i) {
    prove()
    for (i = 1; i <= proofs; i++) {
        if (proof_wrong[i] != "") found("proof", s_path[i], s_seq[i], proof_wrong[i])
        else if (has_seal && (hex64(s_size[i]) != seal_size || proof_root[i] != seal_root))
            found("proof", s_path[i], s_seq[i], "its inclusion proof does not lead to the seal")
    }
    proofs = 0
}
function segment_ends(   i) {
    if (before_size == "") return found("proof", before_path, before_seq, "a segment ends without an inclusion proof")
    # Their number and path are one apart, as leaves are counted from 0.
    add_proof(before_hash, sprintf("%.0f", before_seq - 1), before_size)
    if (length(before_seq) > 15) proof_wrong[proofs] = "its tree is larger than this script can follow"
    for (i = 1; i <= before_hashes; i++) add_to_proof(before_inclusion[i])
    s_path[proofs] = before_path
    s_seq[proofs] = before_seq
    s_size[proofs] = before_size
    if (proofs == 1000) { check_batch(); check_segments() }
}
# Of a period, what is missing before a line, or at the end, must lie outside of it: recorded_at does not go back.
function missing(path, last, at,   first) {
    if (is[bundle, "kind"] != "soc2") return
    first = has_before ? after(before_seq) : "1"
    if (below(last, first) || (at != "" && less(at, is[bundle, "from_us"])) || (has_before && !less(before_at, is[bundle, "to_us"])))
        return
    found("gap", path, first, "entries " first " to " last " are not shown to lie outside of the period")
}
# The hash of the entry before, nothing where it is not known.
function hash_before(path) {
    if (has_before && seq "" == after(before_seq) "") {
        if (prev != "") found("link", path, seq, "it names the hash before it within a segment")
        if (before_size != "") found("proof", before_path, before_seq, "an inclusion proof stands within a segment")
        return before_hash
    }
    if (has_before && !below(before_seq, seq)) found("gap", path, seq, "entries are not in order")
    if (has_before) segment_ends()
    if (!lost) missing(path, less_one(seq), recorded_at)
    if (lost && prev == "") return ""
    segments++
    if (prev == "") found("link", path, seq, "a segment begins without the hash of the entry before it")
    else if (seq "" == "1" && prev ~ /[^0]/) found("link", path, seq, "the first entry names one before it")
    return prev
}
function less_one(number,   head) {
    if (length(number) < 16) return sprintf("%.0f", number - 1)
    head = substr(number, 1, length(number) - 1)
    return number ~ /0$/ ? less_one(head) 9 : head (substr(number, length(number)) - 1)
}
# Of a civil date, counted from 1970-01-01; March is month 0 of its year.
function days(year, month, day) {
    return 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) + day - 719469
}
# Seven years after the day, and one day: 29 February becomes 1 March.
function is_early(at,   day, year, month, left) {
    if (length(at) > 17 || at ~ /^-/) return at !~ /^-/
    day = int(at / 86400000000)
    for (year = 1970 + int(day / 365.2425) + 1; days(year, 0, 1) > day;) year--
    left = day - days(year, 0, 1)
    for (month = 11; int((153 * month + 2) / 5) > left;) month--
    left -= int((153 * month + 2) / 5)
    # Years begin in March here, so that a month's days are as many seven years later, but for February's.
    return (days(year + 7, month, left + 1) + 1) * 86400 > now
}
function lose() {
    has_before = 0
    lost = 1
}
function check_line(path, text,   g) {
    entries++
    if (!take_line(text)) {
        seq = match(text, /^\{"seq":[1-9][0-9]*[,}]/) && RLENGTH <= 27 ? substr(text, 8, RLENGTH - 8) : ""
        found("altered", path, seq, "line " entries ": it is not written as a line must be, or lacks what it must have")
        starts = 0
        return lose()
    }
    if (starts && path != "data/events/" substr("00000000000000000000", 1, 20 - length(seq)) seq ".ndjson")
        found("gap", path, seq, "the file's name is not its first entry's number")
    starts = 0
    if (!has_text) {
        purged++
        if (is_early(recorded_at)) found("early-purge", path, seq, "its text is left out as purged before its time")
    }
    for (g in erased) erased_groups++
    if (first_seq == "") first_seq = seq
    last_seq = seq
    for (g in salt) if (withheld[g]) found("count", path, seq, "it discloses a group that is said to be withheld")
    add_entry(path, hash_before(path))
    has_before = 1
    lost = 0
    before_path = path
    before_seq = seq
    before_at = recorded_at
    before_hash = entry_hash
    before_size = proof_size
    before_hashes = hashes_in_line
    for (g = 1; g <= hashes_in_line; g++) before_inclusion[g] = hash_in_line[g]
    if (asked > 3000 || weight > 4000000) check_batch()
}
function check_events(   path, text, count, g) {
    chain = is[bundle, "chain"]
    chain_hex = chain
    gsub(/-/, "", chain_hex)
    for (g = 0; g < is[bundle, "withheld"]; g++) withheld[group_number(is[bundle, "withheld", g])] = 1
    while ((getline path < (work "/events")) > 0) {
        if (unreadable[path]) {
            found("altered", path, "", "it has a NUL, or a line of more than 64 MiB, and was not read")
            entries += newlines[path]
            lose()
            continue
        }
        count = 0
        starts = 1
        while ((getline text < path) > 0) {
            # Nothing that a line lacks its end of is one.
            if (++count > newlines[path]) break
            check_line(path, text)
        }
        close(path)
        if (count > newlines[path]) { found("altered", path, "", "its last line has no end"); lose() }
        else if (count == 0) found("gap", path, "", "it holds no entry")
        if (newlines[path] > 100000) found("count", path, "", "it holds more than 100000 entries")
    }
    check_batch()
    if (has_before) segment_ends()
    check_segments()
    if (!lost) missing(has_before ? before_path : "", is[bundle, "chain_size"], "")
    if (has_seal && has_before && hex64(before_seq) == seal_size && before_hash != seal_entry)
        found("proof", "proof/seal.json", "", "the seal has another hash for the last entry")
}
AWK
}

# What bundle.json and completeness.json say, and the order of it all.
cat_main_part() {
    cat <<'AWK'
function one_of(text, list) { return index(" " list " ", " " text " ") && text !~ / / && text != "" }
function bundle_wrong(   i) {
    if (!json_file(bundle)) return "it is no JSON object"
    if (is[bundle, "format"] != "auditproof-bundle/1" || !one_of(is[bundle, "kind"], "soc2 gdpr-subject gdpr-breach sample case") ||
        type[bundle, "chain"] != "string" || !is_uuid(is[bundle, "chain"]) || type[bundle, "tool"] != "string" ||
        !one_of(is[bundle, "status"], "complete incomplete") || type[bundle, "withheld"] != "array")
        return "a member of it is missing, or not as it must be"
    for (i = 0; i < is[bundle, "withheld"]; i++)
        if (!group_number(is[bundle, "withheld", i])) return "it withholds a group that there is not"
    if (!is_integer(bundle, "as_of_us") || !counts(bundle, "log_size") || !counts(bundle, "chain_size") ||
        !counts(bundle, "segments") || !counts(bundle, "entries") || !counts(bundle, "purged") ||
        !counts(bundle, "erased_groups") || !is_null_or_count(bundle, "first_seq") || !is_null_or_count(bundle, "last_seq"))
        return "a number in it is missing, or not as it must be"
    for (i = 1; i <= 2; i++)
        if (!is_integer(bundle, i == 1 ? "from_us" : "to_us") &&
            (is[bundle, "kind"] == "soc2" || one_of(type[bundle, i == 1 ? "from_us" : "to_us"], "string number object array true false")))
            return "its period is not one"
    if (type[bundle, "organization"] != (is[bundle, "chain"] == nil ? "null" : "string") ||
        is[bundle, "chain"] != nil && is[bundle, "organization"] != is[bundle, "chain"])
        return "its organization is not the chain's"
    return ""
}
function compare(path, name, value) {
    if (value == "" ? type[path, name] != "null" : type[path, name] != "number" || is[path, name] "" != value "")
        wrong_about = wrong_about (wrong_about == "" ? "" : ", ") name
}
function compare_hex(name, hex) {
    if (!is_integer(bundle, name) || hex64(is[bundle, name]) != hex) compare(bundle, name, "another")
}
function compare_counts(path) {
    wrong_about = ""
    compare(path, "entries", entries + 0)
    compare(path, "first_seq", first_seq)
    compare(path, "last_seq", last_seq)
    compare(path, "segments", segments + 0)
    compare(path, "purged", purged + 0)
    if (path == bundle) {
        compare(path, "erased_groups", erased_groups + 0)
        if (seal_size != "") { compare_hex("chain_size", seal_size); compare_hex("as_of_us", sealed_at) }
        if (has_checkpoint) compare(path, "log_size", said["proof/checkpoint.note", 2])
    }
    if (wrong_about != "") found("count", path, "", "it is wrong about " wrong_about)
}
BEGIN {
    work = ENVIRON["work"]
    bundle = "data/bundle.json"
    nil = "00000000-0000-0000-0000-000000000000"
    spki = "302a300506032b6570032100" # what an Ed25519 public key in DER begins with (RFC 8410)
    required = "bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt tagmanifest.sig data/bundle.json " \
        "data/completeness.json proof/checkpoint.note proof/seal.json proof/keys.json proof/pubkeys.pem"
    read_facts()
    read_pins()
    hold("manifest", "bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt")
    hold("signature", "tagmanifest.sig proof/keys.json proof/pubkeys.pem proof/checkpoint.note proof/previous.note " \
        "proof/cosignatures.txt proof/timestamp.tsr")
    hold("proof", "proof/seal.json proof/consistency.json")
    hold("count", "data/bundle.json data/completeness.json")
    want_keys()
    check_pins()
    compare_files()
    bag_files()
    if (bundle in held) {
        is_bundle = (why = bundle_wrong()) == ""
        if (!is_bundle) found("count", bundle, "", why)
    }
    check_keys()
    check_checkpoints()
    check_seal()
    if (is_bundle) {
        check_events()
        compare_counts(bundle)
        if ("data/completeness.json" in held) {
            if (json_file("data/completeness.json")) compare_counts("data/completeness.json")
            else found("count", "data/completeness.json", "", "it is no JSON object")
        }
    }
    if (findings > 10000) print "-\t-\tand " findings - 10000 " more"
    result = findings + 0 " " cannot_verify + 0 " " ("proof/timestamp.tsr" in held)
    if (bundle_key) result = result " " pinned(bundle_key, 0) " " log_pinned() " " fingerprint(bundle_key)
    print result > (work "/result")
}
AWK
}

# ---- What is where

fingerprint_digits() { printf '%s' "$1" | tr -d ' :\t' | tr A-F a-f; }
is_key() {
    case $1 in
        *[!A-Za-z0-9.+/=_:\ -]*) return 1 ;;
        *+*+*) return 0 ;;
    esac
    digits=$(fingerprint_digits "$1")
    case $digits in *[!0-9a-f]*) return 1 ;; esac
    [ ${#digits} -eq 64 ]
}

# Names that tar, find or a terminal may take for something else are looked for first.
check_names() {
    odd=$(find . -name '*[!A-Za-z0-9._-]*' | tr -c '\n -~' '?' | head -n 1)
    [ -z "$odd" ] || found archive "$odd" 'no file of a bundle has such a name'
    special=$(find . ! -type f ! -type d | tr -c '\n -~' '?' | head -n 1)
    [ -z "$special" ] || found archive "$special" 'it is a link or a device'
    [ -z "$odd$special" ] || stop_at_findings
}

# Lists of the bundle's files for the checks. What awk is to read must have no NUL, which not every awk knows, and no
# line that would fill the memory.
list_files() {
    find . -type f -exec wc -l -c {} + >"$work/sizes"
    # shellcheck disable=SC2086 # a command with its options
    find . -type f -exec $hash_command {} + >"$work/digests"
    { [ ! -d data/events ] || find data/events -type f; } | sort >"$work/events"
    for file in bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt data/bundle.json \
        data/completeness.json proof/*.json proof/*.note proof/cosignatures.txt proof/pubkeys.pem; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done | cat - "$work/events" >"$work/texts"
    : >"$work/unreadable"
    if [ "$(xargs cat <"$work/texts" | tr -cd '\000' | wc -c)" -gt 0 ]; then
        while read -r file; do
            [ "$(tr -cd '\000' <"$file" | wc -c)" -eq 0 ] || printf '%s\n' "$file"
        done <"$work/texts" >"$work/unreadable"
    fi
    awk '$2 > 67108864 && $3 ~ /^\.\/data\/events\// { print substr($3, 3) }' "$work/sizes" | while read -r file; do
        [ "$(cut -b 67108865- <"$file" | tr -d '\n' | wc -c)" -eq 0 ] || printf '%s\n' "$file"
    done >>"$work/unreadable"
}

run_checks() {
    for part in bytes json files keys proofs events main; do
        "cat_${part}_part"
    done >"$work/check.awk"
    mkfifo "$work/one" "$work/two" || give_up "there can be no named pipes in $work: set TMPDIR to another directory"
    no_openssl=0
    command -v openssl >/dev/null 2>&1 || no_openssl=1
    awk -v sha256="$hash_command" -v now="$(date +%s)" -v cannot_verify="$no_openssl" -f "$work/check.awk"
    status=$?
    [ $status -ne 4 ] || exit 2 # an awk that fails has 2 itself, and that is no wrong call
    findings=
    [ $status -ne 0 ] || read -r findings unchecked stamped pinned log_pinned by <"$work/result"
    [ -n "$findings" ] || give_up "the checks came to no end: is there room in $work, and memory?"
}

conclude() {
    if [ "$findings" -gt 0 ]; then
        say "$findings found. Do not rely on this bundle."
        exit 1
    fi
    if [ "$unchecked" -ne 0 ]; then
        say 'There is no openssl of version 3: NO signature was checked, so anybody may have made all of this.'
        exit 3
    fi
    say 'Nothing was found: files, signatures, entries, links, proofs and counts are as they must be.'
    if [ "$pinned" -eq 1 ]; then
        say 'The bundle is signed by a key that you gave.'
    else
        say "It is signed by the key with this fingerprint; compare it with one that you were given by another way:"
        say "$by"
    fi
    [ "$log_pinned" -eq 1 ] || say "The log's key is none that you gave for it: that its seals are the log's own, the bundle alone says."
    [ "$stamped" -eq 0 ] || say "NOT checked: whose time-stamp it is. openssl ts -verify does, with the authority's certificate."
    say 'This script came with the bundle, as its keys did. That everything that happened was logged, no checker can tell.'
}

main() {
    bundle=
    if [ $# -gt 0 ] && ! is_key "$1"; then
        [ -e "$1" ] || usage "'$1' is neither a bundle, nor a fingerprint of 64 digits, nor a verifier key"
        bundle=$1
        shift
    fi
    for key; do
        is_key "$key" || usage "'$key' is neither a fingerprint of 64 digits nor a verifier key"
    done
    if command -v sha256sum >/dev/null 2>&1; then
        hash_command=sha256sum
    elif command -v shasum >/dev/null 2>&1; then
        hash_command='shasum -a 256'
    else
        give_up 'there is neither sha256sum nor shasum'
    fi
    work=$(mktemp -d) || give_up 'there is no room for a temporary directory: set TMPDIR to one that has some'
    # It is gone to the bundle's directory, from where a relative one would be another.
    case $work in /*) ;; *) work=$PWD/$work ;; esac
    export work
    trap 'rm -rf "$work"' EXIT
    trap 'exit 3' HUP INT TERM
    for key; do
        case $key in
            *+*) printf '%s\n' "$key" ;;
            *) fingerprint_digits "$key" && echo ;;
        esac
    done >"$work/pins"

    if [ -f "$bundle" ]; then
        unpack "$bundle"
        bundle=$work/bundle/$name
    elif [ -z "$bundle" ] && [ ! -e tagmanifest-sha256.txt ] && [ ! -e bagit.txt ]; then
        # Beside a copy of this script that is known to be good, one may stand in the bundle's directory.
        bundle=$(dirname "$0")
    fi
    cd "${bundle:-.}" || give_up "$bundle cannot be entered"
    [ -e tagmanifest-sha256.txt ] || [ -e bagit.txt ] || give_up 'this is no directory of a bundle'
    check_names
    list_files
    run_checks
    conclude
}

main "$@"
