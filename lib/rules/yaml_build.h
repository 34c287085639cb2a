/* From libyaml's events to nodes: what yaml_build.c and yaml_read.c share. */
#ifndef AUDITPROOF_RULES_YAML_BUILD_H
#define AUDITPROOF_RULES_YAML_BUILD_H

#include <yaml.h>

#include "yaml_tree.h"

/* A collection that is being read. */
struct ap_yaml_frame {
    struct ap_yaml *node;
    size_t cap;
    size_t *slots; /* AP_YAML_MAP: keys by hash, 0 for a free slot, else pair number + 1 */
    size_t slot_count;
};

struct ap_yaml_anchor {
    const char *name;
    struct ap_yaml *node;
    bool open; /* its collection has not ended */
};

struct ap_yaml_builder {
    struct ap_arena *arena;
    uint32_t lines; /* before the text that the parser was given */
    struct ap_yaml_frame stack[AP_RULE_DEPTH_MAX];
    size_t depth;
    struct ap_yaml_anchor *anchors;
    size_t anchor_count, anchor_cap;
    uint64_t nodes; /* of the file so far */
    struct ap_yaml *root;
    bool bad;
    struct ap_yaml_problem problem;
};

void ap_yaml_builder_init(struct ap_yaml_builder *b, struct ap_arena *arena);
void ap_yaml_builder_free(struct ap_yaml_builder *b);

/* Forget the document before this one; nodes are counted on. */
void ap_yaml_builder_reset(struct ap_yaml_builder *b);

/* False when the document cannot go on: b->problem says why, unless the arena has failed. */
bool ap_yaml_builder_take(struct ap_yaml_builder *b, const yaml_event_t *event);

#endif
