/* reducers_test: the buffers and the reducers of leat/task.h. */
#include "shuffle/reducers.h"

#include <math.h>

#include "base/memory.h"
#include "tests/support/check.h"
#include "tests/support/task_stand_in.h"

static leat_bytes i64_view(const int64_t *number)
{
    return (leat_bytes){(const char *)number, sizeof *number};
}

static leat_bytes f64_view(const double *number)
{
    return (leat_bytes){(const char *)number, sizeof *number};
}

static void a_buffer_is_null_before_the_first_set(void)
{
    struct leat_buffer buffer = {0};

    CHECK(leat_buffer_view(&buffer).data == NULL && leat_buffer_view(&buffer).size == 0);
    CHECK_OK(leat_buffer_set(&buffer, leat_string("")));
    CHECK(leat_buffer_view(&buffer).data != NULL && leat_buffer_view(&buffer).size == 0);
    CHECK_OK(leat_buffer_set(&buffer, leat_string("abc")));
    CHECK(leat_bytes_equal(leat_buffer_view(&buffer), leat_string("abc")));
    CHECK_OK(leat_buffer_set(&buffer, leat_string(NULL)));
    CHECK(leat_buffer_view(&buffer).data == NULL && leat_buffer_view(&buffer).size == 0);
    CHECK_OK(leat_buffer_set(&buffer, leat_string("")));
    CHECK(leat_buffer_view(&buffer).data != NULL && leat_buffer_view(&buffer).size == 0);
    leat_buffer_set_null(&buffer);
    CHECK(leat_buffer_view(&buffer).data == NULL);
    CHECK_OK(leat_buffer_set_i64(&buffer, -7));
    CHECK(leat_i64(leat_buffer_view(&buffer)) == -7);
    CHECK_OK(leat_buffer_set_f64(&buffer, 0.5));
    CHECK(leat_f64(leat_buffer_view(&buffer)) == 0.5);
    leat_buffer_release(&buffer);
}

static void a_buffer_takes_a_part_of_itself(void)
{
    struct leat_buffer buffer = {0};
    leat_bytes view;

    CHECK_OK(leat_buffer_set(&buffer, leat_string("0123456789")));
    view = leat_buffer_view(&buffer);
    CHECK_OK(leat_buffer_set(&buffer, (leat_bytes){view.data + 3, 6}));
    CHECK(leat_bytes_equal(leat_buffer_view(&buffer), leat_string("345678")));
    CHECK_OK(leat_buffer_set(&buffer, leat_buffer_view(&buffer)));
    CHECK(leat_bytes_equal(leat_buffer_view(&buffer), leat_string("345678")));
    leat_buffer_release(&buffer);
}

static void a_buffer_without_memory_is_as_it_was(void)
{
    static const char big[1000] = {1};
    struct leat_buffer buffer = {0};
    leat_status status;

    leat_memory_fail_after(0);
    status = leat_buffer_set_i64(&buffer, 1);
    leat_memory_fail_after(-1);
    CHECK(status == LEAT_NO_MEMORY && leat_buffer_view(&buffer).data == NULL);
    CHECK_OK(leat_buffer_set(&buffer, leat_string("abc")));
    leat_memory_fail_after(0);
    status = leat_buffer_set(&buffer, (leat_bytes){big, sizeof big});
    leat_memory_fail_after(-1);
    CHECK(status == LEAT_NO_MEMORY);
    CHECK(leat_bytes_equal(leat_buffer_view(&buffer), leat_string("abc")));
    leat_buffer_set_null(&buffer);
    leat_memory_fail_after(0);
    status = leat_buffer_set(&buffer, (leat_bytes){big, sizeof big});
    leat_memory_fail_after(-1);
    CHECK(status == LEAT_NO_MEMORY && leat_buffer_view(&buffer).data == NULL);
    leat_buffer_release(&buffer);
}

static int64_t of_i64(leat_reduce_fn fn, int64_t a, int64_t b)
{
    struct leat_buffer buffer = {0};
    int64_t result;

    CHECK_OK(fn(NULL, &buffer, i64_view(&a), NULL));
    CHECK(leat_i64(leat_buffer_view(&buffer)) == a);
    CHECK_OK(fn(NULL, &buffer, i64_view(&b), NULL));
    result = leat_i64(leat_buffer_view(&buffer));
    leat_buffer_release(&buffer);
    return result;
}

static double of_f64(leat_reduce_fn fn, double a, double b)
{
    struct leat_buffer buffer = {0};
    double result;

    CHECK_OK(fn(NULL, &buffer, f64_view(&a), NULL));
    CHECK_OK(fn(NULL, &buffer, f64_view(&b), NULL));
    result = leat_f64(leat_buffer_view(&buffer));
    leat_buffer_release(&buffer);
    return result;
}

