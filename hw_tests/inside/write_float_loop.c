/* The yardstick: nothing but fluid_synth_write_float, block after block, as FluidSynth's own users call it.
 *
 * write_float_loop SOUNDFONT VOICES REVERB CHORUS BLOCKS PROGRAM FRAMES
 * prints one JSON line: nanoseconds a block (= instructions on the bench): p50, p99, max, voices at start and end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define MOST_BLOCKS 100000
#define CHANNEL 4

static long long nanoseconds[MOST_BLOCKS];
static float interleaved[2 * 1024];

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

static void *need(void *library, const char *name) {
    void *symbol = dlsym(library, name);
    if (!symbol) {
        fprintf(stderr, "%s\n", dlerror());
        exit(3);
    }
    return symbol;
}

int main(int argc, char **argv) {
    if (argc != 8) return 2;
    int voices = atoi(argv[2]), reverb = atoi(argv[3]), chorus = atoi(argv[4]);
    int blocks = atoi(argv[5]), program = atoi(argv[6]), frames = atoi(argv[7]);
    if (blocks > MOST_BLOCKS || frames > 1024) return 2;
    void *library = dlopen("libfluidsynth.so.3", RTLD_NOW);
    if (!library) return 3;
    void *(*new_settings)(void) = need(library, "new_fluid_settings");
    int (*set_int)(void *, const char *, int) = need(library, "fluid_settings_setint");
    int (*set_num)(void *, const char *, double) = need(library, "fluid_settings_setnum");
    void *(*new_synth)(void *) = need(library, "new_fluid_synth");
    int (*load)(void *, const char *, int) = need(library, "fluid_synth_sfload");
    int (*choose)(void *, int, int) = need(library, "fluid_synth_program_change");
    int (*note_on)(void *, int, int, int) = need(library, "fluid_synth_noteon");
    int (*controller)(void *, int, int, int) = need(library, "fluid_synth_cc");
    int (*count)(void *) = need(library, "fluid_synth_get_active_voice_count");
    int (*write)(void *, int, void *, int, int, void *, int, int) = need(library, "fluid_synth_write_float");

    void *settings = new_settings();
    set_num(settings, "synth.sample-rate", 48000.0);
    set_int(settings, "synth.polyphony", 256);
    set_int(settings, "synth.reverb.active", reverb);
    set_int(settings, "synth.chorus.active", chorus);
    set_int(settings, "synth.threadsafe-api", 0);
    void *synth = new_synth(settings);
    if (load(synth, argv[1], 1) < 0) return 1;
    /* As keyboard.py and the engine have it: one channel, keys from 30 upwards, GM2's sends to the effects. */
    choose(synth, CHANNEL, program);
    controller(synth, CHANNEL, 91, reverb ? 40 : 0);
    controller(synth, CHANNEL, 93, chorus ? 80 : 0);
    for (int key = 30; key < 100 && count(synth) < voices; key++) note_on(synth, CHANNEL, key, 100);
    int at_start = count(synth);

    cpu_set_t isolated;
    CPU_ZERO(&isolated);
    CPU_SET(1, &isolated);
    sched_setaffinity(0, sizeof isolated, &isolated);
    struct sched_param priority = {.sched_priority = 80};
    sched_setscheduler(0, SCHED_FIFO, &priority);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    for (int block = 0; block < 50; block++) write(synth, frames, interleaved, 0, 2, interleaved, 1, 2);
    for (int block = 0; block < blocks; block++) {
        long long started = now();
        write(synth, frames, interleaved, 0, 2, interleaved, 1, 2);
        nanoseconds[block] = now() - started;
    }
    qsort(nanoseconds, blocks, sizeof *nanoseconds, by_size);
    printf("{\"p50\": %lld, \"p99\": %lld, \"max\": %lld, \"voices_at_start\": %d, \"voices_at_end\": %d}\n",
           nanoseconds[blocks / 2], nanoseconds[blocks * 99 / 100], nanoseconds[blocks - 1], at_start, count(synth));
    return 0;
}
