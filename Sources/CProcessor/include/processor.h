#ifndef FITD_PROCESSOR_H
#define FITD_PROCESSOR_H

/// The first instruction set that this build uses and this processor lacks, such as "AVX2"; NULL if there is none.
const char *fitd_missing_instructions(void);

#endif
