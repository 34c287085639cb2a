/* What a document says of itself: nothing of it takes part in matching. */
#include <string.h>

#include "auditproof/digest.h"
#include "auditproof/utf8.h"
#include "loader.h"

enum { TITLE_MAX = 256, DIGEST_CHARS = 16 };

/* A scalar's text, or "". */
static const char *text_of(struct ap_loader *l, const struct ap_yaml *root, const char *key)
{
    const struct ap_yaml *value = ap_field_scalar(l, root, key);

    return value == NULL ? "" : value->text.text;
}

static void read_title(struct ap_loader *l, const struct ap_yaml *root, struct ap_rule_info *info)
{
    const struct ap_yaml *title = ap_field_scalar(l, root, "title");

    if (ap_yaml_get(root, "title") == NULL || (title != NULL && title->text.len == 0)) {
        (void)ap_load_error(l, root->at, "there is no 'title'");
        return;
    }
    if (title == NULL) {
        if (ap_yaml_is_scalar(ap_yaml_get(root, "title")))
            (void)ap_load_error(l, ap_yaml_get(root, "title")->at, "'title' is empty");
        return;
    }
    info->title = title->text.text;
    if (ap_utf8_count(title->text.text, title->text.len) > TITLE_MAX)
        (void)ap_load_error(l, title->at, "'title' is longer than %d characters", TITLE_MAX);
}

/* The identity of a rule that gives itself none: it changes when the rule does. */
static const char *digest_id(struct ap_loader *l, const struct ap_text *text)
{
    char id[sizeof "sha256:" + DIGEST_CHARS] = "sha256:";
    struct ap_span span = {text->text, text->len};
    uint8_t hash[AP_HASH_LEN];
    struct ap_digest *digest;
    struct ap_error err;

    if (ap_digest_new(&digest, &err) != AP_OK) {
        l->failure = err;
        return "";
    }
    if (ap_digest_spans(digest, hash, &span, 1, &err) != AP_OK)
        l->failure = err;
    ap_digest_free(digest);
    ap_hex_encode(id + strlen("sha256:"), hash, DIGEST_CHARS / 2);
    id[sizeof id - 1] = '\0';
    return ap_load_text(l, "%s", id);
}

static void read_id(struct ap_loader *l, const struct ap_yaml *root, struct ap_rule_info *info,
                    const struct ap_text *text)
{
    const struct ap_yaml *id = ap_field_scalar(l, root, "id");
    struct ap_uuid uuid;

    if (id == NULL || id->text.len == 0) {
        info->id = digest_id(l, text);
        (void)ap_load_warn(l, root->at, "there is no 'id': the rule is known by its digest, which changes with it");
        return;
    }
    info->id = id->text.text;
    if (!ap_uuid_parse(&uuid, id->text.text))
        (void)ap_load_warn(l, id->at, "'id' should be a UUID");
}

static void read_level(struct ap_loader *l, const struct ap_yaml *root, struct ap_rule_info *info)
{
    static const char *const levels[] = {"informational", "low", "medium", "high", "critical", NULL};
    const struct ap_yaml *level = ap_field_scalar(l, root, "level");

    info->level = AP_LEVEL_MEDIUM;
    if (level == NULL) {
        if (ap_yaml_get(root, "filter") == NULL)
            (void)ap_load_warn(l, root->at, "there is no 'level': medium is taken");
        return;
    }
    info->level_given = true;
    if (!ap_level_parse(&info->level, level->text.text) || info->level == AP_LEVEL_NONE)
        (void)ap_load_error(l, level->at, "unknown level '%.40s'%s", level->text.text,
                            *ap_load_hint(l, level->text.text, levels) != '\0'
                                ? ap_load_hint(l, level->text.text, levels)
                                : ": it is one of informational, low, medium, high and critical");
}

static void check_status(struct ap_loader *l, const struct ap_yaml *root, struct ap_rule_info *info)
{
    static const char *const words[] = {"stable", "test", "experimental", "deprecated", "unsupported", NULL};
    const struct ap_yaml *status = ap_field_scalar(l, root, "status");

    info->status = status == NULL ? "" : status->text.text;
    for (size_t i = 0; status != NULL; i++) {
        if (words[i] == NULL) {
            (void)ap_load_warn(l, status->at, "unknown status '%.40s'%s", info->status,
                               ap_load_hint(l, info->status, words));
            return;
        }
        if (strcmp(words[i], info->status) == 0)
            return;
    }
}

