/* The jobs of the recognition port: see recognise.h. */
#include "engine/recognise.h"

#include <stdlib.h>
#include <string.h>

int recognise_job_new(size_t n, struct recognise_job **ret_job)
{
	struct recognise_job *job;

	if (n > MAX_UTTERANCE)
		return E_LIMIT;
	job = calloc(1, sizeof *job + n * sizeof *job->samples);
	if (!job)
		return E_NOMEM;
	job->n = n;
	job->word = -1;
	*ret_job = job;
	return 0;
}

void recognise_job_free(void *arg)
{
	struct recognise_job *job = arg;

	if (!job)
		return;
	explicit_bzero(job->samples, job->n * sizeof *job->samples);
	free(job);
}
