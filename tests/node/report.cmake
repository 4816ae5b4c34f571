filial_test(node closing USES node)
target_compile_definitions(node_closing_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
