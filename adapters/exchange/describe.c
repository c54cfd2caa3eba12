/*
 * A layout as a page for the people of the core system: docs/layouts/ is made of
 * these, so that what is agreed on and what is read cannot differ.
 */
#include "adapters/exchange/layout.h"

#include <stdio.h>
#include <string.h>

static const char *kind_title(enum layout_kind kind)
{
	static const char *const words[LAYOUT_KINDS] = {
	    [LAYOUT_TARGETS] = "対象者",      [LAYOUT_PAYMENTS] = "消込",
	    [LAYOUT_CONTACTS] = "交渉経過",   [LAYOUT_RESULTS] = "結果",
	    [LAYOUT_CORRECTIONS] = "訂正",    [LAYOUT_ERRORS] = "エラー",
	    [LAYOUT_RECEIPT] = "受付",        [LAYOUT_WITHDRAWALS] = "取下げ",
	    [LAYOUT_EXCLUSIONS] = "除外",     [LAYOUT_KEY_CHANGES] = "鍵の変更",
	    [LAYOUT_HOLDS_IN] = "保留(受入)", [LAYOUT_NUMBERS_IN] = "番号台帳(受入)",
	    [LAYOUT_HOLDS] = "保留",          [LAYOUT_NUMBERS] = "番号台帳",
	};
	return words[kind];
}

/* A cell of a Markdown table: a bar would end it. */
static void put_cell(FILE *to, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			fputc('\\', to);
		fputc(*s, to);
	}
}

static void put_type(FILE *to, const struct column *c)
{
	enum value_kind kind = c->type.kind;

	fputs(kind == VALUE_ANY ? "任意" : value_kind_name(kind), to);
	fputs(" | ", to);
	if (kind == VALUE_9V)
		fprintf(to, "%u,%u", c->type.length, c->type.fraction);
	else if (kind != VALUE_YEAR && kind != VALUE_DATE && kind != VALUE_TIME &&
		 c->type.length < MAX_FIELD_BYTES)
		fprintf(to, "%u%s", c->type.length, c->fixed ? " 固定" : "");
}

static const char *need_words(const struct layout *l, const struct column *c)
{
	if (c->optional)
		return "列なし可";
	return c->required ? "必須" : layout_is_incoming(l->kind) ? "空可" : "";
}

static void put_codes(FILE *to, const struct column *c)
{
	for (size_t i = 0; i < c->n_codes; i++) {
		const struct code *m = &c->codes[i];
		const char *value = m->words ? m->words : field_value_words(c, m->value);
		fprintf(to, "%s`", i ? "、" : "。");
		put_cell(to, m->code);
		fputs("`", to);
		if (strcmp(value, m->code) != 0) {
			fputc(' ', to);
			put_cell(to, value);
		}
	}
}

static void put_template(FILE *to, const struct template *t)
{
	unsigned group = 0;

	for (size_t i = 0; i <= t->n; i++) {
		const struct template_part *part = i < t->n ? &t->parts[i] : NULL;
		unsigned next = part ? part->group : 0;
		if (group != next && group)
			fputc(']', to);
		if (group != next && next)
			fputc('[', to);
		group = next;
		if (part && part->text)
			put_cell(to, part->text);
		else if (part && part->width)
			fprintf(to, "{%s:%u}", part->name, part->width);
		else if (part)
			fprintf(to, "{%s}", part->name);
	}
}

static const char *own_name(const struct layout *l, const struct column *c)
{
	if (c->kind == COLUMN_CARRIED || c->kind == COLUMN_COMPOSED)
		return "";
	if (!layout_is_incoming(l->kind))
		return c->out_name ? c->out_name : "";
	return field_in_name(c->field);
}

