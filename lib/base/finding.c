#include "auditproof/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *ap_finding_name(enum ap_finding_kind kind)
{
    static const char *const names[AP_FINDING_KINDS] = {
        [AP_FINDING_ALTERED] = "altered",
        [AP_FINDING_MISSING] = "missing",
        [AP_FINDING_UNCHAINED] = "unchained",
        [AP_FINDING_GAP] = "gap",
        [AP_FINDING_LINK] = "link",
        [AP_FINDING_FORK] = "fork",
        [AP_FINDING_HEAD] = "head",
        [AP_FINDING_TRUNCATED] = "truncated",
        [AP_FINDING_REWRITTEN] = "rewritten",
        [AP_FINDING_SEAL] = "seal",
        [AP_FINDING_SIGNATURE] = "signature",
        [AP_FINDING_ERASURE] = "erasure",
        [AP_FINDING_EARLY_PURGE] = "early-purge",
        [AP_FINDING_PURGE] = "purge",
        [AP_FINDING_GUARD] = "guard",
        [AP_FINDING_POLICY] = "policy",
        [AP_FINDING_HOLD] = "hold",
        [AP_FINDING_CLOCK] = "clock",
        [AP_FINDING_ARCHIVE] = "archive",
        [AP_FINDING_MANIFEST] = "manifest",
        [AP_FINDING_FILE_ALTERED] = "file-altered",
        [AP_FINDING_FILE_MISSING] = "file-missing",
        [AP_FINDING_FILE_UNLISTED] = "file-unlisted",
        [AP_FINDING_PROOF] = "proof",
        [AP_FINDING_COUNT] = "count",
    };

    return names[kind];
}

void ap_finding_text(char out[AP_FINDING_TEXT_SIZE], const char *fmt, ...)
{
    va_list args;
    int n;
    size_t end;

    va_start(args, fmt);
    n = vsnprintf(out, AP_FINDING_TEXT_SIZE, fmt, args);
    va_end(args);
    if (n < 0) {
        out[0] = '\0';
    } else if (n >= AP_FINDING_TEXT_SIZE) {
        end = AP_FINDING_TEXT_SIZE - sizeof "...";
        while (end > 0 && ((unsigned char)out[end] & 0xC0U) == 0x80U)
            end--;
        memcpy(out + end, "...", sizeof "...");
    }
}
