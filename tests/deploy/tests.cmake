# What is deployed: units, package, monitoring. Programs are those of this build.
foreach(name unit monitoring package service systemd container)
    add_test(NAME deploy.${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/deploy/${name}_test.sh
        ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
    set_tests_properties(deploy.${name} PROPERTIES LABELS system TIMEOUT 1800
        SKIP_RETURN_CODE 77)
endforeach()
