/*
 * Personal prompts: what it costs to have the calls of so many residents ready. Figures are
 * printed, never asserted; a prompt that cannot be spoken ends the program with 1.
 *
 *	bench_prompts [--workers N] [residents...]        2 workers, 20
 *
 * The real voice (Open JTalk's child processes, the cache) and the reminder's own scenario, as
 * the engine composes it: what is said to everybody alike once, each resident's name, taxes,
 * periods, due dates and amounts. Of 400 names and 2,000 amounts some come twice, as in a city.
 * A sentence that was spoken before comes from the cache: counted by the audio that residents
 * share. Seconds of a core are those of all threads and all child processes; "cpu s/s" is
 * by second of sound. The first resident pays for what is said to all.
 */
#include "adapters/speech/openjtalk.h"
#include "tests/support/bench_rig.h"
#include "tests/support/scenario.h"
#include "tests/support/speech_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WAIT_MS = 600000, MOST = 100000 };

struct name {
	const char *text, *kana;
};
static const struct name families[] = {
    {"田中", "タナカ"},   {"佐藤", "サトウ"},   {"鈴木", "スズキ"},   {"高橋", "タカハシ"},
    {"伊藤", "イトウ"},   {"渡辺", "ワタナベ"}, {"山本", "ヤマモト"}, {"中村", "ナカムラ"},
    {"小林", "コバヤシ"}, {"加藤", "カトウ"},   {"唐澤", "カラサワ"}, {"北原", "キタハラ"},
    {"伊東", "イトウ"},   {"宮下", "ミヤシタ"}, {"酒井", "サカイ"},   {"白鳥", "シロトリ"},
    {"有賀", "アルガ"},   {"小松", "コマツ"},   {"春日", "カスガ"},   {"矢島", "ヤジマ"},
};
static const struct name givens[] = {
    {"太郎", "タロウ"},   {"花子", "ハナコ"},   {"次郎", "ジロウ"},   {"三郎", "サブロウ"},
    {"一郎", "イチロウ"}, {"和子", "カズコ"},   {"幸子", "サチコ"},   {"清", "キヨシ"},
    {"実", "ミノル"},     {"茂", "シゲル"},     {"洋子", "ヨウコ"},   {"節子", "セツコ"},
    {"健一", "ケンイチ"}, {"美咲", "ミサキ"},   {"翔太", "ショウタ"}, {"千代", "チヨ"},
    {"正雄", "マサオ"},   {"久美子", "クミコ"}, {"直樹", "ナオキ"},   {"恵子", "ケイコ"},
};
static const char *const taxes[] = {"固定資産税", "国民健康保険税", "市県民税", "軽自動車税"};
#define N(list) (sizeof(list) / sizeof *(list))

/* The same numbers each time, in an order that looks like none. */
static uint32_t mix(uint32_t x)
{
	x = (x ^ x >> 16) * 0x7feb352du;
	x = (x ^ x >> 15) * 0x846ca68bu;
	return x ^ x >> 16;
}

/* ---- one resident's job ---- */

static void fill_debts(struct scenario_vars *v, struct scenario_debt *debts, uint32_t r)
{
	static const char *const periods[] = {"1", "2", "3", "4"};
	v->target.n_debts = 1 + r % 2;
	v->target.debts = debts;
	v->target.total = 0;
	for (size_t k = 0; k < v->target.n_debts; k++) {
		uint32_t x = mix(r + (uint32_t)k + 1);
		debts[k] = (struct scenario_debt){.tax = taxes[x % N(taxes)],
						  .year = "2026",
						  .period = periods[x / 8 % N(periods)],
						  .amount = 1000 + x / 64 % 2000 * 100,
						  .due_day = v->campaign.base_day - 30,
						  .demand_sent_day = DAY_NONE,
						  .slip_until_day = DAY_NONE};
		v->target.total += debts[k].amount;
	}
}

static struct speech_job *job_of(struct scenario *s, struct common_texts *common, uint32_t i)
{
	char name[64], kana[64];
	struct scenario_debt debts[2];
	struct scenario_vars v = st_vars();
	struct speech_job *job = calloc(1, sizeof *job);
	uint32_t r = mix(i + 1);
	const struct name *family = &families[r % N(families)],
			  *given = &givens[r / 32 % N(givens)];

	if (!job || !(job->texts = calloc(scenario_prompts(s), sizeof *job->texts)))
		bench_die("job", E_NOMEM);
	snprintf(name, sizeof name, "%s　%s", family->text, given->text);
	snprintf(kana, sizeof kana, "%s　%s", family->kana, given->kana);
	v.target.name = name;
	v.target.kana = kana;
	fill_debts(&v, debts, r);
	job->id = i;
	job->debts_version = 1;
	job->common = common_texts_ref(common);
	for (job->n = 0; job->n < scenario_prompts(s); job->n++)
		if (!common_texts_get(common, job->n, &job->texts[job->n]))
			bench_must(scenario_prompt_texts(s, job->n, &v, &job->texts[job->n]),
				   "texts");
	return job;
}

/* ---- the measurement ---- */

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu_s(void)
{
	double sum = 0;
	static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	for (int i = 0; i < 2; i++) {
		struct rusage u;
		getrusage(whose[i], &u);
		sum += seconds(u.ru_utime) + seconds(u.ru_stime);
	}
	return sum;
}

static int by_address(const void *a, const void *b)
{
	const struct audio *x = *(struct audio *const *)a, *y = *(struct audio *const *)b;
	return (x > y) - (x < y);
}

