/* The embedded SQL as a source to compare with: function bodies, migrations, digests. */
#include "schema_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auditproof/digest.h"

static const char migration_folder[] = "migrations/";
/* Longer than any tag of a dollar-quoted string in sql/. */
enum { MAX_TAG = 32 };

static enum ap_status digest_spans(const struct ap_span *spans, size_t count, char out[AP_HASH_TEXT_SIZE],
                                   struct ap_error *err)
{
    uint8_t hash[AP_HASH_LEN];
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_spans(digest, hash, spans, count, err);
    ap_digest_free(digest);
    if (status != AP_OK)
        return status;
    ap_hex_encode(out, hash, sizeof hash);
    out[AP_HASH_TEXT_SIZE - 1] = '\0';
    return AP_OK;
}

enum ap_status schema_span_digest(struct ap_span span, char out[AP_HASH_TEXT_SIZE], struct ap_error *err)
{
    return digest_spans(&span, 1, out, err);
}

enum ap_status schema_text_digest(const char *text, char out[AP_HASH_TEXT_SIZE], struct ap_error *err)
{
    return schema_span_digest((struct ap_span){text, strlen(text)}, out, err);
}

static bool is_below(const char *name, const char *folder)
{
    return strncmp(name, folder, strlen(folder)) == 0;
}

enum ap_status schema_objects_digest(char out[AP_HASH_TEXT_SIZE], struct ap_error *err)
{
    const char *name, *text;
    size_t files = 0, count = 0;
    struct ap_span *spans;
    enum ap_status status;

    while (ap_sql_at(files, &name, &text))
        files++;
    /* Name and text with their NULs, so that nothing can move from one to the other. */
    spans = calloc(2 * files + 1, sizeof *spans);
    if (spans == NULL)
        return ap_fail_memory(err, "the list of SQL files");
    for (size_t i = 0; ap_sql_at(i, &name, &text); i++) {
        if (!is_below(name, "platform/") && !is_below(name, "objects/"))
            continue;
        spans[count++] = (struct ap_span){name, strlen(name) + 1};
        spans[count++] = (struct ap_span){text, strlen(text) + 1};
    }
    status = digest_spans(spans, count, out, err);
    free(spans);
    return status;
}

bool schema_migration_at(size_t index, unsigned *number, const char **name, const char **text)
{
    const char *file;

    for (size_t i = 0; ap_sql_at(i, &file, text); i++) {
        if (!is_below(file, migration_folder) || index-- > 0)
            continue;
        *name = file + strlen(migration_folder);
        *number = (unsigned)strtoul(*name, NULL, 10);
        return true;
    }
    return false;
}

/* The name that a definition has before its parenthesis: "FUNCTION name(" or "PROCEDURE name("; empty for anything
 * else. */
static struct ap_span defined_name(const char *text, const char *parenthesis)
{
    static const char *const words[] = {"FUNCTION ", "PROCEDURE "};
    const char *name = parenthesis;

    while (name > text && (isalnum((unsigned char)name[-1]) || name[-1] == '_' || name[-1] == '.'))
        name--;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);

        if ((size_t)(name - text) >= len && strncasecmp(name - len, words[i], len) == 0)
            return (struct ap_span){name, (size_t)(parenthesis - name)};
    }
    return (struct ap_span){name, 0};
}

/*
 * The dollar-quoted text that a definition starts before its first semicolon: "AS $body$ … $body$", with any tag. GRANT
 * and ALTER name functions too, and end before any body.
 */
static bool quoted_body(const char *from, struct ap_span *body)
{
    char tag[MAX_TAG];
    const char *open = strpbrk(from, "$;"), *close, *end;
    size_t len;

    if (open == NULL || *open != '$' || (close = strchr(open + 1, '$')) == NULL)
        return false;
    len = (size_t)(close - open) + 1;
    if (len >= sizeof tag)
        return false;
    memcpy(tag, open, len);
    tag[len] = '\0';
    end = strstr(close + 1, tag);
    if (end == NULL)
        return false;
    *body = (struct ap_span){close + 1, (size_t)(end - close - 1)};
    return true;
}

static void bodies_in(const char *text, schema_body_fn *fn, void *context)
{
    struct ap_span body;

    for (const char *at = text; (at = strchr(at, '(')) != NULL; at++) {
        struct ap_span name = defined_name(text, at);

        if (name.len > 0 && quoted_body(at, &body))
            fn(context, name, body);
    }
}

void schema_each_body(schema_body_fn *fn, void *context)
{
    static const char *const folders[] = {"platform/", migration_folder, "objects/"};
    const char *file, *text;

    for (size_t f = 0; f < sizeof folders / sizeof folders[0]; f++)
        for (size_t i = 0; ap_sql_at(i, &file, &text); i++)
            if (is_below(file, folders[f]))
                bodies_in(text, fn, context);
}
