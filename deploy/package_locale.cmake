# Read by cpack itself: it finds the files of the demonstration, which have Russian names,
# only where the locale is one of UTF-8, and says nothing of why.
set(locale "$ENV{LANG}")
foreach(name LC_CTYPE LC_ALL) # the later goes before the earlier
    if(NOT "$ENV{${name}}" STREQUAL "")
        set(locale "$ENV{${name}}")
    endif()
endforeach()
if(NOT locale MATCHES "[Uu][Tt][Ff]-?8")
    message(FATAL_ERROR
        "the locale is \"${locale}\", and names of files are in UTF-8: "
        "LC_ALL=C.UTF-8 cpack -G DEB")
endif()
