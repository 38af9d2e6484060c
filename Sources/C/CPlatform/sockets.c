#define _GNU_SOURCE
#include "cplatform.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const int backlog = 128;

static int failed(int descriptor) {
    int error = errno;
    close(descriptor);
    return -error;
}

static int listen_at(const struct addrinfo *place) {
    int descriptor = socket(place->ai_family, place->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, place->ai_protocol);
    if (descriptor < 0) return -errno;
    // So that a restart does not wait for connections of the process before to be forgotten.
    int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(descriptor, place->ai_addr, place->ai_addrlen) < 0 || listen(descriptor, backlog) < 0)
        return failed(descriptor);
    return descriptor;
}

int cp_listen_tcp(const char *host, const char *port) {
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *places = NULL;
    int code = getaddrinfo(host, port, &wanted, &places);
    // Whoever looks names up may be away for a while; else the name is not known, which has no number of its own.
    if (code != 0) return code == EAI_SYSTEM ? -errno : code == EAI_AGAIN || code == EAI_MEMORY ? -EAGAIN : -ENXIO;
    int result = -EADDRNOTAVAIL;
    for (const struct addrinfo *place = places; place != NULL && result < 0; place = place->ai_next)
        result = listen_at(place);
    freeaddrinfo(places);
    return result;
}

int cp_socket_port(int descriptor) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char port[16];
    if (getsockname(descriptor, (struct sockaddr *)&address, &size) < 0) return -errno;
    if (getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof port, NI_NUMERICSERV) != 0) return -EINVAL;
    int number = 0;
    for (const char *digit = port; *digit >= '0' && *digit <= '9'; digit++) number = number * 10 + (*digit - '0');
    return number;
}

static int local_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

// Whether somebody takes connections at `address`: 1, 0 or a negative errno.
static int is_alive(const struct sockaddr_un *address) {
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int code = connect(descriptor, (const struct sockaddr *)address, sizeof *address) < 0 ? errno : 0;
    close(descriptor);
    switch (code) {
    case 0:
    case EAGAIN:  // its backlog is full: very much alive
    case EACCES: return 1;
    case ENOENT:
    case ECONNREFUSED: return 0;
    default: return -code;
    }
}

// Removes what a dead process left behind at `path`, but nothing that is not a socket.
static int clear(const char *path, const struct sockaddr_un *address) {
    struct stat found;
    if (lstat(path, &found) < 0) return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(found.st_mode)) return -EEXIST;
    int alive = is_alive(address);
    if (alive != 0) return alive < 0 ? alive : -EADDRINUSE;
    return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int cp_listen_local(const char *path, const char *folder) {
    struct sockaddr_un address;
    int code = local_address(path, &address);
    if (code < 0) return code;
    // Two that start at the same moment must not both find the old socket dead and remove each other's. Somebody else
    // may hold the lock of a shared folder for ever, so it is tried and not waited for.
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0) return -errno;
    for (int tries = 0; tries < 100 && flock(lock, LOCK_EX | LOCK_NB) < 0; tries++) usleep(10000);
    int result = clear(path, &address);
    if (result == 0) {
        result = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (result < 0) {
            result = -errno;
        } else if (
            // Linux makes the file with the mode of the unbound socket, less the umask: it is never wider than this, not
            // for a moment, and no other thread's files are touched as a change of the umask would.
            fchmod(result, 0600) < 0 || bind(result, (struct sockaddr *)&address, sizeof address) < 0 ||
            listen(result, backlog) < 0) {
            result = failed(result);
        }
    }
    close(lock);
    return result;
}

int cp_peer(int descriptor, uint32_t *user, int32_t *process) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
    *user = peer.uid;
    *process = peer.pid;
    return 0;
}

int64_t cp_owner(const char *path) {
    struct stat found;
    return lstat(path, &found) < 0 ? -errno : (int64_t)found.st_uid;
}

int64_t cp_file_mark(const char *path) {
    struct stat found;
    if (lstat(path, &found) < 0) return -errno;
    // A number of a removed file is given to the next one at once; the moment it was made tells the two apart.
    int64_t made = (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec;
    return (int64_t)((uint64_t)(made ^ ((int64_t)found.st_ino << 20)) & INT64_MAX);
}

int cp_send_datagram(const char *address, const void *bytes, size_t count) {
    struct sockaddr_un place;
    int code = local_address(address, &place);
    if (code < 0) return code;
    // An abstract name begins with a zero byte, has no end mark, and is as long as the address says.
    size_t length = strlen(address);
    if (address[0] == '@') place.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (address[0] == '@' ? 0 : 1));
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (sendto(descriptor, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&place, size) < 0)
        return failed(descriptor);
    close(descriptor);
    return 0;
}
