filial_test(node site USES node)
foreach(name site_tree site_outgoing)
    filial_test(node ${name} USES node)
    target_compile_definitions(node_${name}_test PRIVATE
        FILIAL_DEMO_CONFIGURATION="${PROJECT_SOURCE_DIR}/deploy/demo/configuration")
endforeach()
filial_fuzz(site USES node)
if(TARGET filiald)
    foreach(name commerceml site site_mapping site_shares site_window site_kinds site_php site_3_1
            site_pictures)
        add_test(NAME system.${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/system/${name}_test.sh
            ${PROJECT_BINARY_DIR}/bin ${PROJECT_SOURCE_DIR}/deploy/demo/configuration)
        set_tests_properties(system.${name} PROPERTIES
            LABELS system TIMEOUT 300 SKIP_RETURN_CODE 77)
    endforeach()
endif()
