# Windows: tests/node/window_test.c, files of calendars, real daemons that keep to them.
filial_test(node window USES node)
target_compile_definitions(node_window_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
filial_fuzz(ics USES node)
if(TARGET filiald AND TARGET filial)
    foreach(name window urgent)
        add_test(NAME system.${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/system/${name}_test.sh
            $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
        set_tests_properties(system.${name} PROPERTIES LABELS system TIMEOUT 300)
    endforeach()
endif()
