#define _GNU_SOURCE
#include "cplatform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <termios.h>
#include <unistd.h>

static const int64_t second = 1000000000;

static int answer(int result) { return result < 0 ? -errno : result; }

static struct timespec timespec_of(int64_t nanoseconds) {
    return (struct timespec){.tv_sec = nanoseconds / second, .tv_nsec = nanoseconds % second};
}

// Files

int cp_open(const char *path, int flags, unsigned mode) {
    int descriptor;
    do descriptor = open(path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return answer(descriptor);
}

// Not tried again after EINTR: Linux has released the descriptor by then.
int cp_close(int descriptor) { return close(descriptor) < 0 && errno != EINTR ? -errno : 0; }

int64_t cp_write(int descriptor, const void *bytes, size_t count) {
    ssize_t written;
    do written = write(descriptor, bytes, count);
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

int64_t cp_pwrite(int descriptor, const void *bytes, size_t count, int64_t offset) {
    ssize_t written;
    do written = pwrite(descriptor, bytes, count, offset);
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

int64_t cp_pread(int descriptor, void *bytes, size_t count, int64_t offset) {
    ssize_t got;
    do got = pread(descriptor, bytes, count, offset);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int64_t cp_read(int descriptor, void *bytes, size_t count) {
    ssize_t got;
    do got = read(descriptor, bytes, count);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int64_t cp_size(int descriptor) {
    struct stat facts;
    return fstat(descriptor, &facts) < 0 ? -errno : facts.st_size;
}

int cp_identity(int descriptor, uint64_t *device, uint64_t *inode) {
    struct stat facts;
    if (fstat(descriptor, &facts) < 0) return -errno;
    *device = facts.st_dev;
    *inode = facts.st_ino;
    return 0;
}

void cp_hold_standard_streams(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        // The lowest number that is free is this one, as those below it are open by now. Opened the wrong way round:
        // EBADF, where the null device would swallow what somebody waits for.
        if (fcntl(descriptor, F_GETFD) < 0) (void)open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
    }
}

bool cp_is_pipe(int descriptor) {
    struct stat facts;
    return fstat(descriptor, &facts) == 0 && (S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode));
}

int cp_sync(int descriptor, bool data_only) {
    int result;
    do result = data_only ? fdatasync(descriptor) : fsync(descriptor);
    while (result < 0 && errno == EINTR);
    return answer(result);
}

int cp_truncate(int descriptor, int64_t size) {
    int result;
    do result = ftruncate(descriptor, size);
    while (result < 0 && errno == EINTR);
    return answer(result);
}

int cp_try_lock(int descriptor, bool shared) {
    int result;
    do result = flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
    while (result < 0 && errno == EINTR);
    if (result == 0) return 1;
    return errno == EWOULDBLOCK ? 0 : -errno;
}

int cp_unlock(int descriptor) { return answer(flock(descriptor, LOCK_UN)); }

int cp_rename(const char *from, const char *to, bool replacing) {
    return answer(renameat2(AT_FDCWD, from, AT_FDCWD, to, replacing ? 0 : RENAME_NOREPLACE));
}

int cp_unlink(const char *path) { return answer(unlink(path)); }

int cp_rmdir(const char *path) { return answer(rmdir(path)); }

int cp_mkdir(const char *path, unsigned mode) { return answer(mkdir(path, mode)); }

int cp_kind(const char *path) {
    struct stat facts;
    if (stat(path, &facts) < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    return S_ISREG(facts.st_mode) ? 2 : S_ISDIR(facts.st_mode) ? 3 : 1;
}

int64_t cp_free_bytes(const char *path) {
    struct statvfs facts;
    if (statvfs(path, &facts) < 0) return -errno;
    return (int64_t)facts.f_bavail * (int64_t)facts.f_frsize;
}

int cp_open_flags(bool reading, bool writing, bool appending, bool creating, bool exclusive, bool truncating) {
    int flags = reading && writing ? O_RDWR : writing ? O_WRONLY : O_RDONLY;
    if (appending) flags |= O_APPEND;
    if (creating) flags |= O_CREAT;
    if (exclusive) flags |= O_EXCL;
    if (truncating) flags |= O_TRUNC;
    return flags;
}

// Events

int cp_eventfd(void) { return answer(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

// EAGAIN means that the counter is full: the reader will wake up all the same.
int cp_eventfd_signal(int descriptor) {
    const uint64_t one = 1;
    int64_t written = cp_write(descriptor, &one, sizeof one);
    return written < 0 && written != -EAGAIN ? (int)written : 0;
}

void cp_eventfd_drain(int descriptor) {
    uint64_t count;
    (void)cp_read(descriptor, &count, sizeof count);
}

int cp_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds) {
    struct timespec timeout = timespec_of(nanoseconds < 0 ? 0 : nanoseconds);
    return answer(ppoll(descriptors, count, nanoseconds < 0 ? NULL : &timeout, NULL));
}

// Threads

int cp_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    int code = pthread_condattr_init(&attributes);
    if (code != 0) return code;
    code = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (code == 0) code = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return code;
}

int cp_condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline) {
    struct timespec time = timespec_of(deadline < 0 ? 0 : deadline);
    return pthread_cond_timedwait(condition, mutex, &time);
}

int cp_thread_start(pthread_t *thread, size_t stack_size, void *(*body)(void *), void *context) {
    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code != 0) return code;
    // The kernel raises these in the thread that is at fault (or a profiler asks for them): they stay open.
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++) sigdelset(&blocked, faults[index]);
    if (stack_size > 0) code = pthread_attr_setstacksize(&attributes, stack_size);
    if (code == 0) {
        // A thread inherits its maker's mask. (The attribute for it is lost under the address sanitizer.)
        sigset_t own_mask;
        pthread_sigmask(SIG_SETMASK, &blocked, &own_mask);
        code = pthread_create(thread, &attributes, body, context);
        pthread_sigmask(SIG_SETMASK, &own_mask, NULL);
    }
    pthread_attr_destroy(&attributes);
    return code;
}

void cp_thread_name(const char *name) {
    char cut[16];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(pthread_self(), cut);
}

// Signals

static void set_of(sigset_t *set, const int *signals, size_t count) {
    sigemptyset(set);
    for (size_t index = 0; index < count; index++) sigaddset(set, signals[index]);
}

int cp_signals_block(const int *signals, size_t count) {
    sigset_t set;
    set_of(&set, signals, count);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int cp_signal_ignore(int signal_number) { return signal(signal_number, SIG_IGN) == SIG_ERR ? -errno : 0; }

int cp_signals_wait(const int *signals, size_t count, int64_t nanoseconds) {
    sigset_t set;
    set_of(&set, signals, count);
    int64_t deadline = nanoseconds < 0 ? -1 : cp_clock(CLOCK_MONOTONIC) + nanoseconds;
    for (;;) {
        int64_t left = deadline < 0 ? 0 : deadline - cp_clock(CLOCK_MONOTONIC);
        struct timespec timeout = timespec_of(left < 0 ? 0 : left);
        int got = sigtimedwait(&set, NULL, deadline < 0 ? NULL : &timeout);
        if (got > 0) return got;
        if (errno == EAGAIN) return 0;
        if (errno != EINTR) return -errno;
    }
}

// The machine and the process

int64_t cp_clock(clockid_t clock) {
    struct timespec time;
    return clock_gettime(clock, &time) < 0 ? 0 : time.tv_sec * second + time.tv_nsec;
}

int cp_usable_cores(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    // Fails where the machine has more cores than the set has places; then what is online is the answer.
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (int)online;
}

int64_t cp_page_size(void) { return sysconf(_SC_PAGESIZE); }

static int64_t nanoseconds_of(struct timeval time) { return time.tv_sec * second + time.tv_usec * 1000; }

void cp_process_times(int64_t *user, int64_t *system, int64_t *peak_resident) {
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    *user = nanoseconds_of(usage.ru_utime);
    *system = nanoseconds_of(usage.ru_stime);
    *peak_resident = usage.ru_maxrss * 1024;
}

int cp_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

// The terminal as it was found. Written by the one that sets `terminal_is_held` from 0 to 1, before it sets it to 2; read
// by the one that sets it from 2 to 0, who may be a signal handler.
static atomic_int terminal_is_held;
static int terminal_input, terminal_output;
static struct termios terminal_before;
static char terminal_farewell[128];

// What ends a process without its main thread being asked. Those that a worker waits for are blocked, and so never get here.
static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
enum { ending_count = sizeof endings / sizeof *endings };
static struct sigaction actions_before[ending_count];

bool cp_terminal_is_ours(int descriptor) { return tcgetpgrp(descriptor) == getpgrp(); }

// Only calls that POSIX allows in a signal handler.
void cp_terminal_leave(void) {
    int held = 2;
    if (!atomic_compare_exchange_strong(&terminal_is_held, &held, 0)) return;
    const int error = errno;
    tcsetattr(terminal_input, TCSANOW, &terminal_before);
    (void)cp_write(terminal_output, terminal_farewell, strlen(terminal_farewell));
    errno = error;
}

// Gives the terminal back, then has the signal do what it did before.
static void leave_and_end(int signal_number) {
    cp_terminal_leave();
    for (int index = 0; index < ending_count; index++)
        if (endings[index] == signal_number) sigaction(signal_number, &actions_before[index], NULL);
    raise(signal_number);
}

// Handlers stay once they are there: without a held terminal they only pass the signal on.
static void watch_endings(void) {
    static atomic_flag is_watching = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&is_watching)) return;
    atexit(cp_terminal_leave);
    struct sigaction action = {.sa_handler = leave_and_end};
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < ending_count; index++) {
        sigaction(endings[index], NULL, &actions_before[index]);
        // What was ignored before (by nohup, say) goes on being ignored.
        if (actions_before[index].sa_handler != SIG_IGN) sigaction(endings[index], &action, NULL);
    }
}

