/*
 * A catalogue of a million goods, their prices and what 20 stores have of them, as 1C
 * writes them: import and offers, in portions. Only the format is measured: items are
 * made from numbers. bench_commerceml DIRECTORY GOODS
 */

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "exchange/commerceml.h"

enum { STORES = 20, PORTION = 20000, NAME_BYTES = 4096, TEXT_BYTES = 64 };

struct output {
    int descriptor;
    uint64_t bytes;
};

static struct fl_arena arena;
static struct fl_commerceml_tree tree;

static _Noreturn void give_up(const char *words)
{
    (void)fprintf(stderr, "bench_commerceml: %s\n", words);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static enum fl_status write_all(
    void *context,
    struct fl_bytes bytes,
    struct fl_error *error)
{
    struct output *output = context;
    (void)error;
    output->bytes += bytes.size;
    while (bytes.size > 0) {
        const ssize_t size = write(output->descriptor, bytes.data, bytes.size);
        if (size <= 0) {
            return FL_IO;
        }
        bytes.data += size;
        bytes.size -= (size_t)size;
    }
    return FL_OK;
}

static struct fl_bytes text(const char *format, ...) FL_PRINTF(1, 2);

static struct fl_bytes text(const char *format, ...)
{
    char *copy = fl_arena_alloc(&arena, TEXT_BYTES);
    va_list arguments;
    if (copy == NULL) {
        give_up("no memory");
    }
    va_start(arguments, format);
    const int size = vsnprintf(copy, TEXT_BYTES, format, arguments);
    va_end(arguments);
    return (struct fl_bytes){(const uint8_t *)copy, (size_t)size};
}

static struct fl_commerceml_element *add(
    struct fl_commerceml_element *parent,
    const char *name,
    struct fl_bytes value)
{
    return fl_commerceml_add_text(&tree, parent, name, value);
}

static const struct fl_bytes nothing = {NULL, 0};

static void add_unit(struct fl_commerceml_element *item)
{
    struct fl_commerceml_element *unit = add(item, "БазоваяЕдиница", nothing);
    const struct fl_bytes code = fl_bytes_of_text("796");
    fl_commerceml_add_attribute(&tree, unit, "Код", code);
    struct fl_commerceml_element *count = add(unit, "Пересчет", nothing);
    add(count, "Единица", code);
    add(count, "Коэффициент", fl_bytes_of_text("1"));
}

static struct fl_commerceml_element *make_goods(unsigned number)
{
    struct fl_commerceml_element *goods = add(NULL, "Товар", nothing);
    add(goods, "Ид", text("bd72d910-55bc-11d9-848a-%012x", number));
    add(goods, "Артикул", text("А-%07u", number));
    add(goods, "Наименование", text("Товар номер %u <новый>", number));
    add_unit(goods);
    add(add(goods, "Группы", nothing), "Ид", fl_bytes_of_text("e5a4c309-a659-11dd-acee"));
    struct fl_commerceml_element *rate =
        add(add(goods, "СтавкиНалогов", nothing), "СтавкаНалога", nothing);
    add(rate, "Наименование", fl_bytes_of_text("НДС"));
    add(rate, "Ставка", fl_bytes_of_text("20"));
    return goods;
}

static struct fl_commerceml_element *make_offer(unsigned number)
{
    struct fl_commerceml_element *offer = add(NULL, "Предложение", nothing);
    add(offer, "Ид", text("bd72d910-55bc-11d9-848a-%012x", number));
    add(offer, "Наименование", text("Товар номер %u", number));
    add_unit(offer);
    struct fl_commerceml_element *price =
        add(add(offer, "Цены", nothing), "Цена", nothing);
    add(price, "ИдТипаЦены", fl_bytes_of_text("bb14a3a4-6b17-11e0-9819-e0cb4ed5eed4"));
    add(price, "ЦенаЗаЕдиницу", text("%u.5", number % 10000));
    add(price, "Валюта", fl_bytes_of_text("RUB"));
    add(offer, "Количество", text("%u", number % 100 * STORES));
    for (unsigned i = 0; i < STORES; i++) {
        struct fl_commerceml_element *store = add(offer, "Склад", nothing);
        fl_commerceml_add_attribute(
            &tree, store, "ИдСклада", text("6abdb0b5-18fd-11e7-80c2-%012x", i));
        fl_commerceml_add_attribute(
            &tree, store, "КоличествоНаСкладе", text("%u", number % 100));
    }
    return offer;
}

static void put_section(struct fl_commerceml_writer *writer, const char *name)
{
    fl_arena_reset(&arena);
    tree = (struct fl_commerceml_tree){.arena = &arena};
    struct fl_commerceml_element *head = add(NULL, name, nothing);
    add(head, "Ид", fl_bytes_of_text("b21db898-7f82-46d8-a5ca-7c4f1d200a13"));
    add(head, "Наименование", fl_bytes_of_text("Каталог"));
    add(head, "ИдКаталога", fl_bytes_of_text("b21db898-7f82-46d8-a5ca-7c4f1d200a13"));
    struct fl_commerceml_element *owner = add(head, "Владелец", nothing);
    add(owner, "Ид", fl_bytes_of_text("1"));
    add(owner, "Наименование", fl_bytes_of_text("Филиал"));
    if (fl_commerceml_writer_section(writer, head, NULL) != FL_OK) {
        give_up("a section is refused");
    }
    if (strcmp(name, "ПакетПредложений") != 0) {
        return;
    }
    struct fl_commerceml_element *type = add(NULL, "ТипЦены", nothing);
    add(type, "Ид", fl_bytes_of_text("bb14a3a4-6b17-11e0-9819-e0cb4ed5eed4"));
    if (fl_commerceml_writer_put(writer, type, NULL) != FL_OK) {
        give_up("a type of prices is refused");
    }
}

static uint64_t write_portion(
    const char *directory,
    const char *name,
    const char *section,
    struct fl_commerceml_element *(*make)(unsigned number),
    unsigned from,
    unsigned to)
{
    char path[NAME_BYTES];
    struct fl_commerceml_writer *writer = NULL;
    snprintf(path, sizeof path, "%s/%s0_%u.xml", directory, name, from / PORTION + 1);
    struct output output = {.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
    const struct fl_commerceml_writer_options options = {
        .sink = {.write = write_all, .context = &output},
        .name_space = FL_COMMERCEML_NAMESPACE_2,
        .mark = true};
    if (output.descriptor < 0 ||
        fl_commerceml_writer_open(&options, &writer, NULL) != FL_OK) {
        give_up("a file cannot be written");
    }
    put_section(writer, section);
    for (unsigned i = from; i < to; i++) {
        fl_arena_reset(&arena);
        tree = (struct fl_commerceml_tree){.arena = &arena};
        if (fl_commerceml_writer_put(writer, make(i), NULL) != FL_OK) {
            give_up("an item is refused");
        }
    }
    if (fl_commerceml_writer_end(writer, NULL) != FL_OK) {
        give_up("a file cannot be written");
    }
    fl_commerceml_writer_close(writer);
    (void)close(output.descriptor);
    (void)unlink(path); /* a disk need not hold all of them */
    return output.bytes;
}

/* The same bytes, made by nobody. */
static double plain_seconds(const char *directory, uint64_t bytes)
{
    char path[NAME_BYTES];
    static uint8_t block[64 << 10];
    const double begin = now();
    const uint64_t portions = 100;
    snprintf(path, sizeof path, "%s/plain", directory);
    for (uint64_t i = 0; i < portions; i++) {
        struct output output = {
            .descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)};
        while (output.bytes < bytes / portions) {
            if (write_all(&output, (struct fl_bytes){block, sizeof block}, NULL) !=
                FL_OK) {
                give_up("a file cannot be written");
            }
        }
        (void)close(output.descriptor);
    }
    (void)unlink(path);
    return now() - begin;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    uint64_t bytes = 0;
    if (argc != 3) {
        give_up("DIRECTORY GOODS");
    }
    const unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
    fl_arena_init(&arena, 64 << 20);
    const double begin = now();
    for (unsigned from = 0; from < count; from += PORTION) {
        const unsigned to = from + PORTION < count ? from + PORTION : count;
        bytes += write_portion(argv[1], "import", "Каталог", make_goods, from, to);
        bytes +=
            write_portion(argv[1], "offers", "ПакетПредложений", make_offer, from, to);
    }
    const double took = now() - begin;
    fl_arena_deinit(&arena);
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%.2f %.1f %.1f ", took, (double)usage.ru_maxrss / 1024, (double)bytes / 1e6);
    const double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%.2f %.2f\n", plain_seconds(argv[1], bytes), cpu);
    return 0;
}
