/* What BagIt (RFC 8493) asks of a bundle, in the one form that audit-bundle(5) allows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/utf8.h"
#include "check/check_internal.h"

/* A line of a manifest: 64 digits, two blanks, a path. */
struct listed {
    uint8_t sha256[AP_HASH_LEN];
    const char *path;
    size_t len;
};

static bool is_path(const char *path, size_t len)
{
    size_t part = 0;

    for (size_t i = 0; i < len; i++) {
        char c = path[i];

        if (c == '/' || i + 1 == len) {
            size_t end = c == '/' ? i : len, n = end - part;

            if (n == 0 || (n == 1 && path[part] == '.') || (n == 2 && memcmp(path + part, "..", 2) == 0) ||
                (c == '/' && i + 1 == len))
                return false;
            part = i + 1;
        }
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || strchr("._-/", c) == NULL))
            return false;
    }
    return len > 0;
}

static bool is_data(const char *path, size_t len)
{
    return len > 5 && memcmp(path, "data/", 5) == 0;
}

static bool same_path(const char *path, size_t len, enum held_file file)
{
    return strlen(held_rules[file].path) == len && memcmp(path, held_rules[file].path, len) == 0;
}

/* The line at *at, which is moved past it. False when it is none. */
static bool next_line(const char **at, const char *end, struct listed *out)
{
    enum { DIGITS = 2 * AP_HASH_LEN };
    const char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));

    if (stop == NULL || stop - line < DIGITS + 3 || memcmp(line + DIGITS, "  ", 2) != 0)
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        if (line[i] >= 'A' && line[i] <= 'F')
            return false;
    if (!ap_hex_decode(out->sha256, AP_HASH_LEN, line))
        return false;
    out->path = line + DIGITS + 2;
    out->len = (size_t)(stop - out->path);
    *at = stop + 1;
    return is_path(out->path, out->len);
}

