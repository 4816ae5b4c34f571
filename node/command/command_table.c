#include "command_table.h"

#include "language.h"

/* Every command there is: a line of this table is its word, its usage and its help. */

static const struct fl_option INIT[] = {
    {"code", "CODE", N_("the node's code in the plan, as in 1C; required")},
    {"name", "NAME", N_("the node's name for people")},
    {"configuration", "DIR", N_("a configuration dump to load, as configuration load")},
    {"plan", "PLAN", N_("the exchange plan (default Филиалы)")},
    {"parent", "none", N_("says that this is the centre; nothing else is needed for it")},
    {"allow-any-file-system", NULL,
     N_("take a file system other than ext4 and xfs, and note it in node.conf")},
    {NULL, NULL, NULL}};

static const struct fl_option INVITE[] = {
    {"name", "NAME", N_("the name of the new node for people")},
    {"plan", "PLAN", N_("for another plan than the node's own")},
    {"expires", "TIME", N_("how long it is good: 30m, 72h, 7d (default 72h)")},
    {"auto-approve", NULL,
     N_("let in whoever uses it, without a look at the fingerprint")},
    {"file", "FILE", N_("write it into a file, for a stick")},
    {NULL, NULL, NULL}};

static const struct fl_option NODE_ADD[] = {
    {"format", "v8msg", N_("v8msg: a 1C base that exchanges Message_A_B.xml; required")},
    {"name", "NAME", N_("the name of the base for people")},
    {"role", "ROLE", N_("parent, child or equal (default): who wins a collision")},
    {"directory", "DIR", N_("where its packages are exchanged (for export)")},
    {"plan", "PLAN", N_("another plan than the node's own")},
    {NULL, NULL, NULL}};

static const struct fl_option PREDEFINED[] = {
    {"create", NULL, N_("make the objects that are missing")},
    {NULL, NULL, NULL}};

static const struct fl_option FORCE[] = {
    {"force", NULL, N_("also when something waits for it")},
    {NULL, NULL, NULL}};

static const struct fl_option IMPORT[] = {
    {"format", "FORMAT",
     N_("v8msg (default), kd2, enterprisedata, 1cv8dtud: all data of a base; a table: "
        "csv, xlsx, xls, dbf, mdb; a bank statement: clientbank")},
    {"map", "FILE", N_("which column is which attribute; required for tables")},
    {"mapping", "FILE",
     N_("kd2, enterprisedata: which objects and names of ours are which of theirs")},
    {"rules", "FILE", N_("kd2: or ПравилаОбмена whose destination we are")},
    {"unmarked", NULL, N_("kd2: what references make is not marked for deletion")},
    {"suggest", NULL, N_("write a first mapping for a table, import nothing")},
    {"dry-run", NULL, N_("show each row: new, changed, equal or refused; write nothing")},
    {"skip-refused", NULL, N_("take the other rows although some are refused")},
    {"type", "TYPE", N_("the type that a mapping is suggested for; else guessed")},
    {"sheet", "NAME", N_("the sheet of a workbook, the table of a database; the first")},
    {"encoding", "NAME", N_("UTF-8, windows-1251 or cp866; else guessed, and stated")},
    {NULL, NULL, NULL}};

static const struct fl_option EXPORT[] = {
    {"format", "FORMAT",
     N_("v8msg (default), kd2, enterprisedata, 1cv8dtud: all data, for nobody by name; "
        "csv, xlsx: "
        "objects of "
        "--type; clientbank: payment orders by --map")},
    {"xdto", NULL,
     N_("1cv8dtud: as the processing of 8.2 and 8.3 reads it, predefined items by name")},
    {"type", "TYPE", N_("the objects that a table has")},
    {"map", "FILE", N_("the mapping of payment orders, deploy/demo/orders.map is one")},
    {"mapping", "FILE",
     N_("kd2, enterprisedata: which objects and names of ours are which of theirs")},
    {"since", "DAY", N_("kd2: no documents before this day")},
    {"until", "DAY", N_("kd2: and none after this one")},
    {"english", NULL, N_("kd2: for a base with an English interface, with such tags")},
    {"account", "NUMBER", N_("our account, in the header of payment orders")},
    {"version", "VERSION",
     N_("of payment orders: 1.01, 1.02 or 1.03 (default); enterprisedata: \"1.8\", else "
        "the newest")},
    {"where", "Attr=Value",
     N_("only orders of objects with this value; may be repeated")},
    {"encoding", "NAME", N_("of payment orders: windows-1251 (default), cp866 or UTF-8")},
    {"to", "CODE", N_("the node that the package is for; required for v8msg")},
    {"all", NULL, N_("everything of the plan, not only what is registered")},
    {"directory", "DIR", N_("write DIR/Message_<our code>_<CODE>.xml")},
    {NULL, NULL, NULL}};

static const struct fl_option SYNC_NOW[] = {
    {"urgent", NULL,
     N_("also when no window of the calendar is open; and bases, sites and mirrors "
        "beside this node too, before and after the parent")},
    {"timeout", "TIME",
     N_("how long to wait for the round to end (default 60s); with --urgent for each")},
    {NULL, NULL, NULL}};

static const struct fl_option COMPARE[] = {
    {"type", "TYPE", N_("only objects of this type")},
    {"repair", NULL, N_("register what differs, so that the next rounds make it equal")},
    {NULL, NULL, NULL}};

