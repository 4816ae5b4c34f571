# Lines that are thin, long, lossy and cut: the emulated one, and the system tests over it.
include(${CMAKE_CURRENT_LIST_DIR}/thin_line.cmake)
