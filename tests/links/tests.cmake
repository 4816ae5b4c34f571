# Lines that are thin, long, lossy and cut: the emulated one, and the system tests over it.
include(${CMAKE_CURRENT_LIST_DIR}/thin_line.cmake)
if(TARGET filiald AND TARGET filial)
    foreach(scenario thin half_open slow)
        add_test(NAME system.links_${scenario}
            COMMAND ${CMAKE_CURRENT_LIST_DIR}/links_test.sh $<TARGET_FILE_DIR:filiald>
            ${PROJECT_SOURCE_DIR}/deploy/demo/configuration ${scenario})
        set_tests_properties(system.links_${scenario} PROPERTIES LABELS system TIMEOUT 1800
            SKIP_RETURN_CODE 77)
    endforeach()
endif()
