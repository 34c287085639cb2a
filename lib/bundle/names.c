#include "names.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/bundle.h"

struct name {
    bool is_directory;
    char text[AP_BUNDLE_PATH_MAX + 1];
};

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_path_char(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '/' || c == '-';
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Of C's letters only, whatever the locale: no others are in a path. */
static int compare_names(const void *left, const void *right)
{
    const char *a = ((const struct name *)left)->text, *b = ((const struct name *)right)->text;

    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) - lower(*b);
}

enum ap_status names_check_top(const char *name, struct ap_error *err)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        if (!is_lower_or_digit(name[i]) && name[i] != '-')
            return ap_fail(err, AP_EINPUT, "\"%s\" cannot name a bundle: only a-z, 0-9 and - may stand in it", name);
    if (len == 0 || len > AP_BUNDLE_PATH_MAX / 2)
        return ap_fail(err, AP_EINPUT, "\"%s\" cannot name a bundle: it has %zu bytes, and 1 to %d are allowed", name,
                       len, AP_BUNDLE_PATH_MAX / 2);
    return AP_OK;
}

static bool has_bad_part(const char *path)
{
    while (true) {
        size_t len = strcspn(path, "/");

        if (len == 0 || (len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
            return true;
        if (path[len] == '\0')
            return false;
        path += len + 1;
    }
}

static enum ap_status check_path(const char *top, const char *path, struct ap_error *err)
{
    size_t len = strlen(path);

    if (strlen(top) + 1 + len > AP_BUNDLE_PATH_MAX)
        return ap_fail(err, AP_EINPUT, "the path %s/%s in the archive is longer than %d bytes", top, path,
                       AP_BUNDLE_PATH_MAX);
    for (size_t i = 0; i < len; i++)
        if (!is_path_char(path[i]))
            return ap_fail(
                err, AP_EINPUT,
                "the path \"%s\" in the archive has a character that is none of A-Z, a-z, 0-9, ., _, - and /", path);
    if (has_bad_part(path))
        return ap_fail(err, AP_EINPUT, "the path \"%s\" in the archive has an empty part, or one that is . or ..",
                       path);
    return AP_OK;
}

/* Put the first len bytes of path into the tree. A directory may be there already, spelled alike. */
static enum ap_status add(struct names *names, const char *path, size_t len, bool is_directory, struct ap_error *err)
{
    struct name *name = calloc(1, sizeof *name);
    const struct name *there;
    struct name **found;

    if (name == NULL)
        return ap_fail_memory(err, "a path");
    name->is_directory = is_directory;
    memcpy(name->text, path, len);
    found = tsearch(name, &names->tree, compare_names);
    if (found == NULL) {
        free(name);
        return ap_fail_memory(err, "a path");
    }
    if (*found == name)
        return AP_OK;
    there = *found;
    free(name);
    if (is_directory && there->is_directory && strncmp(there->text, path, len) == 0)
        return AP_OK;
    if (is_directory != there->is_directory)
        return ap_fail(err, AP_EINPUT, "in the archive, %s cannot be there beside %s: one is the other's directory",
                       path, there->text);
    return ap_fail(err, AP_EINPUT, "in the archive, %s cannot be there beside %s%s: names that differ in case at most",
                   path, there->text, is_directory ? "/" : "");
}

enum ap_status names_add(struct names *names, const char *top, const char *path, struct ap_error *err)
{
    enum ap_status status = check_path(top, path, err);

    for (const char *slash = strchr(path, '/'); slash != NULL && status == AP_OK; slash = strchr(slash + 1, '/'))
        status = add(names, path, (size_t)(slash - path), true, err);
    return status == AP_OK ? add(names, path, strlen(path), false, err) : status;
}

void names_free(struct names *names)
{
    tdestroy(names->tree, free);
    names->tree = NULL;
}
