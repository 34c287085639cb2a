#include "names.h"

#include <stdlib.h>
#include <string.h>

bool gdpr_names_have(const struct gdpr_names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], text) == 0)
            return true;
    return false;
}

enum ap_status gdpr_names_add(struct gdpr_names *names, const char *text, struct ap_error *err)
{
    if (text == NULL || text[0] == '\0' || gdpr_names_have(names, text))
        return AP_OK;
    if (names->count == names->cap) {
        size_t cap = names->cap == 0 ? 8 : 2 * names->cap;
        const char **grown = reallocarray(names->items, cap, sizeof(const char *));

        if (grown == NULL)
            return ap_fail_memory(err, "a list of names");
        names->items = grown;
        names->cap = cap;
    }
    names->items[names->count] = ap_arena_copy(&names->arena, text, strlen(text));
    if (names->items[names->count] == NULL)
        return ap_fail_memory(err, "a list of names");
    names->count++;
    return AP_OK;
}

void gdpr_names_free(struct gdpr_names *names)
{
    free(names->items);
    ap_arena_free(&names->arena);
    memset(names, 0, sizeof *names);
}

void gdpr_names_array(const struct gdpr_names *names, struct ap_buf *out)
{
    ap_buf_clear(out);
    ap_buf_addc(out, '{');
    for (size_t i = 0; i < names->count; i++) {
        ap_buf_adds(out, i == 0 ? "\"" : ",\"");
        for (const char *at = names->items[i]; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\')
                ap_buf_addc(out, '\\');
            ap_buf_addc(out, *at);
        }
        ap_buf_addc(out, '"');
    }
    ap_buf_addc(out, '}');
}
