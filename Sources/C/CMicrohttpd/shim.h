#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <stdint.h>
#include <sys/socket.h>

// MHD_start_daemon is variadic, which Swift cannot call. One thread of the daemon's own serves every connection of
// `listener`, which it owns from then on (also where this fails it is left alone: NULL, and the caller closes it).
static inline struct MHD_Daemon *cmh_start(
    int listener, MHD_AccessHandlerCallback handler, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connected, void *context, unsigned connections, size_t connection_memory,
    unsigned idle_seconds) {
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)connections, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)connection_memory, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)idle_seconds, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)completed, context},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connected, context},
        {MHD_OPTION_END, 0, NULL},
    };
    // Without MHD_USE_ERROR_LOG: what strangers send must not fill the log.
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handler, context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

// The descriptor of a connection, -1 where there is none. Variadic as well.
static inline int cmh_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : (int)info->connect_fd;
}

// Ends both directions of a connection; the daemon sees that and closes it.
static inline void cmh_cut(int descriptor) { (void)shutdown(descriptor, SHUT_RDWR); }

#endif
