# openapi.json, which the program carries: ${openapi} is a source of the layer.
set(openapi ${CMAKE_CURRENT_BINARY_DIR}/http_openapi_text.h)
add_custom_command(OUTPUT ${openapi}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/http/openapi.json
        -DOUTPUT=${openapi} -DNAME=FL_HTTP_OPENAPI_TEXT
        -P ${CMAKE_CURRENT_SOURCE_DIR}/http/embed.cmake
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/http/openapi.json
        ${CMAKE_CURRENT_SOURCE_DIR}/http/embed.cmake
    VERBATIM)
