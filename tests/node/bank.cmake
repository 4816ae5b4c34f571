# Statements and payment orders at real daemons in a tree.
filial_fuzz(order USES node)
if(TARGET filiald AND TARGET filial)
    add_test(NAME system.bank COMMAND ${PROJECT_SOURCE_DIR}/tests/system/bank_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.bank PROPERTIES LABELS system TIMEOUT 300)
endif()