int cp_terminal_enter(int input, int output, const char *greeting, const char *farewell) {
    int held = 0;
    if (!atomic_compare_exchange_strong(&terminal_is_held, &held, 1)) return -EBUSY;
    if (tcgetattr(input, &terminal_before) < 0) {
        int code = -errno;
        atomic_store(&terminal_is_held, 0);
        return code;
    }
    terminal_input = input;
    terminal_output = output;
    snprintf(terminal_farewell, sizeof terminal_farewell, "%s", farewell);
    atomic_store(&terminal_is_held, 2);
    watch_endings();
    // Ctrl-C still is a signal. Ctrl-S and Ctrl-Z are not: they would leave a half-painted screen behind.
    struct termios raw = terminal_before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    if (tcsetattr(input, TCSANOW, &raw) < 0) {
        int code = -errno;
        atomic_store(&terminal_is_held, 0);
        return code;
    }
    (void)cp_write(output, greeting, strlen(greeting));
    return 0;
}

void cp_error_text(int code, char *text, size_t capacity) {
    const char *known = strerrordesc_np(code);
    if (known != NULL) snprintf(text, capacity, "%s", known);
    else snprintf(text, capacity, "error %d", code);
}

int cp_hostname(char *text, size_t capacity) {
    if (gethostname(text, capacity) < 0) return -errno;
    text[capacity - 1] = 0;
    return 0;
}

