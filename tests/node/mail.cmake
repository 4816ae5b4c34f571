filial_test(node mail USES node)
filial_fuzz(mail USES node)

if(TARGET filiald AND TARGET filial)
    add_test(NAME system.mail COMMAND ${PROJECT_SOURCE_DIR}/tests/system/mail_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness)
    set_tests_properties(system.mail PROPERTIES LABELS "system;thread" TIMEOUT 1200)
endif()
