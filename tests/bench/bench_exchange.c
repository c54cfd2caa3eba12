/*
 * Rows a second of the exchange adapter: check, read (checks and records), and
 * write, in UTF-8 and in CP932. `bench_exchange [ROWS…]`; 10,000 100,000 and 1,000,000 by default.
 * Figures are printed, never asserted. The file is made in TMPDIR and removed.
 */
#include "adapters/exchange/cp932.h"
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"
#include "tests/support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const struct exchange_ops *const x = &exchange_files;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_file(long rows, char path[64])
{
	static const char *const names[] = {"山田　太郎", "髙橋　花子", "﨑山　次郎", "德永　美咲"};
	FILE *f;

	temp_file(path, "bench", "", 0);
	f = fopen(path, "w");
	if (!f)
		abort();
	fputs(
	    "市区町村コード,宛名番号,氏名,フリガナ,生年月日,科目,調定年度,賦課年度,期別,通知書番号,"
	    "納期限,未納額,電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,SMS可否2,電話番号3,"
	    "電話区分3,SMS可否3,整理番号,備考\r\n",
	    f);
	for (long i = 0; i < rows; i++)
		fprintf(f,
			"\"202096\",\"%015ld\",\"%s\",\"ヤマダ　タロウ\",\"1970-05-12\",\"002\","
			"\"2026\","
			"\"2026\",\"%ld\",\"%010ld\",\"2026-11-30\",\"%ld\",\"0265-78-%04ld\","
			"\"1\",\"0\","
			"\"090-1234-%04ld\",\"2\",\"1\",\"\",\"\",\"\",\"S%ld\",\"\"\r\n",
			i * 2 / 3, names[i % 4], i % 4 + 1, i, i % 90000 + 100, i % 10000,
			i % 10000, i);
	if (fclose(f) != 0)
		abort();
}

static void read_all(const struct layout *l, const char *path, long rows)
{
	struct exchange_reader *r = NULL;
	struct refusal why;
	struct row_batch *b;
	size_t good = 0, errors = 0;
	double start = now_s();

	if (x->reader_open(l, path, 0, &r, &why))
		abort();
	while (x->reader_next(r, &b) == 0) {
		good += b->n;
		errors += b->n_errors;
		row_batch_free(b);
	}
	x->reader_close(r);
	printf("  read   %10.0f rows/s (%zu good, %zu errors)\n", (double)rows / (now_s() - start),
	       good, errors);
}

static int count(void *arg, const void *p, size_t n)
{
	(void)p;
	*(size_t *)arg += n;
	return 0;
}

static void write_all(const struct layout *l, long rows)
{
	static const struct out_field fields[] = {
	    {"city", "202096"},
	    {"file_number", "1"},
	    {"person", "000000000012345"},
	    {"gyomu", "014"},
	    {"tax", "002"},
	    {"tax_words", "固定資産税"},
	    {"fuka_year", "2026"},
	    {"period", "3"},
	    {"notice", "0000012345"},
	    {"amount", "12300"},
	    {"result", "10"},
	    {"result_words", "応答"},
	    {"attempts", "2"},
	    {"replies", "pay=1;"},
	    {"result_date", "2026-12-03"},
	    {"campaign", "reminder-2026-12"},
	    {"run", "1"},
	    {"intake", "1"},
	    {"row", "77"},
	    {"carried.整理番号", "S1"},
	};
	struct exchange_writer *w = NULL;
	size_t bytes = 0;
	double start = now_s();

	if (x->writer_open(l, count, &bytes, &w))
		abort();
	for (long i = 0; i < rows; i++)
		if (x->writer_row(w, fields, sizeof fields / sizeof *fields))
			abort();
	if (x->writer_close(w))
		abort();
	printf("  write  %10.0f rows/s (%zu bytes)\n", (double)rows / (now_s() - start), bytes);
}

/* The same file in CP932, in its place. */
static void make_cp932(const char *path)
{
	char line[4096], out[4096], to[80];
	FILE *f = fopen(path, "r"), *g;
	size_t n;

	snprintf(to, sizeof to, "%s.cp932", path);
	g = fopen(to, "w");
	if (!f || !g)
		abort();
	while (fgets(line, sizeof line, f))
		if (cp932_encode(line, strlen(line), out, &n, NULL) || fwrite(out, 1, n, g) != n)
			abort();
	fclose(f);
	if (fclose(g) != 0 || rename(to, path) != 0)
		abort();
}

static void bench(const struct layouts *all, long rows, bool cp932)
{
	const struct layout *l = x->layout_find(all, "targets-014");
	struct rusage usage;
	struct refusal why;
	char path[64];
	uint32_t n = 0;

	make_file(rows, path);
	if (cp932)
		make_cp932(path);
	printf("%ld rows, %s\n", rows, cp932 ? "CP932" : "UTF-8");
	double start = now_s();
	if (x->check(l, path, &n, &why))
		abort();
	printf("  check  %10.0f rows/s\n", (double)n / (now_s() - start));
	read_all(l, path, rows);
	write_all(x->layout_find(all, "results"), rows);
	unlink(path);
	getrusage(RUSAGE_SELF, &usage);
	printf("  memory %10.1f MB at most\n", (double)usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	struct layouts *all = xrig_layouts(), *cp932 = xrig_layouts_cp932();

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		for (int i = 1; i < argc; i++) {
			bench(all, strtol(argv[i], NULL, 10), false);
			bench(cp932, strtol(argv[i], NULL, 10), true);
		}
	else
		for (long rows = 10000; rows <= 1000000; rows *= 10) {
			bench(all, rows, false);
			bench(cp932, rows, true);
		}
	x->layouts_free(all);
	x->layouts_free(cp932);
	return 0;
}
