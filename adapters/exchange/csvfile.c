/*
 * See csvfile.h. libcsv calls back and cannot be stopped in the middle of a
 * buffer, so it is fed one physical line at a time: after each, a row is complete
 * or goes on (a line end inside quotes). A row is gathered in one buffer of
 * MAX_ROW_BYTES made at open: no allocation a field.
 *
 * Strict mode: a quote inside an unquoted field, or bytes after a closing quote,
 * shift every column behind them; guessing would put one person's amount beside
 * another's name. The file is refused, with its row.
 *
 * Most rows never come to libcsv: a plain line is split by csvline.c, and what that
 * does not take goes the long way, where all that is said about a file is said.
 *
 * A CR alone ends a row for libcsv too. Two rows out of one line mean a file with
 * bare CRs: refused, since elsewhere in it they may stand inside data.
 */
#include "adapters/exchange/csvfile.h"

#include "adapters/exchange/cp932.h"
#include "adapters/exchange/csvline.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/utf8.h"

enum { PIECE = 65536 };

struct csvfile {
	int fd;
	struct csv_parser csv;
	bool csv_made, finished, eof;
	enum encoding encoding;
	size_t at, end;      /* unread bytes of piece */
	int64_t base;        /* where in the file piece begins */
	unsigned rows_ended; /* by the line that was fed last */
	uint32_t rows;       /* complete so far, the header among them */
	size_t n, used;
	bool refused;
	struct refusal why;
	struct csv_field fields[MAX_COLUMNS];
	char piece[PIECE];
	char row[MAX_ROW_BYTES + MAX_COLUMNS + 1];
};

void refusal_set(struct refusal *why, const char *code, uint32_t row, const char *fmt, ...)
{
	va_list ap;

	memset(why, 0, sizeof *why);
	snprintf(why->code, sizeof why->code, "%s", code);
	why->row = row;
	va_start(ap, fmt);
	vsnprintf(why->words, sizeof why->words, fmt, ap);
	va_end(ap);
}

static int not_space(unsigned char c)
{
	(void)c;
	return 0; /* libcsv would trim the spaces around unquoted fields: data is data */
}

/* libcsv grows its field buffer without end otherwise. */
static void *bounded_realloc(void *p, size_t n)
{
	return n > MAX_FIELD_BYTES + PIECE ? NULL : realloc(p, n);
}

static void stop(struct csvfile *f, const char *code, const char *words)
{
	if (!f->refused)
		refusal_set(&f->why, code, f->rows, "%s", words);
	f->refused = true;
}

/* Into UTF-8 at `to`. The whole file is refused otherwise: in a wrong encoding every name is wrong.
 */
static bool take(struct csvfile *f, const char *s, size_t n, char *to, size_t *ret_n)
{
	if (f->encoding == ENCODING_CP932) {
		int err = cp932_decode(s, n, to, MAX_ROW_BYTES - f->used, ret_n);
		if (err == E_LIMIT)
			stop(f, "E0003", "項目または行が長すぎます。");
		else if (err)
			stop(f, "E0002", "文字コードが CP932 (Shift_JIS) ではありません。");
		return err == 0;
	}
	if (!utf8_valid(s, n, NULL)) {
		stop(f, "E0002", "文字コードが UTF-8 ではありません。UTF-8 で出力してください。");
		return false;
	}
	if (cp932_is_marked(s, n)) {
		stop(f, "E0002", "使えない異体字セレクタ (U+E01EE, U+E01EF) があります。");
		return false;
	}
	memcpy(to, s, n);
	*ret_n = n;
	return true;
}

static void on_field(void *s, size_t n, void *arg)
{
	struct csvfile *f = arg;

	if (f->refused)
		return;
	if (n > MAX_FIELD_BYTES || n > MAX_ROW_BYTES - f->used) {
		stop(f, "E0003", "項目または行が長すぎます。");
		return;
	}
	if (f->n < MAX_COLUMNS) {
		char *to = f->row + f->used + f->n;
		if (!take(f, s, n, to, &n))
			return;
		to[n] = '\0';
		f->fields[f->n] = (struct csv_field){.s = to, .n = n};
		f->used += n;
	}
	f->n++;
}

