if(TARGET filiald AND TARGET filial)
    add_test(NAME system.enterprisedata
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/enterprisedata_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness
        ${PROJECT_SOURCE_DIR}/deploy/mappings/enterprisedata)
    set_tests_properties(system.enterprisedata PROPERTIES
        LABELS "system;thread" TIMEOUT 900)
    add_test(NAME system.mutations
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/mutations_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness
        ${PROJECT_SOURCE_DIR}/deploy/mappings/enterprisedata)
    set_tests_properties(system.mutations PROPERTIES LABELS system TIMEOUT 900)
    add_test(NAME system.correspondents
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/correspondents_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.correspondents PROPERTIES LABELS system TIMEOUT 300)
    add_test(NAME system.connection
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/connection_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness)
    set_tests_properties(system.connection PROPERTIES LABELS system TIMEOUT 300)
endif()
