/* Tells an analyzer, which reads one file at a time, that the failing functions return the status they are given. */
#include "auditproof/error.h"

#define ap_fail(err, status, ...) ((void)ap_fail(err, status, __VA_ARGS__), (status))
#define ap_fail_memory(err, what) ((void)ap_fail_memory(err, what), AP_ENOMEM)
#define ap_fail_errno(err, ...) ((void)ap_fail_errno(err, __VA_ARGS__), AP_EIO)
