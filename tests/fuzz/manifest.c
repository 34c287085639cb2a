/* An arbitrary inventory of a schema, compared with what this version installs: each difference is told once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ap_status count(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    (void)err;
    if (finding->object[0] == '\0' && finding->expected[0] == '\0' && finding->found[0] == '\0')
        abort();
    ++*(size_t *)context;
    return AP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct schema_inventory expected;
    const struct ap_schema_check_options options = {0};
    struct schema_inventory found;
    struct ap_error err;
    size_t differences = 0;
    char *text;

    if (expected.items == NULL && schema_inventory_expected(&expected, &err) != AP_OK)
        abort();
    text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (schema_inventory_parse(&found, text, &err) == AP_OK) {
        if (schema_report(&found, &found, true, &options, count, &differences, &err) != AP_OK || differences != 0)
            abort();
        if (schema_report(&expected, &found, true, &options, count, &differences, &err) != AP_OK ||
            schema_report(&found, &expected, false, &options, count, &differences, &err) != AP_OK)
            abort();
    }
    schema_inventory_free(&found);
    free(text);
    return 0;
}
