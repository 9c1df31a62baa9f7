#include "shim_internal.h"

#include <stdlib.h>

/// Deeper tables come out as null: nobody nests so deep in good faith, and recursion needs an end.
#define DEEPEST_LEVEL 32

static amqp_shim_field *append(amqp_shim_connection *connection) {
    if (connection->field_count == connection->field_capacity) {
        size_t capacity = connection->field_capacity > 0 ? 2 * connection->field_capacity : 32;
        amqp_shim_field *fields = realloc(connection->fields, capacity * sizeof *fields);
        if (fields == NULL) return NULL;
        connection->fields = fields;
        connection->field_capacity = capacity;
    }
    amqp_shim_field *field = &connection->fields[connection->field_count++];
    *field = (amqp_shim_field){.type = AMQP_FIELD_KIND_VOID};
    return field;
}

static bool flatten_value(
    amqp_shim_connection *connection, const amqp_bytes_t *name, const amqp_field_value_t *value, int level
) {
    amqp_shim_field *field = append(connection);
    if (field == NULL) return false;
    static const uint8_t nothing[1];
    if (name != NULL) field->name = (amqp_shim_bytes){name->len > 0 ? name->bytes : nothing, name->len};
    switch (value->kind) {
    case AMQP_FIELD_KIND_BOOLEAN:
        field->integer = value->value.boolean != 0;
        break;
    case AMQP_FIELD_KIND_I8:
        field->integer = value->value.i8;
        break;
    case AMQP_FIELD_KIND_U8:
        field->natural = value->value.u8;
        break;
    case AMQP_FIELD_KIND_I16:
        field->integer = value->value.i16;
        break;
    case AMQP_FIELD_KIND_U16:
        field->natural = value->value.u16;
        break;
    case AMQP_FIELD_KIND_I32:
        field->integer = value->value.i32;
        break;
    case AMQP_FIELD_KIND_U32:
        field->natural = value->value.u32;
        break;
    case AMQP_FIELD_KIND_I64:
        field->integer = value->value.i64;
        break;
    case AMQP_FIELD_KIND_U64:
    case AMQP_FIELD_KIND_TIMESTAMP:
        field->natural = value->value.u64;
        break;
    case AMQP_FIELD_KIND_F32:
        field->real = value->value.f32;
        break;
    case AMQP_FIELD_KIND_F64:
        field->real = value->value.f64;
        break;
    case AMQP_FIELD_KIND_DECIMAL:
        field->scale = value->value.decimal.decimals;
        field->natural = value->value.decimal.value;
        break;
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES: {
        amqp_bytes_t bytes = value->value.bytes;
        field->bytes = (amqp_shim_bytes){bytes.len > 0 ? bytes.bytes : nothing, bytes.len};
        break;
    }
    case AMQP_FIELD_KIND_TABLE:
        if (level >= DEEPEST_LEVEL) return true;
        field->members = (uint32_t)value->value.table.num_entries;
        field->type = value->kind;
        // `field` may move from here on.
        for (int i = 0; i < value->value.table.num_entries; i++) {
            const amqp_table_entry_t *entry = &value->value.table.entries[i];
            if (!flatten_value(connection, &entry->key, &entry->value, level + 1)) return false;
        }
        return true;
    case AMQP_FIELD_KIND_ARRAY:
        if (level >= DEEPEST_LEVEL) return true;
        field->members = (uint32_t)value->value.array.num_entries;
        field->type = value->kind;
        for (int i = 0; i < value->value.array.num_entries; i++) {
            if (!flatten_value(connection, NULL, &value->value.array.entries[i], level + 1)) return false;
        }
        return true;
    default:
        return true;
    }
    field->type = value->kind;
    return true;
}

bool shim_flatten(amqp_shim_connection *connection, const amqp_table_t *table, amqp_shim_frame *frame) {
    connection->field_count = 0;
    for (int i = 0; i < table->num_entries; i++) {
        const amqp_table_entry_t *entry = &table->entries[i];
        if (!flatten_value(connection, &entry->key, &entry->value, 1)) return false;
    }
    frame->fields = connection->fields;
    frame->field_count = connection->field_count;
    frame->header_count = (size_t)table->num_entries;
    return true;
}
