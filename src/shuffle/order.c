/* order: see order.h. */
#include "shuffle/order.h"

enum {
    RADIX_BITS = 11,
    RADIX_BUCKETS = 1 << RADIX_BITS,
    RADIX_PASSES = 3,
    RADIX_COUNT_MIN = 2 * RADIX_BUCKETS, /* Fewer are merged. */
    INSERTION_COUNT_MAX = 12
};

int leat_key_compare(leat_bytes a, leat_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order;

    if (a.data == NULL || b.data == NULL)
        return (a.data != NULL) - (b.data != NULL);
    order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_by_hash(const struct leat_item *a, const struct leat_item *b)
{
    uint32_t a_tag = a->tag & LEAT_ITEM_TAG_MAX;
    uint32_t b_tag = b->tag & LEAT_ITEM_TAG_MAX;
    int order;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    order = leat_key_compare(leat_item_key(a), leat_item_key(b));
    return order != 0 ? order : (a_tag > b_tag) - (a_tag < b_tag);
}

int leat_order_compare(const struct leat_order *order, const struct leat_item *a,
                       const struct leat_item *b)
{
    leat_bytes a_key, b_key;
    int result;

    if (order->compare == NULL)
        return compare_by_hash(a, b);
    a_key = leat_item_key(a);
    b_key = leat_item_key(b);
    if (a_key.data == NULL || b_key.data == NULL)
        result = (a_key.data != NULL) - (b_key.data != NULL);
    else
        result = order->compare(a_key, b_key, order->context);
    if (!order->descending)
        return result;
    return (result < 0) - (result > 0);
}

static int compare_entries(const struct leat_order *order, const struct leat_sort_entry *a,
                           const struct leat_sort_entry *b)
{
    if (order->compare == NULL && a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return leat_order_compare(order, a->item, b->item);
}

/* ---- merge sort ---- */

static void sort_by_insertion(const struct leat_order *order, struct leat_sort_entry *entries,
                              size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct leat_sort_entry entry = entries[i];
        size_t at = i;

        for (; at > 0 && compare_entries(order, &entries[at - 1], &entry) > 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* The two sorted halves of entries; the left one is in scratch meanwhile. */
static void merge_halves(const struct leat_order *order, struct leat_sort_entry *entries,
                         struct leat_sort_entry *scratch, size_t half, size_t count)
{
    size_t left = 0;
    size_t right = half;
    struct leat_sort_entry *out = entries;

    memcpy(scratch, entries, half * sizeof *scratch);
    while (left < half && right < count) {
        if (compare_entries(order, &scratch[left], &entries[right]) <= 0)
            *out++ = scratch[left++];
        else
            *out++ = entries[right++];
    }
    memcpy(out, scratch + left, (half - left) * sizeof *scratch);
}

static void sort_by_merging(const struct leat_order *order, struct leat_sort_entry *entries,
                            struct leat_sort_entry *scratch, size_t count)
{
    size_t half = count / 2;

    if (count <= INSERTION_COUNT_MAX) {
        sort_by_insertion(order, entries, count);
        return;
    }
    sort_by_merging(order, entries, scratch, half);
    sort_by_merging(order, entries + half, scratch, count - half);
    if (compare_entries(order, &entries[half - 1], &entries[half]) > 0)
        merge_halves(order, entries, scratch, half, count);
}

/* ---- radix sort ---- */

static void count_digits(const struct leat_sort_entry *entries, size_t count,
                         uint32_t counts[RADIX_PASSES][RADIX_BUCKETS])
{
    memset(counts, 0, RADIX_PASSES * sizeof counts[0]);
    for (size_t i = 0; i < count; i++)
        for (unsigned pass = 0; pass < RADIX_PASSES; pass++)
            counts[pass][entries[i].hash >> (pass * RADIX_BITS) & (RADIX_BUCKETS - 1)]++;
}

static struct leat_sort_entry *sort_by_radix(struct leat_sort_entry *entries,
                                             struct leat_sort_entry *scratch, size_t count)
{
    uint32_t counts[RADIX_PASSES][RADIX_BUCKETS];

    count_digits(entries, count, counts);
    for (unsigned pass = 0; pass < RADIX_PASSES; pass++) {
        struct leat_sort_entry *from = entries;
        uint32_t before = 0;

        for (size_t i = 0; i < RADIX_BUCKETS; i++) {
            uint32_t here = counts[pass][i];

            counts[pass][i] = before;
            before += here;
        }
        for (size_t i = 0; i < count; i++) {
            size_t digit = from[i].hash >> (pass * RADIX_BITS) & (RADIX_BUCKETS - 1);

            scratch[counts[pass][digit]++] = from[i];
        }
        entries = scratch;
        scratch = from;
    }
    return entries;
}

/* What has one hash, and there may be as many as records, is sorted by key and tag. */
static void sort_equal_hashes(const struct leat_order *order, struct leat_sort_entry *entries,
                              struct leat_sort_entry *scratch, size_t count)
{
    size_t start = 0;

    for (size_t i = 1; i <= count; i++) {
        if (i < count && entries[i].hash == entries[start].hash)
            continue;
        if (i - start > 1)
            sort_by_merging(order, entries + start, scratch, i - start);
        start = i;
    }
}

struct leat_sort_entry *leat_order_sort(const struct leat_order *order,
                                        struct leat_sort_entry *entries,
                                        struct leat_sort_entry *scratch, size_t count)
{
    struct leat_sort_entry *sorted;

    if (order->compare != NULL || count < RADIX_COUNT_MIN || count > UINT32_MAX) {
        sort_by_merging(order, entries, scratch, count);
        return entries;
    }
    sorted = sort_by_radix(entries, scratch, count);
    sort_equal_hashes(order, sorted, sorted == entries ? scratch : entries, count);
    return sorted;
}
