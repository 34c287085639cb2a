#include "check/untar.h"

#include <stdlib.h>
#include <string.h>

/* Offsets and widths of a header's fields (POSIX ustar). */
enum {
    NAME = 0,
    NAME_LEN = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    ID_LEN = 8,
    SIZE = 124,
    MTIME = 136,
    NUMBER_LEN = 12,
    CHECKSUM = 148,
    TYPE = 156,
    LINK = 157,
    MAGIC = 257,
    OWNER = 265,
    DEVICES = 329,
    PREFIX = 345,
};

enum ap_status untar_open(struct untar *untar, check_source_fn *source, void *context, struct ap_error *err)
{
    enum ap_status status;

    memset(untar, 0, sizeof *untar);
    untar->source = source;
    untar->context = context;
    untar->chunk = malloc(UNTAR_CHUNK);
    if (untar->chunk == NULL)
        return ap_fail_memory(err, "a bundle");
    status = ap_digest_new(&untar->digest, err);
    return status == AP_OK ? ap_digest_start(untar->digest, err) : status;
}

void untar_free(struct untar *untar)
{
    names_free(&untar->names);
    ap_digest_free(untar->digest);
    free(untar->chunk);
    untar->digest = NULL;
    untar->chunk = NULL;
}

/* A path for a finding: only when it is safe to print. */
static void stop_at(struct untar *untar, const char *problem, const char *path)
{
    untar->problem = problem;
    for (const char *p = path; *p != '\0'; p++)
        if (*p < 0x20 || *p > 0x7e)
            path = "";
    memcpy(untar->problem_path, path, strnlen(path, AP_BUNDLE_PATH_MAX));
}

/* More of the tar. Nothing is left at its end, and when it is damaged. */
static enum ap_status fill(struct untar *untar, struct ap_error *err)
{
    enum ap_status status;

    if (untar->left > 0)
        return AP_OK;
    if (untar->later != NULL) {
        stop_at(untar, untar->later, "");
        return AP_OK;
    }
    status = untar->source(untar->context, untar->chunk, UNTAR_CHUNK, &untar->left, &untar->later, err);
    untar->at = untar->chunk;
    if (status != AP_OK)
        return status;
    if (untar->left == 0 && untar->later != NULL)
        stop_at(untar, untar->later, "");
    untar->bytes += untar->left;
    return ap_digest_add(untar->digest, untar->at, untar->left, err);
}

/* len bytes, all of which must be there. */
static enum ap_status take(struct untar *untar, uint8_t *out, size_t len, struct ap_error *err)
{
    while (len > 0) {
        size_t n;
        enum ap_status status = fill(untar, err);

        if (status != AP_OK || untar->problem != NULL)
            return status;
        if (untar->left == 0) {
            stop_at(untar, "the archive is cut", "");
            return AP_OK;
        }
        n = untar->left < len ? untar->left : len;
        memcpy(out, untar->at, n);
        untar->at += n;
        untar->left -= n;
        out += n;
        len -= n;
    }
    return AP_OK;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Octal digits, then one NUL or blank, or two, to the field's end. */
static bool octal(uint64_t *out, const uint8_t *field, size_t len)
{
    size_t i = 0;

    *out = 0;
    for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
        *out = *out << 3 | (uint64_t)(field[i] - '0');
    if (i == 0 || i == len || len - i > 2)
        return false;
    for (; i < len; i++)
        if (field[i] != ' ' && field[i] != '\0')
            return false;
    return true;
}

static bool octal_is(const uint8_t *field, size_t len, uint64_t want)
{
    uint64_t value;

    return octal(&value, field, len) && value == want;
}

static bool sum_is_right(const uint8_t *block)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < UNTAR_BLOCK; i++)
        sum += i >= CHECKSUM && i < CHECKSUM + ID_LEN ? ' ' : block[i];
    return octal_is(block + CHECKSUM, ID_LEN, sum);
}

/* One directory, whose name the first member tells. The rest is the path. */
static const char *split(struct untar *untar, const char *name)
{
    const char *slash = strchr(name, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - name);

    if (len == 0)
        return "a member's path is not one that a bundle may have";
    if (untar->top[0] == '\0') {
        memcpy(untar->top, name, len);
        untar->top[len] = '\0';
        if (names_check_top(untar->top, NULL) != AP_OK) {
            untar->top[0] = '\0';
            return "the bundle's directory has a name that it may not have";
        }
    }
    if (strncmp(untar->top, name, len) != 0 || untar->top[len] != '\0')
        return "members are in more than one directory";
    return NULL;
}

/* NULL, or what is wrong with the name; then *status may be a failure. */
static const char *check_name(struct untar *untar, const uint8_t *field, enum ap_status *status, struct ap_error *err)
{
    char name[AP_BUNDLE_PATH_MAX + 1] = "";
    size_t len = strnlen((const char *)field, NAME_LEN);
    const char *problem;

    memcpy(name, field, len);
    if (!is_zero(field + len, NAME_LEN - len))
        return "a member's path is not one that a bundle may have";
    problem = split(untar, name);
    if (problem != NULL)
        return problem;
    if (strcmp(name, untar->name) <= 0)
        return "members are not in order, or one comes twice";
    memcpy(untar->name, name, len + 1);
    untar->path = untar->name + strlen(untar->top) + 1;
    *status = names_add(&untar->names, untar->top, untar->path, err);
    if (*status == AP_EINPUT) {
        *status = AP_OK;
        return "a member's path is not one that a bundle may have, is another's but for case, or is its directory";
    }
    return NULL;
}

