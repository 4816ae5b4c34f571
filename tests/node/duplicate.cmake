filial_test(node duplicate_text USES node)
target_compile_definitions(node_duplicate_text_test PRIVATE
    FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
