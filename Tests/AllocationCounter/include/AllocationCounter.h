#pragma once
#include <stdbool.h>

/// Whether allocations are counted: not where a sanitizer or another library than glibc takes care of them.
bool countsAllocations(void);

/// How many times the calling thread has asked for memory so far.
long allocationCount(void);
