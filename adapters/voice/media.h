/*
 * The media thread: RTP sockets, a packet each 20 ms, keys. All functions but the
 * thread itself are called by the sip thread alone, and none of them blocks.
 *
 * A leg is one call's stream: its own socket (calls are never told apart by the
 * other side's address: one peer may use one port for all its calls). The sip
 * thread leaves its orders in the leg and the media thread its reports, both
 * under the leg's lock, which neither keeps over a system call. Orders are a
 * state, not a queue, so nothing can run full; reports are a short queue whose
 * last places keys may not take.
 */
#ifndef ADAPTERS_VOICE_MEDIA_H
#define ADAPTERS_VOICE_MEDIA_H

#include "adapters/voice/detect.h"
#include "adapters/voice/keys.h"
#include "adapters/voice/sdp.h"
#include "adapters/voice/tape.h"
#include "adapters/voice/utter.h"
#include "engine/speech.h"

struct media;
struct leg;

int media_start(size_t most_legs, struct media **ret_media) MUST_CHECK;
/* All legs are closed with it. NULL is fine. */
void media_stop(struct media *m);
/* Readable when media_next may have something. */
int media_fd(const struct media *m);

struct media_open {
	const char *addr; /* ours, IPv4 */
	int from, to;     /* even ports; 0, 0: any free one */
	void *owner;
	struct prompt_set *prompts; /* a reference is taken until the leg is closed */
	bool tones;  /* listen for keys in the sound, also where the peer sends events */
	bool detect; /* listen for who is there */
};
/* E_FULL: no leg left (closing ones count). E_IO: no free port. */
int media_open(struct media *m, const struct media_open *how, struct leg **ret_leg,
	       uint16_t *ret_port) MUST_CHECK;
/* From now on send there (silence until something plays), and take keys from there. Again after a
 * re-INVITE. A peer with a key wants SRTP: `key` is ours, the same in the whole call. E_NOMEM: the
 * leg is as before. */
int media_peer(struct leg *leg, const struct sdp_peer *peer,
	       const uint8_t key[CIPHER_KEY]) MUST_CHECK;
/* Plays a prompt of the leg's set from its beginning; what still plays ends. `serial` comes back in
 * MR_PLAYED. */
void media_play(struct leg *leg, size_t prompt, unsigned serial);
void media_hush(struct leg *leg);
/* Somebody pressed a key: who is there is known, and is not listened for any more. */
void media_known(struct leg *leg);
/* Listens for one utterance; `serial` comes back in MR_SPEECH. Call it again for the next one. */
int media_listen(struct leg *leg, unsigned serial) MUST_CHECK;
void media_deaf(struct leg *leg);
/* After UTTER_ENDED, until the next media_listen: the utterance. */
size_t media_utterance(const struct leg *leg, const int16_t **ret_samples);
/* Records a message, once what plays is over; with a tone before it. `serial` comes back in
 * MR_TAPE. One at a time: the one before is over. E_NOMEM. */
int media_record(struct leg *leg, const struct record_ask *ask, unsigned serial) MUST_CHECK;
/* Hears no more of it. */
void media_record_stop(struct leg *leg);
/* Of the latest media_record, until the leg is closed: what is there. */
size_t media_recorded(const struct leg *leg, const uint8_t **ret_ulaw);
/* What one leg hears is sent to the other, sound and key events, where no prompt plays. Before
 * either is closed they must be parted. */
void media_join(struct leg *a, struct leg *b);
void media_part(struct leg *a, struct leg *b);
/* A ring-back tone, where nothing else plays. */
void media_ring(struct leg *leg, bool on);
/* The leg is gone for the caller; its slot is free again soon. NULL is fine. */
void media_close(struct leg *leg);

enum media_report_kind {
	MR_DIGIT,
	MR_PLAYED, /* the last packet of the prompt was sent */
	MR_DETECT, /* the detector is of an opinion */
	MR_SPEECH, /* somebody speaks, or has spoken */
	MR_TAPE,   /* a message is over, or none came */
};
struct media_report {
	enum media_report_kind kind;
	char digit;       /* MR_DIGIT */
	enum key_way way; /* MR_DIGIT */
	enum detect_event who;
	enum utter_event said; /* MR_SPEECH */
	enum tape_event tape;  /* MR_TAPE */
	unsigned serial;       /* MR_PLAYED, MR_SPEECH, MR_TAPE */
	void *owner;
};
/* The next report of any leg; false: no more now. Reports of a closed leg are swallowed. */
bool media_next(struct media *m, struct media_report *ret_report);

struct media_stat {
	uint64_t sent, received, refused; /* packets; refused: soft errors of sending */
	uint64_t late;                    /* ticks over 10 ms late: the timeline was moved */
	uint64_t worst_us;                /* of a tick */
};
void media_stat(struct media *m, struct media_stat *ret_stat);

#endif