static int compare_paths(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* NULL, or why none of the manifest's lines is of use. */
static const char *check_form(const struct ap_buf *bytes, bool payload)
{
    const char *at = ap_buf_str(bytes), *end = at + bytes->len;
    struct listed before = {.path = "", .len = 0}, is;

    while (at < end) {
        if (!next_line(&at, end, &is))
            return "it has a line that is no digest and path";
        if (is_data(is.path, is.len) != payload || same_path(is.path, is.len, HELD_TAGS) ||
            same_path(is.path, is.len, HELD_SIGNATURE))
            return "it lists a file that it must not list";
        if (compare_paths(before.path, before.len, is.path, is.len) >= 0)
            return "its lines are not in order, or one comes twice";
        before = is;
    }
    return NULL;
}

static bool is_required(const char *path, size_t len)
{
    for (int i = 0; i < HELD_FILES; i++)
        if (held_rules[i].required && same_path(path, len, (enum held_file)i))
            return true;
    return false;
}

static void report_missing(struct check *check, const struct listed *is, const char *manifest)
{
    char path[AP_FINDING_TEXT_SIZE];

    if (is_required(is->path, is->len))
        return;
    (void)snprintf(path, sizeof path, "%.*s", is->len < sizeof path ? (int)is->len : (int)sizeof path - 1, is->path);
    check_found(check, AP_FINDING_FILE_MISSING, path, 0, "%s lists it", manifest);
}

static void report_altered(struct check *check, const struct listed *is, const struct file *file, const char *path,
                           const char *manifest)
{
    struct ap_finding *finding;
    size_t before = check->report->finding_count;

    check_found(check, AP_FINDING_FILE_ALTERED, path, 0, "it is not as %s says", manifest);
    if (check->report->finding_count == before)
        return;
    finding = &check->report->findings[before];
    ap_hex_encode(finding->expected, is->sha256, AP_HASH_LEN);
    ap_hex_encode(finding->found, file->sha256, AP_HASH_LEN);
}

/* Both are in order: what is on one side only is missing, or unlisted. */
static void compare_files(struct check *check, const struct ap_buf *bytes, enum held_file manifest)
{
    const char *name = held_rules[manifest].path, *at = ap_buf_str(bytes), *end = at + bytes->len;
    const struct files *files = &check->files;
    struct listed is;
    bool listed = at < end && next_line(&at, end, &is);
    size_t i = 0;

    while (i < files->count || listed) {
        const char *path = i < files->count ? files_path(files, i) : NULL;
        size_t len = path == NULL ? 0 : strlen(path);
        int order;

        if (path != NULL && (is_data(path, len) != (manifest == HELD_PAYLOAD) || same_path(path, len, HELD_TAGS) ||
                             same_path(path, len, HELD_SIGNATURE))) {
            i++;
            continue;
        }
        order = path == NULL ? 1 : !listed ? -1 : compare_paths(path, len, is.path, is.len);
        if (order < 0)
            check_found(check, AP_FINDING_FILE_UNLISTED, path, 0, "no manifest lists it");
        else if (order > 0)
            report_missing(check, &is, name);
        else if (memcmp(is.sha256, files->items[i].sha256, AP_HASH_LEN) != 0)
            report_altered(check, &is, &files->items[i], path, name);
        i += order <= 0;
        if (order >= 0)
            listed = at < end && next_line(&at, end, &is);
    }
}

static void check_manifest(struct check *check, enum held_file manifest)
{
    const struct ap_buf *bytes = check_held(check, manifest);
    const char *wrong = bytes == NULL ? NULL : check_form(bytes, manifest == HELD_PAYLOAD);

    if (wrong != NULL)
        check_found(check, AP_FINDING_MANIFEST, held_rules[manifest].path, 0, "%s", wrong);
    else if (bytes != NULL)
        compare_files(check, bytes, manifest);
}

static void payload_oxum(const struct check *check, char *out, size_t size)
{
    uint64_t bytes = 0, count = 0;

    for (size_t i = 0; i < check->files.count; i++)
        if (is_data(files_path(&check->files, i), strlen(files_path(&check->files, i)))) {
            bytes += check->files.items[i].size;
            count++;
        }
    (void)snprintf(out, size, "%" PRIu64 ".%" PRIu64, bytes, count);
}

static bool is_label_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* "Label: value", without CR. *value is what follows the blank. */
static bool split_line(const char *line, size_t len, size_t *label, const char **value)
{
    size_t n = 0;

    while (n < len && is_label_char(line[n]))
        n++;
    *label = n;
    *value = line + n + 2;
    return n > 0 && len > n + 2 && memcmp(line + n, ": ", 2) == 0 && memchr(line, '\r', len) == NULL;
}

/* NULL, or what is the matter with bag-info.txt. */
static const char *check_info(const struct ap_buf *bytes, const char *oxum)
{
    static const char *const wanted[] = {"Bagging-Date", "External-Identifier", "Bag-Software-Agent", "Payload-Oxum"};
    enum { WANTED = sizeof wanted / sizeof *wanted };
    const char *at = ap_buf_str(bytes), *end = at + bytes->len;
    unsigned seen[WANTED] = {0};
    bool right = false;

    if (ap_utf8_valid(at, bytes->len) != bytes->len)
        return "it is not UTF-8";
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *value;
        size_t label, len;

        if (stop == NULL || !split_line(at, (size_t)(stop - at), &label, &value))
            return "it has a line that is no label and value";
        len = (size_t)(stop - value);
        for (size_t i = 0; i < WANTED; i++)
            if (strlen(wanted[i]) == label && memcmp(at, wanted[i], label) == 0) {
                seen[i]++;
                right = right || (i + 1 == WANTED && strlen(oxum) == len && memcmp(value, oxum, len) == 0);
            }
        at = stop + 1;
    }
    for (size_t i = 0; i < WANTED; i++)
        if (seen[i] != 1)
            return "it lacks what it must say, or says it twice";
    return right ? NULL : "its Payload-Oxum is not that of the files";
}

enum ap_status check_bag(struct check *check, struct ap_error *err)
{
    static const char bagit[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    const struct ap_buf *tags = check_held(check, HELD_TAGS), *is = check_held(check, HELD_BAGIT),
                        *info = check_held(check, HELD_BAG_INFO);
    const char *wrong;
    char oxum[64];

    (void)err;
    for (int i = 0; i < HELD_FILES; i++)
        if (held_rules[i].required && !check->held[i].there)
            check_found(check, AP_FINDING_FILE_MISSING, held_rules[i].path, 0, "a bundle must have this file");
    check_manifest(check, HELD_PAYLOAD);
    check_manifest(check, HELD_TAGS);
    if (tags != NULL)
        memcpy(check->report->tagmanifest_sha256, files_find(&check->files, held_rules[HELD_TAGS].path)->sha256,
               AP_HASH_LEN);
    if (files_find(&check->files, "fetch.txt") != NULL)
        check_found(check, AP_FINDING_MANIFEST, "fetch.txt", 0, "a bundle holds all of its files, and fetches none");
    if (is != NULL && (is->len != sizeof bagit - 1 || memcmp(is->data, bagit, is->len) != 0))
        check_found(check, AP_FINDING_MANIFEST, held_rules[HELD_BAGIT].path, 0,
                    "it is not that of a BagIt 1.0 bag in UTF-8");
    payload_oxum(check, oxum, sizeof oxum);
    wrong = info == NULL ? NULL : check_info(info, oxum);
    if (wrong != NULL)
        check_found(check, AP_FINDING_MANIFEST, held_rules[HELD_BAG_INFO].path, 0, "%s (%s)", wrong, oxum);
    return AP_OK;
}