static const struct fl_option STATUS[] = {
    {"counts", NULL, N_("objects per type instead, and their total")},
    {"hash", NULL, N_("the hash over all content alone: equal for equal nodes")},
    {"check", NULL,
     N_("for scripts: only what is wrong; exit status 0 all is well, 3 somebody should "
        "look, 4 this node does not work")},
    {"nodes", NULL, N_("a row for each node too")},
    {"late", "DURATION", N_("who is silent for longer is late (default 1d)")},
    {NULL, NULL, NULL}};

static const struct fl_option COLLISION_LIST[] = {
    {"open", NULL, N_("only those that wait for a person")},
    {"after", "ID", N_("only those behind this one")},
    {"limit", "N", N_("at most so many (default 100; 0: all)")},
    {NULL, NULL, NULL}};

static const struct fl_option COLLISION_RESOLVE[] = {
    {"take", "ATTRIBUTE", N_("this of the other version; may be repeated")},
    {"by", "NAME", N_("who decides (default: the user's name)")},
    {"force", NULL, N_("also when the object was changed since")},
    {NULL, NULL, NULL}};

static const struct fl_option PLAN_CREATE[] = {
    {"tree", NULL, N_("nodes with parents and children; without it nodes are equal")},
    {NULL, NULL, NULL}};

static const struct fl_option PLAN[] = {
    {"plan", "PLAN", N_("another plan than the node's own")},
    {NULL, NULL, NULL}};

static const struct fl_option FILTER_IMPORT[] = {
    {"plan", "PLAN", N_("another plan than the node's own")},
    {"take", NULL, N_("take them over; without it they are only shown")},
    {NULL, NULL, NULL}};

static const struct fl_option FILTER_VALUE[] = {
    {"plan", "PLAN", N_("another plan than the node's own")},
    {"remove", NULL, N_("remove the list; without any the node is not limited")},
    {NULL, NULL, NULL}};

static const struct fl_option PLAN_SET[] = {
    {"plan", "PLAN", N_("another plan than the node's own")},
    {"collision", "RULE", N_("who wins: parent, child, or hand: listed as open")},
    {"ban-until", "DAY", N_("nothing of this day and earlier is imported; or none")},
    {NULL, NULL, NULL}};

static const struct fl_option PLAN_RULE[] = {
    {"plan", "PLAN", N_("another plan than the node's own")},
    {"collision", "RULE", N_("who wins: plan (as the plan says), parent, child, hand")},
    {"auto-record", "yes|no", N_("no: changes are registered by hand only")},
    {"send", "HOW", N_("to all but the parent: as-is, deletion, or never")},
    {"receive", "HOW",
     N_("from all but the parent: auto (the collision rule decides), accept, ignore, or "
        "return: ignore and send ours back")},
    {"ban-until", "DAY", N_("nothing of this day and earlier is imported; or none")},
    {NULL, NULL, NULL}};

static const struct fl_option REGISTER[] = {
    {"for", "CODE", N_("the node that it is for; may be repeated")},
    {"for-all", NULL, N_("for every node")},
    {"all", NULL, N_("everything that the plan has")},
    {NULL, NULL, NULL}};

static const struct fl_option DECIDER[] = {
    {"by", "NAME", N_("who decides (default: the user's name)")},
    {NULL, NULL, NULL}};

static const struct fl_option QUARANTINE_DROP[] = {
    {"yes", NULL, N_("it is meant; without it nothing is dropped")},
    {"by", "NAME", N_("who decides (default: the user's name)")},
    {NULL, NULL, NULL}};

static const struct fl_option STORE_ADOPT[] = {
    {"moved", NULL, N_("it was moved here, and the original is gone")},
    {"restored", NULL, N_("it is a backup or a copy: a new incarnation, on record")},
    {"by", "NAME", N_("who decides (default: the user's name)")},
    {NULL, NULL, NULL}};

static const struct fl_option HTTP_TOKEN[] = {
    {"reader", NULL, N_("the one that may only look")},
    {NULL, NULL, NULL}};

