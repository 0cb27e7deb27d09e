#include "processor.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

const char *fitd_missing_instructions(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#if defined(__AVX2__)
    if (!__builtin_cpu_supports("avx2")) return "AVX2";
#endif
#if defined(__FMA__)
    if (!__builtin_cpu_supports("fma")) return "FMA";
#endif
#if defined(__BMI2__)
    if (!__builtin_cpu_supports("bmi2")) return "BMI2";
#endif
#if defined(__AVX512F__)
    if (!__builtin_cpu_supports("avx512f")) return "AVX-512F";
#endif
#if defined(__AVX512BW__)
    if (!__builtin_cpu_supports("avx512bw")) return "AVX-512BW";
#endif
#if defined(__AVX512DQ__)
    if (!__builtin_cpu_supports("avx512dq")) return "AVX-512DQ";
#endif
#if defined(__AVX512VL__)
    if (!__builtin_cpu_supports("avx512vl")) return "AVX-512VL";
#endif
#endif
    return NULL;
}

bool fitd_has_avx512(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

// Before main, since the Swift code of the inner loops may be entered by the runtime's own initializers.
__attribute__((constructor(101))) static void check_processor(void) {
    const char *missing = fitd_missing_instructions();
    if (missing == NULL) return;
    fprintf(
        stderr,
        "fitd: this processor lacks %s, which this build uses. Build fitd on this machine with make NATIVE=1.\n",
        missing);
    _Exit(78);
}
