#ifndef FITD_SUBNORMALS_H
#define FITD_SUBNORMALS_H

#include <stdint.h>

/// Has the calling thread read and write subnormal numbers as zero. Returns what it did so far, to restore.
uint64_t fitd_flush_subnormals(void);

/// Has the calling thread treat subnormal numbers as it did.
void fitd_restore_subnormals(uint64_t state);

#endif
