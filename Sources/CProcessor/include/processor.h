#ifndef FITD_PROCESSOR_H
#define FITD_PROCESSOR_H

#include <stdbool.h>

/// The first instruction set that this build uses and this processor lacks, such as "AVX2"; NULL if there is none.
const char *fitd_missing_instructions(void);

/// Whether the processor and the system have AVX-512, as x86-64-v4 asks for it.
bool fitd_has_avx512(void);

/// Brings the line of an address, which need not exist, into the first-level cache, to be written.
static inline void fitd_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

#endif
