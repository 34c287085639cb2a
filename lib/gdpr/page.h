/* Plain pages: no script, nothing from elsewhere. */
#ifndef AUDITPROOF_GDPR_PAGE_H
#define AUDITPROOF_GDPR_PAGE_H

#include "config.h"

void gdpr_page_begin(struct ap_buf *out, const char *title, const char *lead);
void gdpr_page_end(struct ap_buf *out);
void gdpr_page_heading(struct ap_buf *out, const char *text);
void gdpr_page_text(struct ap_buf *out, const char *tag, const char *text); /* escaped; NULL: nothing */
void gdpr_page_contact(struct ap_buf *out, const struct gdpr_contact *contact);
/* A table; heads ends with NULL. */
void gdpr_page_rows(struct ap_buf *out, const char *const *heads, const struct ap_form_table *rows);

#endif
