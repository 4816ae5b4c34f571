if(TARGET filiald AND TARGET filial_generate)
    add_test(NAME system.shares COMMAND ${PROJECT_SOURCE_DIR}/tests/system/shares_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.shares PROPERTIES LABELS system TIMEOUT 600)
endif()
