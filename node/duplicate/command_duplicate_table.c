/*
 * What `filial duplicate ...` may be told.
 */

#include "command/command_table.h"
#include "language.h"

static const struct fl_option LIST[] = {
    {"type", "TYPE", N_("the catalog (default: that of the customers)")},
    {"min", "SCORE", N_("pairs of this score at least, 0 to 100 (default 40)")},
    {"limit", "COUNT", N_("so many pairs (default 100)")},
    {"merged", NULL, N_("what was merged, instead")},
    {"left", NULL, N_("what refers to merged cards still: it was entered elsewhere")},
    {NULL, NULL, NULL}};

static const struct fl_option SHOW[] = {
    {"all", NULL, N_("attributes that are equal, too")},
    {NULL, NULL, NULL}};

static const struct fl_option MERGE[] = {
    {"fill", NULL, N_("what the one has empty is taken from the other")},
    {"by", "NAME", N_("who decides (default: your user name)")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"duplicate", "list", "", N_("cards that may be the same, entered twice"),
     N_("Pairs with an INN and KPP, a telephone, an e-mail or a name in common. A score "
        "is\n"
        "the sum of what they share: INN and KPP 60, INN 50, INN with another KPP 30, "
        "name\n"
        "40 (like it 20), telephone 25, e-mail 25; another INN takes 40 away. Nothing "
        "is\n"
        "ever merged by itself.\n"
        "\n"
        "  filial duplicate list\n"
        "  filial duplicate list --type Catalog.Номенклатура --min 60\n"
        "  filial duplicate list --merged\n"
        "  filial duplicate list --left"),
     0, 0, 0, LIST, fl_command_duplicate_list},
    {"duplicate", "show", "REF REF",
     N_("two cards side by side, and what refers to them"),
     N_("  filial duplicate show Catalog.Контрагенты:UUID Catalog.Контрагенты:UUID"), 2,
     2, 0, SHOW, fl_command_duplicate_show},
    {"duplicate", "merge", "KEPT DUPLICATE", N_("one card takes the place of another"),
     N_("Every reference to the duplicate, in objects, their rows and registers, becomes "
        "one\n"
        "to the card that is kept, and the duplicate is marked for deletion. These are "
        "changes\n"
        "like any other: they travel to the branches and to 1C. Where a register has "
        "records\n"
        "of both under one key, those of the kept one stay.\n"
        "\n"
        "  filial duplicate merge Catalog.Контрагенты:UUID Catalog.Контрагенты:UUID "
        "--fill"),
     2, 2, FL_COMMAND_WRITES, MERGE, fl_command_duplicate_merge},
    {"duplicate", "undo", "NUMBER", N_("take a merge back"),
     N_("References lead to the duplicate again wherever they still lead to the card "
        "that "
        "was\n"
        "kept; what was changed since stays as it is, and is counted. A merge that was "
        "broken\n"
        "off is undone in the same way.\n"
        "\n"
        "  filial duplicate undo 1"),
     1, 1, FL_COMMAND_WRITES, NULL, fl_command_duplicate_undo},
};

const struct fl_command_table fl_command_duplicate_table = {
    TABLE, sizeof TABLE / sizeof TABLE[0]};
