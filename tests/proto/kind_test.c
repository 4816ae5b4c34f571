#include <string.h>

#include "proto/configuration.h"
#include "unit.h"

static void test_every_kind_is_found_by_its_names(void **state)
{
    (void)state;
    for (int i = FL_KIND_CATALOG; i < FL_KIND_COUNT_; i++) {
        const enum fl_kind kind = (enum fl_kind)i;
        const char *const ref_prefix = fl_kind_ref_prefix(kind);
        const char *const item_prefix = fl_kind_item_prefix(kind);

        assert_int_equal(fl_kind_find(fl_bytes_of_text(fl_kind_name(kind))), kind);
        assert_int_equal(fl_kind_find(fl_bytes_of_text(fl_kind_name_ru(kind))), kind);
        if (ref_prefix) {
            assert_int_equal(fl_kind_find_ref_prefix(fl_bytes_of_text(ref_prefix)), kind);
        }
        if (item_prefix) {
            assert_int_equal(
                fl_kind_find_item_prefix(fl_bytes_of_text(item_prefix)), kind);
        }
    }
    assert_int_equal(fl_kind_find(BYTES("Catalogs")), 0);
    assert_int_equal(fl_kind_find_ref_prefix(BYTES("")), 0);
    assert_int_equal(fl_kind_find_item_prefix(BYTES("EnumObject")), 0);
}

static void test_kinds_are_spelled_as_1c_spells_them(void **state)
{
    (void)state;
    assert_string_equal(fl_kind_ref_prefix(FL_KIND_CATALOG), "CatalogRef");
    assert_string_equal(fl_kind_ref_prefix(FL_KIND_ENUM), "EnumRef");
    assert_null(fl_kind_ref_prefix(FL_KIND_CONSTANT));
    assert_null(fl_kind_ref_prefix(FL_KIND_INFORMATION_REGISTER));
    assert_string_equal(fl_kind_item_prefix(FL_KIND_CONSTANT), "ConstantValueManager");
    assert_string_equal(
        fl_kind_item_prefix(FL_KIND_ACCUMULATION_REGISTER),
        "AccumulationRegisterRecordSet");
    assert_null(fl_kind_item_prefix(FL_KIND_ENUM));
    assert_null(fl_kind_name((enum fl_kind)0));
    assert_null(fl_kind_name_ru(FL_KIND_COUNT_));
}

static void test_an_enumeration_is_referred_to_but_has_no_objects(void **state)
{
    (void)state;
    assert_true(fl_kind_has_ref(FL_KIND_CATALOG));
    assert_true(fl_kind_has_ref(FL_KIND_EXCHANGE_PLAN));
    assert_false(fl_kind_has_ref(FL_KIND_ENUM));
    assert_false(fl_kind_has_ref(FL_KIND_CONSTANT));
    assert_true(fl_kind_is_register(FL_KIND_CALCULATION_REGISTER));
    assert_false(fl_kind_is_register(FL_KIND_DOCUMENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_is_found_by_its_names),
        cmocka_unit_test(test_kinds_are_spelled_as_1c_spells_them),
        cmocka_unit_test(test_an_enumeration_is_referred_to_but_has_no_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
