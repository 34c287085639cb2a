# Writes build/gen/fold_table.h from Unicode's CaseFolding.txt: simple folding (statuses C and S) in two stages. The
# first gives the block of 64 characters, blocks that are the same being kept once; the second what to add, modulo 2^16,
# to the lower 16 bits of a character, for none folds into another plane.
function hex(digits,    i, value) {
    value = 0
    for (i = 1; i <= length(digits); i++) value = value * 16 + index("123456789ABCDEF", substr(digits, i, 1))
    return value
}
/^[0-9A-F]+; [CS]; [0-9A-F]+;/ {
    from = hex(substr($1, 1, length($1) - 1))
    to = hex(substr($3, 1, length($3) - 1))
    if (int(from / 65536) != int(to / 65536)) {
        wrong = "a character folds into another plane: " $0
        exit 1
    }
    add[from] = (to - from + 65536) % 65536
    if (from > last) last = from
    count++
}
END {
    if (wrong == "" && count < 1000) wrong = "this is not CaseFolding.txt"
    if (wrong == "") {
        pages = int(last / 64) + 1
        for (page = 0; page < pages; page++) {
            block = ""
            for (i = 0; i < 64; i++) block = block (page * 64 + i in add ? add[page * 64 + i] : 0) ","
            if (!(block in number)) {
                number[block] = blocks
                text[blocks++] = block
            }
            page_block[page] = number[block]
        }
        if (blocks > 256) wrong = "too many blocks for a byte each"
    }
    if (wrong != "") {
        print "fold-table.awk: " wrong | "cat >&2"
        exit 1
    }
    print "/* Made by share/build/fold-table.awk. */"
    printf "enum { FOLD_PAGES = %d };\n", pages
    printf "static const uint8_t fold_page[%d] = {", pages
    for (page = 0; page < pages; page++) printf "%s%d,", page % 32 ? "" : "\n    ", page_block[page]
    printf "\n};\nstatic const uint16_t fold_add[%d][64] = {\n", blocks
    for (i = 0; i < blocks; i++) printf "    {%s},\n", text[i]
    print "};"
}
