# For the benchmarks too.
if(NOT TARGET thin_line)
    add_executable(thin_line ${CMAKE_CURRENT_LIST_DIR}/thin_line.c
        ${CMAKE_CURRENT_LIST_DIR}/direction.c ${CMAKE_CURRENT_LIST_DIR}/nat.c
        ${CMAKE_CURRENT_LIST_DIR}/packet.c)
    target_compile_definitions(thin_line PRIVATE _GNU_SOURCE)
    target_link_libraries(thin_line PRIVATE filial_flags)
    set_target_properties(thin_line PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endif()