int cp_user_name(char *text, size_t capacity) {
    char buffer[4096];
    struct passwd entry, *found = NULL;
    int code = getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found);
    if (code != 0) return -code;
    if (found == NULL) return -ENOENT;
    return snprintf(text, capacity, "%s", found->pw_name) < 0 ? -EINVAL : 0;
}

int64_t cp_resident_pages(void) {
    char text[128];
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t count = read(file, text, sizeof text - 1);
    int code = errno;
    close(file);
    if (count < 0) return -code;
    text[count] = 0;
    long long size, resident;
    return sscanf(text, "%lld %lld", &size, &resident) == 2 ? resident : -EINVAL;
}

int cp_open_descriptors(void) {
    struct stat folder;
    if (stat("/proc/self/fd", &folder) < 0) return -errno;
    if (folder.st_size > 0) return (int)folder.st_size;
    DIR *list = opendir("/proc/self/fd");
    if (list == NULL) return -errno;
    int count = -1; // The listing itself holds one open.
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (entry->d_name[0] != '.') count++;
    closedir(list);
    return count;
}

int cp_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT32_MAX) return INT32_MAX;
    return (int)limit.rlim_cur;
}

void cp_raise_descriptor_limit(int most) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    rlim_t wanted = limit.rlim_max < (rlim_t)most ? limit.rlim_max : (rlim_t)most;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int cp_random(void *bytes, size_t count) {
    return getrandom(bytes, count, 0) == (ssize_t)count ? 0 : -errno;
}
