# The simulator: `sim SEEDS FIRST` runs seeds, `sim --trace SEED` narrates one. Under
# sanitizers a seed costs several times more, so fewer run.
add_library(sim_world STATIC ${CMAKE_CURRENT_LIST_DIR}/world.c
    ${CMAKE_CURRENT_LIST_DIR}/work.c ${CMAKE_CURRENT_LIST_DIR}/memory.c
    ${CMAKE_CURRENT_LIST_DIR}/registrations.c)
target_include_directories(sim_world PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(sim_world PUBLIC replication proto PRIVATE filial_flags)
add_executable(sim ${CMAKE_CURRENT_LIST_DIR}/sim.c ${CMAKE_CURRENT_LIST_DIR}/narration.c
    ${CMAKE_CURRENT_LIST_DIR}/weather.c)
target_link_libraries(sim PRIVATE filial_flags sim_world)
# FILIAL_TEST_ALL=1 runs thirty times as many.
foreach(first 1 501 1001 1501)
    add_test(NAME sim.from_${first} COMMAND sim 500 ${first})
    set_tests_properties(sim.from_${first} PROPERTIES LABELS sim TIMEOUT 5000)
endforeach()

# A simulator that does not find planted bugs proves nothing.
add_test(NAME sim.plants COMMAND ${CMAKE_CURRENT_LIST_DIR}/plant.sh)
set_tests_properties(sim.plants PROPERTIES LABELS sim TIMEOUT 5000
    ENVIRONMENT "CC=${CMAKE_C_COMPILER}")

# The same for what lies in node/: filters, holds, comparisons, images, horizons, over the
# replicator itself with stores in memory. It takes clock and stores from the linker.
add_executable(sim_node ${CMAKE_CURRENT_LIST_DIR}/node/main.c
    ${CMAKE_CURRENT_LIST_DIR}/node/world.c ${CMAKE_CURRENT_LIST_DIR}/node/steps.c
    ${CMAKE_CURRENT_LIST_DIR}/node/ledger.c ${CMAKE_CURRENT_LIST_DIR}/node/judge.c)
target_include_directories(sim_node PRIVATE ${CMAKE_CURRENT_LIST_DIR}/node
    ${PROJECT_SOURCE_DIR}/tests/node ${PROJECT_SOURCE_DIR}/node ${PROJECT_SOURCE_DIR}/storage)
target_compile_definitions(sim_node PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
target_link_libraries(sim_node PRIVATE
    filial_flags PkgConfig::CMOCKA PkgConfig::SODIUM node)
target_link_options(sim_node PRIVATE
    -Wl,--wrap=fl_store_open,--wrap=clock_gettime,--wrap=time)
foreach(first 1 201)
    add_test(NAME sim.node_from_${first} COMMAND sim_node 200 ${first})
    set_tests_properties(sim.node_from_${first} PROPERTIES LABELS sim TIMEOUT 5000)
endforeach()

# Under sanitizers a hunt costs more than a build without them, and which compiler made
# the bug is nothing to the simulator: one is enough.
set(sim_node_plain ${PROJECT_BINARY_DIR})
if(FILIAL_SANITIZE)
    set(sim_node_plain ${PROJECT_BINARY_DIR}/plain)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_test(NAME sim.node_plants
        COMMAND ${CMAKE_CURRENT_LIST_DIR}/node/plant.sh ${sim_node_plain})
    set_tests_properties(sim.node_plants PROPERTIES LABELS sim TIMEOUT 5000
        ENVIRONMENT "CC=${CMAKE_C_COMPILER}")
endif()
