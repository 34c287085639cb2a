#include <string.h>

#include "auditproof/rules.h"

static const char *const names[] = {"none", "informational", "low", "medium", "high", "critical"};

const char *ap_level_name(enum ap_level level)
{
    return names[level];
}

bool ap_level_parse(enum ap_level *out, const char *word)
{
    for (enum ap_level level = AP_LEVEL_INFORMATIONAL; level <= AP_LEVEL_CRITICAL; level++) {
        if (strcmp(names[level], word) != 0)
            continue;
        *out = level;
        return true;
    }
    return false;
}

const char *ap_level_risk(enum ap_level level)
{
    return names[level < AP_LEVEL_LOW ? AP_LEVEL_LOW : level];
}
