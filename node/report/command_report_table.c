/*
 * What `filial report ...` may be told.
 */

#include "command/command_table.h"
#include "language.h"

static const struct fl_option REPORT[] = {
    {"from", "DAY", N_("from this day on (default: the first of the month)")},
    {"to", "DAY", N_("up to this day (default: today)")},
    {"format", "FORMAT", N_("table (default), csv, xlsx, html")},
    {"file", "FILE", N_("write it there; the ending says the format")},
    {"type", "TYPE", N_("the documents or the register that it is about")},
    {"amount", "NAME", N_("the attribute that is summed up")},
    {"by", "NAME", N_("sales: the attribute that has the manager")},
    {"payment", "TYPE", N_("unpaid: the documents that pay")},
    {"query", "FILE", N_("a report of your own: SQL from a file")},
    {"mirror", "CODE", N_("from this mirror (default: the first)")},
    {"no-vector", NULL, N_("leave out the table of the branches")},
    {"sql", NULL, N_("show the SQL that the mirror would be asked, whole")},
    {NULL, NULL, NULL}};

static const struct fl_option CLOSE_DAY[] = {
    {"zone", "ZONE", N_("whose day: Europe/Moscow (default: this machine's)")},
    {"at", "TIME",
     N_("from now on each day by itself: 00:30 closes the day before, 22:00 the same")},
    {"off", NULL, N_("no more by itself")},
    {"show", NULL, N_("only show how it stands")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"report", "list", "", N_("the standard reports, and what each needs"),
     N_("Types and attributes are guessed from the configuration; what cannot be guessed "
        "is\ntold by options."),
     0, 0, 0, NULL, fl_command_report_list},
    {"report", "close-day", "[DAY]", N_("say that a day is entered completely here"),
     N_("Travels up behind everything that was written before. A report of the centre "
        "then\nsays for each branch which day it has closed.\n"
        "\n"
        "  filial report close-day\n"
        "  filial report close-day 2026-01-31\n"
        "  filial report close-day --at 00:30 --zone Asia/Vladivostok"),
     0, 1, FL_COMMAND_WRITES, CLOSE_DAY, fl_command_report_close_day},
    {"report", NULL, "[NAME]", N_("a report, and whose data are in it"),
     N_("From the mirror (`filial help endpoint add`), with the vector of the branches: "
        "how\nfar the data of each are in it, and who is missing.\n"
        "\n"
        "  filial report documents --from 2026-01-01 --to 2026-01-31\n"
        "  filial report stock --file stock.xlsx\n"
        "  filial report sales --file sales.html       with charts, one file\n"
        "  filial report unpaid --type Document.СчетНаОплатуПокупателю --json\n"
        "  filial report --query my.sql --file my.csv\n"
        "\n"
        "SQL of your own has {Document.X} for a table, {Document.X:Attr} for a column,\n"
        "{from} and {to} for the period. --sql shows what is asked, as sqlite3 and psql "
        "take it."),
     0, 1, 0, REPORT, fl_command_report},
};

const struct fl_command_table fl_command_report_table = {
    TABLE, sizeof TABLE / sizeof TABLE[0]};