static void put_meaning(FILE *to, const struct layout *l, const struct column *c)
{
	const char *name = own_name(l, c);

	switch (c->kind) {
	case COLUMN_CONSTANT:
		fputs("定数 `", to);
		put_cell(to, c->value);
		fputs("`", to);
		return;
	case COLUMN_CARRIED:
		fputs(layout_is_incoming(l->kind) ? "引き継ぎ: 読まずに預かり、そのまま返す"
						  : "引き継ぎ: 受け取ったまま返す",
		      to);
		return;
	case COLUMN_COMPOSED:
		fputs("文 ", to);
		put_template(to, &c->composed);
		break;
	case COLUMN_VALUE:
	case COLUMN_MAPPED:
		if (*name)
			fprintf(to, "%s (`%s`)", field_words(name), name);
		else
			fputs("型だけを確かめる", to);
		break;
	}
	put_codes(to, c);
	if (c->pad)
		fputs("。先頭の 0 が失われた値は補い、警告する", to);
	if (c->cut)
		fputs("。長い値は切り詰める", to);
}

static void put_column(FILE *to, const struct layout *l, const struct column *c, unsigned n)
{
	fprintf(to, "| %u | ", n);
	put_cell(to, c->item);
	fprintf(to, " | %s | ", c->id ? c->id : "");
	put_type(to, c);
	fprintf(to, " | %s | ", need_words(l, c));
	put_meaning(to, l, c);
	fputs(" |\n", to);
}

static void put_head(FILE *to, const struct layout *l)
{
	static const char *const bom[] = {
	    [BOM_NO] = "BOM なし", [BOM_YES] = "BOM あり", [BOM_EITHER] = "BOM はどちらでも"};
	bool in = layout_is_incoming(l->kind);

	fprintf(to, "# %s (`%s`)\n\n", l->title, l->id);
	fprintf(to, "- 種別: %s。%s\n", kind_title(l->kind),
		in ? "基幹システムから受け取る" : "基幹システムへ返す");
	fprintf(to, "- ファイル名: `%s`\n", l->pattern);
	fprintf(to, "- 文字コード: %s", l->encoding == ENCODING_CP932 ? "CP932" : "UTF-8");
	if (l->encoding == ENCODING_UTF8)
		fprintf(to, "、%s", bom[l->bom]);
	fputs(l->geta ? "。ない文字は 〓\n" : "\n", to);
	if (in)
		fputs("- 改行は CRLF と LF のどちらも、引用符はあってもなくても読む\n", to);
	else
		fprintf(to, "- 改行: %s。引用符: %s\n", l->crlf ? "CRLF" : "LF",
			l->quote == QUOTE_ALL ? "すべての項目" : "必要な項目");
	fprintf(to, "- 一行目: %s\n", l->header_ids ? "項目 ID" : "項目名");
	if (in)
		fprintf(to, "- レイアウトにない列: %s\n",
			l->ignore_extra ? "無視する" : "ファイルを断る");
	if (*l->completion)
		fprintf(to, "- 完了ファイル: 同じ名前に `%s` を付けた%s\n", l->completion,
			in ? "ファイルが置かれてから読む" : "空のファイルを最後に置く");
	if (l->no_debts)
		fputs("- 明細は債権ではない (未納額なし)\n", to);
}

static void put_fixed_fields(FILE *to, const struct layout *l)
{
	for (size_t i = 0; i < l->n_columns; i++) {
		const struct column *c = &l->columns[i];
		if (!c->item)
			fprintf(to, "- ファイルにない項目: %s (`%s`) は `%s` とする\n",
				field_words(field_in_name(c->field)), field_in_name(c->field),
				c->value);
	}
}

int layout_describe(const struct layout *l, FILE *to)
{
	unsigned n = 0;

	put_head(to, l);
	put_fixed_fields(to, l);
	fputs("\n| | 項目名 | 項目 ID | 型 | 桁 | 必須 | 内容 |\n| --- | --- | --- | --- | --- | "
	      "--- | --- "
	      "|\n",
	      to);
	for (size_t i = 0; i < l->n_columns; i++)
		if (l->columns[i].item)
			put_column(to, l, &l->columns[i], ++n);
	return ferror(to) ? E_IO : 0;
}
