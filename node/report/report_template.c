#include "report_template.h"

#include <string.h>

#include "language.h"
#include "print.h"
#include "report_guess.h"

enum {
    PAYMENTS_MAX = 16,
    DOCUMENTS_MAX = 400,
    FRACTION_MAX = 9, /* digits of a quantity that are told from nothing */
};

/* -- writing -- */

static void put_table(struct fl_buffer *sql, const struct fl_type *type)
{
    fl_print(sql, "{%s.%s}", fl_kind_name(type->kind), type->name);
}

static void put_column(
    struct fl_buffer *sql,
    const char *alias,
    const struct fl_type *type,
    const struct fl_attribute *attribute)
{
    fl_print(
        sql, "%s.{%s.%s:%s}", alias, fl_kind_name(type->kind), type->name,
        attribute->name);
}

/* A date as "2026-01-31". */
static void put_day(
    struct fl_buffer *sql,
    const char *alias,
    const struct fl_type *type,
    const struct fl_attribute *date)
{
    fl_print(sql, "substr(CAST(");
    put_column(sql, alias, type, date);
    fl_print(sql, " AS text), 1, 10)");
}

/* " AND it is true"; nothing where the type has no such attribute. */
static void put_flag(
    struct fl_buffer *sql,
    const char *alias,
    const struct fl_type *type,
    enum fl_role role,
    bool wanted)
{
    const struct fl_attribute *flag = fl_type_role(type, role);
    if (flag != NULL) {
        fl_print(sql, " AND CAST(");
        put_column(sql, alias, type, flag);
        fl_print(sql, " AS integer) = %d", wanted);
    }
}

/* What an attribute says in words: of an object that it refers to, its description. */
struct words {
    const char *alias;  /* of the table */
    const char *joined; /* of the table that has the words */
    const struct fl_type *type;
    const struct fl_attribute *attribute;
    const struct fl_type *of; /* NULL: its own value */
    const struct fl_attribute *words;
};

static struct words words_of(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const struct fl_attribute *attribute,
    const char *alias,
    const char *joined)
{
    struct words words = {
        .alias = alias, .joined = joined, .type = type, .attribute = attribute};
    const struct fl_type *of = fl_report_guess_referred(configuration, attribute);
    words.words = of == NULL ? NULL : fl_report_guess_words(of);
    words.of = words.words == NULL ? NULL : of;
    return words;
}

static void put_words(struct fl_buffer *sql, const struct words *words)
{
    if (words->of == NULL) {
        fl_print(sql, "COALESCE(CAST(");
        put_column(sql, words->alias, words->type, words->attribute);
        fl_print(sql, " AS text), '')");
        return;
    }
    fl_print(sql, "COALESCE(");
    put_column(sql, words->joined, words->of, words->words);
    fl_print(sql, ", '')");
}

static void put_join(struct fl_buffer *sql, const struct words *words)
{
    if (words->of != NULL) {
        fl_print(sql, " LEFT JOIN ");
        put_table(sql, words->of);
        fl_print(sql, " AS %s ON %s.\"_id\" = ", words->joined, words->joined);
        put_column(sql, words->alias, words->type, words->attribute);
    }
}

/* A node that nobody here exchanges with stands in `_branch` by its identity. */
static void put_branch(struct fl_buffer *sql)
{
    fl_print(sql, "COALESCE(c.branch, d.\"_branch\") AS \"branch\"");
}

static void put_branch_join(struct fl_buffer *sql)
{
    fl_print(sql, " LEFT JOIN filial_days AS c ON c.node = d.\"_branch\"");
}

static void put_period(struct fl_buffer *sql, const struct fl_type *type)
{
    const struct fl_attribute *date = fl_type_role(type, FL_ROLE_DATE);
    fl_print(sql, " WHERE 1 = 1");
    if (date != NULL) {
        fl_print(sql, " AND ");
        put_column(sql, "d", type, date);
        fl_print(sql, " >= {from} AND ");
        put_column(sql, "d", type, date);
        fl_print(sql, " < {to}");
    }
}

/* -- documents -- */

