/* murmur2: see murmur2.h. */
#include "record/murmur2.h"

#include <assert.h>

int32_t leat_partition_for_key(leat_bytes key, int32_t partitions)
{
    assert(partitions > 0);
    return (int32_t)((leat_murmur2(key) & 0x7fffffffU) % (uint32_t)partitions);
}
