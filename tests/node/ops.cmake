filial_test(node waiting_list USES node)
target_compile_definitions(node_waiting_list_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
filial_test(node aside USES node)
target_compile_definitions(node_aside_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
