# The page for operations in Chromium; photographs are left in the build directory.
add_executable(browser_peers ${PROJECT_SOURCE_DIR}/tests/bench/peers.c)
target_link_libraries(browser_peers PRIVATE filial_flags node)
if(TARGET filiald AND TARGET filial)
    add_test(NAME browser.page COMMAND ${PROJECT_SOURCE_DIR}/tests/browser/browser_test.sh
        $<TARGET_FILE_DIR:filiald> ${PROJECT_SOURCE_DIR}/deploy/demo/configuration
        ${PROJECT_SOURCE_DIR}/node/http/web ${PROJECT_BINARY_DIR}/browser)
    set_tests_properties(browser.page PROPERTIES
        LABELS system TIMEOUT 600 SKIP_RETURN_CODE 77)
endif()
