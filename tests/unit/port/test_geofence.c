// SPDX-License-Identifier: Apache-2.0
#include "one_arena.h"
#include "port/geofence.h"

#include <math.h>

#define POINTS(...) ((const struct geofence_point[]){__VA_ARGS__})
#define COUNT(points) (sizeof(points) / sizeof *(points))

static struct geofence *fence;
static struct why why;

static int make(void **state)
{
    (void)state;
    why = (struct why){0};
    return geofence_new(&fence, &why) == ERR_NONE ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    geofence_free(fence);
    return 0;
}

// A square of 0.01 degrees.
static void square(double west, double south, uint32_t number)
{
    struct geofence_point ring[] = {
        {west, south}, {west + 0.01, south}, {west + 0.01, south + 0.01}, {west, south + 0.01}};
    if (geofence_add(fence, ring, 4, number, &why) != ERR_NONE) fail_msg("%s", why.text);
}

static size_t find(double lon, double lat, uint32_t numbers[4])
{
    return geofence_find(fence, lon, lat, numbers, 4);
}

static void a_position_is_in_the_zones_that_hold_it(void **state)
{
    (void)state;
    uint32_t got[4];
    square(-99.52, 27.59, 7);
    square(-99.515, 27.595, 9);
    square(-106.46, 31.75, 11);
    assert_int_equal(find(-99.518, 27.592, got), 1);
    assert_int_equal(got[0], 7);
    assert_int_equal(find(-99.512, 27.598, got), 2);
    assert_int_equal(got[0], 7);
    assert_int_equal(got[1], 9);
    assert_int_equal(find(-106.455, 31.755, got), 1);
    assert_int_equal(got[0], 11);
    assert_int_equal(find(-103, 29, got), 0);
    assert_int_equal(find(-99.50, 27.592, got), 0);
}

static void the_edge_belongs_to_the_zone_and_a_hair_beyond_does_not(void **state)
{
    (void)state;
    uint32_t got[4];
    square(-99.5, 27.5, 1);
    assert_int_equal(find(-99.5, 27.505, got), 1);
    assert_int_equal(find(-99.5, 27.5, got), 1);
    assert_int_equal(find(-99.5 - 1e-9, 27.505, got), 0);
    assert_int_equal(find(-99.495, 27.5 - 1e-9, got), 0);
}

static void what_is_in_the_box_but_not_in_the_shape_is_outside(void **state)
{
    (void)state;
    uint32_t got[4];
    // An L.
    const struct geofence_point ring[] = {{0, 0}, {2, 0}, {2, 1}, {1, 1}, {1, 2}, {0, 2}, {0, 0}};
    assert_int_equal(geofence_add(fence, ring, COUNT(ring), 3, &why), ERR_NONE);
    assert_int_equal(find(0.5, 1.5, got), 1);
    assert_int_equal(find(1.5, 0.5, got), 1);
    assert_int_equal(find(1.5, 1.5, got), 0);
}

static void positions_that_are_none_lie_nowhere(void **state)
{
    (void)state;
    uint32_t got[4];
    assert_int_equal(find(0, 0, got), 0); // no zones at all
    square(0, 0, 1);
    assert_int_equal(find((double)NAN, 0.005, got), 0);
    assert_int_equal(find(0.005, (double)NAN, got), 0);
    assert_int_equal(find((double)INFINITY, 0.005, got), 0);
    assert_int_equal(find(360.005, 0.005, got), 0);
    assert_int_equal(geofence_find(fence, 0.005, 0.005, got, 0), 0);
}

