filial_test(node odata_filter USES node)
target_include_directories(node_odata_filter_test PRIVATE ${PROJECT_SOURCE_DIR}/node/http)
filial_test(node http_request USES node)
target_include_directories(node_http_request_test PRIVATE ${PROJECT_SOURCE_DIR}/node/http)
filial_fuzz(odata USES node)
target_include_directories(odata_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/node/http)

if(TARGET filiald AND TARGET filial)
    add_test(NAME system.http COMMAND ${PROJECT_SOURCE_DIR}/tests/system/http_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.http PROPERTIES
        LABELS system TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()
