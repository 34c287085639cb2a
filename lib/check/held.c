#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/timestamp.h"
#include "check/check_internal.h"

enum { MANIFEST_MAX = 32 << 20, HELD_MAX = 16 << 20 };

const struct held_rule held_rules[HELD_FILES] = {
    [HELD_BAG_INFO] = {"bag-info.txt", AP_FINDING_MANIFEST, HELD_MAX, true},
    [HELD_BAGIT] = {"bagit.txt", AP_FINDING_MANIFEST, HELD_MAX, true},
    [HELD_BUNDLE] = {"data/bundle.json", AP_FINDING_COUNT, HELD_MAX, true},
    [HELD_COMPLETENESS] = {"data/completeness.json", AP_FINDING_COUNT, HELD_MAX, true},
    [HELD_PAYLOAD] = {"manifest-sha256.txt", AP_FINDING_MANIFEST, MANIFEST_MAX, true},
    [HELD_NOTE] = {"proof/checkpoint.note", AP_FINDING_SIGNATURE, AP_NOTE_MAX, true},
    [HELD_CONSISTENCY] = {"proof/consistency.json", AP_FINDING_PROOF, HELD_MAX, false},
    [HELD_COSIGNATURES] = {"proof/cosignatures.txt", AP_FINDING_SIGNATURE, AP_NOTE_MAX, false},
    [HELD_KEYS] = {"proof/keys.json", AP_FINDING_SIGNATURE, HELD_MAX, true},
    [HELD_PREVIOUS] = {"proof/previous.note", AP_FINDING_SIGNATURE, AP_NOTE_MAX, false},
    [HELD_PEM] = {"proof/pubkeys.pem", AP_FINDING_SIGNATURE, HELD_MAX, true},
    [HELD_SEAL] = {"proof/seal.json", AP_FINDING_PROOF, HELD_MAX, true},
    [HELD_TIMESTAMP] = {"proof/timestamp.tsr", AP_FINDING_SIGNATURE, AP_TIMESTAMP_MAX, false},
    [HELD_TAGS] = {"tagmanifest-sha256.txt", AP_FINDING_MANIFEST, MANIFEST_MAX, true},
    [HELD_SIGNATURE] = {"tagmanifest.sig", AP_FINDING_SIGNATURE, HELD_MAX, true},
};

void check_found(struct check *check, enum ap_finding_kind kind, const char *path, uint64_t seq, const char *detail,
                 ...)
{
    struct ap_bundle_check_report *report = check->report;
    struct ap_finding *more;
    char text[AP_FINDING_TEXT_SIZE];
    va_list args;

    report->found++;
    report->by_kind[kind]++;
    if (report->finding_count >= check->options->max_findings)
        return;
    /* A power of two is full: there are that many, and room for no more. */
    if ((report->finding_count & (report->finding_count - 1)) == 0) {
        more = realloc(report->findings, (report->finding_count == 0 ? 1 : 2 * report->finding_count) * sizeof *more);
        check->no_memory = check->no_memory || more == NULL;
        if (more == NULL)
            return;
        report->findings = more;
    }
    more = &report->findings[report->finding_count++];
    memset(more, 0, sizeof *more);
    more->kind = kind;
    more->has_seq = seq != 0;
    more->seq = seq;
    ap_finding_text(more->object, "%s", path);
    va_start(args, detail);
    (void)vsnprintf(text, sizeof text, detail, args);
    va_end(args);
    ap_finding_text(more->detail, "%s", text);
}

const struct ap_buf *check_held(const struct check *check, enum held_file file)
{
    return check->held[file].whole ? &check->held[file].bytes : NULL;
}

bool check_members(struct check *check, enum held_file file, enum ap_finding_kind kind, struct json_members *out,
                   enum ap_status *status, struct ap_error *err)
{
    const struct ap_buf *bytes = check_held(check, file);
    struct ap_error why = {.status = AP_OK};

    memset(out, 0, sizeof *out);
    if (bytes == NULL)
        return false;
    *status = json_check_unique(ap_buf_str(bytes), bytes->len, &why);
    if (*status == AP_OK)
        *status = members_read(out, ap_buf_str(bytes), bytes->len, &why);
    if (*status == AP_OK)
        return true;
    members_free(out);
    if (*status == AP_EINPUT) {
        *status = AP_OK;
        check_found(check, kind, held_rules[file].path, 0, "it is not the JSON that it must be: %s", why.message);
    } else if (err != NULL) {
        *err = why;
    }
    return false;
}