static void hostile_polygons_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct geofence_point points[8];
        size_t count;
        enum err err;
        const char *text;
    } cases[] = {
        {"none", {{0, 0}}, 0, ERR_SENSELESS, "at least three"},
        {"two", {{0, 0}, {1, 1}}, 2, ERR_SENSELESS, "at least three"},
        {"two, closed", {{0, 0}, {1, 1}, {0, 0}}, 3, ERR_SENSELESS, "at least three"},
        {"a line", {{0, 0}, {1, 1}, {2, 2}}, 3, ERR_SENSELESS, ""},
        {"one point thrice", {{1, 1}, {1, 1}, {1, 1}, {1, 1}}, 4, ERR_SENSELESS, ""},
        {"a bow tie", {{0, 0}, {1, 1}, {1, 0}, {0, 1}}, 4, ERR_SENSELESS, "cross or touch: Self-intersection"},
        {"a spike", {{0, 0}, {2, 0}, {1, 0}, {1, 1}, {0, 1}}, 5, ERR_SENSELESS, "cross or touch"},
        {"out of range", {{0, 0}, {181, 0}, {0, 1}}, 3, ERR_MALFORMED, "point 1"},
        {"swapped", {{27, -99}, {27, -98}, {28, -98}}, 3, ERR_MALFORMED, "point 0"},
        {"not a number", {{0, 0}, {1, 0}, {(double)NAN, 1}}, 3, ERR_MALFORMED, "point 2"},
        {"endless", {{0, 0}, {1, (double)INFINITY}, {1, 1}}, 3, ERR_MALFORMED, "point 1"},
        {"around the globe", {{-170, 50}, {170, 50}, {170, 60}, {-170, 60}}, 4, ERR_SENSELESS, "180th meridian"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        why = (struct why){0};
        enum err err = geofence_add(fence, cases[i].points, cases[i].count, 1, &why);
        if (err != cases[i].err || !strstr(why.text, cases[i].text))
            fail_msg("%s: %s %s", cases[i].what, err_name(err), why.text);
        assert_string_equal(why.member, "polygon");
    }
    uint32_t got[4];
    assert_int_equal(find(0.2, 0.2, got), 0); // nothing of them stays
}

static void swapped_coordinates_that_are_in_range_cannot_be_told(void **state)
{
    (void)state;
    // Said here so that nobody thinks that the check above finds every swap: (27, 28) is a place, too.
    const struct geofence_point ring[] = {{27, 28}, {28, 28}, {28, 29}};
    assert_int_equal(geofence_add(fence, ring, 3, 1, &why), ERR_NONE);
}

static void vertices_and_zones_are_bounded(void **state)
{
    (void)state;
    static struct geofence_point ring[GEOFENCE_VERTICES_MAX + 1];
    for (size_t i = 0; i <= GEOFENCE_VERTICES_MAX; i++) {
        double angle = 6.283185307179586 * (double)i / (GEOFENCE_VERTICES_MAX + 1);
        ring[i] = (struct geofence_point){cos(angle), sin(angle)};
    }
    assert_int_equal(geofence_add(fence, ring, GEOFENCE_VERTICES_MAX + 1, 1, &why), ERR_TOO_LARGE);
    why = (struct why){0};
    assert_int_equal(geofence_add(fence, ring, GEOFENCE_VERTICES_MAX, 1, &why), ERR_NONE);
    for (size_t i = 1; i < GEOFENCE_ZONES_MAX; i++) square((double)(i % 100), (double)(i / 100), (uint32_t)i);
    assert_int_equal(geofence_add(fence, ring, 3, 1, &why), ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_position_is_in_the_zones_that_hold_it, make, drop),
        cmocka_unit_test_setup_teardown(the_edge_belongs_to_the_zone_and_a_hair_beyond_does_not, make, drop),
        cmocka_unit_test_setup_teardown(what_is_in_the_box_but_not_in_the_shape_is_outside, make, drop),
        cmocka_unit_test_setup_teardown(positions_that_are_none_lie_nowhere, make, drop),
        cmocka_unit_test_setup_teardown(hostile_polygons_are_refused_by_name, make, drop),
        cmocka_unit_test_setup_teardown(swapped_coordinates_that_are_in_range_cannot_be_told, make, drop),
        cmocka_unit_test_setup_teardown(vertices_and_zones_are_bounded, make, drop),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
