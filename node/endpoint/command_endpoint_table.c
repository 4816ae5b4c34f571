/*
 * What `filial endpoint ...` may be told.
 */

#include "command/command_table.h"
#include "language.h"

static const struct fl_option ENDPOINT_ADD[] = {
    {"node", "CODE", N_("the code of the base in the plan; required but for sql")},
    {"format", "FORMAT",
     N_("v8msg: messages of an exchange plan; kd2: by rules of КД 2; enterprisedata: the "
        "universal format; commerceml: a site "
        "over HTTP; sql: a mirror; required")},
    {"settings", "FILE",
     N_("«настройки подключения» that the base's own setup wrote; what is given beside "
        "counts more")},
    {"url", "URL",
     N_("sql: sqlite:FILE or postgresql://host[,host]/database; commerceml: a site's "
        "script, https://shop.example/bitrix/admin/1c_exchange.php; enterprisedata: a "
        "published base, http://user@host/base (its web service) or .../base/hs (its "
        "HTTP service)")},
    {"serve", NULL, N_("commerceml: this node is the site, 1C comes to http_endpoint")},
    {"user", "NAME", N_("commerceml: whom the site lets in")},
    {"intranet", "URL", N_("commerceml: a portal's script for the company's structure")},
    {"names", "as-is|latin", N_("sql: tables and columns in Latin letters")},
    {"batch", "N", N_("sql: objects of one transaction (default 20000)")},
    {"partition", "branch",
     N_("sql: PostgreSQL's tables in a partition for each branch")},
    {"plan", "PLAN", N_("another plan than the node's own")},
    {"name", "NAME", N_("the name of the base for people")},
    {"role", "ROLE", N_("parent, child or equal (default): who wins a collision")},
    {"directory", "DIR", N_("where files are exchanged, in both directions")},
    {"ftp", "URL", N_("or a server: ftp://user@host/dir, ftps://, ftpes://")},
    {"mail", "URL",
     N_("or a mail drop, as 1C uses one: imaps://user%40firm.example@host/INBOX, or "
        "pop3s://user%40firm.example@host")},
    {"smtp", "URL", N_("mail: by whom mails are sent, smtps://user%40firm.example@host")},
    {"mail-address", "ADDRESS", N_("mail: the account's own, to which messages go")},
    {"password-file", "FILE", N_("the server's password, alone in a file")},
    {"ca-file", "FILE",
     N_("whom its certificate must be of (PEM), for https, ftps, ftpes and mail")},
    {"poll", "TIME", N_("how often to look: 30s (default; sql: 1s), 5m, 1h")},
    {"zip", NULL, N_("write archives; they are read anyway")},
    {"mapping", "FILE",
     N_("kd2, enterprisedata, commerceml: which objects and names of ours are which of "
        "theirs")},
    {"base-plan", "NAME", N_("kd2: what the base calls the plan, when not as we do")},
    {"as", "CODE", N_("our code in the base's plan, when it is another one")},
    {"base-code", "CODE",
     N_("enterprisedata: how the base calls itself, when not by --node")},
    {"prefix", "PREFIX", N_("enterprisedata: our prefix; a code of two letters is one")},
    {"versions", "LIST", N_("enterprisedata: those that we offer, \"1.8,1.17\"; all")},
    {"english", NULL, N_("kd2: the base has an English interface, and such tags")},
    {"incoming", "MASK", N_("other names of what comes: 'Message*_BP_F01.*'")},
    {"outgoing", "NAME", N_("another name of what goes, without its ending")},
    {"archive-files", "N", N_("keep so many packages (default 100; 0: none)")},
    {"archive-size", "MIB", N_("and no more than so much (default 1024)")},
    {NULL, NULL, NULL}};