/* 2024-02-29 or 2024/02/29 */
static void check_date(struct ap_loader *l, const struct ap_yaml *root, const char *key)
{
    const struct ap_yaml *date = ap_field_scalar(l, root, key);
    const char *text = date == NULL ? "" : date->text.text;
    bool good = strlen(text) == 10 && (text[4] == '-' || text[4] == '/') && text[7] == text[4];

    for (size_t i = 0; good && i < 10; i++)
        good = i == 4 || i == 7 || (text[i] >= '0' && text[i] <= '9');
    if (date != NULL && !good)
        (void)ap_load_warn(l, date->at, "'%s' should be a date such as 2026-11-22", key);
}

/* Lists are lists of texts. What is not is passed over with a remark: nothing here takes part in matching. */
static const char *const *read_texts(struct ap_loader *l, const struct ap_yaml *root, const char *key, size_t *count)
{
    const struct ap_yaml *value = ap_yaml_get(root, key);
    const char **texts;
    bool list;

    *count = 0;
    if (value == NULL || value->kind == AP_YAML_NULL)
        return NULL;
    list = value->kind == AP_YAML_LIST;
    if (!list)
        (void)ap_load_warn(l, value->at, "'%s' should be a list, not %s", key, ap_yaml_kind_name(value));
    texts = ap_arena_alloc(&l->list->arena, list ? value->count : 1, sizeof *texts);
    for (size_t i = 0; texts != NULL && i < (list ? value->count : 1); i++) {
        const struct ap_yaml *one = list ? value->items[i] : value;

        if (ap_yaml_is_scalar(one) && one->kind != AP_YAML_NULL)
            texts[(*count)++] = one->text.text;
        else if (list)
            (void)ap_load_warn(l, one->at, "'%s' should be a list of strings, and has %s in it", key,
                               ap_yaml_kind_name(one));
    }
    return texts;
}

/* namespace.name, in lower case */
static bool is_tag(const char *tag)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
    const char *dot = strchr(tag, '.');

    return dot != NULL && dot > tag && dot[1] != '\0' && tag[strspn(tag, set)] == '\0';
}

static void read_tags(struct ap_loader *l, const struct ap_yaml *root, struct ap_rule_info *info)
{
    info->tags = read_texts(l, root, "tags", &info->tag_count);
    for (size_t i = 0; i < info->tag_count; i++) {
        const struct ap_yaml *tags = ap_yaml_get(root, "tags");

        if (!is_tag(info->tags[i]))
            (void)ap_load_warn(l, tags->count == info->tag_count ? tags->items[i]->at : tags->at,
                               "tag '%.60s' should be namespace.name in lower case, such as attack.t1078",
                               info->tags[i]);
    }
}

static void check_related(struct ap_loader *l, const struct ap_yaml *root)
{
    static const char *const types[] = {"derived", "obsolete", "merged", "renamed", "similar", NULL};
    const struct ap_yaml *related = ap_yaml_get(root, "related");

    if (related == NULL)
        return;
    if (related->kind != AP_YAML_LIST) {
        (void)ap_load_warn(l, related->at, "'related' should be a list");
        return;
    }
    for (size_t i = 0; i < related->count; i++) {
        const struct ap_yaml *type = ap_yaml_get(related->items[i], "type");
        size_t t = 0;

        while (types[t] != NULL && !ap_yaml_is(type, types[t]))
            t++;
        if (ap_yaml_get(related->items[i], "id") == NULL || type == NULL)
            (void)ap_load_warn(l, related->items[i]->at, "an element of 'related' should have 'id' and 'type'");
        else if (types[t] == NULL)
            (void)ap_load_warn(l, type->at, "unknown type of relation '%.40s'%s", type->text.text,
                               ap_yaml_is_scalar(type) ? ap_load_hint(l, type->text.text, types) : "");
    }
}

void ap_meta_read(struct ap_loader *l, struct ap_document *document, const struct ap_text *text)
{
    struct ap_rule_info *info = &document->rule->info;
    const struct ap_yaml *root = document->root, *name;

    read_title(l, root, info);
    read_id(l, root, info, text);
    name = ap_field_scalar(l, root, "name");
    if (name != NULL)
        document->rule->name = name->text;
    info->author = text_of(l, root, "author");
    info->description = text_of(l, root, "description");
    (void)text_of(l, root, "license");
    check_status(l, root, info);
    check_date(l, root, "date");
    check_date(l, root, "modified");
    read_level(l, root, info);
    read_tags(l, root, info);
    check_related(l, root);
    info->references = read_texts(l, root, "references", &info->reference_count);
    info->false_positives = read_texts(l, root, "falsepositives", &info->false_positive_count);
}
