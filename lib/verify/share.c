#include <stdlib.h>
#include <string.h>

#include "state.h"

/*
 * What a run reads again. Whatever was last read `cycle` runs ago has to be; before that, the oldest first, so much
 * that the whole has its turn within the cycle. What had findings counts as read in run 0, and is read in every run.
 */

/* Entries: below this a segment costs more to look up than to read. */
enum { SEGMENT_MIN = 1000 };

struct unit {
    struct point *point;
    uint64_t entries;
    size_t place;
};

static int by_age(const void *a, const void *b)
{
    const struct unit *left = a, *right = b;
    int order = (left->point->read.run > right->point->read.run) - (left->point->read.run < right->point->read.run);

    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

bool is_due(const struct read_mark *read, unsigned cycle, uint64_t run)
{
    return read->run == 0 || read->run + cycle <= run;
}

enum ap_status state_choose(struct state *state, unsigned cycle, uint64_t run, struct ap_error *err)
{
    size_t points = 0, n = 0;
    uint64_t all = 0, chosen = 0;
    struct unit *units;

    for (size_t i = 0; i < state->count; i++)
        points += state->chains[i].count;
    units = calloc(points + 1, sizeof *units);
    if (units == NULL)
        return ap_fail_memory(err, "the segments");
    for (size_t i = 0; i < state->count; i++) {
        uint64_t before = 0;

        for (size_t p = 0; p < state->chains[i].count; p++, n++) {
            struct point *point = &state->chains[i].points[p];

            units[n] = (struct unit){point, point->seq - before, n};
            all += units[n].entries;
            before = point->seq;
        }
    }
    qsort(units, n, sizeof *units, by_age);
    for (size_t i = 0; i < n && (is_due(&units[i].point->read, cycle, run) || chosen < (all + cycle - 1) / cycle);
         i++) {
        units[i].point->due = true;
        /* What had findings comes on top. */
        chosen += units[i].point->read.run != 0 ? units[i].entries : 0;
    }
    free(units);
    return AP_OK;
}

size_t share_of(const struct ap_uuid *id, size_t shares)
{
    return (size_t)(((uint64_t)ap_get_u32(id->bytes) * shares) >> 32);
}

struct ap_uuid share_first(size_t share, size_t shares)
{
    struct ap_uuid id = ap_uuid_nil;

    ap_put_u32(id.bytes, (uint32_t)((((uint64_t)share << 32) + shares - 1) / shares));
    return id;
}

/* As many shares as the cycle has runs; each new one was read when the oldest was that it overlaps. */
static void divide_anew(struct state *state, unsigned cycle)
{
    struct read_mark old[AP_INCREMENTAL_MAX_CYCLE];
    size_t count = state->share_count;

    memcpy(old, state->shares, sizeof old);
    for (size_t i = 0; i < cycle; i++) {
        size_t last = ((i + 1) * count + cycle - 1) / cycle;

        state->shares[i] = old[i * count / cycle];
        for (size_t o = i * count / cycle; o < last && o < count; o++)
            if (old[o].run < state->shares[i].run)
                state->shares[i] = old[o];
    }
    state->share_count = cycle;
}

void state_choose_shares(struct state *state, unsigned cycle, uint64_t run, bool due[AP_INCREMENTAL_MAX_CYCLE])
{
    size_t oldest = cycle;

    if (state->share_count != cycle)
        divide_anew(state, cycle);
    for (size_t i = 0; i < cycle; i++) {
        due[i] = is_due(&state->shares[i], cycle, run);
        if (state->shares[i].run != 0 && (oldest == cycle || state->shares[i].run < state->shares[oldest].run))
            oldest = i;
    }
    if (oldest < cycle)
        due[oldest] = true;
}

size_t segments_of(uint64_t entries, unsigned cycle)
{
    uint64_t most = entries / SEGMENT_MIN;

    if (most > cycle)
        most = cycle;
    return most > 0 ? (size_t)most : 1;
}

uint64_t segment_end(uint64_t entries, size_t segments, size_t i)
{
    return entries / segments * i + entries % segments * i / segments;
}

void chain_merge_small(struct known_chain *chain, unsigned cycle)
{
    uint64_t size = chain->count > 0 ? chain->points[chain->count - 1].seq / cycle : 0, before = 0;
    size_t kept = 0;

    if (size < SEGMENT_MIN)
        size = SEGMENT_MIN;
    for (size_t i = 0; i < chain->count; i++) {
        struct point *point = &chain->points[i];

        /* Both of them small: the point between is given up, and the whole is as old as its older half. */
        if (kept > 0 && point->seq - before <= size) {
            struct read_mark older = chain->points[kept - 1].read;

            if (older.run < point->read.run)
                point->read = older;
            chain->points[kept - 1] = *point;
            continue;
        }
        if (kept > 0)
            before = chain->points[kept - 1].seq;
        chain->points[kept++] = *point;
    }
    chain->count = kept;
}
