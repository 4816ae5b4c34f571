# Programs that others wrote, installed by the test; skipped where they cannot be fetched.
if(TARGET filiald AND TARGET filial)
    add_test(NAME conformance.commerceml_parsers
        COMMAND ${PROJECT_SOURCE_DIR}/tests/conformance/commerceml_parsers_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_BINARY_DIR}/conformance)
    set_tests_properties(conformance.commerceml_parsers PROPERTIES
        LABELS system TIMEOUT 600 SKIP_RETURN_CODE 77)
    add_test(NAME conformance.access
        COMMAND ${PROJECT_SOURCE_DIR}/tests/conformance/access_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_BINARY_DIR}/conformance_access)
    set_tests_properties(conformance.access PROPERTIES
        LABELS system TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
