#include "subnormals.h"

#if defined(__x86_64__)

#include <immintrin.h>

// MXCSR: results (15) and operands (6).
enum { flush_to_zero = 1 << 15 | 1 << 6 };

uint64_t fitd_flush_subnormals(void) {
    const unsigned state = _mm_getcsr();
    _mm_setcsr(state | flush_to_zero);
    return state;
}

void fitd_restore_subnormals(uint64_t state) { _mm_setcsr((unsigned)state); }

#elif defined(__aarch64__)

// FPCR.FZ, for both.
static const uint64_t flush_to_zero = 1 << 24;

uint64_t fitd_flush_subnormals(void) {
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    __asm__ volatile("msr fpcr, %0" : : "r"(state | flush_to_zero) : "memory");
    return state;
}

void fitd_restore_subnormals(uint64_t state) {
    __asm__ volatile("msr fpcr, %0" : : "r"(state) : "memory");
}

#else

uint64_t fitd_flush_subnormals(void) { return 0; }

void fitd_restore_subnormals(uint64_t state) { (void)state; }

#endif
