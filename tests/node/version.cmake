# History: rows of the store that say it, real daemons in a tree that tell it.
filial_fuzz(version USES storage)
target_include_directories(version_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/storage)
if(TARGET filiald AND TARGET filial)
    add_test(NAME system.history COMMAND ${PROJECT_SOURCE_DIR}/tests/system/history_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.history PROPERTIES LABELS system TIMEOUT 300)
endif()
