#include "auditproof/query.h"

#include <string.h>

static const struct ap_query_format *const formats[] = {
    &ap_query_format_table, &ap_query_format_json, &ap_query_format_ndjson, &ap_query_format_csv,
    &ap_query_format_ocsf,  &ap_query_format_cef,  &ap_query_format_syslog, &ap_query_format_timesketch,
};

/* In the order of the table. */
const char ap_query_format_names[] = "table|json|ndjson|csv|ocsf|cef|syslog|timesketch";

const struct ap_query_format *ap_query_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}