static void put_documents(struct fl_buffer *sql, const struct fl_type *type)
{
    const struct fl_attribute *date = fl_type_role(type, FL_ROLE_DATE);
    const struct fl_attribute *posted = fl_type_role(type, FL_ROLE_POSTED);
    fl_print(sql, "SELECT ");
    put_branch(sql);
    fl_print(sql, ", ");
    put_day(sql, "d", type, date);
    fl_print(sql, " AS \"day\", '%s' AS \"document\", ", type->name);
    if (posted == NULL) {
        fl_print(sql, "0");
    } else {
        fl_print(sql, "sum(CAST(");
        put_column(sql, "d", type, posted);
        fl_print(sql, " AS integer))");
    }
    fl_print(sql, " AS \"posted\", count(*) AS \"documents\" FROM ");
    put_table(sql, type);
    fl_print(sql, " AS d");
    put_branch_join(sql);
    put_period(sql, type);
    put_flag(sql, "d", type, FL_ROLE_DELETION_MARK, false);
    fl_print(sql, " GROUP BY 1, 2");
}

static enum fl_status make_documents(
    const struct fl_configuration *configuration,
    const struct fl_report_wishes *wishes,
    struct fl_buffer *out_sql,
    struct fl_error *out_error)
{
    const struct fl_type *only = NULL;
    size_t count = 0;
    enum fl_status status =
        wishes->type == NULL
            ? FL_OK
            : fl_report_guess_type(
                  configuration, FL_KIND_DOCUMENT, wishes->type, NULL, &only, out_error);
    for (size_t i = 0; i < configuration->type_count && status == FL_OK; i++) {
        const struct fl_type *type = &configuration->types[i];
        bool is_wanted = only != NULL ? only == type : type->kind == FL_KIND_DOCUMENT;
        if (is_wanted && fl_type_role(type, FL_ROLE_DATE) != NULL) {
            fl_print(out_sql, "%s", count++ == 0 ? "" : " UNION ALL ");
            put_documents(out_sql, type);
        }
    }
    fl_print(out_sql, " ORDER BY 1, 2, 3");
    if (status == FL_OK && count == 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "this configuration has no documents");
    }
    return status == FL_OK && count > DOCUMENTS_MAX
               ? fl_error_set(
                     out_error, FL_LIMIT,
                     "there are %zu types of documents; tell one of them by --type",
                     count)
               : status;
}

/* -- stock -- */

static const char *const WAREHOUSES[] = {"Склад", "МестоХранения", "Warehouse", NULL};
static const char *const GOODS[] = {"Номенклатура", "Товар", "Item", "Product", NULL};
static const char *const QUANTITIES[] = {"Количество", "ВНаличии", "Quantity", NULL};

struct stock {
    const struct fl_type *type;
    const struct fl_attribute *warehouse;
    const struct fl_attribute *item;
    const struct fl_attribute *sign;
    const struct fl_attribute *period;
    const struct fl_attribute *quantity;
};

static bool take_stock(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    struct stock *out_stock)
{
    *out_stock = (struct stock){
        .type = type,
        .warehouse = fl_report_guess_dimension(configuration, type, WAREHOUSES),
        .item = fl_report_guess_dimension(configuration, type, GOODS),
        .sign = fl_type_role(type, FL_ROLE_RECORD_TYPE),
        .period = fl_type_role(type, FL_ROLE_PERIOD)};
    return type->kind == FL_KIND_ACCUMULATION_REGISTER && out_stock->warehouse != NULL &&
           out_stock->item != NULL && out_stock->sign != NULL &&
           out_stock->period != NULL;
}

static enum fl_status find_stock(
    const struct fl_configuration *configuration,
    const char *wish,
    struct stock *out_stock,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    for (size_t i = 0; wish == NULL && i < configuration->type_count; i++) {
        if (take_stock(configuration, &configuration->types[i], out_stock)) {
            return FL_OK;
        }
    }
    enum fl_status status = fl_report_guess_type(
        configuration, FL_KIND_ACCUMULATION_REGISTER, wish, WAREHOUSES, &type, out_error);
    return status == FL_OK && !take_stock(configuration, type, out_stock)
               ? fl_error_set(
                     out_error, FL_NOT_FOUND,
                     "%s has no balance by warehouse and goods; tell another by --type",
                     type->name)
               : status;
}

