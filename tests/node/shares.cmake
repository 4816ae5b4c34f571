if(TARGET filiald AND TARGET filial_generate)
    foreach(test shares endpoint_shares)
        add_test(NAME system.${test}
            COMMAND ${PROJECT_SOURCE_DIR}/tests/system/${test}_test.sh
            $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
        set_tests_properties(system.${test} PROPERTIES LABELS system TIMEOUT 600)
    endforeach()
endif()
