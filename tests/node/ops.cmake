filial_test(node waiting_list USES node)
target_compile_definitions(node_waiting_list_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
filial_test(node aside USES node)
target_compile_definitions(node_aside_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
if(TARGET filiald AND TARGET filial)
    add_test(NAME system.metrics COMMAND ${PROJECT_SOURCE_DIR}/tests/system/metrics_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/deploy/monitoring ${PROJECT_SOURCE_DIR}/tests/harness)
    set_tests_properties(system.metrics PROPERTIES
        LABELS system TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()
