// What Swift cannot call of the system's C library: variadic calls, function-like macros, calls whose header the Glibc
// module leaves out. Every function that can fail answers a negative errno, so that no call can slip in between the
// failure and the reading of `errno`.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

// Files
int cp_open(const char *path, int flags, unsigned mode);
int cp_close(int descriptor);
int64_t cp_write(int descriptor, const void *bytes, size_t count);
int64_t cp_pwrite(int descriptor, const void *bytes, size_t count, int64_t offset);
int64_t cp_pread(int descriptor, void *bytes, size_t count, int64_t offset);
int64_t cp_read(int descriptor, void *bytes, size_t count);
int64_t cp_size(int descriptor);
int cp_identity(int descriptor, uint64_t *device, uint64_t *inode);
// Whether a descriptor is a pipe or a socket: what another program reads from, line by line.
bool cp_is_pipe(int descriptor);
// Opens what is closed of 0, 1 and 2, so that no file or socket can take its number. What lies there then fails to be
// read and written as the closed one does.
void cp_hold_standard_streams(void);
int cp_sync(int descriptor, bool data_only);
int cp_truncate(int descriptor, int64_t size);
// 1 when the lock was got, 0 when another open file holds it.
int cp_try_lock(int descriptor, bool shared);
int cp_unlock(int descriptor);
int cp_rename(const char *from, const char *to, bool replacing);
int cp_unlink(const char *path);
int cp_rmdir(const char *path);
int cp_mkdir(const char *path, unsigned mode);
// 0 no such file, 1 something else, 2 a regular file, 3 a directory.
int cp_kind(const char *path);
int64_t cp_free_bytes(const char *path);
int cp_open_flags(bool reading, bool writing, bool appending, bool creating, bool exclusive, bool truncating);

// Events
int cp_eventfd(void);
int cp_eventfd_signal(int descriptor);
void cp_eventfd_drain(int descriptor);
// The number of ready descriptors; waits without end when `nanoseconds` is negative. -EINTR is left to the caller.
int cp_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds);

// Sockets
// A socket that listens, non-blocking; -EADDRNOTAVAIL also for a host that is not known.
int cp_listen_tcp(const char *host, const char *port);
int cp_socket_port(int descriptor);
// Sends one datagram to a local socket: a path, or an abstract name with @ in place of its zero byte. Never blocks:
// -EAGAIN where the receiver's queue is full.
int cp_send_datagram(const char *address, const void *bytes, size_t count);
// A socket of mode 0600 at `path`, which lies in `folder`. What a dead process left there is replaced; -EADDRINUSE where
// somebody answers, -EEXIST where something else lies.
int cp_listen_local(const char *path, const char *folder);
// Who is at the other end of a local connection.
int cp_peer(int descriptor, uint32_t *user, int32_t *process);
// Of the file itself, links not followed.
int64_t cp_owner(const char *path);
// A number that tells the file from others that were or will be at the same path.
int64_t cp_file_mark(const char *path);

// Threads
int cp_condition_init(pthread_cond_t *condition);
// 0 after a signal (or for no reason), ETIMEDOUT behind the deadline of the monotonic clock, in nanoseconds.
int cp_condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline);
// Starts a thread with every signal blocked that does not tell of a fault of the thread itself.
int cp_thread_start(pthread_t *thread, size_t stack_size, void *(*body)(void *), void *context);
// Names the calling thread; the system keeps 15 bytes.
void cp_thread_name(const char *name);

// Signals
int cp_signals_block(const int *signals, size_t count);
int cp_signal_ignore(int signal);
// The signal's number, 0 when the time is over; waits without end when `nanoseconds` is negative.
int cp_signals_wait(const int *signals, size_t count, int64_t nanoseconds);

// The machine and the process
int64_t cp_clock(clockid_t clock);
int cp_usable_cores(void);
int64_t cp_page_size(void);
// User and system time in nanoseconds, and the largest resident size so far in bytes.
void cp_process_times(int64_t *user, int64_t *system, int64_t *peak_resident);
// The limit of the process's address space in bytes (RLIMIT_AS); -1 where there is none.
int64_t cp_address_space(void);
int cp_terminal_size(int descriptor, int *columns, int *rows);
// Whether the process may use the terminal now: it is its own, and the process is in its foreground.
bool cp_terminal_is_ours(int descriptor);
// Keys come at once and unseen from here on, and `greeting` is written; -EBUSY when that is so already. `farewell` (at
// most 127 bytes) is kept, and written when the terminal is given back: by cp_terminal_leave, at exit, and before a
// signal ends the process.
int cp_terminal_enter(int input, int output, const char *greeting, const char *farewell);
void cp_terminal_leave(void);
// These write a text that ends with a zero byte.
void cp_error_text(int code, char *text, size_t capacity);
int cp_hostname(char *text, size_t capacity);
int cp_user_name(char *text, size_t capacity);
int cp_open_descriptors(void);
// How many descriptors the process may have open (RLIMIT_NOFILE), at most INT32_MAX.
int cp_descriptor_limit(void);
// Raises that limit to `most`, or to what the process may have at most (the hard limit) where that is less. Never lowers it.
void cp_raise_descriptor_limit(int most);
int64_t cp_resident_pages(void);
int cp_random(void *bytes, size_t count);

#endif
