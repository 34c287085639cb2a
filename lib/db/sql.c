#include "auditproof/db.h"

#include <string.h>

#include "sql_files.h"

const char *ap_sql(const char *name)
{
    size_t low = 0, high = sql_file_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, sql_files[middle].name);

        if (order == 0)
            return sql_files[middle].text;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool ap_sql_at(size_t index, const char **name, const char **text)
{
    if (index >= sql_file_count)
        return false;
    *name = sql_files[index].name;
    *text = sql_files[index].text;
    return true;
}
