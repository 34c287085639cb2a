#include "metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"

enum { FILE_MAX = 1 << 20 };

static void add(struct ap_buf *out, const char *name, const char *help, int64_t value)
{
    ap_buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRId64 "\n", name, help, name, name, value);
}

/* What the file said of this before; false when it said nothing. */
static bool said_before(const struct ap_buf *old, const char *name, int64_t *value)
{
    size_t len = strlen(name);
    const char *line = ap_buf_str(old);
    char *end;

    while (line != NULL && *line != '\0') {
        if (strncmp(line, name, len) == 0 && line[len] == ' ') {
            *value = strtoll(line + len + 1, &end, 10);
            return end != line + len + 1 && (*end == '\n' || *end == '\0');
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return false;
}

static void add_round(struct ap_buf *out, const struct ap_buf *old, const struct metrics *m)
{
    const struct {
        const char *name, *help;
        int64_t value;
        bool known; /* from this round */
    } lines[] = {
        {"auditproof_seal_success", "Whether the last round of sealing did all that it had to.", m->success, m->round},
        {"auditproof_seal_last_success_timestamp_seconds", "When a round of sealing last did.",
         m->now_us / AP_US_PER_SECOND, m->round && m->success},
        {"auditproof_seal_findings", "What the last round found wrong.", (int64_t)m->findings, m->round},
        {"auditproof_seal_anchors", "Anchors that the last round was told of.", (int64_t)m->anchors, m->round},
        {"auditproof_seal_anchors_lacking", "Those that lack a checkpoint.", (int64_t)m->lacking, m->round},
    };
    size_t i;

    for (i = 0; i < sizeof lines / sizeof *lines; i++) {
        int64_t value = lines[i].value;

        if (lines[i].known || said_before(old, lines[i].name, &value))
            add(out, lines[i].name, lines[i].help, value);
    }
}

static void add_state(struct ap_buf *out, const struct ap_seal_state *state)
{
    bool all = state->oldest_unsealed_us == AP_TIME_INFINITY;

    add(out, "auditproof_entries", "Entries in all chains.", (int64_t)state->entries);
    add(out, "auditproof_unsealed_entries", "Entries that no seal covers.",
        (int64_t)(state->entries - state->sealed_entries));
    add(out, "auditproof_unsealed_seconds", "How long the oldest of them has been waiting.",
        all ? 0 : (state->now_us - state->oldest_unsealed_us) / AP_US_PER_SECOND);
    add(out, "auditproof_seal_log_size", "Seals under the newest checkpoint.", (int64_t)state->size);
    if (state->sealed)
        add(out, "auditproof_checkpoint_timestamp_seconds", "When the newest checkpoint was signed.",
            state->sealed_at_us / AP_US_PER_SECOND);
}

enum ap_status metrics_write(const char *path, const struct metrics *m, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT, old = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    if (access(path, F_OK) == 0)
        status = ap_file_read(path, FILE_MAX, &old, err);
    ap_buf_addc(&old, '\0');
    add_round(&out, &old, m);
    if (m->state != NULL)
        add_state(&out, m->state);
    if (status == AP_OK)
        status = ap_buf_check(&old, path, err);
    if (status == AP_OK)
        status = ap_buf_check(&out, "metrics", err);
    if (status == AP_OK)
        status = ap_file_replace(path, ap_buf_str(&out), out.len, err);
    ap_buf_free(&out);
    ap_buf_free(&old);
    return status;
}
