/* A mapping from YAML: criteria, and the populations of each (rules/soc2.yaml says how it is written). */
#include <string.h>
#include <strings.h>

#include "rules/loader.h"
#include "rules/value.h"
#include "soc2_internal.h"

enum { ID_MAX = 8, NAME_MAX_LEN = 22, TEXT_MAX = 4000, FILES_MAX = 8, GLOBS_MAX = 2000 };

struct reading {
    struct ap_soc2 *soc2;
    struct ap_loader l;
    bool begun; /* a document was read */
};

static const char *const risk_words[RISKS + 1] = {"low", "medium", "high", "critical", NULL};
static const char *const strengths[] = {"strong", "partial", "weak", "none", NULL};

/* Part of a path, so that nothing but these may be in it. */
static bool is_name(const char *text, size_t max, const char *letters)
{
    size_t len = strlen(text);

    return len > 0 && len <= max && strspn(text, letters) == len && strspn(text, ".-") == 0;
}

/* An optional text, which stays what it was where there is none. */
static bool read_text(struct reading *r, const struct ap_yaml *map, const char *key, const char **out)
{
    const struct ap_yaml *value = ap_field_scalar(&r->l, map, key);
    size_t len;

    if (value == NULL)
        return ap_yaml_get(map, key) == NULL || ap_yaml_get(map, key)->kind == AP_YAML_NULL;
    len = value->text.len;
    while (len > 0 && value->text.text[len - 1] == '\n')
        len--;
    if (len > TEXT_MAX)
        return ap_load_error(&r->l, value->at, "'%s' has more than %d bytes", key, TEXT_MAX);
    *out = ap_arena_copy(&r->soc2->list.arena, value->text.text, len);
    return *out != NULL;
}

static bool read_strength(struct reading *r, const struct ap_yaml *map, const char **out)
{
    const struct ap_yaml *value = ap_field_scalar(&r->l, map, "strength");

    if (value == NULL)
        return true;
    for (size_t i = 0; strengths[i] != NULL; i++) {
        if (ap_yaml_is(value, strengths[i])) {
            *out = strengths[i];
            return true;
        }
    }
    return ap_load_error(&r->l, value->at, "'strength' is strong, partial, weak or none, not '%.40s'",
                         value->text.text);
}

/* Globs are written and matched as strings in rules are (audit-rules(5), Values). */
static bool add_glob(struct reading *r, struct patterns *patterns, const struct ap_yaml *node)
{
    struct ap_string string;

    if (node->text.len == 0)
        return ap_load_error(&r->l, node->at, "an empty pattern matches nothing that has a name");
    if (patterns->count == patterns->cap) {
        size_t cap = patterns->cap == 0 ? 16 : 2 * patterns->cap;
        struct ap_pattern *grown = ap_arena_alloc(&r->soc2->list.arena, cap, sizeof *grown);

        if (grown == NULL)
            return false;
        if (patterns->count > 0)
            memcpy(grown, patterns->items, patterns->count * sizeof *grown);
        patterns->items = grown;
        patterns->cap = cap;
    }
    if (patterns->count == GLOBS_MAX)
        return ap_load_error(&r->l, node->at, "more than %d patterns in one list", GLOBS_MAX);
    return ap_string_parse(&r->l, &string, &node->text) &&
           ap_string_pattern(&r->l, &string, false, &patterns->items[patterns->count++]);
}

static bool read_globs(struct reading *r, const struct ap_yaml *map, const char *key, struct patterns *patterns)
{
    const struct ap_yaml *const *items;
    size_t count;
    bool good = ap_field_list(&r->l, map, key, &items, &count);

    for (size_t i = 0; i < count; i++)
        good = add_glob(r, patterns, items[i]) && good;
    return good;
}

static bool read_risks(struct reading *r, const struct ap_yaml *map, struct population *population)
{
    const struct ap_yaml *const *items;
    size_t count;
    bool good = ap_field_list(&r->l, map, "risk_levels", &items, &count);

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;

        while (k < RISKS && !ap_yaml_is(items[i], risk_words[k]))
            k++;
        if (k < RISKS)
            population->risks[k] = true;
        else
            good = ap_load_error(&r->l, items[i]->at, "'%.40s' is no risk level%s", items[i]->text.text,
                                 ap_load_hint(&r->l, items[i]->text.text, risk_words));
    }
    return good;
}

/* The population of that name, or a new one. */
static struct population *get_population(struct reading *r, size_t criterion, const struct ap_yaml *name)
{
    struct ap_soc2 *soc2 = r->soc2;
    struct population *is;

