/* Requests that wait for their answer. */

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "http/http_request.h"

struct work {
    unsigned steps;
    unsigned ended;
};

static void step_twice(struct fl_http_request *request, uint64_t now_ms)
{
    struct work *work = request->state;

    (void)now_ms;
    assert_int_equal(work->ended, 0);
    if (++work->steps == 2) {
        fl_http_reply_copy(request, 200, "text/plain", fl_bytes_of_text("done"));
    }
}

static void end(void *state)
{
    struct work *work = state;

    work->ended++;
}

/* Not with the connection, which may stay for long: a session would be at work until
   then, or be told that it is not when it is again. */
static void test_work_ends_with_its_answer(void **state)
{
    char connection;
    struct work work = {.steps = 0};
    struct fl_http_request request = {
        .connection = (struct MHD_Connection *)(void *)&connection};

    (void)state;
    fl_http_wait(&request, step_twice, &work, end);
    assert_true(fl_http_go_on(&request, 1));
    assert_int_equal(work.ended, 0);
    assert_false(fl_http_go_on(&request, 2));
    assert_int_equal(work.steps, 2);
    assert_int_equal(work.ended, 1);
    assert_null(request.state_free); /* the end of the request ends nothing more */
    fl_http_reply_clear(&request.reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_ends_with_its_answer),
    };

    return cmocka_run_group_tests_name("http_request", tests, NULL, NULL);
}