struct spoken {
	struct audio **all; /* borrowed: the sets are kept, so each address is one audio */
	size_t n, room;
	struct prompt_set **sets;
	size_t n_sets;
};

static void add(struct spoken *s, struct prompt_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		for (size_t k = 0; k < set->prompts[i].n; k++) {
			if (s->n == s->room) {
				s->room = s->room ? 2 * s->room : 4096;
				s->all = realloc(s->all, s->room * sizeof(struct audio *));
				if (!s->all)
					bench_die("list", E_NOMEM);
			}
			s->all[s->n++] = set->prompts[i].pieces[k];
		}
	s->sets[s->n_sets++] = set;
}

static void take_one(struct mailbox *box, struct spoken *s)
{
	struct event *e = speech_fixture_wait(box, WAIT_MS);
	if (!e)
		bench_die("no answer", E_TIMEOUT);
	bench_must(e->rendered.err, "prompt");
	add(s, e->rendered.set);
	e->rendered.set = NULL;
	speech_fixture_free(e);
}

/* How many different audios; `ret_bytes` of them. */
static size_t different(struct spoken *s, size_t *ret_bytes)
{
	size_t made = 0;
	*ret_bytes = 0;
	qsort(s->all, s->n, sizeof(struct audio *), by_address);
	for (size_t i = 0; i < s->n; i++)
		if (i == 0 || s->all[i] != s->all[i - 1]) {
			made++;
			*ret_bytes += s->all[i]->n;
		}
	return made;
}

struct rig {
	struct scenario *scenario;
	struct common_texts *common;
	struct speech *speech;
	struct mailbox *box;
	struct spoken spoken;
};

/* Residents `from` to `to`, and a line of what they cost beside those before them. */
static void render(struct rig *rig, uint32_t from, uint32_t to, const char *what)
{
	size_t bytes_before, bytes, asked = rig->spoken.n;
	size_t made = different(&rig->spoken, &bytes_before);
	double wall = bench_now_s(), cpu = cpu_s();
	for (uint32_t i = from; i < to; i++) {
		struct speech_job *job = job_of(rig->scenario, rig->common, i);
		int err;
		while ((err = speech_openjtalk.post(rig->speech, job)) == E_FULL)
			take_one(rig->box, &rig->spoken);
		bench_must(err, "post");
	}
	while (rig->spoken.n_sets < to)
		take_one(rig->box, &rig->spoken);
	wall = bench_now_s() - wall;
	cpu = cpu_s() - cpu;
	asked = rig->spoken.n - asked;
	made = different(&rig->spoken, &bytes) - made;
	printf("%-9s %9u %10zu %8zu %9.1f%% %9.1f %9.1f %12.0f %12.0f %12.3f\n", what, to - from,
	       asked, made, 100.0 * (double)(asked - made) / (double)asked, wall, cpu,
	       cpu * 1000 / (double)made, cpu * 1000 / (to - from),
	       cpu * 8000 / (double)(bytes - bytes_before));
	fflush(stdout);
}

static void measure(struct scenario *s, int workers, uint32_t residents)
{
	struct speech_config config = speech_fixture_config();
	struct scenario_vars vars = st_vars();
	struct rig rig = {.scenario = s,
			  .spoken.sets = calloc(residents + 1, sizeof(struct prompt_set *))};
	struct problems problems;

	config.workers = workers;
	config.cache_bytes = 256 << 20;
	problems_init(&problems);
	bench_must(mailbox_new(OPENJTALK_QUEUE, &rig.box), "mailbox");
	int err = speech_openjtalk.start(&config, rig.box, &problems, &rig.speech);
	problems_print(&problems, stderr);
	bench_must(rig.spoken.sets ? err : E_NOMEM, "speech");
	bench_must(common_texts_new(s, &vars, &rig.common), "texts");
	render(&rig, 0, 1, "the first");
	render(&rig, 1, residents + 1, "others");
	speech_openjtalk.stop(rig.speech);
	for (size_t i = 0; i < rig.spoken.n_sets; i++)
		prompt_set_unref(rig.spoken.sets[i]);
	free(rig.spoken.sets);
	free(rig.spoken.all);
	common_texts_unref(rig.common);
	mailbox_free(rig.box, NULL);
	problems_free(&problems);
}

static int usage(void)
{
	fputs("usage: bench_prompts [--workers N] [residents...]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static char *usual[] = {"20", NULL};
	int i = 1, workers = 2;

	if (i + 1 < argc && strcmp(argv[i], "--workers") == 0) {
		workers = atoi(argv[i + 1]);
		i += 2;
	}
	if (workers < 1 || workers > OPENJTALK_WORKERS_MOST)
		return usage();
	struct scenario *s = st_load("specs/scenarios/reminder.vxml");
	printf("specs/scenarios/reminder.vxml, %d workers\n", workers);
	printf("%-9s %9s %10s %8s %10s %9s %9s %12s %12s %12s\n", "", "residents", "sentences",
	       "made", "cache", "seconds", "cpu s", "ms/sentence", "ms/resident", "cpu s/s");
	for (char **a = i < argc ? argv + i : usual; *a; a++) {
		unsigned long n = strtoul(*a, NULL, 10);
		if (n < 1 || n > MOST)
			return usage();
		measure(s, workers, (uint32_t)n);
	}
	scenario_unref(s);
	return 0;
}
