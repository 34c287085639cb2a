#include "lists.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PAIRS = 64 };

enum ap_status ap_lists_add(struct ap_lists *lists, uint32_t owner, uint32_t item, struct ap_error *err)
{
    if (lists->pair_count == lists->pair_cap) {
        size_t cap = lists->pair_cap == 0 ? FIRST_PAIRS : lists->pair_cap * 2;
        struct ap_pair *pairs = cap >= UINT32_MAX ? NULL : realloc(lists->pairs, cap * sizeof *pairs);

        if (pairs == NULL)
            return ap_fail_memory(err, "the rules' index");
        lists->pairs = pairs;
        lists->pair_cap = cap;
    }
    lists->pairs[lists->pair_count].owner = owner;
    lists->pairs[lists->pair_count++].item = item;
    return AP_OK;
}

enum ap_status ap_lists_make(struct ap_lists *lists, uint32_t owners, struct ap_error *err)
{
    uint32_t *first = calloc((size_t)owners + 2, sizeof *first);
    uint32_t *items = calloc(lists->pair_count + 1, sizeof *items);

    if (first == NULL || items == NULL) {
        free(first);
        free(items);
        return ap_fail_memory(err, "the rules' index");
    }
    /* Counted one place on, first[owner + 1] is at last where the owner's next item goes, and so ends at its end. */
    for (size_t i = 0; i < lists->pair_count; i++)
        first[lists->pairs[i].owner + 2]++;
    for (uint32_t i = 2; i < owners + 2; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < lists->pair_count; i++)
        items[first[lists->pairs[i].owner + 1]++] = lists->pairs[i].item;
    free(lists->pairs);
    *lists = (struct ap_lists){.first = first, .items = items, .owners = owners};
    return AP_OK;
}

void ap_lists_free(struct ap_lists *lists)
{
    free(lists->pairs);
    free(lists->first);
    free(lists->items);
    *lists = (struct ap_lists)AP_LISTS_INIT;
}
