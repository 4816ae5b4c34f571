/*
 * Files that others wrote, found through FILIAL_SHARED: what was written by 1C comes back
 * byte for byte. Ends with 77 where there are none.
 */

#include "packages.h"

static char shared[2048];

/* The bytes of a file of samples/v8msg; the caller's. */
static struct fl_bytes load(const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/samples/v8msg/%s", shared, name);
    FILE *const file = fopen(path, "rb");

    if (!file) {
        fail_msg("cannot open %s", path);
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);

    assert_true(size >= 0);
    rewind(file);
    uint8_t *const data = malloc((size_t)size + 1);

    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), size);
    data[size] = 0;
    (void)fclose(file);
    return (struct fl_bytes){data, (size_t)size};
}

static void unload(struct fl_bytes bytes)
{
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } memory = {.borrowed = bytes.data};

    free(memory.owned);
}

/* ---- a configuration made for the samples ---- */

static void add_refs(struct fl_configuration_builder *builder, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        add_ref(builder, names[i], FL_ROLE_OWN, false, "CatalogRef.Прочее");
    }
}

static void add_catalog(
    struct fl_configuration_builder *builder,
    const char *name,
    const char *owner)
{
    add_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_CATALOG,
                     .name = name,
                     .hierarchical = true,
                     .folders = true,
                 });
    add_plain(builder, "IsFolder", FL_ROLE_IS_FOLDER, FL_ALLOWS_BOOLEAN);
    add_plain(builder, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    if (owner) {
        add_ref(builder, "Owner", FL_ROLE_OWNER, false, owner);
    }
    char self[256];

    (void)snprintf(self, sizeof(self), "CatalogRef.%s", name);
    add_ref(builder, "Parent", FL_ROLE_PARENT, false, self);
    add_plain(builder, "Code", FL_ROLE_CODE, FL_ALLOWS_STRING);
    add_plain(builder, "Description", FL_ROLE_DESCRIPTION, FL_ALLOWS_STRING);
}

static void add_enum(
    struct fl_configuration_builder *builder,
    const char *name,
    const char *const *values)
{
    add_type(builder, &(struct fl_type){.kind = FL_KIND_ENUM, .name = name});
    for (size_t i = 0; values[i]; i++) {
        fl_configuration_builder_enum_value(builder, values[i]);
    }
}

static void add_goods(struct fl_configuration_builder *builder)
{
    static const char *const middle[] = {
        "НоменклатурнаяГруппа",
        "СтранаПроисхождения",
        "НомерГТД",
        "СтатьяЗатрат",
        "ОсновнаяСпецификацияНоменклатуры",
        "Производитель",
        "Импортер",
        "КодТНВЭД",
        "КодОКВЭД",
        "КодОКП",
        NULL,
    };

    add_catalog(builder, "Номенклатура", NULL);
    add_plain(builder, "Артикул", FL_ROLE_OWN, FL_ALLOWS_STRING);
    add_ref(builder, "ВидНоменклатуры", FL_ROLE_OWN, false, "CatalogRef.Прочее");
    add_ref(builder, "ЕдиницаИзмерения", FL_ROLE_OWN, false, "CatalogRef.Прочее");
    add_plain(builder, "НаименованиеПолное", FL_ROLE_OWN, FL_ALLOWS_STRING);
    add_plain(builder, "Комментарий", FL_ROLE_OWN, FL_ALLOWS_STRING);
    add_plain(builder, "Услуга", FL_ROLE_OWN, FL_ALLOWS_BOOLEAN);
    add_refs(builder, middle);
    add_ref(builder, "СтавкаНДС", FL_ROLE_OWN, false, "EnumRef.СтавкиНДС");
    add_plain(builder, "ПродукцияМаркируемаяДляГИСМ", FL_ROLE_OWN, FL_ALLOWS_BOOLEAN);
    add_ref(builder, "ПериодичностьУслуги", FL_ROLE_OWN, false, "EnumRef.Периодичность");
    add_ref(builder, "КодРаздел7ДекларацииНДС", FL_ROLE_OWN, false, "CatalogRef.Прочее");
    fl_configuration_builder_section(builder, "ДополнительныеРеквизиты", FL_USE_ALWAYS);
}

