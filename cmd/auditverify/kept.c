#include "kept.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/file.h"

enum { FILES_OPEN = 16 };

/* nftw hands nothing on to what it calls. */
static struct {
    struct ap_kept_note *notes;
    size_t count;
    struct ap_error *err;
    enum ap_status status;
} found;

static enum ap_status add_note(const char *path, struct ap_error *err)
{
    struct ap_kept_note *more = realloc(found.notes, (found.count + 1) * sizeof *more);
    struct ap_buf bytes = AP_BUF_INIT;
    enum ap_status status;

    if (more == NULL)
        return ap_fail_memory(err, "checkpoints kept elsewhere");
    found.notes = more;
    status = ap_file_read(path, AP_NOTE_MAX, &bytes, err);
    if (status == AP_OK) {
        more += found.count++;
        more->name = strdup(path);
        more->bytes = bytes.data;
        more->len = bytes.len;
        return more->name == NULL ? ap_fail_memory(err, "checkpoints kept elsewhere") : AP_OK;
    }
    ap_buf_free(&bytes);
    return status;
}

static bool is_note_name(const char *name)
{
    size_t len = strlen(name);

    return name[0] != '.' && len > strlen(".note") && strcmp(name + len - strlen(".note"), ".note") == 0;
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *place)
{
    const char *name = path + place->base;

    (void)st;
    if (type == FTW_DNR || type == FTW_NS)
        found.status = ap_fail_errno(found.err, errno, "cannot read anchor %s", path);
    else if (place->level > 0 && name[0] == '.')
        return type == FTW_D ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
    else if (type != FTW_D && (place->level == 0 || is_note_name(name)))
        found.status = add_note(path, found.err);
    return found.status == AP_OK ? FTW_CONTINUE : FTW_STOP;
}

enum ap_status kept_read(const struct cli_list *paths, struct ap_kept_note **out, size_t *count, struct ap_error *err)
{
    memset(&found, 0, sizeof found);
    found.err = err;
    for (size_t i = 0; i < paths->count && found.status == AP_OK; i++)
        if (nftw(paths->items[i], visit, FILES_OPEN, FTW_PHYS | FTW_ACTIONRETVAL) == -1)
            found.status = ap_fail_errno(err, errno, "cannot read anchor %s", paths->items[i]);
    *out = found.notes;
    *count = found.count;
    return found.status;
}

void kept_free(struct ap_kept_note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)notes[i].name);
        free((void *)(uintptr_t)notes[i].bytes);
    }
    free(notes);
}
