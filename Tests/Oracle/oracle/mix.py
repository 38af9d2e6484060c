"""Numbers from a seed, the same in every run and in any order of asking."""

MASK = (1 << 64) - 1


def mix(*numbers):
    """A well mixed 64-bit number of the given ones (the finaliser of SplitMix64 over their sum of products)."""
    state = 0
    for number in numbers:
        state = (state * 0x2545F4914F6CDD1D + number + 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        state ^= state >> 31
    return state


def murmur2(key):
    """The hash of Kafka's Java clients over `key`, as an unsigned number before the mask that they apply."""
    length = len(key)
    h = (0x9747B28C ^ length) & 0xFFFFFFFF
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at : at + 4], "little")
        k = (k * 0x5BD1E995) & 0xFFFFFFFF
        k ^= k >> 24
        k = (k * 0x5BD1E995) & 0xFFFFFFFF
        h = ((h * 0x5BD1E995) & 0xFFFFFFFF) ^ k
    if length > whole:
        h ^= int.from_bytes(key[whole:], "little")
        h = (h * 0x5BD1E995) & 0xFFFFFFFF
    h ^= h >> 13
    h = (h * 0x5BD1E995) & 0xFFFFFFFF
    return h ^ (h >> 15)


_partitions = {}


def partition_of(key, count):
    """The partition that Java clients choose for a record with this key among `count`."""
    found = _partitions.get((key, count))
    if found is None:
        found = _partitions[(key, count)] = (murmur2(key) & 0x7FFFFFFF) % count
    return found
