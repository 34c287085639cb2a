#include "schema_internal.h"

#include <stdlib.h>
#include <string.h>

/* The property that stands for the object itself. */
static const char self_property[] = "is";

/* "body" is compared with the SQL files themselves and so is not in the manifest. */
static const char body_property[] = "body";
static const char *const own_prefixes[] = {"function auditproof.", "function public.auditproof_"};

static int compare_items(const void *a, const void *b)
{
    const struct schema_item *x = a, *y = b;
    int order = strcmp(x->object, y->object);

    return order != 0 ? order : strcmp(x->property, y->property);
}

static void sort_items(struct schema_inventory *inventory)
{
    if (inventory->count > 1)
        qsort(inventory->items, inventory->count, sizeof *inventory->items, compare_items);
}

enum ap_status schema_inventory_read(struct ap_db *db, struct schema_inventory *out, struct ap_error *err)
{
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = ap_db_query(db, ap_sql("queries/inventory"), 0, NULL, &out->rows, err);
    if (status != AP_OK)
        return status;
    out->count = ap_rows_count(out->rows);
    out->items = calloc(out->count + 1, sizeof *out->items);
    if (out->items == NULL)
        return ap_fail_memory(err, "the inventory of the schema");
    for (size_t i = 0; i < out->count; i++) {
        struct schema_item *item = &out->items[i];

        item->object = ap_rows_str(out->rows, i, 0);
        item->property = ap_rows_str(out->rows, i, 1);
        item->value = ap_rows_str(out->rows, i, 2);
        item->parent = ap_rows_str(out->rows, i, 3);
        item->rule = ap_rows_str(out->rows, i, 4);
    }
    sort_items(out);
    return AP_OK;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

/* Cut one line of the manifest into its five fields. Returns the next line, or NULL when the line is malformed. */
static char *take_line(char *line, struct schema_item *item)
{
    const char **fields[] = {&item->object, &item->property, &item->value, &item->parent, &item->rule};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char *end = line + strcspn(line, "\t\n");
        bool last = i + 1 == sizeof fields / sizeof fields[0];

        if (*end != (last ? '\n' : '\t'))
            return NULL;
        *end = '\0';
        *fields[i] = line;
        line = end + 1;
    }
    return line;
}

static bool is_own_function(const struct schema_item *item)
{
    for (size_t i = 0; i < sizeof own_prefixes / sizeof own_prefixes[0]; i++)
        if (strncmp(item->object, own_prefixes[i], strlen(own_prefixes[i])) == 0)
            return true;
    return false;
}

/* The functions that the manifest names, each with the body that the SQL gives it. */
struct own_function {
    const struct schema_item *item;
    struct ap_span name, body;
};

struct own_functions {
    struct own_function *list;
    size_t count;
};

static void keep_body(void *context, struct ap_span name, struct ap_span body)
{
    const struct own_functions *own = context;

    for (size_t i = 0; i < own->count; i++)
        if (own->list[i].name.len == name.len && memcmp(own->list[i].name.data, name.data, name.len) == 0)
            own->list[i].body = body;
}

static void list_functions(const struct schema_inventory *inventory, struct own_functions *own)
{
    for (size_t i = 0; i < inventory->count; i++) {
        const struct schema_item *item = &inventory->items[i];

        if (is_own_function(item) && strcmp(item->property, self_property) == 0) {
            const char *name = item->object + strlen("function ");

            own->list[own->count++] = (struct own_function){item, {name, strcspn(name, "(")}, {NULL, 0}};
        }
    }
}

/* One "body" a function that the manifest names, computed from the SQL. */
static enum ap_status add_bodies(struct schema_inventory *out, struct ap_error *err)
{
    struct own_functions own = {calloc(out->count + 1, sizeof *own.list), 0};
    enum ap_status status = AP_OK;

    out->digests = calloc(out->count + 1, AP_HASH_TEXT_SIZE);
    if (own.list == NULL || out->digests == NULL) {
        free(own.list);
        return ap_fail_memory(err, "the manifest of the schema");
    }
    list_functions(out, &own);
    schema_each_body(keep_body, &own);
    for (size_t i = 0; status == AP_OK && i < own.count; i++) {
        const struct schema_item *item = own.list[i].item;
        char *digest = out->digests + i * AP_HASH_TEXT_SIZE;

        if (own.list[i].body.data == NULL)
            continue;
        status = schema_span_digest(own.list[i].body, digest, err);
        out->items[out->count++] = (struct schema_item){item->object, body_property, digest, item->parent, item->rule};
    }
    free(own.list);
    return status;
}

