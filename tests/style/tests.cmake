foreach(rule format size layers texts scripts schema)
    add_test(NAME style.${rule}
        COMMAND ${PROJECT_SOURCE_DIR}/tests/style/check.sh ${rule} ${PROJECT_SOURCE_DIR})
    set_tests_properties(style.${rule} PROPERTIES LABELS style TIMEOUT 120)
endforeach()