static const struct fl_command TABLE[] = {
    {"init", NULL, "DIR", N_("make a new node in DIR"),
     N_("Makes DIR with node.conf, keys and an empty store. The keys never leave it.\n"
        "\n"
        "  filial init /var/lib/filial --code Ф01 --name \"Магазин на Тверской\" \\\n"
        "      --configuration /srv/dump\n"
        "  filial init /var/lib/filial --code ЦО --parent none       the centre\n"
        "\n"
        "A branch then joins its parent with an invitation: filial help join"),
     1, 1, FL_COMMAND_NO_NODE | FL_COMMAND_ACTS, INIT, fl_command_init},
    {"invite", NULL, "CODE", N_("make an invitation for a new child node"),
     N_("Prints a token that works once, for the node with this code, until it expires.\n"
        "Give it to whoever sets the branch up; there it is used by `filial join "
        "TOKEN`.\n"
        "The node then waits until somebody has compared its fingerprint: `filial node\n"
        "waiting`; with --auto-approve whoever has the invitation is let in.\n"
        "\n"
        "  filial invite Ф01 --name \"Магазин на Тверской\" --expires 24h\n"
        "  filial invite Ф01 --file /mnt/stick/Ф01.invitation\n"
        "  filial invite Ф02 --plan Сайт             an equal node of a side plan"),
     1, 1, FL_COMMAND_WRITES, INVITE, fl_command_invite},
    {"join", NULL, "TOKEN|FILE", N_("join the parent that made the invitation"),
     N_("Connects to the parent, proves that this node has its keys, and takes over the\n"
        "installation and the plan. Works with filiald running or stopped. FILE has the\n"
        "invitation, or the parent's answer. Without a line:\n"
        "\n"
        "  filial join filial1:...\n"
        "  filial join Ф01.invitation --request Ф01.request   to the parent, on a stick\n"
        "  filial node accept Ф01.request Ф01.answer          there, and back\n"
        "  filial join Ф01.answer"),
     1, 1, FL_COMMAND_WRITES, fl_command_join_options, fl_command_join},
    {"node", "list", "", N_("the nodes that this one exchanges with"),
     N_("Each peer with its role, format, message numbers and what waits for it."), 0, 0,
     0, NULL, fl_command_node_list},
    {"node", "add", "CODE", N_("add a 1C base as a peer of the plan"),
     N_("A base with format v8msg exchanges packages Message_<from>_<to>.xml: see\n"
        "`filial help import` and `filial help export`. Filial nodes are not added but\n"
        "invited: `filial help invite`.\n"
        "\n"
        "  filial node add БП01 --format v8msg --name \"Бухгалтерия магазина\""),
     1, 1, FL_COMMAND_WRITES, NODE_ADD, fl_command_node_add},
    {"node", "waiting", "", N_("new nodes that wait until somebody lets them in"),
     N_("Each with the fingerprint of its key. Call the people there, let them read\n"
        "theirs (`filial key show`), and approve the node when both are the same."),
     0, 0, 0, NULL, fl_command_node_waiting},
    {"node", "approve", "CODE [FINGERPRINT...]", N_("let a node in that waits"),
     N_("The fingerprint as it was read over the telephone; case, spaces and hyphens do\n"
        "not matter. Another one changes nothing.\n"
        "\n"
        "  filial node approve Ф01 BC1F 02AD 77E0 1234 9A9A 0001 FFFF 1010"),
     1, 9, FL_COMMAND_WRITES, fl_command_node_approve_options, fl_command_node_approve},
    {"node", "reject", "CODE", N_("turn a node away that waits"),
     N_("Its invitation is used up. The code is free for another invitation."), 1, 1,
     FL_COMMAND_WRITES, NULL, fl_command_node_reject},
    {"node", "accept", "REQUEST ANSWER", N_("answer the request file of a new node"),
     N_("The same as by the line, for a branch that has none yet. The node waits for\n"
        "approval as others do. The exit status is 1 when the answer is a refusal.\n"
        "\n"
        "  filial node accept /mnt/stick/Ф01.request /mnt/stick/Ф01.answer"),
     2, 2, FL_COMMAND_WRITES, NULL, fl_command_node_accept},
    {"node", "revoke", "CODE", N_("end the exchange with a node for good"),
     N_("Its keys are refused from now on. A stolen or lost branch is revoked."), 1, 1,
     FL_COMMAND_WRITES, NULL, fl_command_node_revoke},
    {"node", "suspend", "CODE", N_("stop the exchange with a node until it is resumed"),
     N_("It hears so at once, if it is connected. What is registered for it is kept.\n"
        "\n"
        "  filial node suspend Ф01\n"
        "  filial node resume Ф01         goes on"),
     1, 1, FL_COMMAND_WRITES, NULL, fl_command_node_suspend},
    {"node", "resume", "CODE", N_("go on with a suspended node"),
     N_("What was registered meanwhile is sent in the next round."), 1, 1,
     FL_COMMAND_WRITES, NULL, fl_command_node_resume},
    {"node", "leave", "CODE", N_("leave the parent, or a side plan"),
     N_("This node works on by itself, as a root. With a new invitation it joins "
        "another\n"
        "parent of the same tree and sends only what the tree has not got yet:\n"
        "\n"
        "  filial sync now && filial node leave ЦО\n"
        "  filial join filial1:...\n"
        "\n"
        "What is changed before the first round with the new parent may collide with "
        "what\n"
        "that one sends; both versions are on record then."),
     1, 1, FL_COMMAND_WRITES, FORCE, fl_command_node_leave},
    {"node", "remove", "CODE", N_("forget a revoked node, so that its code is free"),
     N_("Its position is forgotten: should it come again, it gets everything."), 1, 1,
     FL_COMMAND_WRITES, NULL, fl_command_node_remove},
    {"node", "role", "CODE parent|child", N_("change who is the parent of the two"),
     N_("As УстановитьГлавныйУзел in 1C; to be said on both sides.\n"
        "\n"
        "  filial node role Ф01 parent    at the centre: Ф01 is its parent from now on\n"
        "  filial node role ЦО child      at Ф01"),
     2, 2, FL_COMMAND_WRITES, FORCE, fl_command_node_role},
    {"node", "explain", "CODE", N_("what is with a node, and what to do about it"),
     N_("Tells who it is, how far both are with each other, what happened to it "
        "(restored,\n"
        "held, refused, put aside) and what is to be done next."),
     1, 1, 0, NULL, fl_command_node_explain},
    {"node", "release", "CODE", N_("let a node go on that was held"),
     N_("A node is held when it and a copy of it are alive, when a message of it "
        "changes\n"
        "unusually much, or when it is a parent that was restored without a record. See\n"
        "`filial node explain CODE` first.\n"
        "\n"
        "  filial node release Ф01 --by \"Анна\""),
     1, 1, FL_COMMAND_WRITES, DECIDER, fl_command_node_release},
    {"configuration", "load", "DIR",
     N_("take object types from a configuration dump of 1C"),
     N_("DIR is what the Designer writes by \"Dump configuration to files\": it holds\n"
        "Configuration.xml. Load a new one at the root of the tree: it travels down by\n"
        "itself, and what was written under the old one stays readable. A branch that "
        "has\n"
        "not got it yet can send all the same.\n"
        "\n"
        "  filial configuration load /srv/dump"),
     1, 1, FL_COMMAND_WRITES, NULL, fl_command_configuration_load},
    {"configuration", "learn", "FILE...",
     N_("take object types from packages, when there is no dump"),
     N_("Reads real packages of 1C and derives types, attributes and their kinds: of "
        "all\n"
        "files together, so give all that there are. A type that is known already stays\n"
        "as it is; what its objects have beside goes through as it comes.\n"
        "\n"
        "  filial configuration learn Message_БП_Ф01.xml base.xml"),
     1, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES, NULL, fl_command_configuration_learn},
    {"configuration", "show", "[TYPE]", N_("the object types, or one of them in full"),
     N_("  filial configuration show\n"
        "  filial configuration show Catalog.Контрагенты"),
     0, 1, 0, NULL, fl_command_configuration_show},
    {"configuration", "predefined", "[TYPE]",
     N_("predefined items, and which objects here are theirs"),
     N_("--create makes those that are missing: for a tree without a 1C base, once, at\n"
        "its centre. Beside a base they come from there, and its refs hold.\n"
        "\n"
        "  filial configuration predefined Catalog.Валюты\n"
        "  filial object get Catalog.Валюты.Рубль"),
     0, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, PREDEFINED,
     fl_command_configuration_predefined},
    {"configuration", "diff", "OLD NEW",
     N_("what changed between two, and what it means for data"),
     N_("Both are folders: what the Designer wrote by \"Dump configuration to files\", "
        "or a\n"
        "project of 1C:EDT. Nothing is loaded.\n"
        "\n"
        "  filial configuration diff /srv/dump-2025 /srv/dump-2026"),
     2, 2, FL_COMMAND_NO_NODE | FL_COMMAND_ACTS, NULL, fl_command_configuration_diff},
    {"plan", "list", "", N_("the exchange plans of this node"),
     N_("Its own plan, the tree that it belongs to, and its side plans."), 0, 0, 0, NULL,
     fl_command_plan_list},
    {"plan", "show", "[PLAN]", N_("the types of a plan and the rule of each"),
     N_("\"registered\" says whether a change of the type is registered by itself; \"in "
        "1C\"\n"
        "what AutoRecord says in the configuration. There Deny means that 1C's handlers\n"
        "register; here the filter does."),
     0, 1, 0, NULL, fl_command_plan_show},
    {"plan", "create", "NAME [TYPE...]", N_("make a side plan"),
     N_("For nodes that exchange beside the tree: two branches, a site. Without types\n"
        "those that the configuration gives a plan of this name, or all.\n"
        "\n"
        "  filial plan create Сайт Catalog.Номенклатура Catalog.Контрагенты\n"
        "  filial invite Ф02 --plan Сайт"),
     1, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES, PLAN_CREATE, fl_command_plan_create},
    {"plan", "set", "", N_("change what holds for all types of a plan"),
     N_("At the root of the tree; it travels down by itself.\n"
        "\n"
        "  filial plan set --collision hand\n"
        "  filial plan set --ban-until 2025-12-31"),
     0, 0, FL_COMMAND_WRITES, PLAN_SET, fl_command_plan_set},
    {"plan", "add", "TYPE...", N_("let types travel"),
     N_("At the root of the tree. What exists already is sent when it changes next,\n"
        "or at once: `filial register TYPE --for-all`.\n"
        "\n"
        "  filial plan add Catalog.Валюты InformationRegister.КурсыВалют"),
     1, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES, PLAN, fl_command_plan_add},
    {"plan", "remove", "TYPE...", N_("let types travel no more"),
     N_("At the root of the tree. What other nodes have of them stays there."), 1,
     FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES, PLAN, fl_command_plan_remove},
    {"plan", "rule", "TYPE", N_("change what holds for one type of a plan"),
     N_("At the root of the tree; what is not given stays as it is.\n"
        "\n"
        "  filial plan rule Catalog.Контрагенты --collision child\n"
        "  filial plan rule Document.СчетНаОплатуПокупателю --auto-record no --ban-until "
        "2025-12-31\n"
        "\n"
        "As in 1C a change is registered when it is written: what was written under the\n"
        "one --auto-record stays registered, or not, under the other."),
     1, 1, FL_COMMAND_WRITES, PLAN_RULE, fl_command_plan_rule},
    {"filter", "import", "FILE", N_("take over registration rules of 1C"),
     N_("FILE is RegistrationRules.xml of \"Data conversion\". A rule that only "
        "compares\n"
        "attributes becomes a filter; a section of the node is the list of the same "
        "name.\n"
        "Program text of 1C is named and never run.\n"
        "\n"
        "  filial filter import RegistrationRules.xml          what would be taken\n"
        "  filial filter import RegistrationRules.xml --take"),
     1, 1, FL_COMMAND_WRITES, FILTER_IMPORT, fl_command_filter_import},
    {"filter", "set", "TYPE EXPRESSION", N_("which objects of a type a node below gets"),
     N_("At the root of the tree; it travels down by itself. Attributes are compared "
        "with\n"
        "values, or with lists that each node has ($name); one reference is looked "
        "through.\n"
        "What a node gets or loses by it is sent or withdrawn.\n"
        "\n"
        "  filial filter set Document.СчетНаОплатуПокупателю 'Организация in "
        "$организации'\n"
        "  filial filter set Document.СчетНаОплатуПокупателю 'Контрагент.ИНН in $инн and "
        "Posted = true'"),
     2, 2, FL_COMMAND_WRITES, PLAN, fl_command_filter_set},
    {"filter", "clear", "TYPE", N_("let every node below get a type"),
     N_("At the root of the tree."), 1, 1, FL_COMMAND_WRITES, PLAN,
     fl_command_filter_clear},
    {"filter", "value", "CODE NAME [VALUE...]", N_("give a node below a list of values"),
     N_("For the filters of this node's own children; the list may be there before the "
        "node.\n"
        "A node without lists gets everything; one with an empty list gets nothing by "
        "it.\n"
        "\n"
        "  filial filter value Ф01 организации Catalog.Организации:UUID\n"
        "  filial filter value Ф01 склады --remove"),
     2, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES, FILTER_VALUE, fl_command_filter_value},
    {"filter", "show", "[CODE]", N_("the filters of a plan, or the lists of a node"),
     N_("  filial filter show\n"
        "  filial filter show Ф01"),
     0, 1, 0, PLAN, fl_command_filter_show},
    {"filter", "explain", "CODE OBJECT", N_("why an object goes to a node, or does not"),
     N_("  filial filter explain Ф01 Document.СчетНаОплатуПокупателю:UUID"), 2, 2, 0,
     NULL, fl_command_filter_explain},
    {"import", NULL, "FILE", N_("take in a package of a 1C base"),
     N_("Reads a message of the exchange plan (v8msg) and applies it. The whole file is\n"
        "read and checked first: a file that is broken, for another node or plan, or of "
        "a\n"
        "number that was accepted already is refused and nothing is changed.\n"
        "\n"
        "With --format csv, xlsx, xls, dbf or mdb a table, with clientbank a bank "
        "statement:\n"
        "a mapping names the type, the key fields by which a row finds its object, and "
        "what\n"
        "each column becomes. A second import updates. Refused rows are listed with "
        "their\n"
        "lines, and nothing is written then. Who gives up (Ctrl-C) while it is read has\n"
        "written nothing; once it is being written filiald writes all of it. When "
        "filiald\n"
        "stops, or none runs, what was written stays: the same import again writes the "
        "rest.\n"
        "\n"
        "A mapping, which --suggest begins:\n"
        "\n"
        "  type = Catalog.Контрагенты\n"
        "  key = ИНН                       what tells whether an object is here already\n"
        "  [columns]\n"
        "  Description = Наименование      an attribute, and the column by its name or "
        "#N\n"
        "  ИНН = ИНН | pad 10              conversions: upper, lower, digits, pad N,\n"
        "  Дата = Дата | date DD.MM.YY     default TEXT, map A=B, date FORMAT,\n"
        "  Контрагент = Клиент | ref ИНН   ref [TYPE by] ATTRIBUTE: the object with that "
        "value\n"
        "  Валюта = \"643\" | ref Code       a constant\n"
        "\n"
        "  filial import Message_БП01_Ф01.xml\n"
        "  filial import --format csv --suggest клиенты.csv > клиенты.map\n"
        "  filial import --format csv --map клиенты.map --dry-run клиенты.csv\n"
        "  filial import --format kd2 --mapping accounting8.xml from_1c.xml\n"
        "  filial import --format kd2 --rules Rules77.xml Export77.xml\n"
        "  filial import --format clientbank --map bank.map kl_to_1c.txt"),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, IMPORT, fl_command_import},
    {"export", NULL, "[FILE]", N_("write a package for a 1C base"),
     N_("Writes what is registered for the node and not confirmed, in its current "
        "state.\n"
        "The file appears whole, under its final name, after it was read back.\n"
        "\n"
        "  filial export --to БП01 --directory /srv/exchange\n"
        "  filial export --to БП01 --all package.xml\n"
        "  filial export --format xlsx --type Catalog.Контрагенты клиенты.xlsx\n"
        "  filial export --format kd2 --mapping accounting8.xml --since 2026-01-01 "
        "all.xml\n"
        "  filial export --format clientbank --map orders.map --where 'Комментарий=к "
        "оплате' \\\n"
        "      1c_to_kl.txt"),
     0, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, EXPORT, fl_command_export},
    {"batch", NULL, "< FILE", N_("write many objects in one durable transaction"),
     N_("Each line of standard input is a change in JSON. Either all are written or, "
        "when\n"
        "a line is wrong, none; the complaint names the line.\n"
        "\n"
        "  filial batch < changes.jsonl\n"
        "\n"
        "  {\"put\":\"Catalog.Валюты\",\"set\":{\"Code\":\"643\"}}          a new "
        "object\n"
        "  {\"put\":\"Catalog.Валюты:UUID\",\"set\":{\"Code\":\"643\"}}     changes this "
        "one\n"
        "  {\"put\":\"InformationRegister.КурсыВалют\",\"filter\":{\"Валюта\":\"...\"},\n"
        "   \"records\":[{\"Курс\":\"92.5\"}]}                      (on one line)\n"
        "  {\"delete\":\"Catalog.Валюты:UUID\"}"),
     0, 0, FL_COMMAND_WRITES | FL_COMMAND_DATA | FL_COMMAND_INPUT, NULL,
     fl_command_batch},
    {"register", NULL, "[OBJECT|TYPE...]", N_("send objects to a node once more"),
     N_("What a node has lost, or what the plan registers by hand only (auto-record "
        "no),\n"
        "goes with the next message, in its current state.\n"
        "\n"
        "  filial register Catalog.Валюты:UUID --for Ф01\n"
        "  filial register Catalog.Валюты --for-all\n"
        "  filial register --all --for БП01"),
     0, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES | FL_COMMAND_DATA, REGISTER,
     fl_command_register},
    {"unregister", NULL, "[OBJECT|TYPE...]", N_("do not send what waits for a node"),
     N_("Until the object changes again.\n"
        "\n"
        "  filial unregister Document.СчетНаОплатуПокупателю:UUID --for БП01"),
     0, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES | FL_COMMAND_DATA, REGISTER,
     fl_command_unregister},
    {"window", "add", "", N_("let nodes synchronise at certain times only"),
     N_("At the root of the tree; windows travel down by themselves, signed, and hold "
        "off "
        "line.\n"
        "Outside of its windows a node begins no round; one that runs when a window "
        "ends\n"
        "stops between two chunks and goes on later. A node without windows is free.\n"
        "\n"
        "  filial window group night Ф01 Ф02 Ф03\n"
        "  filial window add --group night --rule \"FREQ=DAILY\" --at 22:00 --for 4h "
        "--zone Europe/Moscow --rate 256k --spread 20m\n"
        "  filial window add --name stocktaking --blackout --from 2026-12-31 --at 00:00 "
        "--for 1d"),
     0, 0, FL_COMMAND_WRITES, fl_command_window_add_options, fl_command_window_add},
    {"window", "change", "NAME", N_("change a window: what is given, no more"),
     N_("  filial window change night --at 23:00 --for 3h\n"
        "  filial window change night --except 2027-01-01"),
     1, 1, FL_COMMAND_WRITES, fl_command_window_change_options, fl_command_window_change},
    {"window", "remove", "NAME...", N_("remove windows"),
     N_("A node that has none left synchronises whenever it likes."), 1,
     FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES, NULL, fl_command_window_remove},
    {"window", "list", "", N_("the windows and blackouts in force"),
     N_("Also at a branch, and off line: as they came last. Times are local in their "
        "zone."),
     0, 0, 0, NULL, fl_command_window_list},
    {"window", "show", "NAME", N_("one window, its nodes, and when it comes next"),
     N_("  filial window show night"), 1, 1, 0, NULL, fl_command_window_show},
    {"window", "group", "[GROUP CODE...]", N_("put nodes into a group, or show groups"),
     N_("  filial window group\n"
        "  filial window group night Ф01 Ф02\n"
        "  filial window group night Ф02 --remove"),
     0, FL_CALL_ARGUMENTS_MAX, FL_COMMAND_WRITES | FL_COMMAND_BARE,
     fl_command_window_group_options, fl_command_window_group},
    {"window", "plan", "",
     N_("what comes in the next days, and whether it can be served"),
     N_("Warns where more nodes are due than this one can serve in the window, by what "
        "a\n"
        "round has cost it so far.\n"
        "\n"
        "  filial window plan --days 7 --svg week.svg\n"
        "  filial window plan --for Ф01"),
     0, 0, 0, fl_command_window_plan_options, fl_command_window_plan},
    {"window", "import", "FILE", N_("take windows from a calendar (.ics)"),
     N_("Every event becomes a window of its SUMMARY; one of that name is replaced, "
        "several\n"
        "of one name in the file are numbered.\n"
        "\n"
        "  filial window import holidays.ics --blackout --zone Europe/Moscow"),
     1, 1, FL_COMMAND_WRITES, fl_command_window_import_options, fl_command_window_import},
    {"window", "export", "FILE", N_("write the windows as a calendar (.ics)"),
     N_("For calendar programs; window import takes it back.\n"
        "\n"
        "  filial window export windows.ics"),
     1, 1, FL_COMMAND_ACTS, NULL, fl_command_window_export},
    {"sync", "now", "", N_("synchronise with the parent at once"),
     N_("Asks the running filiald for a round and waits for its end. The exit status is "
        "0\n"
        "when both sides have what the other had.\n"
        "\n"
        "With --urgent nothing waits for its window: the bases, sites and mirrors beside "
        "this\n"
        "node are asked and told first, then the parent, then they once more, since what "
        "came\n"
        "down is for them. One that does not answer is named, and keeps nobody else.\n"
        "\n"
        "  filial sync now --urgent --timeout 5m"),
     0, 0, FL_COMMAND_ACTS, SYNC_NOW, fl_command_sync_now},
    {"compare", NULL, "CODE", N_("find what this node and another have differently"),
     N_("Asks the parent or a child, while both go on working, and names the objects "
        "that differ.\n"
        "It sends little: 100 differences among 1,000,000 objects cost some 150 KB. What "
        "is on\n"
        "its way is no difference. The exit status is 1 when something differs.\n"
        "\n"
        "With --repair each of them is registered on the side whose version is kept, and "
        "travels\n"
        "in the next rounds; the exit status is 0 when all of them are.\n"
        "\n"
        "  filial compare Ф01\n"
        "  filial compare ЦО --type Catalog.Контрагенты --repair"),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, COMPARE, fl_command_compare},
    {"image", "create", "CODE FILE", N_("write everything for a node into a file"),
     N_("For a new branch behind a thin line: the file goes there on a disk, is loaded "
        "by\n"
        "`filial image load`, and the line goes on behind it. It holds the signed "
        "messages that the\n"
        "line would have carried; nobody else can load it. The branch has joined.\n"
        "\n"
        "  filial image create Ф01 /mnt/stick/Ф01.image"),
     2, 2, FL_COMMAND_WRITES | FL_COMMAND_DATA, NULL, fl_command_image_create},
    {"image", "load", "FILE", N_("take what `image create` wrote for this node"),
     N_("Everything in the file is checked before anything is applied. What this node "
        "has taken\n"
        "already is passed over, so a load that was broken off is begun again. filiald "
        "must not run.\n"
        "\n"
        "  filial image load /mnt/stick/Ф01.image"),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, NULL, fl_command_image_load},
    {"carry", "out", "DIR|URL", N_("write what waits for other nodes into files"),
     N_("Signed messages with all that each has not confirmed, and confirmations; lost, "
        "late and\n"
        "repeated files do no harm.\n"
        "\n"
        "  filial carry out /mnt/stick --for Ф01\n"
        "  filial carry out ftpes://filial@files.example/exchange --password-file FILE\n"
        "  filial carry out imaps://obmen%40firm.example@mail.example/INBOX "
        "--password-file FILE \\\n"
        "      --smtp smtps://obmen%40firm.example@mail.example --mail-address "
        "obmen@firm.example\n"
        "\n"
        "ftps:// is TLS from the first byte, ftpes:// asks for it on the usual port. "
        "Into "
        "a mail\n"
        "drop (imaps:// or pop3s://) each file goes as a mail; its 64 newest are looked "
        "at."),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, fl_command_carry_out_options,
     fl_command_carry_out},
    {"carry", "in", "DIR|URL", N_("take in what other nodes have written into files"),
     N_("The exit status is 1 when a file was refused; the others are taken all the "
        "same.\n"
        "\n"
        "  filial carry in /mnt/stick\n"
        "  filial carry in ftpes://filial@files.example/exchange --password-file FILE"),
     1, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, fl_command_carry_in_options,
     fl_command_carry_in},
    {"reload", NULL, "", N_("take over what was changed in node.conf"),
     N_("What a running filiald cannot take over is named, and then nothing is; `filial "
        "help\n"
        "settings` says which needs a new start.\n"
        "\n"
        "  filial reload"),
     0, 0, FL_COMMAND_ACTS, NULL, fl_command_reload},
    {"status", NULL, "", N_("who this node is, what it holds, and how far its peers are"),
     N_("First what somebody should look at, and what to do about it.\n"
        "\n"
        "  filial status\n"
        "  filial status --check --late 4h\n"
        "  filial status --counts\n"
        "  filial status --hash         equal for nodes with equal content"),
     0, 0, 0, STATUS, fl_command_status},
    {"collision", "list", "", N_("the collisions that were decided"),
     N_("One line for each; `filial collision show ID` shows both versions.\n"
        "\n"
        "  filial collision list --open\n"
        "  filial collision list --after 100"),
     0, 0, 0, COLLISION_LIST, fl_command_collision_list},
    {"collision", "show", "ID", N_("both versions of a collision, side by side"),
     N_("Only attributes that differ are shown.\n"
        "\n"
        "  filial collision show 1"),
     1, 1, 0, NULL, fl_command_collision_show},
    {"collision", "resolve", "ID ours|theirs", N_("decide a collision again"),
     N_("Writes the chosen version as a change of this node, which reaches the others\n"
        "like any change. The record keeps both versions, who decided and when. With\n"
        "--take single attributes, rows of a section and attributes of a row come from "
        "the\n"
        "other version, by the names that `filial collision show` gives them.\n"
        "\n"
        "  filial collision show 1\n"
        "  filial collision resolve 1 theirs\n"
        "  filial collision resolve 1 ours --take Description --take 'Товары[2].Цена'"),
     2, 2, FL_COMMAND_WRITES | FL_COMMAND_DATA, COLLISION_RESOLVE,
     fl_command_collision_resolve},
    {"quarantine", "list", "", N_("objects that came and could not be applied"),
     N_("They wait for a person; what changes them later waits with them. A transaction "
        "is\n"
        "held whole, its objects have the same group."),
     0, 0, 0, NULL, fl_command_quarantine_list},
    {"quarantine", "show", "ID", N_("one of them, in full"),
     N_("With its content, as far as the configuration explains it."), 1, 1, 0, NULL,
     fl_command_quarantine_show},
    {"quarantine", "retry", "[ID]", N_("try to apply them again"),
     N_("The transaction of ID, or all in their order. The origin stays what it was, "
        "and\n"
        "collisions are judged as of the time when it came. filiald does so by itself, "
        "once,\n"
        "when the program or the configuration is another one.\n"
        "\n"
        "  filial quarantine retry 17"),
     0, 1, FL_COMMAND_WRITES | FL_COMMAND_DATA, NULL, fl_command_quarantine_retry},
    {"quarantine", "drop", "ID", N_("give the transaction of one of them up"),
     N_("Who did so is put on record. `filial compare` finds what differs afterwards.\n"
        "\n"
        "  filial quarantine drop 17 --yes --by \"Анна\""),
     1, 1, FL_COMMAND_WRITES, QUARANTINE_DROP, fl_command_quarantine_drop},
    {"store", "check", "", N_("read the whole store and check every hash and invariant"),
     N_("Works while the node runs. The exit status is 1 when a problem was found."), 0,
     0, 0, NULL, fl_command_store_check},
    {"store", "backup", "DIR", N_("write a consistent copy of the store to DIR"),
     N_("Works while the node runs. The copy is checked value by value before it "
        "appears.\n"
        "Keys are not in it: back DIR/keys of the node up apart.\n"
        "\n"
        "  filial store backup /backup/filial-2026-01-31"),
     1, 1, FL_COMMAND_ACTS, NULL, fl_command_store_backup},
    {"store", "restore", "BACKUP", N_("put a backup in the place of the store"),
     N_("Needs filiald stopped. The backup is copied, checked and given a new "
        "incarnation,\n"
        "on a record signed with the node's key, which its children check; then it takes "
        "the\n"
        "place of the store, which is kept beside it. What the backup does not have "
        "comes "
        "back\n"
        "from the peers.\n"
        "\n"
        "  filial store restore /backup/filial-2026-01-31"),
     1, 1, FL_COMMAND_ALONE, DECIDER, fl_command_store_restore},
    {"store", "adopt", "", N_("say what a store is that was brought here"),
     N_("A store that finds itself on another machine or in another directory works, "
        "but\n"
        "synchronises with nobody until somebody says what it is. A parent whose store "
        "was\n"
        "put back by hand needs --restored too: its children follow nobody else.\n"
        "\n"
        "  filial store adopt --moved        the original is gone\n"
        "  filial store adopt --restored     a backup, or a copy whose original may "
        "live"),
     0, 0, FL_COMMAND_WRITES, STORE_ADOPT, fl_command_store_adopt},
    {"store", "compact", "", N_("give unused space back to the disk"),
     N_("Needs filiald stopped. The old file is kept until the new one was opened."), 0,
     0, FL_COMMAND_ALONE, NULL, fl_command_store_compact},
    {"key", "show", "", N_("the keys of this node, and how old they are"),
     N_("The fingerprint is what people compare over the telephone."), 0, 0, 0, NULL,
     fl_command_key_show},
    {"key", "rotate", "", N_("replace the keys of this node by new ones"),
     N_("They are used when every other node has noted them (`filial key show`), and the "
        "old\n"
        "ones count there for a while (key_overlap). Make unused invitations anew.\n"
        "\n"
        "  filial key rotate --finish     does not wait for nodes that are away"),
     0, 0, FL_COMMAND_WRITES, fl_command_key_rotate_options, fl_command_key_rotate},
    {"key", "statement", "FILE", N_("write the last change of keys into a file"),
     N_("For a node that was away meanwhile and is not let in: there `filial key "
        "accept`."),
     1, 1, FL_COMMAND_ACTS, NULL, fl_command_key_statement},
    {"key", "accept", "CODE FILE", N_("take the new keys of a node from a file"),
     N_("It must be signed by the key that is known of the node.\n"
        "\n"
        "  filial key accept ЦО /mnt/stick/ЦО.keys"),
     2, 2, FL_COMMAND_WRITES, NULL, fl_command_key_accept},
    {"key", "forget", "CODE", N_("the former keys of a node count no more, at once"),
     N_("When they may have been stolen; otherwise they end by themselves."), 1, 1,
     FL_COMMAND_WRITES, NULL, fl_command_key_forget},
    {"audit", "list", "", N_("who changed what: plans, rules, filters, keys, nodes"),
     N_("The newest first. \"open\" says that the end was never written: the machine "
        "stopped.\n"
        "\n"
        "  filial audit list --what \"filter set\"\n"
        "  filial audit list --before 1000 --limit 50"),
     0, 0, 0, fl_command_audit_list_options, fl_command_audit_list},
    {"audit", "verify", "", N_("check that nobody changed what the audit says"),
     N_("Note the head that is shown somewhere else (the log has it too); later it "
        "tells\n"
        "whether anything up to it was changed or removed. The exit status is 1 then.\n"
        "\n"
        "  filial audit verify --head 17:5f2c..."),
     0, 0, 0, fl_command_audit_verify_options, fl_command_audit_verify},
    {"audit", "export", "FILE", N_("write the audit into a file, a line of JSON each"),
     N_("  filial audit export /backup/audit.jsonl"), 1, 1, FL_COMMAND_ACTS, NULL,
     fl_command_audit_export},
    {"http", "token", "", N_("the token of HTTP for programs and the web page"),
     N_("The operator's token may do everything that filial does; the reader's may only\n"
        "look. Both lie in DIR/keys and are made when filiald starts with http_endpoint\n"
        "for the first time. Who has one and should not: remove the file and start\n"
        "filiald anew.\n"
        "\n"
        "  curl -H \"Authorization: Bearer $(filial http token --reader)\" \\\n"
        "      http://127.0.0.1:7480/metrics"),
     0, 0, FL_COMMAND_ACTS, HTTP_TOKEN, fl_command_http_token},
    {"version", NULL, "", N_("the version of this program"),
     N_("With the format of stores that it writes."), 0, 0, FL_COMMAND_NO_NODE, NULL,
     fl_command_version},
};

/* Nouns whose entries stand in their own rooms, behind those of this file. */
static const struct fl_command_table *const ROOMS[] = {
    &fl_command_endpoint_table, &fl_command_mapping_table, &fl_command_object_table,
    &fl_command_invoice_table,  &fl_command_report_table,  &fl_command_duplicate_table};

size_t fl_command_count(void)
{
    size_t count = sizeof TABLE / sizeof TABLE[0];
    for (size_t i = 0; i < sizeof ROOMS / sizeof ROOMS[0]; i++) {
        count += ROOMS[i]->count;
    }
    return count;
}

const struct fl_command *fl_command_at(size_t index)
{
    const size_t own = sizeof TABLE / sizeof TABLE[0];
    if (index < own) {
        return &TABLE[index];
    }
    index -= own;
    size_t room = 0;
    while (index >= ROOMS[room]->count) {
        index -= ROOMS[room]->count;
        room++;
        FL_ASSERT(room < sizeof ROOMS / sizeof ROOMS[0]);
    }
    return &ROOMS[room]->commands[index];
}
