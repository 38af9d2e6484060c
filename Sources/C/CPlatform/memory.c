#define _GNU_SOURCE
#include "cplatform.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

// mimalloc's own; absent in a program that is linked without it.
extern void mi_register_error(void (*handler)(int code, void *context), void *context) __attribute__((weak));

// An allocation that fails ends the process with 70 (EX_SOFTWARE) and a line on standard error that says so: no library
// we use survives it, and most end by a wild pointer. Where mimalloc is not the allocator, all stays as it was.
//
// This runs where an allocation has just failed: nothing here may allocate.
static void allocation_failed(int code, void *context) {
    (void)context;
    if (code != ENOMEM) return;
    static atomic_flag is_told = ATOMIC_FLAG_INIT;
    // The first thread ends the process; others that find no memory meanwhile wait for that.
    while (atomic_flag_test_and_set(&is_told)) pause();
    char line[256];
    int64_t limit = cp_address_space();
    int count;
    if (limit >= 0) {
        count = snprintf(
            line, sizeof line,
            "millrace: out of memory: the address space is limited to %" PRId64
            " KiB (ulimit -v, LimitAS=), and no more is left; raise that, or lower limits.memory\n",
            limit / 1024);
    } else {
        count = snprintf(
            line, sizeof line,
            "millrace: out of memory: the system gives no more; lower limits.memory, or give the process more\n");
    }
    if (count > 0 && write(STDERR_FILENO, line, (size_t)count) < 0) {
        // There is nobody left to tell.
    }
    _exit(70);
}

// Before what is set up by constructors of the program: the runtime of Swift ends there by a trap where it finds no memory.
__attribute__((constructor(101))) static void end_when_out_of_memory(void) {
    if (mi_register_error) mi_register_error(allocation_failed, NULL);
}

int64_t cp_address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX) return -1;
    return (int64_t)limit.rlim_cur;
}
