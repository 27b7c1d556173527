/* Nanoseconds since power-on by the architected counter, and the monotonic clock's at the same moment: the kernel's
 * clocks begin a little later. Prints both. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static uint64_t reg_count(void) {
    uint64_t value;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(value));
    return value;
}

int main(void) {
    uint64_t hz;
    struct timespec now;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    uint64_t count = reg_count();
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%.9f %lld.%09ld\n", (double)count / (double)hz, (long long)now.tv_sec, now.tv_nsec);
    return 0;
}