enum ap_status schema_inventory_parse(struct schema_inventory *out, const char *manifest, struct ap_error *err)
{
    enum ap_status status;
    size_t count = 0;
    char *line;

    memset(out, 0, sizeof *out);
    out->text = strdup(manifest);
    out->items = calloc(2 * count_lines(manifest) + 1, sizeof *out->items);
    if (out->text == NULL || out->items == NULL)
        return ap_fail_memory(err, "the manifest of the schema");
    for (line = out->text; line != NULL && *line != '\0'; count++)
        line = take_line(line, &out->items[count]);
    if (line == NULL)
        return ap_fail(err, AP_EINTERNAL, "line %zu of sql/manifest.tsv is malformed: run make manifest", count);
    if (count == 0)
        return ap_fail(err, AP_EINTERNAL, "sql/manifest.tsv is empty: run make manifest");
    out->count = count;
    status = add_bodies(out, err);
    if (status == AP_OK)
        sort_items(out);
    return status;
}

enum ap_status schema_inventory_expected(struct schema_inventory *out, struct ap_error *err)
{
    const char *manifest = ap_sql("manifest");

    memset(out, 0, sizeof *out);
    if (manifest == NULL)
        return ap_fail(err, AP_EINTERNAL, "sql/manifest.tsv is empty: run make manifest");
    return schema_inventory_parse(out, manifest, err);
}

void schema_inventory_free(struct schema_inventory *inventory)
{
    free(inventory->items);
    free(inventory->text);
    free(inventory->digests);
    ap_rows_free(inventory->rows);
    memset(inventory, 0, sizeof *inventory);
}

size_t schema_inventory_end(const struct schema_inventory *inventory, size_t from)
{
    size_t end = from;

    while (end < inventory->count && strcmp(inventory->items[end].object, inventory->items[from].object) == 0)
        end++;
    return end;
}

const char *schema_inventory_is(const struct schema_inventory *inventory, const char *object)
{
    const struct schema_item key = {object, self_property, NULL, NULL, NULL};
    const struct schema_item *item = NULL;

    if (inventory->count > 0)
        item = bsearch(&key, inventory->items, inventory->count, sizeof *inventory->items, compare_items);
    return item != NULL ? item->value : NULL;
}

/* Every object has one. */
static const struct schema_item *self(const struct schema_item *items, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (strcmp(items[i].property, self_property) == 0)
            return &items[i];
    return &items[from];
}

struct range {
    size_t from, end;
};

static enum ap_status compare_properties(const struct schema_inventory *old, struct range a,
                                         const struct schema_inventory *new, struct range b, schema_difference_fn *fn,
                                         void *context, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    while (status == AP_OK && (a.from < a.end || b.from < b.end)) {
        const struct schema_item *x = a.from < a.end ? &old->items[a.from] : NULL;
        const struct schema_item *y = b.from < b.end ? &new->items[b.from] : NULL;
        int order = x == NULL ? 1 : y == NULL ? -1 : strcmp(x->property, y->property);

        a.from += order <= 0;
        b.from += order >= 0;
        if (x == NULL || y == NULL || order != 0 || strcmp(x->value, y->value) != 0)
            status = fn(context, order <= 0 ? x : NULL, order >= 0 ? y : NULL, err);
    }
    return status;
}

enum ap_status schema_compare(const struct schema_inventory *old, const struct schema_inventory *new,
                              schema_difference_fn *fn, void *context, struct ap_error *err)
{
    size_t i = 0, j = 0;
    enum ap_status status = AP_OK;

    while (status == AP_OK && (i < old->count || j < new->count)) {
        struct range a = {i, i < old->count ? schema_inventory_end(old, i) : i};
        struct range b = {j, j < new->count ? schema_inventory_end(new, j) : j};
        int order = i >= old->count ? 1 : j >= new->count ? -1 : strcmp(old->items[i].object, new->items[j].object);

        if (order <= 0)
            i = a.end;
        if (order >= 0)
            j = b.end;
        if (order < 0)
            status = fn(context, self(old->items, a.from, a.end), NULL, err);
        else if (order > 0)
            status = fn(context, NULL, self(new->items, b.from, b.end), err);
        else
            status = compare_properties(old, a, new, b, fn, context, err);
    }
    return status;
}
