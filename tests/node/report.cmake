if(TARGET filiald AND TARGET filial)
    foreach(test report report_sums)
        add_test(NAME system.${test}
            COMMAND ${PROJECT_SOURCE_DIR}/tests/system/${test}_test.sh
                $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
                ${PROJECT_SOURCE_DIR}/tests/harness)
        set_tests_properties(system.${test} PROPERTIES
            LABELS "system;thread" TIMEOUT 900 SKIP_RETURN_CODE 77)
    endforeach()
endif()

foreach(test closing report)
    filial_test(node ${test} USES node)
    target_compile_definitions(node_${test}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()
filial_scarce(node_closing_test)
filial_scarce(node_report_test)
