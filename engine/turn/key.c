/*
 * Keys of the store's tables (declared in record.h). Big-endian integers, so that
 * bytes sort as numbers; a string that is not last ends with a byte that sorts
 * below all of its characters.
 */
#include "engine/turn/record.h"

#include <string.h>

size_t key_u32(char *k, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		k[i] = (char)(v >> (24 - 8 * i));
	return 4;
}

size_t key_u64(char *k, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		k[i] = (char)(v >> (56 - 8 * i));
	return 8;
}

uint32_t read_u32(const void *p)
{
	const unsigned char *u = p;
	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

uint64_t read_u64(const void *p)
{
	return (uint64_t)read_u32(p) << 32 | read_u32((const char *)p + 4);
}

size_t key_target(char *k, uint32_t run, uint32_t id)
{
	return key_debt(k, run, id);
}

/* A person is at most MAX_PERSON - 1 bytes: the exchange adapter and the command line see to it. */
size_t key_person(char *k, const char *person)
{
	size_t n = strnlen(person, MAX_PERSON - 1);
	memcpy(k, person, n);
	k[n] = '\x1f';
	return n + 1;
}

size_t key_debt(char *k, uint32_t run, uint32_t row)
{
	return key_u32(k, run) + key_u32(k + 4, row);
}

int key_identity(char *k, size_t *ret_n, const struct debt_key *key)
{
	const char *parts[] = {key->person,      key->gyomu,  key->tax,   key->fuka_year,
			       key->chotei_year, key->period, key->notice};
	size_t n = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t len = strlen(parts[i]);
		if (n + len + 1 > MAX_DEBT_KEY)
			return E_LIMIT;
		memcpy(k + n, parts[i], len);
		n += len;
		k[n++] = '\x1f'; /* files hold no control characters (checked by the reader) */
	}
	*ret_n = n;
	return 0;
}

size_t key_identity_row(char *k, size_t n, uint32_t run, uint32_t row)
{
	n += key_u32(k + n, run);
	return n + key_u32(k + n, row);
}

void key_identity_row_read(struct bytes key, uint32_t *ret_run, uint32_t *ret_row)
{
	const char *tail = (const char *)key.p + key.n - 8;
	*ret_run = read_u32(tail);
	*ret_row = read_u32(tail + 4);
}

size_t key_due(char *k, uint32_t run, int64_t due_ms, uint32_t target)
{
	size_t n = key_u32(k, run);
	n += key_u64(k + n, (uint64_t)due_ms);
	return n + key_u32(k + n, target);
}

int key_due_read(struct bytes key, int64_t *ret_due_ms, uint32_t *ret_target)
{
	if (key.n != 16)
		return E_CORRUPT;
	*ret_due_ms = (int64_t)read_u64((const char *)key.p + 4);
	*ret_target = read_u32((const char *)key.p + 12);
	return 0;
}

size_t key_rowerr(char *k, uint32_t intake, uint32_t row, uint32_t n)
{
	return key_debt(k, intake, row) + key_u32(k + 8, n);
}

size_t key_money(char *k, enum money_kind kind, int month, const char *id)
{
	size_t n = strnlen(id, MAX_ID - 1);
	k[0] = (char)kind;
	key_u32(k + 1, (uint32_t)month);
	memcpy(k + 5, id, n);
	return 5 + n;
}

size_t key_outrow(char *k, enum out_kind kind, uint32_t run, uint64_t seq)
{
	k[0] = (char)kind;
	key_u32(k + 1, run);
	key_u64(k + 5, seq);
	return 13;
}

int key_exclusion(char *k, size_t *ret_n, const struct exclusion_rec *r)
{
	size_t n, len = strlen(r->department);
	int err = key_identity(k, &n, &r->key);
	if (err)
		return err;
	if (n + 1 + len > MAX_KEY_BYTES)
		return E_LIMIT;
	k[n++] = (char)r->reason;
	memcpy(k + n, r->department, len);
	*ret_n = n + len;
	return 0;
}

int key_drop(char *k, size_t *ret_n, const char *drop, const char *name, int64_t size,
	     int64_t mtime_s, const char *sha256)
{
	size_t id = strlen(drop) + 1, len = strlen(name) + 1, hash = strlen(sha256);
	if (id + len + 16 + hash > MAX_KEY_BYTES)
		return E_LIMIT;
	memcpy(k, drop, id);
	memcpy(k + id, name, len);
	key_u64(k + id + len, (uint64_t)size);
	key_u64(k + id + len + 8, (uint64_t)mtime_s);
	memcpy(k + id + len + 16, sha256, hash);
	*ret_n = id + len + 16 + hash;
	return 0;
}
