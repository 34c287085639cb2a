# Writes build/gen/sql_files.c: the files of sql/ named on the command line, sorted, as C strings.
function flush_file() {
    if (name != "") print "    \"\"},"
}
BEGIN {
    print "#include \"sql_files.h\"\n"
    print "const struct sql_file sql_files[] = {"
}
FNR == 1 {
    flush_file()
    name = FILENAME
    sub(/^.*sql\//, "", name)
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
    printf "const size_t sql_file_count = %d;\n", count
}
