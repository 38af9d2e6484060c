// Preloaded, tells a program that it may use FLOOR_CORES processors, so that a worker runs one lane less than that.
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    (void)pid;
    const char *cores = getenv("FLOOR_CORES");
    memset(set, 0, size);
    for (int i = 0; i < (cores ? atoi(cores) : 2); i++) CPU_SET_S((size_t)i, size, set);
    return 0;
}
