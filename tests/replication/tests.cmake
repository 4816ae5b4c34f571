filial_test(replication collision USES replication)
filial_test(replication delivery USES replication)
foreach(module session incoming)
    filial_test(replication ${module} USES replication)
    target_sources(replication_${module}_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/bench.c)
endforeach()
filial_test(replication comparison USES replication)
target_sources(replication_comparison_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/comparing.c)
filial_test(replication story USES sim_world)
target_sources(replication_story_test PRIVATE ${CMAKE_CURRENT_LIST_DIR}/story.c)
add_test(NAME replication.purity
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/purity_test.sh $<TARGET_FILE:replication>)
set_tests_properties(replication.purity PROPERTIES LABELS unit TIMEOUT 60
    SKIP_RETURN_CODE 77)