static void count_row(struct csvfile *f)
{
	f->rows_ended++;
	f->rows++;
	if (f->rows_ended > 1)
		stop(f, "E0002", "改行が CR だけです。CRLF または LF にしてください。");
	if (f->rows - 1 > MAX_ROWS)
		stop(f, "E0003", "行数が上限を超えています。ファイルを分けてください。");
}

static void on_row(int c, void *arg)
{
	(void)c;
	count_row(arg);
}

/* After the BOM. UTF-16 and a missing or unwanted BOM are told apart for the reader's sake. */
static int take_bom(struct csvfile *f, enum bom_rule bom, struct refusal *why)
{
	bool is = f->end >= 3 && memcmp(f->piece, "\xef\xbb\xbf", 3) == 0;
	bool utf16 = f->end >= 2 &&
		     (memcmp(f->piece, "\xff\xfe", 2) == 0 || memcmp(f->piece, "\xfe\xff", 2) == 0);

	if (utf16)
		refusal_set(why, "E0002", 0, "文字コードが UTF-16 です。%s で出力してください。",
			    f->encoding == ENCODING_CP932 ? "CP932 (Shift_JIS)" : "UTF-8");
	else if (f->encoding == ENCODING_CP932 && is)
		refusal_set(
		    why, "E0002", 0,
		    "先頭に UTF-8 の BOM があります。レイアウトは CP932 (Shift_JIS) です。");
	else if (bom == BOM_YES && !is)
		refusal_set(why, "E0002", 0,
			    "先頭に BOM がありません。レイアウトは BOM 付きです。");
	else if (bom == BOM_NO && is)
		refusal_set(why, "E0002", 0, "先頭に BOM があります。レイアウトは BOM なしです。");
	else {
		f->at = is ? 3 : 0;
		return 0;
	}
	return E_INVALID;
}

static int fill(struct csvfile *f)
{
	ssize_t r;

	f->base += (int64_t)f->end;
	f->at = f->end = 0;
	while (f->end < PIECE) {
		r = read(f->fd, f->piece + f->end, PIECE - f->end);
		if (r == 0)
			break;
		if (r < 0 && errno != EINTR)
			return E_IO;
		if (r > 0)
			f->end += (size_t)r;
	}
	f->eof = f->end < PIECE;
	return 0;
}

static int check_size(int fd, struct refusal *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return E_IO;
	if (st.st_size == 0) {
		refusal_set(why, "E0001", 0, "ファイルが 0 バイトです。見出しの行が必要です。");
		return E_INVALID;
	}
	if (st.st_size > MAX_FILE_BYTES) {
		refusal_set(why, "E0003", 0,
			    "ファイルの大きさが上限を超えています。分けてください。");
		return E_INVALID;
	}
	return 0;
}

int csvfile_open(const char *path, enum encoding encoding, enum bom_rule bom, struct refusal *why,
		 struct csvfile **ret_file)
{
	struct csvfile *f = malloc(sizeof *f); /* big and mostly buffers: not zeroed */
	int err = f ? 0 : E_NOMEM;

	if (err)
		goto out;
	memset(f, 0, offsetof(struct csvfile, fields));
	f->encoding = encoding;
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd < 0) {
		err = errno == ENOENT ? E_NOTFOUND : E_IO;
		goto out;
	}
	err = check_size(f->fd, why);
	if (err)
		goto out;
	if (csv_init(&f->csv, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		err = E_NOMEM;
		goto out;
	}
	f->csv_made = true;
	csv_set_space_func(&f->csv, not_space);
	csv_set_realloc_func(&f->csv, bounded_realloc);
	csv_set_blk_size(&f->csv, 4096);
	err = fill(f);
	if (!err)
		err = take_bom(f, bom, why);
	if (!err) {
		*ret_file = f;
		f = NULL;
	}
out:
	csvfile_close(f);
	return err;
}

void csvfile_close(struct csvfile *f)
{
	if (!f)
		return;
	if (f->csv_made)
		csv_free(&f->csv);
	if (f->fd >= 0)
		close(f->fd); /* it was only read */
	free(f);
}

