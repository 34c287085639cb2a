/*
 * Unicode simple case folding (CaseFolding.txt, statuses C and S), which is what "case-insensitive" means in a rule.
 * The table is made at build time from Debian's unicode-data.
 */
#ifndef AUDITPROOF_RULES_FOLD_H
#define AUDITPROOF_RULES_FOLD_H

#include <stddef.h>
#include <stdint.h>

uint32_t ap_fold_char(uint32_t character);

/*
 * Fold valid UTF-8 into out, which has room for AP_FOLD_ROOM(len) bytes (a folded character may take a byte more than
 * it had); returns the bytes written. ASCII goes many bytes at a time. out may not overlap text.
 */
#define AP_FOLD_ROOM(len) ((len) + (len) / 2 + 16)
size_t ap_fold(char *out, const char *text, size_t len);

#endif
