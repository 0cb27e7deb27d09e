#include "MutexAnnotations.h"

// Tells the thread sanitizer of Swift's Mutex where the library locks and unlocks it.
//
// A Mutex that is free is locked by an atomic operation in the program, which the sanitizer sees. One that another thread
// has is locked and unlocked by two functions of libswiftSynchronization, with a futex: the sanitizer sees neither the
// library's operations nor the kernel's, and would report what the Mutex guards as a race. The program's own functions go
// before the library's; these say what happens, and hand on.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

void __tsan_acquire(void *);
void __tsan_release(void *);

typedef SWIFT void Lock(uint32_t, SELF void *);
typedef SWIFT void Unlock(SELF void *);

SWIFT void lockSlowly(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void unlockSlowly(SELF void *mutex) __asm__(UNLOCK);

SWIFT void lockSlowly(uint32_t thread, SELF void *mutex) {
    ((Lock *)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void unlockSlowly(SELF void *mutex) {
    __tsan_release(mutex);
    ((Unlock *)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
#endif
#endif
