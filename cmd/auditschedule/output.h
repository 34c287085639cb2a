/*
 * Where a report goes. It is made in a directory of its own, beside those of others; what is there when it is whole
 * gets its lasting name while the run is recorded, as a second name of the same file: so that what a killed runner left
 * can be told from what is on record (leftovers.c).
 */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_OUTPUT_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_OUTPUT_H

#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "auditproof/db.h"
#include "auditproof/scheduler.h"

enum { OUTPUT_PATH_SIZE = 4096, OUTPUT_NAME_SIZE = 256, OUTPUT_URL_SIZE = OUTPUT_PATH_SIZE + OUTPUT_NAME_SIZE };

struct output_place {
    const char *directory; /* a whole path, or NULL: the command takes them */
    const char *url;       /* what it is called in links, or NULL */
    const char *command;
    char making[OUTPUT_PATH_SIZE]; /* where reports are made */
};

struct output {
    const struct output_place *place;
    char making[OUTPUT_PATH_SIZE + OUTPUT_NAME_SIZE];
    char name[OUTPUT_NAME_SIZE];                        /* of the report, within its organization's directory */
    char organization[AP_UUID_TEXT_SIZE];               /* that directory's name */
    char path[OUTPUT_PATH_SIZE + 2 * OUTPUT_NAME_SIZE]; /* where it is made */
    char url[OUTPUT_URL_SIZE];                          /* empty: it has none */
    uint8_t sha256[AP_HASH_LEN];
    uint64_t bytes;
};

/* Find where reports are made, and make that directory. */
AP_MUST_CHECK enum ap_status output_place_open(struct output_place *place, struct ap_error *err);

/* Make the directories for a run's report. What else the process that makes it puts beside it is kept with it. */
AP_MUST_CHECK enum ap_status output_begin(struct output *output, const struct output_place *place,
                                          const struct ap_run *run, struct ap_error *err);
/* Read it once it is written. */
AP_MUST_CHECK enum ap_status output_digest(struct output *output, struct ap_error *err);
/* Give what was made its lasting names; AP_ESTATE where one of these is taken. For struct ap_run_result. */
AP_MUST_CHECK enum ap_status output_keep(void *output, struct ap_error *err);
/* Remove what it was made in, and where it is not on record what was kept of it too. */
AP_MUST_CHECK enum ap_status output_end(const struct output *output, bool on_record, struct ap_error *err);
/* The same by the directories' paths. */
AP_MUST_CHECK enum ap_status output_clean(const char *making, const char *organization, bool on_record,
                                          struct ap_error *err);

/* Each file that was made, the report itself last. */
typedef enum ap_status output_file_fn(void *context, const char *path, const char *name, struct ap_error *err);
AP_MUST_CHECK enum ap_status output_each(const struct output *output, output_file_fn *fn, void *context,
                                         struct ap_error *err);

/* command.c: hand each file to the command, which says where it put the report. An AP_ECANCELLED as in child.h. */
struct child;
AP_MUST_CHECK enum ap_status output_command(struct output *output, const struct ap_run *run, const char *verdict,
                                            const struct child *like, struct ap_error *err);

/* leftovers.c: remove what killed runners left, where nobody is at that run any more. */
AP_MUST_CHECK enum ap_status output_clear(const struct output_place *place, struct ap_db *db, struct ap_error *err);

#endif