static void explain(struct csvfile *f)
{
	int e = csv_error(&f->csv);

	if (e == CSV_EPARSE)
		stop(f, "E0002", "引用符 (\") の使い方が正しくありません。");
	else
		stop(f, "E0003", "項目が長すぎます。引用符 (\") が閉じていない可能性があります。");
}

/* The line as UTF-8 in f->row; false: something is wrong with it, or may be. */
static bool copy_line(struct csvfile *f, const char *s, size_t n, size_t *ret_n)
{
	if (f->encoding == ENCODING_CP932)
		return cp932_decode(s, n, f->row, MAX_ROW_BYTES, ret_n) == 0;
	if (n > MAX_ROW_BYTES || !utf8_valid(s, n, NULL) || cp932_is_marked(s, n))
		return false;
	memcpy(f->row, s, n);
	*ret_n = n;
	return true;
}

/* A whole row in one plain line. Only where a row begins: inside one, libcsv has its beginning. */
static bool take_line(struct csvfile *f)
{
	const char *s = f->piece + f->at;
	const char *lf = memchr(s, '\n', f->end - f->at);
	size_t n, raw = lf ? (size_t)(lf - s) + 1 : 0;

	if (!lf || !copy_line(f, s, raw, &n))
		return false;
	f->n = csvline_split(f->row, n, f->fields, MAX_COLUMNS);
	if (f->n == 0)
		return false;
	f->at += raw;
	count_row(f);
	return true;
}

/* Feeds the rest of one line, at most up to the end of the piece. */
static void feed(struct csvfile *f)
{
	const char *s = f->piece + f->at;
	const char *lf = memchr(s, '\n', f->end - f->at);
	size_t n = lf ? (size_t)(lf - s) + 1 : f->end - f->at;

	f->at += n;
	f->rows_ended = 0;
	if (memchr(s, '\0', n))
		stop(f, "E0002", "NUL 文字があります。");
	else if (csv_parse(&f->csv, s, n, on_field, on_row, f) != n)
		explain(f);
}

/* The last row may have no line end; a quoted field that is still open was cut. */
static void finish(struct csvfile *f)
{
	f->finished = true;
	f->rows_ended = 0;
	if (csv_fini(&f->csv, on_field, on_row, f) != 0)
		stop(f, "E0004", "引用符の中でファイルが切れています。もう一度送ってください。");
}

int csvfile_next(struct csvfile *f, const struct csv_field **ret_fields, size_t *ret_n,
		 struct refusal *why)
{
	int err;

	f->n = f->used = 0;
	f->rows_ended = 0;
	if (!f->refused && f->at < f->end && !take_line(f))
		f->n = 0;
	while (f->rows_ended == 0 && !f->refused) {
		if (f->at < f->end) {
			feed(f);
		} else if (!f->eof) {
			err = fill(f);
			if (err)
				return err;
		} else if (!f->finished) {
			finish(f);
		} else {
			return E_NOTFOUND;
		}
	}
	if (f->refused) {
		*why = f->why;
		return E_INVALID;
	}
	*ret_fields = f->fields;
	*ret_n = f->n;
	return 0;
}

int64_t csvfile_offset(const struct csvfile *f)
{
	return f->base + (int64_t)f->at;
}

static int read_at(struct csvfile *f, int64_t at, size_t n)
{
	f->base = at;
	f->at = f->end = 0;
	while (f->end < n) {
		ssize_t r = pread(f->fd, f->piece + f->end, n - f->end, at + (off_t)f->end);
		if (r == 0 || (r < 0 && errno != EINTR))
			return E_IO; /* 0: the file is shorter than it was */
		if (r > 0)
			f->end += (size_t)r;
	}
	return 0;
}

int csvfile_row_at(struct csvfile *f, int64_t at, size_t n, const struct csv_field **ret_fields,
		   size_t *ret_n, struct refusal *why)
{
	int err;

	f->finished = false;
	f->eof = n <= PIECE; /* behind the row is nothing that it may go on with */
	if (f->eof) {
		err = read_at(f, at, n);
	} else {
		err = lseek(f->fd, at, SEEK_SET) < 0 ? E_IO : 0;
		f->base = at;
		f->at = f->end = 0;
	}
	return err ? err : csvfile_next(f, ret_fields, ret_n, why);
}
