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
extern void mi_option_set_default(int option, long value) __attribute__((weak));
// Of mimalloc 2.0's options the one for how many milliseconds memory that was freed is kept (MIMALLOC_RESET_DELAY).
enum { decommit_delay = 15 };

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

// Memory of fetches goes round in some 30 ms, in megabytes at a time. By default mimalloc gives back to the system what has
// been free for 25 ms: each round then cost a page fault every 4 KiB, an eighth of all CPU at full speed. What the
// environment says comes first.
static void keep_memory_between_fetches(void) {
    if (mi_option_set_default) mi_option_set_default(decommit_delay, 500);
}

// Before what is set up by constructors of the program: the runtime of Swift ends there by a trap where it finds no memory.
__attribute__((constructor(101))) static void set_up_allocator(void) {
    if (mi_register_error) mi_register_error(allocation_failed, NULL);
    keep_memory_between_fetches();
}

int64_t cp_address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX) return -1;
    return (int64_t)limit.rlim_cur;
}
