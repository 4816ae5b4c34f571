if(TARGET filiald AND TARGET filial)
    add_test(NAME system.kd2 COMMAND ${PROJECT_SOURCE_DIR}/tests/system/kd2_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness ${PROJECT_SOURCE_DIR}/deploy/mappings/kd2)
    add_test(NAME system.kd2_load
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/kd2_load_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/deploy/mappings/kd2)
    add_test(NAME system.kd2_parts
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/kd2_parts_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    add_test(NAME system.kd2_documents
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/kd2_documents_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/deploy/mappings/kd2)
    add_test(NAME system.kd2_entries
        COMMAND ${PROJECT_SOURCE_DIR}/tests/system/kd2_entries_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/deploy/mappings/kd2)
    set_tests_properties(system.kd2_entries system.kd2 system.kd2_load system.kd2_parts system.kd2_documents PROPERTIES
        LABELS "system;thread" TIMEOUT 900)
endif()

filial_test(node kd2_numbering USES node)
target_compile_definitions(node_kd2_numbering_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration"
    FILIAL_MAPPINGS="${PROJECT_SOURCE_DIR}/deploy/mappings")

filial_test(node kd2_scarce USES node)
target_compile_definitions(node_kd2_scarce_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
filial_scarce(node_kd2_scarce_test)
