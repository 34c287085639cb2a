/* What was written, read again as its reader will; and what is said of it beside it. */
#ifndef AP_EXPORT_WRITTEN_H
#define AP_EXPORT_WRITTEN_H

#include "auditproof/bundle_check.h"
#include "auditproof/export.h"

/*
 * Check the finished archive, before it has its name, against the keys that it was made with. AP_EINTERNAL when it is
 * not trusted: it must then not be committed. Free *checked in every case.
 */
AP_MUST_CHECK enum ap_status written_check(const struct ap_bundle *bundle, const struct ap_export_options *options,
                                           const struct ap_bundle_summary *summary,
                                           struct ap_bundle_check_report *checked, struct ap_error *err);

/* Sign and write the statement beside the file at report->path: what tells of this run. */
AP_MUST_CHECK enum ap_status written_state(struct ap_db *db, const struct ap_export_options *options,
                                           const struct ap_export_report *report,
                                           const struct ap_bundle_check_report *checked, struct ap_error *err);

#endif
