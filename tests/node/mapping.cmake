if(TARGET filial)
    add_test(NAME system.mapping COMMAND ${PROJECT_SOURCE_DIR}/tests/system/mapping_test.sh
        $<TARGET_FILE_DIR:filial> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/deploy/mappings)
    set_tests_properties(system.mapping PROPERTIES LABELS system TIMEOUT 120)
endif()
