# The simulator: `sim SEEDS FIRST` runs seeds, `sim --trace SEED` narrates one. Under
# sanitizers a seed costs several times more, so fewer run.
add_library(sim_world STATIC ${CMAKE_CURRENT_LIST_DIR}/world.c
    ${CMAKE_CURRENT_LIST_DIR}/work.c ${CMAKE_CURRENT_LIST_DIR}/memory.c)
target_include_directories(sim_world PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(sim_world PUBLIC replication proto PRIVATE filial_flags)
add_executable(sim ${CMAKE_CURRENT_LIST_DIR}/sim.c)
target_link_libraries(sim PRIVATE filial_flags sim_world)
if(FILIAL_SANITIZE)
    set(sim_seeds 500)
else()
    set(sim_seeds 2000)
endif()
add_test(NAME sim.main COMMAND sim ${sim_seeds})
set_tests_properties(sim.main PROPERTIES LABELS sim TIMEOUT 600)

# A simulator that does not find planted bugs proves nothing (memory.h, enum fl_plant).
foreach(plant RANGE 1 8)
    add_test(NAME sim.plant_${plant} COMMAND sim --plant ${plant} 300)
    set_tests_properties(sim.plant_${plant} PROPERTIES LABELS sim TIMEOUT 300)
endforeach()
