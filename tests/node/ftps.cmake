if(TARGET filiald AND TARGET filial)
    add_test(NAME system.ftps COMMAND ${PROJECT_SOURCE_DIR}/tests/system/ftps_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.ftps PROPERTIES LABELS system TIMEOUT 300
        SKIP_RETURN_CODE 77)
endif()
