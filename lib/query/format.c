#include "auditproof/query.h"

#include <string.h>

static const struct ap_query_format *const formats[] = {
    &ap_query_format_ndjson,
};

/* In the order of the table. */
const char ap_query_format_names[] = "ndjson";

const struct ap_query_format *ap_query_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}