static const char *check_fields(struct untar *untar, const uint8_t *block)
{
    static const char verify[] = "verify.sh";
    uint64_t mode, mtime;

    if (!is_zero(block + LINK, MAGIC - LINK) || !is_zero(block + OWNER, DEVICES - OWNER) ||
        !is_zero(block + PREFIX, UNTAR_BLOCK - PREFIX))
        return "a tar header has a link's name, an owner's name, a prefix or something after it";
    for (size_t at = DEVICES; at < PREFIX; at += ID_LEN)
        if (!is_zero(block + at, ID_LEN) && !octal_is(block + at, ID_LEN, 0))
            return "a tar header has a device number";
    if (!octal_is(block + UID, ID_LEN, 0) || !octal_is(block + GID, ID_LEN, 0))
        return "a member has an owner";
    if (!octal(&mode, block + MODE, ID_LEN) || (mode != 0644 && (mode != 0755 || strcmp(untar->path, verify) != 0)))
        return "a member's mode is neither 0644 nor, for verify.sh, 0755";
    untar->executable = mode == 0755;
    if (!octal(&mtime, block + MTIME, NUMBER_LEN) || (untar->members > 0 && mtime != untar->mtime))
        return "a member's time is not a number, or not that of the others";
    untar->mtime = mtime;
    if (!octal(&untar->size, block + SIZE, NUMBER_LEN))
        return "a member's size is not a number as it must be written";
    if (untar->members == AP_BUNDLE_MEMBERS_MAX)
        return "it has more than 100,000 members";
    return NULL;
}

/* The path that a header names, for a finding about it. */
static void stop_at_header(struct untar *untar, const char *problem, const uint8_t *block)
{
    char name[AP_BUNDLE_PATH_MAX + 1] = "";
    size_t len = strnlen((const char *)block, NAME_LEN), top = strlen(untar->top);

    if (is_zero(block + len, NAME_LEN - len))
        memcpy(name, block, len);
    if (top > 0 && strncmp(name, untar->top, top) == 0 && name[top] == '/')
        stop_at(untar, problem, name + top + 1);
    else
        stop_at(untar, problem, name);
}

static enum ap_status read_header(struct untar *untar, const uint8_t *block, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    const char *problem = NULL;

    if (!sum_is_right(block))
        problem = "a tar header's checksum is wrong";
    else if (memcmp(block + MAGIC,
                    "ustar\0"
                    "00",
                    OWNER - MAGIC) != 0)
        problem = "a tar header is not of the format ustar";
    else if (block[TYPE] != '0')
        problem = "a member is a link, a directory, a device or an extended header";
    else
        problem = check_name(untar, block + NAME, &status, err);
    if (problem == NULL && status == AP_OK)
        problem = check_fields(untar, block);
    if (problem != NULL)
        stop_at_header(untar, problem, block);
    untar->members++;
    untar->unread = untar->size;
    return status;
}

/* After one block of zeros: another, and the end. */
static enum ap_status read_end(struct untar *untar, struct ap_error *err)
{
    uint8_t block[UNTAR_BLOCK];
    enum ap_status status;

    if (untar->members == 0)
        stop_at(untar, "it is empty", "");
    status = untar->problem == NULL ? take(untar, block, sizeof block, err) : AP_OK;
    if (status == AP_OK && untar->problem == NULL && !is_zero(block, sizeof block))
        stop_at(untar, "one block of zeros is followed by something else", "");
    if (status == AP_OK && untar->problem == NULL)
        status = fill(untar, err);
    if (status == AP_OK && untar->problem == NULL && untar->left > 0)
        stop_at(untar, "something follows the two blocks of zeros that end a tar archive", "");
    return status;
}

enum ap_status untar_next(struct untar *untar, bool *more, struct ap_error *err)
{
    uint8_t block[UNTAR_BLOCK];
    enum ap_status status = take(untar, block, sizeof block, err);

    *more = false;
    if (status != AP_OK || untar->problem != NULL)
        return status;
    if (is_zero(block, sizeof block))
        return read_end(untar, err);
    status = read_header(untar, block, err);
    *more = status == AP_OK && untar->problem == NULL;
    return status;
}

static enum ap_status read_padding(struct untar *untar, struct ap_error *err)
{
    uint8_t block[UNTAR_BLOCK];
    size_t len = (size_t)(-untar->size % UNTAR_BLOCK);
    enum ap_status status = take(untar, block, len, err);

    if (status == AP_OK && untar->problem == NULL && !is_zero(block, len))
        stop_at(untar, "the padding after a member is not zero", untar->path);
    return status;
}

enum ap_status untar_read(struct untar *untar, char **bytes, size_t *len, struct ap_error *err)
{
    enum ap_status status;

    *len = 0;
    if (untar->unread == 0)
        return read_padding(untar, err);
    status = fill(untar, err);
    if (status != AP_OK || untar->problem != NULL)
        return status;
    if (untar->left == 0) {
        stop_at(untar, "the archive is cut", untar->path);
        return AP_OK;
    }
    *bytes = (char *)untar->at;
    *len = untar->left < untar->unread ? untar->left : (size_t)untar->unread;
    untar->at += *len;
    untar->left -= *len;
    untar->unread -= *len;
    return AP_OK;
}

enum ap_status untar_digest(struct untar *untar, uint8_t out[AP_HASH_LEN], struct ap_error *err)
{
    return ap_digest_end(untar->digest, out, err);
}
