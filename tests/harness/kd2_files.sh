# Pieces of a ФайлОбмена that is written by hand. Sourced after nodes.sh.
# shellcheck shell=bash
value() { printf '<Свойство Имя="%s" Тип="%s"><Значение>%s</Значение></Свойство>' "$1" "$2" "$3"; }
text() { value "$1" Строка "$2"; }
id() { text '{УникальныйИдентификатор}' "$1"; }
# d1 NAME BODY: a file that is loaded by hand
d1() {
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<ФайлОбмена ВерсияФормата="2.0">\n%s\n</ФайлОбмена>\n' \
        "$2" >"$1.xml"
}
# has REF WORDS: of the node Н
has() {
    filial Н object get "$1" >object 2>&1
    grep -qF -- "$2" object || {
        complain "$1 has no $2:"
        cat object
    }
}
found() { # TYPE [ATTRIBUTE=VALUE]: the one reference
    filial Н object list "$1" ${2:+--where "$2"} 2>/dev/null | grep -o "$1:[0-9a-f-]*"
}
