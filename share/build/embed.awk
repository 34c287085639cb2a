# Writes C source with the files named on the command line, sorted, as strings: an array `what`_files of struct
# `what`_file, declared in `what`_files.h, and its length. Names are as they stand after `strip`, without the extensions
# .sql and .tsv.
function flush_file() {
    if (name != "") print "    \"\"},"
}
BEGIN {
    printf "#include \"%s_files.h\"\n\n", what
    printf "const struct %s_file %s_files[] = {\n", what, what
}
FNR == 1 {
    flush_file()
    name = FILENAME
    sub("^.*" strip, "", name)
    sub(/\.(sql|tsv)$/, "", name)
    printf "    {\"%s\",\n", name
    count++
}
{
    line = $0
    gsub(/\\/, "&&", line)
    gsub(/"/, "\\\"", line)
    gsub(/\t/, "\\t", line)
    gsub(/\?/, "\\?", line)
    printf "     \"%s\\n\"\n", line
}
END {
    flush_file()
    print "};"
    printf "const size_t %s_file_count = %d;\n", what, count
}
