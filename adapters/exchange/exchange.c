/* The table of the port; each function is described where it is. */
#include "adapters/exchange/exchange.h"

#include "adapters/exchange/campaign.h"
#include "adapters/exchange/holidays.h"
#include "adapters/exchange/layout.h"
#include "adapters/exchange/order.h"
#include "adapters/exchange/reader.h"
#include "adapters/exchange/writer.h"

#include <string.h>

static enum layout_kind kind_of(const struct layout *l)
{
	return l->kind;
}

static const char *id_of(const struct layout *l)
{
	return l->id;
}

static const char *pattern_of(const struct layout *l)
{
	return l->pattern;
}

static const char *path_of(const struct layout *l)
{
	return l->path;
}

static bool can_hold(const struct layout *out, const struct layout *in)
{
	return out->encoding == ENCODING_UTF8 || out->geta || in->encoding == ENCODING_CP932;
}

static bool carries(const struct layout *l, const char *item)
{
	for (size_t i = 0; i < l->n_columns; i++)
		if (l->columns[i].kind == COLUMN_CARRIED &&
		    strcmp(l->columns[i].out_name + strlen("carried."), item) == 0)
			return true;
	return false;
}

static const char *completion_of(const struct layout *l)
{
	return l->completion;
}

static bool is_incoming(const struct layout *l)
{
	return layout_is_incoming(l->kind);
}

const struct exchange_ops exchange_files = {
    .name = "files",
    .layouts_load = exchange_layouts_load,
    .layouts_free = exchange_layouts_free,
    .layout_find = exchange_layout_find,
    .layout_kind = kind_of,
    .layout_id = id_of,
    .layout_pattern = pattern_of,
    .layout_path = path_of,
    .layout_incoming = is_incoming,
    .layout_holds = can_hold,
    .layout_carries = carries,
    .layout_completion = completion_of,
    .layouts_person_width = exchange_layouts_person_width,
    .layout_describe = layout_describe,
    .layout_at = exchange_layout_at,
    .campaign_load = campaign_file_load,
    .campaign_load_bytes = campaign_bytes_load,
    .holidays_load = holidays_file_load,
    .check = exchange_check,
    .check_order = exchange_check_order,
    .order_print = exchange_order_print,
    .order_free = exchange_order_free,
    .reader_open = exchange_reader_open,
    .reader_open_order = exchange_reader_open_order,
    .reader_next = exchange_reader_next,
    .reader_close = exchange_reader_close,
    .writer_open = exchange_writer_open,
    .writer_row = exchange_writer_row,
    .writer_replaced = exchange_writer_replaced,
    .writer_close = exchange_writer_close,
    .file_name = exchange_file_name,
};
