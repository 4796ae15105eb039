# Turns INPUT into the C array NAME (with a NUL behind it) in OUTPUT: cmake -DINPUT= -DOUTPUT= -DNAME= -P
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)"
       "\\1\n" bytes "${bytes}")
get_filename_component(source ${INPUT} NAME)
file(WRITE ${OUTPUT} "/* Made by embed.cmake from ${source}. */
extern const unsigned char ${NAME}[];
const unsigned char ${NAME}[] = {
${bytes}0x00};
")
