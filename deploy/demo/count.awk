# Counts the distinct objects that packages and batches put in and did not delete, without
# Filial: "Type count" lines and a last line "total N". Packages have one element a line.

function item(name, key) {
    seen[name "\t" key] = 1
}

# A line of a package: an object begins on the second level of the body.
FILENAME ~ /\.xml$/ {
    line = $0
    sub(/\r$/, "", line)
    if (match(line, /^\t\t<[A-Za-z]+\.[^ \/>]+>$/)) {
        name = substr(line, 4, length(line) - 4)
        key = ""
        in_filter = 0
        records = 0
        if (name ~ /^ConstantValueManager\./) {
            item(name, "")
            name = ""
        }
        next
    }
    if (name == "") {
        next
    }
    if (name ~ /RecordSet\./) {
        if (line == "\t\t\t<Filter>") {
            in_filter = 1
        } else if (line == "\t\t\t</Filter>") {
            in_filter = 0
        } else if (in_filter) {
            key = key line
        } else if (line == "\t\t\t\t<Record>") {
            records++
        } else if (line == "\t\t</" name ">") {
            if (records > 0) {
                item(name, key)
            }
            name = ""
        }
    } else if (match(line, /^\t\t\t<Ref>/)) {
        item(name, substr(line, 9, 36))
        name = ""
    }
    next
}

# A line of a batch. A new object has no ref in the file: each is one more.
/"delete":/ {
    match($0, /Catalog\.[^"]+/)
    split(substr($0, RSTART, RLENGTH), part, ":")
    sub(/^Catalog/, "CatalogObject", part[1])
    deleted[part[1] "\t" part[2]] = 1
    next
}
/"put":"[^":]+"/ {
    match($0, /Catalog\.[^"]+/)
    name = substr($0, RSTART, RLENGTH)
    sub(/^Catalog/, "CatalogObject", name)
    added[name]++
    name = ""
}

END {
    for (object in seen) {
        if (!(object in deleted)) {
            split(object, part, "\t")
            added[part[1]]++
        }
    }
    for (name in added) {
        print name, added[name]
        total += added[name]
    }
    print "total", total
}
