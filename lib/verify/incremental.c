#include "auditproof/incremental.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "auditproof/file.h"
#include "state.h"

/* Bytes of a state: some 150 for each chain and segment. */
enum { STATE_MAX = 1 << 29 };

/* Beside the state, which is replaced by another file. */
static enum ap_status lock(struct ap_incremental *incremental, struct ap_error *err)
{
    struct ap_buf path = AP_BUF_INIT;
    enum ap_status status;
    int failed;

    ap_buf_addf(&path, "%s.lock", incremental->path);
    status = ap_buf_check(&path, "a path", err);
    if (status == AP_OK) {
        incremental->lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (incremental->lock < 0)
            status = ap_fail_errno(err, errno, "cannot open %s", path.data);
    }
    if (status == AP_OK) {
        while ((failed = flock(incremental->lock, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR)
            ;
        if (failed != 0 && errno == EWOULDBLOCK)
            status = ap_fail(err, AP_ESTATE, "another run is using the state %s: wait for its end", incremental->path);
        else if (failed != 0)
            status = ap_fail_errno(err, errno, "cannot lock %s", path.data);
    }
    ap_buf_free(&path);
    return status;
}

static enum ap_status load(struct ap_incremental *incremental, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    struct ap_error why;
    enum ap_status status;

    errno = 0;
    status = ap_file_read(incremental->path, STATE_MAX, &text, err);
    if (status == AP_EIO && errno == ENOENT) {
        status = AP_OK;
    } else if (status == AP_OK) {
        status = state_parse(&incremental->state, ap_buf_str(&text), text.len, &why);
        if (status != AP_OK)
            status =
                ap_fail(err, status == AP_EINPUT ? AP_ESTATE : status,
                        "cannot use the state %s: %s; find out who changed it and put back a copy, or delete it to "
                        "start over with a full run",
                        incremental->path, why.message);
    }
    ap_buf_free(&text);
    return status;
}

enum ap_status ap_incremental_open(struct ap_incremental **out, const char *path, unsigned cycle, struct ap_error *err)
{
    struct ap_incremental *incremental;
    enum ap_status status = AP_OK;

    *out = NULL;
    if (cycle < 1 || cycle > AP_INCREMENTAL_MAX_CYCLE)
        return ap_fail(err, AP_EINPUT, "a cycle has 1 to %d runs, not %u", AP_INCREMENTAL_MAX_CYCLE, cycle);
    incremental = calloc(1, sizeof *incremental);
    if (incremental == NULL)
        return ap_fail_memory(err, "the state");
    incremental->lock = -1;
    incremental->cycle = cycle;
    incremental->path = strdup(path);
    if (incremental->path == NULL)
        status = ap_fail_memory(err, "the state");
    if (status == AP_OK)
        status = lock(incremental, err);
    if (status == AP_OK)
        status = load(incremental, err);
    if (status == AP_OK)
        *out = incremental;
    else
        ap_incremental_close(incremental);
    return status;
}

enum ap_status ap_incremental_save(struct ap_incremental *incremental, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status;

    if (!incremental->advanced)
        return AP_OK;
    status = state_encode(&text, &incremental->state, err);
    if (status == AP_OK)
        status = ap_file_replace_private(incremental->path, text.data, text.len, err);
    ap_buf_free(&text);
    return status;
}

void ap_incremental_close(struct ap_incremental *incremental)
{
    if (incremental == NULL)
        return;
    /* The kernel ends the lock with the descriptor. */
    if (incremental->lock >= 0)
        (void)close(incremental->lock);
    state_free(&incremental->state);
    free(incremental->path);
    free(incremental);
}
