if(TARGET filiald AND TARGET filial)
    foreach(test mirror mirror_schema mirror_servers mirror_silent)
        add_test(NAME system.${test}
            COMMAND ${PROJECT_SOURCE_DIR}/tests/system/${test}_test.sh
                $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
                ${PROJECT_SOURCE_DIR}/tests/harness)
        set_tests_properties(system.${test} PROPERTIES
            LABELS "system;thread" TIMEOUT 1800 SKIP_RETURN_CODE 77)
    endforeach()
endif()

filial_test(node mirror USES node)
target_compile_definitions(node_mirror_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
filial_scarce(node_mirror_test)

filial_test(node sql USES node)
target_compile_definitions(node_sql_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
