/*
 * Witnesses answer one by one, and each copy of a checkpoint may have the cosignatures of others: what counts is who
 * cosigned the checkpoint, its origin, size and root, and not which copy of it.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

struct copy {
    struct known *known;
    const char *origin;
};

static int by_checkpoint(const void *a, const void *b)
{
    const struct copy *left = a, *right = b;
    int order = memcmp(left->known->root.bytes, right->known->root.bytes, AP_HASH_LEN);

    if (left->known->size != right->known->size)
        return left->known->size < right->known->size ? -1 : 1;
    return order != 0 ? order : strcmp(left->origin, right->origin);
}

static void merge(const struct ap_policy *policy, const struct copy *copies, size_t count)
{
    bool cosigned[AP_POLICY_MAX] = {false}, quorum;

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; copies[i].known->cosigned != NULL && k < AP_POLICY_MAX; k++)
            cosigned[k] = cosigned[k] || copies[i].known->cosigned[k];
    quorum = ap_policy_met(policy, cosigned);
    for (size_t i = 0; i < count; i++)
        copies[i].known->worth = quorum ? WORTH_TRUST : WORTH_OUTSIDE;
}

enum ap_status checkpoints_merge(struct run *run, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    struct copy *copies;
    size_t count = 0;

    if (run->options->policy == NULL || seals->known_count == 0)
        return AP_OK;
    copies = calloc(seals->known_count, sizeof *copies);
    if (copies == NULL)
        return ap_fail_memory(err, "the checkpoints");
    for (size_t i = 0; i < seals->known_count; i++)
        if (!seals->known[i].told && seals->known[i].key != NO_KEY)
            copies[count++] = (struct copy){&seals->known[i], log_key(run, seals->known[i].key)->name};
    if (count > 0)
        qsort(copies, count, sizeof *copies, by_checkpoint);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && by_checkpoint(&copies[from], &copies[to]) == 0;)
            to++;
        merge(run->options->policy, &copies[from], to - from);
    }
    free(copies);
    return AP_OK;
}
