#ifndef CCRYPTO_SHIM_H
#define CCRYPTO_SHIM_H

#include <openssl/evp.h>

// The SHA-256 of `count` bytes into the 32 bytes at `digest`; 1 where it was made.
static inline int ccr_sha256(const void *bytes, size_t count, unsigned char *digest) {
    return EVP_Q_digest(NULL, "SHA256", NULL, bytes, count, digest, NULL);
}

#endif