static void add_documents(struct fl_configuration_builder *builder)
{
    static const char *const bases[] = {
        "DocumentRef.ПеремещениеТоваров", "CatalogRef.Прочее"};

    add_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_DOCUMENT, .name = "ПеремещениеТоваров"});
    add_plain(builder, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_plain(builder, "Date", FL_ROLE_DATE, FL_ALLOWS_DATE);
    add_plain(builder, "Number", FL_ROLE_NUMBER, FL_ALLOWS_STRING);
    add_plain(builder, "Posted", FL_ROLE_POSTED, FL_ALLOWS_BOOLEAN);
    add_ref(builder, "СкладОтправитель", FL_ROLE_OWN, false, "CatalogRef.Прочее");
    add_ref(builder, "СкладПолучатель", FL_ROLE_OWN, false, "CatalogRef.Прочее");
    add_attribute(
        builder, "ДокументОснование", FL_ROLE_OWN, FL_USE_ALWAYS, false,
        (struct fl_value_type){.allows = FL_ALLOWS_REFS, .composite = true}, 2, bases);
    add_plain(builder, "Комментарий", FL_ROLE_OWN, FL_ALLOWS_STRING);
    fl_configuration_builder_section(builder, "Товары", FL_USE_ALWAYS);
    add_ref(builder, "Номенклатура", FL_ROLE_OWN, false, "CatalogRef.Номенклатура");
    add_plain(builder, "Количество", FL_ROLE_OWN, FL_ALLOWS_NUMBER);
    fl_configuration_builder_section(builder, "Серии", FL_USE_ALWAYS);
}

static void add_sample_registers(struct fl_configuration_builder *builder)
{
    add_type(
        builder, &(struct fl_type){
                     .kind = FL_KIND_ACCUMULATION_REGISTER,
                     .name = "ТоварыНаСкладах",
                     .by_recorder = true,
                     .balance = true,
                 });
    add_ref(
        builder, "Recorder", FL_ROLE_RECORDER, true, "DocumentRef.ПеремещениеТоваров");
    add_plain(builder, "Period", FL_ROLE_PERIOD, FL_ALLOWS_DATE);
    add_plain(builder, "RecordType", FL_ROLE_RECORD_TYPE, FL_ALLOWS_STRING);
    add_plain(builder, "Active", FL_ROLE_ACTIVE, FL_ALLOWS_BOOLEAN);
    add_ref(builder, "Номенклатура", FL_ROLE_DIMENSION, false, "CatalogRef.Номенклатура");
    add_ref(builder, "Склад", FL_ROLE_DIMENSION, false, "CatalogRef.Прочее");
    add_plain(builder, "ВНаличии", FL_ROLE_RESOURCE, FL_ALLOWS_NUMBER);
    add_type(
        builder,
        &(struct fl_type){.kind = FL_KIND_INFORMATION_REGISTER, .name = "КурсыВалют"});
    add_attribute(
        builder, "Period", FL_ROLE_PERIOD, FL_USE_ALWAYS, true,
        (struct fl_value_type){.allows = FL_ALLOWS_DATE}, 0, NULL);
    add_ref(builder, "Валюта", FL_ROLE_DIMENSION, true, "CatalogRef.Прочее");
    add_plain(builder, "Курс", FL_ROLE_RESOURCE, FL_ALLOWS_NUMBER);
    add_plain(builder, "Кратность", FL_ROLE_RESOURCE, FL_ALLOWS_NUMBER);
}

static struct fl_configuration *sample_configuration(void)
{
    static const char *const rates[] = {"НДС20", NULL};
    static const char *const periods[] = {"Месяц", NULL};
    static const char *const owners[] = {"CatalogRef.ПапкиФайлов", "CatalogRef.Прочее"};
    struct fl_configuration_builder *builder = NULL;
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {FL_OK, ""};

    assert_int_equal(fl_configuration_builder_new("Образцы", "1", &builder), FL_OK);
    add_goods(builder);
    add_catalog(builder, "Прочее", NULL);
    add_catalog(builder, "Контрагенты", NULL);
    /* Its attributes are those of an item: folders have none of them. */
    add_catalog(builder, "ДоговорыКонтрагентов", "CatalogRef.Контрагенты");
    fl_configuration_builder_section(builder, "ДополнительныеРеквизиты", FL_USE_ALWAYS);
    add_enum(builder, "СтавкиНДС", rates);
    add_enum(builder, "Периодичность", periods);
    add_type(
        builder, &(struct fl_type){.kind = FL_KIND_CONSTANT, .name = "ЗаголовокСистемы"});
    add_plain(builder, "Value", FL_ROLE_CONSTANT_VALUE, FL_ALLOWS_STRING);
    add_documents(builder);
    add_sample_registers(builder);
    add_type(builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "ПапкиФайлов"});
    add_type(builder, &(struct fl_type){.kind = FL_KIND_CATALOG, .name = "Файлы"});
    add_plain(builder, "DeletionMark", FL_ROLE_DELETION_MARK, FL_ALLOWS_BOOLEAN);
    add_plain(builder, "Description", FL_ROLE_DESCRIPTION, FL_ALLOWS_STRING);
    add_attribute(
        builder, "ВладелецФайла", FL_ROLE_OWN, FL_USE_ALWAYS, false,
        (struct fl_value_type){.allows = FL_ALLOWS_REFS, .composite = true}, 2, owners);
    if (fl_configuration_builder_finish(builder, &configuration, &error) != FL_OK) {
        fail_msg("%s", error.text);
    }
    return configuration;
}

