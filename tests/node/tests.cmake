foreach(module file settings keys command endpoint endpoint_export control json_text)
    filial_test(node ${module} USES node PkgConfig::JANSSON)
    target_compile_definitions(node_${module}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()

if(TARGET filial AND TARGET filial_generate)
    add_test(NAME system.command COMMAND ${PROJECT_SOURCE_DIR}/tests/system/command_test.sh
        $<TARGET_FILE_DIR:filial> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.command PROPERTIES LABELS system TIMEOUT 300)
endif()
if(TARGET filiald AND TARGET filial)
    add_test(NAME system.daemon COMMAND ${PROJECT_SOURCE_DIR}/tests/system/daemon_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.daemon PROPERTIES LABELS system TIMEOUT 5000)
    add_test(NAME system.tree COMMAND ${PROJECT_SOURCE_DIR}/tests/system/tree_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.tree PROPERTIES LABELS system TIMEOUT 300)
    add_test(NAME system.carry COMMAND ${PROJECT_SOURCE_DIR}/tests/system/carry_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness)
    set_tests_properties(system.carry PROPERTIES LABELS system TIMEOUT 300)
    add_test(NAME system.keys COMMAND ${PROJECT_SOURCE_DIR}/tests/system/keys_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.keys PROPERTIES LABELS system TIMEOUT 600)
    add_test(NAME system.recovery COMMAND ${PROJECT_SOURCE_DIR}/tests/system/recovery_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.recovery PROPERTIES LABELS system TIMEOUT 600)
    add_test(NAME system.filter COMMAND ${PROJECT_SOURCE_DIR}/tests/system/filter_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.filter PROPERTIES LABELS system TIMEOUT 300)
endif()
add_test(NAME node.translations COMMAND ${PROJECT_SOURCE_DIR}/node/po/update --check)
set_tests_properties(node.translations PROPERTIES
    LABELS style TIMEOUT 120 SKIP_RETURN_CODE 77)

foreach(module zap transport enrolment schedule log)
    filial_test(node ${module} USES node)
    target_compile_definitions(node_${module}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()
target_link_libraries(node_transport_test PRIVATE PkgConfig::ZMQ)

foreach(module replicator replicator_restore tree_restore horizon plan registration auto_record routing routing_model routing_tree configuration_change routes random image image_file)
    filial_test(node ${module} USES node)
    target_compile_definitions(node_${module}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()

foreach(module routing tree_restore)
    target_link_options(node_${module}_test PRIVATE -Wl,--wrap=fl_txn_commit)
endforeach()

foreach(module recovery home loading control_alone replay scarce rules predefined)
    filial_test(node ${module} USES node)
    target_compile_definitions(node_${module}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()

target_link_options(node_loading_test PRIVATE -Wl,--wrap=fl_txn_commit)
filial_scarce(node_scarce_test)

filial_test(node endpoint_place USES node)
filial_test(node endpoint_share USES node)
target_compile_definitions(node_endpoint_share_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration"
    FILIAL_MAPPINGS="${PROJECT_SOURCE_DIR}/deploy/mappings")

# What has threads of its own, or meets those of libzmq, runs under ThreadSanitizer too.
foreach(module zap transport enrolment control log)
    set_tests_properties(node.${module} PROPERTIES LABELS "unit;thread")
endforeach()
if(TEST system.daemon)
    set_tests_properties(system.daemon PROPERTIES LABELS "system;thread")
endif()

filial_fuzz(settings USES node)
filial_fuzz(change USES node PkgConfig::JANSSON)

filial_test(node compare USES node)
target_compile_definitions(node_compare_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
if(TARGET filiald AND TARGET filial)
    add_test(NAME system.compare COMMAND ${PROJECT_SOURCE_DIR}/tests/system/compare_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.compare PROPERTIES LABELS system TIMEOUT 300)
endif()

if(TARGET filiald AND TARGET filial)
    add_test(NAME system.image COMMAND ${PROJECT_SOURCE_DIR}/tests/system/image_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.image PROPERTIES LABELS system TIMEOUT 300)
endif()

if(TARGET filiald AND TARGET filial)
    add_test(NAME system.endpoint COMMAND ${PROJECT_SOURCE_DIR}/tests/system/endpoint_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/tests/harness)
    set_tests_properties(system.endpoint PROPERTIES LABELS "system;thread" TIMEOUT 1200)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/ftps.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/mail.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/http.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/kd2.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/shares.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/enterprisedata.cmake)

include(${CMAKE_CURRENT_LIST_DIR}/window.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/commerceml.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/version.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/bank.cmake)
if(TARGET filial)
    add_test(NAME system.tables COMMAND ${PROJECT_SOURCE_DIR}/tests/system/tables_test.sh
        $<TARGET_FILE_DIR:filial> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
    set_tests_properties(system.tables PROPERTIES LABELS system TIMEOUT 300)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/mirror.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/mapping.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/report.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ops.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/duplicate.cmake)