static const struct fl_option ENDPOINT_CHANGE[] = {
    {"directory", "DIR", N_("where files are exchanged, in both directions")},
    {"ftp", "URL", N_("or a server: ftp://user@host/dir, ftps://, ftpes://")},
    {"mail", "URL",
     N_("or a mail drop, as 1C uses one: imaps://user%40firm.example@host/INBOX, or "
        "pop3s://user%40firm.example@host")},
    {"smtp", "URL", N_("mail: by whom mails are sent, smtps://user%40firm.example@host")},
    {"mail-address", "ADDRESS", N_("mail: the account's own, to which messages go")},
    {"url", "URL",
     N_("sql: sqlite:FILE or postgresql://host[,host]/database; commerceml: a site's "
        "script, https://shop.example/bitrix/admin/1c_exchange.php; enterprisedata: a "
        "published base, http://user@host/base (its web service) or .../base/hs (its "
        "HTTP service)")},
    {"serve", NULL, N_("commerceml: this node is the site, 1C comes to http_endpoint")},
    {"user", "NAME", N_("commerceml: whom the site lets in")},
    {"intranet", "URL", N_("commerceml: a portal's script for the company's structure")},
    {"batch", "N", N_("sql: objects of one transaction (default 20000)")},
    {"password-file", "FILE", N_("the server's password, alone in a file")},
    {"ca-file", "FILE",
     N_("whom its certificate must be of (PEM), for https, ftps, ftpes and mail")},
    {"poll", "TIME", N_("how often to look: 30s (default; sql: 1s), 5m, 1h")},
    {"zip", NULL, N_("write archives; they are read anyway")},
    {"no-zip", NULL, N_("write plain files")},
    {"mapping", "FILE",
     N_("kd2, enterprisedata, commerceml: which objects and names of ours are which of "
        "theirs")},
    {"base-plan", "NAME", N_("kd2: what the base calls the plan, when not as we do")},
    {"as", "CODE", N_("our code in the base's plan, when it is another one")},
    {"base-code", "CODE",
     N_("enterprisedata: how the base calls itself, when not by --node")},
    {"prefix", "PREFIX", N_("enterprisedata: our prefix; a code of two letters is one")},
    {"versions", "LIST", N_("enterprisedata: those that we offer, \"1.8,1.17\"; all")},
    {"incoming", "MASK", N_("other names of what comes; \"\" for the usual")},
    {"outgoing", "NAME", N_("another name of what goes; \"\" for the usual")},
    {"archive-files", "N", N_("keep so many packages (default 100; 0: none)")},
    {"archive-size", "MIB", N_("and no more than so much (default 1024)")},
    {NULL, NULL, NULL}};

