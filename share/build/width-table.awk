# Writes build/gen/width_table.h from Unicode's DerivedGeneralCategory.txt, HangulSyllableType.txt,
# DerivedCoreProperties.txt and EastAsianWidth.txt, in that order: what a character of the first four planes is on a
# terminal, in two stages. The first gives the block of 64 characters, blocks that are the same being kept once; the
# second the kind: 0 narrow, 1 wide, 2 a mark on the character before, 3 not to be shown as it is, which is what the
# other planes are as a whole (tags, variation selectors, private use).
function hex(digits,    i, value) {
    value = 0
    for (i = 1; i <= length(digits); i++) value = value * 16 + index("123456789ABCDEF", substr(digits, i, 1))
    return value
}
function set(range, value,    ends, n, c, to) {
    gsub(/ /, "", range)
    n = split(range, ends, /\.\./)
    to = hex(ends[n])
    if (to >= LAST) to = LAST - 1
    for (c = hex(ends[1]); c <= to; c++) {
        if (value != 1 || kind[c] == 0) kind[c] = value
    }
    count[FILENAME]++
}
BEGIN {
    FS = ";"
    LAST = 4 * 65536
    for (c = 0; c < LAST; c++) kind[c] = 3
}
{ sub(/ *#.*/, "") }
NF < 2 { next }
{ sub(/^ */, "", $2) }
FILENAME ~ /GeneralCategory/ { set($1, $2 ~ /^(C.|Zl|Zp)$/ ? 3 : $2 ~ /^(Mn|Me)$/ ? 2 : 0) }
FILENAME ~ /HangulSyllable/ && $2 ~ /^[VT]$/ { set($1, 2) }
FILENAME ~ /CoreProperties/ && $2 == "Default_Ignorable_Code_Point" { set($1, 3) }
FILENAME ~ /EastAsianWidth/ && $2 ~ /^[WF]$/ { set($1, 1) }
END {
    # What Unicode 15 leaves to others, terminals draw wide: the hexagrams (wide in Unicode 16), numbers on squares.
    for (c = hex("4DC0"); c <= hex("4DFF"); c++) kind[c] = 1
    for (c = hex("3248"); c <= hex("324F"); c++) kind[c] = 1
    wrong = ""
    for (f = 1; f < ARGC; f++)
        if (ARGV[f] !~ /=/ && count[ARGV[f]] < 2) wrong = ARGV[f] " is not what it should be"
    for (page = 0; page < LAST / 64; page++) {
        block = ""
        for (i = 0; i < 64; i++) block = block kind[page * 64 + i] ","
        if (!(block in number)) {
            number[block] = blocks
            text[blocks++] = block
        }
        page_block[page] = number[block]
    }
    if (blocks > 65536) wrong = "too many blocks for two bytes each"
    if (wrong != "") {
        print "width-table.awk: " wrong | "cat >&2"
        exit 1
    }
    print "/* Made by share/build/width-table.awk. */"
    printf "enum { WIDTH_PAGES = %d };\n", LAST / 64
    printf "static const uint16_t width_page[%d] = {", LAST / 64
    for (page = 0; page < LAST / 64; page++) printf "%s%d,", page % 32 ? "" : "\n    ", page_block[page]
    printf "\n};\nstatic const uint8_t width_kind[%d][64] = {\n", blocks
    for (i = 0; i < blocks; i++) printf "    {%s},\n", text[i]
    print "};"
}