    for (size_t i = 0; i < soc2->population_count; i++)
        if (soc2->populations[i].criterion == criterion && ap_yaml_is(name, soc2->populations[i].name))
            return &soc2->populations[i];
    if (soc2->population_count == AP_SOC2_POPULATIONS_MAX) {
        (void)ap_load_error(&r->l, name->at, "more than %d populations", AP_SOC2_POPULATIONS_MAX);
        return NULL;
    }
    is = &soc2->populations[soc2->population_count];
    is->name = ap_arena_copy(&soc2->list.arena, name->text.text, name->text.len);
    is->title = "";
    is->criterion = criterion;
    is->number = soc2->population_count++;
    soc2->totals[criterion].populations++;
    return is;
}

static bool read_population(struct reading *r, size_t criterion, const struct ap_yaml *map)
{
    static const char *const words[] = {"name",        "title",   "actions", "resource_types",
                                        "risk_levels", "replace", "except",  NULL};
    struct population *is;
    const struct ap_yaml *name;
    bool good, replace = false;

    if (map->kind != AP_YAML_MAP)
        return ap_load_error(&r->l, map->at, "a population must be a mapping, not %s", ap_yaml_kind_name(map));
    good = ap_field_known(&r->l, map, "a population", words);
    name = ap_field_scalar(&r->l, map, "name");
    if (name == NULL || !is_name(name->text.text, NAME_MAX_LEN, "abcdefghijklmnopqrstuvwxyz0123456789-"))
        return ap_load_error(&r->l, name == NULL ? map->at : name->at,
                             "a population needs a 'name' of at most %d characters of a-z, 0-9 and -", NAME_MAX_LEN);
    is = get_population(r, criterion, name);
    if (is == NULL || !ap_field_bool(&r->l, map, "replace", &replace))
        return false;
    if (replace) {
        memset(&is->actions, 0, sizeof is->actions);
        memset(&is->resources, 0, sizeof is->resources);
        memset(&is->except, 0, sizeof is->except);
        memset(is->risks, 0, sizeof is->risks);
    }
    good = read_text(r, map, "title", &is->title) && good;
    good = read_globs(r, map, "actions", &is->actions) && good;
    good = read_globs(r, map, "resource_types", &is->resources) && good;
    good = read_globs(r, map, "except", &is->except) && good;
    good = read_risks(r, map, is) && good;
    if (good && is->actions.count + is->resources.count == 0 &&
        !(is->risks[0] || is->risks[1] || is->risks[2] || is->risks[3]))
        return ap_load_error(&r->l, map->at, "a population needs 'actions', 'resource_types' or 'risk_levels'");
    return good;
}

static bool read_file(struct reading *r, struct criterion *criterion, const struct ap_yaml *map)
{
    static const char *const words[] = {"path", "about", NULL};
    struct named_file *file;
    bool good;

    if (map->kind != AP_YAML_MAP)
        return ap_load_error(&r->l, map->at, "a file must be a mapping, not %s", ap_yaml_kind_name(map));
    if (criterion->file_count == FILES_MAX)
        return ap_load_error(&r->l, map->at, "more than %d files of one criterion", FILES_MAX);
    file = &criterion->files[criterion->file_count++];
    file->path = file->about = "";
    good = ap_field_known(&r->l, map, "a file", words);
    good = read_text(r, map, "path", &file->path) && read_text(r, map, "about", &file->about) && good;
    return file->path[0] != '\0' ? good : ap_load_error(&r->l, map->at, "a file needs a 'path' within the bundle");
}

/* Each element of a list of mappings. */
static bool read_list(struct reading *r, const struct ap_yaml *map, const char *key, size_t criterion,
                      bool (*read)(struct reading *r, size_t criterion, const struct ap_yaml *item))
{
    const struct ap_yaml *list = ap_yaml_get(map, key);
    bool good = true;

    if (list == NULL || list->kind == AP_YAML_NULL)
        return true;
    if (list->kind != AP_YAML_LIST)
        return ap_load_error(&r->l, list->at, "'%s' must be a list, not %s", key, ap_yaml_kind_name(list));
    for (size_t i = 0; i < list->count; i++)
        good = read(r, criterion, list->items[i]) && good;
    return good;
}

static bool read_one_file(struct reading *r, size_t criterion, const struct ap_yaml *item)
{
    return read_file(r, &r->soc2->criteria[criterion], item);
}

