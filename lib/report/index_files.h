#ifndef AP_REPORT_INDEX_FILES_H
#define AP_REPORT_INDEX_FILES_H

/* What a file of a bundle is, by its path; "" for one that nobody described. Static. */
const char *index_file_is(const char *path);

#endif