/* ---- tests ---- */

/* Read with `configuration`; written again in the form that it had. */
static struct written pass_through(
    const struct fl_configuration *configuration,
    struct fl_bytes file,
    size_t count)
{
    struct read_package package = read_bytes(configuration, file, 0);

    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_int_equal(package.count, count);
    struct fl_arena arena;
    struct written written = {.status = FL_OK};
    struct fl_package_writer *writer = NULL;
    const struct fl_package_header header = {package.plan,
                                             package.to,
                                             package.from,
                                             package.message_number,
                                             package.received_number,
                                             NULL};
    struct fl_package_writer_options options = {.configuration = configuration};

    fl_arena_init(&arena, (size_t)1 << 28);
    fl_buffer_init(&written.buffer, (size_t)1 << 28);
    options.sink = fl_codec_buffer_sink(&written.buffer);
    assert_int_equal(
        fl_package_writer_open(
            fl_codec_find(package.has_header ? "v8msg" : "v8exch"), &options, &writer,
            NULL),
        FL_OK);
    assert_int_equal(fl_package_writer_begin(writer, &header, NULL), FL_OK);
    for (size_t i = 0; i < package.count; i++) {
        const struct fl_object object = object_of(&package.objects[i], &arena);

        assert_int_equal(fl_package_writer_put(writer, &object, NULL), FL_OK);
    }
    assert_int_equal(fl_package_writer_end(writer, NULL), FL_OK);
    fl_package_writer_close(writer);
    fl_arena_deinit(&arena);
    forget(&package);
    return written;
}

static void assert_byte_for_byte(const char *name, size_t count)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_bytes file = load(name);
    struct written written = pass_through(configuration, file, count);

    assert_written(&written, (const char *)file.data);
    fl_buffer_deinit(&written.buffer);
    unload(file);
    fl_configuration_free(configuration);
}

static void test_01_of_1c_comes_back_byte_for_byte(void **state)
{
    (void)state;
    assert_byte_for_byte("01_d1_CatalogObject.Номенклатура_8.3_1C_layout.xml", 1);
}

/* What differs between a file of ElementTree and 1C's own bytes, undone. */
static char *without_spaces_before_slash(struct fl_bytes file)
{
    char *const text = malloc(file.size + 1);
    size_t size = 0;

    assert_non_null(text);
    for (size_t i = 0; i < file.size; i++) {
        if (file.data[i] == ' ' && i + 2 < file.size &&
            memcmp(file.data + i, " />", 3) == 0) {
            continue;
        }
        text[size++] = (char)file.data[i];
    }
    text[size] = '\0';
    return text;
}

/*
 * Attributes of an item are not in the configuration: they come back from where they were
 * kept, in the order that they had.
 */
static void test_02_comes_back_equal_in_canonical_form(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_bytes file =
        load("02_d1_CatalogObject.ДоговорыКонтрагентов_groups_items_reserialized.xml");
    char *const expected = without_spaces_before_slash(file);
    struct written written = pass_through(configuration, file, 9);
    const char *const ours = "<CatalogObject.ДоговорыКонтрагентов>";

    (void)state;
    fl_buffer_put_u8(&written.buffer, 0);
    const char *const from = strstr(expected, ours);
    const char *const into = strstr((const char *)written.buffer.data, ours);

    assert_non_null(from);
    assert_non_null(into);
    const size_t size = (size_t)(strstr(from, "\n\t</V8Exch:Data>") - from);

    assert_memory_equal(from, into, size);
    fl_buffer_deinit(&written.buffer);
    free(expected);
    unload(file);
    fl_configuration_free(configuration);
}

