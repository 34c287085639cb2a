/*
 * YAML of a strict form: a mapping of known keys. What is wrong is told with file, line and column. Texts live as long
 * as the form.
 */
#ifndef AUDITPROOF_RULES_FORM_H
#define AUDITPROOF_RULES_FORM_H

#include "auditproof/arena.h"
#include "auditproof/buf.h"
#include "loader.h"

struct ap_yaml_form {
    struct ap_rule_list list; /* for its arena, which the reader of YAML shares */
    struct ap_problems problems;
    struct ap_loader loader;
    const char *name;           /* of the file, borrowed */
    const struct ap_yaml *root; /* of its one document */
};

enum { AP_FORM_TEXT_MAX = 8000, AP_FORM_LIST_MAX = 500 };

/* Read a file that begins with `format`. Free the form in any case, after what was read from it. */
AP_MUST_CHECK enum ap_status ap_form_open(struct ap_yaml_form *form, const char *name, const char *text, size_t len,
                                          const char *format, struct ap_error *err);
void ap_form_free(struct ap_yaml_form *form);

/* AP_EINPUT with the first thing that was wrong. */
AP_MUST_CHECK enum ap_status ap_form_check(struct ap_yaml_form *form, struct ap_error *err);

/* Unknown keys are told, and what is no mapping. */
void ap_form_known(struct ap_yaml_form *form, const struct ap_yaml *map, const char *what, const char *const *words);

/* The key's text without white space at its end, or NULL; what is required and missing is told. */
const char *ap_form_text(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, bool required);
/* A time as ap_time_parse has it, relative ones excepted; false when there is none. */
bool ap_form_time(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, bool required,
                  int64_t *time_us);
/* A number of 0 to max; false when there is none. */
bool ap_form_number(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, uint64_t max,
                    uint64_t *value);

struct ap_form_list {
    const char **items;
    size_t count;
};

/* A list of texts, or one text. */
void ap_form_texts(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, struct ap_form_list *out);

/* Rows of texts: each element of the list is a mapping of the words, those before `required` must be there. */
struct ap_form_table {
    const char ***items; /* in the order of the words; NULL where one is not given */
    const struct ap_yaml **nodes;
    size_t count;
};

void ap_form_rows(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, const char *const *words,
                  size_t required, struct ap_form_table *out);

#endif
