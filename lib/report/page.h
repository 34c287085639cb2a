/* What data/report.html and data/index.html have in common: a page of one file, that may load nothing. */
#ifndef AP_REPORT_PAGE_H
#define AP_REPORT_PAGE_H

#include "auditproof/buf.h"

/* A file of share/report/. NULL when there is none of that name. */
const char *page_share(const char *name);

/*
 * Everything up to <body>, with the style, and with a policy that allows that style, this script, and nothing else.
 * script may be NULL. title is text.
 */
AP_MUST_CHECK enum ap_status page_open(struct ap_buf *out, const char *title, const char *script, struct ap_error *err);
void page_close(struct ap_buf *out, const char *script);

#endif