/* Half of the least quantity that can be: SQLite adds binary fractions, and what came and
 * went in parts is not quite nothing there. */
static void put_half(struct fl_buffer *sql, const struct fl_attribute *quantity)
{
    bool is_any = quantity->type.number_digits == 0;
    uint32_t fraction = is_any ? FRACTION_MAX : quantity->type.number_fraction;
    fl_print(sql, "0.");
    for (uint32_t i = 0; i < fraction && i < FRACTION_MAX; i++) {
        fl_print(sql, "0");
    }
    fl_print(sql, "5");
}

static void put_balance(struct fl_buffer *sql, const struct stock *stock)
{
    fl_print(sql, "SUM(CASE WHEN ");
    put_column(sql, "r", stock->type, stock->sign);
    fl_print(sql, " = 'Receipt' THEN ");
    put_column(sql, "r", stock->type, stock->quantity);
    fl_print(sql, " ELSE -");
    put_column(sql, "r", stock->type, stock->quantity);
    fl_print(sql, " END)");
}

static enum fl_status make_stock(
    const struct fl_configuration *configuration,
    const struct fl_report_wishes *wishes,
    struct fl_buffer *out_sql,
    struct fl_error *out_error)
{
    struct stock stock = {.type = NULL};
    enum fl_status status = find_stock(configuration, wishes->type, &stock, out_error);
    if (status == FL_OK) {
        status = fl_report_guess_attribute(
            stock.type, wishes->amount, QUANTITIES, FL_REPORT_GUESS_NUMBER,
            &stock.quantity, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    struct words where = words_of(configuration, stock.type, stock.warehouse, "r", "w");
    struct words what = words_of(configuration, stock.type, stock.item, "r", "g");
    fl_print(out_sql, "SELECT ");
    put_words(out_sql, &where);
    fl_print(out_sql, " AS \"warehouse\", ");
    put_words(out_sql, &what);
    fl_print(out_sql, " AS \"item\", ");
    put_balance(out_sql, &stock);
    fl_print(out_sql, " AS \"quantity\" FROM ");
    put_table(out_sql, stock.type);
    fl_print(out_sql, " AS r");
    put_join(out_sql, &where);
    put_join(out_sql, &what);
    fl_print(out_sql, " WHERE ");
    put_column(out_sql, "r", stock.type, stock.period);
    fl_print(out_sql, " < {to}");
    put_flag(out_sql, "r", stock.type, FL_ROLE_ACTIVE, true);
    fl_print(out_sql, " GROUP BY 1, 2 HAVING ABS(");
    put_balance(out_sql, &stock);
    fl_print(out_sql, ") > ");
    put_half(out_sql, stock.quantity);
    fl_print(out_sql, " ORDER BY 1, 2");
    return FL_OK;
}

/* -- sales -- */

static const char *const AMOUNTS[] = {"СуммаДокумента", "Сумма", "Amount", "Total", NULL};
static const char *const SALES[] = {
    "РеализацияТоваров", "Реализация", "Продаж", "ЧекККМ", "Sale", NULL};
static const char *const MANAGERS[] = {"Менеджер", "Manager", "Ответственный", NULL};
static const char *const CUSTOMERS[] = {
    "Контрагент", "Покупатель", "Партнер", "Customer", NULL};

/* The documents that a report is about, and what of them is summed up. */
static enum fl_status find_documents(
    const struct fl_configuration *configuration,
    const struct fl_report_wishes *wishes,
    const char *const *parts,
    const struct fl_type **out_type,
    const struct fl_attribute **out_amount,
    struct fl_error *out_error)
{
    enum fl_status status = fl_report_guess_type(
        configuration, FL_KIND_DOCUMENT, wishes->type, parts, out_type, out_error);
    return status == FL_OK ? fl_report_guess_attribute(
                                 *out_type, wishes->amount, AMOUNTS,
                                 FL_REPORT_GUESS_NUMBER, out_amount, out_error)
                           : status;
}

/* The manager of the document, or else of its customer, who is joined as "k". */
struct manager {
    const struct fl_attribute *customer; /* NULL: of the document */
    const struct fl_type *of;
    struct words words;
};

static enum fl_status find_manager(
    const struct fl_configuration *configuration,
    const struct fl_type *type,
    const char *wish,
    struct manager *out_manager,
    struct fl_error *out_error)
{
    const struct fl_attribute *by = NULL;
    const struct fl_attribute *customer = NULL;
    enum fl_status status = fl_report_guess_attribute(
        type, wish, MANAGERS, FL_REPORT_GUESS_OTHER, &by, out_error);
    if (status == FL_OK || wish != NULL) {
        *out_manager = (struct manager){.customer = NULL};
        if (status == FL_OK) {
            out_manager->words = words_of(configuration, type, by, "d", "m");
        }
        return status;
    }
    const struct fl_type *of = NULL;
    if (fl_report_guess_attribute(
            type, NULL, CUSTOMERS, FL_REPORT_GUESS_OTHER, &customer, NULL) == FL_OK) {
        of = fl_report_guess_referred(configuration, customer);
    }
    if (of == NULL ||
        fl_report_guess_attribute(of, NULL, MANAGERS, FL_REPORT_GUESS_OTHER, &by, NULL) !=
            FL_OK) {
        return fl_error_set(
            out_error, FL_NOT_FOUND, "%s has no manager; tell the attribute by --by",
            type->name);
    }
    *out_manager =
        (struct manager){customer, of, words_of(configuration, of, by, "k", "m")};
    return FL_OK;
}

static void put_manager_join(
    struct fl_buffer *sql,
    const struct fl_type *type,
    const struct manager *manager)
{
    if (manager->customer != NULL) {
        fl_print(sql, " LEFT JOIN ");
        put_table(sql, manager->of);
        fl_print(sql, " AS k ON k.\"_id\" = ");
        put_column(sql, "d", type, manager->customer);
    }
    put_join(sql, &manager->words);
}

static enum fl_status make_sales(
    const struct fl_configuration *configuration,
    const struct fl_report_wishes *wishes,
    struct fl_buffer *out_sql,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    const struct fl_attribute *amount = NULL;
    struct manager manager = {.customer = NULL};
    enum fl_status status =
        find_documents(configuration, wishes, SALES, &type, &amount, out_error);
    if (status == FL_OK) {
        status = find_manager(configuration, type, wishes->by, &manager, out_error);
    }
    if (status != FL_OK) {
        return status;
    }
    fl_print(out_sql, "SELECT ");
    put_words(out_sql, &manager.words);
    fl_print(out_sql, " AS \"manager\", ");
    put_branch(out_sql);
    fl_print(out_sql, ", count(*) AS \"documents\", SUM(");
    put_column(out_sql, "d", type, amount);
    fl_print(out_sql, ") AS \"amount\" FROM ");
    put_table(out_sql, type);
    fl_print(out_sql, " AS d");
    put_manager_join(out_sql, type, &manager);
    put_branch_join(out_sql);
    put_period(out_sql, type);
    put_flag(out_sql, "d", type, FL_ROLE_POSTED, true);
    fl_print(out_sql, " GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2");
    return FL_OK;
}

/* -- unpaid -- */

static const char *const INVOICES[] = {
    "СчетНаОплатуПокупател",
    "СчетНаОплатуКлиент",
    "СчетНаОплату",
    "СчётНаОплату",
    "Invoice",
    NULL};
static const char *const INCOMING[] = {"Поступление", "Входящ",  "Приходн", "Оплата",
                                       "Эквайринг",   "Payment", NULL};
static const char *const OUTGOING[] = {"Исходящ", "Списани", "Расход", "Поставщик", NULL};
static const char *const MONEY[] = {"Расчетн",   "Оплат",           "Платеж",
                                    "Касс",      "ДенежныхСредств", "Безналичн",
                                    "Эквайринг", "Payment",         NULL};

/* What a document pays: in a section, line by line, or all of it. */
struct payment {
    const struct fl_type *type;
    const struct fl_section_type *section; /* NULL: the document itself */
    const struct fl_attribute *invoice;
    const struct fl_attribute *amount;
};

static bool looks_like_payment(const char *name)
{
    return fl_report_guess_has(name, INCOMING) && fl_report_guess_has(name, MONEY) &&
           !fl_report_guess_has(name, OUTGOING);
}

static bool take_payment(
    const struct fl_type *type,
    const struct fl_type *invoice,
    struct payment *out_payment)
{
    struct payment payment = {.type = type};
    for (size_t i = 0; i < type->section_count; i++) {
        const struct fl_section_type *section = &type->sections[i];
        const struct fl_type rows = {
            .name = section->name,
            .attribute_count = section->attribute_count,
            .attributes = section->attributes};
        payment.invoice = fl_report_guess_reference(&rows, invoice);
        if (payment.invoice != NULL && fl_report_guess_attribute(
                                           &rows, NULL, AMOUNTS, FL_REPORT_GUESS_NUMBER,
                                           &payment.amount, NULL) == FL_OK) {
            payment.section = section;
            *out_payment = payment;
            return true;
        }
    }
    payment.invoice = fl_report_guess_reference(type, invoice);
    bool is_one =
        payment.invoice != NULL &&
        fl_report_guess_attribute(
            type, NULL, AMOUNTS, FL_REPORT_GUESS_NUMBER, &payment.amount, NULL) == FL_OK;
    *out_payment = payment;
    return is_one;
}

static void put_part(
    struct fl_buffer *sql,
    const struct payment *payment,
    const struct fl_attribute *attribute)
{
    if (payment->section == NULL) {
        put_column(sql, "d", payment->type, attribute);
    } else {
        fl_print(
            sql, "s.{%s.%s.%s:%s}", fl_kind_name(payment->type->kind),
            payment->type->name, payment->section->name, attribute->name);
    }
}

static void put_payment(struct fl_buffer *sql, const struct payment *payment)
{
    const struct fl_attribute *date = fl_type_role(payment->type, FL_ROLE_DATE);
    fl_print(sql, "SELECT CAST(");
    put_part(sql, payment, payment->invoice);
    fl_print(sql, " AS text) AS invoice, ");
    put_part(sql, payment, payment->amount);
    fl_print(sql, " AS amount FROM ");
    put_table(sql, payment->type);
    fl_print(sql, " AS d");
    if (payment->section != NULL) {
        fl_print(
            sql, " JOIN {%s.%s.%s} AS s ON s.\"_id\" = d.\"_id\"",
            fl_kind_name(payment->type->kind), payment->type->name,
            payment->section->name);
    }
    fl_print(sql, " WHERE ");
    put_part(sql, payment, payment->invoice);
    fl_print(sql, " IS NOT NULL");
    if (date != NULL) {
        fl_print(sql, " AND ");
        put_column(sql, "d", payment->type, date);
        fl_print(sql, " < {to}");
    }
    put_flag(sql, "d", payment->type, FL_ROLE_POSTED, true);
}

static enum fl_status put_payments(
    const struct fl_configuration *configuration,
    const struct fl_type *invoice,
    const char *wish,
    struct fl_buffer *sql,
    struct fl_error *out_error)
{
    const struct fl_type *only = NULL;
    struct payment payment = {.type = NULL};
    size_t count = 0;
    enum fl_status status =
        wish == NULL ? FL_OK
                     : fl_report_guess_type(
                           configuration, FL_KIND_DOCUMENT, wish, NULL, &only, out_error);
    for (size_t i = 0; i < configuration->type_count && status == FL_OK; i++) {
        const struct fl_type *type = &configuration->types[i];
        bool is_wanted = only != NULL
                             ? only == type
                             : type->kind == FL_KIND_DOCUMENT && type != invoice &&
                                   looks_like_payment(type->name);
        if (is_wanted && take_payment(type, invoice, &payment)) {
            fl_print(sql, "%s", count++ == 0 ? "" : " UNION ALL ");
            put_payment(sql, &payment);
        }
    }
    if (status == FL_OK && count == 0) {
        return fl_error_set(
            out_error, FL_NOT_FOUND,
            "no document here pays %s by a reference to it; tell one by "
            "--payment",
            invoice->name);
    }
    return status == FL_OK && count > PAYMENTS_MAX
               ? fl_error_set(
                     out_error, FL_LIMIT,
                     "there are %zu types of documents that pay; tell one of them by "
                     "--payment",
                     count)
               : status;
}

static void put_invoice(
    struct fl_buffer *sql,
    const struct fl_type *type,
    const struct fl_attribute *amount,
    const struct words *customer)
{
    const struct fl_attribute *number = fl_type_role(type, FL_ROLE_NUMBER);
    const struct fl_attribute *date = fl_type_role(type, FL_ROLE_DATE);
    fl_print(sql, "SELECT ");
    if (number != NULL) {
        put_column(sql, "d", type, number);
    } else {
        fl_print(sql, "CAST(d.\"_id\" AS text)");
    }
    fl_print(sql, " AS \"invoice\", ");
    if (date != NULL) {
        put_day(sql, "d", type, date);
    } else {
        fl_print(sql, "''");
    }
    fl_print(sql, " AS \"date\", ");
    if (customer->attribute != NULL) {
        put_words(sql, customer);
    } else {
        fl_print(sql, "''");
    }
    fl_print(sql, " AS \"customer\", ");
    put_branch(sql);
    fl_print(sql, ", ");
    put_column(sql, "d", type, amount);
    fl_print(sql, " AS \"amount\", COALESCE(p.paid, 0) AS \"paid\", ");
    put_column(sql, "d", type, amount);
    fl_print(sql, " - COALESCE(p.paid, 0) AS \"rest\" FROM ");
    put_table(sql, type);
    fl_print(sql, " AS d");
}

static enum fl_status make_unpaid(
    const struct fl_configuration *configuration,
    const struct fl_report_wishes *wishes,
    struct fl_buffer *out_sql,
    struct fl_error *out_error)
{
    const struct fl_type *type = NULL;
    const struct fl_attribute *amount = NULL;
    const struct fl_attribute *by = NULL;
    struct words customer = {.of = NULL};
    enum fl_status status =
        find_documents(configuration, wishes, INVOICES, &type, &amount, out_error);
    if (status != FL_OK) {
        return status;
    }
    if (fl_report_guess_attribute(
            type, NULL, CUSTOMERS, FL_REPORT_GUESS_OTHER, &by, NULL) == FL_OK) {
        customer = words_of(configuration, type, by, "d", "k");
    }
    put_invoice(out_sql, type, amount, &customer);
    put_join(out_sql, &customer);
    put_branch_join(out_sql);
    fl_print(out_sql, " LEFT JOIN (SELECT invoice, SUM(amount) AS paid FROM (");
    status = put_payments(configuration, type, wishes->payment, out_sql, out_error);
    fl_print(
        out_sql, ") AS q GROUP BY invoice) AS p ON p.invoice = CAST(d.\"_id\" AS text)");
    put_period(out_sql, type);
    put_flag(out_sql, "d", type, FL_ROLE_POSTED, true);
    fl_print(out_sql, " AND ");
    put_column(out_sql, "d", type, amount);
    fl_print(out_sql, " - COALESCE(p.paid, 0) > 0.004 ORDER BY 2, 1");
    return status;
}

/* -- all of them -- */

static const struct fl_report_kind KINDS[] = {
    {"documents", N_("documents per branch and day"),
     N_("every type of documents, or the one of --type"), false, make_documents},
    {"stock", N_("stock by warehouse"),
     N_("an accumulation register of balances by warehouse and goods"), true, make_stock},
    {"sales", N_("sales by manager"),
     N_("posted documents of sale with an amount, and a manager of theirs or of the "
        "customer"),
     false, make_sales},
    {"unpaid", N_("unpaid invoices"),
     N_("posted invoices, and posted documents that refer to what they pay"), true,
     make_unpaid},
};

const struct fl_report_kind *fl_report_kind_at(size_t index)
{
    return index < sizeof KINDS / sizeof KINDS[0] ? &KINDS[index] : NULL;
}

const struct fl_report_kind *fl_report_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (strcmp(KINDS[i].name, name) == 0) {
            return &KINDS[i];
        }
    }
    return NULL;
}
