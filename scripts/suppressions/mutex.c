// Tells ThreadSanitizer of the half of Swift's Mutex that it cannot see. Preloaded by scripts/sanitize.
//
// On Linux a Mutex (module Synchronization) is a word that is swapped in the code that uses it, which ThreadSanitizer follows,
// and a futex in the toolchain's own library for when two threads meet, which it does not: a program of ten lines
// that adds to an Int under one Mutex is reported as a race. These two functions stand in front of the library's.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Weak: `swift test` itself, and the programs that tests start, run without ThreadSanitizer.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void Lock(uint32_t thread, __attribute__((swift_context)) void *handle);
typedef __attribute__((swiftcall)) void Unlock(__attribute__((swift_context)) void *handle);

Lock lock __asm__(LOCK);
Unlock unlock __asm__(UNLOCK);

__attribute__((swiftcall)) void lock(uint32_t thread, __attribute__((swift_context)) void *handle) {
    ((Lock *)dlsym(RTLD_NEXT, LOCK))(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

__attribute__((swiftcall)) void unlock(__attribute__((swift_context)) void *handle) {
    if (__tsan_release) __tsan_release(handle);
    ((Unlock *)dlsym(RTLD_NEXT, UNLOCK))(handle);
}