static void integers_are_summed_and_compared(void)
{
    CHECK(of_i64(leat_sum_i64, 2, 3) == 5 && of_i64(leat_sum_i64, 2, -3) == -1);
    CHECK(of_i64(leat_sum_i64, INT64_MAX, INT64_MIN) == -1);
    CHECK(of_i64(leat_min_i64, 2, -3) == -3 && of_i64(leat_min_i64, -3, 2) == -3);
    CHECK(of_i64(leat_max_i64, 2, -3) == 2 && of_i64(leat_max_i64, INT64_MIN, -3) == -3);
}

static void floats_are_summed_and_compared_in_any_order(void)
{
    CHECK(of_f64(leat_sum_f64, 0.5, 0.25) == 0.75);
    CHECK(of_f64(leat_min_f64, 0.5, -0.25) == -0.25 && of_f64(leat_min_f64, -1, 1) == -1);
    CHECK(of_f64(leat_max_f64, 0.5, -0.25) == 0.5 && of_f64(leat_max_f64, -1, 1) == 1);
    CHECK(isnan(of_f64(leat_min_f64, NAN, 1)) && isnan(of_f64(leat_min_f64, 1, NAN)));
    CHECK(isnan(of_f64(leat_max_f64, NAN, 1)) && isnan(of_f64(leat_max_f64, 1, NAN)));
    CHECK(signbit(of_f64(leat_min_f64, 0.0, -0.0)) && signbit(of_f64(leat_min_f64, -0.0, 0.0)));
    CHECK(!signbit(of_f64(leat_max_f64, 0.0, -0.0)) && !signbit(of_f64(leat_max_f64, -0.0, 0.0)));
    CHECK(of_f64(leat_max_f64, -INFINITY, -1) == -1);
    CHECK(of_f64(leat_min_f64, INFINITY, 1) == 1);
}

static void a_sum_that_overflows_is_refused(void)
{
    int64_t numbers[] = {INT64_MAX, 1};
    struct leat_buffer buffer = {0};

    CHECK_OK(leat_sum_i64(NULL, &buffer, i64_view(&numbers[0]), NULL));
    CHECK(leat_sum_i64(NULL, &buffer, i64_view(&numbers[1]), NULL) == LEAT_LIMIT);
    CHECK(strcmp(task_sentence.message,
                 "leat_sum_i64: 9223372036854775807 and 1 is beyond 64 bits") == 0);
    CHECK(leat_i64(leat_buffer_view(&buffer)) == INT64_MAX);
    leat_buffer_release(&buffer);
}

static void a_value_of_another_size_is_a_bad_record(void)
{
    struct leat_buffer buffer = {0};
    int64_t one = 1;

    CHECK(leat_max_f64(NULL, &buffer, leat_string("1234567"), NULL) == LEAT_BAD_RECORD);
    CHECK(strcmp(task_sentence.message,
                 "leat_max_f64: the value has 7 bytes, not the 8 of a number") == 0);
    CHECK(leat_min_i64(NULL, &buffer, leat_string(NULL), NULL) == LEAT_BAD_RECORD);
    CHECK(strcmp(task_sentence.message,
                 "leat_min_i64: the value is null, not a number of 8 bytes") == 0);
    CHECK_OK(leat_buffer_set(&buffer, leat_string("abc")));
    CHECK(leat_sum_i64(NULL, &buffer, i64_view(&one), NULL) == LEAT_BAD_RECORD);
    leat_buffer_release(&buffer);
}

static leat_status mine(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    return leat_sum_i64(task, into, value, user);
}

static void the_known_reducers_are_told_from_others(void)
{
    CHECK(leat_reducer_of(leat_sum_i64) == LEAT_REDUCER_SUM_I64);
    CHECK(leat_reducer_of(leat_max_f64) == LEAT_REDUCER_MAX_F64);
    CHECK(leat_reducer_of(mine) == LEAT_REDUCER_OTHER);
    CHECK(leat_reducer_of(NULL) == LEAT_REDUCER_OTHER);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_buffer_is_null_before_the_first_set),
    CHECK_CASE(a_buffer_takes_a_part_of_itself),
    CHECK_CASE(a_buffer_without_memory_is_as_it_was),
    CHECK_CASE(integers_are_summed_and_compared),
    CHECK_CASE(floats_are_summed_and_compared_in_any_order),
    CHECK_CASE(a_sum_that_overflows_is_refused),
    CHECK_CASE(a_value_of_another_size_is_a_bad_record),
    CHECK_CASE(the_known_reducers_are_told_from_others),
};
CHECK_MAIN(cases)
