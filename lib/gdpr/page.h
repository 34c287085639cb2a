/* Plain pages: no script, nothing from elsewhere. */
#ifndef AUDITPROOF_GDPR_PAGE_H
#define AUDITPROOF_GDPR_PAGE_H

#include <stdint.h>

#include "config.h"

void gdpr_page_begin(struct ap_buf *out, const char *title, const char *lead);
void gdpr_page_end(struct ap_buf *out);
void gdpr_page_heading(struct ap_buf *out, const char *text);
void gdpr_page_text(struct ap_buf *out, const char *tag, const char *text); /* escaped; NULL: nothing */
void gdpr_page_contact(struct ap_buf *out, const struct gdpr_contact *contact);
/* "2026-03-28 21:10:00 UTC": plain, and on a page, where it is not broken. */
void gdpr_page_time_text(struct ap_buf *out, int64_t time_us);
void gdpr_page_time(struct ap_buf *out, int64_t time_us);
/* "1 entry", "2 entries" */
void gdpr_page_count(struct ap_buf *out, uint64_t count, const char *one, const char *many);
/* What was counted, under a name, as a row of a table: begin and end around its text. */
void gdpr_page_row_begin(struct ap_buf *out, const char *name);
void gdpr_page_row_end(struct ap_buf *out);
/* A table; heads ends with NULL. A column that no row has is left out. */
void gdpr_page_rows(struct ap_buf *out, const char *const *heads, const struct ap_form_table *rows);

#endif