/* The criterion of that id, or a new one; SIZE_MAX when there are too many. */
static size_t get_criterion(struct reading *r, const struct ap_yaml *id)
{
    struct ap_soc2 *soc2 = r->soc2;
    struct ap_soc2_total *total;
    struct criterion *is;

    for (size_t i = 0; i < soc2->criterion_count; i++)
        if (strcasecmp(soc2->totals[i].criterion, id->text.text) == 0)
            return i;
    if (soc2->criterion_count == AP_SOC2_CRITERIA_MAX) {
        (void)ap_load_error(&r->l, id->at, "more than %d criteria", AP_SOC2_CRITERIA_MAX);
        return SIZE_MAX;
    }
    total = &soc2->totals[soc2->criterion_count];
    is = &soc2->criteria[soc2->criterion_count];
    total->criterion = ap_arena_copy(&soc2->list.arena, id->text.text, id->text.len);
    total->title = total->asks = total->limits = "";
    total->strength = "";
    is->total = total;
    is->files = ap_arena_alloc(&soc2->list.arena, FILES_MAX, sizeof *is->files);
    return total->criterion == NULL || is->files == NULL ? SIZE_MAX : soc2->criterion_count++;
}

static bool read_criterion(struct reading *r, size_t unused, const struct ap_yaml *map)
{
    static const char *const words[] = {"id", "title", "asks", "strength", "limits", "populations", "files", NULL};
    const struct ap_yaml *id;
    struct ap_soc2_total *total;
    size_t n;
    bool good;

    (void)unused;
    if (map->kind != AP_YAML_MAP)
        return ap_load_error(&r->l, map->at, "a criterion must be a mapping, not %s", ap_yaml_kind_name(map));
    good = ap_field_known(&r->l, map, "a criterion", words);
    id = ap_field_scalar(&r->l, map, "id");
    if (id == NULL || strspn(id->text.text, "0123456789") > 0 ||
        !is_name(id->text.text, ID_MAX, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789."))
        return ap_load_error(
            &r->l, id == NULL ? map->at : id->at,
            "a criterion needs an 'id' such as CC6.1, of at most %d letters, digits and dots, a letter first", ID_MAX);
    n = get_criterion(r, id);
    if (n == SIZE_MAX)
        return false;
    total = &r->soc2->totals[n];
    good = read_text(r, map, "title", &total->title) && good;
    good = read_text(r, map, "asks", &total->asks) && good;
    good = read_text(r, map, "limits", &total->limits) && good;
    good = read_strength(r, map, &total->strength) && good;
    good = read_list(r, map, "files", n, read_one_file) && good;
    good = read_list(r, map, "populations", n, read_population) && good;
    if (good && (total->title[0] == '\0' || total->strength[0] == '\0'))
        return ap_load_error(&r->l, map->at, "criterion %s needs a 'title' and a 'strength'", total->criterion);
    if (good && strcmp(total->strength, "none") == 0 && total->populations > 0)
        return ap_load_error(&r->l, map->at, "criterion %s has populations, and so not no strength", total->criterion);
    return good;
}

static void take(void *context, const struct ap_yaml_document *document)
{
    static const char *const words[] = {"format", "criteria", NULL};
    struct reading *r = context;
    const struct ap_yaml *root = document->root, *format;

    if (document->problem != NULL) {
        (void)ap_load_error(&r->l, document->problem->at, "%s", document->problem->message);
        return;
    }
    if (root->kind != AP_YAML_MAP || r->begun) {
        (void)ap_load_error(&r->l, root->at, r->begun ? "a mapping is one document" : "a mapping begins with 'format'");
        return;
    }
    r->begun = true;
    (void)ap_field_known(&r->l, root, "a mapping", words);
    format = ap_field_scalar(&r->l, root, "format");
    if (format == NULL || !ap_yaml_is(format, "auditproof-soc2/1"))
        (void)ap_load_error(&r->l, format == NULL ? root->at : format->at, "'format' must be auditproof-soc2/1");
    else
        (void)read_list(r, root, "criteria", 0, read_criterion);
}

static enum ap_status tell_first(const struct reading *r, const char *name, struct ap_error *err)
{
    const struct ap_rule_problem *first = &r->l.problems->list[0];

    return ap_fail(err, AP_EINPUT, "%s:%u:%u: %s%s", name, first->line, first->column, first->message,
                   r->l.problems->count > 1 ? " (and more is wrong in this mapping)" : "");
}

enum ap_status soc2_mapping_read(struct ap_soc2 *soc2, const struct mapping_file *file, struct ap_error *err)
{
    struct ap_problems problems = {NULL, 0, 0};
    struct reading r;
    enum ap_status status;

    memset(&r, 0, sizeof r);
    r.soc2 = soc2;
    r.l.list = &soc2->list;
    r.l.problems = &problems;
    r.l.file = file->name;
    status = ap_yaml_read(&soc2->list.arena, file->text.data, file->text.len, take, &r, err);
    ap_problems_sort(&problems);
    if (status == AP_OK && problems.count > 0)
        status = tell_first(&r, file->name, err);
    if (status == AP_OK && !r.begun)
        status = ap_fail(err, AP_EINPUT, "%s holds no mapping", file->name);
    ap_problems_free(&problems);
    return status == AP_OK ? ap_arena_check(&soc2->list.arena, "a mapping", err) : status;
}
