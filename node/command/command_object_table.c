/*
 * What `filial object ...` may be told: of objects, and of what they were.
 */

#include "command_table.h"
#include "language.h"

static const struct fl_option OBJECT_GET[] = {
    {"format", "FORMAT", N_("json (default) or xml, as in a package of 1C")},
    {"version", "VERSION", N_("what it was, as object history calls it")},
    {NULL, NULL, NULL}};

static const struct fl_option OBJECT_HISTORY[] = {
    {"limit", "N", N_("at most so many (default 20; 0: all)")},
    {"before", "VERSION", N_("only versions before this one")},
    {NULL, NULL, NULL}};

static const struct fl_option OBJECT_KEEP[] = {
    {"time", "TIME", N_("how long: 12h, 30d, 3650d")},
    {"off", NULL, N_("keep nothing of this type")},
    {"default", NULL, N_("as all other types")},
    {NULL, NULL, NULL}};

static const struct fl_option OBJECT_LIST[] = {
    {"where", "Attr=Value", N_("only objects with this value; may be repeated")},
    {"limit", "N", N_("at most so many (default 100; 0: all)")},
    {"refs", NULL, N_("only their refs, one a line")},
    {NULL, NULL, NULL}};

static const struct fl_option OBJECT_PUT[] = {
    {"set", "Attr=Value", N_("an attribute and its new value; may be repeated")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"object", "get", "REF", N_("show an object"),
     N_("  filial object get Catalog.Контрагенты:aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\n"
        "  filial object get Constant.ОсновнаяВалюта --format xml"),
     1, 1, 0, OBJECT_GET, fl_command_object_get},
    {"object", "list", "TYPE", N_("list objects of a type"),
     N_("  filial object list Catalog.Контрагенты --where ИНН=7701234567\n"
        "  filial object list Документ.РеализацияТоваровУслуг --limit 0 --refs"),
     1, 1, 0, OBJECT_LIST, fl_command_object_list},
    {"object", "put", "TYPE|REF", N_("write an object"),
     N_("With a type a new object is made and its ref printed; with a ref only what is\n"
        "set changes. Without --set JSON is read from standard input: {\"Attribute\":\n"
        "value, \"Section\": [{...}]}. For a record set: {\"filter\": {...},\n"
        "\"records\": [...]}.\n"
        "\n"
        "  filial object put Catalog.Валюты --set Code=643 --set Description=руб.\n"
        "  filial object put Document.СчетНаОплатуПокупателю:UUID --set "
        "Организация=Catalog.Организации:UUID\n"
        "  echo '{\"Товары\": [{\"Количество\": 3}]}' | filial object put "
        "Document.СчетНаОплатуПокупателю"),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA | FL_COMMAND_INPUT, OBJECT_PUT,
     fl_command_object_put},
    {"object", "delete", "REF", N_("delete an object"),
     N_("The deletion is a change like any other and reaches the other nodes."), 1, 1,
     FL_COMMAND_WRITES | FL_COMMAND_DATA, NULL, fl_command_object_delete},
    {"object", "history", "REF", N_("show what an object was, and how each change came"),
     N_("Every version that this node saw and still keeps, the newest first: where it "
        "was\n"
        "entered, by which message or file it came, whose signature it had, and what it\n"
        "changed. What lost a collision is c12, what is in quarantine q5.\n"
        "\n"
        "  filial object history Document.СчетНаОплатуПокупателю:UUID\n"
        "  filial object history Document.СчетНаОплатуПокупателю:UUID --before 105 "
        "--limit 50\n"
        "  filial object get Document.СчетНаОплатуПокупателю:UUID --version 105"),
     1, 1, 0, OBJECT_HISTORY, fl_command_object_history},
    {"object", "diff", "REF [VERSION [VERSION]]", N_("compare versions of an object"),
     N_("Attribute by attribute, and row by row of tabular sections. Without versions "
        "the\n"
        "last change is shown; with one, what changed since.\n"
        "\n"
        "  filial object diff Document.СчетНаОплатуПокупателю:UUID\n"
        "  filial object diff Document.СчетНаОплатуПокупателю:UUID 105\n"
        "  filial object diff Document.СчетНаОплатуПокупателю:UUID 105 c12"),
     1, 3, 0, NULL, fl_command_object_diff},
    {"object", "restore", "REF VERSION", N_("write a version of an object once more"),
     N_("An ordinary change of this node, which reaches the others; the versions "
        "between\n"
        "stay in the history. Of a deleted object, too.\n"
        "\n"
        "  filial object restore Document.СчетНаОплатуПокупателю:UUID 105"),
     2, 2, FL_COMMAND_WRITES | FL_COMMAND_DATA, NULL, fl_command_object_restore},
    {"object", "keep", "[TYPE]", N_("how long what objects were is kept"),
     N_("For all types node.conf has history_keep and history_size; here a type gets a\n"
        "time of its own. The time counts from when a version was replaced.\n"
        "\n"
        "  filial object keep                           what holds, and how much there "
        "is\n"
        "  filial object keep Document.СчетНаОплатуПокупателю --time 365d\n"
        "  filial object keep InformationRegister.КурсыВалют --off\n"
        "  filial object keep Document.СчетНаОплатуПокупателю --default"),
     0, 1, FL_COMMAND_WRITES | FL_COMMAND_BARE, OBJECT_KEEP, fl_command_object_keep},
};

const struct fl_command_table fl_command_object_table = {
    TABLE, sizeof TABLE / sizeof TABLE[0]};
