# Makes a C header of a file, so that the program carries it: cmake -DINPUT -DOUTPUT -DNAME
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
file(WRITE ${OUTPUT} "static const char ${NAME}[] = {\n    ${bytes}0x00};\n")