static const struct fl_option ENDPOINT_POLL[] = {
    {"full", NULL, N_("to a site: everything once more, not only what changed")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"endpoint", "add", "", N_("exchange files with a 1C base"),
     N_("The base is a node of an exchange plan and drops its messages into a directory "
        "or\n"
        "on a server; filiald looks there, applies what is new and writes the answer. "
        "What\n"
        "is registered for the base goes into each message until the base confirms it.\n"
        "\n"
        "  filial endpoint add --node БП --format v8msg --directory /srv/exchange\n"
        "  filial endpoint add --plan Филиалы --node БП --format v8msg --zip --poll 5m "
        "\\\n"
        "      --ftp ftp://exchange@files.example/bp --password-file /etc/filial/bp.ftp\n"
        "\n"
        "In a mail drop 1C sends mails to the account itself and reads the newest.\n"
        "imaps, pop3s and smtps are TLS from the first byte; imap, pop3 and smtp ask "
        "for\n"
        "it, and do without on this machine alone:\n"
        "\n"
        "  filial endpoint add --node БП --format v8msg --zip \\\n"
        "      --mail imaps://obmen%40firm.example@imap.firm.example/INBOX \\\n"
        "      --smtp smtps://obmen%40firm.example@smtp.firm.example \\\n"
        "      --mail-address obmen@firm.example --password-file /etc/filial/obmen\n"
        "\n"
        "By POP3 it is --mail pop3s://obmen%40firm.example@pop.firm.example. There the\n"
        "account is to be of the exchange alone: its last 64 mails are looked at.\n"
        "\n"
        "In 1C the same directory, server or account is set in the exchange settings of\n"
        "the node. A file that is not whole yet is waited for; one that cannot be taken\n"
        "is kept in DIR/endpoints, and `filial endpoint show CODE` says why.\n"
        "\n"
        "With a shop, a CRM system or a portal it speaks CommerceML as 1C does, or is\n"
        "itself the site that 1C comes to (.../bitrix/admin/1c_exchange.php):\n"
        "\n"
        "  filial endpoint add --node CRM --format commerceml --mapping demo.map \\\n"
        "      --url https://crm.example/bitrix/admin/1c_exchange.php \\\n"
        "      --user exchange --password-file crm.password --poll 5m\n"
        "  filial endpoint add --node УТ --format commerceml --mapping ut11.map --serve "
        "\\\n"
        "      --user exchange --password-file ut.password\n"
        "\n"
        "EnterpriseData is what Бухгалтерия 3.0, УТ 11, ERP, Розница, УНФ and CRM "
        "exchange\n"
        "by; both sides say first what they can, then the highest version that both have "
        "is\n"
        "used. The code of a base is what it calls itself, letters or a GUID:\n"
        "\n"
        "  filial endpoint add --node БП --as ФЛ --format enterprisedata --directory DIR "
        "\\\n"
        "      --mapping deploy/mappings/enterprisedata/demonstration.xml\n"
        "\n"
        "With format sql everything here lies in tables too, of SQLite or PostgreSQL:\n"
        "\n"
        "  filial endpoint add --format sql --url sqlite:/srv/filial/mirror.db\n"
        "  filial endpoint add --format sql --url postgresql://filial@db1,db2/mirror \\\n"
        "      --password-file /etc/filial/mirror.password --partition branch\n"
        "\n"
        "A table for each type and section, and beside it a view (v_...) with "
        "references\n"
        "in words. `filial endpoint show SQL` says how far it is; node/mirror/README.md\n"
        "what lies where."),
     0, 0, FL_COMMAND_WRITES, ENDPOINT_ADD, fl_command_endpoint_add},
    {"endpoint", "list", "", N_("all endpoints and how they stand"),
     N_("One line for each: the last package of each direction, and what is wrong."), 0,
     0, 0, NULL, fl_command_endpoint_list},
    {"endpoint", "show", "CODE", N_("one endpoint in full, in words"),
     N_("Settings, numbers, the file that was judged last and why."), 1, 1, 0, NULL,
     fl_command_endpoint_show},
    {"endpoint", "change", "CODE", N_("another place, period or archive"),
     N_("Only what is given changes.\n"
        "\n"
        "  filial endpoint change БП --poll 5m --zip"),
     1, 1, FL_COMMAND_WRITES, ENDPOINT_CHANGE, fl_command_endpoint_change},
    {"endpoint", "remove", "CODE", N_("exchange no more files with it"),
     N_("The node stays in the plan, with its numbers and what is registered for it:\n"
        "`filial node revoke CODE` ends the exchange itself. The archive stays too."),
     1, 1, FL_COMMAND_WRITES, NULL, fl_command_endpoint_remove},
    {"endpoint", "settings", "CODE FILE", N_("write «настройки подключения» for 1C"),
     N_("The file that the setup of a synchronisation in 1C reads to know its other "
        "side:\n"
        "plan, codes, prefix, and the directory or the FTP server as they are called "
        "here.\n"
        "The password is not in it. A name that ends in .json makes the form of newer\n"
        "libraries (2.0), which also says what is exchanged in which version. What 1C "
        "writes\n"
        "of either kind, in its own setup, is read by `filial endpoint add`:\n"
        "\n"
        "  filial endpoint settings БП connection.xml\n"
        "  filial endpoint add --settings from-1c.xml --mapping ours.xml --password-file "
        "FILE"),
     2, 2, FL_COMMAND_ACTS, NULL, fl_command_endpoint_settings},
    {"endpoint", "poll", "CODE", N_("look now, and read again what was refused"),
     N_("Waits for the end and shows how the endpoint stands. The exit status is 1 when "
        "it\n"
        "is not well.\n"
        "\n"
        "  filial endpoint poll CRM --full"),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, ENDPOINT_POLL, fl_command_endpoint_poll},
    {"endpoint", "doubts", "CODE", N_("objects of a base that may be ours already"),
     N_("What comes with an unknown identity is looked for by the search fields of the\n"
        "mapping. Where several of ours are alike nobody is taken: it is a new object, "
        "and\n"
        "stands here until `filial endpoint match` says who it is."),
     1, 1, 0, NULL, fl_command_endpoint_doubts},
    {"endpoint", "match", "CODE THEIRS [OURS]", N_("say who an object of a base is"),
     N_("From now on THEIRS, as the base calls it, is OURS here. Without OURS it is "
        "itself,\n"
        "a new object. What was made of it meanwhile stays, and may be marked for "
        "deletion.\n"
        "\n"
        "  filial endpoint match БП Catalog.Контрагенты:UUID Catalog.Контрагенты:UUID"),
     2, 3, FL_COMMAND_WRITES, NULL, fl_command_endpoint_match},
    {"endpoint", "held", "CODE", N_("objects that could not be written for a base"),
     N_("They do not fit the format or the version that is spoken, and wait: each "
        "message\n"
        "tries them again."),
     1, 1, 0, NULL, fl_command_endpoint_held},
};

const struct fl_command_table fl_command_endpoint_table = {
    TABLE, sizeof TABLE / sizeof TABLE[0]};
