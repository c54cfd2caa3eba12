/*
 * `target.unmask`: the whole names and telephone numbers of one person, with a reason.
 * Everything else shows them masked; who needs one looks at one, and the audit log has it, with the
 * reason, before it is shown (`look`). And who a caller means by run and person,
 * behind the wall.
 */
#include "engine/turn/reads.h"

#include "engine/plan/person_words.h"
#include "engine/turn/db.h"

#include <string.h>

int read_find_target(const struct query *q, struct answer *a, struct tx *tx,
		     struct run_rec *ret_run, struct target *ret)
{
	int64_t run = 0;
	const char *person = "";
	uint32_t id;
	json_get_int(q->params, "run", &run);
	json_get_str(q->params, "person", &person);
	int err = db_run_get(tx, (uint32_t)run, ret_run);
	if (err == E_NOTFOUND || (!err && strcmp(ret_run->department, q->who->department) != 0))
		return answer_refuse(a, E_NOTFOUND, "there is no run %lld", (long long)run);
	if (!err)
		err = db_target_of(tx, ret_run->id, person, &id);
	if (!err)
		err = db_target_get(tx, ret_run->id, id, ret);
	return err == E_NOTFOUND
		   ? answer_refuse(a, err, "run %lld has no person %s", (long long)run, person)
		   : err;
}

static struct json *number_json(const struct number *n)
{
	struct json *j = json_new_object();
	json_put_str(j, "number", n->digits);
	json_put_str(j, "kind", number_kind_word(n->kind));
	return j;
}

int read_unmask(const struct query *q, struct answer *a)
{
	struct tx tx = {.ops = q->store, .txn = q->snapshot};
	struct run_rec run;
	struct target t = {.n_numbers = 0};
	int err = arena_new(1 << 20, &tx.arena);
	if (!err)
		err = read_find_target(q, a, &tx, &run, &t);
	if (!err) {
		struct json *j = json_new_object(), *numbers = json_new_array();
		for (size_t i = 0; i < t.n_numbers; i++)
			json_add(numbers, number_json(&t.numbers[i]));
		json_put_int(j, "run", run.id);
		json_put_str(j, "person", t.person);
		json_put_str(j, "name", t.name);
		json_put_str(j, "kana", t.kana);
		json_put_str(j, "owner_name", t.owner_name);
		json_put(j, "numbers", numbers);
		answer_set(a, j);
	}
	arena_free(tx.arena);
	return err;
}
