# Objects added to a copy of a Designer's dump, and to its plan Филиалы.
# shellcheck shell=bash
# object DIRECTORY FOLDER KIND NAME PROPERTIES CHILDREN: a file of a dump, and its place in the list
object() {
    mkdir -p "$1/$2"
    printf '<MetaDataObject xmlns="http://v8.1c.ru/8.3/MDClasses" xmlns:v8="http://v8.1c.ru/8.1/data/core" xmlns:cfg="http://v8.1c.ru/8.1/data/enterprise/current-config" xmlns:xs="http://www.w3.org/2001/XMLSchema"><%s><Properties><Name>%s</Name>%s</Properties><ChildObjects>%s</ChildObjects></%s></MetaDataObject>\n' \
        "$3" "$4" "$5" "$6" "$3" >"$1/$2/$4.xml"
    sed -i "s#<AccumulationRegister>#<$3>$4</$3>&#" "$1/Configuration.xml"
    sed -i "0,/<Item>/s##<Item><Metadata>$3.$4</Metadata><AutoRecord>Allow</AutoRecord></Item><Item>#" \
        "$1"/ExchangePlans/Филиалы/Ext/Content.xml
}
# field KIND NAME TYPE [PROPERTIES]
field() {
    printf '<%s><Properties><Name>%s</Name><Type><v8:Type>%s</v8:Type></Type>%s</Properties></%s>' "$1" "$2" "$3" "${4:-}" "$1"
}
