if(TARGET filiald AND TARGET filial)
    add_test(NAME system.mirror COMMAND ${PROJECT_SOURCE_DIR}/tests/system/mirror_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness)
    set_tests_properties(system.mirror PROPERTIES
        LABELS "system;thread" TIMEOUT 900 SKIP_RETURN_CODE 77)
endif()
