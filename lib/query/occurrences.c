#include "occurrences.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

void occurrences_free(struct occurrences *list)
{
    free(list->items);
    memset(list, 0, sizeof *list);
}

static bool same(const struct ap_value *a, const struct ap_value *b)
{
    return a->len == b->len && (a->data == NULL) == (b->data == NULL) &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool is(const struct occurrence *item, const struct ap_value keys[OCCURRENCE_KEYS])
{
    for (int k = 0; k < OCCURRENCE_KEYS; k++)
        if (!same(&item->keys[k], &keys[k]))
            return false;
    return true;
}

static struct occurrence *make(struct occurrences *list, const struct ap_value keys[OCCURRENCE_KEYS])
{
    struct occurrence *item;

    if (list->count == list->room) {
        size_t room = list->room == 0 ? FIRST_ROOM : list->room * 2;
        struct occurrence *items = realloc(list->items, room * sizeof *items);

        if (items == NULL)
            return NULL;
        list->items = items;
        list->room = room;
    }
    item = &list->items[list->count++];
    memset(item, 0, sizeof *item);
    memcpy(item->keys, keys, sizeof item->keys);
    return item;
}

enum ap_status occurrences_add(struct occurrences *list, const struct ap_value keys[OCCURRENCE_KEYS], bool dated,
                               int64_t time_us, struct ap_error *err)
{
    struct occurrence *item = NULL;

    for (size_t i = 0; item == NULL && i < list->count; i++)
        if (is(&list->items[i], keys))
            item = &list->items[i];
    if (item == NULL)
        item = make(list, keys);
    if (item == NULL)
        return ap_fail_memory(err, "counts");
    item->count++;
    if (!dated)
        return AP_OK;
    item->first_us = !item->dated || time_us < item->first_us ? time_us : item->first_us;
    item->last_us = !item->dated || time_us > item->last_us ? time_us : item->last_us;
    item->dated = true;
    return AP_OK;
}

void occurrences_sort(struct occurrences *list)
{
    /* Few, and mostly in order already. */
    for (size_t i = 1; i < list->count; i++) {
        struct occurrence item = list->items[i];
        size_t at = i;

        for (; at > 0 && list->items[at - 1].count < item.count; at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = item;
    }
}
