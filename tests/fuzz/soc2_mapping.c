/* Mappings in arbitrary bytes: what is read keeps to its bounds, and names nothing that is no part of a path. */
#include <stdlib.h>
#include <string.h>

#include "soc2/soc2_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_part(const char *text, size_t max)
{
    size_t len = strlen(text);

    return len > 0 && len <= max && strchr(text, '/') == NULL && text[0] != '.' && strspn(text, " \t\n") == 0;
}

static void check(const struct ap_soc2 *soc2)
{
    if (soc2->criterion_count > AP_SOC2_CRITERIA_MAX || soc2->population_count > AP_SOC2_POPULATIONS_MAX)
        abort();
    for (size_t i = 0; i < soc2->criterion_count; i++)
        if (!is_part(soc2->totals[i].criterion, 8) || soc2->totals[i].title[0] == '\0')
            abort();
    for (size_t i = 0; i < soc2->population_count; i++)
        if (!is_part(soc2->populations[i].name, 22) || soc2->populations[i].criterion >= soc2->criterion_count)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mapping_file file = {.name = "m.yaml", .text = AP_BUF_INIT};
    struct ap_soc2 *soc2 = calloc(1, sizeof *soc2);
    struct ap_error err;

    if (soc2 == NULL)
        abort();
    ap_arena_init(&soc2->list.arena, 0);
    ap_buf_add(&file.text, data, size);
    ap_buf_addc(&file.text, '\n');
    if (soc2_mapping_read(soc2, &file, &err) == AP_OK)
        check(soc2);
    else if (err.message[0] == '\0')
        abort();
    ap_buf_free(&file.text);
    ap_soc2_free(soc2);
    return 0;
}
