#include <stdlib.h>
#include <string.h>

#include "chain_hash.h"
#include "seals.h"

/* Where the seal log pins each chain: a table that is filled before entries are read, and only looked up then. */

enum { FIRST_CAP = 64 };

static struct pin *slot_of(const struct seals *seals, const struct ap_uuid *id)
{
    size_t i = chain_hash(id, seals->pin_cap);

    while (seals->pins[i].used && !ap_uuid_equal(&seals->pins[i].id, id))
        i = (i + 1) & (seals->pin_cap - 1);
    return &seals->pins[i];
}

static enum ap_status grow(struct seals *seals, struct ap_error *err)
{
    struct pin *old = seals->pins;
    size_t old_cap = seals->pin_cap, cap = old_cap > 0 ? old_cap * 2 : FIRST_CAP;
    struct pin *pins = calloc(cap, sizeof *pins);

    if (pins == NULL)
        return ap_fail_memory(err, "the sealed chains");
    seals->pins = pins;
    seals->pin_cap = cap;
    for (size_t i = 0; i < old_cap; i++) {
        struct pin *to;

        if (!old[i].used)
            continue;
        to = slot_of(seals, &old[i].id);
        to->id = old[i].id;
        to->used = true;
        to->covered = old[i].covered;
        to->newest = old[i].newest;
    }
    free(old);
    return AP_OK;
}

enum ap_status pin_make(struct seals *seals, const struct ap_uuid *id, struct pin **out, struct ap_error *err)
{
    if (seals->pin_count + 1 > seals->pin_cap / 4 * 3) {
        enum ap_status status = grow(seals, err);

        if (status != AP_OK)
            return status;
    }
    *out = slot_of(seals, id);
    if (!(*out)->used) {
        (*out)->used = true;
        (*out)->id = *id;
        seals->pin_count++;
    }
    return AP_OK;
}

struct pin *pin_find(const struct seals *seals, const struct ap_uuid *id)
{
    struct pin *pin = seals->pin_cap > 0 ? slot_of(seals, id) : NULL;

    return pin != NULL && pin->used ? pin : NULL;
}

void pin_meet(struct pin *pin, const struct chained *entry)
{
    uint64_t seq = entry->record.seq;

    if (pin->covered.size == 0)
        return;
    if (seq == pin->covered.size + 1)
        atomic_store(&pin->waiting_since_us, entry->record.recorded_at_us);
    if (seq != pin->covered.size)
        return;
    /* Of two entries with this number one differs; to have met that one is what stays. */
    if (memcmp(entry->entry_hash, pin->covered.hash, AP_HASH_LEN) != 0)
        atomic_store(&pin->met, MET_OTHER);
    else if (atomic_load(&pin->met) == MET_NOT)
        atomic_store(&pin->met, MET_SAME);
}
