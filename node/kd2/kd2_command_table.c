#include "kd2_command.h"

#include "language.h"

static const struct fl_command TABLE[] = {
    {"mapping", "from-rules", "RULES [MAPPING]",
     N_("make a mapping of ПравилаОбмена (Конвертация данных 2)"),
     N_("What the rules declare becomes the mapping: types, properties, tabular "
        "sections,\n"
        "values, keys, flags. Program text of 1C is never run: each place of it is a\n"
        "<code/> in the mapping, to be replaced by a constant (<fixed>), another "
        "attribute\n"
        "or a table of values. Without MAPPING it is only counted how much works as it\n"
        "stands.\n"
        "\n"
        "  filial mapping from-rules ExchangeRules.xml\n"
        "  filial mapping from-rules --code ExchangeRules.xml base.xml\n"
        "  filial mapping from-rules --part destination Rules77.xml 77.xml"),
     1, 2, 0, fl_kd2_from_rules_options, fl_command_mapping_from_rules},
};

const struct fl_command_table fl_command_mapping_table = {
    .commands = TABLE,
    .count = sizeof TABLE / sizeof TABLE[0]};
