// Spins until SIGTERM and then prints the longest time it was kept from the processor, and the share of its time in pauses
// of more than 20 ms: what the machine does to anybody.
#include <signal.h>
#include <stdio.h>
#include <time.h>

static volatile sig_atomic_t ended;
static void end(int number) { ended = number; }
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(void) {
    signal(SIGTERM, end);
    double begin = now(), last = begin, longest = 0, paused = 0;
    while (!ended) {
        double at = now();
        if (at - last > longest) longest = at - last;
        if (at - last > 0.02) paused += at - last;
        last = at;
    }
    printf("%.1f %.3f\n", longest * 1e3, 100 * paused / (last - begin));
    return 0;
}
