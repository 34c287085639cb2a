/*
 * YAML 1.1 as a tree of nodes that know where they stand. Scalars are resolved as PyYAML's safe loader does (null,
 * Booleans, integers, floats; no dates), and their text is kept as written, for a rule's `0755` must also match the
 * string "0755". Keys are unique in a mapping. An alias shares the node that it names; what it stands for is counted
 * each time, so that a document that would unfold without bound is refused.
 */
#ifndef AUDITPROOF_RULES_YAML_H
#define AUDITPROOF_RULES_YAML_H

#include "rule.h"

enum ap_yaml_kind {
    AP_YAML_NULL,
    AP_YAML_BOOL,
    AP_YAML_NUMBER,
    AP_YAML_STRING,
    AP_YAML_LIST,
    AP_YAML_MAP,
};

struct ap_yaml {
    enum ap_yaml_kind kind;
    struct ap_mark at;
    struct ap_text text;     /* of a scalar */
    bool truth;              /* AP_YAML_BOOL */
    bool integer;            /* AP_YAML_NUMBER: written as one */
    bool verbatim;           /* a scalar on one line, without escapes: character n of it stands at text_at + n */
    struct ap_mark text_at;  /* where the text itself begins, past a quote */
    struct ap_number number; /* AP_YAML_NUMBER */
    struct ap_yaml **items;  /* of a list; of a mapping: a key, its value, the next key, … */
    size_t count;            /* elements, or pairs */
    uint32_t nodes;          /* this and all beneath it */
    uint32_t height;         /* 0 for a scalar */
};

struct ap_yaml_problem {
    struct ap_mark at;
    char message[256];
};

/* What a reader calls with each document, or with what is wrong with one (then root is NULL). text: its lines. */
struct ap_yaml_document {
    struct ap_yaml *root;
    struct ap_text text;
    const struct ap_yaml_problem *problem;
};
typedef void ap_yaml_fn(void *context, const struct ap_yaml_document *document);

/*
 * Read the documents of a file, one after the other. A document that cannot be read is reported as such, and reading
 * goes on at the next line that starts with "---". Nodes live in the arena; text is borrowed during the call. Fails
 * only when memory runs out.
 */
AP_MUST_CHECK enum ap_status ap_yaml_read(struct ap_arena *arena, const char *text, size_t len, ap_yaml_fn *fn,
                                          void *context, struct ap_error *err);

/* Set kind and value of a plain scalar from its text (yaml_scalar.c). */
void ap_yaml_resolve(struct ap_yaml *node);

/* The value of a mapping's key, or NULL. */
const struct ap_yaml *ap_yaml_get(const struct ap_yaml *map, const char *key);

bool ap_yaml_is_scalar(const struct ap_yaml *node);
bool ap_yaml_is(const struct ap_yaml *node, const char *text); /* a scalar of that text */

/* Where the byte at offset of a scalar's text stands, or the scalar when its text is not as it was written. */
struct ap_mark ap_yaml_mark(const struct ap_yaml *node, size_t offset);

/* "a list", "a mapping", "a string", … for messages. */
const char *ap_yaml_kind_name(const struct ap_yaml *node);

#endif
