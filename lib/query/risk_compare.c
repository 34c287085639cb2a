#include "risk_compare.h"

#include <stdlib.h>
#include <string.h>

const char *const risk_level_names[RISK_LEVELS] = {"informational", "low", "medium", "high", "critical"};

void risk_compare_init(struct risk_compare *compare)
{
    memset(compare, 0, sizeof *compare);
    ap_arena_init(&compare->arena, 0);
    ap_intern_init(&compare->texts, &compare->arena);
}

void risk_compare_free(struct risk_compare *compare)
{
    ap_intern_free(&compare->texts);
    ap_arena_free(&compare->arena);
    free(compare->things);
}

/* Where a thing is seen. */
struct risk_seen {
    enum risk_kind kind;
    enum risk_when when;
    size_t number;
    const struct ap_incident *incident;
};

static int level_of(const char *name)
{
    int level = RISK_LEVELS - 1;

    while (level > 0 && strcmp(risk_level_names[level], name) != 0)
        level--;
    return level;
}

/* NULL where there is no memory. */
static struct risk_thing *grow(struct risk_compare *compare)
{
    size_t room = compare->room == 0 ? 256 : 2 * compare->room;
    struct risk_thing *grown = reallocarray(compare->things, room, sizeof *grown);

    if (grown == NULL)
        return NULL;
    memset(grown + compare->room, 0, (room - compare->room) * sizeof *grown);
    compare->things = grown;
    compare->room = room;
    return grown;
}

static enum ap_status count(struct risk_compare *compare, const struct risk_seen *seen,
                            const struct ap_incident_tally *item, struct ap_error *err)
{
    int level = level_of(item->level != NULL ? item->level : seen->incident->level);
    struct risk_thing *thing;
    uint32_t number;
    enum ap_status status = ap_intern_add(&compare->texts, seen->kind, item->text, strlen(item->text), &number, err);

    if (status != AP_OK)
        return status;
    if (number >= compare->room && grow(compare) == NULL)
        return ap_fail_memory(err, "what incidents are of");
    thing = &compare->things[number];
    if (thing->text == NULL) {
        thing->kind = seen->kind;
        thing->text = compare->texts.keys[number].bytes;
    }
    if (thing->more == NULL && item->more != NULL) {
        thing->more = ap_arena_copy(&compare->arena, item->more, strlen(item->more));
        status = ap_arena_check(&compare->arena, "what incidents are of", err);
    }
    if (thing->incidents[seen->when] == 0 && seen->when == RISK_NOW)
        thing->first = seen->number;
    if (level > thing->level)
        thing->level = level;
    thing->incidents[seen->when]++;
    thing->entries[seen->when] += item->count;
    return status;
}

enum ap_status risk_compare_add(struct risk_compare *compare, enum risk_when when, size_t number,
                                const struct ap_incident *incident, struct ap_error *err)
{
    const struct ap_incident_list *const lists[RISK_KINDS] = {&incident->rules, &incident->actions, &incident->who,
                                                              &incident->addresses};
    int level = level_of(incident->level);
    enum ap_status status = AP_OK;

    for (int kind = 0; status == AP_OK && kind < RISK_KINDS; kind++) {
        const struct risk_seen seen = {(enum risk_kind)kind, when, number, incident};

        for (size_t i = 0; status == AP_OK && i < lists[kind]->count; i++)
            status = count(compare, &seen, &lists[kind]->items[i], err);
    }
    compare->incidents[when][level]++;
    compare->entries[when][level] += incident->entry_count;
    return status;
}