static void test_the_reconstructed_messages_come_back_byte_for_byte(void **state)
{
    (void)state;
    assert_byte_for_byte(
        "reconstructed/R1_ordinary_exchange_plan_message.RECONSTRUCTED.xml", 6);
    assert_byte_for_byte("reconstructed/R2_ack_only.RECONSTRUCTED.xml", 0);
}

static void test_r4_with_its_table_of_predefined_items_is_read(void **state)
{
    struct fl_configuration *const configuration = sample_configuration();
    const struct fl_bytes file = load(
        "reconstructed/R4_bsp_standard_exchange_predefined_comment.RECONSTRUCTED.xml");
    struct read_package package = read_bytes(configuration, file, 0);
    struct fl_arena arena;

    (void)state;
    if (package.status != FL_OK) {
        fail_msg("%s", package.error.text);
    }
    assert_int_equal(package.count, 1);
    assert_true(package.predefined_count > 0);
    fl_arena_init(&arena, 1 << 20);
    const struct fl_object object = object_of(&package.objects[0], &arena);
    const struct fl_value *const owner = fl_object_field(&object, 3);

    assert_non_null(owner);
    assert_string_equal(fl_uuid_text(object.key.id).text, REF2);
    assert_string_equal(
        fl_uuid_text(owner->uuid).text, "191430c9-247e-4749-a8aa-60a1c8f45639");
    assert_string_equal(
        fl_configuration_type(configuration, owner->type)->name, "ПапкиФайлов");
    fl_arena_deinit(&arena);
    forget(&package);
    unload(file);
    fl_configuration_free(configuration);
}

/* The storage of sample 06 as an attribute: its bytes, and its text again. */
static void test_06_is_decoded(void **state)
{
    struct fl_configuration *const configuration = test_configuration();
    const struct fl_bytes file = load("06_d1_standalone_ValueStorage_8.3_original_a.xml");
    const char *const from = strchr(strstr((const char *)file.data, "<d1p1:"), '>') + 1;
    const size_t size = strcspn(from, "<");
    char *const text = malloc(size + 4096);

    (void)state;
    assert_non_null(text);
    (void)sprintf(
        text,
        HEAD BODY "<CatalogObject.Все><Ref>" REF1
                  "</Ref><Хранилище>%.*s</Хранилище></CatalogObject.Все>" TAIL,
        (int)size, from);
    struct read_package package = read_text(configuration, text);
    struct fl_arena arena;

    assert_int_equal(package.status, FL_OK);
    fl_arena_init(&arena, 1 << 20);
    const struct fl_object object = object_of(&package.objects[0], &arena);
    const struct fl_value *const storage = fl_object_field(&object, ALL_STORAGE);
    static const uint8_t head[] = {0x02, 0x01, 0x53, 0x4b, 0x6f, 0xf4};

    assert_non_null(storage);
    assert_int_equal(storage->kind, FL_VALUE_STORAGE);
    assert_int_equal(storage->bytes.size, 6379);
    assert_memory_equal(storage->bytes.data, head, sizeof(head));
    struct written written = write_again(configuration, "v8msg", &package);

    fl_buffer_put_u8(&written.buffer, 0);
    const char *const again =
        strstr((const char *)written.buffer.data, "<Хранилище>") + strlen("<Хранилище>");

    assert_memory_equal(again, from, size);
    fl_buffer_deinit(&written.buffer);
    fl_arena_deinit(&arena);
    forget(&package);
    free(text);
    unload(file);
    fl_configuration_free(configuration);
}

static bool is_there(void)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/samples/v8msg/index.md", shared);
    FILE *const file = fopen(path, "rb");

    if (file) {
        (void)fclose(file);
    }
    return file != NULL;
}

int main(void)
{
    const char *const set = getenv("FILIAL_SHARED");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_01_of_1c_comes_back_byte_for_byte),
        cmocka_unit_test(test_02_comes_back_equal_in_canonical_form),
        cmocka_unit_test(test_the_reconstructed_messages_come_back_byte_for_byte),
        cmocka_unit_test(test_r4_with_its_table_of_predefined_items_is_read),
        cmocka_unit_test(test_06_is_decoded),
    };

    (void)snprintf(
        shared, sizeof(shared), "%s", set ? set : FILIAL_TESTS_DIRECTORY "/../../shared");
    if (!is_there()) {
        (void)printf(
            "skipped: no samples/v8msg in %s; set FILIAL_SHARED to where they are\n",
            shared);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
