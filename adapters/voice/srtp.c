/* See srtp.h. Ciphers are made and freed by the sip thread; the media thread only uses them. */
#include "adapters/voice/srtp.h"

#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define WINDOW 128 /* packets: what is older than so many is not believed */

struct cipher {
	srtp_t session;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static srtp_err_status_t ready;

static void start(void)
{
	ready = srtp_init();
}

int cipher_key_new(uint8_t key[CIPHER_KEY])
{
	return getrandom(key, CIPHER_KEY, 0) == CIPHER_KEY ? 0 : E_IO;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void cipher_key_text(const uint8_t key[CIPHER_KEY], char out[CIPHER_TEXT])
{
	for (size_t i = 0; i < CIPHER_KEY; i += 3, out += 4) {
		uint32_t three = (uint32_t)key[i] << 16 | (uint32_t)key[i + 1] << 8 | key[i + 2];
		for (int k = 0; k < 4; k++)
			out[k] = digits[three >> (18 - 6 * k) & 63];
	}
	*out = '\0';
}

bool cipher_key_read(const char *s, size_t n, uint8_t ret_key[CIPHER_KEY])
{
	if (n != CIPHER_TEXT - 1)
		return false;
	for (size_t i = 0; i < n; i += 4) {
		uint32_t three = 0;
		for (size_t k = 0; k < 4; k++) {
			const char *d = s[i + k] ? strchr(digits, s[i + k]) : NULL;
			if (!d)
				return false;
			three = three << 6 | (uint32_t)(d - digits);
		}
		for (size_t k = 0; k < 3; k++)
			ret_key[i / 4 * 3 + k] = (uint8_t)(three >> (16 - 8 * k));
	}
	return true;
}

int cipher_new(const uint8_t key[CIPHER_KEY], bool ours, struct cipher **ret_cipher)
{
	srtp_policy_t policy;
	uint8_t copy[CIPHER_KEY];
	pthread_once(&once, start);
	struct cipher *c = ready == srtp_err_status_ok ? calloc(1, sizeof *c) : NULL;
	if (!c)
		return E_NOMEM;
	memset(&policy, 0, sizeof policy);
	memcpy(copy, key, sizeof copy);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	policy.ssrc.type = ours ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = copy;
	policy.window_size = WINDOW;
	srtp_err_status_t err = srtp_create(&c->session, &policy);
	explicit_bzero(copy, sizeof copy);
	if (err != srtp_err_status_ok) {
		free(c);
		return E_NOMEM;
	}
	*ret_cipher = c;
	return 0;
}

void cipher_free(struct cipher *c)
{
	if (!c)
		return;
	srtp_dealloc(c->session);
	free(c);
}

int cipher_seal(struct cipher *c, uint8_t *packet, size_t *n)
{
	int length = (int)*n;
	if (srtp_protect(c->session, packet, &length) != srtp_err_status_ok)
		return E_REFUSED;
	*n = (size_t)length;
	return 0;
}

int cipher_open(struct cipher *c, uint8_t *packet, size_t *n)
{
	int length = (int)*n;
	if (srtp_unprotect(c->session, packet, &length) != srtp_err_status_ok)
		return E_REFUSED;
	*n = (size_t)length;
	return 0;
}
