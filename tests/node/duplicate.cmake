if(TARGET filiald AND TARGET filial)
    add_test(NAME system.duplicate
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/duplicate_test.sh
            $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.duplicate PROPERTIES LABELS system TIMEOUT 600)
endif()

foreach(test duplicate duplicate_text)
    filial_test(node ${test} USES node)
    target_compile_definitions(node_${test}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()
filial_scarce(node_duplicate_test)
